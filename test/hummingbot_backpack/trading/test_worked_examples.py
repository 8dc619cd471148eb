"""The worked examples of exits, limits and slippage by their numbers, from the exchange's position to its ledger."""

import logging
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

pytestmark = pytest.mark.slow
D = Decimal


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Market]:
    caplog.set_level(logging.INFO)
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack, "239")


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        yield bot


async def ready(bot: Bot) -> None:
    await bot.start()
    await until(lambda: bot.strategy.ready_to_trade and bot.controller.decision is not None)


async def trade_by_hand(bot: Bot, market: Market, side: str, size: str, price: str) -> None:
    """The account trades at this price, so that the position is the example's."""
    before = market.position(bot)
    other = "Ask" if side == "Bid" else "Bid"
    market.exchange.order(market.maker, SYMBOL, other, size, price)
    market.exchange.order(market.exchange.known_account(bot.keys.public), SYMBOL, side, size)
    assert market.position(bot) - before == D(size) * (1 if side == "Bid" else -1)


def closes(market: Market, bot: Bot, side: str) -> list[Decimal]:
    """Sizes of what the bot itself took, oldest first; a trade by hand has no client id."""
    fills = [one for one in market.ledger(bot)["fills"] if one["side"] == side and one["clientId"] is not None]
    return [D(one["quantity"]) for one in sorted(fills, key=lambda one: int(one["tradeId"]))]


async def test_ex01_0_8_long_from_239_at_mark_205_25_is_a_stop_loss(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    bot.configure(stop_loss=-25, take_profit=50, paused=True)
    await ready(bot)
    await trade_by_hand(bot, market, "Bid", "0.8", "239.00")
    market.exchange.set_mark(SYMBOL, "207.76")
    await until(lambda: "armed, position result -24.99" in bot.controller.decision.stages()["exit"])
    market.quote("205.25")
    market.exchange.set_mark(SYMBOL, "205.25")
    await until(lambda: market.position(bot) == 0, what=lambda: bot.strategy.format_status())
    assert closes(market, bot, "Ask") == [D("0.8")]
    assert "stop loss triggered: 0.8 from 239 at mark 205.25 makes -27.00" in caplog.text.replace("0.80", "0.8")
    said = re.compile(r"closed at market \(0\.80? from 239(\.00)? at mark 205\.25 makes -27\.0+\): stop loss done")
    await until(lambda: said.search(caplog.text), what=lambda: caplog.text)


async def test_ex01_the_take_profit_of_the_example(bot: Bot, market: Market) -> None:
    bot.configure(stop_loss=-25, take_profit=50, paused=True)
    await ready(bot)
    await trade_by_hand(bot, market, "Ask", "0.8", "239.00")
    market.quote("176.50")
    market.exchange.set_mark(SYMBOL, "176.50")
    await until(lambda: market.position(bot) == 0, what=lambda: bot.strategy.format_status())
    assert closes(market, bot, "Bid") == [D("0.8")]


@pytest.mark.parametrize("side", ["Bid", "Ask"])
async def test_li01_target_1_threshold_0_1_maximum_5(bot: Bot, market: Market, side: str) -> None:
    bot.configure(target_position=1, position_threshold="0.1", max_position=5, paused=True)
    sign, other = (1, "Ask") if side == "Bid" else (-1, "Bid")
    await ready(bot)

    async def settles(size: str) -> None:
        await until(lambda: market.position(bot) * sign == D(size), what=lambda: bot.strategy.format_status())
        await until(lambda: bot.controller.seen.to_reduce == D(size) * sign)
        await until(lambda: bot.controller.decision.limit.side is None)

    await trade_by_hand(bot, market, side, "1.05", "239.00")
    await settles("1.05")
    assert closes(market, bot, other) == []
    await trade_by_hand(bot, market, side, "0.15", "239.00")
    await settles("1.1")
    assert closes(market, bot, other) == [D("0.1")]
    await trade_by_hand(bot, market, side, "4.4", "239.00")
    await settles("1.1")
    assert closes(market, bot, other) == [D("0.1"), D("0.5"), D("3.9")]


async def test_sl02_a_market_150_bps_wide_is_refused_to_a_market_order(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    bot.configure(stop_loss=1, paused=True)
    await ready(bot)
    await trade_by_hand(bot, market, "Bid", "0.8", "239.00")
    market.quote("239", half="1.80")
    market.exchange.set_mark(SYMBOL, "237.5")
    await until(lambda: market.position(bot) == 0, what=lambda: bot.strategy.format_status())
    first = next(message for message in caplog.messages if "reduce-only" in message)
    assert "reduce-only, ioc at 237.80 (" in first and "is 150.63 bps wide, more than 100" in first
