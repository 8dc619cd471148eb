"""Clocks: what the engine takes for "now", and how it waits.

`WallClock` follows the machine (shifted by a skew that a fault can set). `VirtualClock` moves only when it is told to,
so that an hour of market passes in moments and in the same order every time.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

MICROSECONDS = 1_000_000


class Clock(Protocol):
    """Time in microseconds since 1970, and timers in seconds."""

    skew_us: int
    """How far the exchange's own clock is off, in microseconds."""

    def now_us(self) -> int:
        """The exchange's time, its skew included."""
        ...

    def true_us(self) -> int:
        """Time without skew: what intervals are measured by."""
        ...

    def call_later(self, seconds: float, call: Callable[[], None]) -> None: ...

    async def sleep(self, seconds: float) -> None: ...


class WallClock:
    """The machine's clock and the running event loop's timers."""

    def __init__(self) -> None:
        self.skew_us = 0

    def now_us(self) -> int:
        return self.true_us() + self.skew_us

    def true_us(self) -> int:
        return time.time_ns() // 1000

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, call)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VirtualClock:
    """A clock that stands still until `advance`; timers fire in the order of their time, then of their making."""

    def __init__(self, start_us: int = 1_790_000_000 * MICROSECONDS) -> None:
        self.skew_us = 0
        self._now_us = start_us
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def now_us(self) -> int:
        return self._now_us + self.skew_us

    def true_us(self) -> int:
        return self._now_us

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        due = self._now_us + round(seconds * MICROSECONDS)
        heapq.heappush(self._timers, (due, next(self._order), call))

    async def sleep(self, seconds: float) -> None:
        done = asyncio.get_running_loop().create_future()
        self.call_later(seconds, lambda: None if done.done() else done.set_result(None))
        await done

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds, firing what falls due on the way."""
        end = self._now_us + round(seconds * MICROSECONDS)
        while self._timers and self._timers[0][0] <= end:
            due, _, call = heapq.heappop(self._timers)
            self._now_us = max(self._now_us, due)
            call()
        self._now_us = end


class Jobs:
    """Things to be done at intervals of some time that the owner advances: the wire's, or the market's own.

    A job's n-th run is at ``n × interval`` of that time, whatever happened in between, so that a seeded path does not
    depend on how promptly it was stepped.
    """

    def __init__(self) -> None:
        self.now_us = 0
        self._due: list[tuple[int, int, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def every(self, seconds: float, call: Callable[[], None], first: float | None = None) -> None:
        """Run `call` each so many seconds, the first time after `first` (default: one interval)."""
        interval = round(seconds * MICROSECONDS)
        begin = self.now_us + (interval if first is None else round(first * MICROSECONDS))
        heapq.heappush(self._due, (begin, next(self._order), interval, call))

    def advance_to(self, time_us: int, enough: Callable[[], bool] = lambda: False) -> bool:
        """Run all that is due until `time_us`, unless `enough` says to stop; true when nothing due is left."""
        while self._due and self._due[0][0] <= time_us:
            due, order, interval, call = heapq.heappop(self._due)
            self.now_us = max(self.now_us, due)
            heapq.heappush(self._due, (due + interval, order, interval, call))
            call()
            if enough():
                return False
        self.now_us = max(self.now_us, time_us)
        return True
