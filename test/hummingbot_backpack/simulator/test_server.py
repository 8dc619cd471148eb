"""The process: options, port file, signals, the page, slow clients, pings."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from hummingbot_backpack.simulator.sessions import text_frame
from test.hummingbot_backpack.simulator.client import until_listening
from test.hummingbot_backpack.simulator.conftest import Open

COMMAND = [sys.executable, "-m", "hummingbot_backpack.simulator"]


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def started(port_file: Path, *options: str) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--port", "0", "--port-file", str(port_file), *options, stdout=subprocess.PIPE
    )
    async with asyncio.timeout(20):
        while not (port := read(port_file)):
            assert process.returncode is None
            await asyncio.sleep(0.02)
    return process, f"http://127.0.0.1:{int(port)}"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
async def test_si06_it_writes_its_port_and_stops_cleanly_with_sockets_open(
    tmp_path: Path, stop: signal.Signals
) -> None:
    process, url = await started(tmp_path / "port", "--fault", "rate_limited:path=/api/v1/time")
    async with aiohttp.ClientSession() as session:
        async with session.get(url + "/api/v1/status") as answer:
            assert await answer.json() == {"message": None, "status": "Ok"}
        async with session.get(url + "/api/v1/time") as answer:
            assert answer.status == 429
        async with session.ws_connect(url.replace("http", "ws") + "/") as stream:
            await stream.send_str('{"method":"SUBSCRIBE","params":["depth.SOL_USDC"]}')
            process.send_signal(stop)
            async with asyncio.timeout(10):
                assert await process.wait() == 0
    assert process.stdout is not None
    assert b"simulator" in await process.stdout.read()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--speed", "0"], "speed (0.0) must be over 0 and at most 1000"),
        (["--flow", "stormy"], "flow (stormy) must be calm, trending, jump, or a file of trades"),
        (["--balance", "USDC"], "balance (USDC) must have the form ASSET=AMOUNT, such as USDC=10000"),
        (["--balance", "EUR=1", "--key", "k"], "balance of EUR must be in one of USDC, SOL, BTC"),
        (["--set", "colour=1"], "setting (colour) must be one of taker_delay, "),
        (["--set", "batch_limit=x"], "batch_limit (x) must be a number"),
        (["--host", "0.0.0.0"], "host (0.0.0.0) must be one of 127.0.0.1, ::1, localhost, unless exposed is set"),
        (["--fault", "earthquake"], "fault (earthquake) must be one of"),
    ],
)
def test_si06_bad_options_are_one_sentence(options: list[str], sentence: str) -> None:
    done = subprocess.run([*COMMAND, "--port", "0", *options], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stderr


def test_si06_a_busy_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith(f"port ({port}) must be free")


async def test_si06_the_page_says_what_it_is_and_production_paths_have_no_control(open_backpack: Open) -> None:
    _, client = await open_backpack(flow="calm")
    page = await client.public("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "simulator" in page.text and "not the exchange" in page.text
    state = (await client.public("/simulator/state", detail="true")).json
    assert state["simulator"] is True and set(state["markets"]) == {"SOL_USDC", "SOL_USDC_PERP", "BTC_USDC_PERP"}
    assert (await client.public("/api/v1/faults")).status == 404


async def test_si01_unknown_symbols_are_silence_and_duplicates_deliver_once(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    stream = await client.stream("depth.NO_SUCH", "bookTicker.SOL_USDC", "bookTicker.SOL_USDC")
    await until_listening(backpack, 2)
    maker = backpack.exchange.trader("m")
    for price in ("144", "144.5"):
        backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", price)
    async with asyncio.timeout(10):
        bids = [(await stream.receive_json())["data"]["b"] for _ in range(2)]
    assert bids == ["144.00", "144.50"]
    await stream.send_str('{"method":"UNSUBSCRIBE","params":["bookTicker.SOL_USDC"]}')
    async with asyncio.timeout(10):
        while backpack.hub.has("bookTicker.SOL_USDC"):
            await asyncio.sleep(0.005)
    await stream.close()


async def test_si01_scoped_private_streams_carry_their_scoped_name_and_positions_come_at_once(
    open_backpack: Open,
) -> None:
    backpack, client = await open_backpack()
    backpack.exchange.order(backpack.exchange.trader("m"), "SOL_USDC_PERP", "Ask", "1", "145")
    await client.order("SOL_USDC_PERP", "Bid", "0.5", "145")
    stream = await client.stream("account.positionUpdate.SOL_USDC_PERP", sign=True)
    async with asyncio.timeout(10):
        frame = await stream.receive_json()
    assert frame["stream"] == "account.positionUpdate.SOL_USDC_PERP"
    assert "e" not in frame["data"]
    assert (frame["data"]["q"], frame["data"]["B"], frame["data"]["b"]) == ("0.50", "145", "145.0725")
    await stream.close()


async def test_si01_aggregated_depth_joins_updates_and_orders_its_levels(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    stream = await client.stream("depth.200ms.SOL_USDC")
    await until_listening(backpack, 1)
    maker, first = backpack.exchange.trader("m"), backpack.exchange.engine.markets["SOL_USDC"].update_id
    for price in ("144", "143", "144.5"):
        backpack.exchange.order(maker, "SOL_USDC", "Bid", "1", price)
    async with asyncio.timeout(10):
        data = (await stream.receive_json())["data"]
    assert (data["U"] - first, data["u"] - first) == (1, 3)
    assert [price for price, _ in data["b"]] == ["143.00", "144.00", "144.50"]
    await stream.close()


async def test_si01_the_server_pings_and_answers_pings(open_backpack: Open) -> None:
    _, client = await open_backpack(ping_interval=0.05)
    stream = await client._session.ws_connect(client.url.replace("http", "ws") + "/", autoping=False)
    async with asyncio.timeout(10):
        assert (await stream.receive()).type is aiohttp.WSMsgType.PING
        await stream.ping(b"mine")
        while (await stream.receive()).type is not aiohttp.WSMsgType.PONG:
            pass
    await stream.close()


async def test_si01_a_client_that_does_not_read_is_cut_off_and_others_are_not(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    good = await client.stream("depth.SOL_USDC")
    port = backpack.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    payload = b'{"method":"SUBSCRIBE","params":["depth.SOL_USDC"]}'
    writer.write(b"\x81" + bytes([0x80 | len(payload)]) + b"\0\0\0\0" + payload)
    async with asyncio.timeout(10):
        while len(backpack.hub.topics.get(("depth.SOL_USDC", 0), {})) < 2:
            await asyncio.sleep(0.005)
    frame = text_frame(b"x" * 2000)
    slow = next(one for one in backpack.hub.sessions if one is not next(iter(backpack.hub.sessions)))
    async with asyncio.timeout(20):
        while slow in backpack.hub.sessions:
            for _ in range(2000):
                slow.send(frame)
            slow.flush()
            await asyncio.sleep(0)
    backpack.exchange.order(backpack.exchange.trader("m"), "SOL_USDC", "Bid", "1", "144")
    async with asyncio.timeout(10):
        assert (await good.receive_json())["data"]["b"] == [["144.00", "1.00"]]
    writer.close()
    await good.close()


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
