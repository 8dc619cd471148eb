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
# A market that is not Open is asked for so often: whoever waits to close there leaves with the first answer that says
# Open.
HURRY_INTERVAL = 1.0
# With such markets among them all together no more often than this: 120 requests a minute, whatever their number.
HURRY_PAUSE = 0.5
# A market that refused an order for its state is watched so closely for so many seconds though it says Open: the state
# may be told late.
SUSPECT_FOR = 10.0
SHORTEST_SLEEP = 0.001
# Knowledge of this age, in seconds, is fresh enough to refuse an order.
FRESH = 1.0
OPEN = "Open"

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
        self._asked_last = self._turned_at = -INTERVAL
        self._not_open: set[str] = set()
        self._suspect_until: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def overlay(self, rows: Iterable[Row]) -> list[Row]:
        """The list of markets, with what was learned of single ones since."""
        return [self._rows.get(row.get("symbol", ""), row) for row in rows]

    async def watch(self) -> None:
        """Asks for the traded market whose turn it is, for ever; what fails is asked for again in its turn."""
        while True:
            wait, trading_pair = self._next()
            if wait > 0:
                # Looked at again every second: a market may have become urgent meanwhile.
                await self._sleep(min(max(wait, SHORTEST_SLEEP), HURRY_INTERVAL))
            else:
                if not self._is_urgent(trading_pair, self._now()):
                    self._turned_at = self._now()
                await self.refresh(trading_pair)

    def _next(self) -> tuple[float, str]:
        """The market whose turn comes first, and in how many seconds; 0 or less: now."""
        now, urgent, others = self._now(), list[str](), list[str]()
        for pair in self._trading_pairs:
            if pair not in self._asked_at:
                return 0.0, pair
            (urgent if self._is_urgent(pair, now) else others).append(pair)
        turns = []
        if urgent:
            pair = min(urgent, key=self._asked_at.__getitem__)
            turns.append((self._asked_at[pair] + HURRY_INTERVAL, pair))
        if others:
            pair = min(others, key=self._asked_at.__getitem__)
            turns.append((self._turned_at + max(LEAST_PAUSE, INTERVAL / len(others)), pair))
        due, pair = min(turns, default=(now + INTERVAL, ""))
        return max(due, self._asked_last + HURRY_PAUSE) - now, pair

    def _is_urgent(self, trading_pair: str, now: float) -> bool:
        return trading_pair in self._not_open or now < self._suspect_until.get(trading_pair, now)

    def suspect(self, trading_pair: str) -> None:
        """The exchange refused an order there for the market's state: it is asked for every second a while."""
        self._suspect_until[trading_pair] = self._now() + SUSPECT_FOR

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
        self._asked_at[trading_pair] = self._asked_last = self._now()
        try:
            row = await self._ask(trading_pair)
            symbol = str(row["symbol"])
        except (BackpackError, KeyError, TypeError):
            # The network check and the polls say it; whatever is known of the market stays.
            return
        self._rows[symbol] = row
        if row.get("orderBookState", OPEN) == OPEN:
            self._not_open.discard(trading_pair)
        else:
            self._not_open.add(trading_pair)
        self._on_row(row)
