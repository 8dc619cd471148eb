"""The request budget of a sub-account, shared by every connector of the process that uses it.

Hummingbot's own limiter walks over everything it remembers at each request; this one keeps a running sum per pool and
forgets from the old end, so its cost does not grow with the number of calls. Waiters wake when their turn comes, by
priority: cancels and orders that only reduce a position first, then other orders, then everything else; and a tenth of
the budget, or else one request for each order that may rest, is kept for the first. So what was placed can be cancelled
at once, also by a stop in the middle of everything. What can still make a cancel wait is a minute in which cancels and
closes alone have used all there is, and then it is the exchange's own limit (or the share of it that was set): the
oldest of those requests has to be a minute old.
"""

import asyncio
import heapq
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from weakref import WeakKeyDictionary

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.core.api_throttler.async_throttler import AsyncThrottler
from hummingbot.core.api_throttler.data_types import RateLimit
from hummingbot.logger import HummingbotLogger

# The exchange's clock and ours cut the minute at different places; so the window is a little longer than its.
SAFETY_MARGIN = 0.05
_URGENT = (CONSTANTS.CANCEL_LIMIT_ID, CONSTANTS.REDUCE_LIMIT_ID)
_PRIORITY = {**dict.fromkeys(_URGENT, 0), CONSTANTS.ORDER_LIMIT_ID: 1}
_LOWEST_PRIORITY = 2
# Share of the budget that only what removes risk may use: going first helps nobody when everything is spent, and stale
# quotes would rest, and a close would wait, until the oldest requests are a minute old.
URGENT_RESERVE = Decimal("0.1")
# More orders than this share of the budget has requests are not cleared for one by one, or nothing would be left for
# placing any.
MOST_RESERVED = Decimal("0.5")
WARNING_INTERVAL = 60.0


class SlidingWindow:
    """How much of a limit was used in the last interval.

    :param limit: weight that fits into the interval
    :param interval: seconds
    """

    def __init__(self, limit: int, interval: float) -> None:
        self.limit = limit
        self.interval = interval
        self._taken: deque[tuple[float, int]] = deque()
        self._used = 0

    def wait(self, now: float, weight: int, reserve: int = 0) -> float:
        """Seconds until ``weight`` fits and ``reserve`` stays free; 0 when it does now."""
        while self._taken and self._taken[0][0] <= now - self.interval:
            self._used -= self._taken.popleft()[1]
        if self._used + weight + reserve <= self.limit or not self._taken:
            return 0.0
        needed = self._used + weight + reserve - self.limit
        fits_at = now
        for taken_at, taken in self._taken:
            needed -= taken
            fits_at = taken_at + self.interval
            if needed <= 0:
                break
        return max(fits_at - now, 0.0)

    def share(self, now: float) -> float:
        """Part of the limit that the last interval has taken."""
        self.wait(now, 0)
        return self._used / self.limit

    def take(self, now: float, weight: int) -> None:
        self._taken.append((now, weight))
        self._used += weight

    @property
    def used(self) -> int:
        return self._used


@dataclass(frozen=True)
class Need:
    """What a request takes from a pool.

    :param keeps_clear: what is reserved for cancels and closes must stay free in the pool besides
    """

    window: SlidingWindow
    weight: int
    keeps_clear: bool


class RequestBudget:
    """The pools of one sub-account and the queue in front of them.

    :param now: a monotonic clock in seconds
    """

    _logger: HummingbotLogger | None = None

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._windows: dict[str, SlidingWindow] = {}
        self._claims: WeakKeyDictionary[object, dict[str, int]] = WeakKeyDictionary()
        self._waiters: list[tuple[int, int, asyncio.Future[None], list[Need]]] = []
        self._sequence = 0
        self._paused_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._silent_until = 0.0

    @classmethod
    def logger(cls) -> HummingbotLogger:
        if cls._logger is None:
            cls._logger = logging.getLogger(__name__)
        return cls._logger

    def window(self, rate_limit: RateLimit) -> SlidingWindow:
        """The pool of a limit."""
        window = self._windows.get(rate_limit.limit_id)
        if window is None:
            window = SlidingWindow(int(rate_limit.limit), rate_limit.time_interval * (1 + SAFETY_MARGIN))
            self._windows[rate_limit.limit_id] = window
        return window

    def claim(self, user: object, rate_limits: Iterable[RateLimit]) -> None:
        """Makes pools as large as their smallest user's share, until `release` or the user's end."""
        limits = list(rate_limits)
        self._claims[user] = {one.limit_id: int(one.limit) for one in limits}
        for one in limits:
            self.window(one)
        self._size()

    def release(self, user: object) -> None:
        """Lets the others have the share that they were set; one that nobody uses any more stays as it is."""
        self._claims.pop(user, None)
        self._size()

    def _size(self) -> None:
        for limit_id, window in self._windows.items():
            window.limit = min(
                (limits[limit_id] for limits in self._claims.values() if limit_id in limits), default=window.limit
            )

    def _reserve(self, need: Need) -> int:
        """Weight that must stay free besides: an order that rests will need a cancel."""
        if not need.keeps_clear:
            return 0
        to_cancel = sum(getattr(user, "to_cancel", int)() for user in self._claims)
        limit = need.window.limit
        return max(int(limit * URGENT_RESERVE), min(to_cancel, int(limit * MOST_RESERVED)))

    def _wait_for(self, need: Need, now: float) -> float:
        return need.window.wait(now, need.weight, self._reserve(need))

    def used_share(self, limit_id: str) -> float:
        """Part of a pool that is spent now, 0 to 1; all of it while the exchange wants a pause."""
        window = self._windows.get(limit_id)
        if self._paused_until > self._now():
            return 1.0
        return 0.0 if window is None else window.share(self._now())

    def pause(self, seconds: float) -> None:
        """Lets nothing through for a while: the exchange said 429."""
        self._paused_until = max(self._paused_until, self._now() + seconds)

    async def acquire(self, priority: int, needs: list[Need]) -> None:
        """Waits until every pool has room, then takes it from all of them at once."""
        if not self._waiters and self._wait(needs) <= 0:
            self._take(needs)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sequence += 1
        heapq.heappush(self._waiters, (priority, self._sequence, future, needs))
        self._serve()
        if not future.done():
            self._warn(needs)
        try:
            await future
        except asyncio.CancelledError:
            self._serve()
            raise

    def _warn(self, needs: list[Need]) -> None:
        """Says once a minute that requests wait: the first of them does while a tenth of the budget is still left."""
        now = self._now()
        full = [need.window for need in needs if self._wait_for(need, now) > 0]
        if full and now >= self._silent_until:
            self._silent_until = now + WARNING_INTERVAL
            self.logger().warning(
                f"The rate limit is almost reached: {full[0].used} of {full[0].limit} requests of the last"
                f" {full[0].interval:.0f} seconds are used. Further requests wait, cancels the shortest."
            )

    def _wait(self, needs: list[Need]) -> float:
        now = self._now()
        waits = [self._wait_for(need, now) for need in needs]
        return max([self._paused_until - now, *waits])

    def _take(self, needs: list[Need]) -> None:
        now = self._now()
        for need in needs:
            need.window.take(now, need.weight)

    def _serve(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held_back = []
        soonest = None
        while self._waiters:
            entry = heapq.heappop(self._waiters)
            _, _, future, needs = entry
            if future.done():
                continue
            wait = self._wait(needs)
            if wait <= 0:
                self._take(needs)
                future.set_result(None)
                continue
            # A full small pool (candles) must not hold up those behind it that do not need it.
            held_back.append(entry)
            soonest = wait if soonest is None else min(soonest, wait)
        for entry in held_back:
            heapq.heappush(self._waiters, entry)
        if soonest is not None:
            self._timer = asyncio.get_running_loop().call_later(soonest + 0.001, self._serve)


class _Permit:
    def __init__(self, budget: RequestBudget, priority: int, needs: list[Need]) -> None:
        self._budget, self._priority, self._needs = budget, priority, needs

    async def __aenter__(self) -> None:
        await self._budget.acquire(self._priority, self._needs)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None


class BackpackThrottler(AsyncThrottler):
    """Hummingbot's limiter interface in front of a :class:`RequestBudget`.

    :param budget: shared by the connectors of a sub-account; None: one of its own
    """

    def __init__(
        self,
        rate_limits: list[RateLimit],
        limits_share_percentage: Decimal | None = None,
        budget: RequestBudget | None = None,
    ) -> None:
        super().__init__(rate_limits, limits_share_percentage=limits_share_percentage)
        self.budget = budget or RequestBudget()
        self.to_cancel: Callable[[], int] = int
        """How many orders may rest that this limiter's user would have to cancel."""
        self.claim()

    def claim(self) -> None:
        """Holds the budget's users to this one's share of it."""
        self.budget.claim(self, self._rate_limits)

    def release(self) -> None:
        """A connector that is stopped holds nobody to its share: the next may have been set another."""
        self.budget.release(self)

    def execute_task(self, limit_id: str) -> _Permit:
        rate_limit, related = self.get_related_limits(limit_id)
        if rate_limit is not None and not related:
            related = [(rate_limit, rate_limit.weight)]
        needs = [self._need(limit_id, limit, weight) for limit, weight in related]
        return _Permit(self.budget, _PRIORITY.get(limit_id, _LOWEST_PRIORITY), needs)

    def _need(self, limit_id: str, pool: RateLimit, weight: int) -> Need:
        window = self.budget.window(pool)
        # What is urgent uses no other pool than the common one.
        keeps_clear = pool.limit_id == CONSTANTS.GLOBAL_RATE_LIMIT and limit_id not in _URGENT
        return Need(window, weight, keeps_clear)


_budgets: dict[tuple[str, str], RequestBudget] = {}


def shared_budget(base_url: str, api_key: str) -> RequestBudget:
    """The process's one budget for a sub-account at an exchange."""
    return _budgets.setdefault((base_url, api_key), RequestBudget())
