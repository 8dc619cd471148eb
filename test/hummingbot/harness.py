"""Runs a connector against a local Backpack as Hummingbot runs it: real sockets, a real event loop, a clock that ticks.

Works with ours and, its URL constants pointed at the same exchange, with the connector that Hummingbot bundles.
"""

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from hummingbot.core.event.event_listener import EventListener
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from nacl.signing import SigningKey

TICK = 0.2


@dataclass(frozen=True)
class Keys:
    """A pair in the exchange's form."""

    public: str
    secret: str

    @classmethod
    def new(cls) -> "Keys":
        key = SigningKey.generate()
        return cls(base64.b64encode(bytes(key.verify_key)).decode(), base64.b64encode(bytes(key)).decode())


class _Recorder(EventListener):
    def __init__(self, events: list[Any]) -> None:
        super().__init__()
        self._events = events

    def __call__(self, event: Any) -> None:
        self._events.append(event)


@dataclass
class Running:
    """A started connector and everything it announced."""

    connector: Any
    events: list[Any] = field(default_factory=list)
    _recorder: Any = None
    _ticker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Running":
        self._recorder = _Recorder(self.events)
        for event in MarketEvent:
            self.connector.add_listener(event, self._recorder)
        self.connector._set_current_timestamp(time.time())
        await self.connector.start_network()
        self._ticker = asyncio.create_task(self._tick())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._ticker is not None
        self._ticker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._ticker
        await self.connector.stop_network()

    async def _tick(self) -> None:
        while True:
            now = time.time()
            self.connector._set_current_timestamp(now)
            self.connector.tick(now)
            await asyncio.sleep(TICK)

    def of(self, kind: type) -> list[Any]:
        """The events of one class, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    async def ready(self, seconds: float = 15) -> None:
        await until(lambda: self.connector.ready, seconds, lambda: f"not ready: {self.connector.status_dict}")

    def order(self, order_id: str) -> Any:
        """The tracked order, also when it is over."""
        return self.connector._order_tracker.all_fillable_orders.get(order_id)


async def until(
    condition: Callable[[], Any], seconds: float = 10, what: Callable[[], str] = lambda: "condition not met"
) -> Any:
    """Waits for a condition and returns its value."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (value := condition()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(what())
        await asyncio.sleep(0.01)
    return value


def perpetual(keys: Keys, trading_pairs: list[str] | None = None, **options: Any) -> Any:
    """Our perpetual connector at the local Backpack."""
    from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_derivative import (
        BackpackPerpetualDerivative,
    )

    return BackpackPerpetualDerivative(
        backpack_api_key=keys.public,
        backpack_api_secret=keys.secret,
        trading_pairs=["SOL-USDC"] if trading_pairs is None else trading_pairs,
        domain="simulator",
        **options,
    )


def spot(keys: Keys, trading_pairs: list[str] | None = None, **options: Any) -> Any:
    """Our spot connector at the local Backpack."""
    from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange

    return BackpackExchange(
        backpack_api_key=keys.public,
        backpack_api_secret=keys.secret,
        trading_pairs=["SOL-USDC"] if trading_pairs is None else trading_pairs,
        domain="simulator",
        **options,
    )


@contextlib.asynccontextmanager
async def local_backpack(monkeypatch: Any, **options: Any) -> AsyncIterator[Any]:
    """A local Backpack where nothing moves by itself, and the connectors' setting that points to it."""
    from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig

    async with LocalBackpack(SimulatorConfig(port=0, **{"flow": None, **options})) as backpack:
        monkeypatch.setenv("BACKPACK_SIMULATOR_URL", backpack.url)
        yield backpack
        # Hummingbot's one HTTP session; the next test has another event loop.
        await ConnectionsFactory().close()
