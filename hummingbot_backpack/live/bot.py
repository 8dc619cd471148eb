"""Starting a bot as a child of this terminal, following it, and stopping it with Ctrl-C."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import Words, spoken
from hummingbot_backpack.live.follow import follow, read_state, state_file, status_of
from hummingbot_backpack.live.view import State, render
from hummingbot_backpack.processes import Child, Interrupted, Signals, is_alive, wait_until
from hummingbot_backpack.workspace.layout import LAUNCHER, Workspace

START_SECONDS = 120.0
STOP_SECONDS = 60.0


def follow_bot(place: Workspace, script: str, environment: dict[str, str], words: Words, console: Console) -> int:
    """Run `script` in `place` until it ends, or until Ctrl-C (SIGTERM, SIGHUP) stops it.

    :return: the bot's exit code
    :raises UserError: a bot runs here already
    """
    _refuse_a_second(place, words)
    # The last session's state would be taken for this one's.
    state_file(place.root).unlink(missing_ok=True)
    command: list[str | Path] = [place.root / LAUNCHER, "start", "--foreground", script]
    with Signals() as signals:
        bot = Child("the bot", command, place.root / "logs" / "run.out", environment, place.root)
        state: State | None = None
        try:
            state = _started(place, bot, words)
            if state is not None:
                _show_preflight(state, words, console)
                state = follow(place.root, lambda: bot.code is None, words, words("stop_hint"), console) or state
            # Its last word comes a moment before its end.
            wait_until(lambda: bot.code is not None, STOP_SECONDS)
        except Interrupted:
            console.print(words("stopping"))
        finally:
            signals.hold()
            code = bot.end(STOP_SECONDS)
    state = read_state(place.root, words) or state
    if state is None or (code != 0 and state["trading_since"] is None):
        console.print(Text(words("did_not_start"), style="bold red"))
        console.print(_last_words(place, script, bot), highlight=False, markup=False)
        return code or 1
    console.print(render(state, status_of(state, False, words), words))
    return code


def _refuse_a_second(place: Workspace, words: Words) -> None:
    file = place.root / "data" / "bot" / "bot.pid"
    try:
        process = int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if is_alive(process):
        raise UserError(words("running_already", root=place.root, process=process))


def _started(place: Workspace, bot: Child, words: Words) -> State | None:
    """:return: the first state with a preflight, None if the bot ended before it had one"""

    def has_looked() -> bool:
        state = read_state(place.root, words)
        return state is not None and bool(state.get("preflight") or state["trading_since"])

    wait_until(has_looked, START_SECONDS, lambda: bot.code is not None)
    return read_state(place.root, words)


def _show_preflight(state: State, words: Words, console: Console) -> None:
    for report in state.get("preflight", ()):
        console.print(Text(words("preflight", id=report["controller_id"]), style="bold"))
        for name, style in (("refused", "red"), ("warned", "yellow")):
            for line in report[name]:
                console.print(Text(f"  {words(name)}: {spoken(line, words.language)}", style=style))
        for line in report["figures"]:
            console.print(Text(f"  {spoken(line, words.language)}"))


def _last_words(place: Workspace, script: str, bot: Child) -> str:
    log = place.root / "logs" / f"logs_{script.removesuffix('.yml')}.log"
    logged = log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:] if log.exists() else []
    return "\n".join([*logged, bot.last_words()]).strip()
