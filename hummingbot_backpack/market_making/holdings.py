"""What an account holds of an asset while messages about it are still on their way."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.values import ZERO, NetPosition, require_finite

QUIET_SECONDS = 3.0
"""A total that our fills do not explain is taken as it is after it has stood still for so long."""

BELIEF_SECONDS = 30.0
"""Our fills are believed against a total whose lent part is old for so long after both last agreed."""


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
    explain it, or once it has stood still and what is lent has been asked for since. Where an account lends, balances
    move with every order while the lent amount is that of a second ago; until it is asked for again our fills are the
    better figure, as long as the two agreed a short while ago.
    """

    exchange: Decimal | None = None
    _by_fills: Decimal = ZERO
    _changed_at: float = 0.0
    _agreed_at: float = 0.0
    _doubtful: bool = False

    def forget(self) -> None:
        """The exchange's total is not known any more."""
        self.exchange = None

    def on_fill(self, change: Decimal, now: float) -> None:
        """:param change: what the fill adds, negative for what it takes, its fee included"""
        require_finite("change", change)
        self._by_fills += change
        self._changed_at = now

    def on_exchange(self, total: Decimal, now: float, lent_age: float | None, lends: bool = False) -> None:
        """Take the exchange's total.

        :param lent_age: seconds since the lent amount in it was asked for; 0 where nothing can be lent, None: never
        :param lends: the account has lent some of the asset at one time
        """
        require_finite("total", total)
        first = self.exchange is None
        if total != self.exchange:
            self.exchange = total
            self._changed_at = now
        quiet = now - self._changed_at
        asked_since = lent_age is not None and lent_age <= quiet
        if (first and lent_age is not None) or (asked_since and quiet >= QUIET_SECONDS):
            self._by_fills = total
        if self.agreed:
            self._agreed_at = now
        self._doubtful = lends and not asked_since and now - self._agreed_at <= BELIEF_SECONDS

    @property
    def agreed(self) -> bool:
        """Whether the exchange's total is the one that our fills make."""
        return self.exchange is not None and self.exchange == self._by_fills

    @property
    def likely(self) -> Decimal | None:
        """The better of the two figures; None while the exchange's is not known."""
        return self._by_fills if self.exchange is not None and self._doubtful else self.exchange

    @property
    def settled(self) -> Decimal | None:
        """The total once nothing about it is on its way; None until then."""
        return self.likely if self.agreed or self._doubtful else None

    def bounds(self) -> NetPosition | None:
        """Least and greatest the total may be; None while the exchange's is not known."""
        if self.exchange is None:
            return None
        if self._doubtful:
            return NetPosition.exactly(self._by_fills)
        return NetPosition(min(self.exchange, self._by_fills), max(self.exchange, self._by_fills))
