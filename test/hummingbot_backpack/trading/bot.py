"""A bot as Hummingbot's engine runs it, in this process: script, controller and connector at a local Backpack."""

import asyncio
import contextlib
import json
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace, TracebackType
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from hummingbot.client import settings
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.clock import Clock, ClockMode

from hummingbot_backpack.records import FillRecord, Records
from hummingbot_backpack.trading import script, session
from scripts import backpack_market_making
from test.hummingbot.harness import Keys, Running, local_backpack, perpetual, spot, until

NAME = "backpack_perpetual_simulator"
SYMBOL = "SOL_USDC_PERP"
TICK = 0.1
CONTROLLER: dict[str, Any] = {
    "id": "maker",
    "controller_name": "perp_market_maker",
    "controller_type": "market_making",
    "connector_name": NAME,
    "trading_pair": "SOL-USDC",
    "spread_pct": "0.2",
    "orders_per_side": 2,
    "order_amount": "0.3",
    "max_position": 5,
    "position_threshold": 5,
    "inventory_skew": "0.002",
}


SPOT_NAME = "backpack_simulator"
SPOT_SYMBOL = "SOL_USDC"
SPOT_CONTROLLER: dict[str, Any] = {
    "id": "maker",
    "controller_name": "spot_market_maker",
    "controller_type": "market_making",
    "connector_name": SPOT_NAME,
    "trading_pair": "SOL-USDC",
    "spread_pct": "0.2",
    "orders_per_side": 2,
    "order_amount": "0.3",
}


class Bot:
    """A started bot. Its process is this one, so ending it is only noted (`exit_codes`)."""

    NAME = NAME
    CONTROLLER = CONTROLLER

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.keys = Keys.new()
        self.exit_codes: list[int] = []
        self.module: ModuleType = backpack_market_making
        self._monkeypatch = monkeypatch
        self._stopped = False
        (folder / "controllers").mkdir(exist_ok=True)
        monkeypatch.setattr(settings, "CONTROLLERS_CONF_DIR_PATH", folder / "controllers")
        for module in (script, session):
            monkeypatch.setattr(module, "data_path", lambda: str(folder / "data"))
        (folder / "data").mkdir(exist_ok=True)
        for module in (script, session):
            monkeypatch.setattr(module, "end_bot", lambda code=0: self.exit_codes.append(code))
        application = SimpleNamespace(_mqtt=None, strategy_file_name="maker.yml", headless_mode=True)
        monkeypatch.setattr(HummingbotApplication, "main_application", classmethod(lambda cls, **_: application))
        recorder = MagicMock(get_all_executors=list, get_all_positions=list)
        monkeypatch.setattr(MarketsRecorder, "get_instance", classmethod(lambda cls, *_, **__: recorder))

    def again(self) -> "Bot":
        """A bot in the same workspace with the same keys: what comes up after a restart."""
        later = Bot(self.folder, self._monkeypatch)
        later.keys = self.keys
        return later

    def configure(self, **changes: Any) -> None:
        """Write the controller's file; a running bot rereads it."""
        path = self.folder / "controllers" / "maker.yml"
        path.write_text(yaml.safe_dump({**self.CONTROLLER, **changes}))

    def _connect(self, pairs: list[str]) -> Any:
        return perpetual(self.keys, pairs)

    async def start(self, pairs: list[str] | None = None, **script_settings: Any) -> None:
        """Build connector and script and let them tick."""
        self._running = Running(self._connect(pairs or ["SOL-USDC"]))
        await self._running.__aenter__()
        (config_class,) = [
            member
            for member in vars(self.module).values()
            if isinstance(member, type) and hasattr(member, "model_fields")
        ]
        (strategy_class,) = [
            member for member in vars(self.module).values() if isinstance(member, type) and hasattr(member, "on_tick")
        ]
        config = config_class(controllers_config=["maker.yml"], **script_settings)
        strategy_class.init_markets(config)
        self.strategy = strategy_class({self.NAME: self._running.connector}, config)
        self.strategy.config_update_interval = 0.2
        self._clock = Clock(ClockMode.REALTIME, tick_size=TICK)
        self._clock.add_iterator(self.strategy)
        self._ticker = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        with self._clock as clock:
            await clock.run()

    async def stop(self) -> None:
        """As Hummingbot stops a strategy; the connector lives on until the test is over."""
        if not self._stopped:
            self._stopped = True
            await self.strategy.on_stop()
            self._ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticker

    async def crash(self) -> None:
        """Gone without a word: nothing is cancelled, nothing is written; the connector's sockets close."""
        self._stopped = True
        for controller in self.strategy.controllers.values():
            controller.stop()
        for watcher in self.strategy._watchers:
            watcher.cancel()
        self.strategy.safety.close()
        self._ticker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._ticker
        await self._running.connector.stop_network()

    async def __aenter__(self) -> "Bot":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        await self._running.__aexit__(kind, error, trace)

    @property
    def connector(self) -> Any:
        return self._running.connector

    @property
    def controller(self) -> Any:
        return self.strategy.controllers["maker"]

    @property
    def state(self) -> dict[str, Any]:
        """What the bot last published."""
        return json.loads((self.folder / "data" / "backpack_state.json").read_text())

    def records(self) -> Records:
        return Records(self.folder / "data" / "maker.records.sqlite")

    async def recorded(self, count: int) -> list[FillRecord]:
        """Wait until so many fills are on disk."""
        return await until(lambda: len(found := list(self.records().fills())) == count and found)

    def resting(self, side: str | None = None) -> list[Decimal]:
        """Prices of our open orders, lowest first."""
        orders = self.connector._order_tracker.active_orders.values()
        return sorted(order.price for order in orders if side in (None, order.trade_type.name) and order.is_open)

    def seen(self) -> list[str]:
        """Our open orders as the connector has them."""
        orders = self.connector._order_tracker.active_orders.values()
        return [f"{each.price} {each.current_state.name} {each.exchange_order_id}" for each in orders]

    async def quotes(self, count: int, seconds: float = 10) -> None:
        """Wait until so many orders rest at the exchange."""

        def rest() -> bool:
            orders = self.connector._order_tracker.active_orders.values()
            return sum(order.exchange_order_id is not None for order in orders) == count == len(orders)

        await until(rest, seconds, lambda: f"{self.seen()} instead of {count} quotes: {self.strategy.format_status()}")


class SpotBot(Bot):
    """The same with the spot market maker."""

    NAME = SPOT_NAME
    CONTROLLER = SPOT_CONTROLLER

    def _connect(self, pairs: list[str]) -> Any:
        return spot(self.keys, pairs)


class Market:
    """The other side: somebody with a wide two-sided market, and somebody who trades against the bot."""

    SYMBOL = SYMBOL

    def __init__(self, backpack: Any, mid: str = "145") -> None:
        self.exchange = backpack.exchange
        self.backpack = backpack
        self.maker = self.exchange.trader("maker")
        self.taker = self.exchange.trader("taker")
        self._orders: list[Any] = []
        self.set_mark(mid)
        self.quote(mid)

    def set_mark(self, mid: str) -> None:
        self.exchange.set_mark(self.SYMBOL, mid)

    def leave(self) -> None:
        """Take the foreign market away."""
        for order in self._orders:
            if order.is_open:
                self.exchange.engine.cancel(self.maker, order)
        self._orders = []

    def quote(self, mid: str, half: str = "0.50", size: str = "50", **more: Any) -> None:
        """Move the foreign market."""
        self.leave()
        self._orders = [
            self.exchange.order(self.maker, self.SYMBOL, "Bid", size, Decimal(mid) - Decimal(half), **more),
            self.exchange.order(self.maker, self.SYMBOL, "Ask", size, Decimal(mid) + Decimal(half), **more),
        ]

    def hit(self, side: str, quantity: str) -> None:
        """Somebody buys ("Bid") or sells ("Ask") at market."""
        self.exchange.order(self.taker, self.SYMBOL, side, quantity)

    def ledger(self, bot: Bot) -> dict[str, Any]:
        return self.backpack.ledger(bot.keys.public)

    def position(self, bot: Bot) -> Decimal:
        found = self.ledger(bot)["positions"].get(SYMBOL)
        return Decimal(found["netQuantity"]) if found else Decimal(0)


class SpotMarket(Market):
    """The spot market of the same asset."""

    SYMBOL = SPOT_SYMBOL

    def set_mark(self, mid: str) -> None:
        """A spot market has none."""

    def balances(self, bot: Bot) -> dict[str, Decimal]:
        return balances_of(self.ledger(bot))


def balances_of(ledger: dict[str, Any]) -> dict[str, Decimal]:
    """All an account has, locked and lent included."""
    found: dict[str, Decimal] = {}
    for asset, parts in ledger["balances"].items():
        found[asset] = Decimal(parts["available"]) + Decimal(parts["locked"])
    for asset, amount in ledger["lent"].items():
        found[asset] = found.get(asset, Decimal(0)) + Decimal(amount)
    return found


__all__ = [
    "NAME",
    "SPOT_SYMBOL",
    "SYMBOL",
    "Bot",
    "Market",
    "SpotBot",
    "SpotMarket",
    "balances_of",
    "local_backpack",
    "until",
]
