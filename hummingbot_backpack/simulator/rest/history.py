"""Histories: newest first unless asked otherwise, paged by limit and offset, the page named in the headers."""

from collections.abc import Iterable
from typing import Any

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.amounts import shown
from hummingbot_backpack.simulator.errors import unparsable_parameter
from hummingbot_backpack.simulator.rest.calls import Answer, Call, Route, Routes, as_json
from hummingbot_backpack.simulator.rest.public import MARKET_TYPES, page_headers

FILL_TYPES = (
    "User", "BookLiquidation", "Adl", "Backstop", "Liquidation", "AllLiquidation", "CollateralConversion",
    "CollateralConversionAndSpotLiquidation",
)  # fmt: skip

SETTLEMENT_SOURCES = (
    "BackstopLiquidation", "CulledBorrowInterest", "CulledRealizePnl", "CulledRealizePnlBookUtilization",
    "FundingPayment", "RealizePnl", "TradingFees", "TradingFeesSystem",
)  # fmt: skip


def _page(call: Call, rows: Iterable[Any]) -> tuple[list[Any], dict[str, str]]:
    """The asked page of rows that are given oldest first, and its headers."""
    limit, offset = call.integer("limit", 100, 1, 1000) or 100, call.integer("offset", 0, 0, 2**40) or 0
    direction = call.choice("sortDirection", "SortDirection", ("Asc", "Desc"), "Desc")
    everything = list(rows)
    if direction == "Desc":
        everything.reverse()
    headers = page_headers(limit, offset, len(everything))
    headers["Cache-Control"] = "no-store"
    return everything[offset : offset + limit], headers


def _answer(rows: list[dict[str, Any]], headers: dict[str, str]) -> Answer:
    answer = as_json(rows)
    answer.headers.update(headers)
    return answer


def _market_types(call: Call) -> list[str] | None:
    kinds = call.repeated.get("marketType")
    for kind in kinds or ():
        if kind not in MARKET_TYPES:
            raise unparsable_parameter("marketType", "MarketType", "Expect a valid enumeration value.")
    return kinds


def fills(call: Call) -> Answer:
    """Fills; `from` is inclusive and `to` exclusive, both in milliseconds."""
    symbol, order_id = call.params.get("symbol"), call.params.get("orderId")
    kind = call.choice("fillType", "FillType", FILL_TYPES)
    kinds = _market_types(call)
    begin, end = call.integer("from", None, -(2**62), 2**62), call.integer("to", None, -(2**62), 2**62)
    chosen = [
        one
        for one in call.account.fills
        if symbol in (None, one.order.market.symbol)
        and order_id in (None, str(one.order.id))
        and kind in (None, one.fill_type)
        and (kinds is None or one.order.market.row["marketType"] in kinds)
        and (begin is None or one.time_us // 1000 >= begin)
        and (end is None or one.time_us // 1000 < end)
    ]
    page, headers = _page(call, chosen)
    return _answer([wire.fill(one) for one in page], headers)


def orders(call: Call) -> Answer:
    symbol, order_id, kinds = call.params.get("symbol"), call.params.get("orderId"), _market_types(call)
    everything = sorted((*call.account.order_history, *call.account.open_orders.values()), key=lambda one: one.id)
    chosen = [
        one
        for one in everything
        if symbol in (None, one.market.symbol)
        and order_id in (None, str(one.id))
        and (kinds is None or one.market.row["marketType"] in kinds)
    ]
    page, headers = _page(call, chosen)
    return _answer([wire.past_order(one) for one in page], headers)


def funding(call: Call) -> Answer:
    symbol = call.params.get("symbol")
    page, headers = _page(call, [one for one in call.account.funding if symbol in (None, one.market.symbol)])
    return _answer([wire.funding(one, call.account) for one in page], headers)


def settlement(call: Call) -> Answer:
    source = call.choice("source", "SettlementSourceFilter", SETTLEMENT_SOURCES)
    page, headers = _page(call, [one for one in call.account.settlements if source in (None, one.source)])
    return _answer([wire.settlement(one, call.account) for one in page], headers)


def interest(call: Call) -> Answer:
    asset = call.params.get("asset") or call.params.get("symbol")
    call.choice("source", "InterestPaymentSource", ("UnrealizedPnl", "BorrowLend"))
    page, headers = _page(call, [one for one in call.account.interest_payments if asset in (None, one.asset)])
    rows = [
        {
            "interestRate": one.rate,
            "interval": 1,
            "marketSymbol": one.asset,
            "paymentType": one.payment,
            "positionId": wire.lend_position_id(one.asset),
            "quantity": shown(one.amount),
            "symbol": one.asset,
            "timestamp": wire.iso_seconds(one.time_us),
        }
        for one in page
    ]
    return _answer(rows, headers)


def borrow_lend(call: Call) -> Answer:
    kind, asset = call.params.get("type"), call.params.get("symbol")
    call.choice("type", "BorrowLendEventType", ("Borrow", "BorrowRepay", "Lend", "LendRedeem"))
    moved = [one for one in call.account.lend_movements if kind in (None, one.event) and asset in (None, one.asset)]
    page, headers = _page(call, moved)
    rows = [
        {
            "eventType": one.event,
            "positionId": wire.lend_position_id(one.asset),
            "positionQuantity": shown(one.position_amount),
            "quantity": shown(one.amount),
            "source": one.source,
            "spotMarginOrderId": None,
            "symbol": one.asset,
            "timestamp": wire.iso_seconds(one.time_us),
        }
        for one in page
    ]
    return _answer(rows, headers)


def positions(call: Call) -> Answer:
    """Positions of the past, and with them the open ones; without state both."""
    symbol, kinds = call.params.get("symbol"), _market_types(call)
    state = call.choice("state", "PositionState", ("Open", "Closed"))
    everything = [*call.account.closed_positions, *call.account.positions.values()]
    chosen = [
        one
        for one in everything
        if symbol in (None, one.market.symbol)
        and state in (None, "Closed" if one.closed_us else "Open")
        and (kinds is None or "PERP" in kinds)
    ]
    page, headers = _page(call, chosen)
    return _answer([wire.past_position(call.exchange.engine, call.account, one) for one in page], headers)


def lend_positions(call: Call) -> Answer:
    """What is lent or borrowed now (the simulator keeps no closed ones)."""
    asset = call.params.get("symbol")
    side = call.choice("side", "BorrowLendSide", ("Borrow", "Lend"))
    state = call.choice("state", "BorrowLendPositionState", ("Open", "Closed"))
    account = call.account
    rows = []
    for name, amounts, way in (("Lend", account.lent, 1), ("Borrow", account.borrowed, -1)):
        for own, amount in sorted(amounts.items()):
            if amount and asset in (None, own) and side in (None, name) and state != "Closed":
                rows.append(
                    {
                        "avgInterestRate": "0.05" if way < 0 else "0.0425",
                        "createdAt": wire.iso_seconds(call.exchange.clock.now_us()),
                        "cumulativeInterest": shown(account.interest.get(own, 0)),
                        "positionId": wire.lend_position_id(own),
                        "quantity": shown(amount),
                        "side": name,
                        "source": "AutoLend" if way > 0 else "SpotMargin",
                        "symbol": own,
                    }
                )
    page, headers = _page(call, rows)
    return _answer(page, headers)


def nothing(call: Call) -> Answer:
    """Histories of what the simulator does not do: there is never anything in them."""
    page, headers = _page(call, [])
    return _answer(page, headers)


def deposits(call: Call) -> Answer:
    """What was put into the account, as deposits of the administrator."""
    begin, end = call.integer("from", None, -(2**62), 2**62), call.integer("to", None, -(2**62), 2**62)
    call.boolean("excludePlatform")
    rows = [
        {
            "createdAt": wire.iso_ms(one.time_us),
            "fiatAmount": None,
            "fiatCurrency": None,
            "fromAddress": None,
            "id": number,
            "institutionBic": None,
            "platformMemo": None,
            "quantity": shown(one.amount),
            "source": "administrator",
            "status": "confirmed",
            "symbol": one.asset,
            "toAddress": None,
            "transactionHash": None,
        }
        for number, one in enumerate(call.account.deposit_rows, 1)
        if one.amount > 0
        and (begin is None or one.time_us // 1000 >= begin)
        and (end is None or one.time_us // 1000 < end)
    ]
    page, headers = _page(call, rows)
    return _answer(page, headers)


def withdrawals(call: Call) -> Answer:
    """What was taken out of the account, as withdrawals of the administrator."""
    begin, end = call.integer("from", None, -(2**62), 2**62), call.integer("to", None, -(2**62), 2**62)
    rows = [
        {
            "accountIdentifier": None,
            "bankIdentifier": None,
            "bankName": None,
            "blockchain": "Internal",
            "clientId": None,
            "createdAt": wire.iso_ms(one.time_us),
            "fee": "0",
            "fiatFee": None,
            "fiatState": None,
            "fiatSymbol": None,
            "id": number,
            "identifier": None,
            "isInternal": True,
            "providerId": None,
            "quantity": shown(-one.amount),
            "status": "confirmed",
            "subaccountId": None,
            "symbol": one.asset,
            "toAddress": "administrator",
            "transactionHash": None,
            "triggerAt": None,
        }
        for number, one in enumerate(call.account.deposit_rows, 1)
        if one.amount < 0
        and (begin is None or one.time_us // 1000 >= begin)
        and (end is None or one.time_us // 1000 < end)
    ]
    page, headers = _page(call, rows)
    return _answer(page, headers)


ROUTES: Routes = {
    ("GET", "/wapi/v1/history/fills"): Route(fills, "fillHistoryQueryAll"),
    ("GET", "/wapi/v1/history/orders"): Route(orders, "orderHistoryQueryAll"),
    ("GET", "/wapi/v1/history/funding"): Route(funding, "fundingHistoryQueryAll"),
    ("GET", "/wapi/v1/history/settlement"): Route(settlement, "settlementHistoryQueryAll"),
    ("GET", "/wapi/v1/history/interest"): Route(interest, "interestHistoryQueryAll"),
    ("GET", "/wapi/v1/history/borrowLend"): Route(borrow_lend, "borrowHistoryQueryAll"),
    ("GET", "/wapi/v1/history/borrowLend/positions"): Route(lend_positions, "borrowPositionHistoryQueryAll"),
    ("GET", "/wapi/v1/history/position"): Route(positions, "positionHistoryQueryAll"),
    ("GET", "/wapi/v1/history/dust"): Route(nothing, "dustHistoryQueryAll"),
    ("GET", "/wapi/v1/history/strategies"): Route(nothing, "strategyHistoryQueryAll"),
    ("GET", "/wapi/v1/capital/deposits"): Route(deposits, "depositQueryAll"),
    ("GET", "/wapi/v1/capital/withdrawals"): Route(withdrawals, "withdrawalQueryAll"),
}
