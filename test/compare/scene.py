"""A local Backpack, a connector at it, and a record of what passed between them; the same for either connector."""

import asyncio
import contextlib
import logging
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_constants
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_derivative import (
    BackpackPerpetualDerivative,
)
from hummingbot.connector.exchange.backpack import backpack_constants
from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange
from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from hummingbot.data_feed.candles_feed.backpack_perpetual_candles import constants as perpetual_candles_constants
from hummingbot.data_feed.candles_feed.backpack_spot_candles import constants as spot_candles_constants

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.simulator.rest.calls import Answer
from test.hummingbot.harness import Keys, Running, until

PAIR = "SOL-USDC"
SPOT = "SOL_USDC"
PERPETUAL = "SOL_USDC_PERP"
FAR_AWAY = 1e12
OURS = "ours"
BUNDLED = "bundled"


@dataclass(frozen=True)
class Scenario:
    """One behaviour.

    :param card: of the behaviour cards, or ``control``
    :param what: a sentence for the table
    :param right: the value that ours must give
    :param wrong: the value that the bundled connector gives for the reason the card names; a pattern where it counts
    :param run: drives a connector and returns the value
    :param config: settings of the local Backpack
    """

    name: str
    card: str
    what: str
    right: str
    wrong: str | re.Pattern[str]
    run: Callable[["Scene"], Awaitable[str]]
    config: Mapping[str, Any]

    def is_wrong(self, value: str) -> bool:
        if isinstance(self.wrong, str):
            return value == self.wrong
        return self.wrong.fullmatch(value) is not None


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    card: str, what: str, *, right: str, wrong: str | re.Pattern[str], **config: Any
) -> Callable[[Callable[["Scene"], Awaitable[str]]], Callable[["Scene"], Awaitable[str]]]:
    """Registers a function under its name."""

    def register(run: Callable[["Scene"], Awaitable[str]]) -> Callable[["Scene"], Awaitable[str]]:
        SCENARIOS[run.__name__] = Scenario(run.__name__, card, what, right, wrong, run, config)
        return run

    return register


@dataclass(frozen=True)
class Request:
    """One that reached the exchange."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: bytes
    headers: Mapping[str, str]


@dataclass
class _Replacement:
    answer: Answer
    carry_out: bool
    times: int


class _Log(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@dataclass
class Scene:
    """What a scenario works with."""

    side: str
    scenario: Scenario
    backpack: LocalBackpack
    keys: Keys
    maker: Any
    taker: Any
    stack: contextlib.AsyncExitStack
    requests: list[Request] = field(default_factory=list)
    subscribed: list[str] = field(default_factory=list)
    frames: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    logs: list[logging.LogRecord] = field(default_factory=list)
    most_at_once: int = 0
    watched_paths: tuple[str, ...] = ()
    _at_once: int = 0
    _replacements: dict[tuple[str, str], _Replacement] = field(default_factory=dict)

    # === connectors ===

    def build(self, kind: str = PERPETUAL, pairs: list[str] | None = None, **options: Any) -> Any:
        """A connector that is not started. :param kind: ``SPOT`` or ``PERPETUAL``"""
        cls = BackpackExchange if kind == SPOT else BackpackPerpetualDerivative
        if self.side == OURS:
            options["domain"] = "simulator"
        return cls(
            backpack_api_key=self.keys.public,
            backpack_api_secret=self.keys.secret,
            trading_pairs=[PAIR] if pairs is None else pairs,
            **options,
        )

    async def start(self, kind: str = PERPETUAL, pairs: list[str] | None = None, **options: Any) -> Running:
        """A connector that is started but perhaps not ready."""
        return await self.stack.enter_async_context(Running(self.build(kind, pairs, **options)))

    async def connect(self, kind: str = PERPETUAL, pairs: list[str] | None = None, **options: Any) -> Running:
        """A connector that is ready and hears its private stream."""
        run = await self.start(kind, pairs, **options)
        await run.ready()
        await until(lambda: self.hears("account.orderUpdate"))
        # Hummingbot polls at full two minutes of the clock; one that came by chance would hide what is compared.
        run.connector.SHORT_POLL_INTERVAL = run.connector.LONG_POLL_INTERVAL = FAR_AWAY
        return run

    # === what the exchange does ===

    @property
    def account(self) -> Any:
        return self.backpack.exchange.known_account(self.keys.public)

    @property
    def open_orders(self) -> list[Any]:
        return list(self.account.open_orders.values())

    def rest(self, side: str, quantity: str, price: str, symbol: str = PERPETUAL) -> Any:
        """Another trader's resting order."""
        return self.backpack.exchange.order(self.maker, symbol, side, quantity, price)

    def take(self, side: str, quantity: str, symbol: str = PERPETUAL) -> Any:
        """A third trader's market order."""
        return self.backpack.exchange.order(self.taker, symbol, side, quantity)

    def by_hand(self, side: str, quantity: str, price: str | None = None, symbol: str = PERPETUAL, **more: Any) -> Any:
        """An order of the connector's account that the connector did not place."""
        return self.backpack.exchange.order(self.account, symbol, side, quantity, price, **more)

    def cancel_at_exchange(self, order: Any) -> None:
        self.backpack.exchange.engine.cancel(self.account, order)

    def drop_private_stream(self) -> None:
        """Closes its socket at once: what happens in this turn is not sent."""
        self.backpack.faults.set("disconnect", stream="account.")

    def replace(self, method: str, path: str, answer: Answer, carry_out: bool = False, times: int = 1_000_000) -> None:
        """Gives another answer."""
        self._replacements[method, path] = _Replacement(answer, carry_out, times)

    async def heard_again(self, name: str, before: int) -> None:
        """Waits until somebody subscribed to a stream after the first so many subscriptions, and was accepted."""
        await until(lambda: name in self.subscribed[before:] and self.hears(name), 12)

    # === what was seen ===

    def hears(self, name: str) -> bool:
        """Whether somebody listens to a stream."""
        return any(topic == name for topic, _ in self.backpack.hub.topics)

    def asked(self, method: str, path: str) -> list[Request]:
        return [one for one in self.requests if (one.method, one.path) == (method, path)]

    def said(self, text: str) -> list[logging.LogRecord]:
        """Log records that contain a text."""
        return [record for record in self.logs if text in record.getMessage()]

    async def settles(self, read: Callable[[], str], seconds: float = 4.0) -> str:
        """Waits until the value is the right one, no longer than this, and returns it."""
        deadline = time.monotonic() + seconds
        while (value := read()) != self.scenario.right and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return value

    # === orders ===

    @staticmethod
    def trade(
        run: Running, side: str, amount: str, price: str | None = None, kind: OrderType | None = None, **options: Any
    ) -> str:
        """Asks the connector for an order: post-only at a price, else at market. :return: its client id"""
        if kind is None:
            kind = OrderType.MARKET if price is None else OrderType.LIMIT_MAKER
        if "perpetual" in run.connector.name:
            options.setdefault("position_action", PositionAction.OPEN)
        place = run.connector.buy if side == "Bid" else run.connector.sell
        return str(place(PAIR, Decimal(amount), kind, Decimal(price or "NaN"), **options))

    async def resting(self, run: Running, side: str, amount: str, price: str) -> tuple[str, Any]:
        """Places an order that rests. :return: client id, the exchange's order"""
        before = {order.id for order in self.open_orders}
        order_id = self.trade(run, side, amount, price)
        await until(lambda: (order := run.order(order_id)) and order.exchange_order_id)
        (resting,) = [order for order in self.open_orders if order.id not in before]
        return order_id, resting

    @staticmethod
    def order(run: Running, order_id: str) -> Any:
        """The tracked order, over or not; None: not tracked any more."""
        return run.connector._order_tracker.fetch_order(client_order_id=order_id)

    def state(self, run: Running, order_id: str) -> str:
        order = self.order(run, order_id)
        return "not tracked" if order is None else str(order.current_state.name)

    # === recording ===

    def _record(self) -> None:
        dispatcher, hub = self.backpack._dispatcher, self.backpack.hub
        answer, handle, publish = dispatcher.answer, hub.handle, hub.publish

        async def recorded(method: str, path: str, query: Any, body: bytes, headers: Any) -> Answer | None:
            self.requests.append(Request(method, path, query, body, dict(headers)))
            watched = path.startswith(self.watched_paths) if self.watched_paths else False
            self._at_once += watched
            self.most_at_once = max(self.most_at_once, self._at_once)
            try:
                other = self._replacements.get((method, path))
                if other is None or other.times <= 0:
                    return await answer(method, path, query, body, headers)
                other.times -= 1
                if other.carry_out:
                    await answer(method, path, query, body, headers)
                return other.answer
            finally:
                self._at_once -= watched

        def listened(session: Any, text: str) -> None:
            if '"SUBSCRIBE"' in text:
                self.subscribed += re.findall(r'"([a-zA-Z]+\.[^"]+)"', text)
            handle(session, text)

        def published(name: str, data: dict[str, Any], account: int = 0) -> None:
            self.frames.append((name, data))
            publish(name, data, account)

        dispatcher.answer = recorded  # type: ignore[method-assign]
        hub.handle = listened  # type: ignore[method-assign]
        hub.publish = published  # type: ignore[method-assign]


def point_at(url: str, side: str) -> None:
    """Leads the connectors of this process, of whichever side, to a local Backpack."""
    os.environ["BACKPACK_SIMULATOR_URL"] = url
    if side == BUNDLED:
        # It knows no local Backpack: its constants are all that changes.
        stream = url.replace("http", "ws", 1)
        for constants in (backpack_constants, backpack_perpetual_constants):
            vars(constants).update(REST_URL=f"{url}/", WSS_URL=f"{stream}/")
        for constants in (spot_candles_constants, perpetual_candles_constants):
            vars(constants).update(REST_URL=url, WSS_URL=stream)


@contextlib.asynccontextmanager
async def open_scene(one: Scenario, side: str) -> AsyncIterator[Scene]:
    """The local Backpack of one scenario: nothing moves by itself, the book is 144.90 to 145.10."""
    config = dict(one.config)
    has_book = config.pop("book", True)
    keys = Keys.new()
    settings = SimulatorConfig(**{"port": 0, "flow": None, "keys": {keys.public: {}}, **config})
    async with LocalBackpack(settings) as backpack, contextlib.AsyncExitStack() as stack:
        point_at(backpack.url, side)
        maker = backpack.exchange.trader("maker")
        scene = Scene(side, one, backpack, keys, maker, backpack.exchange.trader("taker"), stack)
        scene._record()
        if has_book:
            for symbol in (SPOT, PERPETUAL):
                scene.rest("Bid", "100", "144.90", symbol)
                scene.rest("Ask", "100", "145.10", symbol)
        handler = _Log(scene.logs)
        logging.getLogger().addHandler(handler)
        stack.callback(logging.getLogger().removeHandler, handler)
        # Hummingbot's one HTTP session must not keep connections to an exchange that is gone.
        stack.push_async_callback(ConnectionsFactory().close)
        yield scene
