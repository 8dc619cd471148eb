"""The simulator's own output has the keys, types, casing and units of what was recorded from the live exchange."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack.simulator import LocalBackpack
from test.hummingbot_backpack.simulator.client import Client
from test.hummingbot_backpack.simulator.conftest import Open

DECIMAL = re.compile(r"-?\d+(\.\d+)?")
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?")


def shape(value: Any) -> Any:
    """Keys and kinds: what a number stands for (milliseconds, microseconds, a count) shows in its size."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    if isinstance(value, int):
        return "us" if value > 10**15 else "ms" if 10**12 < value < 10**14 else "int"
    if isinstance(value, str):
        if DECIMAL.fullmatch(value):
            return "decimal"
        return f"time {len(value)} {'T' in value}" if ISO.fullmatch(value) else "text"
    return type(value).__name__


def bodies(shared: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((shared / "backpack" / "captures" / "rest_recorded_bodies.json").read_text())
    return result


async def test_si01_public_bodies_have_the_recorded_shape(open_backpack: Open, shared: Path) -> None:
    _, client = await open_backpack(flow="calm")
    recorded = bodies(shared)

    async def ours(path: str, **params: Any) -> Any:
        answer = await client.public(path, **params)
        assert answer.status == 200
        return answer.json

    assert await ours("/api/v1/status") == recorded["GET /api/v1/status"]
    assert (await client.public("/api/v1/ping")).text == recorded["GET /api/v1/ping (text/plain)"]
    time = await client.public("/api/v1/time")
    assert re.fullmatch(r"\d{13}", time.text) and time.headers["Content-Type"].startswith("text/plain")
    rows = {row["symbol"]: row for row in await ours("/api/v1/markets")}
    for row in next(value for key, value in recorded.items() if key.startswith("GET /api/v1/markets")):
        if row["symbol"] in rows:
            assert rows[row["symbol"]] == row
    pairs = {
        "GET /api/v1/ticker?symbol=USDT_USDC": await ours("/api/v1/ticker", symbol="SOL_USDC"),
        "GET /api/v1/depth?symbol=BTC_USDC_PERP&limit=5": await ours("/api/v1/depth", symbol="BTC_USDC_PERP", limit=5),
        "GET /api/v1/markPrices (subset)": await ours("/api/v1/markPrices"),
        "GET /api/v1/openInterest (subset)": await ours("/api/v1/openInterest", symbol="SOL_USDC_PERP"),
        "GET /api/v1/fundingRates": await ours("/api/v1/fundingRates", symbol="BTC_USDC_PERP"),
    }
    for name, body in pairs.items():
        assert shape(body) == shape(recorded[name]), name
        assert _keys(body) == _keys(recorded[name]), name


def _keys(body: Any) -> list[str]:
    """Keys in their sequence on the wire."""
    one = body[0] if isinstance(body, list) else body
    return list(one)


async def test_si01_depth_bids_ascend_and_its_id_is_text(open_backpack: Open) -> None:
    _, client = await open_backpack(flow="calm")
    book = (await client.public("/api/v1/depth", symbol="SOL_USDC_PERP")).json
    bids, asks = [float(p) for p, _ in book["bids"]], [float(p) for p, _ in book["asks"]]
    assert bids == sorted(bids) and asks == sorted(asks) and bids[-1] < asks[0]
    assert isinstance(book["lastUpdateId"], str)


async def test_si01_candles_and_empty_candles_have_the_recorded_shape(open_backpack: Open, shared: Path) -> None:
    _, client = await open_backpack(flow="calm")
    now = int((await client.public("/api/v1/time")).text) // 1000
    full = (await client.public("/api/v1/klines", symbol="SOL_USDC", interval="1m", startTime=now - 600)).json
    empty = (await client.public("/api/v1/klines", symbol="SOL_USDC", interval="1m", startTime=1000, endTime=1060)).json
    recorded = bodies(shared)["GET /api/v1/klines"]
    assert [shape(full[0]), shape(empty[0])] == [shape(recorded[0]), shape(recorded[1])]
    assert _keys(full) == _keys(recorded)


async def test_si01_order_bodies_have_the_recorded_shape(open_backpack: Open, shared: Path) -> None:
    _, client = await open_backpack(balances={"USDC": "1000", "SOL": "30"})
    recorded = bodies(shared)
    placed = await client.order("SOL_USDC", "Ask", "20", "146.01", postOnly=True)
    order_id = placed.json["id"]
    answers = {
        "POST /api/v1/order": placed,
        "GET /api/v1/order?orderId=59669287267&symbol=USDT_USDC": await client.call(
            "GET", "/api/v1/order", symbol="SOL_USDC", orderId=order_id
        ),
        "GET /api/v1/orders?symbol=USDT_USDC": await client.call("GET", "/api/v1/orders", symbol="SOL_USDC"),
        "DELETE /api/v1/order": await client.call(
            "DELETE", "/api/v1/order", {"symbol": "SOL_USDC", "orderId": order_id}
        ),
        "DELETE /api/v1/orders (nothing open)": await client.call("DELETE", "/api/v1/orders", {"symbol": "SOL_USDC"}),
    }
    for name, answer in answers.items():
        assert answer.status == 200
        assert shape(answer.json) == shape(recorded[name]), name
        if recorded[name]:
            assert _keys(answer.json) == _keys(recorded[name]), name
    history = await client.call("GET", "/wapi/v1/history/orders", limit=10, symbol="SOL_USDC")
    expected = recorded["GET /wapi/v1/history/orders?limit=10&symbol=USDT_USDC"]
    assert shape(history.json) == shape(expected["body"])
    assert _keys(history.json) == _keys(expected["body"])
    for header, value in expected["_headers"].items():
        assert history.headers[header] == ("1" if header == "X-Total" else value)


async def test_si01_account_bodies_have_the_recorded_shape(open_backpack: Open, shared: Path) -> None:
    _, client = await open_backpack(balances={"USDC": "30"})
    recorded = bodies(shared)
    capital = await client.call("GET", "/api/v1/capital")
    assert shape(list(capital.json.values())) == shape(list(recorded["GET /api/v1/capital"].values()))
    collateral = (await client.call("GET", "/api/v1/capital/collateral")).json
    assert shape(collateral) == shape(recorded["GET /api/v1/capital/collateral"])
    assert _keys(collateral) == _keys(recorded["GET /api/v1/capital/collateral"])
    assert (await client.call("GET", "/api/v1/position")).json == recorded["GET /api/v1/position (none)"]
    fills = await client.call("GET", "/wapi/v1/history/fills", limit=10)
    expected = recorded["GET /wapi/v1/history/fills (none)"]
    assert fills.json == expected["body"]
    assert {name: fills.headers[name] for name in expected["_headers"]} == expected["_headers"]


def frames_of(shared: Path) -> dict[str, list[dict[str, Any]]]:
    """Recorded frames by kind of stream."""
    result: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((shared / "backpack" / "captures").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            frame = json.loads(line) if line.endswith("}") else {}
            if "stream" in frame:
                result.setdefault(frame["data"]["e"], []).append(frame)
    return result


async def collect(client: Client, names: list[str], kinds: set[str], sign: bool = False) -> dict[str, dict[str, Any]]:
    """One frame of each kind."""
    socket = await client.stream(*names, sign=sign)
    seen: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(30):
        while kinds - set(seen):
            frame = json.loads((await socket.receive()).data)
            data = frame["data"]
            if data["e"] != "depth" or (data["a"] and data["b"]) or data["U"] == data["u"]:
                seen.setdefault(data["e"], frame)
    await socket.close()
    return seen


async def test_si01_public_frames_have_the_recorded_shape(open_backpack: Open, shared: Path) -> None:
    _, client = await open_backpack(flow="calm")
    kinds = {"depth", "bookTicker", "trade", "ticker", "markPrice"}
    seen = await collect(client, [f"{kind}.SOL_USDC_PERP" for kind in kinds], kinds)
    recorded = frames_of(shared)
    for kind in kinds:
        assert list(seen[kind]) == ["data", "stream"]
        assert list(seen[kind]["data"]) == list(recorded[kind][0]["data"]), kind
        expected, ours = shape(recorded[kind][0]["data"]), shape(seen[kind]["data"])
        for side in ("a", "b"):
            if kind == "depth" and not (ours[side] and expected[side]):
                ours[side] = expected[side] = []
        assert ours == expected, kind
    price = seen["bookTicker"]["data"]["a"]
    assert len(price.partition(".")[2]) == 2


async def test_si01_private_frames_have_the_recorded_shape(open_backpack: Open, shared: Path) -> None:
    backpack, client = await open_backpack(balances={"USDC": "10000", "SOL": "30"})
    lines = (shared / "backpack" / "captures" / "bbgo_private_2026-09-02.jsonl").read_text().splitlines()
    expected = [json.loads(line) for line in lines]
    socket = await client.stream("account.orderUpdate", "account.balanceUpdate", sign=True)
    await until_listening(backpack, 2)
    placed = await client.order("SOL_USDC", "Ask", "20", "146.01", postOnly=True)
    await client.call("DELETE", "/api/v1/order", {"symbol": "SOL_USDC", "orderId": placed.json["id"]})
    async with asyncio.timeout(10):
        ours = [json.loads((await socket.receive()).data) for _ in expected]
    for one, other in zip(ours, expected, strict=True):
        assert one["stream"] == other["stream"]
        assert list(one["data"]) == list(other["data"])
        assert shape(one["data"]) == shape(other["data"])
    assert (ours[0]["data"]["Q"], ours[0]["data"]["p"], ours[0]["data"]["q"]) == ("2920.2000", "146.01", "20")
    assert [ours[1]["data"][key] for key in "AL"] == ["10", "20"]
    await socket.close()


async def until_listening(backpack: LocalBackpack, topics: int) -> None:
    async with asyncio.timeout(10):
        while len(backpack.hub.topics) < topics:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"method":"SUBSCRIBE","params":["nonsense.SOL_USDC"]}', 4006),
        ("not json", 4002),
        ('{"method":"LISTEN","params":[]}', 4002),
        ('{"method":"SUBSCRIBE","params":["depth.300ms.SOL_USDC"]}', 4008),
        ('{"method":"SUBSCRIBE","params":["account.orderUpdate"]}', 4003),
    ],
)
async def test_si01_refused_subscriptions_get_the_recorded_errors(open_backpack: Open, text: str, code: int) -> None:
    _, client = await open_backpack()
    socket = await client.stream()
    await socket.send_str(text)
    async with asyncio.timeout(10):
        frame = json.loads((await socket.receive()).data)
    assert list(frame) == ["id", "error"] and frame["id"] is None
    assert frame["error"]["code"] == code
    await socket.close()
