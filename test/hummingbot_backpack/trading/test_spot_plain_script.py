"""The spot market maker under Hummingbot's own script: its executors carry quotes and rebalancing, once a second."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from test.hummingbot_backpack.trading.bot import SpotBot, SpotMarket, local_backpack, until
from test.hummingbot_backpack.trading.test_plain_script import PLAIN

D = Decimal


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SpotMarket]:
    options = {"balances": {"USDC": "500", "SOL": "5"}, "prices": {"SOL": "100"}}
    async with local_backpack(monkeypatch, **options) as backpack:
        yield SpotMarket(backpack, "100")


@pytest_asyncio.fixture
async def bot(market: SpotMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SpotBot]:
    async with SpotBot(tmp_path, monkeypatch) as bot:
        bot.module = PLAIN
        yield bot


@pytest.mark.slow
async def test_qu01_hummingbots_executors_carry_the_ladder(bot: SpotBot, market: SpotMarket) -> None:
    # As wide as the foreign market: executors join the best price and never improve on it.
    bot.configure(spread_pct="1", rebalance=False)
    await bot.start()
    await bot.quotes(4, 15)
    assert bot.resting("BUY") == [D("99.45"), D("99.50")]
    assert bot.resting("SELL") == [D("100.50"), D("100.55")]
    assert not bot.controller.prompt


@pytest.mark.slow
async def test_rb01_hummingbots_executors_rebalance_at_market(bot: SpotBot, market: SpotMarket) -> None:
    bot.configure(spread_pct="1")
    await bot.start()
    await until(lambda: bot.controller.decision, 20)
    await until(lambda: market.balances(bot)["SOL"] == 3, 15, lambda: bot.strategy.format_status())
    await bot.quotes(4, 15)
    assert market.ledger(bot)["fill_count"] == 1
