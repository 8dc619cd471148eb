"""The captures, and a local Backpack whose markets are the recorded ones."""

import copy
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from test.hummingbot_backpack.simulator.client import Client

Frame = dict[str, Any]

PRICES = {
    "SOL": "98.96", "BTC": "86700", "ETH": "2766", "AAPL.US": "340.5", "USDT": "0.9997", "PYTH": "0.1",
    "BONK": "0.00002", "HNT": "2", "JUP": "0.4",
}  # fmt: skip


def captures(shared: Path) -> Path:
    return shared / "backpack" / "captures"


def bodies(shared: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((captures(shared) / "rest_recorded_bodies.json").read_text(encoding="utf-8"))
    del result["_source"]
    return result


def frames(shared: Path, file: str) -> Iterator[Frame]:
    """Complete frames of one capture (its last line may be cut off)."""
    for line in (captures(shared) / file).read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def recorded_rows(shared: Path) -> list[dict[str, Any]]:
    """Rows of /markets as recorded."""
    return next(body for name, body in bodies(shared).items() if name.startswith("GET /api/v1/markets"))


def rows(shared: Path) -> list[dict[str, Any]]:
    """The recorded rows, and markets of which only frames were recorded, on the grid that these frames show."""
    recorded = recorded_rows(shared)
    perpetual = next(row for row in recorded if row["symbol"] == "BTC_USDC_PERP")
    for base, tick, step in (("ETH", "0.01", "0.0001"), ("AAPL.US", "0.01", "0.01")):
        row = copy.deepcopy(perpetual) | {"baseSymbol": base, "symbol": f"{base}_USDC_PERP"}
        row["filters"]["price"] |= {"tickSize": tick, "minPrice": tick}
        row["filters"]["quantity"] |= {"stepSize": step, "minQuantity": step}
        recorded.append(row)
    return recorded


@asynccontextmanager
async def backpack(shared: Path, **more: Any) -> AsyncIterator[tuple[LocalBackpack, Client]]:
    """A listening simulator with the recorded markets, where nothing moves by itself, and a client."""
    prices = PRICES | more.pop("prices", {})
    config = SimulatorConfig(port=0, flow=None, markets=rows(shared), prices=prices, rate_limit=None, **more)
    async with LocalBackpack(config) as running, aiohttp.ClientSession() as session:
        yield running, Client(running.url, session)


class Levels:
    """Other people's orders, so that a level of the book has exactly the size that a frame tells."""

    def __init__(self, running: LocalBackpack) -> None:
        self._exchange = running.exchange
        self._trader = self._exchange.trader("others", USDC="100000000000", SOL="1000000")
        self._orders: dict[tuple[str, str, str], Any] = {}

    def set(self, symbol: str, side: str, price: str, quantity: str) -> None:
        """One command, one frame: the old order leaves and the new one comes before anything is told."""
        engine, key = self._exchange.engine, (symbol, side, price)
        before = self._orders.pop(key, None)
        if before is not None:
            engine.finish(before, "Cancelled", "orderCancelled")
        if float(quantity):
            self._orders[key] = self._exchange.order(self._trader, symbol, side, quantity, price, postOnly=True)
        else:
            engine.flush()
