"""The network face: one port, REST by path, the streams at `/` with an Upgrade header, the page at `/` without."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web

from hummingbot_backpack.simulator import control
from hummingbot_backpack.simulator.broadcasts import Broadcasts
from hummingbot_backpack.simulator.clock import Jobs, VirtualClock
from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.dispatch import Dispatcher
from hummingbot_backpack.simulator.exchange import Exchange
from hummingbot_backpack.simulator.fault_actions import FaultActions
from hummingbot_backpack.simulator.faults import Faults
from hummingbot_backpack.simulator.mirror.source import MirrorSource, mirrored_rows
from hummingbot_backpack.simulator.page import PAGE
from hummingbot_backpack.simulator.sessions import Session
from hummingbot_backpack.simulator.streams import Hub

logger = logging.getLogger(__name__)

SERVER = "local Backpack (simulator)"
"""Every answer says what it comes from."""
TURN = 0.02
"""Seconds between turns of the market and of the timed frames."""
MAX_BODY = 4 * 1024 * 1024
PONG_WITHIN = 120.0


class _Server(web.Server):
    """Drops connections that have not sent a whole request head in time; aiohttp alone would wait for ever."""

    def __init__(self, serve: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], within: float) -> None:
        super().__init__(self._heard, access_log=None)
        self._serve, self._within = serve, within
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}

    async def _heard(self, request: web.BaseRequest) -> web.StreamResponse:
        self._forget(request.protocol)
        return await self._serve(request)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._silent[handler] = asyncio.get_running_loop().call_later(self._within, transport.abort)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        self._forget(handler)
        super().connection_lost(handler, exc)

    def _forget(self, handler: web.RequestHandler) -> None:
        timer = self._silent.pop(handler, None)
        if timer is not None:
            timer.cancel()


class LocalBackpack:
    """A simulated exchange that listens. ``async with LocalBackpack(config) as backpack: backpack.url …``"""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.config = config or SimulatorConfig()
        self.exchange = Exchange(self.config)
        self.hub = Hub(self.exchange)
        self._fault_actions = FaultActions(self.exchange, self.hub)
        self._dispatcher = Dispatcher(self.exchange, self.hub)
        self._wire_jobs = Jobs()
        self._broadcasts = Broadcasts(self.exchange, self.hub, self._wire_jobs)
        self._runner: web.ServerRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._source: MirrorSource | None = None
        self._started_us = self.exchange.clock.true_us()
        self.port = 0

    @classmethod
    async def mirroring(cls, config: SimulatorConfig) -> "LocalBackpack":
        """A simulator of the real markets that `config.mirror` names. Raises ValueError or aiohttp.ClientError."""
        rows, prices = await mirrored_rows(config)
        backpack = cls(replace(config, markets=rows, prices=prices, flow=None))
        backpack._source = MirrorSource(backpack.exchange)
        return backpack

    @property
    def url(self) -> str:
        """Base URL of REST; the streams are at the same address with ws://."""
        return f"http://{self.config.host}:{self.port}"

    @property
    def stream_url(self) -> str:
        """Address of the streams, public and private ones alike."""
        return f"ws://{self.config.host}:{self.port}/"

    @property
    def faults(self) -> Faults:
        """What goes wrong on demand: see `Faults.set`."""
        return self.exchange.faults

    def ledger(self, public_key: str) -> dict[str, Any]:
        """What `/simulator/ledger` answers for a key. Raises KeyError for one that has not signed anything."""
        account = self.exchange.known_account(public_key)
        if account is None:
            raise KeyError(public_key)
        return control.ledger_of(self.exchange, account)

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        server = _Server(self._serve, self.config.request_within)
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.config.host, self.config.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        if not isinstance(self.exchange.clock, VirtualClock):
            self._tasks.append(asyncio.create_task(self._run()))
        if self._source is not None:
            self._tasks.append(asyncio.create_task(self._source.run()))

    async def stop(self) -> None:
        """Close every connection and stop listening. What the exchange holds can still be read."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for session in list(self.hub.sessions):
            session.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "LocalBackpack":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TURN)
            try:
                self._turn()
            except Exception:
                logger.exception("a turn of the simulated market ended in an error")

    def _turn(self) -> None:
        self.exchange.faults.expire()
        self.exchange.turn()
        self._wire_jobs.advance_to(self.exchange.clock.true_us() - self._started_us)

    async def advance(self, seconds: float) -> None:
        """Move a virtual clock on, turn by turn, letting requests and sockets have their say in between."""
        clock = self.exchange.clock
        if not isinstance(clock, VirtualClock):
            raise TypeError("only a virtual clock can be advanced")
        left = seconds
        while left > 1e-9:
            clock.advance(min(TURN, left))
            left -= TURN
            self._turn()
            await asyncio.sleep(0)

    # Requests

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/":
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._stream(request)
            return web.Response(text=PAGE, content_type="text/html")
        try:
            length = request.content_length
            if length is not None and length > MAX_BODY:
                return web.Response(status=413, text="payload too large")
            async with asyncio.timeout(self.config.request_within):
                body = await request.read() if request.body_exists else b""
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError from None
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413, text="payload too large")
        query = parse_qs(request.rel_url.raw_query_string, keep_blank_values=True)
        answer = await self._dispatcher.answer(request.method, request.path, query, body, request.headers)
        if answer is None:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError
        headers = {"Server": SERVER, **answer.headers}
        if answer.body is not None:
            headers["Content-Type"] = answer.content_type
        return web.Response(body=answer.body, status=answer.status, headers=headers)

    async def _stream(self, request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, max_msg_size=1024 * 1024, compress=False)
        await socket.prepare(request)
        assert request.transport is not None
        session = Session(socket, request.transport)
        self.hub.add(session)
        pinger = asyncio.create_task(self._ping(session))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self.hub.handle(session, message.data)
                elif message.type is WSMsgType.PING and not session.frozen:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.PONG:
                    session.ponged = time.monotonic()
        except ConnectionResetError:
            pass
        finally:
            self.hub.remove(session)
            pinger.cancel()
            await asyncio.gather(pinger, return_exceptions=True)
        return socket

    async def _ping(self, session: Session) -> None:
        """Ping every minute; a client that answers none for two minutes is closed."""
        session.ponged = time.monotonic()
        while True:
            await asyncio.sleep(self.config.ping_interval)
            if session.frozen:
                continue
            if time.monotonic() - session.ponged > max(PONG_WITHIN, 2 * self.config.ping_interval):
                session.close()
                return
            await session.socket.ping()


def write_port_file(path: Path, port: int) -> None:
    """Write the port so that a reader never sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(f"{port}\n", encoding="utf-8")
    temporary.replace(path)
