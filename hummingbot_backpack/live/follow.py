"""Following a bot by the state that it publishes, until it ends or the user has seen enough."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.live import Live

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import Words
from hummingbot_backpack.live.view import State, one_line, render, said

LOOK_SECONDS = 0.5
LINE_SECONDS = 10.0
"""Without a terminal, a line so often."""
STALE_SECONDS = 10.0
"""A bot that has not published for this long, and whose process is gone, has ended without saying so."""


def state_file(root: Path) -> Path:
    return root / "data" / "backpack_state.json"


def read_state(root: Path, words: Words) -> State | None:
    """:return: what the workspace's bot last published, None if none ever has. :raises UserError: it is unreadable."""
    file = state_file(root)
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(words("unreadable", file=file, why=error)) from None
    if not isinstance(state, dict):
        raise UserError(words("unreadable", file=file, why="{}"))
    return state


def status_of(state: State, alive: bool, words: Words) -> str:
    """How the bot is, in words."""
    if not state["running"]:
        return words("over", why=said(state["ended_by"], words))
    if not alive:
        return words("vanished")
    if state["trading_since"] is None:
        return words("starting")
    done = time.time() - state["trading_since"]
    whole = state["duration"]
    if whole is None:
        return f"{words('running')}, {_span(done)}"
    return f"{words('running')}, {words('elapsed', done=_span(min(done, float(whole))), whole=_span(float(whole)))}"


def follow(root: Path, alive: Callable[[], bool], words: Words, hint: str, console: Console) -> State | None:
    """Show the bot until it is over.

    :param alive: whether its process still runs
    :return: the last state, None if it never published one
    """
    state: State | None = None
    said = 0.0
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            ended = not alive()
            state = read_state(root, words) or state
            if state is not None and console.is_terminal:
                live.update(render(state, status_of(state, not ended, words), words, hint), refresh=True)
            elif state is not None and time.monotonic() - said >= LINE_SECONDS:
                said = time.monotonic()
                console.print(one_line(state, words))
            if ended or (state is not None and not state["running"]):
                return state
            time.sleep(LOOK_SECONDS)


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
