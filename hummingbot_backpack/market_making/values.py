"""Plain values that decisions take and return, and rounding to the exchange's grid."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from hummingbot_backpack.market_making.errors import DecisionError

ZERO = Decimal(0)
BPS = Decimal(10_000)
PERCENT = Decimal(100)


class Side(Enum):
    """Side of an order, from the point of view of whoever places it."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell: what a fill does to a signed position."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


def require_positive(name: str, value: Decimal) -> None:
    """:raises DecisionError: unless the value is finite and above zero."""
    if not value.is_finite() or value <= 0:
        raise DecisionError(f"{name} ({value}) must be a number greater than 0")


def require_not_negative(name: str, value: Decimal) -> None:
    """:raises DecisionError: unless the value is finite and not below zero."""
    if not value.is_finite() or value < 0:
        raise DecisionError(f"{name} ({value}) must be a number of at least 0")


def require_finite(name: str, value: Decimal) -> None:
    """:raises DecisionError: if the value is NaN or infinite."""
    if not value.is_finite():
        raise DecisionError(f"{name} ({value}) must be a finite number")


def round_down(value: Decimal, increment: Decimal) -> Decimal:
    """Largest multiple of `increment` that is not above `value`.

    :raises DecisionError: if there are too many of them to be counted
    """
    multiple = _multiple(value, increment)
    return multiple - increment if multiple > value else multiple


def round_up(value: Decimal, increment: Decimal) -> Decimal:
    """Smallest multiple of `increment` that is not below `value`.

    :raises DecisionError: if there are too many of them to be counted
    """
    multiple = _multiple(value, increment)
    return multiple + increment if multiple < value else multiple


def _multiple(value: Decimal, increment: Decimal) -> Decimal:
    """The multiple next to `value` on the side of zero."""
    try:
        return value // increment * increment  # integer division is exact where a quotient would be rounded
    except InvalidOperation:
        raise DecisionError(
            f"{value} must be a finite number of multiples of {increment} that can be counted"
        ) from None


@dataclass(frozen=True)
class MarketRule:
    """What the exchange accepts on a market.

    :param tick: smallest price difference, quote per base
    :param step: smallest quantity difference, base
    :param min_quantity: smallest order, base
    :param min_notional: smallest order value, quote (0 where the exchange has none)
    """

    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    min_notional: Decimal = ZERO

    def __post_init__(self) -> None:
        require_positive("tick", self.tick)
        require_positive("step", self.step)
        require_not_negative("min_quantity", self.min_quantity)
        require_not_negative("min_notional", self.min_notional)

    def refusal(self, size: Decimal, price: Decimal) -> str | None:
        """Why an order of `size` (base, on the step) at `price` would be refused, or None if it would not."""
        if size <= 0:
            return "the size rounds down to nothing"
        if size < self.min_quantity:
            return f"{size} is below the market's minimum of {self.min_quantity}"
        if size * price < self.min_notional:
            return f"{size * price} is below the market's minimum order value of {self.min_notional}"
        return None


@dataclass(frozen=True)
class Touch:
    """Best bid and best ask of a valid book."""

    bid: Decimal
    ask: Decimal

    def __post_init__(self) -> None:
        require_positive("bid", self.bid)
        require_positive("ask", self.ask)
        if self.bid >= self.ask:
            raise DecisionError(f"bid ({self.bid}) must be below the ask of {self.ask}")

    @property
    def mid(self) -> Decimal:
        """Middle between bid and ask, quote per base, not rounded."""
        return (self.bid + self.ask) / 2

    @property
    def spread_bps(self) -> Decimal:
        """Width of the market in bps of its mid."""
        return (self.ask - self.bid) / self.mid * BPS


@dataclass(frozen=True)
class NetPosition:
    """What the net position (base, negative when short) may be: the exchange's figure and the one that our own fills
    give differ for as long as one of the two messages is still on its way."""

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        require_finite("low", self.low)
        require_finite("high", self.high)
        if self.low > self.high:
            raise DecisionError(f"low ({self.low}) must not be above the high of {self.high}")

    @classmethod
    def exactly(cls, net: Decimal) -> "NetPosition":
        """A position (base, signed) of which nothing is on its way."""
        return cls(net, net)


@dataclass(frozen=True)
class Quote:
    """An order we want to rest. `level` counts outwards from 0."""

    side: Side
    level: int
    price: Decimal
    size: Decimal


@dataclass(frozen=True)
class RestingOrder:
    """One of our orders that can still be filled.

    :param remaining: base not filled yet
    :param cancelling: a cancel was asked for and is not confirmed: it may still fill, but is no quote any more
    :param shown: the exchange has it, so that the book may show it
    :param gone: its cancel is confirmed, but a fill from before that may still be on its way
    """

    order_id: str
    side: Side
    price: Decimal
    remaining: Decimal
    cancelling: bool = False
    shown: bool = True
    gone: bool = False
