"""What hedging controllers keep over a restart: one JSON file of the workspace, replaced in one step, mode 0600.

It is written before an order leaves, so that a process that is killed loses nothing, and forced to the disk a moment
later by a thread: that takes milliseconds, for which no hedge waits. What a power failure in that moment can cost:

- the newest state: the machine takes longer to come back than any order of before may still execute, the exchange's
  positions then hold what was done, and the net that was kept says what of it belongs to the reference;
- the file's content, on file systems that rename before they write: then it cannot be read, and no bot starts on it.
"""

import json
import logging
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.trading import state

_logger = logging.getLogger(__name__)

FILE_NAME = "backpack_residuals.json"
GATHER_SECONDS = 0.05
"""A fill, its hedge and the hedge's fill are written within this time, and forced to the disk together."""

_files: dict[Path, dict[str, Any]] = {}
_forcer = ThreadPoolExecutor(1, thread_name_prefix="residuals")
_awaited: dict[Path, Future[None]] = {}
_turns = threading.Lock()
_failing: set[Path] = set()


def load(path: Path, controller_id: str) -> dict[str, Any] | None:
    """What was kept for a controller; None: nothing.

    :raises UserError: the file is there and cannot be read
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no object")
    except FileNotFoundError:
        found = {}
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} ({error}) must be readable: it says what is not hedged yet; look at your positions, and move it "
            "away to begin anew with what is held now."
        ) from None
    _files[path] = found
    kept = found.get(controller_id)
    return kept if isinstance(kept, dict) else None


def keep(path: Path, controller_id: str, kept: dict[str, Any]) -> None:
    """Write a controller's part, beside those of the other controllers of this process; it is on the disk soon.

    :raises OSError: it could not be written
    """
    entries = _files.setdefault(path, {})
    entries[controller_id] = kept
    state.publish(path, entries)
    with _turns:
        if path not in _awaited:
            _awaited[path] = _forcer.submit(_force_soon, path)


def settle(path: Path) -> None:
    """Wait until what was written last is on the disk; for the end, not for the event loop."""
    awaited = _awaited.get(path)
    if awaited is not None:
        awaited.result()


def _force_soon(path: Path) -> None:
    time.sleep(GATHER_SECONDS)
    # Before the file is opened: what is written from here on is forced by another turn.
    with _turns:
        _awaited.pop(path, None)
    try:
        for each in (path, path.parent):
            descriptor = os.open(each, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        _failing.discard(path)
    except OSError as error:
        if path not in _failing:
            _failing.add(path)
            _logger.error("%s could not be forced to the disk: %s", path.name, error)
