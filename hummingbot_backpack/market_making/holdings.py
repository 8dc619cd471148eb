"""What an account holds of an asset while messages about it are still on their way."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.values import ZERO, NetPosition, require_finite

QUIET_SECONDS = 3.0
"""A total that our fills do not explain is taken as it is after it has stood still for so long."""


@dataclass(frozen=True)
class Holdings:
    """Totals of a spot market's two assets, what is lent or locked included."""

    base: Decimal
    quote: Decimal

    def __post_init__(self) -> None:
        require_finite("base", self.base)
        require_finite("quote", self.quote)

    def value(self, price: Decimal) -> Decimal:
        """Quote + base × price (RB01)."""
        return self.quote + self.base * price

    def share_pct(self, price: Decimal) -> Decimal | None:
        """Base's part of the value in percent; None where there is no value."""
        value = self.value(price)
        return self.base * price * 100 / value if value > 0 else None


@dataclass
class Holding:
    """The exchange's total of one asset beside the one that our own fills give since both last agreed.

    A fill and the balance that it causes are separate messages, and so are a balance and the amount that is lent: an
    account that lends what is idle shows, for a moment, nothing at all. So a total counts as settled once our fills
    explain it, or once it has stood still and what is lent has been asked for since.
    """

    exchange: Decimal | None = None
    _by_fills: Decimal = ZERO
    _changed_at: float = 0.0

    def forget(self) -> None:
        """The exchange's total is not known any more."""
        self.exchange = None

    def on_fill(self, change: Decimal, now: float) -> None:
        """:param change: what the fill adds, negative for what it takes, its fee included"""
        require_finite("change", change)
        self._by_fills += change
        self._changed_at = now

    def on_exchange(self, total: Decimal, now: float, lent_age: float | None) -> None:
        """Take the exchange's total.

        :param lent_age: seconds since the lent amount in it was asked for; 0 where nothing can be lent, None: never
        """
        require_finite("total", total)
        first = self.exchange is None
        if total != self.exchange:
            self.exchange = total
            self._changed_at = now
        quiet = now - self._changed_at
        if lent_age is not None and (first or (quiet >= QUIET_SECONDS and lent_age <= quiet)):
            self._by_fills = total

    @property
    def settled(self) -> Decimal | None:
        """The total once nothing about it is on its way; None until then."""
        return self.exchange if self.exchange is not None and self.exchange == self._by_fills else None

    def bounds(self) -> NetPosition | None:
        """Least and greatest the total may be; None while the exchange's is not known."""
        if self.exchange is None:
            return None
        return NetPosition(min(self.exchange, self._by_fills), max(self.exchange, self._by_fills))
