"""What was traded on a market: recent trades, candles, and the statistics of the last day or week."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.markets import Market
    from hummingbot_backpack.simulator.orders import Trade

SECOND = 1_000_000
INTERVALS: dict[str, int] = {
    "1s": 1, "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600,
    "8h": 28800, "12h": 43200, "1d": 86400, "3d": 259200, "1w": 604800, "1month": 2592000,
}  # fmt: skip
"""Seconds per candle interval (a month is taken as 30 days)."""


KEPT = {1: 7200, 60: 2 * 1440, 3600: 60 * 24}
"""Candles kept of each base length."""
DAY = 86400


@dataclass(slots=True)
class Candle:
    """Prices in ticks, volume in steps, quote volume in units; `start` in seconds since 1970."""

    start: int
    open: int
    high: int
    low: int
    close: int
    steps: int = 0
    quote: int = 0
    trades: int = 0

    def add(self, price: int, steps: int, quote: int, trades: int = 1) -> None:
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.steps += steps
        self.quote += quote
        self.trades += trades

    def join(self, later: "Candle") -> None:
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.steps += later.steps
        self.quote += later.quote
        self.trades += later.trades


class MarketTape:
    """Trades of one market, newest last, with candles of a second, a minute and an hour."""

    def __init__(self, market: "Market") -> None:
        self.market = market
        self.trades: deque[Trade] = deque(maxlen=20_000)
        self._candles: dict[int, dict[int, Candle]] = {1: {}, 60: {}, 3600: {}}

    def add(self, trade: "Trade") -> None:
        self.trades.append(trade)
        second = trade.time_us // SECOND
        quote = self.market.notional(trade.price, trade.steps)
        for length, candles in self._candles.items():
            start = second - second % length
            candle = candles.get(start)
            if candle is None:
                candle = candles[start] = Candle(start, trade.price, trade.price, trade.price, trade.price)
                if len(candles) > KEPT[length]:
                    del candles[next(iter(candles))]
            candle.add(trade.price, trade.steps, quote)

    def seed(self, candles: list[Candle], length: int) -> None:
        """Put past candles in (oldest first), of 60 or 3600 seconds."""
        self._candles[length].update({candle.start: candle for candle in candles})

    def candles(self, seconds: int, start: int, end: int) -> list[Candle | int]:
        """Candles from `start` to `end` (seconds); the bare start time stands for an empty one."""
        base = 3600 if seconds % 3600 == 0 else 60 if seconds % 60 == 0 else 1
        source = self._candles[base]
        earliest = next(iter(source), end)
        result: list[Candle | int] = []
        for begin in range(start - start % seconds, end, seconds):
            joined: Candle | None = None
            if begin + seconds <= earliest:
                result.append(begin)
                continue
            for piece in range(begin, begin + seconds, base):
                candle = source.get(piece)
                if candle is None:
                    continue
                if joined is None:
                    joined = Candle(
                        begin,
                        candle.open,
                        candle.high,
                        candle.low,
                        candle.close,
                        candle.steps,
                        candle.quote,
                        candle.trades,
                    )
                else:
                    joined.join(candle)
            result.append(begin if joined is None else joined)
        return result

    def window(self, seconds: int, now_us: int) -> Candle | None:
        """Everything traded in the last so many seconds as one candle; None where nothing was."""
        end = now_us // SECOND
        total: Candle | None = None
        for start, candle in self._candles[3600 if seconds > DAY else 60].items():
            if start <= end - seconds:
                continue
            if total is None:
                total = Candle(
                    start, candle.open, candle.high, candle.low, candle.close, candle.steps, candle.quote, candle.trades
                )
            else:
                total.join(candle)
        return total
