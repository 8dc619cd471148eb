"""The running bot's side of requests: pause, resume, flatten, and whatever else registers a handler (card BR03)."""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.operate.requests import attend, folder_of, send, wait_for, write
from hummingbot_backpack.trading.key_rotation import take_stored_keys

if TYPE_CHECKING:
    from hummingbot_backpack.trading.controller import Base
    from hummingbot_backpack.trading.script import Controllers

__all__ = ["HANDLERS", "Attendant", "send", "wait_for"]

LOOK_SECONDS = 0.5
MTIME_SECONDS = 2.0
"""No file system tells changes apart less finely than this."""
EFFECT_SECONDS = 10.0
"""How long a handler waits for what it did to show."""
RESUME_SECONDS = 5.0

_logger = logging.getLogger(__name__)

Handler = Callable[["Controllers", dict[str, Any]], Awaitable[dict[str, Any]]]
"""Does what was asked and returns an answer for JSON: `ok`, and `lines` for people.

:raises UserError: what was asked cannot be done
"""


async def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _chosen(script: "Controllers", arguments: dict[str, Any]) -> list["Base"]:
    named = arguments.get("controllers") or []
    known = {controller.config.id: controller for controller in script.own}
    for name in named:
        if name not in known:
            raise UserError(f"controller ({name}) must be one of {', '.join(known)}")
    return [known[name] for name in named] if named else script.own


def _answer(ok: bool, chosen: Sequence["Base"], told: Callable[["Base"], str]) -> dict[str, Any]:
    found = [
        {
            "id": controller.config.id,
            "quotes": len(controller.standing_quotes()),
            "held_by": None if controller.decision is None else controller.decision.breaker,
            **controller.state(),
        }
        for controller in chosen
    ]
    lines = [f"{controller.config.id}: {told(controller)}" for controller in chosen]
    return {"ok": ok, "lines": lines, "controllers": found}


def _scopes(chosen: Sequence["Base"], arguments: dict[str, Any]) -> list[str] | None:
    return [controller.config.id for controller in chosen] if arguments.get("controllers") else None


async def _pause(script: "Controllers", arguments: dict[str, Any]) -> dict[str, Any]:
    chosen = _chosen(script, arguments)
    script.breakers.pause(_scopes(chosen, arguments), "paused by request")
    for controller in chosen:
        controller.wake.set()
    gone = await _until(lambda: not any(controller.standing_quotes() for controller in chosen), EFFECT_SECONDS)
    return _answer(gone, chosen, lambda one: _paused(one.standing_quotes()))


def _paused(left: Sequence[Any]) -> str:
    if not left:
        return "paused, no quote rests; limits and exits stay armed."
    return f"paused, but {len(left)} quotes are not confirmed gone: " + ", ".join(f"{one.price}" for one in left) + "."


async def _resume(script: "Controllers", arguments: dict[str, Any]) -> dict[str, Any]:
    chosen = _chosen(script, arguments)
    if arguments.get("breakers"):
        script.rearm_breakers()
    script.breakers.resume(_scopes(chosen, arguments))
    for controller in chosen:
        controller.release()

    def quoting(controller: "Base") -> bool:
        return bool(controller.standing_quotes())

    held = [controller for controller in chosen if script.breakers.hold_of(controller.config.id)]
    free = [controller for controller in chosen if controller not in held]
    ok = await _until(lambda: all(quoting(controller) for controller in free), RESUME_SECONDS) and not held

    def told(controller: "Base") -> str:
        why = script.breakers.hold_of(controller.config.id)
        if why is not None:
            return f"still held by {why}."
        if quoting(controller):
            return f"quoting again, {len(controller.standing_quotes())} quotes rest."
        reason = "the market" if controller.decision is None else controller.decision.quoting.reason
        return f"resumed, but not quoting yet: {reason}."

    return _answer(ok, chosen, told)


async def _flatten(script: "Controllers", arguments: dict[str, Any]) -> dict[str, Any]:
    chosen = _chosen(script, arguments)
    script.breakers.pause(_scopes(chosen, arguments), "flattened by request")
    for controller in chosen:
        controller.flatten_by_request()

    def done() -> bool:
        return all(controller.flat and not controller.standing_quotes() for controller in chosen)

    flat = await _until(done, float(arguments.get("seconds", 60.0)))

    def told(controller: "Base") -> str:
        if controller.flat:
            return f"{controller.inventory_line()}; {controller.undone} and paused until `hummingbot-backpack resume`."
        action = "" if controller.decision is None else controller.decision.stages().get("action", "")
        return f"not flat yet ({action}); it goes on, and stays paused."

    return _answer(flat, chosen, told)


HANDLERS: dict[str, Handler] = {
    "pause": _pause,
    "resume": _resume,
    "flatten": _flatten,
    "rotate_keys": take_stored_keys,
}


class Attendant:
    """Takes requests out of the folder and has them answered, while the bot runs.

    What was asked before it began is thrown away: a request to an earlier run is never repeated by a restart.

    :raises UserError: another bot attends to the same workspace
    """

    def __init__(self, data: Path, script: "Controllers") -> None:
        self._folder = folder_of(data)
        self._script = script
        self._lock = attend(self._folder)
        if self._lock is None:
            raise UserError(f"Another bot runs in this workspace already ({self._folder.parent}).")
        for path in (*self._folder.glob("*.json"), *self._folder.glob("*.done")):
            path.unlink(missing_ok=True)
        self._at_work: set[asyncio.Task[None]] = set()
        self._watcher = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        looked_at: float | None = None
        while True:
            with contextlib.suppress(FileNotFoundError):
                changed = os.stat(self._folder).st_mtime
                if changed != looked_at:
                    for name in sorted(os.listdir(self._folder)):
                        if name.endswith(".json"):
                            self._begin(self._folder / name)
                    # Two changes may bear one time: a folder that has just changed is read again.
                    looked_at = changed if time.time() - changed > MTIME_SECONDS else None
            await asyncio.sleep(LOOK_SECONDS)

    def _begin(self, path: Path) -> None:
        try:
            request = json.loads(path.read_text(encoding="utf-8"))
            path.unlink()
        except FileNotFoundError:
            return  # taken back
        except ValueError:
            request = {}
            path.unlink(missing_ok=True)
        task = asyncio.ensure_future(self._carry_out(path.stem, request if isinstance(request, dict) else {}))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _carry_out(self, request_id: str, request: dict[str, Any]) -> None:
        kind = str(request.get("kind"))
        arguments = {name: value for name, value in request.items() if name not in ("kind", "time")}
        _logger.info("Asked to %s%s.", kind, f" ({arguments})" if any(arguments.values()) else "")
        try:
            handler = HANDLERS.get(kind)
            if handler is None:
                raise UserError(f"request ({kind}) must be one of {', '.join(HANDLERS)}")
            answer = await handler(self._script, arguments)
        except UserError as error:
            answer = {"ok": False, "lines": [str(error)]}
        except Exception as error:
            _logger.exception("The request to %s failed.", kind)
            answer = {"ok": False, "lines": [f"The bot could not {kind}: {error}"]}
        for line in answer.get("lines", []):
            _logger.info("%s: %s", kind, line)
        write(self._folder / f"{request_id}.done", answer)

    def close(self) -> None:
        """Take no more; whoever waits learns that the bot ended."""
        if self._lock is not None:
            self._watcher.cancel()
            for task in self._at_work:
                task.cancel()
            os.close(self._lock)
            self._lock = None
