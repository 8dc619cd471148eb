"""How the streams show things: short keys, padded decimals, microseconds. Each event becomes (stream name, data)."""

import re
from typing import Any

from hummingbot_backpack.simulator.amounts import padded, shown
from hummingbot_backpack.simulator.events import (
    BalanceEvent,
    DepthEvent,
    LiquidationEvent,
    OrderEvent,
    PositionEvent,
    TouchEvent,
)
from hummingbot_backpack.simulator.markets import Market
from hummingbot_backpack.simulator.orders import SIDE_NAMES, Trade

Data = dict[str, Any]


def upper_snake(name: str) -> str:
    """PriceOutOfBounds as PRICE_OUT_OF_BOUNDS."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def order_update(event: OrderEvent, sent_us: int, upper_reasons: bool) -> Data:
    """account.orderUpdate. `t` is null except on fills; `o` is upper case; numbers as the order was given, unpadded."""
    one, market = event.order, event.order.market
    request, fill = one.request, event.fill
    data: Data = {
        "E": sent_us,
        "O": one.origin,
        "S": SIDE_NAMES[one.side],
        "T": event.time_us,
        "V": request.self_trade_prevention,
        "X": event.status,
        "Z": shown(event.executed_quote),
        "e": event.name,
        "f": request.time_in_force,
        "i": str(one.id),
        "o": "MARKET" if request.is_market else "LIMIT",
        "r": bool(request.reduce_only),
        "s": market.symbol,
        "t": fill.trade_id if fill else None,
        "y": request.post_only,
        "z": market.quantity_grid.plain(event.executed),
    }
    if not request.is_market:
        data["Q"] = padded(market.notional(one.price, event.steps), market.quote_places)
        data["p"] = market.price_grid.plain(one.price)
    elif request.quote_quantity is not None:
        data["Q"] = shown(request.quote_quantity)
    if event.steps or not request.is_market:
        data["q"] = market.quantity_grid.plain(event.steps)
    if request.client_id is not None:
        data["c"] = request.client_id
    if request.trigger is not None:
        data["P"], data["Y"] = shown(request.trigger.price), request.trigger.quantity
        if request.trigger.by:
            data["B"] = request.trigger.by
    for attached, price, by, limit in ((request.take_profit, "a", "d", "j"), (request.stop_loss, "b", "g", "k")):
        if attached is not None:
            data[price] = shown(attached.trigger_price)
            if attached.by:
                data[by] = attached.by
            if attached.limit_price is not None:
                data[limit] = shown(attached.limit_price)
    if fill is not None:
        data["L"] = market.price_grid.plain(fill.price)
        data["N"] = fill.fee_asset
        data["l"] = market.quantity_grid.plain(fill.steps)
        data["m"] = fill.is_maker
        data["n"] = shown(fill.fee)
    if event.name in ("orderExpired", "triggerFailed") and one.expiry_reason:
        data["R"] = upper_snake(one.expiry_reason) if upper_reasons else one.expiry_reason
    if one.related_id:
        data["I"] = str(one.related_id)
    return data


def balance_update(event: BalanceEvent, sent_us: int) -> Data:
    return {
        "A": shown(event.available), "E": sent_us, "L": shown(event.locked), "S": "0", "T": event.time_us,
        "a": event.asset, "e": "balanceUpdate",
    }  # fmt: skip


def position_update(event: PositionEvent, sent_us: int) -> Data:
    """account.positionUpdate: `B` is the entry price, `b` the break-even; without `e` in the first snapshot."""
    market = event.market
    data: Data = {
        "B": shown(event.entry), "E": sent_us, "M": shown(event.mark), "P": shown(event.unrealized),
        "Q": market.quantity_grid.padded(event.exposure_steps), "T": event.time_us, "b": shown(event.break_even),
        "f": shown(event.imf), "i": event.position_id, "l": "0", "m": shown(event.mmf),
        "n": shown(market.value(event.exposure_steps, event.mark)), "p": shown(event.realized),
        "q": market.quantity_grid.padded(event.steps), "s": market.symbol,
    }  # fmt: skip
    if event.name is not None:
        data["e"] = event.name
    return data


def levels(market: Market, changes: dict[int, int]) -> list[list[str]]:
    price, quantity = market.price_grid, market.quantity_grid
    return [[price.padded(ticks), quantity.padded(steps)] for ticks, steps in changes.items()]


def depth(event: DepthEvent, sent_us: int) -> Data:
    return {
        "E": sent_us, "T": event.time_us, "U": event.update_id, "a": levels(event.market, event.asks),
        "b": levels(event.market, event.bids), "e": "depth", "s": event.market.symbol, "u": event.update_id,
    }  # fmt: skip


def book_ticker(event: TouchEvent, sent_us: int) -> Data:
    price, quantity = event.market.price_grid, event.market.quantity_grid
    bid, ask = event.bid, event.ask
    return {
        "A": quantity.padded(ask[1]) if ask else None, "B": quantity.padded(bid[1]) if bid else None, "E": sent_us,
        "T": event.time_us, "a": price.padded(ask[0]) if ask else None, "b": price.padded(bid[0]) if bid else None,
        "e": "bookTicker", "s": event.market.symbol, "u": event.update_id,
    }  # fmt: skip


def trade(one: Trade, sent_us: int) -> Data:
    """A public trade; `T` has millisecond precision although its unit is the microsecond."""
    market = one.market
    return {
        "E": sent_us, "T": one.time_us // 1000 * 1000, "a": str(one.seller_order_id), "b": str(one.buyer_order_id),
        "e": "trade", "m": one.buyer_is_maker, "p": market.price_grid.padded(one.price),
        "q": market.quantity_grid.padded(one.steps), "s": market.symbol, "t": one.id,
    }  # fmt: skip


def liquidation(event: LiquidationEvent, sent_us: int) -> Data:
    market = event.market
    return {
        "E": sent_us, "S": SIDE_NAMES[event.side], "T": event.time_us, "e": "liquidation",
        "p": market.price_grid.padded(event.price), "q": market.quantity_grid.padded(event.steps), "s": market.symbol,
    }  # fmt: skip
