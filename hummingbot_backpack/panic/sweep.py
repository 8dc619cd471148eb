"""Cancelling until nothing is left, and closing by the ladder of card SL05, with nothing but requests."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_parsing import Market, OrderRecord

from hummingbot_backpack.market_making.closing import CloseState, Wanted, decide_close
from hummingbot_backpack.market_making.values import ZERO, Side, round_down
from hummingbot_backpack.panic.account import Account, rule_of

LOOKS_WITHOUT = 2
"""Looks, a second apart, that must find nothing: an order of a bot that was just killed may still be on its way."""
LOOK_SECONDS = 1.0
AFTER_ORDER_SECONDS = 0.3
_GONE = (ErrorKind.NOT_FOUND, ErrorKind.AMBIGUOUS, ErrorKind.TRY_LATER, ErrorKind.NOT_SENT)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Slippage:
    """Slippage protection as the settings have it by default; bps, bps, percent."""

    slippage_protection: bool = True
    max_slippage_bps: Decimal = Decimal(50)
    max_market_spread_bps: Decimal = Decimal(100)
    min_depth_pct: Decimal = Decimal(100)


@dataclass
class Outcome:
    """What was done on one market.

    :param left: orders that still rest
    :param before: the position (or the holding, on spot) that was found, base; None: not to be closed
    :param after: what is left of it
    :param errors: the exchange's refusals, in its words
    """

    cancelled: int = 0
    left: list[str] = field(default_factory=list)
    before: Decimal | None = None
    after: Decimal | None = None
    dust: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return not self.left and (self.before is None or self.after == ZERO or self.dust)


async def cancel(account: Account, ours: Callable[[OrderRecord], bool], deadline: float) -> dict[str, Outcome]:
    """Cancel every order that is `ours`, and look at the exchange until none is left.

    :param deadline: ``time.monotonic()`` after which what is left is listed instead
    :return: by symbol, markets without such orders left out
    """
    seen: dict[str, str] = {}
    refusals: dict[str, str] = {}
    left: list[OrderRecord] = []
    without = 0
    while without < LOOKS_WITHOUT:
        left = [order for order in await account.requests.open_orders() if ours(order)]
        without = 0 if left else without + 1
        seen |= {order.exchange_order_id: order.symbol for order in left}
        if left and time.monotonic() >= deadline:
            break
        answers = await asyncio.gather(*(_cancel_one(account, order) for order in left))
        refusals |= {order.symbol: answer for order, answer in zip(left, answers, strict=True) if answer}
        if without < LOOKS_WITHOUT:
            await asyncio.sleep(LOOK_SECONDS if not left else 0.1)
    found = {symbol: Outcome(count) for symbol, count in Counter(seen.values()).items()}
    for order in left:
        outcome = found[order.symbol]
        outcome.left.append(f"{order.side} {order.quantity} at {order.price}, exchange id {order.exchange_order_id}")
        outcome.cancelled -= 1
        if order.symbol in refusals and refusals[order.symbol] not in outcome.errors:
            outcome.errors.append(refusals[order.symbol])
    return found


async def _cancel_one(account: Account, order: OrderRecord) -> str | None:
    """:return: the exchange's refusal; what is unclear is looked at again anyway"""
    try:
        await account.requests.cancel_order(order.symbol, order.exchange_order_id, order.client_id or 0)
    except BackpackError as error:
        return None if error.kind in _GONE else error.reason
    return None


async def flatten(
    account: Account, symbols: Iterable[str], outcomes: dict[str, Outcome], deadline: float, say: Say
) -> None:
    """Close what the markets hold: a perpetual's position, a spot market's base. Fills `outcomes` in."""
    jobs = []
    for symbol in symbols:
        market = account.market(symbol)
        outcome = outcomes.setdefault(symbol, Outcome())
        if market is None:
            outcome.before = outcome.after = None
            outcome.errors.append("the exchange has no such market")
            outcome.left.append("unknown")
            continue
        jobs.append(_flatten_one(account, market, outcome, deadline, say))
    await asyncio.gather(*jobs)


async def _flatten_one(account: Account, market: Market, outcome: Outcome, deadline: float, say: Say) -> None:
    state, rule = CloseState(), rule_of(market)
    while True:
        try:
            held = await _held(account, market)
            outcome.before = held if outcome.before is None else outcome.before
            outcome.after = held
            size = round_down(abs(held), rule.step)
            if size < market.min_quantity:
                outcome.dust = held != ZERO
                return
            if time.monotonic() >= deadline:
                return
            book = await account.book(market.symbol)
            side = Side.SELL if held > 0 else Side.BUY
            wanted = Wanted(side, size, held, "panic")
            levels = book.asks if side is Side.BUY else book.bids
            order, state = decide_close(
                wanted, state, False, book.touch, levels, Slippage(), rule, True, time.monotonic()
            )
            if order is not None:
                say(f"{market.symbol}: {side.value} {size}, {order.form.step.name.lower()} ({order.form.reason})")
                await account.reduce(market, order)
        except BackpackError as error:
            if error.reason not in outcome.errors:
                outcome.errors.append(error.reason)
            if time.monotonic() >= deadline or error.kind is ErrorKind.FATAL:
                return
        await asyncio.sleep(AFTER_ORDER_SECONDS)


async def _held(account: Account, market: Market) -> Decimal:
    if market.kind == "PERP":
        return (await account.positions()).get(market.symbol, ZERO)
    return await account.holding(market.base)
