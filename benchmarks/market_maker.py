"""How soon a market maker reacts: ours, and the bundled connector under a controller of the usual kind.

    python -m benchmarks market_maker [--moves 120] [--peer-moves 25] [--fills 20] [--rest 10]

One local Backpack in this process, which also moves its book and notes when which request arrives; the market makers
are processes of their own, one after the other. Times are from the book's move (or the fill) to the request's arrival;
what of it is the loopback's own is measured with a client that answers every frame at once (``_reflex.py``) and taken
off in columns of their own. The peer renews its orders every second, as often as its loops allow; at rest neither
has a reason to act.
"""

import argparse
import asyncio
import base64
import contextlib
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from aiohttp import web
from nacl.signing import SigningKey

from benchmarks._maker_side import AT_REST, LEVELS, SIZE
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from test.compare.run import environment_of
from test.compare.scene import BUNDLED, OURS
from test.exchange_process import REPOSITORY

SYMBOL = "SOL_USDC_PERP"
MIDS = (Decimal("144.9"), Decimal("145.1"))
START_SECONDS, REACTION_SECONDS = 90.0, 15.0
LOOPBACK = "loopback"


class Watched(LocalBackpack):
    """A local Backpack that notes what order requests arrive, and when."""

    def __init__(self, config: SimulatorConfig) -> None:
        super().__init__(config)
        self.arrived: list[tuple[float, str]] = []
        self.answered = asyncio.Event()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        ordering = request.path in ("/api/v1/order", "/api/v1/orders") and request.method in ("POST", "DELETE")
        if ordering:
            self.arrived.append((time.perf_counter(), request.method))
        try:
            return await super()._serve(request)
        finally:
            if ordering:
                self.answered.set()


class Market:
    """Somebody's wide market, which moves, and somebody who trades against the market maker."""

    def __init__(self, backpack: Watched, public: str) -> None:
        self._exchange, self._backpack, self._public = backpack.exchange, backpack, public
        self._maker, self._taker = self._exchange.trader("maker"), self._exchange.trader("taker")
        self._orders: list[Any] = []
        self._random = random.Random(7)
        self._at = 0
        self.move()

    def move(self) -> None:
        """New orders first, the old ones after them: the book is never empty."""
        old, self._at = self._orders, 1 - self._at
        mid = MIDS[self._at]
        self._orders = [
            self._exchange.order(self._maker, SYMBOL, side, "50", mid + away)
            for side, away in (("Bid", Decimal(-1)), ("Ask", Decimal(1)))
        ]
        for order in old:
            self._exchange.engine.cancel(self._maker, order)

    def hit(self, number: int) -> None:
        self._exchange.order(self._taker, SYMBOL, "Ask" if number % 2 else "Bid", SIZE)

    def resting(self) -> set[str]:
        account = self._exchange.known_account(self._public)
        return set() if account is None else {str(order.id) for order in account.open_orders.values()}

    async def pause(self, side: str) -> None:
        """Not in step with anybody's clock: the peer's ticks once a second."""
        await asyncio.sleep(self._random.uniform(0.5, 1.5) if side == BUNDLED else self._random.uniform(0.3, 0.7))

    async def until(self, condition: Any, seconds: float) -> float | None:
        """When it held first, as orders come and go; None if it did not."""
        deadline = time.perf_counter() + seconds
        while not condition():
            self._backpack.answered.clear()
            try:
                await asyncio.wait_for(self._backpack.answered.wait(), min(0.5, deadline - time.perf_counter()))
            except TimeoutError:
                if time.perf_counter() >= deadline:
                    return None
        return time.perf_counter()


class Bot:
    """A market maker's process."""

    def __init__(self, side: str, backpack: Watched, log: Path) -> None:
        self._side, self._backpack, self._log = side, backpack, log
        self._key = SigningKey.generate()
        self.public = base64.b64encode(bytes(self._key.verify_key)).decode()

    async def __aenter__(self) -> "Bot":
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks._maker_side", self._side, self._backpack.url,
                cwd=REPOSITORY, env=environment_of(self._side), stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        self.say(base64.b64encode(bytes(self._key)).decode())
        return self

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    def processor_seconds(self) -> float:
        used = psutil.Process(self._process.pid).cpu_times()
        return float(used.user + used.system)

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def reflex(backpack: Watched, stream: str) -> AsyncIterator[None]:
    """A client that answers every frame of a stream with one request, and does nothing else."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks._reflex", backpack.url, stream,
        cwd=REPOSITORY, env=environment_of(OURS), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        yield
    finally:
        process.kill()
        await process.wait()


async def measure_loopback(times: int) -> dict[str, list[float]]:
    """Milliseconds from a change to the arrival of a request by somebody who does nothing but answer."""
    found: dict[str, list[float]] = {}
    for name, stream in (("move", f"depth.{SYMBOL}"), ("fill", f"trade.{SYMBOL}")):
        async with Watched(SimulatorConfig(port=0, flow=None, rate_limit=None)) as backpack:
            market = Market(backpack, "")
            async with reflex(backpack, stream):
                found[name] = []
                for number in range(times):
                    await market.pause(LOOPBACK)
                    backpack.arrived.clear()
                    began = time.perf_counter()
                    market.move() if name == "move" else market.hit(number)
                    if await market.until(lambda backpack=backpack: bool(backpack.arrived), REACTION_SECONDS) is None:
                        raise RuntimeError("the loopback's client does not answer")
                    found[name].append((backpack.arrived[0][0] - began) * 1e3)
    return found


MISSES = 3
"""Moves in a row that the peer may leave unanswered before it counts as gone: its clock can die of an error."""


async def measure(side: str, moves: int, fills: int, rest: float, log: Path) -> dict[str, list[float]]:
    """Milliseconds by what was measured; "rest": one value, per cent of a core; "missed": moves without an answer."""
    found: dict[str, list[float]] = {name: [] for name in ("cancel", "last cancel", "ladder", "fill", "rest", "missed")}
    await _measure_moves(side, moves, rest, log, found)
    await _measure_fills(side, fills, log, found)
    return found


@contextlib.asynccontextmanager
async def _quoting(side: str, log: Path) -> AsyncIterator[tuple[Watched, Bot, Market]]:
    """A local Backpack and a bot whose ladder rests on it."""
    config = SimulatorConfig(port=0, flow=None, rate_limit=None, balances={"USDC": "1000000"})
    async with Watched(config) as backpack, Bot(side, backpack, log) as bot:
        market = Market(backpack, bot.public)
        backpack.exchange.set_mark(SYMBOL, "145")
        if await market.until(lambda: len(market.resting()) == 2 * LEVELS, START_SECONDS) is None:
            raise RuntimeError(f"{side} does not quote; see {log}")
        await asyncio.sleep(3)
        yield backpack, bot, market


async def _measure_moves(side: str, moves: int, rest: float, log: Path, found: dict[str, list[float]]) -> None:
    async with _quoting(side, log) as (backpack, bot, market):
        before, began = bot.processor_seconds(), time.perf_counter()
        await asyncio.sleep(rest)
        found["rest"].append((bot.processor_seconds() - before) / (time.perf_counter() - began) * 100)
        bot.say("refresh 1")
        in_a_row = 0
        for _ in range(moves):
            await market.pause(side)
            old = market.resting()
            backpack.arrived.clear()
            began = time.perf_counter()
            market.move()

            def renewed(old: set[str] = old) -> bool:
                resting = market.resting()
                return len(resting) == 2 * LEVELS and not resting & old

            ended = await market.until(renewed, REACTION_SECONDS)
            cancels = [at - began for at, method in backpack.arrived if method == "DELETE"]
            if ended is None or not cancels:
                found["missed"].append(REACTION_SECONDS * 1e3)
                in_a_row += 1
                if side == OURS:
                    raise RuntimeError(f"{side} did not renew its ladder; see {log}")
                if in_a_row == MISSES:
                    return
                continue
            in_a_row = 0
            found["cancel"].append(cancels[0] * 1e3)
            found["last cancel"].append(cancels[min(len(cancels), 2 * LEVELS) - 1] * 1e3)
            found["ladder"].append((ended - began) * 1e3)


async def _measure_fills(side: str, fills: int, log: Path, found: dict[str, list[float]]) -> None:
    async with _quoting(side, log) as (backpack, bot, market):
        bot.say(f"refresh {AT_REST}")
        for number in range(fills):
            await market.pause(side)
            backpack.arrived.clear()
            began = time.perf_counter()
            market.hit(number)
            if await market.until(lambda: bool(backpack.arrived), REACTION_SECONDS) is None:
                if side == OURS:
                    raise RuntimeError(f"{side} did not react to a fill; see {log}")
                return
            found["fill"].append((backpack.arrived[0][0] - began) * 1e3)


ROWS = {
    "cancel": "book moves → first stale quote's cancel arrives",
    "last cancel": "book moves → last stale quote's cancel arrives",
    "ladder": "book moves → new ladder rests",
    "fill": "fill → next order or cancel arrives",
}


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks market_maker")
    parser.add_argument("--moves", type=int, default=120, help="moves of the book that ours answers (120)")
    parser.add_argument("--peer-moves", type=int, default=25, help="the peer's (25)")
    parser.add_argument("--fills", type=int, default=20, help="fills that each side answers at least (20)")
    parser.add_argument("--rest", type=float, default=10.0, help="seconds of rest (10)")
    parser.add_argument("--only", choices=(OURS, BUNDLED), help="one side alone")
    arguments = parser.parse_args()
    loopback = asyncio.run(measure_loopback(50))
    results: dict[str, dict[str, list[float]]] = {}
    folder = REPOSITORY / ".build"
    folder.mkdir(exist_ok=True)
    for side, moves in ((OURS, arguments.moves), (BUNDLED, arguments.peer_moves)):
        if arguments.only in (None, side):
            fills = arguments.fills if side == BUNDLED else max(arguments.fills, moves // 2)
            log = folder / f"market_maker_{side}.log"
            results[side] = asyncio.run(measure(side, moves, fills, arguments.rest, log))
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
          + ", ".join(f"{side}: {len(found['cancel'])} moves" for side, found in results.items()))  # fmt: skip
    print(
        "\n| what | side | median ms | p99 ms | worst ms | median over the loopback's | p99 over the loopback's "
        "| times faster | over the loopback's |\n|---|---|---|---|---|---|---|---|---|"
    )
    for what, name in (("book moves", "move"), ("fill", "fill")):
        own = loopback[name]
        print(
            f"| {what} → a client that only answers | {LOOPBACK} | {statistics.median(own):.1f} "
            f"| {percentile(own, 0.99):.1f} | {max(own):.1f} | | | | |"
        )
    for name, what in ROWS.items():
        floor = statistics.median(loopback["fill" if name == "fill" else "move"])
        for side, found in results.items():
            median, p99 = statistics.median(found[name]), percentile(found[name], 0.99)
            faster = ["", ""]
            if side == OURS and BUNDLED in results:
                peer = statistics.median(results[BUNDLED][name])
                faster = [f"{peer / median:.0f}", f"{(peer - floor) / (median - floor):.0f}"]
            print(
                f"| {what} | {side} | {median:.1f} | {p99:.1f} | {max(found[name]):.1f} | {median - floor:.1f} "
                f"| {p99 - floor:.1f} | {' | '.join(faster)} |"
            )
    for side, found in results.items():
        print(f"| processor at rest, % of a core | {side} | {found['rest'][0]:.2f} | | | | | | |")
    missed = [f"{side}: {len(found['missed'])}" for side, found in results.items() if found["missed"]]
    if missed:
        print(f"\nNot renewed within {REACTION_SECONDS:.0f} s, and not in the table: {', '.join(missed)}")


if __name__ == "__main__":
    main()
