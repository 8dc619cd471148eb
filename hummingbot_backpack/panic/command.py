"""``hummingbot-backpack panic``."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.command import JsonOption, PasswordOption
from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from hummingbot_backpack.panic.sweep import Outcome


def panic(
    workspace: WorkspaceOption = None,
    flatten: Annotated[
        bool, typer.Option("--flatten", help="Then close positions, and sell the base of spot markets, at market.")
    ] = False,
    market: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL", help="With --flatten: these markets, not those of the last session."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="The whole account: orders placed by hand or by others, every position.")
    ] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="When to give up.")] = 60.0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --flatten or --all.")] = False,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Stop the bot, cancel its orders on every market, and, if asked, go flat. Works when the bot does not.

    A bot that does not end within 5 s is killed. Orders that were placed by hand, or by a bot of another workspace,
    stay unless --all says otherwise. The exit code is 0 only when all of it is done, and 2 only when nothing was.

    \b
    Example:
      hummingbot-backpack panic -w ~/backpack-bot
      hummingbot-backpack panic -w ~/backpack-bot --flatten --yes
    """
    from hummingbot_backpack.language import spoken
    from hummingbot_backpack.panic import bot
    from hummingbot_backpack.workspace.launch import enter
    from hummingbot_backpack.workspace.layout import Workspace, find_root, open_workspace
    from hummingbot_backpack.workspace.settings import UNREADABLE

    if market and not flatten:
        raise UserError("--market says what to close, and needs --flatten.")
    root, damage = find_root(workspace), None
    try:
        place = open_workspace(root)
    except UserError as error:
        # Somebody was writing on the settings, maybe: the bot stops all the same.
        place, damage = Workspace(root, UNREADABLE), error
    if (flatten or everything) and not yes:
        _confirm(flatten, everything)
    enter(place)
    if market and damage is None:
        from hummingbot_backpack.panic import clearing

        asyncio.run(clearing.refuse_unknown(place, market))

    def say(line: str) -> None:
        typer.echo(spoken(line), err=as_json)

    # The bot first: it stops without a password, whatever the store says, and does not quote while one is typed.
    stopped = bot.stop(place)
    say(f"{stopped.describe()[0].upper()}{stopped.describe()[1:]}.")
    from hummingbot_backpack.panic import clearing  # takes a second of importing, in which the bot would quote on

    try:
        if damage is not None:
            raise damage
        wanted = clearing.Wanted(flatten, tuple(dict.fromkeys(market or ())), everything)
        found = clearing.clear(place, password_stdin, wanted, timeout, say)
    except UserError as error:
        if error.exit_code == 1 or not stopped.processes:
            raise
        why = str(error).rstrip(".")
        if stopped.left:
            raise clearing.not_done(
                UserError(f"The bot could not be ended, and its orders were not looked for: {why}.")
            ) from None
        raise clearing.not_done(UserError(f"The bot is stopped; its orders were not looked for: {why}.")) from None
    outcomes = found.outcomes
    done_here = not stopped.left and all(outcome.done for outcome in outcomes.values())
    done = done_here and not found.elsewhere
    record = {
        "stopped": list(stopped.processes),
        "killed": list(stopped.killed),
        "not_ended": list(stopped.left),
        "markets": {symbol: _row(outcome) for symbol, outcome in sorted(outcomes.items())},
        "elsewhere": sorted(found.elsewhere),
        "done": done,
    }
    lines = [line for symbol, outcome in sorted(outcomes.items()) for line in clearing.lines(symbol, outcome)]
    url = place.settings.exchange_url
    lines += [
        spoken(f"{each} is not a market of {url}: close it where it is traded.") for each in sorted(found.elsewhere)
    ]
    ours = "the account" if everything else "this workspace"
    end = f"NOT done: look at {ours} on the exchange's own page, and run panic again."
    if done_here:
        end = "Done." if done else "Done here, not elsewhere."
    lines.append(spoken(end))
    if not outcomes:
        lines.insert(0, spoken(f"No orders of {ours} rest."))
    typer.echo(json.dumps(record) if as_json else "\n".join(lines))
    if not done:
        raise typer.Exit(1)


def _confirm(flatten: bool, everything: bool) -> None:
    from hummingbot_backpack.language import spoken

    if not sys.stdin.isatty():
        raise UserError(f"{'--flatten' if flatten else '--all'} asks before it acts: add --yes without a terminal.")
    what = "every order of the account" if everything else "the bot's orders"
    then = (" and close every position" if everything else " and close its positions") if flatten else ""
    typer.confirm(spoken(f"Stop the bot, cancel {what}{then}?"), abort=True)


def _row(outcome: "Outcome") -> dict[str, Any]:
    return {
        "cancelled": outcome.cancelled,
        "left": outcome.left,
        "before": None if outcome.before is None else f"{outcome.before:f}",
        "after": None if outcome.after is None else f"{outcome.after:f}",
        "errors": outcome.errors,
        "done": outcome.done,
    }
