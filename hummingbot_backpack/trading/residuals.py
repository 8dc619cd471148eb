"""What hedging controllers keep over a restart: one JSON file of the workspace, replaced in one step, mode 0600.

It is not forced to the disk: a process that is killed loses nothing of it. After a power failure the machine takes
longer to start than any order of before may still execute, and the exchange's positions say the rest.
"""

import json
from pathlib import Path
from typing import Any

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.trading import state

FILE_NAME = "backpack_residuals.json"

_files: dict[Path, dict[str, Any]] = {}


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
    """Write a controller's part, beside those of the other controllers of this process.

    :raises OSError: it could not be written
    """
    entries = _files.setdefault(path, {})
    entries[controller_id] = kept
    state.publish(path, entries)
