"""Reading what clients send: JSON types first (a wrong one is answered in plain text), then grids and rules."""

from collections.abc import Mapping
from typing import Any

from hummingbot_backpack.simulator.amounts import NotADecimal, TooManyDecimals, units
from hummingbot_backpack.simulator.errors import (
    ExchangeError,
    PlainError,
    invalid_order,
    invalid_request,
    unparsable_payload,
)
from hummingbot_backpack.simulator.markets import Market
from hummingbot_backpack.simulator.orders import ASK, BID, Attached, OrderRequest, Trigger

EXPECT_VALUE = "Expect a valid enumeration value."

_DECIMALS = (
    "price", "quantity", "quoteQuantity", "triggerPrice", "slippageTolerance", "takeProfitTriggerPrice",
    "takeProfitLimitPrice", "stopLossTriggerPrice", "stopLossLimitPrice",
)  # fmt: skip
_BOOLEANS = ("postOnly", "reduceOnly", "autoLend", "autoLendRedeem", "autoBorrow", "autoBorrowRepay")
_TEXTS = ("symbol", "triggerQuantity", "triggerBy", "takeProfitTriggerBy", "stopLossTriggerBy")
_INTEGERS = {"clientId": 2**32 - 1, "brokerId": 2**16 - 1}
_CHOICES = {
    "side": ("Side", ("Bid", "Ask")),
    "orderType": ("OrderTypeEnum", ("Limit", "Market")),
    "timeInForce": ("TimeInForce", ("GTC", "IOC", "FOK")),
    "selfTradePrevention": ("SelfTradePrevention", ("RejectTaker", "RejectMaker", "RejectBoth", "Allow")),
    "slippageToleranceType": ("SlippageToleranceType", ("TickSize", "Percent")),
}


def _fail(kind: str, why: str, payload: str) -> PlainError:
    return unparsable_payload(kind, why, payload)


def check_types(body: Any, payload: str) -> Mapping[str, Any]:
    """The body as a mapping whose known fields have the right JSON types; else the plain-text refusal."""
    if not isinstance(body, dict):
        raise _fail(payload, 'Expected input type "object"', payload)
    for name, value in body.items():
        if value is None:
            continue
        if name in _CHOICES:
            kind, allowed = _CHOICES[name]
            if value not in allowed:
                raise _fail(kind, EXPECT_VALUE, payload)
        elif name in _INTEGERS:
            if isinstance(value, bool) or not isinstance(value, int):
                raise _fail("integer", f'Expected input type "integer", found {value!r}.', payload)
            if not 0 <= value <= _INTEGERS[name]:
                raise _fail("integer", "Only integers from 0 are accepted.", payload)
        elif name in _BOOLEANS:
            if not isinstance(value, bool):
                raise _fail("boolean", f'Expected input type "boolean", found {value!r}.', payload)
        elif name in _DECIMALS or name in _TEXTS:
            if not isinstance(value, str):
                raise _fail("string", f'Expected input type "string", found {value!r}.', payload)
            if len(value) > 64:
                raise _fail("string", "Value is too long.", payload)
    return body


def decimal_field(body: Mapping[str, Any], name: str, payload: str) -> int | None:
    """A decimal text field in units; None where it is absent."""
    value = body.get(name)
    if value is None:
        return None
    try:
        amount = units(value)
    except NotADecimal:
        raise _fail("decimal", "Invalid decimal", payload) from None
    except TooManyDecimals:
        raise invalid_request(f"{'Price' if 'rice' in name else 'Quantity'} decimal too long") from None
    return amount


def symbol_field(body: Mapping[str, Any], markets: Mapping[str, Market], payload: str) -> Market:
    symbol = body.get("symbol")
    market = markets.get(symbol) if isinstance(symbol, str) else None
    if market is None:
        raise _fail("MarketSymbol", "Invalid market symbol", payload)
    return market


def _on_grid(market: Market, body: Mapping[str, Any], name: str, payload: str) -> int | None:
    amount = decimal_field(body, name, payload)
    if amount is None:
        return None
    is_price = "rice" in name
    if amount <= 0:
        what = "Price" if is_price else "Quantity"
        raise ExchangeError(400, f"INVALID_{what.upper()}", f"{what} must be positive")
    grid = market.price_grid if is_price else market.quantity_grid
    try:
        return grid.count(amount)
    except TooManyDecimals:
        raise invalid_request(f"{'Price' if is_price else 'Quantity'} decimal too long") from None


def _attached(body: Mapping[str, Any], prefix: str, payload: str) -> Attached | None:
    price = decimal_field(body, f"{prefix}TriggerPrice", payload)
    limit = decimal_field(body, f"{prefix}LimitPrice", payload)
    by = body.get(f"{prefix}TriggerBy")
    if price is None:
        if limit is not None or by is not None:
            raise invalid_request(f"Must specify `{prefix}TriggerPrice`")
        return None
    _check_trigger_by(by, payload)
    return Attached(price, by, limit)


def _check_trigger_by(by: str | None, payload: str) -> None:
    if by not in (None, "LastPrice", "MarkPrice", "IndexPrice"):
        raise _fail("TriggerBy", EXPECT_VALUE, payload)


def _trigger(body: Mapping[str, Any], payload: str) -> Trigger | None:
    price, quantity = decimal_field(body, "triggerPrice", payload), body.get("triggerQuantity")
    if (price is None) != (quantity is None):
        raise invalid_request("Must specify both `triggerPrice` and `triggerQuantity` or neither")
    if price is None or quantity is None:
        return None
    _check_trigger_by(body.get("triggerBy"), payload)
    try:
        amount = units(quantity.removesuffix("%"))
    except (NotADecimal, TooManyDecimals):
        raise _fail("TriggerQuantity", "Invalid trigger quantity", payload) from None
    if amount <= 0 or (quantity.endswith("%") and amount > 100 * 10**12):
        raise ExchangeError(400, "INVALID_QUANTITY", "Invalid trigger quantity")
    if body.get("quantity") is not None:
        raise invalid_request("Quantity must not be set for trigger orders")
    return Trigger(price, body.get("triggerBy"), quantity)


def order_request(body: Any, markets: Mapping[str, Market]) -> OrderRequest:
    """An OrderExecutePayload as a request on the market's grids. Raises PlainError or ExchangeError."""
    payload = "OrderExecutePayload"
    check_types(body, payload)
    for name in ("orderType", "side", "symbol"):
        if body.get(name) is None:
            raise _fail(payload, f"missing property `{name}`", payload)
    market = symbol_field(body, markets, payload)
    is_market = body["orderType"] == "Market"
    trigger = _trigger(body, payload)
    price = _on_grid(market, body, "price", payload)
    steps = _on_grid(market, body, "quantity", payload)
    quote_quantity = decimal_field(body, "quoteQuantity", payload)
    tolerance, tolerance_type = decimal_field(body, "slippageTolerance", payload), body.get("slippageToleranceType")
    post_only, time_in_force = bool(body.get("postOnly")), body.get("timeInForce") or "GTC"
    if is_market:
        if price is not None:
            raise invalid_order("Market orders must not specify a price")
        if trigger is None and (steps is None) == (quote_quantity is None):
            raise invalid_order("Market orders must specify either `quantity` or `quoteQuantity`")
        if quote_quantity is not None and quote_quantity <= 0:
            raise ExchangeError(400, "INVALID_QUANTITY", "Quantity must be positive")
        if post_only:
            raise invalid_order("Market orders cannot be post only")
    else:
        if price is None:
            raise invalid_order("Limit orders must specify a price")
        if steps is None and trigger is None:
            raise invalid_order("Limit orders must specify a quantity")
        if quote_quantity is not None:
            raise invalid_order("Limit orders must not specify a quote quantity")
        if post_only and time_in_force != "GTC":
            raise invalid_order("Post only orders must be GTC")
    if body.get("reduceOnly") and not market.is_perpetual:
        raise invalid_order("Reduce only is only supported for futures")
    if (tolerance is None) != (tolerance_type is None) or (tolerance is not None and (not is_market or tolerance < 0)):
        raise invalid_order("Invalid slippage tolerance")
    return OrderRequest(
        market=market,
        side=BID if body["side"] == "Bid" else ASK,
        is_market=is_market,
        price=price,
        steps=steps,
        quote_quantity=quote_quantity,
        time_in_force=time_in_force,
        post_only=post_only,
        reduce_only=body.get("reduceOnly"),
        self_trade_prevention=body.get("selfTradePrevention") or "RejectTaker",
        client_id=body.get("clientId"),
        auto_lend_redeem=bool(body.get("autoLendRedeem")),
        auto_lend=bool(body.get("autoLend")),
        auto_borrow=bool(body.get("autoBorrow")),
        auto_borrow_repay=bool(body.get("autoBorrowRepay")),
        slippage_tolerance=tolerance,
        slippage_type=tolerance_type,
        trigger=trigger,
        take_profit=_attached(body, "takeProfit", payload),
        stop_loss=_attached(body, "stopLoss", payload),
    )


def order_ids(body: Mapping[str, Any], payload: str) -> tuple[int | None, int | None]:
    """(order id, client id) of a query or cancel; exactly one must be there."""
    order_id, client_id = body.get("orderId"), body.get("clientId")
    if order_id is not None and client_id is not None:
        raise invalid_request("Must specify only one of `orderId` or `clientId`")
    if order_id is None and client_id is None:
        raise invalid_request("Must specify either `orderId` or `clientId`")
    if order_id is not None:
        text = str(order_id)
        if isinstance(order_id, bool) or not text.isascii() or not text.isdigit() or len(text) > 20:
            raise _fail("OrderId", "Invalid order id", payload)
        return int(text), None
    text = str(client_id)
    if isinstance(client_id, bool) or not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) >= 2**32:
        raise _fail("integer", "Only integers from 0 are accepted.", payload)
    return None, int(text)
