"""A hedge whose market does not take everything, is thin, or moves: over real sockets against a local Backpack."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hummingbot_backpack.trading import hedge
from test.hummingbot_backpack.trading.bot import SPOT_NAME, SPOT_SYMBOL, SYMBOL, local_backpack, until
from test.hummingbot_backpack.trading.hedge_bot import SPOT, HedgeBot, HedgeMarket

pytestmark = pytest.mark.slow
D = Decimal


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HedgeMarket]:
    async with local_backpack(monkeypatch, balances={"USDC": "10000", "SOL": "20"}) as backpack:
        yield HedgeMarket(backpack)


@pytest_asyncio.fixture
async def bot(
    market: HedgeMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[HedgeBot]:
    caplog.set_level("INFO")
    async with HedgeBot(tmp_path, monkeypatch) as bot:
        bot.configure(hedge_market=SPOT)
        yield bot


def takers(bot: HedgeBot, market: HedgeMarket) -> list[tuple[str, str, Decimal]]:
    """Fills of hedges: symbol, side, quantity."""
    fills = market.ledger(bot)["fills"]
    return [(one["symbol"], one["side"], D(one["quantity"])) for one in fills if not one["isMaker"]]


async def set_state(bot: HedgeBot, market: HedgeMarket, state: str) -> None:
    """The exchange changes the spot market's state, and the connector hears of it."""
    market.exchange.engine.set_state(SPOT_SYMBOL, state)
    await bot.running[SPOT_NAME].connector._market_watch.refresh("SOL-USDC")


@pytest.mark.parametrize("state", ["PostOnly", "CancelOnly", "Closed"])
async def test_ex05_a_fill_as_the_hedge_market_shuts_is_hedged_once_as_it_opens(
    bot: HedgeBot, market: HedgeMarket, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    await bot.start()
    await bot.at_touch()
    # Nobody has told the bot: its hedge is refused by the exchange, and that tells it.
    market.exchange.engine.set_state(SPOT_SYMBOL, state)
    market.fill(SYMBOL, "Ask", "0.5")
    why = f"0.5 is not hedged: the hedge market is {state}"
    await until(lambda: bot.controller.decision.quoting.reason == why, 15, lambda: bot.strategy.format_status())
    await bot.quotes(0)
    assert takers(bot, market) == [] and (bot.phase, bot.residual) == ("waiting", D("0.5"))
    await until(lambda: bot.state["controllers"][0]["hedge"]["alert"] == why)
    assert sum(why in line.message for line in caplog.records if line.levelname == "ERROR") == 1
    market.exchange.engine.set_state(SPOT_SYMBOL, "Open")
    if state == "Closed":  # the exchange cancelled all that rested
        market.exchange.order(market.maker, SPOT_SYMBOL, "Bid", "500", "144.40")
        market.exchange.order(market.maker, SPOT_SYMBOL, "Ask", "500", "145.60")
        market.refresh(SPOT_SYMBOL)
    await until(lambda: bot.phase == "balanced" and bot.residual == 0, 20, lambda: bot.strategy.format_status())
    assert takers(bot, market) == [(SPOT_SYMBOL, "Ask", D("0.5"))]
    await bot.at_touch()


@pytest.mark.parametrize("state", ["PostOnly", "CancelOnly", "Closed"])
async def test_ex05_nothing_is_quoted_while_it_could_not_be_undone(
    bot: HedgeBot, market: HedgeMarket, state: str
) -> None:
    await bot.start()
    await bot.at_touch()
    await set_state(bot, market, state)
    await bot.quotes(0)
    assert bot.controller.decision.quoting.reason == f"the hedge market is {state}"
    assert f"the hedge market is {state}" in bot.strategy.format_status()


async def test_ex05_in_limit_only_hedges_leave_as_limits_and_quotes_stay(bot: HedgeBot, market: HedgeMarket) -> None:
    await bot.start()
    await bot.at_touch()
    await set_state(bot, market, "LimitOnly")
    market.fill(SYMBOL, "Ask", "0.5")
    await until(lambda: takers(bot, market), 15, lambda: bot.strategy.format_status())
    await until(lambda: bot.phase == "balanced" and bot.residual == 0, 15, lambda: bot.strategy.format_status())
    assert takers(bot, market) == [(SPOT_SYMBOL, "Ask", D("0.5"))]
    (order,) = bot.running[SPOT_NAME].connector._order_tracker.all_fillable_orders.values()
    assert (order.order_type.name, order.price) == ("LIMIT", D("144.27"))
    await bot.at_touch()


async def test_sl03_a_thin_book_is_cut_to_and_the_rest_follows(bot: HedgeBot, market: HedgeMarket) -> None:
    # Within 36 bps of 145 there is 1 at the touch, and nothing of what stands behind it.
    bot.configure(hedge_market=SPOT, order_amount="1.5", max_slippage_bps=36, on_thin_book="cut")
    await bot.start()
    await bot.at_touch()
    market.fill(SYMBOL, "Ask", "1.5")
    await until(lambda: len(takers(bot, market)) == 1, 15, lambda: bot.strategy.format_status())
    market.refresh(SPOT_SYMBOL)
    await until(lambda: bot.phase == "balanced" and bot.residual == 0, 15, lambda: bot.strategy.format_status())
    assert takers(bot, market) == [(SPOT_SYMBOL, "Ask", D(1)), (SPOT_SYMBOL, "Ask", D("0.5"))]
    orders = bot.running[SPOT_NAME].connector._order_tracker.all_fillable_orders.values()
    assert {(order.order_type.name, order.average_executed_price) for order in orders} == {("MARKET", D("144.50"))}


@pytest.mark.parametrize(("mode", "form"), [("fixed", "LIMIT"), ("dynamic", "MARKET")])
async def test_sl04_a_moving_market_is_given_more_tolerance_and_a_fill_does_not_wait_for_it(
    bot: HedgeBot, market: HedgeMarket, monkeypatch: pytest.MonkeyPatch, mode: str, form: str
) -> None:
    bot.configure(hedge_market=SPOT, order_amount="1.5", max_slippage_bps=36, slippage_mode=mode)
    made: list[Any] = []
    tolerance = hedge.tolerance
    monkeypatch.setattr(hedge, "tolerance", lambda *given: made.append(given) or tolerance(*given))
    await bot.start()
    await bot.at_touch()
    mids = tuple(D(145) + D(second % 2) for second in range(61)) if mode == "dynamic" else ()
    monkeypatch.setattr(bot.controller._mids, "look", lambda *_: mids)
    bot.controller.wake.set()
    await until(lambda: bot.controller._tolerated[1] == mids)
    before, take = [], bot.controller._take

    def counted(*given: Any) -> None:
        calls = len(made)
        take(*given)
        before.append(len(made) - calls)

    monkeypatch.setattr(bot.controller, "_take", counted)
    market.fill(SYMBOL, "Ask", "1.5")
    await until(lambda: takers(bot, market), 15, lambda: bot.strategy.format_status())
    orders = bot.running[SPOT_NAME].connector._order_tracker.all_fillable_orders.values()
    assert next(iter(orders)).order_type.name == form
    await until(lambda: before)
    assert set(before) == {0}


@pytest.mark.parametrize("state", ["CancelOnly", "Closed"])
async def test_ex05_a_maker_market_that_takes_no_orders_is_not_asked_to(
    bot: HedgeBot, market: HedgeMarket, state: str
) -> None:
    await bot.start()
    await bot.at_touch()
    market.exchange.engine.set_state(SYMBOL, state)
    await bot.connector._market_watch.refresh("SOL-USDC")
    await bot.quotes(0)
    await until(lambda: bot.controller.decision.quoting.reason == f"the market is {state}")
    ids = set(bot.connector._order_tracker.all_fillable_orders)
    for _ in range(5):
        seen = bot.controller.seen
        bot.controller.wake.set()
        await until(lambda seen=seen: bot.controller.seen is not seen)
    assert set(bot.connector._order_tracker.all_fillable_orders) == ids
