"""Looks at the touch again some seconds after each fill (cards SE04, RP01)."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any

from hummingbot_backpack.market_making.values import Touch
from hummingbot_backpack.records import HORIZONS

TOGETHER_SECONDS = 0.02
"""What is due within this time is looked at together."""
PROMPT_SECONDS = 2.0
"""A fill that was heard of within this time is new; the rest is the network's time and what clocks differ by."""

Market = tuple[str, str]


class Markouts:
    """One timer for all fills. A moment that is over already when a fill is heard of stays unknown.

    :param look: the touch of a market (connector, pair) now, None where its book is not known
    :param note: takes the fill's key, the horizon in seconds, and the touch
    """

    def __init__(self, look: Callable[[Market], Touch | None], note: Callable[[Any, int, Touch | None], None]) -> None:
        self._look = look
        self._note = note
        self._due: list[tuple[float, int, int, Any, Market]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, key: Any, market: Market, age: float) -> None:
        """:param age: seconds since the fill"""
        loop = asyncio.get_running_loop()
        late = age if age > PROMPT_SECONDS else 0.0
        for horizon in HORIZONS:
            if horizon > late:
                moment = loop.time() + horizon - late
                heapq.heappush(self._due, (moment, next(self._order), horizon, key, market))
        self._arm(loop)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._due:
            return
        first = self._due[0][0]
        if self._timer is not None:
            if self._timer.when() <= first + TOGETHER_SECONDS:
                return
            self._timer.cancel()
        self._timer = loop.call_at(first + TOGETHER_SECONDS / 2, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        seen: dict[Market, Touch | None] = {}
        while self._due and self._due[0][0] <= loop.time() + TOGETHER_SECONDS / 2:
            _, _, horizon, key, market = heapq.heappop(self._due)
            if market not in seen:
                seen[market] = self._look(market)
            self._note(key, horizon, seen[market])
        self._arm(loop)

    def stop(self) -> None:
        """Look no more; what was not yet due stays unknown."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due.clear()
