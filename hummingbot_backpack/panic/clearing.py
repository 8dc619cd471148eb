"""Cancelling and closing with every pair of keys of a workspace, one after the other."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_parsing import OrderRecord

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair
from hummingbot_backpack.keys.password import ask_password
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.language import spoken
from hummingbot_backpack.panic import account as accounts
from hummingbot_backpack.panic import sweep
from hummingbot_backpack.panic.account import Account
from hummingbot_backpack.panic.sweep import Outcome, Say
from hummingbot_backpack.workspace.layout import Workspace

KNOWN_WITHIN_SECONDS = 2.0
"""How long the exchange is asked for its markets before the bot is stopped: it quotes meanwhile."""


@dataclass(frozen=True)
class Wanted:
    """:param named: the markets to close; empty: those of the last session
    :param everything: what is not this workspace's too
    """

    flatten: bool
    named: tuple[str, ...]
    everything: bool


@dataclass
class Found:
    """:param outcomes: by symbol; where keys are of several accounts, by connector and symbol
    :param elsewhere: markets of the last session that are not the exchange's, as CONNECTOR:PAIR
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)


@dataclass
class _Keys:
    """:param names: the connectors that trade with the pair"""

    pair: KeyPair
    names: list[str]


def not_done(error: UserError) -> UserError:
    """:return: `error` for when something was done already: code 2 says that nothing was"""
    error.exit_code = 1
    return error


async def refuse_unknown(workspace: Workspace, named: tuple[str, ...] | list[str]) -> None:
    """Refuse names of markets that the exchange does not know; while it does not answer, none is refused.

    :raises UserError: there is no such market
    """
    account = Account(workspace, KeyPair("", ""))
    try:
        await asyncio.wait_for(account.open(), KNOWN_WITHIN_SECONDS)
        _check_named(account, named)
    except (BackpackError, TimeoutError):
        pass
    finally:
        await account.close()


def clear(workspace: Workspace, password_stdin: bool, wanted: Wanted, seconds: float, say: Say) -> Found:
    """Cancel, and close if wanted, with each distinct pair of keys. The workspace must have been entered.

    :param seconds: when to give up, counted from the password on
    :raises UserError: not everything could be looked at; code 1 if anything may have been done
    """
    names = [name for name in workspace.connector_names if workspace.key_file(name).exists()]
    if not names:
        raise UserError(
            f"There are no keys in {workspace.root}: its orders must be cancelled at the exchange's own page."
        )
    try:
        store = Keystore(workspace, ask_password(password_stdin, new=False))
    except (KeyboardInterrupt, EOFError):
        raise UserError("No password was given.") from None
    deadline = time.monotonic() + seconds
    keys: dict[str, _Keys] = {}
    failures: dict[str, UserError] = {}
    for name in names:
        try:
            pair = store.read(name)
        except UserError as error:
            failures[name] = error
        else:
            keys.setdefault(pair.public, _Keys(pair, [])).names.append(name)
    several = len(keys) > 1
    # Markets can be named although only the other connector has keys: they are the account's all the same.
    for each in list(keys.values())[-1:]:
        each.names += [name for name in workspace.connector_names if name not in names]
    found, looked = Found(), False
    for each in keys.values():
        try:
            one = asyncio.run(_work(workspace, each, wanted, deadline, say))
        except UserError as error:
            failures[each.names[0]] = error
            continue
        looked = True
        found.elsewhere |= one.elsewhere
        found.outcomes |= {
            f"{each.names[0]}:{symbol}" if several else symbol: outcome for symbol, outcome in one.outcomes.items()
        }
    if failures:
        for line in (one for each in sorted(found.outcomes.items()) for one in lines(*each)):
            say(line)
        name, failure = min(failures.items(), key=lambda row: row[1].exit_code)
        if looked and failure.exit_code != 1:
            why = str(failure).rstrip(".")
            raise not_done(UserError(f"The orders of {name} were not looked for: {why}."))
        raise failure
    return found


async def _work(workspace: Workspace, keys: _Keys, wanted: Wanted, deadline: float, say: Say) -> Found:
    instance = accounts.own_instance(workspace)
    account = Account(workspace, keys.pair)
    url = workspace.settings.exchange_url
    found, looked = Found(), False

    def ours(order: OrderRecord) -> bool:
        nonlocal looked
        mine = wanted.everything or accounts.is_of_instance(order, instance)
        looked = looked or mine
        return mine

    try:
        while True:
            try:
                await account.open()
                found.outcomes = await sweep.cancel(account, ours, deadline)
                looked = True
                if wanted.flatten:
                    try:
                        symbols, found.elsewhere = await _to_close(workspace, account, keys, wanted)
                    except UserError as error:
                        # What was done before the question of what to close came up.
                        for line in (one for each in sorted(found.outcomes.items()) for one in lines(*each)):
                            say(line)
                        raise not_done(error) from None
                    await sweep.flatten(account, symbols, found.outcomes, deadline, say)
                return found
            except BackpackError as error:
                if error.kind is ErrorKind.FATAL or time.monotonic() >= deadline:
                    failure = UserError(
                        f"{url} does not let us look ({error.reason}): cancel at the exchange's own page, or run panic"
                        " again."
                    )
                    raise (not_done(failure) if looked else failure) from None
                say(f"{url}: {error.reason}; trying again.")
                await asyncio.sleep(1)
    finally:
        await account.close()


async def _to_close(workspace: Workspace, account: Account, keys: _Keys, wanted: Wanted) -> tuple[list[str], set[str]]:
    """:return: the markets that --flatten means on this account, and those of the last session elsewhere"""
    if wanted.named:
        _check_named(account, wanted.named)
        return [symbol for symbol in wanted.named if account.connector(symbol) in keys.names], set()
    if wanted.everything:
        return list(await account.positions()), set()
    symbols, elsewhere = set(), set()
    for name, trading_pair in _traded(workspace.root / "data" / "backpack_state.json"):
        symbol = account.symbol(name, trading_pair)
        if symbol is None:
            elsewhere.add(f"{name}:{trading_pair}")
        elif name in keys.names:
            symbols.add(symbol)
    return sorted(symbols), elsewhere


def _check_named(account: Account, named: tuple[str, ...] | list[str]) -> None:
    unknown = [symbol for symbol in named if account.market(symbol) is None]
    if unknown:
        raise UserError(f"--market ({unknown[0]}) must be a market of the exchange, such as SOL_USDC_PERP.")


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


def lines(symbol: str, outcome: Outcome) -> Iterator[str]:
    """What was done on one market, as the user reads it."""
    orders = f"{outcome.cancelled} order{'' if outcome.cancelled == 1 else 's'} cancelled"
    line = f"{symbol}: {orders}, {len(outcome.left) or 'none'} left"
    if outcome.before is not None:
        after = f"{outcome.after:f}" + (", less than the market's smallest order" if outcome.dust else "")
        line += f"; position {outcome.before:f}, now {after}"
    yield spoken(line)
    yield from ("  " + spoken(f"still resting: {order}") for order in outcome.left)
    yield from ("  " + spoken(f"refused: {error}") for error in outcome.errors)
