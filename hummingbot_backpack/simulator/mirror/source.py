"""The real market's public streams: snapshot and differences joined, trades, marks. No key is used."""

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from hummingbot_backpack.simulator.amounts import units
from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.mirror.market import MirroredMarket, parsed_levels

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.exchange import Exchange

logger = logging.getLogger(__name__)

SILENCE = 75.0
"""Seconds without a frame or ping after which the socket counts as dead."""
LONGEST_WAIT = 30.0


class Gap(Exception):
    """The next difference does not follow the last."""


async def mirrored_rows(config: SimulatorConfig) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The real rows of the markets to mirror, and a price of each base asset. ValueError for an unknown market."""
    rows, prices = [], {}
    async with aiohttp.ClientSession(
        config.mirror_url, timeout=aiohttp.ClientTimeout(total=10), trust_env=True
    ) as session:
        for symbol in config.mirror:
            async with session.get("/api/v1/market", params={"symbol": symbol}) as answer:
                if answer.status != 200:
                    raise ValueError(f"mirror ({symbol}) must be a market of {config.mirror_url}")
                row = await answer.json()
            async with session.get("/api/v1/depth", params={"symbol": symbol, "limit": "5"}) as answer:
                book = await answer.json() if answer.status == 200 else {}
            sides = [level[0] for level in (*book.get("asks", [])[:1], *book.get("bids", [])[-1:])]
            if not sides:
                raise ValueError(f"mirror ({symbol}) must have a book")
            rows.append(row)
            prices[row["baseSymbol"]] = sides[0]
    return rows, prices


class MirrorSource:
    """Feeds the mirrored markets of an exchange."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange, self._config = exchange, exchange.config
        engine = exchange.engine
        self._markets = {symbol: MirroredMarket(engine, engine.markets[symbol]) for symbol in self._config.mirror}
        self._last: dict[str, int | None] = dict.fromkeys(self._config.mirror)
        self._early: dict[str, list[dict[str, Any]]] = {symbol: [] for symbol in self._config.mirror}

    async def run(self) -> None:
        """Follow until cancelled; after a loss the books are empty until they are known again."""
        wait = 0.0
        while True:
            await asyncio.sleep(wait)
            try:
                await self._follow()
                wait = 1.0
            except (aiohttp.ClientError, TimeoutError, Gap, OSError, ValueError) as error:
                logger.warning("the mirrored market was lost: %s", error or type(error).__name__)
                wait = min(LONGEST_WAIT, max(1.0, wait * 2)) if not isinstance(error, Gap) else 0.0
            for symbol, market in self._markets.items():
                market.withdraw()
                self._last[symbol] = None
                self._early[symbol] = []

    async def _follow(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=None)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
            async with session.ws_connect(self._config.mirror_stream_url, max_msg_size=0) as socket:
                kinds = ("depth", "trade", "markPrice")
                names = [f"{kind}.{symbol}" for symbol in self._markets for kind in kinds]
                await socket.send_str(orjson.dumps({"method": "SUBSCRIBE", "params": names}).decode())
                snapshots = asyncio.create_task(self._snapshots(session))
                try:
                    while True:
                        message = await asyncio.wait_for(socket.receive(), SILENCE)
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            return
                        self._take(orjson.loads(message.data).get("data") or {})
                        if snapshots.done():
                            snapshots.result()
                finally:
                    snapshots.cancel()
                    with suppress(asyncio.CancelledError, Exception):
                        await snapshots

    async def _snapshots(self, session: aiohttp.ClientSession) -> None:
        for symbol in self._markets:
            url = self._config.mirror_url + "/api/v1/depth"
            async with session.get(url, params={"symbol": symbol}) as answer:
                answer.raise_for_status()
                body = await answer.json()
            state = self._exchange.engine.markets[symbol]
            last = int(body["lastUpdateId"])
            self._markets[symbol].reset(last, parsed_levels(state, body["bids"]), parsed_levels(state, body["asks"]))
            self._last[symbol] = last
            early, self._early[symbol] = self._early[symbol], []
            for data in early:
                self._depth(symbol, data)

    def _take(self, data: dict[str, Any]) -> None:
        symbol = data.get("s", "")
        market = self._markets.get(symbol)
        if market is None:
            return
        if data["e"] == "depth":
            if self._last[symbol] is None:
                self._early[symbol].append(data)
            else:
                self._depth(symbol, data)
        elif data["e"] == "trade":
            spec = self._exchange.specs[symbol]
            market.trade(
                data["t"],
                spec.price_grid.count(units(data["p"])),
                spec.quantity_grid.count(units(data["q"])),
                int(data["b"]),
                int(data["a"]),
                data["m"],
            )
        elif data["e"] == "markPrice":
            self._mark(symbol, data)

    def _depth(self, symbol: str, data: dict[str, Any]) -> None:
        """Differences older than the snapshot are dropped; each other must follow the last."""
        last = self._last[symbol]
        assert last is not None
        if data["u"] <= last:
            return
        if data["U"] > last + 1:
            raise Gap(f"{symbol}: {data['U']} follows {last}")
        state = self._exchange.engine.markets[symbol]
        bids, asks = parsed_levels(state, data["b"]), parsed_levels(state, data["a"])
        self._markets[symbol].apply(data["u"], bids, asks)
        self._last[symbol] = data["u"]

    def _mark(self, symbol: str, data: dict[str, Any]) -> None:
        exchange, perpetuals = self._exchange, self._exchange.perpetuals
        exchange.engine.set_index(exchange.specs[symbol].base, units(data["i"]))
        perpetuals.given_rates[symbol] = units(data["f"])
        perpetuals.next_funding_us = int(data["n"]) * 1000
        exchange.set_mark(symbol, data["p"])
