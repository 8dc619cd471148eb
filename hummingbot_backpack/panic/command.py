"""``hummingbot-backpack panic``."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.command import JsonOption, PasswordOption
from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from hummingbot_backpack.panic.account import Account
    from hummingbot_backpack.panic.sweep import Outcome, Say
    from hummingbot_backpack.workspace.layout import Workspace


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
    stay unless --all says otherwise. The exit code is 0 only when all of it is done.

    \b
    Example:
      hummingbot-backpack panic -w ~/backpack-bot
      hummingbot-backpack panic -w ~/backpack-bot --flatten --yes
    """
    from hummingbot_backpack.keys.password import ask_password
    from hummingbot_backpack.keys.store import Keystore
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
    password = "" if damage is not None else ask_password(password_stdin, new=False)
    enter(place)
    stopped = bot.stop(place)

    def say(line: str) -> None:
        typer.echo(spoken(line), err=as_json)

    say(f"{stopped.describe()[0].upper()}{stopped.describe()[1:]}.")
    if damage is not None:
        why = str(damage).rstrip(".")
        raise UserError(f"Orders that rest are not looked for ({why}): mend the file, and run panic again.")
    # The bot first: it stops without a password, whatever the store says.
    names = [name for name in place.connector_names if place.key_file(name).exists()]
    if not names:
        raise UserError(f"There are no keys in {place.root}: its orders must be cancelled at the exchange's own page.")
    pair = Keystore(place, password).read(names[-1])
    outcomes = asyncio.run(_work(place, pair, flatten, market or [], everything, time.monotonic() + timeout, say))
    done = not stopped.left and all(outcome.done for outcome in outcomes.values())
    record = {
        "stopped": list(stopped.processes),
        "killed": list(stopped.killed),
        "not_ended": list(stopped.left),
        "markets": {symbol: _row(outcome) for symbol, outcome in sorted(outcomes.items())},
        "done": done,
    }
    lines = [line for symbol, outcome in sorted(outcomes.items()) for line in _lines(symbol, outcome)]
    ours = "the account" if everything else "this workspace"
    end = "Done." if done else f"NOT done: look at {ours} on the exchange's own page, and run panic again."
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


async def _work(
    workspace: "Workspace",
    pair: Any,
    flatten: bool,
    named: list[str],
    everything: bool,
    deadline: float,
    say: "Say",
) -> dict[str, "Outcome"]:
    from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind

    from hummingbot_backpack.panic import account as accounts
    from hummingbot_backpack.panic import sweep

    instance = accounts.own_instance(workspace)
    account = accounts.Account(workspace, pair)
    try:
        while True:
            try:
                await account.open()
                outcomes = await sweep.cancel(
                    account, lambda order: everything or accounts.is_of_instance(order, instance), deadline
                )
                if flatten:
                    try:
                        symbols = await _to_close(workspace, account, named, everything)
                    except UserError:
                        # What was done before the question of what to close came up.
                        for line in (one for each in sorted(outcomes.items()) for one in _lines(*each)):
                            say(line)
                        raise
                    await sweep.flatten(account, symbols, outcomes, deadline, say)
                return outcomes
            except BackpackError as error:
                if error.kind is ErrorKind.FATAL or time.monotonic() >= deadline:
                    raise UserError(
                        f"{workspace.settings.exchange_url} does not let us look ({error.reason}): cancel at the"
                        " exchange's own page, or run panic again."
                    ) from None
                say(f"{workspace.settings.exchange_url}: {error.reason}; trying again.")
                await asyncio.sleep(1)
    finally:
        await account.close()


async def _to_close(workspace: "Workspace", account: "Account", named: list[str], everything: bool) -> list[str]:
    """:return: the markets that --flatten means"""
    if named:
        unknown = [symbol for symbol in named if account.market(symbol) is None]
        if unknown:
            raise UserError(f"--market ({unknown[0]}) must be a market of the exchange, such as SOL_USDC_PERP.")
        return named
    if everything:
        return list(await account.positions())
    symbols = {account.symbol(name, pair) for name, pair in _traded(workspace.root / "data" / "backpack_state.json")}
    return sorted(symbol for symbol in symbols if symbol is not None)


def _traded(state_file: Path) -> Iterator[tuple[str, str]]:
    """Connector and pair of each market that the last session published."""
    try:
        state = json.loads(state_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError(
            "--flatten closes the markets of the last session, and there was none: name them with --market, or --all."
        ) from None
    for entry in state.get("controllers", ()):
        for market in entry.get("markets", [entry]):
            yield market["connector"], market["trading_pair"]


def _row(outcome: "Outcome") -> dict[str, Any]:
    return {
        "cancelled": outcome.cancelled,
        "left": outcome.left,
        "before": None if outcome.before is None else f"{outcome.before:f}",
        "after": None if outcome.after is None else f"{outcome.after:f}",
        "errors": outcome.errors,
        "done": outcome.done,
    }


def _lines(symbol: str, outcome: "Outcome") -> Iterator[str]:
    from hummingbot_backpack.language import spoken

    orders = f"{outcome.cancelled} order{'' if outcome.cancelled == 1 else 's'} cancelled"
    line = f"{symbol}: {orders}, {len(outcome.left) or 'none'} left"
    if outcome.before is not None:
        after = f"{outcome.after:f}" + (", less than the market's smallest order" if outcome.dust else "")
        line += f"; position {outcome.before:f}, now {after}"
    yield spoken(line)
    yield from ("  " + spoken(f"still resting: {order}") for order in outcome.left)
    yield from ("  " + spoken(f"refused: {error}") for error in outcome.errors)
