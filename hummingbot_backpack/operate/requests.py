"""Requests to a running bot: files in the workspace's `data/requests/`, which the bot takes away as it begins (BR03).

Nothing here needs Hummingbot, so that a command acts at once. A bot that attends holds a lock on a file in that folder;
whoever finds it free knows that no bot runs.
"""

import fcntl
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from hummingbot_backpack.errors import UserError

LOCK = "attended.lock"
LOOK_SECONDS = 0.02


def folder_of(data: Path) -> Path:
    """The folder of requests under a workspace's `data/`, made for its owner only."""
    folder = data / "requests"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write(path: Path, content: dict[str, Any]) -> None:
    """One JSON file, mode 0600, never seen half written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    os.replace(fresh, path)


def attend(folder: Path) -> int | None:
    """Take the lock that says a bot attends to the folder.

    :returns: a descriptor to hold on to, None if another bot has it
    """
    descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_attended(workspace: Path) -> bool:
    """Whether a bot of this workspace runs and takes requests."""
    path = workspace / "data" / "requests" / LOCK
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def send(workspace: Path, kind: str, **arguments: Any) -> str:
    """Ask the running bot of a workspace for something.

    :param arguments: values for JSON
    :returns: the request's id, for `wait_for`
    :raises UserError: no bot runs
    """
    if not is_attended(workspace):
        raise UserError(f"No bot runs in {workspace}: there is nothing to {kind.replace('_', ' ')}.")
    folder = folder_of(workspace / "data")
    request_id = f"{time.time_ns()}-{secrets.token_hex(4)}"
    write(folder / f"{request_id}.json", {"kind": kind, "time": time.time(), **arguments})
    return request_id


def wait_for(workspace: Path, request_id: str, seconds: float) -> dict[str, Any]:
    """The bot's answer: `ok` and what it did. A request that nobody took in time is taken back.

    :raises UserError: the bot ended, or did not answer in time
    """
    folder = folder_of(workspace / "data")
    asked, answer = folder / f"{request_id}.json", folder / f"{request_id}.done"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer.exists():
            found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
            answer.unlink()
            return found
        if not is_attended(workspace):
            asked.unlink(missing_ok=True)
            raise UserError("The bot ended before it answered.")
        time.sleep(LOOK_SECONDS)
    try:
        asked.unlink()
    except FileNotFoundError:
        raise UserError(f"The bot has begun, but was not done within {seconds:.0f} s; it goes on.") from None
    raise UserError(f"The bot did not take the request within {seconds:.0f} s, so it was taken back.")
