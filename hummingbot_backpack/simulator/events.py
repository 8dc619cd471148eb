"""What the engine tells the world after each command. Plain values: an event never changes after it was made."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.accounts import Account
    from hummingbot_backpack.simulator.markets import Market
    from hummingbot_backpack.simulator.orders import Fill, Order, Trade


class OrderEvent(NamedTuple):
    """orderAccepted, orderCancelled, orderExpired, orderFill, orderModified, triggerPlaced or triggerFailed."""

    name: str
    order: "Order"
    status: str
    steps: int
    executed: int
    executed_quote: int
    fill: "Fill | None"
    time_us: int


class BalanceEvent(NamedTuple):
    """Absolute balance of one asset, in units."""

    account: "Account"
    asset: str
    available: int
    locked: int
    time_us: int


class PositionEvent(NamedTuple):
    """positionOpened, positionAdjusted or positionClosed (None in the snapshot on subscription). Prices in units."""

    name: str | None
    account: "Account"
    market: "Market"
    position_id: int
    steps: int
    entry: int
    break_even: int
    mark: int
    realized: int
    unrealized: int
    exposure_steps: int
    imf: int
    mmf: int
    time_us: int


class TradeEvent(NamedTuple):
    trade: "Trade"


class DepthEvent(NamedTuple):
    """Levels that one command changed: price in ticks to absolute steps, 0 for a level that is gone."""

    market: "Market"
    update_id: int
    bids: dict[int, int]
    asks: dict[int, int]
    time_us: int


class TouchEvent(NamedTuple):
    """Best (price, steps) of both sides after an update."""

    market: "Market"
    update_id: int
    bid: tuple[int, int] | None
    ask: tuple[int, int] | None
    time_us: int


class LiquidationEvent(NamedTuple):
    market: "Market"
    side: int
    price: int
    steps: int
    time_us: int


Event = OrderEvent | BalanceEvent | PositionEvent | TradeEvent | DepthEvent | TouchEvent | LiquidationEvent
