"""Our controller under a script that knows nothing of us, as Hummingbot's own `v2_with_controllers` does not."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio
from hummingbot.strategy.strategy_v2_base import StrategyV2Base, StrategyV2ConfigBase

from scripts import v2_with_controllers
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until


class PlainConfig(StrategyV2ConfigBase):
    script_file_name: str = "plain.py"


class Plain(StrategyV2Base):
    max_executors_close_attempts = 1

    def create_actions_proposal(self) -> list:
        return []

    def stop_actions_proposal(self) -> list:
        return []

    @property
    def leftovers(self) -> list:
        return []


PLAIN = ModuleType("plain")
PLAIN.PlainConfig, PLAIN.Plain = PlainConfig, Plain  # type: ignore[attr-defined]


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.module = PLAIN
        # As wide as the foreign market: executors join the best price and never improve on it.
        bot.configure(spread_pct="1", inventory_skew=0, position_threshold="0.4")
        yield bot


async def test_qu01_hummingbots_executors_carry_the_ladder(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    assert bot.resting("BUY") == [Decimal("144.20"), Decimal("144.27")]
    assert not bot.controller.prompt


async def test_li01_hummingbots_executors_reduce(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    market.leave()
    market.exchange.order(market.maker, SYMBOL, "Ask", "0.6", "144.20")
    market.quote("145")
    await until(lambda: market.position(bot) == Decimal("0.4"), 15, lambda: bot.strategy.format_status())
    await bot.quotes(4, 15)


async def test_br03_hummingbots_executors_withdraw(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    bot.configure(spread_pct="1", inventory_skew=0, position_threshold="0.4", paused=True)
    await bot.quotes(0, 15)


async def test_in03_our_script_of_that_name_is_prompt_and_stops_completely(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.module = v2_with_controllers
        bot.configure()
        await bot.start()
        await bot.quotes(4)
        assert bot.controller.prompt
        assert "SOL-USDC at 144.85" in bot.strategy.format_status()
        await bot.stop()
        assert market.ledger(bot)["open_orders"] == []
