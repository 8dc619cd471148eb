"""Quote models in a bot: fed by a real stream, switched while it runs."""

from decimal import Decimal

import pytest

from hummingbot_backpack.market_making.models import statistics
from test.hummingbot_backpack.trading.bot import Bot, Market, until
from test.hummingbot_backpack.trading.test_session import bot, market

__all__ = ["bot", "market"]


async def test_fu01_the_funding_lean_reaches_the_exchange(bot: Bot, market: Market) -> None:
    bot.configure(inventory_skew=0)
    await bot.start()
    await bot.quotes(4)
    fixed = bot.controller.decision.quoting.prices
    assert fixed.skew.offset == 0
    bot.configure(inventory_skew=0, funding_skew=100)
    await until(lambda: bot.controller.config.funding_skew == 100)
    await until(lambda: bot.controller.seen.model.funding is not None)
    seen = bot.controller.seen.model.funding
    info = bot.connector.get_funding_info("SOL-USDC")
    assert seen.rate == info.rate and 0 < seen.seconds_left <= 3600


@pytest.mark.slow
async def test_qu01_glft_quotes_from_what_the_market_shows(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "MINIMUM_RETURNS", 2)
    monkeypatch.setattr(statistics, "MINIMUM_ARRIVALS", 3)
    monkeypatch.setattr(statistics, "MINIMUM_SECONDS", 1.0)
    bot.configure(inventory_skew=0, quote_model="glft", risk_aversion="0.05")
    await bot.start()
    await until(lambda: bot.strategy.ready_to_trade and bot.controller.decision is not None)
    assert "not known yet" in bot.controller.decision.quoting.reason and not bot.resting()
    for turn in range(100):
        market.quote(str(145 + Decimal(turn) / 50))
        market.hit("Bid" if turn % 2 else "Ask", "0.1")
        if bot.resting():
            break
        await until(lambda then=bot.controller.seen.now: bot.controller.seen.now > then)
    await until(lambda: len(bot.resting()) == 4)
    assert "glft, volatility" in bot.controller.decision.quoting.reason
    found = bot.controller.seen.model
    assert found.sigma > 0 and found.intensity.rate > 0
    # Switched off while it runs: the plain spread again.
    bot.configure(inventory_skew=0)
    await until(lambda: bot.controller.decision.quoting.width_pct == Decimal("0.2"))
