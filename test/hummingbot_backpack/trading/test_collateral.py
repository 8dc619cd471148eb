"""Quotes of an account whose collateral is nearly or wholly used up, end to end: what reduces is quoted, what adds is
sized, and only what the exchange itself refuses counts as refused."""

import logging
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack.simulator.amounts import shown
from hummingbot_backpack.trading import perpetual
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

pytestmark = pytest.mark.slow
D = Decimal
OTHER = "BTC_USDC_PERP"
ONE_TIMES = {"leverage": 1, "order_amount": "2.2", "max_position": "6.6", "position_threshold": "6.6"}
TEN_TIMES = {"leverage": 10, "order_amount": "10", "max_position": "60", "position_threshold": "60"}


def by_hand(market: Market, bot: Bot, margin: str) -> Any:
    """An order that its owner places in another market, which locks so much."""
    market.exchange.set_mark(OTHER, "100000")
    account = market.exchange.account_of(bot.keys.public)
    leverage = D(shown(account.settings.leverage))
    quantity = (D(margin) * leverage / 100_000).quantize(D("0.00001"))
    return market.exchange.order(account, OTHER, "Bid", quantity, "99000")


def exchange_has(market: Market, bot: Bot) -> Decimal:
    """Quote that the exchange would let new orders lock, below zero where it is short."""
    summary = market.exchange.engine.margin.summary(market.exchange.account_of(bot.keys.public))
    return D(shown(summary.equity)) - D(shown(summary.locked))


def sizes(bot: Bot, side: str) -> list[Decimal]:
    """Base of our open orders of a side, smallest first."""
    orders = bot.connector._order_tracker.active_orders.values()
    return sorted(order.amount for order in orders if order.is_open and order.trade_type.name == side)


def all_stand(bot: Bot, mid: Decimal, count: int) -> bool:
    """Whether so many quotes rest around this mid, and nothing is left to do."""
    decision, touch = bot.controller.decision, bot.controller.seen.touch
    near = abs(touch.mid - mid) < D("0.01")
    return near and len(decision.plan.keep) == count == len(bot.resting()) and not decision.plan.cancel


@pytest.mark.parametrize(("hit", "reducing", "against"), [("Ask", "SELL", -1), ("Bid", "BUY", 1)])
@pytest.mark.parametrize("settings", [ONE_TIMES, TEN_TIMES], ids=["1x", "10x"])
async def test_d7_the_reducing_side_is_quoted_at_the_maximum_however_little_is_free(
    settings: dict[str, Any],
    hit: str,
    reducing: str,
    against: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with local_backpack(monkeypatch, balances={"USDC": "1000"}) as backpack:
        market = Market(backpack)
        async with Bot(tmp_path, monkeypatch) as bot:
            ladder = {"orders_per_side": 3, "inventory_skew": 0, "refresh_tolerance_bps": 1, **settings}
            bot.configure(**ladder)
            await bot.start()
            await bot.quotes(6, 20)
            assert bot.strategy.safety.reports[0].passes
            maximum, held = D(settings["max_position"]), D(0)
            while held < maximum:
                await bot.quotes(6, 20)
                market.hit(hit, str(3 * D(settings["order_amount"])))
                held += 3 * D(settings["order_amount"])
                await until(lambda held=held: abs(bot.controller.view.exchange) == held, 20)
                await until(lambda held=held: abs(bot.controller.view.from_fills) == held, 20)
            await bot.quotes(3, 20)
            for turn in range(1, 9):
                mid = 145 + against * turn * D("0.4")
                market.exchange.set_mark(SYMBOL, str(mid))
                market.quote(str(mid))
                near = mid - against * D("0.1")
                await until(
                    lambda near=near: len([one for one in bot.resting(reducing) if abs(one - near) < 1]) == 3,
                    what=lambda: f"{bot.seen()} {bot.strategy.format_status()}\n{caplog.text[-800:]}",
                )
            if settings is TEN_TIMES:
                assert exchange_has(market, bot) < 0
            # What the exchange then answers counts none of them.
            bot.configure(**ladder, paused=True)
            await bot.quotes(0)
            await bot.connector._update_balances()
            bot.configure(**ladder)
            await bot.quotes(3)
            assert bot.strategy.breakers.listed() == []
            assert "of its margin" not in caplog.text and "INSUFFICIENT_MARGIN" not in caplog.text


async def test_qu02_the_adding_side_is_sized_within_what_others_of_the_account_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with local_backpack(monkeypatch, balances={"USDC": "1000"}) as backpack:
        market = Market(backpack)
        async with Bot(tmp_path, monkeypatch) as bot:
            bot.configure(
                orders_per_side=3, inventory_skew=0, order_amount="3", max_position="30", position_threshold="30"
            )
            other = by_hand(market, bot, "900")
            await bot.start()
            await bot.quotes(6, 20)
            # 100 USDC at ten times carry 6.89 at 145.
            for side in ("BUY", "SELL"):
                assert sizes(bot, side) == [D("0.89"), D(3), D(3)]
            assert "no more than the collateral carries" in bot.controller.decision.quoting.reason
            for turn in range(1, 6):
                mid = 145 + D("0.3") * turn
                market.exchange.set_mark(SYMBOL, str(mid))
                market.quote(str(mid))
                await until(lambda mid=mid: all_stand(bot, mid, 6), what=lambda: bot.strategy.format_status())
            bought = sum(sizes(bot, "BUY"))
            assert D("6.8") < bought < D("6.89")
            market.hit("Ask", str(bought))
            await until(lambda: bot.controller.view.exchange == bought)
            await until(lambda: len(bot.resting("SELL")) == 3 and sum(sizes(bot, "BUY")) < D("0.5"))
            market.exchange.engine.cancel(market.exchange.account_of(bot.keys.public), other)
            await until(lambda: sum(sizes(bot, "BUY")) == sum(sizes(bot, "SELL")) == 9, 20)
            assert "of its margin" not in caplog.text and "INSUFFICIENT_MARGIN" not in caplog.text
            assert bot.strategy.breakers.listed() == []


async def test_br01_orders_that_the_connector_keeps_back_are_not_refused_by_the_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As a strategy does that looks at no collateral."""
    monkeypatch.setattr(perpetual.observe, "exposure_left", lambda *_: None)
    async with local_backpack(monkeypatch, balances={"USDC": "1000"}) as backpack:
        market = Market(backpack)
        async with Bot(tmp_path, monkeypatch) as bot:
            bot.configure(inventory_skew=0)
            by_hand(market, bot, "999")
            await bot.start()
            await until(lambda: caplog.text.count("of its margin") >= 24, 30, lambda: caplog.text[-800:])
            assert bot.strategy.breakers.listed() == []
            assert market.ledger(bot)["orders_placed"] == 1


async def test_br01_a_storm_of_the_exchanges_own_refusals_stops_quoting_for_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An order by hand uses the collateral up, and the exchange does not tell how much is left."""
    async with local_backpack(monkeypatch, balances={"USDC": "1000"}) as backpack:
        market = Market(backpack)
        async with Bot(tmp_path, monkeypatch) as bot:
            bot.configure(inventory_skew=0, paused=True)
            await bot.start()
            await until(lambda: bot.strategy.ready_to_trade and bot.controller.decision is not None)
            backpack.faults.set("error_before", path="/api/v1/capital/collateral", seconds=1000)
            other = by_hand(market, bot, "999")
            bot.configure(inventory_skew=0)
            await until(lambda: bot.strategy.breakers.hold_of("maker"), 30, lambda: caplog.text[-800:])
            held = bot.strategy.breakers.hold_of("maker")
            assert "of the last 20 orders were refused, until it is tried again after 60 s" in held
            assert "INSUFFICIENT_MARGIN" in caplog.text and "of its margin" not in caplog.text
            await bot.quotes(0)
            assert market.ledger(bot)["orders_placed"] == 1
            backpack.faults.clear()
            market.exchange.engine.cancel(market.exchange.account_of(bot.keys.public), other)
            await until(lambda: bot.controller.seen.exposure_left > 60, 20)
            assert not bot.resting()
            monkeypatch.setattr(bot.strategy.breakers, "_now", lambda real=bot.strategy.breakers._now: real() + 61)
            bot.controller.wake.set()
            await bot.quotes(4)
