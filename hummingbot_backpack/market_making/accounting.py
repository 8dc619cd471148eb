"""What a session made: position, average entry, profit and cost from exact fills, funding and the mark (card SE03).

Cost basis is the average entry of the open position; a fill that crosses zero closes all of it and opens the rest at
the fill's price. Fees and funding are kept apart from price profit, each in the asset it was charged in.
"""

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
        return self.price * self.quantity


@dataclass
class Account:
    """Running account of one perpetual market in quote currency.

    :param quote: asset in which fees are a cost of the result; fees in another asset are listed, not added
    """

    quote: str
    position: Decimal = ZERO
    average_entry: Decimal | None = None
    realised: Decimal = ZERO
    funding: Decimal = ZERO
    fees: dict[str, Decimal] = field(default_factory=dict)
    buys: int = 0
    sells: int = 0
    maker_volume: Decimal = ZERO
    taker_volume: Decimal = ZERO

    @classmethod
    def opening(cls, quote: str, position: Decimal, price: Decimal | None) -> "Account":
        """Account that starts with a position, valued at `price` (its mark at the start)."""
        require_finite("position", position)
        if position != 0:
            if price is None:
                raise ValueError("an opening position needs a price to be valued at")
            require_positive("price", price)
        return cls(quote, position, price if position != 0 else None)

    @property
    def fills(self) -> int:
        return self.buys + self.sells

    @property
    def volume(self) -> Decimal:
        return self.maker_volume + self.taker_volume

    @property
    def fees_quote(self) -> Decimal:
        """Fees charged in quote; positive is a cost."""
        return self.fees.get(self.quote, ZERO)

    def add_fill(self, fill: Fill) -> None:
        """Book a fill: realised profit on what it closes, average entry on what it opens."""
        signed = fill.side.sign * fill.quantity
        closes = ZERO
        if self.position * signed < 0 and self.average_entry is not None:
            closes = min(abs(signed), abs(self.position))
            direction = 1 if self.position > 0 else -1
            self.realised += direction * closes * (fill.price - self.average_entry)
        opens = fill.quantity - closes
        after = self.position + signed
        if after == 0:
            self.average_entry = None
        elif opens > 0:
            held = abs(self.position) if closes == 0 else ZERO
            cost = held * self.average_entry if self.average_entry is not None else ZERO
            self.average_entry = (cost + opens * fill.price) / (held + opens)
        self.position = after
        self.fees[fill.fee_asset] = self.fees.get(fill.fee_asset, ZERO) + fill.fee
        if fill.side is Side.BUY:
            self.buys += 1
        else:
            self.sells += 1
        if fill.is_maker:
            self.maker_volume += fill.notional
        else:
            self.taker_volume += fill.notional

    def add_funding(self, amount: Decimal) -> None:
        """Book a funding payment, positive when received."""
        require_finite("funding", amount)
        self.funding += amount

    def unrealised(self, mark: Decimal | None) -> Decimal | None:
        """`position * (mark - average entry)`; None while a position is open and the mark is not known."""
        if self.position == 0 or self.average_entry is None:
            return ZERO
        if mark is None:
            return None
        require_positive("mark", mark)
        return self.position * (mark - self.average_entry)

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
