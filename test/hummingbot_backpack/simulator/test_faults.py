"""Each fault of the catalogue, switched on with one line."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hummingbot_backpack.simulator import LocalBackpack
from hummingbot_backpack.simulator.command import parse_fault
from hummingbot_backpack.simulator.faults import CATALOGUE
from test.hummingbot_backpack.simulator.client import Client, until_listening
from test.hummingbot_backpack.simulator.conftest import Open

PERP = "SOL_USDC_PERP"


async def place(client: Client, price: str = "144", **more: Any) -> Any:
    return await client.order(PERP, "Bid", "0.1", price, postOnly=True, **more)


async def next_frame(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    async with asyncio.timeout(10):
        frame: dict[str, Any] = json.loads((await socket.receive()).data)
        return frame


async def is_closed(socket: aiohttp.ClientWebSocketResponse) -> bool:
    async with asyncio.timeout(10):
        return (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


def open_orders(backpack: LocalBackpack, client: Client) -> int:
    return len(backpack.ledger(client.public_key)["open_orders"])


async def test_si05_503_before_acceptance_places_nothing(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    await place(client)
    backpack.faults.set("error_before", path="/api/v1/order")
    assert (await place(client)).status == 503
    assert open_orders(backpack, client) == 1
    assert (await place(client)).status == 200


async def test_si05_503_after_acceptance_leaves_the_order_resting(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    backpack.faults.set("error_after", path="/api/v1/order")
    assert (await place(client, clientId=5)).status == 503
    assert (await client.call("GET", "/api/v1/order", symbol=PERP, clientId=5)).json["status"] == "New"


async def test_si05_a_lost_answer_leaves_the_order_resting(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    backpack.faults.set("lost_answer", method="POST")
    with pytest.raises(aiohttp.ClientError):
        await place(client)
    assert open_orders(backpack, client) == 1


async def test_si05_a_202_cancel_is_carried_out_later(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    order = (await place(client)).json
    backpack.faults.set("cancel_accepted", value=0.05)
    answer = await client.call("DELETE", "/api/v1/order", {"symbol": PERP, "orderId": order["id"]})
    assert (answer.status, answer.text) == (202, "")
    assert open_orders(backpack, client) == 1
    async with asyncio.timeout(10):
        while open_orders(backpack, client):
            await asyncio.sleep(0.01)


async def test_si05_429_strikes_as_often_as_set(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    backpack.faults.set("rate_limited", times=2)
    statuses = [(await client.call("GET", "/api/v1/account")).status for _ in range(3)]
    assert statuses == [429, 429, 200]


async def test_si05_maintenance_is_told_by_the_status(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    backpack.faults.set("maintenance")
    assert (await client.public("/api/v1/status")).json["status"] == "Maintenance"
    assert (await place(client)).json["code"] == "MAINTENANCE"
    backpack.faults.clear()
    assert (await place(client)).status == 200


async def test_si05_rest_alone_is_refused(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    socket = await client.stream("bookTicker.SOL_USDC")
    await until_listening(backpack, 1)
    backpack.faults.set("refuse_rest")
    with pytest.raises(aiohttp.ClientError):
        await client.public("/api/v1/time")
    backpack.exchange.order(backpack.exchange.trader("m"), "SOL_USDC", "Bid", "1", "144")
    assert (await next_frame(socket))["data"]["b"] == "144.00"
    await socket.close()


async def test_si05_the_private_stream_alone_is_refused(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    private = await client.stream("account.orderUpdate", sign=True)
    public = await client.stream("bookTicker.SOL_USDC")
    await until_listening(backpack, 2)
    backpack.faults.set("refuse_private_stream")
    assert await is_closed(private)
    again = await client.stream("account.orderUpdate", sign=True)
    assert (await next_frame(again))["error"]["code"] == 4003
    backpack.exchange.order(backpack.exchange.trader("m"), "SOL_USDC", "Bid", "1", "144")
    assert (await next_frame(public))["data"]["b"] == "144.00"
    for socket in (again, public):
        await socket.close()


async def test_si05_a_gap_shows_in_the_update_ids(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    socket = await client.stream("depth.SOL_USDC")
    await until_listening(backpack, 1)
    maker = backpack.exchange.trader("m")
    ids = []
    for number in range(3):
        if number == 1:
            backpack.faults.set("gap")
        backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", f"14{number}")
    for _ in range(2):
        ids.append((await next_frame(socket))["data"]["u"])
    assert ids[1] - ids[0] == 2
    await socket.close()


@pytest.mark.parametrize(("kind", "expected"), [("drop_frames", [3]), ("duplicate_frames", [1, 1, 2, 2, 3])])
async def test_si05_frames_are_dropped_or_duplicated(open_backpack: Open, kind: str, expected: list[int]) -> None:
    backpack, client = await open_backpack()
    socket = await client.stream("depth.SOL_USDC")
    await until_listening(backpack, 1)
    maker, first = backpack.exchange.trader("m"), backpack.exchange.engine.markets["SOL_USDC"].update_id
    backpack.faults.set(kind, times=2, stream="depth.")
    for number in range(3):
        backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", f"14{number}")
    assert [(await next_frame(socket))["data"]["u"] - first for _ in expected] == expected
    await socket.close()


async def test_si05_a_silent_stream_leaves_the_others_alone(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    socket = await client.stream("depth.SOL_USDC", "bookTicker.SOL_USDC")
    await until_listening(backpack, 2)
    backpack.faults.set("silence", stream="depth.")
    maker = backpack.exchange.trader("m")
    for number in range(2):
        backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", f"14{number}")
    assert [(await next_frame(socket))["data"]["e"] for _ in range(2)] == ["bookTicker"] * 2
    await socket.close()


async def test_si05_late_frames_overtake_nothing_but_are_overtaken(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    socket = await client.stream("depth.SOL_USDC", "bookTicker.SOL_USDC")
    await until_listening(backpack, 2)
    backpack.faults.set("late_frames", stream="bookTicker.", value=0.05)
    backpack.exchange.order(backpack.exchange.trader("m"), "SOL_USDC", "Bid", "1", "144")
    assert [(await next_frame(socket))["data"]["e"] for _ in range(2)] == ["depth", "bookTicker"]
    await socket.close()


async def test_si05_a_slow_exchange_answers_late(open_backpack: Open) -> None:
    backpack, client = await open_backpack(virtual_clock=True)
    backpack.faults.set("latency", path="/api/v1/time", value=0.5, jitter=0.1)
    call = asyncio.create_task(client.public("/api/v1/time"))
    clock: Any = backpack.exchange.clock
    async with asyncio.timeout(10):
        while not clock._timers:
            await asyncio.sleep(0.001)
    assert (await client.public("/api/v1/ping")).text == "pong"
    await backpack.advance(0.49)
    assert not call.done()
    await backpack.advance(0.12)
    assert (await call).status == 200


async def test_si05_disconnect_closes_and_half_open_goes_silent(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    first = await client.stream("bookTicker.SOL_USDC")
    await until_listening(backpack, 1)
    backpack.faults.set("disconnect")
    assert await is_closed(first)
    second = await client.stream("bookTicker.SOL_USDC")
    await until_listening(backpack, 1)
    fault = backpack.faults.set("half_open")
    maker = backpack.exchange.trader("m")
    backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", "144")
    await second.ping()
    third = await client.stream("bookTicker.SOL_USDC")
    async with asyncio.timeout(10):
        while len(backpack.hub.topics.get(("bookTicker.SOL_USDC", 0), {})) < 2:
            await asyncio.sleep(0.005)
    backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", "144.5")
    assert (await next_frame(third))["data"]["b"] == "144.50"
    backpack.faults.remove(fault)
    assert await is_closed(second)
    await third.close()


async def test_si05_an_expired_key_and_a_read_only_key_are_refused(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    await place(client)
    backpack.faults.set("read_only_key", key=client.public_key)
    assert ((await place(client)).status, (await client.call("GET", "/api/v1/account")).status) == (403, 200)
    backpack.faults.clear()
    backpack.faults.set("expired_key", key=client.public_key)
    assert (await client.call("GET", "/api/v1/account")).json["code"] == "UNAUTHORIZED"


async def test_si05_the_book_empties_and_fills_again(open_backpack: Open) -> None:
    backpack, client = await open_backpack(flow="calm")
    backpack.faults.set("empty_book", symbol=PERP)
    book = (await client.public("/api/v1/depth", symbol=PERP)).json
    assert book["asks"] == book["bids"] == []
    backpack.faults.clear("empty_book")
    backpack.exchange.flow._quote()  # type: ignore[union-attr]
    book = (await client.public("/api/v1/depth", symbol=PERP)).json
    assert book["asks"] and book["bids"]


async def test_si05_a_flash_move_moves_price_and_then_mark(open_backpack: Open) -> None:
    backpack, _ = await open_backpack(flow="calm", virtual_clock=True)
    before = backpack.exchange.engine.marks[PERP]
    backpack.faults.set("flash_move", symbol=PERP, value=-5)
    await backpack.advance(1)
    index = backpack.exchange.engine.markets[PERP].index
    assert 0.94 < index / before < 0.96
    await backpack.advance(60)
    assert 0.94 < backpack.exchange.engine.marks[PERP] / before < 0.96


async def test_si05_liquidation_and_adl_close_the_position_with_their_origin(open_backpack: Open) -> None:
    for kind, origin, fill_type in (
        ("liquidation", "LIQUIDATION_AUTOCLOSE", "BookLiquidation"),
        ("adl", "ADL_AUTOCLOSE", "Adl"),
    ):
        backpack, client = await open_backpack()
        maker = backpack.exchange.trader("maker")
        backpack.exchange.order(maker, PERP, "Ask", "1", "145")
        backpack.exchange.order(maker, PERP, "Bid", "1", "144.9")
        socket = await client.stream("account.orderUpdate", sign=True)
        await until_listening(backpack, 1)
        await client.order(PERP, "Bid", "1", "145")
        backpack.faults.set(kind, key=client.public_key)
        ledger = backpack.ledger(client.public_key)
        assert ledger["positions"][PERP]["netQuantity"] == "0"
        assert ledger["fills"][-1]["fillType"] == fill_type
        async with asyncio.timeout(10):
            while (await next_frame(socket))["data"]["O"] != origin:
                pass
        await socket.close()


async def test_si05_a_market_state_ends_with_its_fault(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    backpack.faults.set("market_state", symbol=PERP, value="CancelOnly", seconds=0.05)
    assert (await place(client)).json["code"] == "TRADING_PAUSED"
    async with asyncio.timeout(10):
        while (await client.public("/api/v1/market", symbol=PERP)).json["orderBookState"] != "Open":
            await asyncio.sleep(0.01)


async def test_si05_faults_are_set_and_cleared_over_the_control_endpoint(open_backpack: Open) -> None:
    _, client = await open_backpack()
    async with client._session.post(
        client.url + "/simulator/faults", json={"kind": "rate_limited", "times": 1}
    ) as answer:
        assert [one["kind"] for one in (await answer.json())["faults"]] == ["rate_limited"]
    async with client._session.delete(client.url + "/simulator/faults") as answer:
        assert (await answer.json())["faults"] == []
    async with client._session.post(client.url + "/simulator/faults", json={"kind": "earthquake"}) as answer:
        assert answer.status == 400
        assert (await answer.text()).startswith("fault (earthquake) must be one of drop_frames, ")


def test_si05_faults_of_the_command_line() -> None:
    assert parse_fault("disconnect:after=30") == ("disconnect", {"after": 30.0})
    assert parse_fault("error_after:times=2,path=/api/v1/order") == (
        "error_after",
        {"times": 2, "path": "/api/v1/order"},
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"times": 0}, "times (0) of fault gap must be a whole number from 1"),
        ({"probability": 2}, "probability (2) of fault gap must be over 0 and at most 1"),
        ({"colour": 1}, "setting (colour) of fault gap must be one of"),
        ({"after": -1}, "after (-1) of fault gap must be a number from 0"),
    ],
)
async def test_si05_a_bad_fault_is_one_sentence(open_backpack: Open, settings: dict[str, Any], sentence: str) -> None:
    backpack, _ = await open_backpack()
    with pytest.raises(ValueError) as refused:
        backpack.faults.set("gap", **settings)
    assert str(refused.value).startswith(sentence)


def test_si05_every_fault_is_in_the_documented_catalogue() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "simulator.md").read_text()
    for kind in CATALOGUE:
        assert f"| `{kind}` |" in text
