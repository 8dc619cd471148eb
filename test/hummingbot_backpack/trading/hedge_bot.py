"""A bot that hedges, as Hummingbot's engine runs it, in this process, with as many connectors as its markets need."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from hummingbot.core.clock import Clock, ClockMode

from hummingbot_backpack.trading import hedge
from scripts import backpack_market_making
from test.hummingbot.harness import Keys, Running, perpetual, spot
from test.hummingbot_backpack.trading.bot import NAME, SPOT_NAME, SPOT_SYMBOL, SYMBOL, TICK, Bot, Market, until

PERP, SPOT = f"{NAME}:SOL-USDC", f"{SPOT_NAME}:SOL-USDC"
Connect = Callable[[Keys, list[str]], Any]


class HedgeBot(Bot):
    """
    :param connect: what makes each connector, by name
    """

    CONTROLLER = {
        "id": "maker",
        "controller_name": "maker_taker_hedge",
        "controller_type": "generic",
        "maker_market": PERP,
        "hedge_market": PERP,
        "order_amount": "1",
    }

    FILES: tuple[str, ...] = ("maker.yml",)

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **connect: Connect) -> None:
        super().__init__(folder, monkeypatch)
        monkeypatch.setattr(hedge, "data_path", lambda: str(folder / "data"))
        self.connect: dict[str, Connect] = {NAME: perpetual, SPOT_NAME: spot, **connect}
        self.running: dict[str, Running] = {}

    async def start(self, pairs: list[str] | None = None, **script_settings: Any) -> None:
        """Build the connectors that the controller's markets need, and the script, and let them tick."""
        self._stopped = False
        config = backpack_market_making.BackpackMarketMakingConfig(
            controllers_config=list(self.FILES), **script_settings
        )
        strategy_class = backpack_market_making.BackpackMarketMaking
        strategy_class.init_markets(config)
        for name, traded in strategy_class.markets.items():
            if name not in self.running:
                self.running[name] = Running(self.connect[name](self.keys, sorted(traded)))
                await self.running[name].__aenter__()
        self.strategy = strategy_class({name: one.connector for name, one in self.running.items()}, config)
        self.strategy.config_update_interval = 0.2
        self._clock = Clock(ClockMode.REALTIME, tick_size=TICK)
        self._clock.add_iterator(self.strategy)
        self._ticker = asyncio.create_task(self._tick())

    async def leave(self) -> None:
        """The connectors too."""
        for one in self.running.values():
            await one.__aexit__(None, None, None)
        self.running.clear()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        await self.leave()

    @property
    def connector(self) -> Any:
        return self.running[self.controller.config.connector_name].connector

    async def at_touch(self) -> None:
        """Wait until both quotes stand at the others' touch, and nothing of them is changing."""

        def stands() -> bool:
            orders = list(self.connector._order_tracker.active_orders.values())
            at = [Decimal("144.50"), Decimal("145.50")]
            return self.resting() == at and all(one.exchange_order_id for one in orders)

        await until(stands, 20, lambda: self.strategy.format_status())

    @property
    def residual(self) -> Decimal | None:
        return None if self.controller.hedger is None else self.controller.hedger.residual

    @property
    def phase(self) -> str | None:
        seen = self.controller.seen
        return None if seen is None else str(seen.hedging.phase.value)


class HedgeMarket(Market):
    """The others on both markets: 1 at the touch of 144.50 / 145.50, and 500 a little behind it."""

    def __init__(self, backpack: Any) -> None:
        self._others: dict[str, list[Any]] = {SYMBOL: [], SPOT_SYMBOL: []}
        super().__init__(backpack)
        for symbol in self._others:
            backpack.exchange.order(self.maker, symbol, "Bid", "500", "144.40")
            backpack.exchange.order(self.maker, symbol, "Ask", "500", "145.60")
            self.refresh(symbol)

    def quote(self, mid: str, half: str = "0.50", size: str = "1") -> None:
        """Nothing: `refresh` does it."""

    def refresh(self, symbol: str) -> None:
        """Have 1 at both touches again."""
        for order in self._others[symbol]:
            if order.is_open:
                self.exchange.engine.cancel(self.maker, order)
        self._others[symbol] = [
            self.exchange.order(self.maker, symbol, side, "1", price)
            for side, price in (("Bid", "144.50"), ("Ask", "145.50"))
        ]

    def fill(self, symbol: str, side: str, quantity: str) -> None:
        """The others leave the touch, somebody takes so much of our quote there, and they are back."""
        for order in self._others[symbol]:
            if order.is_open:
                self.exchange.engine.cancel(self.maker, order)
        self.exchange.order(self.taker, symbol, side, quantity)
        self.refresh(symbol)
