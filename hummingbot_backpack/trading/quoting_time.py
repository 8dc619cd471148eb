"""How long, how close and with how much a market was quoted (card SE04)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot_backpack.market_making.values import BPS, RestingOrder, Side, Touch
from hummingbot_backpack.records import QuotingTime

BANDS_BPS = (Decimal("7.5"), Decimal(15))
LONGEST_LOOK = 5.0
"""A look stands for the time since the last one, but not for a gap in which nobody looked."""


@dataclass
class QuotingClock:
    """Time spent in each band since the last `take`.

    :param began: seconds since the epoch
    """

    began: float
    seconds: float = 0.0
    both: list[float] = field(default_factory=lambda: [0.0, 0.0])
    bid_size: list[float] = field(default_factory=lambda: [0.0, 0.0])
    ask_size: list[float] = field(default_factory=lambda: [0.0, 0.0])
    _looked: float | None = None

    def look(self, now: float, touch: Touch | None, resting: Iterable[RestingOrder]) -> None:
        """Count the time since the last look as spent like this; without a book, as not quoting."""
        spent = 0.0 if self._looked is None else now - self._looked
        self._looked = now
        if not 0 < spent <= LONGEST_LOOK:
            return
        self.seconds += spent
        if touch is None:
            return
        shown = [order for order in resting if order.shown and not order.cancelling and order.remaining > 0]
        for index, band in enumerate(BANDS_BPS):
            room = touch.mid * band / BPS
            near = [order for order in shown if abs(order.price - touch.mid) <= room]
            bids = sum((order.remaining for order in near if order.side is Side.BUY), Decimal(0))
            asks = sum((order.remaining for order in near if order.side is Side.SELL), Decimal(0))
            self.bid_size[index] += float(bids) * spent
            self.ask_size[index] += float(asks) * spent
            if bids and asks:
                self.both[index] += spent

    def take(self, now: float, connector: str, trading_pair: str) -> QuotingTime | None:
        """What was counted, and begin anew; None: nothing was."""
        if not self.seconds:
            self.began = now
            return None
        spent = QuotingTime(
            connector,
            trading_pair,
            self.began,
            self.seconds,
            (self.both[0], self.both[1]),
            (self.bid_size[0], self.bid_size[1]),
            (self.ask_size[0], self.ask_size[1]),
        )
        self.began, self.seconds = now, 0.0
        self.both, self.bid_size, self.ask_size = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
        return spent
