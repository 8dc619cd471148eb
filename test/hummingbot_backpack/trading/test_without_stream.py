"""A bot whose private stream is refused goes on by polls: never blind, and its exits still act."""

import asyncio
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

pytestmark = pytest.mark.slow
FIVE_MINUTES = 300.0


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure(stop_loss=3, inventory_skew=0)
        yield bot


async def test_re05_after_five_minutes_without_the_private_stream_the_stop_loss_still_fires(
    bot: Bot, market: Market
) -> None:
    """In real time: reconnects back off to thirty seconds meanwhile, and nothing may tire."""
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.view.exchange == Decimal("0.6"))
    refused_at = time.monotonic()
    refusal = market.backpack.faults.set("refuse_private_stream")
    await until(lambda: not bot.connector.is_user_stream_up)
    await bot.quotes(0)
    # Somebody sells more to nobody; the position loses a little more every ten seconds, not enough for the stop.
    for step in range(30):
        market.exchange.set_mark(SYMBOL, Decimal("145") - step * Decimal("0.1"))
        await asyncio.sleep(max(0.0, refused_at + (step + 1) * FIVE_MINUTES / 30 - time.monotonic()))
        assert not bot.connector.is_user_stream_up
        assert market.position(bot) == Decimal("0.6"), "the stop loss is 3, the loss under 2"
        assert bot.resting() == []
    assert time.monotonic() - refused_at >= FIVE_MINUTES
    market.quote("139")
    market.exchange.set_mark(SYMBOL, "139")
    await until(lambda: market.position(bot) == 0, 20, bot.strategy.format_status)
    # The connector has it from the poll.
    await until(lambda: bot.controller.view.exchange == 0, 20)
    market.backpack.faults.remove(refusal)
    await until(lambda: bot.connector.is_user_stream_up, 60)
    await bot.quotes(4)
    fills = await bot.recorded(len(market.ledger(bot)["fills"]))
    assert sum(fill.fill.quantity for fill in fills) == Decimal("1.2")


async def test_re05_quotes_stand_without_the_stream_where_the_user_says_so(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPACK_QUOTE_WITHOUT_STREAM", "true")
    await bot.start(withdraw_after=1)
    await bot.quotes(4)
    market.backpack.faults.set("refuse_private_stream")
    await until(lambda: not bot.connector.is_user_stream_up)
    # Longer than quotes may stand without the setting; and the polls tell of a fill.
    await asyncio.sleep(2)
    assert len(bot.resting()) == 4
    market.hit("Ask", "0.3")
    await until(lambda: bot.controller.view.exchange == Decimal("0.3"), 15)
    await until(lambda: len(bot.resting()) == 4, 15, lambda: str(bot.seen()))
