"""``hummingbot-backpack watch`` and ``run``."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hummingbot_backpack.convert.command import EnvFileOption, LangOption, NameOption
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from rich.console import Console

    from hummingbot_backpack.language import Words
    from hummingbot_backpack.workspace.layout import Workspace

STOP_SECONDS = 60.0


def watch(
    workspace: WorkspaceOption = None,
    lang: LangOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the present state once, as JSON.")] = False,
) -> None:
    """Follow the bot that runs in a workspace: market, decision, prices, result. Ends with the bot, or with Ctrl-C.

    \b
    Example:
      hummingbot-backpack watch -w ~/backpack-bot
      hummingbot-backpack watch -w ~/backpack-bot --json
    """
    from rich.console import Console

    from hummingbot_backpack.language import Words, language
    from hummingbot_backpack.live import follow
    from hummingbot_backpack.live.view import render
    from hummingbot_backpack.live.words import LIVE
    from hummingbot_backpack.processes import is_alive
    from hummingbot_backpack.workspace.layout import open_workspace

    words = Words(LIVE, language(lang))
    root = open_workspace(workspace).root
    state = follow.read_state(root, words)
    if state is None:
        raise UserError(words("no_bot", root=root))
    if as_json:
        typer.echo(json.dumps(state))
        return
    console = Console()
    process = int(state["pid"])
    try:
        state = follow.follow(root, lambda: is_alive(process), words, words("watch_hint"), console) or state
    except KeyboardInterrupt:
        return
    console.print(render(state, follow.status_of(state, False, words), words))


def run(
    ctx: typer.Context,
    workspace: WorkspaceOption = None,
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Rehearse on the local Backpack: no keys, no account, no money.")
    ] = False,
    env_file: EnvFileOption = None,
    name: NameOption = None,
    lang: LangOption = None,
) -> None:
    """Make a configuration of a classic bot's command line, start it, and follow it until Ctrl-C, which stops it.

    What follows -- is the classic command line, with or without `python run.py`. With --simulator and without a
    workspace it is rehearsed in ./backpack-rehearsal. The exit code is the bot's.

    \b
    Example:
      hummingbot-backpack run --simulator -- --symbol SOL_USDC --spread 0.2 --max-orders 5
    """
    from rich.console import Console

    from hummingbot_backpack.language import Words, language
    from hummingbot_backpack.live import rehearsal
    from hummingbot_backpack.live.words import LIVE
    from hummingbot_backpack.workspace.layout import open_workspace

    words = Words(LIVE, language(lang))
    console = Console()
    if simulator:
        _refuse_early(ctx.args, env_file, words.language)
        made = rehearsal.prepare(workspace, words)
        for line in made.said:
            console.print(line, highlight=False)
        place, environment, local = made.workspace, made.environment, made.simulator
    else:
        place, environment, local = open_workspace(workspace), dict(os.environ), None
        if not any(place.key_file(connector).exists() for connector in place.connector_names):
            raise UserError(words("no_keys", root=place.root))
        environment["HBOT_PASSWORD"] = _password()
    try:
        code = _run(place, environment, ctx.args, env_file, name, words, console)
    finally:
        if local is not None:
            local.end(STOP_SECONDS)
    raise typer.Exit(code)


def _password() -> str:
    from hummingbot_backpack.keys.password import ask_password

    return ask_password(False, new=False)


def _refuse_early(arguments: list[str], env_file: Path | None, chosen: str) -> None:
    """What cannot be converted is said before anything is made."""
    from hummingbot_backpack.convert.classic import read
    from hummingbot_backpack.convert.environment import read_env_file
    from hummingbot_backpack.convert.mapping import convert
    from hummingbot_backpack.convert.words import CONVERT
    from hummingbot_backpack.convert.write import check
    from hummingbot_backpack.language import Words

    words = Words(CONVERT, chosen)
    environment = read_env_file(env_file, words) if env_file is not None else {}
    converted = convert(read(arguments, environment, words), True, words)
    check(converted.controller, converted.script, converted.flags)


def _run(
    place: "Workspace",
    environment: dict[str, str],
    arguments: list[str],
    env_file: Path | None,
    name: str | None,
    words: "Words",
    console: "Console",
) -> int:
    from hummingbot_backpack.convert.command import converted_from, show_differences
    from hummingbot_backpack.convert.words import CONVERT
    from hummingbot_backpack.convert.write import write
    from hummingbot_backpack.language import Words
    from hummingbot_backpack.live.bot import follow_bot

    texts = Words(CONVERT, words.language)
    converted = converted_from(arguments, place, env_file, texts)
    script, controller = write(place, converted, name)
    show_differences(converted, texts)
    console.print(words("files", script=script.name, controller=controller.name), highlight=False)
    if converted.proxy is not None:
        # Never in a file, since it may hold a password: in the environment of the bot that is started here.
        environment = {**environment, "BACKPACK_PROXY_WEBSOCKET": converted.proxy}
    return follow_bot(place, script.name, environment, words, console)
