"""A small exchange that plays back a recorded depth feed in the exchange's wire format, over real sockets, and loses,
repeats and shuffles frames when told to. Its book is built by itself, and shares no code with the connectors."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

from aiohttp import WSMsgType, web

SYMBOL = "ETH_USDC_PERP"
PAIR = "ETH-USDC"
MARKET = {
    "symbol": SYMBOL, "baseSymbol": "ETH", "quoteSymbol": "USDC", "marketType": "PERP", "orderBookState": "Open",
    "createdAt": "2025-01-21T06:34:54.691858", "visible": True, "fundingInterval": 3600000,
    "filters": {"price": {"tickSize": "0.01", "minPrice": "0.01", "maxPrice": None},
                "quantity": {"stepSize": "0.001", "minQuantity": "0.001", "maxQuantity": None}},
    "imfFunction": {"base": "0.02", "factor": "0.0001", "type": "sqrt"},
    "mmfFunction": {"base": "0.0125", "factor": "0.0001", "type": "sqrt"},
}  # fmt: skip

Side = dict[float, float]


class DepthExchange:
    """Begins with a book; each :meth:`advance` is one update with the next ids.

    :param book: bids and asks, ``[price, size]`` as texts
    """

    def __init__(self, book: dict[str, Any]) -> None:
        self.bids: Side = {float(price): float(size) for price, size in book["bids"]}
        self.asks: Side = {float(price): float(size) for price, size in book["asks"]}
        self.last_id = 1000
        self.lag: list[dict[str, Any]] = []
        """Bodies of ``/depth`` that are answered before the current one: snapshots from some updates ago."""
        self.snapshots = self.connections = 0
        self.is_mute = False
        """Whether pings stay unanswered, as on a half-open socket."""
        self.refusals = 0
        """So many subscriptions are refused from now on."""
        self._sockets: set[web.WebSocketResponse] = set()
        self._listeners: set[web.WebSocketResponse] = set()
        self._pongs = asyncio.Condition()
        self._ponged = 0

    # === the feed ===

    def advance(self, update: dict[str, Any]) -> str:
        """Applies an update and returns its frame, which is not sent yet."""
        for side, rows in ((self.bids, update["bids"]), (self.asks, update["asks"])):
            for price, size in rows:
                if Decimal(size) == 0:
                    side.pop(float(price), None)
                else:
                    side[float(price)] = float(size)
        # Most updates bundle several engine events.
        first, self.last_id = self.last_id + 1, self.last_id + 1 + len(update["bids"]) % 4
        data = {
            "e": "depth", "E": update["time_us"] + 500, "T": update["time_us"], "s": SYMBOL, "U": first,
            "u": self.last_id, "b": update["bids"], "a": update["asks"],
        }  # fmt: skip
        return json.dumps({"stream": f"depth.{SYMBOL}", "data": data})

    async def send(self, frame: str) -> None:
        for socket in list(self._listeners):
            with contextlib.suppress(ConnectionError):
                await socket.send_str(frame)

    async def hear(self) -> bool:
        """Pings, and waits for the pong: what was sent before it has been read. False: nobody listens."""
        if not self._listeners:
            return False
        before = self._ponged
        for socket in list(self._listeners):
            with contextlib.suppress(ConnectionError):
                await socket.ping()
        try:
            async with asyncio.timeout(5), self._pongs:
                await self._pongs.wait_for(lambda: self._ponged > before or not self._listeners)
        except TimeoutError:
            raise AssertionError("a ping of the server was not answered") from None
        return bool(self._listeners)

    async def disconnect(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    @property
    def is_heard(self) -> bool:
        return bool(self._listeners)

    def depth(self) -> dict[str, Any]:
        """The body of ``/depth`` now: bids ascending, as the exchange sends them."""
        return {
            "asks": [[repr(price), repr(self.asks[price])] for price in sorted(self.asks)],
            "bids": [[repr(price), repr(self.bids[price])] for price in sorted(self.bids)],
            "lastUpdateId": str(self.last_id),
            "timestamp": 0,
        }

    # === serving ===

    async def _depth(self, request: web.Request) -> web.Response:
        self.snapshots += 1
        body = self.lag.pop(0) if self.lag else self.depth()
        limit = int(request.query.get("limit", "1000"))
        # This exchange answers with all it has where the whole book is asked for, so that books can be compared whole.
        if limit < 1000:
            body = {**body, "asks": body["asks"][:limit], "bids": body["bids"][-limit:]}
        return web.json_response(body)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self._sockets.add(socket)
        self.connections += 1
        try:
            async for message in socket:
                if message.type is WSMsgType.PING:
                    if not self.is_mute:
                        await socket.pong(message.data)
                elif message.type is WSMsgType.PONG:
                    async with self._pongs:
                        self._ponged += 1
                        self._pongs.notify_all()
                elif message.type is WSMsgType.TEXT and f"depth.{SYMBOL}" in json.loads(message.data)["params"]:
                    if self.refusals:
                        self.refusals -= 1
                        await socket.send_json({"id": None, "error": {"code": 4006, "message": "Invalid stream"}})
                    else:
                        self._listeners.add(socket)
        finally:
            self._sockets.discard(socket)
            self._listeners.discard(socket)
            async with self._pongs:
                self._pongs.notify_all()
        return socket

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """The address, while it listens."""

        def fixed(body: Any) -> Any:
            async def answer(request: web.Request) -> web.Response:
                return web.json_response(body)

            return answer

        mark = {
            "symbol": SYMBOL, "markPrice": "2681", "indexPrice": "2681", "fundingRate": "0.00001",
            "nextFundingTimestamp": 1723165200000,
        }  # fmt: skip
        application = web.Application()
        application.router.add_get("/", self._stream)
        application.router.add_get("/api/v1/depth", self._depth)
        application.router.add_get("/api/v1/markets", fixed([MARKET]))
        application.router.add_get("/api/v1/market", fixed(MARKET))
        application.router.add_get("/api/v1/markPrices", fixed([mark]))
        application.router.add_get("/api/v1/ping", fixed("pong"))
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()
