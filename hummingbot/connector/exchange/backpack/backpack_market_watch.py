"""The state of the traded markets, asked for one by one: the list of all markets may be a quarter of an hour old."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError

# Each traded market is asked for so often, in seconds, ...
INTERVAL = 10.0
# ... but all of them together no more often than this: 60 requests a minute of the account's 2000.
LEAST_PAUSE = 1.0
# Knowledge of this age, in seconds, is fresh enough to refuse an order.
FRESH = 1.0

Row = Mapping[str, Any]


class MarketWatch:
    """
    :param trading_pairs: the connector's list, as it changes
    :param ask: fetches one market's row from where it is never stale; raises :class:`BackpackError`
    :param on_row: takes it over
    :param now: a monotonic clock in seconds
    """

    def __init__(
        self,
        trading_pairs: list[str],
        ask: Callable[[str], Awaitable[Row]],
        on_row: Callable[[Row], None],
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trading_pairs = trading_pairs
        self._ask = ask
        self._on_row = on_row
        self._sleep = sleep
        self._now = now
        self._rows: dict[str, Row] = {}
        self._asked_at: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def overlay(self, rows: Iterable[Row]) -> list[Row]:
        """The list of markets, with what was learned of single ones since."""
        return [self._rows.get(row.get("symbol", ""), row) for row in rows]

    async def watch(self) -> None:
        """Asks for one traded market after the other, for ever; what fails is asked for again in its turn."""
        while True:
            pairs = list(self._trading_pairs)
            for trading_pair in pairs:
                await self._sleep(max(LEAST_PAUSE, INTERVAL / len(pairs)) if trading_pair in self._asked_at else 0)
                if trading_pair in self._trading_pairs:
                    await self.refresh(trading_pair)
            if not pairs:
                await self._sleep(INTERVAL)

    async def refresh(self, trading_pair: str, at_most_every: float = 0.0) -> None:
        """Asks for one market now, once for all who want to know; a failure keeps what is known.

        :param at_most_every: seconds within which an earlier answer will do
        """
        if self._now() - self._asked_at.get(trading_pair, -INTERVAL) < at_most_every:
            return
        task = self._running.get(trading_pair)
        if task is None:
            task = self._running[trading_pair] = asyncio.ensure_future(self._refresh(trading_pair))
            task.add_done_callback(lambda _: self._running.pop(trading_pair, None))
        await asyncio.shield(task)

    async def _refresh(self, trading_pair: str) -> None:
        self._asked_at[trading_pair] = self._now()
        try:
            row = await self._ask(trading_pair)
            symbol = str(row["symbol"])
        except (BackpackError, KeyError, TypeError):
            # The network check and the polls say it; whatever is known of the market stays.
            return
        self._rows[symbol] = row
        self._on_row(row)
