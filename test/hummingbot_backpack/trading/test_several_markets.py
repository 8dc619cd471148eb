"""One script, three controllers: two perpetual markets of one connector and a spot market of another (card SE05)."""

import json
import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from test.hummingbot_backpack.trading.bot import (
    CONTROLLER,
    NAME,
    SPOT_CONTROLLER,
    SPOT_NAME,
    Market,
    SpotMarket,
    local_backpack,
    until,
)
from test.hummingbot_backpack.trading.hedge_bot import HedgeBot

pytestmark = pytest.mark.slow
D = Decimal
BTC = "BTC_USDC_PERP"
Scene = tuple["Several", "Market", "BtcMarket", SpotMarket]


class BtcMarket(Market):
    SYMBOL = BTC

    def quote(self, mid: str, half: str = "300", size: str = "5", **more: Any) -> None:
        super().quote(mid, half, size, **more)


class Several(HedgeBot):
    """Quotes SOL and BTC perpetuals and SOL spot."""

    FILES = ("sol.yml", "btc.yml", "spot.yml")

    def configure_all(self, **changes: Any) -> None:
        """Write all controllers' files."""
        common = {"inventory_skew": 0, **changes}
        rows = {
            "sol": {**CONTROLLER, **common},
            "btc": {**CONTROLLER, "trading_pair": "BTC-USDC", "order_amount": "0.001", "max_position": 1, **common},
            "spot": {**SPOT_CONTROLLER, "rebalance": False},
        }
        rows["btc"]["position_threshold"] = 1
        for name, row in rows.items():
            (self.folder / "controllers" / f"{name}.yml").write_text(yaml.safe_dump({**row, "id": name}))

    @property
    def connector(self) -> Any:
        return self.running[NAME].connector

    def of(self, name: str) -> Any:
        return self.strategy.controllers[name]

    def count(self, name: str) -> int:
        """Quotes of a controller that rest at the exchange."""
        return sum(order.shown and not order.cancelling for order in self.of(name).standing_quotes())

    async def quoting(self, *names: str, seconds: float = 15) -> None:
        """Wait until these controllers quote with all their orders, and the others not at all."""

        def as_wished() -> bool:
            return all(self.count(name) == (4 if name in names else 0) for name in ("sol", "btc", "spot"))

        await until(as_wished, seconds, lambda: self.strategy.format_status())


@pytest_asyncio.fixture
async def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scene]:
    caplog.set_level(logging.INFO)
    balances = {"USDC": "10000", "SOL": "20"}
    async with local_backpack(monkeypatch, balances=balances) as backpack:
        sol, btc = Market(backpack), BtcMarket(backpack, "86000")
        spot = SpotMarket(backpack, "145")
        async with Several(tmp_path, monkeypatch) as bot:
            bot.configure_all()
            yield bot, sol, btc, spot


async def test_se05_one_markets_failure_leaves_the_others_quoting(scene: Scene) -> None:
    bot, sol, btc, _ = scene
    await bot.start()
    await bot.quoting("sol", "btc", "spot")
    # An emptied book, then a market that takes nothing, then a controller whose step fails.
    sol.leave()
    await bot.quoting("btc", "spot")
    btc.quote("86100")
    await until(lambda: bot.of("btc").seen.touch.mid == 86100)
    await bot.quoting("btc", "spot")
    assert [row["scope"] for row in bot.state["breakers"]] == ["sol"]
    sol.quote("145")
    await bot.quoting("sol", "btc", "spot")
    sol.exchange.engine.set_state(sol.SYMBOL, "CancelOnly")
    await bot.connector._market_watch.refresh("SOL-USDC")
    await bot.quoting("btc", "spot")
    sol.exchange.engine.set_state(sol.SYMBOL, "Open")
    await bot.connector._market_watch.refresh("SOL-USDC")
    await bot.quoting("sol", "btc", "spot")

    def fail(*_: Any) -> None:
        raise RuntimeError("a fault of this controller")

    bot.of("btc").decide = fail
    btc.quote("86000")
    await bot.quoting("sol", "spot")
    sol.quote("146")
    await until(lambda: bot.of("sol").seen.touch.mid == 146)
    await bot.quoting("sol", "spot")
    del bot.of("btc").decide
    bot.of("btc").wake.set()
    await bot.quoting("sol", "btc", "spot")


async def test_se05_the_loss_limit_counts_all_markets_together_and_stops_them_all(
    scene: Scene,
) -> None:
    bot, sol, btc, _ = scene
    await bot.start(max_session_loss="2")
    await bot.quoting("sol", "btc", "spot")
    sol.hit("Ask", "0.3")
    btc.hit("Ask", "0.001")
    await until(lambda: bot.of("sol").view.exchange == D("0.3") and bot.of("btc").view.exchange == D("0.001"))
    # Each of them loses less than the limit, both together more.
    sol.set_mark("140")
    await until(lambda: bot.strategy.result().net < -1)
    assert bot.strategy.breakers.hold_of("sol") is None
    btc.set_mark("85000")
    await bot.quoting()
    held = [row["reason"] for row in bot.state["breakers"]]
    assert len(held) == 1 and held[0].startswith("the session lost 2.")
    kept = json.loads((bot.folder / "data" / "backpack_breakers.json").read_text())
    assert [row["scope"] for row in kept["breakers"]] == ["session"]
    bot.strategy.rearm_breakers()
    for controller in bot.strategy.own:
        controller.wake.set()
    await bot.quoting("sol", "btc", "spot")


async def test_se05_the_request_budget_is_one_and_spent_it_holds_every_market_back(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bot, sol, btc, spot_market = scene
    await bot.start()
    await bot.quoting("sol", "btc", "spot")
    perpetual, spot = bot.running[NAME].connector, bot.running[SPOT_NAME].connector
    budget = perpetual._throttler.budget
    assert budget is spot._throttler.budget
    monkeypatch.setattr(budget, "used_share", lambda _: 0.9)
    # Stale quotes of every market go, none is placed.
    sol.quote("144.8")
    btc.quote("85850")
    spot_market.quote("144.8")
    for name in ("sol", "btc", "spot"):
        await until(lambda name=name: bot.count(name) == 2, what=lambda: bot.strategy.format_status())
        assert bot.of(name).decision.plan.deferred


async def test_se05_one_controller_can_be_paused_and_flattened_alone(
    scene: Scene,
) -> None:
    bot, sol, _, _ = scene
    await bot.start()
    await bot.quoting("sol", "btc", "spot")
    sol.hit("Ask", "0.3")
    await until(lambda: bot.of("sol").view.exchange == D("0.3"))
    bot.strategy.breakers.pause(["sol"], "flattened by request")
    bot.of("sol").flatten_by_request()
    await bot.quoting("btc", "spot")
    await until(lambda: sol.position(bot) == 0)
    bot.strategy.breakers.resume(["sol"])
    bot.of("sol").release()
    await bot.quoting("sol", "btc", "spot")
