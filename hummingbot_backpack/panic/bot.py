"""Stopping the bot of a workspace, whatever state it is in. The workspace must have been entered."""

import json
import os
import signal
import time
from dataclasses import dataclass
from typing import Any

import psutil

from hummingbot_backpack.processes import is_alive
from hummingbot_backpack.workspace.layout import Workspace

PATIENCE_SECONDS = 5.0
"""A bot that has not ended this long after it was asked to is killed."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Stopped:
    """:param processes: the ids of what ran
    :param killed: those that had to be killed
    :param left: those that could not be ended (another user's)
    """

    processes: tuple[int, ...]
    killed: tuple[int, ...]
    left: tuple[int, ...]

    def describe(self) -> str:
        if not self.processes:
            return "no bot was running"
        if self.left:
            return f"process {', '.join(map(str, self.left))} could not be ended"
        how = f", killed after {PATIENCE_SECONDS:.0f} s without an answer" if self.killed else ""
        return f"the bot (process {', '.join(map(str, self.processes))}) is stopped{how}"


def running(workspace: Workspace) -> list[int]:
    """:return: the ids of the processes in which a bot of `workspace` runs: the engine, and an interactive client"""
    from hummingbot.cli import bot

    recorded = bot.read_pid()
    found = {recorded} if recorded is not None and bot.is_engine_pid(recorded) else set()
    published = _published(workspace).get("pid")
    if isinstance(published, int) and _lives_in(workspace, published):
        found.add(published)
    return sorted(process for process in found - {os.getpid()} if is_alive(process))


def stop(workspace: Workspace, patience: float = PATIENCE_SECONDS) -> Stopped:
    """Ask the workspace's bot to end, and kill it if it has not after `patience` seconds."""
    from hummingbot.cli import bot

    processes = running(workspace)
    killed: list[int] = []
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        alive = [process for process in processes if is_alive(process)]
        if number is signal.SIGKILL:
            killed = alive
        for process in alive:
            try:
                os.kill(process, number)
            except (ProcessLookupError, PermissionError):
                pass
        _wait_for(alive, seconds)
    left = tuple(process for process in processes if is_alive(process))
    if not left:
        bot.clear_pid()
    return Stopped(tuple(processes), tuple(killed), left)


def _published(workspace: Workspace) -> dict[str, Any]:
    try:
        state = json.loads((workspace.root / "data" / "backpack_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _lives_in(workspace: Workspace, process: int) -> bool:
    """Whether the process is a Python of this workspace: a number of an earlier run may be anybody's by now."""
    try:
        found = psutil.Process(process)
        return found.cwd() == str(workspace.root) and any("python" in part for part in found.cmdline()[:1])
    except psutil.Error:
        return False


def _wait_for(processes: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
