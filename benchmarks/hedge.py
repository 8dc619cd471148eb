"""How soon a fill of a quote is hedged: from the exchange's fill to the arrival of the hedge order.

    python -m benchmarks hedge [--fills 300]

One local Backpack in this process, where somebody takes a quote of the bot, and which notes when the market order
arrives that undoes it; the bot is a process of its own, with Hummingbot's database and our records on, both legs on one
perpetual market. The exchange's frame, the loopback both ways and the exchange's reading of the request are in that
time; a client that only answers (``_reflex.py``) says how much they are, and the rest is the bot's own.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from decimal import Decimal
from typing import Any

from aiohttp import web

from benchmarks._maker_side import HEDGE, SIZE
from benchmarks.market_maker import START_SECONDS, SYMBOL, Bot, Market, Watched, measure_loopback, percentile
from hummingbot_backpack.simulator import SimulatorConfig
from test.exchange_process import REPOSITORY

AIM_MEDIAN_MS, AIM_P99_MS = 5.0, 15.0
TOUCH, AHEAD, DEPTH = (Decimal("144.5"), Decimal("145.5")), Decimal(1), "5000"


class HedgeWatched(Watched):
    """Notes market orders alone."""

    def __init__(self, config: SimulatorConfig) -> None:
        super().__init__(config)
        self.hedges: list[float] = []

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        now = time.perf_counter()
        if request.method == "POST" and request.path.startswith("/api/v1/order"):
            body = json.loads(await request.read())
            orders = body if isinstance(body, list) else [body]
            self.hedges += [now for one in orders if one["orderType"] == "Market"]
        return await super()._serve(request)


class HedgeMarket(Market):
    """Others with 1 at the touch, before the bot's quotes there, and plenty a little behind."""

    def move(self) -> None:
        for side, price in zip(("Bid", "Ask"), (TOUCH[0] - 1, TOUCH[1] + 1), strict=True):
            self._exchange.order(self._maker, SYMBOL, side, DEPTH, price)
        self.refresh()

    def refresh(self) -> None:
        for order in self._orders:
            if order.is_open:
                self._exchange.engine.cancel(self._maker, order)
        self._orders = [
            self._exchange.order(self._maker, SYMBOL, side, AHEAD, price)
            for side, price in zip(("Bid", "Ask"), TOUCH, strict=True)
        ]

    def hit(self, number: int) -> None:
        size = AHEAD + Decimal(SIZE)
        self._exchange.order(self._taker, SYMBOL, "Ask" if number % 2 else "Bid", size)

    def quoted(self) -> bool:
        """Whether the bot stands at both touches, and nothing of it is left to be hedged."""
        account = self._exchange.known_account(self._public)
        if account is None or len(account.open_orders) != 2:
            return False
        held = account.positions.get(SYMBOL)
        prices = sorted(order.market.price_grid.plain(order.price) for order in account.open_orders.values())
        return [Decimal(price) for price in prices] == list(TOUCH) and (held is None or held.steps == 0)


async def measure(fills: int) -> list[float]:
    """Milliseconds from each fill to its hedge's arrival."""
    log = REPOSITORY / ".build" / "hedge.log"
    config = SimulatorConfig(port=0, flow=None, rate_limit=None, balances={"USDC": "1000000"})
    found: list[float] = []
    async with HedgeWatched(config) as backpack, Bot(HEDGE, backpack, log) as bot:
        backpack.exchange.set_mark(SYMBOL, "145")
        market: Any = HedgeMarket(backpack, bot.public)
        for number in range(fills):
            if await market.until(market.quoted, START_SECONDS) is None:
                raise RuntimeError(f"the bot does not quote; see {log}")
            await market.pause(HEDGE)
            backpack.hedges.clear()
            began = time.perf_counter()
            market.hit(number)
            if await market.until(lambda: bool(backpack.hedges), 15) is None:
                raise RuntimeError(f"fill {number} was not hedged; see {log}")
            found.append((backpack.hedges[0] - began) * 1e3)
            market.refresh()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks hedge")
    parser.add_argument("--fills", type=int, default=300, help="fills that are hedged (300)")
    arguments = parser.parse_args()
    (REPOSITORY / ".build").mkdir(exist_ok=True)
    loopback = asyncio.run(measure_loopback(50))["fill"]
    found = asyncio.run(measure(arguments.fills))
    floor = statistics.median(loopback)
    median, p99, worst = statistics.median(found), percentile(found, 0.99), max(found)
    floor_p99, floor_worst = percentile(loopback, 0.99), max(loopback)
    met = median - floor < AIM_MEDIAN_MS and p99 - floor < AIM_P99_MS
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {len(found)} fills\n"
        "\n| what | median ms | p99 ms | worst ms | aim |\n|---|---|---|---|---|\n"
        f"| quote filled → hedge order arrives | {median:.1f} | {p99:.1f} | {worst:.1f} | |\n"
        f"| fill → a client that only answers | {floor:.1f} | {floor_p99:.1f} | {floor_worst:.1f} | |\n"
        f"| the bot's own time | {median - floor:.1f} | {p99 - floor:.1f} | {worst - floor:.1f} | median under "
        f"{AIM_MEDIAN_MS:.0f}, p99 under {AIM_P99_MS:.0f}: {'met' if met else 'missed'} |"
    )


if __name__ == "__main__":
    main()
