"""What the streams send by the clock: statistics, marks, open interest, candles, aggregated depth."""

from functools import partial
from typing import TYPE_CHECKING, Any

from hummingbot_backpack.simulator.amounts import shown
from hummingbot_backpack.simulator.clock import Jobs
from hummingbot_backpack.simulator.streams import DEPTH_WINDOWS, Hub
from hummingbot_backpack.simulator.tape import INTERVALS, Candle
from hummingbot_backpack.simulator.wire import iso_seconds

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import MarketState
    from hummingbot_backpack.simulator.exchange import Exchange

DAY = 86400


class Broadcasts:
    """Periodic frames in the wire's own (real) time."""

    def __init__(self, exchange: "Exchange", hub: Hub, jobs: Jobs) -> None:
        self._exchange, self._hub = exchange, hub
        self._sent: dict[str, tuple[int, int]] = {}
        """Per candle stream: start of the last candle sent and its number of trades."""
        jobs.every(1.0, self._each_second)
        jobs.every(60.0, self._open_interest)
        for window, seconds in DEPTH_WINDOWS.items():
            jobs.every(seconds, partial(hub.send_aggregates, window))

    def _each_second(self) -> None:
        if not self._hub.topics:
            return
        now = self._exchange.clock.now_us()
        for symbol, state in self._exchange.engine.markets.items():
            if state.spec.is_perpetual and self._hub.has(f"markPrice.{symbol}"):
                self._hub.publish(f"markPrice.{symbol}", self._mark(state, now))
            if self._hub.has(f"ticker.{symbol}"):
                self._ticker(state, now)
        for name, _ in list(self._hub.topics):
            if name.startswith("kline."):
                self._candle(name, now)

    def _mark(self, state: "MarketState", now: int) -> dict[str, Any]:
        symbol, perpetuals = state.spec.symbol, self._exchange.perpetuals
        return {
            "E": now, "T": now, "e": "markPrice", "f": perpetuals.rate_text(symbol), "i": shown(state.index),
            "n": perpetuals.next_funding_us // 1000, "p": shown(self._exchange.engine.marks[symbol]), "s": symbol,
        }  # fmt: skip

    def _ticker(self, state: "MarketState", now: int) -> None:
        day = state.tape.window(DAY, now)
        if day is None:
            return
        price, quantity, symbol = state.spec.price_grid, state.spec.quantity_grid, state.spec.symbol
        self._hub.publish(
            f"ticker.{symbol}",
            {
                "E": now, "V": shown(day.quote), "c": price.plain(day.close), "e": "ticker", "h": price.plain(day.high),
                "l": price.plain(day.low), "n": day.trades, "o": price.plain(day.open), "s": symbol,
                "v": quantity.plain(day.steps),
            },
        )  # fmt: skip

    def _open_interest(self) -> None:
        now = self._exchange.clock.now_us()
        for symbol, state in self._exchange.engine.markets.items():
            if state.spec.is_perpetual:
                quantity = state.spec.quantity_grid.plain(state.open_interest)
                data = {"E": now, "e": "openInterest", "o": quantity, "s": symbol}
                self._hub.publish(f"openInterest.{symbol}", data)

    def _candle(self, name: str, now: int) -> None:
        """The running candle when it changed; when it is over once more, with X true."""
        _, interval, symbol = name.split(".", 2)
        state = self._exchange.engine.markets.get(symbol)
        if state is None:
            return
        seconds = INTERVALS[interval]
        start = now // 1_000_000 // seconds * seconds
        before = self._sent.get(name)
        if before and before[0] < start:
            self._send_candle(name, state, before[0], seconds, True, now)
            before = None
        current = state.tape.candles(seconds, start, start + 1)[0]
        trades = 0 if isinstance(current, int) else current.trades
        if before is None or before[1] != trades:
            self._send_candle(name, state, start, seconds, False, now)
            self._sent[name] = start, trades

    def _send_candle(self, name: str, state: "MarketState", start: int, seconds: int, closed: bool, now: int) -> None:
        one: Candle | int = state.tape.candles(seconds, start, start + 1)[0]
        price, quantity = state.spec.price_grid, state.spec.quantity_grid
        empty = isinstance(one, int)
        data: dict[str, Any] = {
            "E": now, "T": iso_seconds((start + seconds) * 1_000_000), "X": closed, "e": "kline",
            "s": state.spec.symbol, "t": iso_seconds(start * 1_000_000),
        }  # fmt: skip
        if isinstance(one, int) or empty:
            data |= {"c": None, "h": None, "l": None, "n": 0, "o": None, "v": "0"}
        else:
            data |= {
                "c": price.padded(one.close), "h": price.padded(one.high), "l": price.padded(one.low), "n": one.trades,
                "o": price.padded(one.open), "v": quantity.plain(one.steps),
            }  # fmt: skip
        self._hub.publish(name, dict(sorted(data.items())))
