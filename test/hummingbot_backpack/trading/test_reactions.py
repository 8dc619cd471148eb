"""What wakes a controller: what our connectors tell, and a look at those that tell nothing."""

from decimal import Decimal
from typing import Any

import pytest

from hummingbot_backpack.trading import observe, script
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, until
from test.hummingbot_backpack.trading.test_session import bot, market

__all__ = ["bot", "market"]


async def test_ex02_book_mark_and_position_wake_the_controller_without_anybody_looking(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observe, "version", lambda *_: ())
    bot.configure(refresh_interval=3600, stop_loss=1, inventory_skew=0)
    await bot.start()
    await bot.quotes(4)
    market.quote("145.2")
    await until(lambda: bot.controller.seen.touch.mid == Decimal("145.2"))
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await until(lambda: bot.controller.seen.to_reduce == market.position(bot) != 0)
    market.exchange.set_mark(SYMBOL, "141.6")
    await until(lambda: market.position(bot) == 0)


async def test_qu03_a_connector_that_tells_nothing_is_looked_at(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Any] = []
    version = observe.version
    monkeypatch.setattr(observe, "version", lambda *market: looks.append(market) or version(*market))
    monkeypatch.setattr(observe, "changes", lambda _: None)
    bot.configure(refresh_interval=3600)
    await bot.start()
    await bot.quotes(4)
    market.quote("145.2")
    await until(lambda: bot.controller.seen.touch.mid == Decimal("145.2"))
    assert looks and not bot.connector.changes._observers


async def test_or11_nobody_is_told_after_the_stop(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    observers = bot.connector.changes._observers["SOL-USDC"]
    assert bot.controller.wake.set in observers
    await bot.stop()
    await until(lambda: not observers)
    assert script.TOLD_LOOK_SECONDS > script.LOOK_SECONDS
