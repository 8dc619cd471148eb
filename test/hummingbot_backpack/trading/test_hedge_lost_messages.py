"""A hedge that is not told what happened, or cannot do all that it decided: against a local Backpack."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hummingbot_backpack.market_making import position
from hummingbot_backpack.market_making.hedge_values import Leg
from test.hummingbot_backpack.trading.bot import SPOT_NAME, SPOT_SYMBOL, SYMBOL, local_backpack, until
from test.hummingbot_backpack.trading.hedge_bot import PERP, SPOT, HedgeBot, HedgeMarket

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


@pytest.mark.parametrize("answers", [True, False])
async def test_he02_a_position_that_was_not_told_undoes_no_hedge(
    bot: HedgeBot, market: HedgeMarket, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    monkeypatch.setattr(position, "SETTLE_SECONDS", 2.0)
    await bot.start()
    await bot.at_touch()
    market.backpack.faults.set("drop_frames", stream="account.positionUpdate")
    if not answers:
        market.backpack.faults.set("refuse_rest", path="/api/v1/position")
    market.fill(SYMBOL, "Ask", "0.5")
    await until(lambda: takers(bot, market), 6, lambda: bot.strategy.format_status())
    view = bot.controller.hedger._legs[Leg.MAKER]
    if answers:
        await until(lambda: view.exchange == D("0.5"), 4, lambda: bot.strategy.format_status())
    # Longer than it takes to believe a figure over our fills.
    since = asyncio.get_running_loop().time()
    await until(lambda: asyncio.get_running_loop().time() - since > 5)
    assert (view.from_fills, view.exchange) == (D("0.5"), D("0.5") if answers else D(0))
    assert takers(bot, market) == [(SPOT_SYMBOL, "Ask", D("0.5"))]
    market.backpack.faults.clear()


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


async def test_he02_a_hedge_that_leaves_is_kept_although_the_next_one_could_not_be_made(
    bot: HedgeBot, market: HedgeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.configure(maker_market=SPOT, hedge_market=PERP)
    await bot.start()
    await bot.at_touch()
    market.fill(SPOT_SYMBOL, "Ask", "0.3")
    await until(lambda: market.position(bot) < 0 and bot.phase == "balanced", 15, bot.strategy.format_status)
    await bot.at_touch()
    # What is bought back now is more than the short: reduce-only first, and the rest opens.
    leg = bot.controller.hedge_leg
    buy, made = leg.connector.buy, []

    def fails_once(*given: Any, **options: Any) -> str:
        if len(made) == 1:
            made.append("")
            raise RuntimeError("no more")
        made.append(buy(*given, **options))
        return str(made[-1])

    kept: list[list[str]] = []
    hedge = bot.controller._hedge

    def noted(*given: Any) -> None:
        try:
            hedge(*given)
        except RuntimeError:
            rows = json.loads((bot.folder / "data" / "backpack_residuals.json").read_text())["maker"]["intents"]
            kept.append([row["order_id"] for row in rows])
            raise

    monkeypatch.setattr(leg.connector, "buy", fails_once)
    monkeypatch.setattr(bot.controller, "_hedge", noted)
    market.fill(SPOT_SYMBOL, "Bid", "0.6")
    await until(lambda: kept, 15, bot.strategy.format_status)
    assert kept == [made[:1]]
    await until(lambda: market.position(bot) > 0 and bot.phase == "balanced", 15, bot.strategy.format_status)
