"""The account: settings, balances, collateral, positions, limits, lending."""

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.amounts import UNIT, shown, times
from hummingbot_backpack.simulator.errors import ExchangeError, PlainError, invalid_request, unparsable_payload
from hummingbot_backpack.simulator.margin import borrow_margin
from hummingbot_backpack.simulator.market_rows import ASSETS
from hummingbot_backpack.simulator.orders import ASK, BID
from hummingbot_backpack.simulator.payloads import decimal_field
from hummingbot_backpack.simulator.rest.calls import Answer, Call, Route, Routes, as_json
from hummingbot_backpack.simulator.rest.public import MARKET_TYPES, market_of

_SETTINGS = {
    "autoBorrowSettlements": "auto_borrow_settlements",
    "autoLend": "auto_lend",
    "autoRepayBorrows": "auto_repay_borrows",
}


def get_account(call: Call) -> Answer:
    return as_json(wire.account_summary(call.account))


def patch_account(call: Call) -> Answer:
    """autoRealizePnl is read-only. Leverage is account-wide."""
    payload, body = "UpdateAccountSettingsRequest", call.body
    if not isinstance(body, dict):
        raise unparsable_payload(payload, 'Expected input type "object"', payload)
    settings = call.account.settings
    leverage = body.get("leverageLimit")
    if leverage is not None and not isinstance(leverage, str):
        raise unparsable_payload("decimal", f'Expected input type "string", found {leverage!r}.', payload)
    limit = decimal_field(body, "leverageLimit", payload)
    changes = {}
    for name, attribute in _SETTINGS.items():
        value = body.get(name)
        if value is not None and not isinstance(value, bool):
            raise unparsable_payload("boolean", f'Expected input type "boolean", found {value!r}.', payload)
        if value is not None:
            changes[attribute] = value
    if limit is not None:
        if not UNIT <= limit <= 50 * UNIT:
            raise ExchangeError(400, "MAX_LEVERAGE_REACHED", "Leverage limit must be between 1 and 50")
        before, settings.leverage = settings.leverage, limit
        summary = call.exchange.engine.margin.summary(call.account)
        if limit < before and summary.exposure and summary.equity < summary.locked:
            settings.leverage = before
            raise ExchangeError(400, "INSUFFICIENT_MARGIN", "Insufficient margin")
    for attribute, value in changes.items():
        setattr(settings, attribute, value)
    return Answer(None, 200)


def capital(call: Call) -> Answer:
    return as_json(wire.capital(call.account))


def collateral(call: Call) -> Answer:
    return as_json(wire.collateral(call.exchange.engine, call.account))


def positions(call: Call) -> Answer:
    """Open positions; the liquidation price is worked out only when one symbol is asked for."""
    engine, symbol = call.exchange.engine, call.params.get("symbol")
    kind = call.choice("marketType", "MarketType", MARKET_TYPES)
    if symbol is not None and symbol not in engine.markets:
        raise invalid_request("Invalid market symbol")
    rows = []
    for name, position in call.account.positions.items():
        if symbol in (None, name) and kind in (None, "PERP"):
            price = "0" if symbol is None else shown(call.exchange.perpetuals.liquidation_price(call.account, name))
            rows.append(wire.position(engine, call.account, position, price))
    return as_json(rows)


def lend_positions(call: Call) -> Answer:
    account = call.account
    rows = []
    for asset in sorted({*account.lent, *account.borrowed}):
        amount = account.lent.get(asset, 0) - account.borrowed.get(asset, 0)
        if amount:
            rows.append(wire.lend_position(call.exchange.engine, account, asset, amount))
    return as_json(rows)


def _asset(call: Call, name: str = "symbol") -> str:
    asset = call.required(name)
    if asset not in call.exchange.engine.asset_prices or asset not in ASSETS:
        raise PlainError(f'failed to parse parameter `{name}`: failed to parse "Asset": Invalid asset')
    return asset


def limit_order(call: Call) -> Answer:
    """The largest order that funds or margin allow now."""
    state, engine, account = market_of(call), call.exchange.engine, call.account
    side_name = call.required("side")
    call.choice("side", "Side", ("Bid", "Ask"))
    side, spec = (BID if side_name == "Bid" else ASK), state.spec
    flags = {name: call.boolean(name) for name in ("autoBorrow", "autoBorrowRepay", "autoLendRedeem", "reduceOnly")}
    price = decimal_field(call.params, "price", "MaxOrderQuantity")
    if price is not None and price <= 0:
        raise ExchangeError(400, "INVALID_PRICE", "Price must be positive")
    level = price or engine.marks[spec.symbol]
    if spec.is_perpetual:
        position = account.positions.get(spec.symbol)
        held = position.steps if position else 0
        opposite = abs(held) if held and (held > 0) != (side == BID) else 0
        if flags["reduceOnly"]:
            steps = opposite
        else:
            summary = engine.margin.summary(account)
            assert spec.imf is not None
            fraction = max(spec.imf.base, UNIT * UNIT // account.settings.leverage)
            room = summary.available * UNIT // fraction
            steps = room * UNIT // (level * spec.quantity_grid.unit) + 2 * opposite
    else:
        asset = spec.quote if side == BID else spec.base
        funds = account.available.get(asset, 0)
        if flags["autoLendRedeem"]:
            funds += account.lent.get(asset, 0)
        funds = max(0, funds)
        unit = spec.quantity_grid.unit
        steps = funds * UNIT // (level * unit) if side == BID else funds // unit
    row = {
        **flags,
        "maxOrderQuantity": spec.quantity_grid.plain(max(0, steps)),
        "price": None if price is None else shown(price),
        "side": side_name,
        "symbol": spec.symbol,
    }
    return as_json(dict(sorted(row.items())))


def limit_borrow(call: Call) -> Answer:
    asset, engine = _asset(call), call.exchange.engine
    available = engine.margin.summary(call.account).available * UNIT // borrow_margin(asset)
    room = available * UNIT // engine.asset_prices[asset]
    return as_json({"maxBorrowQuantity": shown(room), "symbol": asset})


def limit_withdrawal(call: Call) -> Answer:
    asset, engine, account = _asset(call), call.exchange.engine, call.account
    borrow, redeem = call.boolean("autoBorrow"), call.boolean("autoLendRedeem")
    funds = account.available.get(asset, 0) + (account.lent.get(asset, 0) if redeem else 0)
    room = engine.margin.summary(account).available * UNIT // engine.asset_prices[asset]
    most = max(0, min(funds, room))
    row = {"autoBorrow": borrow, "autoLendRedeem": redeem, "maxWithdrawalQuantity": shown(most), "symbol": asset}
    return as_json(row)


def borrow_lend(call: Call) -> Answer:
    """Lend or borrow by hand; the answer is empty."""
    payload, body = "BorrowLendExecutePayload", call.body
    if not isinstance(body, dict):
        raise unparsable_payload(payload, 'Expected input type "object"', payload)
    asset, side = body.get("symbol"), body.get("side")
    if not isinstance(asset, str) or asset not in call.exchange.engine.asset_prices:
        raise unparsable_payload("Asset", "Invalid asset", payload)
    if side not in ("Borrow", "Lend"):
        raise unparsable_payload("BorrowLendSide", "Expect a valid enumeration value.", payload)
    if not isinstance(body.get("quantity"), str):
        raise unparsable_payload("decimal", 'Expected input type "string"', payload)
    amount = decimal_field(body, "quantity", payload) or 0
    if not amount:
        raise ExchangeError(400, "INVALID_QUANTITY", "Quantity must not be zero")
    _move_lent(call, asset, side, amount)
    return Answer(None, 200)


def _move_lent(call: Call, asset: str, side: str, amount: int) -> None:
    """A positive quantity adds to the lend (borrow), a negative one redeems (repays)."""
    account, engine = call.account, call.exchange.engine
    now, available = call.exchange.clock.now_us(), call.account.available.get(asset, 0)
    if side == "Lend":
        if amount > available or -amount > account.lent.get(asset, 0):
            raise ExchangeError(400, "INSUFFICIENT_FUNDS", "Insufficient funds")
        engine.settler.lend(account, asset, amount, "Manual", now)
    else:
        owed = times(times(amount, engine.asset_prices[asset]), borrow_margin(asset))
        if amount > 0 and owed > engine.margin.summary(account).available:
            raise ExchangeError(400, "INSUFFICIENT_MARGIN", "Insufficient margin")
        if -amount > min(account.borrowed.get(asset, 0), max(0, available)):
            raise ExchangeError(400, "INSUFFICIENT_FUNDS", "Insufficient funds")
        engine.settler.borrow(account, asset, amount, "Manual", now)
    engine.flush()


ROUTES: Routes = {
    ("GET", "/api/v1/account"): Route(get_account, "accountQuery"),
    ("PATCH", "/api/v1/account"): Route(patch_account, "accountUpdate", changes=True),
    ("GET", "/api/v1/capital"): Route(capital, "balanceQuery"),
    ("GET", "/api/v1/capital/collateral"): Route(collateral, "collateralQuery"),
    ("GET", "/api/v1/position"): Route(positions, "positionQuery"),
    ("GET", "/api/v1/borrowLend/positions"): Route(lend_positions, "borrowLendPositionQuery"),
    ("POST", "/api/v1/borrowLend"): Route(borrow_lend, "borrowLendExecute", changes=True),
    ("GET", "/api/v1/account/limits/order"): Route(limit_order, "maxOrderQuantity"),
    ("GET", "/api/v1/account/limits/borrow"): Route(limit_borrow, "maxBorrowQuantity"),
    ("GET", "/api/v1/account/limits/withdrawal"): Route(limit_withdrawal, "maxWithdrawalQuantity"),
}
