"""Each recorded REST body against the simulator's own answer to the same request on the same markets."""

import re
from pathlib import Path
from typing import Any

import pytest

from test.recordings.replay import Levels, backpack, bodies, recorded_rows
from test.recordings.shapes import masked, shape, unpadded

ORDER = {
    "symbol": "USDT_USDC",
    "side": "Ask",
    "orderType": "Limit",
    "price": "1.0077",
    "quantity": "20",
    "postOnly": True,
}
ORDER_VARIES = ("id", "createdAt")


def by_name(shared: Path, start: str) -> Any:
    return next(body for name, body in bodies(shared).items() if name.startswith(start))


async def test_si01_the_recorded_order_placed_again_gets_the_recorded_answers_throughout_its_life(shared: Path) -> None:
    async with backpack(shared, balances={"USDT": "30"}) as (_, client):
        nothing = await client.call("DELETE", "/api/v1/orders", {"symbol": "USDT_USDC"})
        assert nothing.json == by_name(shared, "DELETE /api/v1/orders") == []
        first = (await client.call("POST", "/api/v1/order", ORDER)).json
        await client.call("DELETE", "/api/v1/order", {"symbol": "USDT_USDC", "orderId": first["id"]})
        placed = (await client.call("POST", "/api/v1/order", ORDER)).json
        query = {"symbol": "USDT_USDC", "orderId": placed["id"]}
        answers = {
            "POST /api/v1/order": placed,
            "GET /api/v1/order?": (await client.call("GET", "/api/v1/order", **query)).json,
            "GET /api/v1/orders?": (await client.call("GET", "/api/v1/orders", symbol="USDT_USDC")).json,
            "DELETE /api/v1/order": (await client.call("DELETE", "/api/v1/order", query)).json,
        }
        history = await client.call("GET", "/wapi/v1/history/orders", limit=10, symbol="USDT_USDC")
    for name, answer in answers.items():
        recorded = by_name(shared, name)
        if isinstance(recorded, list):
            assert len(answer) == len(recorded) == 1
            answer, recorded = answer[0], recorded[0]
        assert masked(answer, *ORDER_VARIES) == masked(recorded, *ORDER_VARIES), name
    expected = by_name(shared, "GET /wapi/v1/history/orders")
    assert [masked(one, *ORDER_VARIES) for one in history.json] == [
        masked(one, *ORDER_VARIES) for one in expected["body"]
    ]
    assert [one["id"] for one in history.json] == [placed["id"], first["id"]]
    assert {name: history.headers[name] for name in expected["_headers"]} == expected["_headers"]


async def test_si01_the_recorded_account_shows_the_recorded_balances_collateral_and_emptiness(shared: Path) -> None:
    async with backpack(shared, balances={"USDT": "30"}) as (_, client):
        await client.call("PATCH", "/api/v1/account", {"leverageLimit": "1"})  # the recorded imf of 1 says so
        assert (await client.call("GET", "/api/v1/capital")).json == by_name(shared, "GET /api/v1/capital")
        collateral = (await client.call("GET", "/api/v1/capital/collateral")).json
        assert (await client.call("GET", "/api/v1/position")).json == by_name(shared, "GET /api/v1/position") == []
        fills = await client.call("GET", "/wapi/v1/history/fills", limit=10)
    recorded = by_name(shared, "GET /api/v1/capital/collateral")
    assert shape(collateral) == shape(recorded) and unpadded(collateral)
    assert collateral == recorded
    expected = by_name(shared, "GET /wapi/v1/history/fills")
    assert fills.json == expected["body"] == []
    assert {name: fills.headers[name] for name in expected["_headers"]} == expected["_headers"]


async def test_si01_markets_status_ping_and_time_are_answered_as_recorded(shared: Path) -> None:
    async with backpack(shared) as (_, client):
        everything = (await client.public("/api/v1/markets")).json
        for row in recorded_rows(shared):
            assert [list(one.items()) for one in everything if one["symbol"] == row["symbol"]] == [list(row.items())]
        assert (await client.public("/api/v1/status")).json == by_name(shared, "GET /api/v1/status")
        assert (await client.public("/api/v1/ping")).text == by_name(shared, "GET /api/v1/ping")
        time = await client.public("/api/v1/time")
    assert re.fullmatch(r"\d{13}", time.text) and re.fullmatch(r"\d{13}", by_name(shared, "GET /api/v1/time"))
    assert time.headers["Content-Type"].startswith("text/plain")


async def test_si01_the_recorded_book_is_shown_level_for_level_bids_ascending(shared: Path) -> None:
    recorded = by_name(shared, "GET /api/v1/depth")
    async with backpack(shared) as (running, client):
        levels = Levels(running)
        for side, name in (("Bid", "bids"), ("Ask", "asks")):
            for price, quantity in recorded[name]:
                levels.set("BTC_USDC_PERP", side, price, quantity)
        far = "86000", "87000"
        levels.set("BTC_USDC_PERP", "Bid", far[0], "1")
        levels.set("BTC_USDC_PERP", "Ask", far[1], "1")
        ours = (await client.public("/api/v1/depth", symbol="BTC_USDC_PERP", limit=5)).json
    assert masked(ours, "lastUpdateId", "timestamp") == masked(recorded, "lastUpdateId", "timestamp")


@pytest.mark.parametrize(
    ("name", "path", "params"),
    [
        ("GET /api/v1/ticker", "/api/v1/ticker", {"symbol": "SOL_USDC"}),
        ("GET /api/v1/markPrices", "/api/v1/markPrices", {}),
        ("GET /api/v1/openInterest", "/api/v1/openInterest", {}),
        ("GET /api/v1/fundingRates", "/api/v1/fundingRates", {"symbol": "BTC_USDC_PERP"}),
    ],
)
async def test_si01_statistics_have_the_recorded_keys_types_and_units(
    shared: Path, name: str, path: str, params: dict[str, str]
) -> None:
    async with backpack(shared) as (running, client):
        levels, buyer = Levels(running), running.exchange.trader("buyer", USDC="100000")
        levels.set("SOL_USDC", "Ask", "98.97", "5")
        levels.set("SOL_USDC", "Ask", "98.90", "5")
        running.exchange.order(buyer, "SOL_USDC", "Bid", "5")
        running.exchange.order(buyer, "SOL_USDC", "Bid", "1.50")
        running.exchange.perpetuals.pay_funding()
        ours = (await client.public(path, **params)).json
    recorded = by_name(shared, name)
    assert shape(ours) == shape(recorded)
    assert unpadded(ours) and unpadded(recorded)


async def test_si01_candles_full_and_empty_have_the_recorded_keys_types_and_units(shared: Path) -> None:
    async with backpack(shared) as (running, client):
        Levels(running).set("SOL_USDC", "Ask", "98.90", "5")
        running.exchange.order(running.exchange.trader("buyer", USDC="100000"), "SOL_USDC", "Bid", "0.44")
        now = int((await client.public("/api/v1/time")).text) // 1000
        query = {"symbol": "SOL_USDC", "interval": "1m"}
        full = (await client.public("/api/v1/klines", **query, startTime=now - 120)).json
        empty = (await client.public("/api/v1/klines", **query, startTime=60, endTime=120)).json
    recorded_full, recorded_empty = by_name(shared, "GET /api/v1/klines")
    traded = [one for one in full if one["open"] is not None]
    assert shape(traded[-1]) == shape(recorded_full) and unpadded(traded)
    assert shape(empty[0]) == shape(recorded_empty)
    assert {one["volume"] for one in empty} == {"0"}


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("/api/v1/markets", {}, "public, s-maxage=300, stale-while-revalidate=600"),
        ("/api/v1/ticker", {"symbol": "SOL_USDC"}, "s-maxage=20"),
        ("/api/v1/markPrices", {}, "s-maxage=1, stale-while-revalidate=3, stale-if-error=3600"),
        ("/api/v1/openInterest", {}, "s-maxage=5"),
        ("/api/v1/depth", {"symbol": "SOL_USDC"}, None),
        ("/api/v1/market", {"symbol": "SOL_USDC"}, None),
    ],
)
async def test_si01_answers_are_cached_as_long_as_the_exchanges_were_seen_to_be(
    shared: Path, path: str, params: dict[str, str], expected: str | None
) -> None:
    """The lifetimes that were read from the live exchange's headers; depth and market are never cached."""
    async with backpack(shared) as (running, client):
        Levels(running).set("SOL_USDC", "Ask", "98.90", "5")
        running.exchange.order(running.exchange.trader("buyer", USDC="100000"), "SOL_USDC", "Bid", "1")
        answer = await client.public(path, **params)
    assert answer.status == 200
    found = answer.headers.get("Cache-Control")
    assert found is None if expected is None else expected in found
