"""How much the local Backpack takes: signed orders a second on one core, and the delay of its depth frames.

    python -m benchmarks.simulator_load [--seconds 10] [--markets 10] [--subscribers 20]

The server has core 0, the load (signed beforehand) and the subscribers share core 1; loopback only. Every subscriber
listens to the depth of all markets, and every round trip changes a book: it is a frame to each of them, and all of them
must have arrived. A round trip is one signed POST (or, every second one, DELETE) of a post-only order and its answer.
Delay: from the engine's own time of a frame (`T`) to its arrival in the subscriber's process. "Orders per core second"
is by the server's own processor time: what it would do on a core that nobody else uses.
"""

import argparse
import asyncio
import base64
import copy
import json
import multiprocessing
import os
import platform
import random
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
from nacl.signing import SigningKey

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.simulator.market_rows import SOL_USDC_PERP

CONNECTIONS = 16
WINDOW = 60_000


def market_rows(count: int) -> list[dict[str, Any]]:
    """So many perpetuals like SOL's, each of an asset of its own."""
    rows = []
    for number in range(count):
        row = copy.deepcopy(SOL_USDC_PERP)
        row["baseSymbol"], row["symbol"] = f"A{number}", f"A{number}_USDC_PERP"
        rows.append(row)
    return rows


def pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(0, {core})


def serve(rows: list[dict[str, Any]], pipe: Connection) -> None:
    """Server process: sends its port and waits to be told to stop."""

    async def run() -> None:
        prices = {row["baseSymbol"]: "145" for row in rows}
        config = SimulatorConfig(
            port=0, flow=None, markets=rows, prices=prices, balances={"USDC": "100000000"}, rate_limit=None,
            historical_limit=None, max_open_orders=100_000,
        )  # fmt: skip
        async with LocalBackpack(config) as backpack:
            pipe.send(backpack.port)
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    pin(0)
    asyncio.run(run())


def subscribe(port: int, symbols: list[str], count: int, pipe: Connection) -> None:
    """Subscriber process: counts frames and samples their delays until it is told to stop."""

    frames = 0

    async def listen(session: aiohttp.ClientSession, delays: list[float]) -> None:
        nonlocal frames
        async with session.ws_connect(f"ws://127.0.0.1:{port}/", max_msg_size=0) as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": [f"depth.{symbol}" for symbol in symbols]})
            async for message in socket:
                frames += 1
                if frames % 25 == 0:
                    delays.append(time.time() * 1000 - json.loads(message.data)["data"]["T"] / 1000)

    async def run() -> None:
        delays: list[float] = []
        async with aiohttp.ClientSession() as session:
            tasks = [asyncio.create_task(listen(session, delays)) for _ in range(count)]
            await asyncio.sleep(0.5)
            pipe.send("ready")
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
            await asyncio.sleep(0.5)
            for task in tasks:
                task.cancel()
        pipe.send((frames, delays))

    pin(1)
    asyncio.run(run())


class Requests:
    """Signed requests, made before the clock runs."""

    def __init__(self, port: int, symbols: list[str]) -> None:
        self._key = SigningKey.generate()
        self._public = base64.b64encode(bytes(self._key.verify_key)).decode()
        self._host, self._symbols = f"127.0.0.1:{port}", symbols
        self._random = random.Random(1)

    def _request(self, method: str, instruction: str, body: dict[str, Any]) -> bytes:
        stamp = str(int(time.time() * 1000))
        text = "&".join(f"{k}={str(v).lower() if isinstance(v, bool) else v}" for k, v in sorted(body.items()))
        message = f"instruction={instruction}&{text}&timestamp={stamp}&window={WINDOW}"
        signature = base64.b64encode(self._key.sign(message.encode()).signature).decode()
        payload = json.dumps(body)
        return (
            f"{method} /api/v1/order HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"X-API-Key: {self._public}\r\nX-Signature: {signature}\r\nX-Timestamp: {stamp}\r\nX-Window: {WINDOW}\r\n"
            f"Content-Length: {len(payload)}\r\n\r\n{payload}"
        ).encode()

    def pair(self, client_id: int) -> tuple[bytes, bytes]:
        """An order, and its cancel."""
        symbol, price = self._random.choice(self._symbols), f"{self._random.randint(14000, 14499) / 100:.2f}"
        order = {
            "symbol": symbol, "side": "Bid", "orderType": "Limit", "price": price, "quantity": "0.1",
            "postOnly": True, "clientId": client_id,
        }  # fmt: skip
        cancel = {"symbol": symbol, "clientId": client_id}
        return self._request("POST", "orderExecute", order), self._request("DELETE", "orderCancel", cancel)


async def drive(port: int, requests: list[bytes], until: float, trips: list[float], refused: list[bytes]) -> None:
    """One keep-alive connection: request, answer, next."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        begin = time.perf_counter()
        if begin > until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        trips.append(time.perf_counter() - begin)
        if not head.startswith(b"HTTP/1.1 200"):
            refused.append(body)
    writer.close()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def core_seconds(process: int) -> float:
    """Processor time that a process has used so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(seconds: float, market_count: int, subscribers: int, cancels: bool) -> dict[str, float]:
    """One run; figures by name."""
    rows = market_rows(market_count)
    symbols = [row["symbol"] for row in rows]
    server_pipe, server_end = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(rows, server_end), daemon=True)
    server.start()
    port = server_pipe.recv()
    pin(1)
    listener_pipe, listener_end = multiprocessing.Pipe()
    listener = multiprocessing.Process(target=subscribe, args=(port, symbols, subscribers, listener_end), daemon=True)
    listener.start()
    listener_pipe.recv()
    source = Requests(port, symbols)
    per_connection = int(seconds * 5000 / CONNECTIONS / (2 if cancels else 1))
    plans = [
        [one for n in range(per_connection) for one in source.pair(number * per_connection + n)[: 2 if cancels else 1]]
        for number in range(CONNECTIONS)
    ]
    trips: list[float] = []
    refused: list[bytes] = []

    async def run() -> float:
        begin = time.perf_counter()
        await asyncio.gather(*(drive(port, plan, begin + seconds, trips, refused) for plan in plans))
        return time.perf_counter() - begin

    assert server.pid is not None
    used = core_seconds(server.pid)
    took = asyncio.run(run())
    used = core_seconds(server.pid) - used
    listener_pipe.send("stop")
    frames, delays = listener_pipe.recv()
    server_pipe.send("stop")
    if refused:
        raise SystemExit(f"{len(refused)} requests were refused, the first with {refused[0].decode()}")
    if frames < len(trips) * subscribers:
        raise SystemExit(f"{frames} frames came to {subscribers} subscribers for {len(trips)} changes of the books")
    return {
        "trips_per_second": len(trips) / took,
        "busy": used / took,
        "per_core_second": len(trips) / used,
        "trip_median_ms": statistics.median(trips) * 1000,
        "trip_p99_ms": percentile(trips, 0.99) * 1000,
        "frames_per_second": frames / took,
        "frame_median_ms": percentile(delays, 0.5),
        "frame_p99_ms": percentile(delays, 0.99),
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--markets", type=int, default=10)
    parser.add_argument("--subscribers", type=int, default=20)
    options = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {options.markets} markets")
    columns = (
        "load", "subscribers", "orders/s", "core in use", "orders per core second", "trip median ms", "trip p99 ms",
        "frames/s", "frame median ms", "frame p99 ms",
    )  # fmt: skip
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for cancels, subscribers in ((True, 0), (True, options.subscribers), (False, options.subscribers)):
        f = measure(options.seconds, options.markets, subscribers, cancels)
        cells = (
            "place, cancel" if cancels else "place", str(subscribers), f"{f['trips_per_second']:.0f}",
            f"{f['busy']:.0%}",
            f"{f['per_core_second']:.0f}", f"{f['trip_median_ms']:.1f}", f"{f['trip_p99_ms']:.1f}",
            f"{f['frames_per_second']:.0f}", f"{f['frame_median_ms']:.1f}", f"{f['frame_p99_ms']:.1f}",
        )  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
