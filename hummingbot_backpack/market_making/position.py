"""What the position may be while messages about it are still on their way."""

from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot_backpack.market_making.values import ZERO, NetPosition, require_finite

SETTLE_SECONDS = 15.0
"""How long the exchange's figure may differ from our own fills before it is believed alone (a trade by hand, a
liquidation): far longer than any fill takes to arrive, since until then the worse of the two counts."""

REDUCE_AFTER_SECONDS = 1.0
"""A reduction waits this long for the two figures to agree. It is reduce-only, so deciding on a figure that is late by
one message can never open a position; waiting longer could leave a real excess standing."""

ASK_AFTER_SECONDS = 1.0
"""Fill and position are told within milliseconds of each other. Where they have differed for so long, a message was
lost more likely than not, and the exchange is asked; again after as long, until its figure is later than both."""

ANSWER_SECONDS = 1.0
"""The exchange has so long to answer before a reduction is decided on our own fills."""

OVERLAP_SECONDS = 0.5
"""A figure that is less than this later than a fill may still be without it: of several fills the last one's position
may come last, or not at all."""


@dataclass
class PositionView:
    """The exchange's position beside the one that our own fills give since both last agreed.

    A fill and the position update it causes are separate messages, in either order. Between them the two figures
    differ, and both sides' limits take the worse one. Either message can be lost: a figure from before our last fill
    never replaces our fills, however long it stands.
    """

    exchange: Decimal | None = None
    _anchor: Decimal = ZERO
    _filled: Decimal = ZERO
    _changed_at: float = 0.0
    _filled_at: float = float("-inf")
    _as_of: float | None = None
    _differs_since: float | None = None
    _asked_at: float = float("-inf")
    _later: list[tuple[float, Decimal, Decimal | None]] = field(default_factory=list)

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

    def on_fill(self, signed: Decimal, now: float, price: Decimal | None = None) -> None:
        """:param signed: base, positive for a buy
        :param now: seconds on any monotonic clock
        :param price: quote per base, for `entry`"""
        require_finite("fill", signed)
        self._filled += signed
        self._changed_at = self._filled_at = now
        if self._as_of is not None:
            self._later.append((now, signed, price))
        self._note_difference(now)

    def on_exchange(self, net: Decimal, now: float, believe: bool = True, as_of: float | None = None) -> Decimal | None:
        """Take the exchange's figure.

        :param believe: whether it may be believed over our own fills; not while orders may have executed without our
            knowing (what they did is told as fills, and those begin the wait anew; an order that did nothing does not)
        :param as_of: when it was asked for or came by itself, on the same clock; None: nobody can say, and it is taken
            for current
        :returns: what it differs by, if our own fills could not explain it for `SETTLE_SECONDS` and it is believed now
        """
        require_finite("position", net)
        first = self.exchange is None and self._changed_at == 0.0
        self._as_of = as_of
        if net != self.exchange:
            self.exchange = net
            self._changed_at = now
        if first:
            self._anchor, self._filled = net, ZERO
        difference = net - self.from_fills
        if difference != 0 and believe and now - self._changed_at >= SETTLE_SECONDS and self._is_later_than_both:
            self._anchor, self._filled = net, ZERO
        else:
            difference = ZERO
        self._note_difference(now)
        return difference or None

    def _note_difference(self, now: float) -> None:
        if self.exchange == self.from_fills:
            self._differs_since = None
            self._later.clear()
        elif self._differs_since is None:
            self._differs_since = now
        self._later = [fill for fill in self._later if self._as_of is not None and fill[0] > self._as_of]

    @property
    def _is_later_than_fills(self) -> bool:
        return self._as_of is None or self._as_of >= self._filled_at + OVERLAP_SECONDS

    @property
    def _is_later_than_both(self) -> bool:
        """Whether the exchange has said its figure again after the last fill and after the figure became what it is."""
        return self._as_of is None or self._as_of >= self._changed_at + OVERLAP_SECONDS

    def to_ask(self, now: float) -> bool:
        """Whether the exchange should be asked now; True once in `ASK_AFTER_SECONDS`."""
        if self.exchange is None or self._differs_since is None or self._is_later_than_both:
            return False
        if now - self._differs_since < ASK_AFTER_SECONDS or now - self._asked_at < ASK_AFTER_SECONDS:
            return False
        self._asked_at = now
        return True

    def bounds(self) -> NetPosition | None:
        """Least and greatest the position may be, or None while the exchange's figure is not known."""
        if self.exchange is None:
            return None
        return NetPosition(min(self.exchange, self.from_fills), max(self.exchange, self.from_fills))

    def to_reduce(self, now: float) -> Decimal | None:
        """Position that a reduction may be decided on: the exchange's, once it includes our last fills or has had time
        to (LI01: one step at a time). None until then.

        Where the exchange does not answer, what our fills make of it; but that it is flat only the exchange can say.
        """
        if self.exchange is None:
            return None
        if self._differs_since is None:
            return self.exchange
        if self._is_later_than_fills:
            return self.exchange if now - self._changed_at >= REDUCE_AFTER_SECONDS else None
        since = self._later[0][0] if self._later else max(self._filled_at, self._changed_at)
        if now - since < ASK_AFTER_SECONDS + ANSWER_SECONDS:
            # A figure that came right after every fill most likely has them all; one from before a fill has not.
            return None if self._later or now - self._changed_at < REDUCE_AFTER_SECONDS else self.exchange
        likely = self.exchange + self._filled_later
        # On another side than the exchange's our fills are not the whole position: others trade on the account.
        return (likely if self.from_fills * likely < 0 else max(self.from_fills, likely, key=abs)) or None

    @property
    def _filled_later(self) -> Decimal:
        return sum((signed for _, signed, _ in self._later), ZERO)

    def entry(self, told: Decimal | None) -> Decimal | None:
        """Average entry of the position, quote per base, the fills included that came after the exchange's figure.

        :param told: the exchange's, None if it is flat
        """
        if self.exchange is None:
            return told
        net, entry = self.exchange, told
        for _, signed, price in self._later:
            after = net + signed
            if net * after <= 0:
                entry = price if after != 0 else None
            elif abs(after) > abs(net) and entry is not None and price is not None:
                entry = (abs(net) * entry + abs(signed) * price) / abs(after)
            net = after
        return entry
