"""A bot while its exchange is under maintenance: quotes go, exits stay armed and go first after, nothing trips."""

import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hummingbot_backpack.trading import observe
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, SpotBot, SpotMarket, local_backpack, until

pytestmark = pytest.mark.slow
D = Decimal
SENTENCE = "the exchange is under maintenance"


@pytest_asyncio.fixture
async def backpack(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Any]:
    caplog.set_level(logging.INFO)
    async with local_backpack(monkeypatch) as backpack:
        yield backpack


async def noticed(bot: Bot) -> None:
    await until(lambda: bot.connector.maintenance is not None)
    await until(lambda: bot.controller.decision.breaker == SENTENCE)


async def test_br01_maintenance_stops_quoting_with_its_reason_trips_nothing_and_quoting_resumes_by_itself(
    backpack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        market = Market(backpack)
        bot.configure(orders_per_side=12, inventory_skew=0)
        await bot.start()
        await bot.quotes(24)
        fault = backpack.faults.set("maintenance")
        # Every quote is wrong now, and the orders that should replace them are refused.
        market.quote("145.40")
        await noticed(bot)
        assert SENTENCE in bot.strategy.format_status()
        looked = bot.connector._requests.maintenance._looked_at
        await until(lambda: bot.connector._requests.maintenance._looked_at > looked)
        assert market.ledger(bot)["orders_placed"] == 24
        backpack.faults.remove(fault)
        await until(lambda: bot.resting("BUY")[-1:] == [D("145.25")], 15, lambda: str(bot.seen()))
        await bot.quotes(24, 15)
        assert bot.strategy.breakers.listed() == []
        lines = [line for line in caplog.messages if "maintenance" in line]
        assert [line for line in lines if "what opens risk is not sent" in line] == lines[:1]
        assert len([line for line in lines if "maintenance is over" in line]) == 1
        assert [line for line in lines if line == f"maker: not quoting: {SENTENCE}."]
        # Orders that were met by it have failed by now, and still nothing counts them.
        await until(lambda: not bot.connector._order_path._tasks)
        assert bot.strategy.breakers.listed() == []
        assert "Alert (rejects)" not in caplog.text


@pytest.mark.parametrize("known", [True, False], ids=["known before", "met by the exit"])
async def test_ex05_a_stop_loss_under_maintenance_stays_armed_and_is_the_first_order_after(
    backpack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, known: bool
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        market = Market(backpack)
        bot.configure(stop_loss=1, inventory_skew=0)
        await bot.start()
        await bot.quotes(4)
        market.hit("Ask", "0.6")
        await until(lambda: bot.controller.view.exchange == bot.controller.view.from_fills == D("0.6"))
        await bot.quotes(4)
        fault = backpack.faults.set("maintenance")
        if known:
            bot.connector.cancel("SOL-USDC", next(iter(bot.connector._order_tracker.active_orders)))
            await noticed(bot)
        market.exchange.set_mark(SYMBOL, "142")
        if known:
            await until(lambda: "cannot close now" in caplog.text)
            assert SENTENCE in bot.controller.decision.closing.waits
        else:
            await until(lambda: bot.connector.maintenance is not None)
        account = market.exchange.known_account(bot.keys.public)
        last = max(one.id for one in (*account.order_history, *account.open_orders.values()))
        looked = bot.connector._requests.maintenance._looked_at
        await until(lambda: bot.connector._requests.maintenance._looked_at > looked)
        assert market.position(bot) == D("0.6")
        backpack.faults.remove(fault)
        await until(lambda: market.position(bot) == 0, 15, lambda: bot.strategy.format_status())
        await until(lambda: bot.controller.flat, 15)
        later = [one for one in (*account.order_history, *account.open_orders.values()) if one.id > last]
        assert min(later, key=lambda one: one.id).request.reduce_only
        assert D(market.ledger(bot)["positions"][SYMBOL]["peakAbsQuantity"]) == D("0.6")
        market.exchange.set_mark(SYMBOL, "145")
        await bot.quotes(4, 15)


async def test_or11_a_stop_under_maintenance_cancels_when_it_is_over(
    backpack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        market = Market(backpack)
        bot.configure()
        await bot.start()
        await bot.quotes(4)
        backpack.faults.set("maintenance", seconds=3.0)
        await bot.stop()
        assert bot.strategy.leftovers == []
        assert market.ledger(bot)["open_orders"] == []


async def test_br01_a_spot_bot_holds_back_under_maintenance_too(
    backpack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SpotBot(tmp_path, monkeypatch) as bot:
        market = SpotMarket(backpack)
        bot.configure(rebalance=False)
        await bot.start()
        await bot.quotes(2)
        fault = backpack.faults.set("maintenance")
        market.quote("145.40")
        await noticed(bot)
        backpack.faults.remove(fault)
        await until(lambda: bot.resting("BUY")[-1:] == [D("145.25")], 15, lambda: str(bot.seen()))
        await bot.quotes(2, 15)
        assert bot.strategy.breakers.listed() == []


async def test_se02_a_bot_that_starts_under_maintenance_is_judged_when_it_is_over(
    backpack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasts, asked, real = [True], [0], observe.maintenance

    def maintenance(connector: Any) -> str | None:
        asked[0] += 1
        return SENTENCE if lasts[0] else real(connector)

    monkeypatch.setattr(observe, "maintenance", maintenance)
    async with Bot(tmp_path, monkeypatch) as bot:
        Market(backpack)
        bot.configure(max_position=1000, position_threshold=1000)
        await bot.start()
        await until(lambda: asked[0] > 20, 20)
        assert bot.exit_codes == [] and not bot.strategy.safety.reports
        lasts[0] = False
        await until(lambda: bot.exit_codes == [1], 20)
        assert bot.strategy.safety.reports[0].refused and bot.resting() == []
