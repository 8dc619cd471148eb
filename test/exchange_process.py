"""A local Backpack in a process of its own, with as many markets as are asked for.

``python -m test.exchange_process SETTINGS`` serves until SIGTERM; tests and benchmarks start it through
:class:`ExchangeProcess`.
"""

import asyncio
import copy
import json
import random
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.simulator.market_rows import SOL_USDC, SOL_USDC_PERP
from hummingbot_backpack.simulator.server import write_port_file

REPOSITORY = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
PRICE = "145"


def market_rows(spot: list[str], perpetual: list[str]) -> list[dict[str, Any]]:
    """Markets like SOL's, of these assets."""
    rows = []
    for bases, like, suffix in ((spot, SOL_USDC, ""), (perpetual, SOL_USDC_PERP, "_PERP")):
        for base in bases:
            rows.append({**copy.deepcopy(like), "baseSymbol": base, "symbol": f"{base}_USDC{suffix}"})
    return rows


class Stir:
    """Changes every book so many times a second: a level of a ladder of twenty a side comes or goes, three of ten times
    the best one."""

    LEVELS = 20

    def __init__(self, backpack: LocalBackpack, per_second: float) -> None:
        self._exchange, self._interval = backpack.exchange, 1 / per_second
        self._random = random.Random(1)
        assets = {spec.base for spec in self._exchange.specs.values()}
        self._trader = self._exchange.trader("stir", **dict.fromkeys([*assets, "USDC"], 1_000_000_000))
        self._orders: dict[tuple[str, int], Any] = {}

    async def run(self) -> None:
        symbols = list(self._exchange.specs)
        for symbol in symbols:
            for level in range(-self.LEVELS, self.LEVELS):
                self._place(symbol, level)
        due = time.monotonic()
        while True:
            # Markets one after the other, so that their frames come evenly.
            for number, symbol in enumerate(symbols):
                at = due + self._interval * number / len(symbols)
                if (wait := at - time.monotonic()) > 0.001:
                    await asyncio.sleep(wait)
                self._change(symbol)
            due += self._interval

    def _change(self, symbol: str) -> None:
        level = 0 if self._random.random() < 0.3 else self._random.randrange(1, self.LEVELS)
        level = level if self._random.random() < 0.5 else -1 - level
        order = self._orders.pop((symbol, level), None)
        if order is not None and order.is_open:
            self._exchange.engine.cancel(self._trader, order)
        else:
            self._place(symbol, level)

    def _place(self, symbol: str, level: int) -> None:
        """:param level: 0, 1 … are asks from the touch outwards, -1, -2 … bids"""
        price = f"{145.01 + level / 100:.2f}" if level >= 0 else f"{145 + (level + 1) / 100:.2f}"
        quantity = f"{self._random.randint(10, 500) / 100:.2f}"
        side = "Ask" if level >= 0 else "Bid"
        self._orders[symbol, level] = self._exchange.order(self._trader, symbol, side, quantity, price)


async def _serve(settings: dict[str, Any]) -> None:
    port_file, stir, funding = (settings.pop(name) for name in ("port_file", "stir", "funding_seconds"))
    backpack = LocalBackpack(SimulatorConfig(port=0, **settings))
    if funding is not None:
        perpetuals = backpack.exchange.perpetuals
        perpetuals._interval_us = int(funding * 1_000_000)
        perpetuals.next_funding_us = backpack.exchange.clock.true_us() + perpetuals._interval_us
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with backpack:
        stirring = asyncio.create_task(Stir(backpack, stir).run()) if stir else None
        write_port_file(Path(port_file), backpack.port)
        if stirring is not None:
            stirring.add_done_callback(lambda _: stop.set())
        await stop.wait()
        if stirring is not None and not stirring.cancel():
            stirring.result()


class ExchangeProcess:
    """
    :param folder: where the port and what the process prints are written
    :param spot: assets, of any name, that have a spot market against USDC
    :param perpetual: assets that have a perpetual; neither: the simulator's own markets
    :param stir: changes of each book a second; None: none but what the settings bring
    :param funding_seconds: between two funding payments; None: an hour of market time
    :param settings: of :class:`SimulatorConfig`
    """

    def __init__(
        self,
        folder: Path,
        spot: list[str] | None = None,
        perpetual: list[str] | None = None,
        stir: float | None = None,
        funding_seconds: float | None = None,
        **settings: Any,
    ) -> None:
        self._port_file, self.output = folder / "exchange.port", folder / "exchange.out"
        if spot or perpetual:
            rows = market_rows(spot or [], perpetual or [])
            settings |= {"markets": rows, "prices": {row["baseSymbol"]: PRICE for row in rows}}
        self._settings = {
            **settings,
            "port_file": str(self._port_file),
            "stir": stir,
            "funding_seconds": funding_seconds,
        }
        self.url = ""

    def __enter__(self) -> "ExchangeProcess":
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "test.exchange_process", json.dumps(self._settings)],
                cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._port_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._end()
                raise RuntimeError(f"the exchange did not start: {self.output.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{int(self._port_file.read_text())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._port_file.unlink(missing_ok=True)

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """The body of a control endpoint's answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        # No proxy of the user's stands between us and 127.0.0.1.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return json.loads(answer.read())

    def ledger(self, public_key: str) -> dict[str, Any]:
        """What the exchange knows of an account."""
        row: dict[str, Any] = self.ask(f"/simulator/ledger?key={urllib.parse.quote(public_key, safe='')}")
        return row

    def fault(self, kind: str, **settings: Any) -> None:
        self.ask("/simulator/faults", {"kind": kind, **settings})

    def clear_faults(self) -> None:
        self.ask("/simulator/faults", method="DELETE")

    def pause(self, paused: bool = True) -> None:
        """Freezes flow, marks and funding, or lets them go on."""
        self.ask("/simulator/flow", {"paused": paused})


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
