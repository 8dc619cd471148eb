"""What the position may be while messages about it are still on their way."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.values import ZERO, NetPosition, require_finite

SETTLE_SECONDS = 15.0
"""How long the exchange's figure may differ from our own fills before it is believed alone (a trade by hand, a
liquidation): far longer than any fill takes to arrive, since until then the worse of the two counts."""

REDUCE_AFTER_SECONDS = 1.0
"""A reduction waits this long for the two figures to agree. It is reduce-only, so deciding on a figure that is late by
one message can never open a position; waiting longer could leave a real excess standing."""


@dataclass
class PositionView:
    """The exchange's position beside the one that our own fills give since both last agreed.

    A fill and the position update it causes are separate messages, in either order. Between them the two figures
    differ, and both sides' limits take the worse one.
    """

    exchange: Decimal | None = None
    _anchor: Decimal = ZERO
    _filled: Decimal = ZERO
    _changed_at: float = 0.0

    @property
    def known(self) -> bool:
        """Whether the exchange's figure is known; until then the position is unknown, not zero."""
        return self.exchange is not None

    @property
    def from_fills(self) -> Decimal:
        """Position by our own fills, base."""
        return self._anchor + self._filled

    def forget(self) -> None:
        """The exchange's figure is not known any more; fills still count."""
        self.exchange = None

    def on_fill(self, signed: Decimal, now: float) -> None:
        """:param signed: base, positive for a buy
        :param now: seconds on any monotonic clock"""
        require_finite("fill", signed)
        self._filled += signed
        self._changed_at = now

    def on_exchange(self, net: Decimal, now: float, believe: bool = True) -> Decimal | None:
        """Take the exchange's figure.

        :param believe: whether it may be believed over our own fills; not while orders may have executed without our
            knowing (what they did is told as fills, and those begin the wait anew; an order that did nothing does not)
        :returns: what it differs by, if our own fills could not explain it for `SETTLE_SECONDS` and it is believed now
        """
        require_finite("position", net)
        first = self.exchange is None and self._changed_at == 0.0
        if net != self.exchange:
            self.exchange = net
            self._changed_at = now
        if first:
            self._anchor, self._filled = net, ZERO
            return None
        difference = net - self.from_fills
        if difference == 0 or not believe or now - self._changed_at < SETTLE_SECONDS:
            return None
        self._anchor, self._filled = net, ZERO
        return difference

    def bounds(self) -> NetPosition | None:
        """Least and greatest the position may be, or None while the exchange's figure is not known."""
        if self.exchange is None:
            return None
        return NetPosition(min(self.exchange, self.from_fills), max(self.exchange, self.from_fills))

    def to_reduce(self, now: float) -> Decimal | None:
        """Position that a reduction may be decided on: the exchange's, once it includes our last fills or has had time
        to (LI01: one step at a time). None until then."""
        if self.exchange is None:
            return None
        if self.exchange != self.from_fills and now - self._changed_at < REDUCE_AFTER_SECONDS:
            return None
        return self.exchange
