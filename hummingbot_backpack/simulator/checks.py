"""What the exchange checks before it takes an order: market state, price and quantity limits, funds, margin."""

import statistics
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.errors import ExchangeError, invalid_order, invalid_request
from hummingbot_backpack.simulator.orders import ASK, BID, OrderRequest

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.accounts import Account
    from hummingbot_backpack.simulator.engine import MarketState


def check_state(market: "MarketState", request: OrderRequest) -> None:
    """Closed and CancelOnly markets take no orders; LimitOnly takes no market orders."""
    state = market.spec.state
    if state in ("Closed", "CancelOnly"):
        raise ExchangeError(400, "TRADING_PAUSED", "Trading is paused for this market")
    if request.is_market and state in ("LimitOnly", "PostOnly"):
        raise invalid_order("Market orders are not allowed in this market state")


def active_price(market: "MarketState") -> int | None:
    """Median of best bid, best ask and last trade in ticks, or what of them exists."""
    known = [
        price
        for price in (market.book.best_price(BID), market.book.best_price(ASK), market.last_price)
        if price is not None
    ]
    return int(statistics.median(known)) if known else None


def check_price(market: "MarketState", request: OrderRequest) -> None:
    """Absolute limits, and the multiples of the active price outside which a limit order is refused."""
    if request.price is None:
        return
    spec = market.spec
    price = request.price * spec.price_grid.unit
    lowest, highest = spec.price_filter("minPrice"), spec.price_filter("maxPrice")
    if price <= 0 or (lowest is not None and price < lowest):
        raise ExchangeError(400, "INVALID_PRICE", "Price is below the minimum price")
    if highest is not None and price > highest:
        raise ExchangeError(400, "INVALID_PRICE", "Price is above the maximum price")
    active = active_price(market)
    if active is None:
        return
    reference = active * spec.price_grid.unit
    high, low = spec.price_filter("maxMultiplier"), spec.price_filter("minMultiplier")
    if (high is not None and price > reference * high // UNIT) or (low is not None and price < reference * low // UNIT):
        raise ExchangeError(400, "INVALID_PRICE", "Price is too far from the last active price")


def check_quantity(market: "MarketState", request: OrderRequest) -> None:
    if request.steps is None:
        return
    spec = market.spec
    if request.steps < spec.min_steps:
        raise ExchangeError(400, "INVALID_QUANTITY", "Quantity is below the minimum quantity")
    if spec.max_steps is not None and request.steps > spec.max_steps:
        raise ExchangeError(400, "INVALID_QUANTITY", "Quantity is above the maximum quantity")


def reducible(account: "Account", request: OrderRequest) -> int:
    """Steps that a reduce-only order may take; refuses where there is nothing to reduce."""
    if not request.market.is_perpetual:
        raise invalid_request("Reduce only is only supported for futures")
    position = account.positions.get(request.market.symbol)
    if position is None or (position.steps > 0) == (request.side == BID):
        raise invalid_order("Reduce only order not reduced")
    return abs(position.steps)


def taker_bound(market: "MarketState", request: OrderRequest, mean_mark: int | None) -> int | None:
    """The worst price in ticks at which a taker may trade before the rest of it expires; None without a bound.

    The tighter of the impact limit (multiple of the best opposite price at arrival), the band around the 5-minute mean
    mark, and the order's own slippage tolerance.
    """
    best = market.book.best_price(-request.side)
    if best is None:
        return None
    spec, tick, side = market.spec, market.spec.price_grid.unit, request.side
    bounds = []
    impact = spec.price_filter("maxImpactMultiplier" if side == BID else "minImpactMultiplier")
    if impact is not None:
        bounds.append(best * impact / UNIT)
    band = spec.row["filters"]["price"]["meanMarkPriceBand"]
    if band and mean_mark:
        bounds.append(mean_mark * float(band["maxMultiplier" if side == BID else "minMultiplier"]) / tick)
    if request.slippage_tolerance is not None:
        if request.slippage_type == "TickSize":
            bounds.append(best + side * request.slippage_tolerance / UNIT)
        else:
            bounds.append(best * (1 + side * request.slippage_tolerance / UNIT / 100))
    if not bounds:
        return None
    # A hair of tolerance, so that a bound that lies on a tick includes it.
    return int(min(bounds) + 1e-9) if side == BID else -int(-max(bounds) + 1e-9)
