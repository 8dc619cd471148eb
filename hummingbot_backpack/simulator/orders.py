"""Orders, fills and trades as the engine keeps them. Prices in ticks, quantities in steps, amounts in units."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.accounts import Account
    from hummingbot_backpack.simulator.markets import Market

BID = 1
ASK = -1
SIDE_NAMES = {BID: "Bid", ASK: "Ask"}

OPEN_STATES = frozenset({"New", "PartiallyFilled", "TriggerPending"})


@dataclass(slots=True)
class Trigger:
    """When a pending order wakes up: once the price named by `by` reaches `price` from the side where it is not."""

    price: int
    by: str | None
    quantity: str
    rises: bool = True


@dataclass(slots=True)
class Attached:
    """A take profit or stop loss that comes with an order: trigger price, what it watches, limit price (or market)."""

    trigger_price: int
    by: str | None
    limit_price: int | None


@dataclass(slots=True)
class OrderRequest:
    """What a client asked for, already parsed onto the market's grids."""

    market: "Market"
    side: int
    is_market: bool
    price: int | None = None
    steps: int | None = None
    quote_quantity: int | None = None
    time_in_force: str = "GTC"
    post_only: bool = False
    reduce_only: bool | None = None
    self_trade_prevention: str = "RejectTaker"
    client_id: int | None = None
    auto_lend_redeem: bool = False
    auto_lend: bool = False
    auto_borrow: bool = False
    auto_borrow_repay: bool = False
    slippage_tolerance: int | None = None
    slippage_type: str | None = None
    trigger: Trigger | None = None
    take_profit: Attached | None = None
    stop_loss: Attached | None = None


@dataclass(slots=True)
class Order:
    """One order, resting or done. Mutated by the engine alone."""

    id: int
    account: "Account"
    request: OrderRequest
    created_us: int
    steps: int
    status: str = "New"
    executed: int = 0
    executed_quote: int = 0
    reserved: int = 0
    """Units of the reserved asset (spot): quote for a bid, base for an ask."""
    expiry_reason: str | None = None
    origin: str = "USER"
    system_type: str | None = None
    related_id: int | None = None
    triggered_us: int | None = None
    fill_type: str = "User"
    market: "Market" = field(init=False)
    side: int = field(init=False)
    price: int = field(init=False)

    def __post_init__(self) -> None:
        self.market = self.request.market
        self.side = self.request.side
        self.price = self.request.price or 0

    @property
    def remaining(self) -> int:
        return self.steps - self.executed

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATES


class SystemOrder(NamedTuple):
    """What marks an order of the exchange itself: stream origin, systemOrderType, fillType."""

    origin: str
    system_type: str
    fill_type: str


class Fill(NamedTuple):
    """One side of a trade, as the account that owns the order sees it. Fee in units of `fee_asset`."""

    trade_id: int
    order: Order
    price: int
    steps: int
    is_maker: bool
    fee: int
    fee_asset: str
    time_us: int
    fill_type: str = "User"


class Trade(NamedTuple):
    """One match. Quantities in steps, price in ticks."""

    id: int
    market: "Market"
    price: int
    steps: int
    buyer_order_id: int
    seller_order_id: int
    buyer_is_maker: bool
    time_us: int
