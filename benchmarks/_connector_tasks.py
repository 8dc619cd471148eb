"""What the benchmark of connectors measures: the same calls for either one, through what both have of Hummingbot."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bidict import bidict
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_auth import BackpackPerpetualAuth
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_web_utils as web_utils
from hummingbot.core.api_throttler.async_throttler import AsyncThrottler
from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest
from hummingbot.core.web_assistant.connections.rest_connection import RESTConnection
from hummingbot.core.web_assistant.connections.ws_connection import WSConnection

from test.compare.scene import FAR_AWAY, OURS, PERPETUAL, Scene, point_at
from test.hummingbot.harness import Keys, Running, until

DEPTH_PAIR, DEPTH_SYMBOL = "ETH-USDC", "ETH_USDC_PERP"
NOWHERE = "http://127.0.0.1:9"


class _FrameSocket:
    """Stands where the connected socket is: gives recorded texts, parsed as Hummingbot's own parses them."""

    def __init__(self) -> None:
        self.texts: asyncio.Queue[list[str]] = asyncio.Queue()

    async def send(self, request: Any) -> None:
        pass

    async def disconnect(self) -> None:
        pass

    async def iter_messages(self) -> AsyncIterator[Any]:
        while True:
            for text in await self.texts.get():
                yield SimpleNamespace(data=json.loads(text))
                # As between two frames that came one after the other: the pipeline has its turn.
                await asyncio.sleep(0)


class Bench:
    """
    :param side: ours or bundled
    """

    def __init__(self, side: str) -> None:
        self.side = side
        self.requests = 0
        self.frames = 0
        self.keys = Keys.new()
        self._run: Running | None = None
        self._connector: Any = None
        self._count()

    def _count(self) -> None:
        """Every request and frame of the process, where Hummingbot's own connection sends or gets it."""
        call, read = RESTConnection.call, WSConnection._read_message

        async def counted_call(connection: Any, request: Any) -> Any:
            self.requests += 1
            return await call(connection, request)

        async def counted_read(connection: Any) -> Any:
            message = await read(connection)
            self.frames += 1
            return message

        RESTConnection.call = counted_call
        WSConnection._read_message = counted_read

    # === without a network ===

    async def sign(self, count: int) -> float:
        """µs from an order's payload to a signed request."""
        point_at(NOWHERE, self.side)
        auth = BackpackPerpetualAuth(self.keys.public, self.keys.secret, _signing_clock(self.side))
        body: dict[str, Any] = {
            "symbol": PERPETUAL, "side": "Bid", "quantity": "0.34", "clientId": 3_000_000_017, "orderType": "Limit",
            "price": "144.85", "postOnly": True, "timeInForce": "GTC",
        }  # fmt: skip
        if self.side == OURS:
            body["selfTradePrevention"] = "RejectMaker"
        else:
            body["instruction"] = "orderExecute"
        url = web_utils.private_rest_url(CONSTANTS.ORDER_PATH_URL)
        begin = time.process_time()
        for _ in range(count):
            # The first two lines are those of Hummingbot's own REST assistant.
            data = json.dumps(body)
            request = RESTRequest(RESTMethod.POST, url, data=data, headers={}, is_auth_required=True)
            await auth.rest_authenticate(request)
        return (time.process_time() - begin) / count * 1e6

    async def limiter(self, remembered: int, count: int) -> float:
        """µs that a request costs in the limiter when so many others were made within the minute."""
        limit = CONSTANTS.ORDER_PATH_URL
        throttler: Any
        if self.side == OURS:
            throttler = web_utils.create_throttler()
            # The last tenth of the budget is open to what removes risk alone.
            limit = CONSTANTS.CANCEL_LIMIT_ID
            for _ in range(remembered):
                async with throttler.execute_task(limit):
                    pass
        else:
            throttler = AsyncThrottler(CONSTANTS.RATE_LIMITS)
            async with throttler.execute_task(limit):
                pass
            # What one call leaves behind, so many times: making them would take its time half a minute.
            throttler._task_logs.extend(throttler._task_logs * (remembered - 1))
        begin = time.process_time()
        for _ in range(count):
            async with throttler.execute_task(limit):
                pass
        return (time.process_time() - begin) / count * 1e6

    async def depth(self, frames: str, repeat: int) -> float:
        """µs of processor time from a frame's text to the book, recorded frames over the whole pipeline.

        :param frames: a file, its first line the snapshot's body, then one frame a line
        """
        snapshot, *texts = _lines(Path(frames))
        last_id = json.loads(texts[-1])["data"]["u"]
        figures = []
        for _ in range(repeat):
            async with _following(self._build([DEPTH_PAIR], NOWHERE), json.loads(snapshot)) as (tracker, socket):
                book = tracker.order_books[DEPTH_PAIR]
                begin = time.process_time()
                socket.texts.put_nowait(texts)
                while book.last_diff_uid != last_id:
                    await asyncio.sleep(0)
                figures.append((time.process_time() - begin) / len(texts) * 1e6)
                if (best := book.get_price(False)) != best:
                    raise RuntimeError("the book is empty")
        return min(figures)

    # === at a local Backpack ===

    def _build(self, pairs: list[str], url: str) -> Any:
        point_at(url, self.side)
        scene: Any = SimpleNamespace(side=self.side, keys=self.keys)
        return Scene.build(scene, pairs=pairs)

    async def connect(self, url: str, pairs: list[str]) -> str:
        """Starts the perpetual connector, which has made no poll of its own when this returns, and makes none."""
        self._connector = self._build(pairs, url)
        self._run = await Running(self._connector).__aenter__()
        # Hummingbot's own tracker takes a second for each market.
        await self._run.ready(60 + 2 * len(pairs))
        if self.side == OURS:
            await until(lambda: self._connector.is_user_stream_up, 20)
        self._connector.SHORT_POLL_INTERVAL = self._connector.LONG_POLL_INTERVAL = FAR_AWAY
        return self.keys.public

    async def disconnect(self) -> None:
        if self._run is not None:
            await self._run.__aexit__(None, None, None)
            self._run = None
            # The next exchange is another one.
            await ConnectionsFactory().close()

    async def place(self, pair: str, count: int) -> dict[str, float]:
        """Half bids, half asks, decided in one turn. :return: seconds until all rest, requests"""
        requests = self.requests
        begin = time.perf_counter()
        orders = [
            getattr(self._connector, "buy" if level % 2 else "sell")(
                pair, Decimal("0.1"), OrderType.LIMIT_MAKER,
                Decimal("144.5") - Decimal(level) / 100 if level % 2 else Decimal("145.5") + Decimal(level) / 100,
                position_action=PositionAction.OPEN,
            )
            for level in range(count)
        ]  # fmt: skip
        tracked = self._connector._order_tracker.active_orders
        while not all((order := tracked.get(one)) and order.is_open and order.exchange_order_id for one in orders):
            if time.perf_counter() - begin > 30:
                raise RuntimeError("not all orders rest after 30 s")
            await asyncio.sleep(0.0005)
            tracked = self._connector._order_tracker.active_orders
        return {"seconds": time.perf_counter() - begin, "requests": self.requests - requests}

    async def withdraw(self) -> int:
        """:return: orders that could not be cancelled"""
        results = await self._connector.cancel_all(20)
        return sum(not result.success for result in results)

    async def poll(self) -> dict[str, float]:
        """One status poll. :return: seconds, requests"""
        requests, begin = self.requests, time.perf_counter()
        await self._connector._status_polling_loop_fetch_updates()
        return {"seconds": time.perf_counter() - begin, "requests": self.requests - requests}

    async def listen(self, seconds: float) -> dict[str, float]:
        """:return: processor seconds and frames, each for a second"""
        frames, used, begin = self.frames, time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        took = time.perf_counter() - begin
        return {"cpu": (time.process_time() - used) / took, "frames": (self.frames - frames) / took}


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def _signing_clock(side: str) -> Any:
    """The clock that the connector of a side signs with, after it has asked the exchange a few times."""
    if side == OURS:
        from hummingbot.connector.exchange.backpack.backpack_clock import ExchangeClock as Clock
    else:
        from hummingbot.connector.time_synchronizer import TimeSynchronizer as Clock
    clock = Clock()
    for _ in range(5):
        clock.add_time_offset_ms_sample((time.time() - time.perf_counter()) * 1e3)
    return clock


@contextlib.asynccontextmanager
async def _following(connector: Any, snapshot: dict[str, Any]) -> AsyncIterator[tuple[Any, _FrameSocket]]:
    """The connector's own tracker and data source at work, the socket and the snapshot's request replaced.

    :yield: the tracker with the snapshot in its book, the socket
    """
    connector._set_trading_pair_symbol_map(bidict({DEPTH_SYMBOL: DEPTH_PAIR}))
    source, tracker, socket = connector._orderbook_ds, connector.order_book_tracker, _FrameSocket()

    async def connected() -> _FrameSocket:
        return socket

    async def body(*_: Any, **__: Any) -> dict[str, Any]:
        return snapshot

    async def prices(trading_pairs: list[str], **_: Any) -> dict[str, float]:
        return dict.fromkeys(trading_pairs, 1.0)

    source._connected_websocket_assistant = connected
    source._request_order_book_snapshot = body
    source.get_last_traded_prices = prices
    tracker.start()
    try:
        await until(lambda: tracker.ready and tracker.order_books[DEPTH_PAIR].snapshot_uid > 0)
        yield tracker, socket
    finally:
        tracker.stop()
        await asyncio.sleep(0)
