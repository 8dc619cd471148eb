"""The parts of a result, as running sums over fills (card RP01).

For a fill of signed quantity q at price p, with mid m when it was heard of, m₃₀ half a minute later (or at the end, if
that is sooner) and P what inventory is valued at in the end:

    q(P − p) = q(m − p)  +  q(m₃₀ − m)  +  q(P − m₃₀)
               spread       adverse        inventory

A hedge's own fill has no quote that could be picked off: q(m − p) is hedge cost and q(P − m) inventory. What was held
at the start adds B(P − P₀) to inventory. A fee in base takes its quantity f off the inventory: it is a fee of f·p, and
inventory loses f(P − p). All of it is exact: decimals are added, multiplied and halved, nothing else.
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal

from hummingbot_backpack.market_making.accounting import Account, Fill, Match
from hummingbot_backpack.market_making.values import ZERO
from hummingbot_backpack.records import HORIZONS

ENTERS = 30
"""The horizon whose markout enters the sum."""


@dataclass
class Parts:
    """Quote; a positive number is a gain. They sum to the account's change."""

    spread: Decimal = ZERO
    adverse: Decimal = ZERO
    inventory: Decimal = ZERO
    hedge: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    interest: Decimal = ZERO
    foreign: Decimal = ZERO
    elsewhere: Decimal = ZERO
    deposits: Decimal = ZERO
    withdrawals: Decimal = ZERO
    between: Decimal = ZERO
    """What accounts changed by while no session ran."""

    @property
    def net(self) -> Decimal:
        """What our own trading made: spread, adverse selection, inventory, hedge, fees, funding."""
        return self.spread + self.adverse + self.inventory + self.hedge + self.fees + self.funding

    @property
    def total(self) -> Decimal:
        return sum((getattr(self, each.name) for each in fields(self)), ZERO)

    def add(self, other: "Parts") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass
class MarketSums:
    """Running sums of one market over one session or window.

    :param account: matches trades oldest first, from what was held at the start
    :param opening: quantity held at the start, and what one was worth; None where nothing was held
    """

    account: Account
    opening: Decimal = ZERO
    opening_price: Decimal | None = None
    # Signed quantity, and signed quantity times price, mid and later mid; fees in quote.
    _quantity: Decimal = ZERO
    _paid: Decimal = ZERO
    _spread: Decimal = ZERO
    _hedge: Decimal = ZERO
    _adverse: Decimal = ZERO
    _base_fee: Decimal = ZERO
    _base_fee_value: Decimal = ZERO
    _quote_fee: Decimal = ZERO
    # Adverse selection of fills whose later touch the end came before: q at the mid of the fill.
    _open_quantity: Decimal = ZERO
    _open_mid: Decimal = ZERO
    markouts: dict[int, Decimal] = field(default_factory=lambda: dict.fromkeys(HORIZONS, ZERO))
    markout_volume: dict[int, Decimal] = field(default_factory=lambda: dict.fromkeys(HORIZONS, ZERO))
    quoted_volume: Decimal = ZERO
    quoted_spread: Decimal = ZERO
    without_touch: int = 0
    without_markout: int = 0
    last_price: Decimal | None = None

    def add(
        self,
        fill: Fill,
        purpose: str | None,
        mid: Decimal | None,
        later: dict[int, Decimal | None],
        ends_before: bool,
    ) -> list[Match]:
        """:param later: mid after each horizon, as far as it is known
        :param ends_before: whether the end comes before `ENTERS` seconds have passed
        :returns: the trades that the fill closed
        """
        matches = self.account.add_fill(fill)
        signed = fill.side.sign * fill.quantity
        notional = signed * fill.price
        self._quantity += signed
        self._paid += notional
        if fill.fee_asset == self.account.quote:
            self._quote_fee += fill.fee
        elif fill.fee_asset == self.account.base:
            self._base_fee += fill.fee
            self._base_fee_value += fill.fee * fill.price
        self.last_price = fill.price
        if mid is None:
            self.without_touch += 1
            return matches
        captured = signed * mid - notional
        if purpose == "hedge":
            self._hedge += captured
            return matches
        self._spread += captured
        self.quoted_volume += fill.notional
        self.quoted_spread += captured
        for horizon, after in later.items():
            if after is not None:
                self.markouts[horizon] += signed * (after - mid)
                self.markout_volume[horizon] += fill.notional
        after = later.get(ENTERS)
        if after is not None:
            self._adverse += signed * (after - mid)
        elif ends_before:
            self._open_quantity += signed
            self._open_mid += signed * mid
        else:
            self.without_markout += 1
        return matches

    def parts(self, price: Decimal | None, mid: Decimal | None) -> Parts:
        """:param price: what inventory is valued at in the end; may be missing only where nothing is held or traded
        :param mid: mid at the end, for fills of the last half minute
        """
        held = self.opening + self._quantity - self._base_fee
        end = price if price is not None else self.last_price if self.last_price is not None else self.opening_price
        if end is None:
            end = ZERO
        last_mid = mid if mid is not None else end
        adverse = self._adverse + (self._open_quantity * last_mid - self._open_mid)
        opening_value = self.opening * self.opening_price if self.opening_price is not None else ZERO
        change = held * end - opening_value - self._paid + self._base_fee_value
        inventory = change - self._spread - self._hedge - adverse
        return Parts(
            spread=self._spread,
            adverse=adverse,
            inventory=inventory,
            hedge=self._hedge,
            fees=-(self._quote_fee + self._base_fee_value),
            funding=self.account.funding,
        )
