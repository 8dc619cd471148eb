"""A past for the market: candles up to the start, so that tickers, candles and volatility have something to say."""

import math
import random
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.tape import Candle

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import MarketState

DAYS = 40
MINUTES = 1440
MINUTE_VOLATILITY = 0.0009
"""Standard deviation of a minute's log return (about 3.4 % a day)."""
MINUTE_NOTIONAL = 6000.0


def _walk(
    generator: random.Random, price: float, count: int, seconds: int, end: int, state: "MarketState"
) -> tuple[list[Candle], float]:
    """Candles that end at `end` (seconds) with `price`, oldest first, and the price that they began with."""
    spec = state.spec
    sigma = MINUTE_VOLATILITY * math.sqrt(seconds / 60)
    candles = []
    for number in range(count):
        begin = price * math.exp(sigma * generator.gauss(0, 1))
        high = max(begin, price) * (1 + abs(generator.gauss(0, sigma / 3)))
        low = min(begin, price) * (1 - abs(generator.gauss(0, sigma / 3)))
        notional = MINUTE_NOTIONAL * seconds / 60 * generator.uniform(0.3, 1.7)
        steps = max(1, round(notional / price * UNIT / spec.quantity_grid.unit))
        opened, highest, lowest, closed = (
            max(1, round(value * UNIT / spec.price_grid.unit)) for value in (begin, high, low, price)
        )
        start = end - (number + 1) * seconds
        quote = spec.notional((opened + closed) // 2, steps)
        candles.append(Candle(start, opened, highest, lowest, closed, steps, quote, max(1, round(notional / 90))))
        price = begin
    candles.reverse()
    return candles, price


def seed_history(state: "MarketState", seed: int, now_us: int) -> None:
    """Give a market a day of minutes and forty days of hours that end at its start price."""
    generator = random.Random(f"{seed}/{state.spec.base}/history")
    now = now_us // 1_000_000
    minutes, price = _walk(generator, state.index / UNIT, MINUTES, 60, now - now % 60, state)
    first_hour = minutes[0].start - minutes[0].start % 3600
    hours, _ = _walk(generator, price, DAYS * 24, 3600, first_hour, state)
    recent: dict[int, Candle] = {}
    for minute in minutes:
        start = minute.start - minute.start % 3600
        if start in recent:
            recent[start].join(minute)
        else:
            recent[start] = Candle(
                start, minute.open, minute.high, minute.low, minute.close, minute.steps, minute.quote, minute.trades
            )
    state.tape.seed(minutes, 60)
    state.tape.seed([*hours, *recent.values()], 3600)
