"""Each recorded frame of the streams, replayed: what it tells is made to happen; our frame must be the same text."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hummingbot_backpack.simulator import LocalBackpack
from test.recordings.replay import Frame, Levels, backpack, frames
from test.recordings.shapes import masked, unpadded

SOL = "bbgo_public_SOL_USDC_2026-09-02_first1.5s.jsonl"
BTC = "btc_perp_public_frames_2026-09_10.jsonl"
LEGACY = "legacy_depth200ms_trade_2025-01.jsonl"
PRIVATE = "bbgo_private_2026-09-02.jsonl"
VARIES = ("E", "T", "U", "u")


async def listening(running: LocalBackpack, topics: int) -> None:
    async with asyncio.timeout(10):
        while len(running.hub.topics) < topics:
            await asyncio.sleep(0.002)


async def next_of(socket: aiohttp.ClientWebSocketResponse, stream: str) -> Frame:
    """The next frame of a stream; others are passed over."""
    async with asyncio.timeout(10):
        while True:
            frame: Frame = json.loads((await socket.receive()).data)
            if frame.get("stream") == stream:
                assert list(frame) == ["data", "stream"]
                return frame


def of_kind(shared: Path, file: str, kind: str) -> list[Frame]:
    return [one for one in frames(shared, file) if one.get("stream", "").split(".")[0] == kind]


async def test_si01_the_recorded_second_of_depth_comes_out_as_it_went_in(shared: Path) -> None:
    """Levels, deletions and padding of 70 realtime frames, text for text; ids go up by one and U is u."""
    recorded = of_kind(shared, SOL, "depth")
    assert len(recorded) >= 60
    async with backpack(shared) as (running, client):
        levels = Levels(running)
        levels.set("SOL_USDC", "Bid", "90.00", "1000")
        levels.set("SOL_USDC", "Ask", "110.00", "1000")
        for frame in recorded:  # a level that the capture deletes must have been there
            for side, name in (("Bid", "b"), ("Ask", "a")):
                for price, quantity in frame["data"][name]:
                    if not float(quantity):
                        levels.set("SOL_USDC", side, price, "1.00")
        socket = await client.stream("depth.SOL_USDC")
        await listening(running, 1)
        before = None
        for frame in recorded:
            changes = [(side, *level) for side, name in (("Bid", "b"), ("Ask", "a")) for level in frame["data"][name]]
            assert len(changes) == 1
            side, price, quantity = changes[0]
            levels.set("SOL_USDC", side, price, quantity)
            data = (await next_of(socket, "depth.SOL_USDC"))["data"]
            assert masked(data, *VARIES) == masked(frame["data"], *VARIES)
            assert data["U"] == data["u"] and before in (None, data["u"] - 1)
            before = data["u"]


async def test_si01_the_recorded_touch_comes_out_as_it_went_in_with_the_update_id_of_depth(shared: Path) -> None:
    recorded = [*of_kind(shared, SOL, "bookTicker"), *of_kind(shared, BTC, "bookTicker")]
    assert len(recorded) >= 20
    async with backpack(shared) as (running, client):
        symbols = ("SOL_USDC", "BTC_USDC_PERP")
        socket = await client.stream(*(f"{kind}.{symbol}" for symbol in symbols for kind in ("bookTicker", "depth")))
        await listening(running, 4)
        for frame in recorded:
            data, levels = frame["data"], Levels(running)
            symbol = data["s"]
            running.exchange.engine.markets[symbol].touch = (None, None)
            levels.set(symbol, "Bid", data["b"], data["B"])
            levels.set(symbol, "Ask", data["a"], data["A"])
            while True:
                ours = (await next_of(socket, f"bookTicker.{symbol}"))["data"]
                if ours["a"] is not None and ours["b"] is not None:
                    break
            depth = (await next_of(socket, f"depth.{symbol}"))["data"]
            assert masked(ours, *VARIES) == masked(data, *VARIES)
            assert ours["u"] == depth["u"]
            levels.set(symbol, "Bid", data["b"], "0")
            levels.set(symbol, "Ask", data["a"], "0")


@pytest.mark.parametrize("file", [BTC, LEGACY])
async def test_si01_recorded_aggregated_depth_comes_out_ascending_on_both_sides(shared: Path, file: str) -> None:
    recorded = [one for one in of_kind(shared, file, "depth") if "200ms" in one["stream"]]
    assert recorded
    async with backpack(shared, prices={"SOL": "216"} if file == LEGACY else {}) as (running, client):
        for frame in recorded:
            data, symbol = frame["data"], frame["data"]["s"]
            levels = Levels(running)
            for price, quantity in data["b"]:
                if not float(quantity):
                    levels.set(symbol, "Bid", price, "1")
            running.hub.send_aggregates("200ms")
            socket = await client.stream(frame["stream"])
            await listening(running, 1)
            for side, name in (("Ask", "a"), ("Bid", "b")):
                for price, quantity in reversed(data[name]):
                    levels.set(symbol, side, price, quantity)
            ours = (await next_of(socket, frame["stream"]))["data"]
            assert masked(ours, *VARIES) == masked(data, *VARIES)
            assert data["U"] < data["u"] and ours["U"] < ours["u"]
            await socket.close()
            for side, name in (("Ask", "a"), ("Bid", "b")):
                for price, _ in data[name]:
                    levels.set(symbol, side, price, "0")
            async with asyncio.timeout(10):
                while running.hub.topics:
                    await asyncio.sleep(0.002)


async def test_si01_recorded_single_levels_of_other_markets_keep_their_padding(shared: Path) -> None:
    recorded = [one for one in of_kind(shared, BTC, "depth") if "ms." not in one["stream"]]
    assert {one["data"]["s"] for one in recorded} >= {"BTC_USDC_PERP", "AAPL.US_USDC_PERP"}
    async with backpack(shared) as (running, client):
        levels = Levels(running)
        for frame in recorded:
            symbol, (price, quantity) = frame["data"]["s"], frame["data"]["b"][0]
            if not float(quantity):
                levels.set(symbol, "Bid", price, "1")
            socket = await client.stream(frame["stream"])
            await listening(running, 1)
            levels.set(symbol, "Bid", price, quantity)
            ours = (await next_of(socket, frame["stream"]))["data"]
            assert masked(ours, *VARIES) == masked(frame["data"], *VARIES)
            await socket.close()
            async with asyncio.timeout(10):
                while running.hub.topics:
                    await asyncio.sleep(0.002)


@pytest.mark.parametrize("file", [BTC, LEGACY])
async def test_si01_recorded_trades_come_out_as_they_went_in(shared: Path, file: str) -> None:
    recorded = of_kind(shared, file, "trade")
    assert recorded
    async with backpack(shared, prices={"SOL": "216"} if file == LEGACY else {}) as (running, client):
        for frame in recorded:
            data, symbol = frame["data"], frame["data"]["s"]
            socket = await client.stream(frame["stream"])
            await listening(running, 1)
            maker, taker = ("Bid", "Ask") if data["m"] else ("Ask", "Bid")
            Levels(running).set(symbol, maker, data["p"], "1")
            person = running.exchange.trader("taker", USDC="1000000", SOL="1000")
            running.exchange.order(person, symbol, taker, data["q"], data["p"])
            ours = (await next_of(socket, frame["stream"]))["data"]
            assert masked(ours, "E", "T", "a", "b", "t") == masked(data, "E", "T", "a", "b", "t")
            assert ours["T"] % 1000 == 0
            await socket.close()


async def test_si01_recorded_marks_and_statistics_have_the_same_keys_units_and_padding(shared: Path) -> None:
    marks = [*of_kind(shared, BTC, "markPrice"), *of_kind(shared, SOL, "markPrice")]
    tickers = [*of_kind(shared, BTC, "ticker"), *of_kind(shared, SOL, "ticker")]
    assert len(marks) >= 4 and len(tickers) >= 2
    async with backpack(shared) as (running, client):
        for frame in marks:
            data = frame["data"]
            running.exchange.engine.set_index(data["s"].split("_")[0], round(float(data["i"]) * 10**8) * 10**4)
            running.exchange.set_mark(data["s"], data["p"])
            socket = await client.stream(frame["stream"])
            ours = (await next_of(socket, frame["stream"]))["data"]
            assert masked(ours, "E", "T", "f", "n") == masked(data, "E", "T", "f", "n")
            assert ours["n"] % 3_600_000 == data["n"] % 3_600_000 == 0 and unpadded(ours["f"])
            await socket.close()
        for frame in tickers:
            data, levels = frame["data"], Levels(running)
            person = running.exchange.trader("taker", USDC="100000000", SOL="1000")
            for price in (data["o"], data["c"]):
                levels.set(data["s"], "Ask", price, "1")
                running.exchange.order(person, data["s"], "Bid", "1", price)
            socket = await client.stream(frame["stream"])
            ours = (await next_of(socket, frame["stream"]))["data"]
            names = ("E", "V", "h", "l", "n", "v")
            assert masked(ours, *names) == masked(data, *names)
            assert [unpadded(one) for one in (data, ours)] == [True, True]
            await socket.close()


async def test_si01_the_recorded_private_stream_comes_out_frame_for_frame(shared: Path) -> None:
    """The same order placed and cancelled by an account with the same 30 USDT: only ids and times differ."""
    recorded = list(frames(shared, PRIVATE))
    assert len(recorded) == 4
    order = {"symbol": "USDT_USDC", "side": "Ask", "orderType": "Limit", "price": "1.0076", "quantity": "20"}
    async with backpack(shared, balances={"USDT": "30"}) as (running, client):
        socket = await client.stream("account.orderUpdate", "account.balanceUpdate", sign=True)
        await listening(running, 2)
        placed = await client.call("POST", "/api/v1/order", {**order, "postOnly": True})
        await client.call("DELETE", "/api/v1/order", {"symbol": "USDT_USDC", "orderId": placed.json["id"]})
        async with asyncio.timeout(10):
            ours = [json.loads((await socket.receive()).data) for _ in recorded]
    for one, expected in zip(ours, recorded, strict=True):
        assert list(one) == list(expected) and one["stream"] == expected["stream"]
        assert masked(one["data"], "E", "T", "i") == masked(expected["data"], "E", "T", "i")
    assert ours[0]["data"]["E"] <= ours[1]["data"]["E"] <= ours[0]["data"]["E"] + 50_000


async def test_si01_recorded_refusals_come_out_word_for_word(shared: Path) -> None:
    recorded = (shared / "backpack" / "captures" / "ws_errors_2026-09-23.jsonl").read_text().split("\n")
    causes: dict[int, list[Any]] = {
        4006: ['{"method":"SUBSCRIBE","params":["nonsense"]}'],
        4002: ["{", '{"method":"LISTEN","params":["depth.SOL_USDC"]}'],
        4008: ['{"method":"SUBSCRIBE","params":["depth.300ms.SOL_USDC"]}'],
    }
    async with backpack(shared) as (_, client):
        socket = await client.stream()
        for line in filter(None, recorded):
            for text in causes.pop(json.loads(line)["error"]["code"]):
                await socket.send_str(text)
                async with asyncio.timeout(10):
                    assert (await socket.receive()).data == line
    assert not causes


def test_si01_every_recorded_stream_frame_is_replayed_by_one_of_these_tests(shared: Path) -> None:
    kinds: dict[str, set[str]] = {}
    for file in sorted(path.name for path in (shared / "backpack" / "captures").glob("*.jsonl")):
        kinds[file] = {one["stream"].split(".")[0] for one in frames(shared, file) if "stream" in one}
    assert kinds == {
        SOL: {"depth", "bookTicker", "markPrice", "ticker"},
        BTC: {"depth", "bookTicker", "trade", "markPrice", "ticker"},
        LEGACY: {"depth", "trade"},
        PRIVATE: {"account"},
        "ws_errors_2026-09-23.jsonl": set(),
    }
