"""Orders: place, batch, query, cancel."""

from typing import Any

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.errors import (
    ExchangeError,
    PlainError,
    invalid_request,
    not_found,
    unparsable_parameter,
)
from hummingbot_backpack.simulator.faults import Fault
from hummingbot_backpack.simulator.orders import OrderRequest
from hummingbot_backpack.simulator.payloads import check_types, order_ids, order_request, symbol_field
from hummingbot_backpack.simulator.rest.calls import Answer, Call, Route, Routes, as_json
from hummingbot_backpack.simulator.rest.public import MARKET_TYPES


def _delay(call: Call, requests: list[OrderRequest]) -> float:
    """The taker speed bump: only a command of nothing but post-only orders goes in at once."""
    return 0.0 if all(one.post_only for one in requests) else call.exchange.config.taker_delay


async def place(call: Call) -> Answer:
    exchange = call.exchange
    request = order_request(call.body, exchange.specs)
    delay = _delay(call, [request])
    if delay:
        await exchange.clock.sleep(delay)
    return as_json(wire.order(exchange.place(call.account, request)))


async def place_batch(call: Call) -> Answer:
    """Each item succeeds or fails alone; the discriminator `operation` says which."""
    exchange = call.exchange
    if not isinstance(call.body, list):
        raise PlainError('parse request payload error: failed to parse "array": Expected input type "array"')
    parsed: list[OrderRequest | ExchangeError] = []
    for item in call.body:
        try:
            parsed.append(order_request(item, exchange.specs))
        except ExchangeError as error:
            parsed.append(error)
    delay = _delay(call, [one for one in parsed if isinstance(one, OrderRequest)])
    if delay:
        await exchange.clock.sleep(delay)
    return as_json([_batch_item(call, call.account, one) for one in parsed])


def _batch_item(call: Call, account: Account, one: OrderRequest | ExchangeError) -> dict[str, Any]:
    try:
        if isinstance(one, ExchangeError):
            raise one
        return {"operation": "Ok", **wire.order(call.exchange.place(account, one))}
    except ExchangeError as error:
        return {"operation": "Err", "code": error.code, "message": error.message}


def query(call: Call) -> Answer:
    symbol = call.required("symbol")
    order_id, client_id = order_ids(call.params, "OrderQuery")
    return as_json(wire.order(call.exchange.engine.find_order(call.account, symbol, order_id, client_id)))


def query_all(call: Call) -> Answer:
    symbol = call.params.get("symbol")
    kind = call.choice("marketType", "MarketType", MARKET_TYPES)
    if symbol is not None and symbol not in call.exchange.specs:
        raise invalid_request("Invalid market symbol")
    rows = [
        wire.order(one)
        for one in call.account.open_orders.values()
        if symbol in (None, one.market.symbol) and kind in (None, one.market.row["marketType"])
    ]
    return as_json(rows)


def cancel(call: Call) -> Answer:
    payload = "OrderCancelPayload"
    body = check_types(call.body, payload)
    market = symbol_field(body, call.exchange.specs, payload)
    order_id, client_id = order_ids(body, payload)
    exchange = call.exchange
    try:
        order = exchange.engine.find_order(call.account, market.symbol, order_id, client_id)
    except ExchangeError:
        if exchange.config.cancel_missing == "order_not_found":
            raise invalid_request("Order not found") from None
        raise not_found() from None
    fault = exchange.faults.fires("cancel_accepted")
    if fault:
        exchange.cancel_later(call.account, order, _put_off(fault))
        return Answer(None, 202)
    return as_json(wire.order(exchange.engine.cancel(call.account, order)))


def _put_off(fault: Fault) -> float:
    return 0.5 if fault.value is None else float(fault.value)


def cancel_all(call: Call) -> Answer:
    payload, body = "OrderCancelAllPayload", call.body
    if isinstance(body, dict):  # its orderType has other values than an order's
        check_types({name: value for name, value in body.items() if name != "orderType"}, payload)
    else:
        check_types(body, payload)
    market = symbol_field(body, call.exchange.specs, payload)
    kind = body.get("orderType")
    if kind not in (None, "RestingLimitOrder", "ConditionalOrder"):
        raise unparsable_parameter("orderType", "CancelOrderTypeEnum", "Expect a valid enumeration value.")
    exchange = call.exchange
    fault = exchange.faults.fires("cancel_accepted")
    if fault:
        for order in list(call.account.open_orders.values()):
            if order.market is market:
                exchange.cancel_later(call.account, order, _put_off(fault))
        return Answer(None, 202)
    return as_json([wire.order(one) for one in exchange.engine.cancel_all(call.account, market.symbol, kind)])


ROUTES: Routes = {
    ("POST", "/api/v1/order"): Route(place, "orderExecute", changes=True),
    ("POST", "/api/v1/orders"): Route(place_batch, "orderExecute", changes=True),
    ("GET", "/api/v1/order"): Route(query, "orderQuery"),
    ("GET", "/api/v1/orders"): Route(query_all, "orderQueryAll"),
    ("DELETE", "/api/v1/order"): Route(cancel, "orderCancel", changes=True),
    ("DELETE", "/api/v1/orders"): Route(cancel_all, "orderCancelAll", changes=True),
}
