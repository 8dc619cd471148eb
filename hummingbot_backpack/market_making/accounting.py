"""What a session made: position, average entry, profit and cost from exact fills, funding and the mark (card SE03).

Trades are matched oldest first: what closes takes the oldest lots that are open; a fill that crosses zero closes all of
them and opens the rest at the fill's price. Fees and funding are kept apart from price profit, each in the asset it was
charged in; a fee in base is valued at the fill's price and takes its quantity off the position.
"""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot_backpack.market_making.values import BPS, ZERO, Side, require_finite, require_positive


@dataclass(frozen=True)
class Fill:
    """One fill as the exchange reports it.

    :param fee: amount charged, negative for a rebate
    :param time: seconds since the epoch
    """

    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    time: float = 0.0

    def __post_init__(self) -> None:
        require_positive("price", self.price)
        require_positive("quantity", self.quantity)
        require_finite("fee", self.fee)

    @property
    def notional(self) -> Decimal:
        """Value of the fill, quote: price × quantity."""
        return self.price * self.quantity


@dataclass
class Lot:
    """What is left of one opening trade.

    :param quantity: signed, base
    """

    quantity: Decimal
    price: Decimal
    time: float


@dataclass(frozen=True)
class Match:
    """A closing trade against the oldest lot that was open.

    :param quantity: signed as the lot was: positive was long
    """

    quantity: Decimal
    opened_at: Decimal
    closed_at: Decimal
    opened: float
    closed: float

    @property
    def profit(self) -> Decimal:
        """Quote, before fees."""
        return self.quantity * (self.closed_at - self.opened_at)


@dataclass
class Account:
    """Running account of one market in quote currency.

    :param quote: asset in which fees are a cost of the result; fees in an asset other than quote and base are listed,
        not added
    :param base: asset whose fees take from the position; None: fees in it are only listed
    """

    quote: str
    base: str | None = None
    position: Decimal = ZERO
    realised: Decimal = ZERO
    funding: Decimal = ZERO
    fees: dict[str, Decimal] = field(default_factory=dict)
    base_fees_quote: Decimal = ZERO
    """Fees charged in base, each valued at its fill's price."""
    buys: int = 0
    sells: int = 0
    foreign_fills: int = 0
    """Fills that are not ours: their price, quantity and fee are in the books, in no count and no volume."""
    maker_volume: Decimal = ZERO
    taker_volume: Decimal = ZERO
    lots: deque[Lot] = field(default_factory=deque)
    """Open, oldest first; all of one sign."""
    _cost: Decimal = ZERO

    @classmethod
    def opening(cls, quote: str, position: Decimal, price: Decimal | None, base: str | None = None) -> "Account":
        """Account that starts with a position, valued at `price` (its mark at the start)."""
        require_finite("position", position)
        opened = cls(quote, base)
        if position != 0:
            if price is None:
                raise ValueError("an opening position needs a price to be valued at")
            require_positive("price", price)
            opened._trade(position, price, 0.0)
        return opened

    @property
    def average_entry(self) -> Decimal | None:
        """Average price of the open lots; None when flat."""
        return self._cost / self.position if self.position else None

    @property
    def fills(self) -> int:
        """Number of fills, buys and sells together."""
        return self.buys + self.sells

    @property
    def volume(self) -> Decimal:
        """Quote traded since the account was opened, maker and taker together."""
        return self.maker_volume + self.taker_volume

    @property
    def fees_quote(self) -> Decimal:
        """Fees charged in quote, and those in base at their value; positive is a cost."""
        return self.fees.get(self.quote, ZERO) + self.base_fees_quote

    def add_fill(self, fill: Fill, ours: bool = True) -> list[Match]:
        """Book a fill.

        :param ours: False: by hand, by another bot, or the exchange's own (a liquidation, deleveraging)
        :returns: what it closed, oldest first
        """
        signed = fill.side.sign * fill.quantity
        if fill.fee_asset == self.base:
            signed -= fill.fee
            self.base_fees_quote += fill.fee * fill.price
        matches = self._trade(signed, fill.price, fill.time)
        self.fees[fill.fee_asset] = self.fees.get(fill.fee_asset, ZERO) + fill.fee
        if not ours:
            self.foreign_fills += 1
            return matches
        if fill.side is Side.BUY:
            self.buys += 1
        else:
            self.sells += 1
        if fill.is_maker:
            self.maker_volume += fill.notional
        else:
            self.taker_volume += fill.notional
        return matches

    def _trade(self, signed: Decimal, price: Decimal, time: float) -> list[Match]:
        matches = []
        self.position += signed
        while signed and self.lots and self.lots[0].quantity * signed < 0:
            lot = self.lots[0]
            closed = -signed if abs(signed) < abs(lot.quantity) else lot.quantity
            match = Match(closed, lot.price, price, lot.time, time)
            matches.append(match)
            self.realised += match.profit
            self._cost -= closed * lot.price
            lot.quantity -= closed
            signed += closed
            if not lot.quantity:
                self.lots.popleft()
        if signed:
            self.lots.append(Lot(signed, price, time))
            self._cost += signed * price
        return matches

    def add_funding(self, amount: Decimal) -> None:
        """Book a funding payment, positive when received."""
        require_finite("funding", amount)
        self.funding += amount

    def unrealised(self, mark: Decimal | None) -> Decimal | None:
        """`position * mark` less what the open lots cost; None while a position is open and the mark is not known."""
        if self.position == 0:
            return ZERO
        if mark is None:
            return None
        require_positive("mark", mark)
        return self.position * mark - self._cost

    def net_pnl(self, mark: Decimal | None) -> Decimal | None:
        """Realised + unrealised − fees + funding in quote: the account's change since the start."""
        unrealised = self.unrealised(mark)
        if unrealised is None:
            return None
        return self.realised + unrealised - self.fees_quote + self.funding

    def wear_rate(self, mark: Decimal | None) -> Decimal | None:
        """−(realised + unrealised − fees) per 10,000 of volume, positive is a loss; None without volume or mark."""
        unrealised = self.unrealised(mark)
        if unrealised is None or self.volume == 0:
            return None
        return wear_rate(self.realised + unrealised - self.fees_quote, self.volume)


def wear_rate(net: Decimal, volume: Decimal) -> Decimal:
    """−net per 10,000 of quote volume.

    :param net: realised + unrealised − fees, quote
    :raises DecisionError: if the volume is not above zero
    """
    require_finite("net", net)
    require_positive("volume", volume)
    return -net / volume * BPS
