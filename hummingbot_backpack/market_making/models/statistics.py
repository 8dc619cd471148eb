"""What the models are fed with, from what a market shows: volatility of the mid, and how far orders reach.

Statistics are floats inside and Decimals at their edges. Times are seconds of the caller's clock.
"""

import math
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from hummingbot_backpack.market_making.values import Side, require_positive

MINIMUM_RETURNS = 20
"""Fewer returns say nothing about volatility."""
MINIMUM_ARRIVALS = 30
MINIMUM_SECONDS = 60.0
"""Less time says nothing about how often orders arrive."""
ARRIVAL_WINDOW = 600.0


class MidReturns:
    """Mids one second apart, and the standard deviation of their returns.

    A mid holds until the next one is seen; a time without one is a gap, and no return is taken across it.

    :param window: seconds
    """

    def __init__(self, window: int) -> None:
        self.window = window
        self._mids: deque[float | None] = deque(maxlen=window + 1)
        self._second: int | None = None
        self._last: float | None = None
        self._sigma: float | None = None
        self._stale = False

    def observe(self, now: float, mid: Decimal | None) -> None:
        """:param mid: quote per base, None while it is not known"""
        if mid is not None:
            require_positive("mid", mid)
        second = math.floor(now)
        if self._second is None:
            self._second = second
        elapsed = second - self._second
        if elapsed != 0:
            # A clock that was set, or nobody looked for longer than the window.
            held = [self._last] * elapsed if 0 < elapsed <= self.window else [None]
            self._mids.extend(held)
            self._second = second
            self._stale = True
        self._last = None if mid is None else float(mid)

    @property
    def count(self) -> int:
        """Returns there are."""
        return sum(earlier is not None and later is not None for earlier, later in pairwise(self._mids))

    def sigma(self) -> Decimal | None:
        """Standard deviation of 1-second returns, a fraction of the mid per root second; None while not known."""
        if self._stale:
            self._sigma, self._stale = self._deviation(), False
        return None if self._sigma is None else Decimal(repr(self._sigma))

    def recent(self, seconds: int) -> tuple[Decimal, ...]:
        """Mids one second apart of the last `seconds`, oldest first, back to the last gap."""
        found: list[Decimal] = []
        for mid in reversed(self._mids):
            if mid is None or len(found) > seconds:
                break
            found.append(Decimal(repr(mid)))
        return tuple(reversed(found))

    def _deviation(self) -> float | None:
        returns = [
            later / earlier - 1 for earlier, later in pairwise(self._mids) if earlier is not None and later is not None
        ]
        if len(returns) < MINIMUM_RETURNS:
            return None
        mean = math.fsum(returns) / len(returns)
        return math.sqrt(math.fsum((one - mean) ** 2 for one in returns) / (len(returns) - 1))


@dataclass(frozen=True)
class Intensity:
    """Rate `rate * exp(-decay * distance)` of orders, per side, that reach a quote `distance` from mid.

    :param rate: A, 1/s
    :param decay: k, 1/quote
    """

    rate: Decimal
    decay: Decimal

    def __post_init__(self) -> None:
        require_positive("rate", self.rate)
        require_positive("decay", self.decay)


class Arrivals:
    """Public trades of the last ten minutes, and the intensity they show.

    Trades of one side at one time are one order; it reached as far as the furthest of them. The distances beyond the
    nearest are exponential in the model and lie on a grid of ticks, so they are geometric: `decay` is their maximum
    likelihood with one tick more in all than was seen (or trades at the best price alone would make it infinite).

    :param tick: quote per base
    """

    def __init__(self, tick: Decimal) -> None:
        require_positive("tick", tick)
        self._tick = float(tick)
        self._orders: deque[tuple[float, Side, float]] = deque()
        self._since: float | None = None

    def observe(self, now: float, side: Side, price: Decimal, mid: Decimal) -> None:
        """:param side: of whoever took, :param price: quote per base, :param mid: before the trade"""
        require_positive("price", price)
        require_positive("mid", mid)
        if self._since is None or now < self._since:
            self._since = now
            self._orders.clear()
        distance = max(0.0, side.sign * float(price - mid))
        if self._orders and self._orders[-1][:2] == (now, side):
            distance = max(distance, self._orders.pop()[2])
        self._orders.append((now, side, distance))

    def intensity(self, now: float) -> Intensity | None:
        """None while too little was seen."""
        while self._orders and self._orders[0][0] <= now - ARRIVAL_WINDOW:
            self._orders.popleft()
        if self._since is None or len(self._orders) < MINIMUM_ARRIVALS:
            return None
        seconds = min(now - self._since, ARRIVAL_WINDOW)
        if seconds < MINIMUM_SECONDS:
            return None
        count = len(self._orders)
        nearest = min(distance for *_, distance in self._orders)
        beyond = sum(distance - nearest for *_, distance in self._orders) / self._tick
        decay = math.log1p(count / (beyond + 1)) / self._tick
        log_rate = math.log(count / seconds / 2) + decay * nearest
        try:
            return Intensity(Decimal(repr(math.exp(log_rate))), Decimal(repr(decay)))
        except OverflowError:
            return None

    @property
    def count(self) -> int:
        """Number of orders of others that are remembered."""
        return len(self._orders)
