from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_depth import DepthSynchroniser
from hummingbot.connector.exchange.backpack.backpack_frames import parse_frame
from hummingbot.connector.exchange.backpack.backpack_markets import Markets, refusal
from hummingbot.core.data_type.common import OrderType

from test.hummingbot.connector.exchange.backpack.recorded import frames, json_file

D = Decimal
PUBLIC = "bbgo_public_SOL_USDC_2026-09-02_first1.5s.jsonl"
ALL = (
    PUBLIC,
    "bbgo_private_2026-09-02.jsonl",
    "btc_perp_public_frames_2026-09_10.jsonl",
    "legacy_depth200ms_trade_2025-01.jsonl",
    "ws_errors_2026-09-23.jsonl",
)
KIND = {
    "depth": parsing.DepthDiff,
    "bookTicker": parsing.BookTicker,
    "trade": parsing.PublicTrade,
    "markPrice": parsing.MarkPrice,
    "ticker": parsing.Ignored,
    "orderAccepted": parsing.OrderEvent,
    "orderCancelled": parsing.OrderEvent,
    "balanceUpdate": parsing.BalanceEvent,
}


@pytest.mark.parametrize("name", ALL)
def test_every_recorded_frame_is_understood(name: str) -> None:
    for frame in frames(name):
        expected = parsing.StreamError if "error" in frame else KIND[frame["data"]["e"]]
        assert type(parse_frame(frame)) is expected


def test_md01_recorded_depth_replays_without_a_gap() -> None:
    parsed = [parse_frame(frame) for frame in frames(PUBLIC)]
    diffs = [frame for frame in parsed if isinstance(frame, parsing.DepthDiff)]
    assert len(diffs) == 71
    book = DepthSynchroniser()
    book.on_diff(diffs[0])
    assert book.on_snapshot(parsing.DepthSnapshot(diffs[0].first_id - 1, [], [])) is not None
    for diff in diffs[1:]:
        step = book.on_diff(diff)
        assert step.diffs == [diff]
        assert not step.lost


def test_recorded_private_frames_say_what_happened() -> None:
    accepted, locked, cancelled, freed = map(parse_frame, frames("bbgo_private_2026-09-02.jsonl"))
    assert isinstance(accepted, parsing.OrderEvent) and isinstance(cancelled, parsing.OrderEvent)
    assert (accepted.kind, accepted.order.status, accepted.order.price) == ("orderAccepted", "New", D("1.0076"))
    assert accepted.fill is None
    assert accepted.order.time == 1788368290.062979
    assert cancelled.order.status == "Cancelled"
    assert locked == parsing.BalanceEvent("USDT", D(10), D(20), D(0))
    assert freed == parsing.BalanceEvent("USDT", D(30), D(0), D(0))


def test_recorded_rest_bodies_are_understood() -> None:
    bodies = json_file("backpack", "captures", "rest_recorded_bodies.json")
    rows = next(body for name, body in bodies.items() if name.startswith("GET /api/v1/markets"))
    spot, perpetual = Markets(rows, "SPOT"), Markets(rows, "PERP")
    assert not spot.unreadable and not perpetual.unreadable
    assert len(spot) + len(perpetual) == len(rows)
    assert spot.pair_of("SOL_USDC") == "SOL-USDC"
    order = parsing.order_record(bodies["POST /api/v1/order"])
    assert (order.exchange_order_id, order.executed, order.client_id) == ("59669287267", D(0), None)
    history = parsing.order_record(bodies["GET /wapi/v1/history/orders?limit=10&symbol=USDT_USDC"]["body"][0])
    assert history.status == "Cancelled"
    assert abs(history.time - order.time) < 0.001
    assert parsing.capital(bodies["GET /api/v1/capital"]) == [parsing.BalanceEvent("USDT", D(30), D(0), D(0))]
    depth = parsing.depth_snapshot(bodies["GET /api/v1/depth?symbol=BTC_USDC_PERP&limit=5"])
    assert depth.last_id == 6904864764
    for row in bodies["GET /api/v1/markPrices (subset)"]:
        assert parsing.mark_price(row).next_funding_time == row["nextFundingTimestamp"] // 1000


FILL = {
    "E": 1754939110175879, "L": "4299.16", "N": "ETH", "O": "USER", "Q": "4.30", "S": "Bid", "T": 1754939110174705,
    "V": "RejectTaker", "X": "Filled", "Z": "4.299160", "e": "orderFill", "f": "GTC", "i": "5406825793",
    "l": "0.0010", "m": False, "n": "0.000001", "o": "MARKET", "q": "0.0010", "r": False, "s": "ETH_USDC",
    "t": 2888471, "z": "0.0010",
}  # fmt: skip


def test_fi04_fill_keeps_fee_and_asset_as_charged() -> None:
    event = parse_frame({"data": FILL, "stream": "account.orderUpdate"})
    assert isinstance(event, parsing.OrderEvent) and event.fill is not None
    assert (event.fill.fee, event.fill.fee_asset, event.fill.trade_id) == (D("0.000001"), "ETH", "2888471")
    assert event.fill.origin is None
    rest = parsing.history_fill(
        {
            "clientId": "42",
            "fee": "0.000001",
            "feeSymbol": "ETH",
            "isMaker": False,
            "orderId": "5406825793",
            "price": "4299.16",
            "quantity": "0.001",
            "side": "Bid",
            "symbol": "ETH_USDC",
            "systemOrderType": None,
            "timestamp": "2025-08-11T19:05:10.174",
            "tradeId": 2888471,
        }
    )
    assert rest.trade_id == event.fill.trade_id
    assert rest.client_id == 42
    assert abs(rest.time - event.fill.time) < 0.001


def test_po02_entry_is_B_and_net_quantity_is_q_with_or_without_an_event() -> None:
    data = {
        "B": "4236.36", "E": 1, "M": "4235.88650933", "P": "-0.000473", "Q": "0.0030", "T": 1, "b": "4238.479",
        "f": "0.02", "i": 5411399049, "l": "0", "m": "0.0125", "n": "4.2", "p": "0", "q": "-0.0010",
        "s": "ETH_USDC_PERP",
    }  # fmt: skip
    for payload in (data, {**data, "e": "positionOpened"}):
        position = parse_frame({"data": payload, "stream": "account.positionUpdate"})
        assert isinstance(position, parsing.PositionRecord)
        assert (position.quantity, position.entry) == (D("-0.0010"), D("4236.36"))


def test_md07_a_stream_name_is_never_taken_apart() -> None:
    frame = {"data": {**FILL, "s": "AAPL.US_USDC_PERP"}, "stream": "account.orderUpdate.AAPL.US_USDC_PERP"}
    event = parse_frame(frame)
    assert isinstance(event, parsing.OrderEvent)
    assert event.order.symbol == "AAPL.US_USDC_PERP"


@pytest.mark.parametrize("missing", ["i", "s", "X", "z", "l", "L", "t"])
def test_d5_a_missing_field_is_no_default(missing: str) -> None:
    data = {key: value for key, value in FILL.items() if key != missing}
    with pytest.raises(parsing.UnreadablePayload):
        parse_frame({"data": data, "stream": "account.orderUpdate"})


@pytest.mark.parametrize("frame", [None, [], "pong", {}, {"stream": "x"}, {"error": None}, {"data": 3, "stream": 4}])
def test_an_alien_frame_is_unreadable_and_nothing_else(frame: Any) -> None:
    with pytest.raises(parsing.UnreadablePayload):
        parse_frame(frame)


def row(symbol: str, base: str, kind: str = "PERP", state: str = "Open") -> dict[str, Any]:
    return {
        "symbol": symbol, "baseSymbol": base, "quoteSymbol": "USDC", "marketType": kind, "orderBookState": state,
        "filters": {
            "price": {"tickSize": "0.01", "minPrice": "0.01", "maxPrice": None, "maxMultiplier": "1.1"},
            "quantity": {"stepSize": "0.1", "minQuantity": "0.1", "maxQuantity": "50"},
        },
        "imfFunction": {"base": "0.02", "factor": "0", "type": "sqrt"} if kind == "PERP" else None,
    }  # fmt: skip


def test_md10_symbols_map_through_the_market_list() -> None:
    rows = [row("kPEPE_USDC_PERP", "kPEPE"), row("AAPL.US_USDC_PERP", "AAPL.US"), row("AAPL.US_USDC_RFQ", "X", "RFQ")]
    markets = Markets(rows, "PERP")
    assert dict(markets.symbol_map()) == {"kPEPE_USDC_PERP": "KPEPE-USDC", "AAPL.US_USDC_PERP": "AAPL.US-USDC"}


def test_md10_of_two_names_alike_the_open_market_wins() -> None:
    rows = [row("kX_USDC_PERP", "kX", state="Closed"), row("KX_USDC_PERP", "KX"), row("Kx_USDC_PERP", "Kx")]
    assert dict(Markets(rows, "PERP").symbol_map()) == {"KX_USDC_PERP": "KX-USDC"}


def test_md10_one_unreadable_market_leaves_the_others() -> None:
    broken = row("B_USDC_PERP", "B")
    del broken["filters"]["price"]["tickSize"]
    markets = Markets([broken, row("C_USDC_PERP", "C")], "PERP")
    assert len(markets) == 1
    assert "B_USDC_PERP" in markets.unreadable[0]


@pytest.mark.parametrize(
    ("state", "order_type", "amount", "refused"),
    [
        ("Open", OrderType.MARKET, "1", False),
        ("Open", OrderType.LIMIT, "51", True),
        ("LimitOnly", OrderType.MARKET, "1", True),
        ("LimitOnly", OrderType.LIMIT, "1", False),
        ("PostOnly", OrderType.LIMIT, "1", True),
        ("PostOnly", OrderType.LIMIT_MAKER, "1", False),
        ("CancelOnly", OrderType.LIMIT_MAKER, "1", True),
        ("Closed", OrderType.LIMIT_MAKER, "1", True),
    ],
)
def test_md10_orders_that_a_market_does_not_take_are_refused_with_the_reason(
    state: str, order_type: OrderType, amount: str, refused: bool
) -> None:
    market = Markets([row("A_USDC_PERP", "A", state=state)], "PERP").get("A-USDC")
    assert market is not None
    reason = refusal(market, order_type, D(amount))
    assert (reason is not None) is refused
    assert reason is None or "A-USDC" in reason


def test_md10_rules_carry_the_filters() -> None:
    (rule,) = Markets([row("A_USDC_PERP", "A", state="PostOnly")], "PERP").trading_rules()
    assert (rule.min_order_size, rule.max_order_size) == (D("0.1"), D("50"))
    assert (rule.min_price_increment, rule.min_base_amount_increment) == (D("0.01"), D("0.1"))
    assert not rule.supports_market_orders
