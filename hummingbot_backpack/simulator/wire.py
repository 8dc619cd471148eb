"""How REST shows things: the exchange's own keys, casing, units and unpadded decimals. Keys in alphabetical order."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hummingbot_backpack.simulator.amounts import UNIT, shown, times
from hummingbot_backpack.simulator.market_rows import ASSETS, LEND_MARKET
from hummingbot_backpack.simulator.orders import BID, SIDE_NAMES, Attached, Fill, Order, Trade

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.accounts import Account, Funding, Position, Settlement
    from hummingbot_backpack.simulator.engine import Engine, MarketState
    from hummingbot_backpack.simulator.tape import Candle

Json = dict[str, Any]


def iso_ms(time_us: int) -> str:
    """Naive UTC with milliseconds: ``2026-09-01T17:54:04.094``."""
    return (
        datetime.fromtimestamp(time_us // 1000 / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{time_us // 1000 % 1000:03d}"
    )


def iso_seconds(time_us: int) -> str:
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def spaced_seconds(seconds: int) -> str:
    """As candles show time: ``2026-09-01 17:24:00``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _attached(prefix: str, one: Attached | None) -> Json:
    return {
        f"{prefix}LimitPrice": shown(one.limit_price) if one and one.limit_price is not None else None,
        f"{prefix}TriggerBy": one.by if one else None,
        f"{prefix}TriggerPrice": shown(one.trigger_price) if one else None,
    }


def order(one: Order) -> Json:
    """An order as POST, GET and DELETE answer it. createdAt is a number of milliseconds."""
    request, market = one.request, one.market
    row: Json = {
        "clientId": request.client_id,
        "createdAt": one.created_us // 1000,
        "executedQuantity": market.quantity_grid.plain(one.executed),
        "executedQuoteQuantity": shown(one.executed_quote),
        "id": str(one.id),
        "orderType": "Market" if request.is_market else "Limit",
    }
    quantity = "0" if one.status == "TriggerPending" else market.quantity_grid.plain(one.steps)
    if request.is_market:
        row["quantity"] = quantity
        reserved = request.quote_quantity if request.quote_quantity is not None else one.executed_quote
        row["quoteQuantity"] = shown(reserved)
    else:
        row["postOnly"] = request.post_only
        row["price"] = market.price_grid.plain(one.price)
        row["quantity"] = quantity
    trigger = request.trigger
    row.update(
        {
            "reduceOnly": request.reduce_only,
            "relatedOrderId": str(one.related_id) if one.related_id else None,
            "selfTradePrevention": request.self_trade_prevention,
            "side": SIDE_NAMES[one.side],
            "status": one.status,
            **_attached("stopLoss", request.stop_loss),
            "strategyId": None,
            "symbol": market.symbol,
            **_attached("takeProfit", request.take_profit),
            "timeInForce": request.time_in_force,
            "triggerBy": trigger.by if trigger else None,
            "triggerPrice": shown(trigger.price) if trigger else None,
            "triggerQuantity": trigger.quantity if trigger else None,
            "triggeredAt": one.triggered_us // 1000 if one.triggered_us else None,
        }
    )
    return row


def past_order(one: Order) -> Json:
    """An order of the history: ISO time, quoteQuantity always, no reduceOnly, relatedOrderId or triggeredAt."""
    row = order(one)
    request, market = one.request, one.market
    for name in ("reduceOnly", "relatedOrderId", "triggeredAt"):
        del row[name]
    quote = request.quote_quantity
    if quote is None:
        quote = one.executed_quote if request.is_market else market.notional(one.price, one.steps)
    tolerance = request.slippage_tolerance
    row.update(
        {
            "createdAt": iso_ms(one.created_us),
            "expiryReason": one.expiry_reason,
            "postOnly": request.post_only,
            "price": market.price_grid.plain(one.price) if not request.is_market else None,
            "quoteQuantity": shown(quote),
            "slippageTolerance": shown(tolerance) if tolerance is not None else None,
            "slippageToleranceType": request.slippage_type,
            "systemOrderType": one.system_type,
        }
    )
    return dict(sorted(row.items()))


def fill(one: Fill) -> Json:
    """A fill of the history. clientId is text here, and a number everywhere else."""
    market, client_id = one.order.market, one.order.request.client_id
    return {
        "clientId": None if client_id is None else str(client_id),
        "fee": shown(one.fee),
        "feeSymbol": one.fee_asset,
        "isMaker": one.is_maker,
        "orderId": str(one.order.id),
        "price": market.price_grid.plain(one.price),
        "quantity": market.quantity_grid.plain(one.steps),
        "side": SIDE_NAMES[one.order.side],
        "symbol": market.symbol,
        "systemOrderType": one.order.system_type,
        "timestamp": iso_ms(one.time_us),
        "tradeId": one.trade_id,
    }


def trade(one: Trade) -> Json:
    market = one.market
    return {
        "id": one.id,
        "isBuyerMaker": one.buyer_is_maker,
        "price": market.price_grid.plain(one.price),
        "quantity": market.quantity_grid.plain(one.steps),
        "quoteQuantity": shown(market.notional(one.price, one.steps)),
        "timestamp": one.time_us // 1000,
    }


def funding(one: "Funding", account: "Account") -> Json:
    return {
        "fundingRate": one.rate,
        "intervalEndTimestamp": iso_seconds(one.interval_end_us),
        "quantity": shown(one.amount),
        "subaccountId": 0,
        "symbol": one.market.symbol,
        "userId": account.id,
    }


def settlement(one: "Settlement", account: "Account") -> Json:
    return {
        "engineSequence": one.sequence,
        "positionId": None if one.position_id is None else str(one.position_id),
        "quantity": shown(one.amount),
        "source": one.source,
        "subaccountId": 0,
        "timestamp": iso_ms(one.time_us),
        "userId": account.id,
    }


def candle(market: "MarketState", one: "Candle | int", seconds: int) -> Json:
    """A candle of REST; an empty bucket (only its start is given) has null prices."""
    start = one if isinstance(one, int) else one.start
    row: Json = {"end": spaced_seconds(start + seconds), "start": spaced_seconds(start)}
    if isinstance(one, int):
        row |= {
            "close": None,
            "high": None,
            "low": None,
            "open": None,
            "quoteVolume": "0",
            "trades": "0",
            "volume": "0",
        }
    else:
        price, quantity = market.spec.price_grid, market.spec.quantity_grid
        row |= {
            "close": price.plain(one.close),
            "high": price.plain(one.high),
            "low": price.plain(one.low),
            "open": price.plain(one.open),
            "quoteVolume": shown(one.quote),
            "trades": str(one.trades),
            "volume": quantity.plain(one.steps),
        }
    return dict(sorted(row.items()))


def ticker(market: "MarketState", day: "Candle") -> Json:
    """Rolling statistics. priceChangePercent is a fraction; trades is text."""
    price = market.spec.price_grid
    change = day.close - day.open
    fraction = f"{change / day.open:.6f}".rstrip("0").rstrip(".")
    return {
        "firstPrice": price.plain(day.open),
        "high": price.plain(day.high),
        "lastPrice": price.plain(day.close),
        "low": price.plain(day.low),
        "priceChange": price.plain(change),
        "priceChangePercent": "0" if fraction == "-0" else fraction,
        "quoteVolume": shown(day.quote),
        "symbol": market.spec.symbol,
        "trades": str(day.trades),
        "volume": market.spec.quantity_grid.plain(day.steps),
    }


def depth(market: "MarketState", limit: int, time_us: int) -> Json:
    """REST depth: asks best first, bids ASCENDING (best last); the id is text, the time in microseconds."""
    price, quantity = market.spec.price_grid, market.spec.quantity_grid
    bids = [[price.plain(p), quantity.plain(s)] for p, s in market.book.depth(BID, limit)]
    bids.reverse()
    return {
        "asks": [[price.plain(p), quantity.plain(s)] for p, s in market.book.depth(-BID, limit)],
        "bids": bids,
        "lastUpdateId": str(market.update_id),
        "timestamp": time_us,
    }


def position(engine: "Engine", account: "Account", one: "Position", liquidation_price: str) -> Json:
    """An open position. pnlUnrealized is only what the realisation job has not booked yet."""
    market, mark = one.market, engine.marks[one.market.symbol]
    exposure = engine.margin.exposure(account, market)
    assert market.imf is not None and market.mmf is not None
    return {
        "breakEvenPrice": shown(one.break_even_price()),
        "cumulativeFundingPayment": shown(one.funding),
        "cumulativeInterest": "0",
        "entryPrice": shown(one.entry_price()),
        "estLiquidationPrice": liquidation_price,
        "imf": shown(exposure.imf),
        "imfFunction": market.imf.wire,
        "markPrice": shown(mark),
        "mmf": shown(exposure.mmf),
        "mmfFunction": market.mmf.wire,
        "netCost": shown(one.entry_cost),
        "netExposureNotional": shown(exposure.notional),
        "netExposureQuantity": market.quantity_grid.plain(exposure.steps),
        "netQuantity": market.quantity_grid.plain(one.steps),
        "pnlRealized": shown(one.realized),
        "pnlUnrealized": shown(one.unrealized(mark)),
        "positionId": str(one.id),
        "subaccountId": None,
        "symbol": market.symbol,
        "userId": account.id,
    }


def capital(account: "Account") -> Json:
    """Balances by asset; empty ones are left out, lent funds are not here."""
    rows: Json = {}
    for asset in sorted({*account.available, *account.locked}):
        available, locked = account.available.get(asset, 0), account.locked.get(asset, 0)
        if available or locked:
            rows[asset] = {"available": shown(available), "locked": shown(locked), "staked": "0"}
    return rows


def collateral(engine: "Engine", account: "Account") -> Json:
    summary = engine.margin.summary(account)
    rows = []
    for asset, (notional, value, weight) in sorted(summary.collateral.items()):
        available, locked = account.available.get(asset, 0), account.locked.get(asset, 0)
        lent = account.lent.get(asset, 0)
        rows.append(
            {
                "assetMarkPrice": shown(engine.asset_prices[asset]),
                "availableQuantity": shown(available),
                "balanceNotional": shown(notional),
                "collateralValue": shown(value),
                "collateralWeight": shown(weight),
                "lendQuantity": shown(lent),
                "openOrderQuantity": shown(locked),
                "symbol": asset,
                "totalQuantity": shown(available + locked + lent),
            }
        )
    least = UNIT * UNIT // account.settings.leverage
    imf = max(least, summary.locked * UNIT // summary.exposure) if summary.exposure else least
    fraction, maintenance = summary.margin_fraction, summary.maintenance_fraction
    return {
        "assetsValue": shown(summary.assets_value),
        "borrowLiability": shown(summary.liabilities),
        "collateral": rows,
        "imf": shown(imf),
        "liabilitiesValue": shown(summary.liabilities),
        "marginFraction": None if fraction is None else shown(fraction),
        "mmf": shown(maintenance) if maintenance is not None else "0.007",
        "netEquity": shown(summary.equity),
        "netEquityAvailable": shown(summary.available),
        "netEquityLocked": shown(summary.locked),
        "netExposureFutures": shown(summary.exposure),
        "pnlUnrealized": shown(summary.unrealized),
        "unsettledEquity": "0",
    }


def past_position(engine: "Engine", account: "Account", one: "Position") -> Json:
    """A position of the history, open or closed."""
    market, mark = one.market, engine.marks[one.market.symbol]
    notional = market.value(abs(one.steps), mark)
    assert market.imf is not None
    row = {
        "accountLeverage": shown(account.settings.leverage),
        "closedAt": iso_ms(one.closed_us) if one.closed_us else None,
        "closedVolume": shown(one.closed_volume),
        "closingPrice": shown(one.closing_price) if one.closing_price is not None else None,
        "cumulativePnlRealized": shown(one.realized),
        "entryPrice": shown(one.entry_price()),
        "fees": shown(one.fees),
        "fundingQuantity": shown(one.funding),
        "id": str(one.id),
        "imf": shown(market.imf(notional)),
        "interest": "0",
        "liquidated": market.quantity_grid.plain(one.liquidated),
        "liquidationFees": shown(one.liquidation_fees),
        "markPrice": shown(mark),
        "netCost": shown(one.entry_cost),
        "netExposureNotional": shown(notional),
        "netExposureQuantity": market.quantity_grid.plain(abs(one.steps)),
        "netQuantity": market.quantity_grid.plain(one.steps),
        "openedAt": iso_ms(one.opened_us),
        "state": "Closed" if one.closed_us else "Open",
        "symbol": market.symbol,
        "unrealizedPnl": shown(one.unrealized(mark) if one.steps else 0),
    }
    return row


def lend_position_id(asset: str) -> str:
    return str(4_238_420_454 + list(ASSETS).index(asset))


def lend_market(engine: "Engine", asset: str, time_us: int) -> Json:
    """The lending market of an asset."""
    ledger = engine.ledger
    lent = sum(one.lent.get(asset, 0) for one in engine.accounts.values()) + ledger.house_lent.get(asset, 0)
    borrowed = sum(one.borrowed.get(asset, 0) for one in engine.accounts.values())
    return dict(
        sorted(
            {
                **LEND_MARKET,
                "assetMarkPrice": shown(engine.asset_prices[asset]),
                "borrowedQuantity": shown(borrowed),
                "lentQuantity": shown(lent),
                "symbol": asset,
                "timestamp": iso_ms(time_us) + "Z",
                "utilization": shown(borrowed * UNIT // lent if lent else 0),
            }.items()
        )
    )


def lend_position(engine: "Engine", account: "Account", asset: str, amount: int) -> Json:
    """A borrow (negative) or lend (positive) position."""
    row, price = ASSETS[asset], engine.asset_prices[asset]
    exposure = max(0, -amount)
    return {
        "cumulativeInterest": shown(account.interest.get(asset, 0)),
        "estLiquidationPrice": "0",
        "id": lend_position_id(asset),
        "imf": "1",
        "imfFunction": row["imf"],
        "markPrice": shown(price),
        "mmf": "0",
        "mmfFunction": row["mmf"],
        "netExposureNotional": shown(times(exposure, price)),
        "netExposureQuantity": shown(exposure),
        "netQuantity": shown(amount),
        "symbol": asset,
    }


def account_summary(account: "Account") -> Json:
    """Account settings; fees in basis points."""
    settings = account.settings
    open_orders = account.open_orders.values()
    triggers = sum(1 for one in open_orders if one.status == "TriggerPending")
    return {
        "autoBorrowSettlements": settings.auto_borrow_settlements,
        "autoLend": settings.auto_lend,
        "autoRealizePnl": settings.auto_realize,
        "autoRepayBorrows": settings.auto_repay_borrows,
        "borrowLimit": "100000",
        "futuresMakerFee": shown(settings.futures_maker * UNIT // 100),
        "futuresTakerFee": shown(settings.futures_taker * UNIT // 100),
        "leverageLimit": shown(settings.leverage),
        "limitOrders": len(open_orders) - triggers,
        "liquidating": account.liquidating,
        "positionLimit": "1000000",
        "spotMakerFee": shown(settings.spot_maker * UNIT // 100),
        "spotTakerFee": shown(settings.spot_taker * UNIT // 100),
        "triggerOrders": triggers,
    }
