"""A hedge that is not told what happened: over real sockets against a local Backpack."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from test.hummingbot_backpack.trading.bot import SPOT_NAME, SPOT_SYMBOL, SYMBOL, local_backpack, until
from test.hummingbot_backpack.trading.hedge_bot import SPOT, HedgeBot, HedgeMarket

pytestmark = pytest.mark.slow
D = Decimal
ORDER: dict[str, Any] = {"method": "POST", "path": "/api/v1/order", "times": 1}


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HedgeMarket]:
    async with local_backpack(monkeypatch, balances={"USDC": "10000", "SOL": "20"}) as backpack:
        yield HedgeMarket(backpack)


@pytest_asyncio.fixture
async def bot(market: HedgeMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HedgeBot]:
    async with HedgeBot(tmp_path, monkeypatch) as bot:
        bot.configure(hedge_market=SPOT)
        yield bot


def takers(bot: HedgeBot, market: HedgeMarket) -> list[tuple[str, str, Decimal]]:
    """Fills of hedges: symbol, side, quantity."""
    fills = market.ledger(bot)["fills"]
    return [(one["symbol"], one["side"], D(one["quantity"])) for one in fills if not one["isMaker"]]


async def test_he02_a_fill_whose_message_was_lost_is_asked_for_while_the_position_shows_it(
    bot: HedgeBot, market: HedgeMarket
) -> None:
    await bot.start()
    await bot.at_touch()
    market.backpack.faults.set("drop_frames", stream="account.orderUpdate", seconds=0.5)
    market.fill(SYMBOL, "Ask", "0.5")
    # Far sooner than the position is believed over our fills, after 15 s.
    await until(lambda: takers(bot, market), 6, lambda: bot.strategy.format_status())
    await until(lambda: bot.phase == "balanced" and bot.residual == 0, 15, lambda: bot.strategy.format_status())
    assert takers(bot, market) == [(SPOT_SYMBOL, "Ask", D("0.5"))]


async def test_ex05_a_hedge_whose_answer_was_lost_as_the_market_shut_is_never_sent_again(
    bot: HedgeBot, market: HedgeMarket
) -> None:
    async def set_state(state: str) -> None:
        market.exchange.engine.set_state(SPOT_SYMBOL, state)
        await bot.running[SPOT_NAME].connector._market_watch.refresh("SOL-USDC")

    await bot.start()
    await bot.at_touch()
    market.backpack.faults.set("lost_answer", **ORDER)
    market.fill(SYMBOL, "Ask", "0.5")
    await until(lambda: takers(bot, market), 15, lambda: bot.strategy.format_status())
    await set_state("CancelOnly")
    await until(lambda: bot.phase == "balanced" and bot.residual == 0, 30, lambda: bot.strategy.format_status())
    await bot.quotes(0)
    await set_state("Open")
    await bot.at_touch()
    assert takers(bot, market) == [(SPOT_SYMBOL, "Ask", D("0.5"))]
