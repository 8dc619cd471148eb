"""Orders over REST: batches, look-ups, the speed bump, paging, errors."""

import asyncio
from typing import Any

import pytest

from test.hummingbot_backpack.simulator.conftest import Open

PERP = "SOL_USDC_PERP"


def limit(side: str, price: str, quantity: str = "0.1", **more: Any) -> dict[str, Any]:
    body = {"symbol": PERP, "side": side, "orderType": "Limit", "price": price, "quantity": quantity}
    return {**body, "postOnly": True, **more}


async def test_or08_each_item_of_a_batch_succeeds_or_fails_alone(open_backpack: Open) -> None:
    _, client = await open_backpack()
    batch = [
        limit("Bid", "144", clientId=1),
        limit("Bid", "144.005"),
        limit("Ask", "146", "100000"),
        limit("Ask", "146"),
    ]
    answer = await client.call("POST", "/api/v1/orders", batch)
    assert answer.status == 200
    assert [one["operation"] for one in answer.json] == ["Ok", "Err", "Err", "Ok"]
    assert answer.json[0]["clientId"] == 1
    assert answer.json[1] == {
        "operation": "Err",
        "code": "INVALID_CLIENT_REQUEST",
        "message": "Price decimal too long",
    }
    assert answer.json[2]["code"] == "INSUFFICIENT_MARGIN"


async def test_or05_a_filled_order_is_404_and_in_the_history(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    maker = backpack.exchange.trader("maker")
    backpack.exchange.order(maker, PERP, "Ask", "1", "145")
    filled = await client.order(PERP, "Bid", "1", "145", clientId=77)
    assert (filled.json["status"], filled.json["executedQuantity"], filled.json["executedQuoteQuantity"]) == (
        "Filled",
        "1",
        "145",
    )
    missing = await client.call("GET", "/api/v1/order", symbol=PERP, clientId=77)
    assert (missing.status, missing.json) == (404, {"code": "RESOURCE_NOT_FOUND", "message": "Not Found"})
    history = (await client.call("GET", "/wapi/v1/history/orders", symbol=PERP)).json
    assert [(row["clientId"], row["status"], row["executedQuantity"]) for row in history] == [(77, "Filled", "1")]
    fill = (await client.call("GET", "/wapi/v1/history/fills", symbol=PERP, fillType="User")).json[0]
    assert (fill["clientId"], fill["isMaker"], fill["fee"], fill["feeSymbol"]) == ("77", False, "0.0725", "USDC")


async def test_fi04_a_spot_buys_fee_is_in_base_and_a_sells_in_quote(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    maker = backpack.exchange.trader("maker")
    backpack.exchange.order(maker, "SOL_USDC", "Ask", "1", "145")
    backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", "144")
    await client.order("SOL_USDC", "Bid", "1")
    await client.order("SOL_USDC", "Ask", "0.5")
    sell, buy = (await client.call("GET", "/wapi/v1/history/fills")).json
    assert (buy["fee"], buy["feeSymbol"], sell["fee"], sell["feeSymbol"]) == ("0.001", "SOL", "0.072", "USDC")


async def test_or06_cancelling_what_is_not_there_is_not_found_or_as_set(open_backpack: Open) -> None:
    for setting, expected in (
        ("not_found", (404, "RESOURCE_NOT_FOUND", "Not Found")),
        ("order_not_found", (400, "INVALID_CLIENT_REQUEST", "Order not found")),
    ):
        _, client = await open_backpack(cancel_missing=setting)
        answer = await client.call("DELETE", "/api/v1/order", {"symbol": PERP, "orderId": "1"})
        assert (answer.status, answer.json["code"], answer.json["message"]) == expected


async def test_si02_a_taker_waits_at_the_exchange_and_a_cancel_sent_later_beats_it(open_backpack: Open) -> None:
    backpack, client = await open_backpack(virtual_clock=True)
    client.now_ms = lambda: backpack.exchange.clock.now_us() // 1000
    maker = backpack.exchange.trader("maker")
    resting = backpack.exchange.order(maker, PERP, "Ask", "1", "145")
    taker = asyncio.create_task(client.order(PERP, "Bid", "1", "145"))
    clock: Any = backpack.exchange.clock
    async with asyncio.timeout(10):
        while not clock._timers:
            await asyncio.sleep(0.001)
    await backpack.advance(0.09)
    assert not taker.done()
    backpack.exchange.engine.cancel(maker, resting)
    await backpack.advance(0.02)
    answer = await taker
    assert (answer.json["status"], answer.json["executedQuantity"]) == ("New", "0")


async def test_si01_histories_are_paged_newest_first_with_the_page_in_the_headers(open_backpack: Open) -> None:
    _, client = await open_backpack()
    await client.call("POST", "/api/v1/orders", [limit("Bid", f"14{n}", clientId=n) for n in range(5)])
    await client.call("DELETE", "/api/v1/orders", {"symbol": PERP})
    page = await client.call("GET", "/wapi/v1/history/orders", limit=2, offset=2)
    assert [row["clientId"] for row in page.json] == [2, 1]
    headers = [page.headers[f"X-{name}"] for name in ("Page-Count", "Current-Page", "Page-Size", "Total")]
    assert headers == ["3", "2", "2", "5"]
    oldest = await client.call("GET", "/wapi/v1/history/orders", limit=1, sortDirection="Asc")
    assert oldest.json[0]["clientId"] == 0


async def test_rl01_the_2001st_request_of_a_minute_is_429_and_historical_ones_are_30(open_backpack: Open) -> None:
    _, client = await open_backpack(rate_limit=20, historical_limit=3)
    answers = [(await client.call("GET", "/api/v1/account")).status for _ in range(21)]
    assert answers == [200] * 20 + [429]
    candles = [
        (
            await client.public(
                "/api/v1/klines", symbol="SOL_USDC", interval="1m", startTime=1_790_000_000, endTime=1_790_000_060
            )
        ).status
        for _ in range(4)
    ]
    assert candles == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("method", "path", "params", "status", "text"),
    [
        ("GET", "/api/v1/fills", {}, 404, "not found"),
        ("GET", "/api/v1/positions", {}, 404, "not found"),
        ("GET", "/api/v1/funding_payments", {}, 404, "not found"),
        ("GET", "/api/v1/funding", {}, 404, "not found"),
        (
            "GET",
            "/api/v1/depth",
            {"symbol": "SOL_USDC", "limit": "7"},
            400,
            'failed to parse parameter `limit`: failed to parse "DepthLimit": Expect a valid enumeration value.',
        ),
    ],
)
async def test_si01_what_does_not_exist_or_parse_gets_the_exchanges_plain_text(
    open_backpack: Open, method: str, path: str, params: dict[str, str], status: int, text: str
) -> None:
    _, client = await open_backpack()
    answer = await client.public(path, method, **params)
    assert (answer.status, answer.text) == (status, text)
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_si01_public_refusals_are_the_recorded_ones(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    unknown = await client.public("/api/v1/depth", symbol="NO_SUCH")
    assert (unknown.status, unknown.json) == (
        400,
        {"code": "INVALID_CLIENT_REQUEST", "message": "Invalid market symbol"},
    )
    marks = await client.public("/api/v1/markPrices", symbol="NO_SUCH")
    assert (marks.status, marks.json["message"]) == (400, "Symbol not found")
    backpack.faults.set("market_state", symbol="SOL_USDC", value="Closed")
    closed = await client.public("/api/v1/depth", symbol="SOL_USDC")
    assert (closed.status, closed.json) == (404, {"code": "RESOURCE_NOT_FOUND", "message": "Not Found"})
    assert (await client.public("/api/v1/ticker", symbol="SOL_USDC_PERP")).status == 204


BAD_ORDERS = [
    None,
    [],
    "text",
    {},
    {"symbol": "NO_SUCH", "side": "Bid", "orderType": "Limit"},
    limit("Buy", "144"),
    limit("Bid", "1e2"),
    limit("Bid", "-1"),
    limit("Bid", "0"),
    limit("Bid", "144", "0.001"),
    limit("Bid", "9" * 60),
    limit("Bid", "144", "9" * 25),
    limit("Bid", "144", clientId=2**32),
    limit("Bid", "144", clientId="7"),
    limit("Bid", "144", quantity=0.1),
    limit("Bid", "144", postOnly="true"),
    limit("Bid", "144", timeInForce="GTX"),
    limit("Bid", "144", triggerPrice="140"),
    limit("Bid", "144", triggerPrice="140", triggerQuantity="101%"),
    {"symbol": PERP, "side": "Bid", "orderType": "Market", "quantity": "1", "quoteQuantity": "1"},
    {"symbol": PERP, "side": "Bid", "orderType": "Market", "quantity": None},
]


async def test_si01_bad_orders_are_refused_and_nothing_breaks(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    for body in BAD_ORDERS:
        if isinstance(body, dict):
            answer = await client.call("POST", "/api/v1/order", body)
        else:
            headers = client.headers("orderExecute", [{}])
            async with client._session.post(client.url + "/api/v1/order", json=body, headers=headers) as raw:
                assert raw.status == 400
            continue
        assert answer.status == 400, (body, answer.text)
    assert (await client.order(PERP, "Bid", "0.1", "144", postOnly=True)).status == 200
    assert len(backpack.ledger(client.public_key)["open_orders"]) == 1


async def test_si01_a_huge_batch_and_malformed_json_are_refused(open_backpack: Open) -> None:
    _, client = await open_backpack()
    batch = [limit("Bid", "144") for _ in range(51)]
    assert (await client.call("POST", "/api/v1/orders", batch)).status == 400
    for data in (b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5_000_000):
        headers = client.headers("orderExecute", [{}])
        async with client._session.post(client.url + "/api/v1/orders", data=data, headers=headers) as answer:
            assert answer.status in (400, 413)
    assert (await client.public("/api/v1/ping")).text == "pong"
