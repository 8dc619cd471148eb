"""Position updates that the private stream loses, end to end: exits act on fills and on what the exchange answers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hummingbot_backpack.market_making import position
from hummingbot_backpack.trading import steady
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

D = Decimal
POSITIONS = "account.positionUpdate"


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Market]:
    caplog.set_level(logging.INFO)
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        yield bot


async def quoting(bot: Bot, **settings: Any) -> None:
    limits = {"max_position": "0.6", "position_threshold": "0.6", "inventory_skew": 0}
    bot.configure(**{**limits, **settings})
    await bot.start()
    await bot.quotes(4)


def asked_positions(bot: Bot) -> list[float]:
    """When the bot asked for positions from now on."""
    found: list[float] = []
    original = bot.connector.refresh_positions

    async def refresh() -> bool:
        found.append(steady.now())
        return bool(await original())

    bot.connector.refresh_positions = refresh
    return found


async def filled(bot: Bot, market: Market, size: str = "0.6") -> None:
    """The bot buys, and knows its fills, but not the position."""
    market.hit("Ask", size)
    await until(lambda: bot.controller.view.from_fills == D(size))
    assert market.position(bot) == D(size)
    assert bot.controller.view.exchange == 0


def peak(market: Market, bot: Bot) -> Decimal:
    return D(market.ledger(bot)["positions"][SYMBOL]["peakAbsQuantity"])


async def test_ex02_a_stop_loss_fires_though_the_position_update_was_lost(bot: Bot, market: Market) -> None:
    await quoting(bot, stop_loss="0.5")
    market.backpack.faults.set("drop_frames", stream=POSITIONS)
    await filled(bot, market)
    market.set_mark("143")
    # A second until it is asked, and far less than a poll.
    await until(lambda: market.position(bot) == 0, 4, bot.strategy.format_status)
    market.set_mark("145")
    await until(lambda: bot.controller.flat, 4, bot.strategy.format_status)
    await bot.quotes(4)
    assert bot.controller.view.exchange == bot.controller.view.from_fills == 0
    assert peak(market, bot) == D("0.6")


async def test_ex03_after_a_close_the_exit_is_over_though_the_position_update_was_lost(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await quoting(bot, stop_loss="0.5")
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.view.exchange == D("0.6"))
    asked = asked_positions(bot)
    market.backpack.faults.set("drop_frames", stream=POSITIONS)
    market.set_mark("143")
    await until(lambda: market.position(bot) == 0, 4, bot.strategy.format_status)
    market.set_mark("145")
    await until(lambda: bot.controller.flat, 4, bot.strategy.format_status)
    await bot.quotes(4)
    assert len(asked) == 1
    # It was not closed twice.
    assert sum("reduce-only" in message for message in caplog.messages) == 1
    assert "stop loss done, flat" in caplog.text


async def test_ex02_a_stop_loss_fires_on_our_fills_where_the_exchange_does_not_answer(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await quoting(bot, stop_loss="0.5")
    market.backpack.faults.set("drop_frames", stream=POSITIONS)
    refusal = market.backpack.faults.set("refuse_rest", path="/api/v1/position")
    await filled(bot, market)
    market.set_mark("143")
    await until(lambda: market.position(bot) == 0, 5, bot.strategy.format_status)
    assert "stop loss triggered: 0.6 from 144.8" in caplog.text
    # That it is flat only the exchange says.
    await until(lambda: bot.controller.view.from_fills == 0)
    market.set_mark("145")
    market.backpack.faults.remove(refusal)
    await until(lambda: bot.controller.flat, 20, bot.strategy.format_status)
    assert peak(market, bot) == D("0.6")


@pytest.mark.slow
@pytest.mark.parametrize("answers", [True, False])
async def test_li02_the_limit_holds_though_the_position_update_was_lost(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    monkeypatch.setattr(position, "SETTLE_SECONDS", 2.0)
    await quoting(bot)
    asked = asked_positions(bot)
    market.backpack.faults.set("drop_frames", stream=POSITIONS)
    if not answers:
        market.backpack.faults.set("refuse_rest", path="/api/v1/position")
    await filled(bot, market)
    known_at, view = steady.now(), bot.controller.view
    await until(lambda: steady.now() - known_at > 3 * position.SETTLE_SECONDS, 15)
    assert view.from_fills == D("0.6")
    assert view.exchange == (D("0.6") if answers else D(0))
    assert bot.resting("BUY") == []
    assert len(asked) == 1 if answers else asked
    # Whatever rests is filled: nothing of ours buys.
    market.leave()
    market.hit("Ask", "5")
    await until(lambda: bot.controller.view.from_fills == market.position(bot))
    assert peak(market, bot) == D("0.6")
    market.backpack.faults.clear()


@pytest.mark.slow
async def test_ex02_the_exchange_is_asked_at_most_once_a_second_while_it_does_not_say(bot: Bot, market: Market) -> None:
    await quoting(bot)
    asked = asked_positions(bot)
    market.backpack.faults.set("drop_frames", stream=POSITIONS)
    market.backpack.faults.set("latency", path="/api/v1/position", value=0.1)
    for _ in range(6):
        market.hit("Ask", "0.05")
        await asyncio.sleep(0.4)
    view = bot.controller.view
    await until(lambda: view.exchange == view.from_fills == market.position(bot) > 0)
    assert asked
    assert all(later - earlier > 0.9 for earlier, later in pairwise(asked))
