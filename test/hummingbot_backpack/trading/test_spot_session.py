"""The spot market maker in Hummingbot's own frame against a local Backpack, over real sockets."""

import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack.market_making.accounting import Account
from hummingbot_backpack.simulator import dispatch
from hummingbot_backpack.simulator.errors import ExchangeError
from test.hummingbot_backpack.trading.bot import SpotBot, SpotMarket, local_backpack, until


async def begun(bot: SpotBot) -> None:
    """Wait for the first decision: before that the exchange does not know the account."""
    await until(lambda: bot.controller.decision, 30, lambda: str(bot.connector.status_dict))


def sells(bot: SpotBot) -> list[Any]:
    orders = bot.connector._order_tracker.active_orders.values()
    return [order for order in orders if order.trade_type.name == "SELL"]


Scene = tuple[SpotMarket, SpotBot]
Open = Callable[..., AbstractAsyncContextManager[Scene]]
D = Decimal


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """A local Backpack where the bot's account starts with these balances."""

    @contextlib.asynccontextmanager
    async def open_scene(usdc: str = "700", sol: str = "3", mid: str = "100", **options: Any) -> AsyncIterator[Scene]:
        options = {"balances": {"USDC": usdc, "SOL": sol}, "prices": {"SOL": mid}, **options}
        async with local_backpack(monkeypatch, **options) as backpack:
            async with SpotBot(tmp_path, monkeypatch) as bot:
                bot.configure()
                yield SpotMarket(backpack, mid), bot

    return open_scene


async def test_qu01_the_ladder_rests_on_both_sides_and_is_recorded_with_its_base_fee(scene: Open) -> None:
    async with scene() as (market, bot):
        await bot.start()
        await bot.quotes(4)
        assert bot.resting("BUY") == [D("99.85"), D("99.90")]
        assert bot.resting("SELL") == [D("100.10"), D("100.15")]
        market.hit("Ask", "0.3")
        await until(lambda: bot.state["fills"] == 1)
        market.hit("Bid", "0.3")
        await until(lambda: bot.state["fills"] == 2)
        await bot.quotes(4)
        await bot.stop()
        bought, sold = market.ledger(bot)["fills"]
        assert (bought["feeSymbol"], sold["feeSymbol"]) == ("SOL", "USDC")
        records = list(bot.records().fills())
        assert [(each.fill.fee, each.fill.fee_asset) for each in records] == [
            (D(bought["fee"]), "SOL"),
            (D(sold["fee"]), "USDC"),
        ]
        account: Account = bot.controller.account
        held = market.balances(bot)
        assert account.position == held["SOL"]
        mark = D(100)
        change = held["USDC"] + held["SOL"] * mark - (D(700) + D(3) * mark)
        assert account.net_pnl(mark) == change


async def test_rb01_above_450_of_1000_base_is_sold_down_to_its_target(scene: Open) -> None:
    async with scene(usdc="549", sol="4.51") as (market, bot):
        await bot.start()
        await begun(bot)
        await until(lambda: market.ledger(bot)["sells"] == 1, what=lambda: bot.strategy.format_status())
        await bot.quotes(4)
        held = market.balances(bot)
        total = held["USDC"] + held["SOL"] * 100
        assert abs(held["SOL"] * 100 - total * D("0.3")) <= D("0.01") * 100
        (fill,) = market.ledger(bot)["fills"]
        assert not fill["isMaker"]


@pytest.mark.slow
async def test_rb01_below_150_of_1000_base_is_bought_up_to_its_target(scene: Open) -> None:
    async with scene(usdc="851", sol="1.49") as (market, bot):
        await bot.start()
        await begun(bot)
        await until(lambda: market.ledger(bot)["buys"] == 1, what=lambda: bot.strategy.format_status())
        await bot.quotes(4)
        held = market.balances(bot)
        total = held["USDC"] + held["SOL"] * 100
        assert abs(held["SOL"] * 100 - total * D("0.3")) <= D("0.01") * 100


@pytest.mark.parametrize(("usdc", "sol"), [("550", "4.5"), ("850", "1.5")])
async def test_rb01_between_150_and_450_nothing_is_traded(scene: Open, usdc: str, sol: str) -> None:
    async with scene(usdc=usdc, sol=sol) as (market, bot):
        await bot.start()
        await bot.quotes(4)
        assert bot.controller.seen.settled is not None
        assert market.ledger(bot)["fill_count"] == 0


async def test_rb01_lent_funds_count(scene: Open) -> None:
    """549 USDC lent beside 4.51 SOL: without them base would be all of the account."""
    async with scene(usdc="549", sol="4.51", auto_lend=True) as (market, bot):
        await bot.start()
        await begun(bot)
        await until(lambda: market.ledger(bot)["sells"] == 1, what=lambda: bot.strategy.format_status())
        await bot.quotes(4)
        held = market.balances(bot)
        total = held["USDC"] + held["SOL"] * 100
        assert abs(held["SOL"] * 100 - total * D("0.3")) <= D("0.01") * 100
        assert sum(D(amount) for amount in market.ledger(bot)["lent"].values()) > 0
        await until(lambda: bot.controller.seen.settled is not None)
        assert market.ledger(bot)["fill_count"] == 1


@pytest.mark.slow
async def test_ba01_lending_that_the_account_refuses_is_one_sentence_and_the_end(
    scene: Open, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise ExchangeError(403, "FORBIDDEN", "Lending is not available to this account")

    async with scene() as (market, bot):
        place = ("GET", "/api/v1/borrowLend/positions")
        monkeypatch.setitem(dispatch.ROUTES, place, replace(dispatch.ROUTES[place], handler=refuse))
        await bot.start()
        await until(lambda: bot.exit_codes)
        assert bot.exit_codes[0] == 1
        assert [line for line in caplog.messages if line.startswith("The bot ends: ")] == [
            "The bot ends: The exchange refuses this API key (FORBIDDEN: Lending is not available to this account): it "
            "must be the right one, and may trade."
        ]
        assert market.ledger(bot)["orders_placed"] == 0


@pytest.mark.slow
async def test_rb02_unknown_lent_funds_rebalance_nothing_and_size_nothing(scene: Open) -> None:
    async with scene(usdc="100", sol="5") as (market, bot):
        bot.configure(order_amount=None)
        fault = market.backpack.faults.set("error_before", path="/api/v1/borrowLend/positions", times=1_000_000)
        await bot.start()
        await begun(bot)
        await until(lambda: "lent is not known" in bot.controller.decision.rebalance)
        assert "not known" in bot.controller.decision.quoting.reason
        assert market.ledger(bot)["orders_placed"] == 0
        market.backpack.faults.remove(fault)
        await bot.connector._update_balances()
        await until(lambda: market.ledger(bot)["sells"] == 1, what=lambda: bot.strategy.format_status())


@pytest.mark.slow
async def test_rb02_what_an_ioc_leaves_is_tried_again_after_the_cooldown(scene: Open) -> None:
    async with scene(usdc="0", sol="10") as (market, bot):
        bot.configure(rebalance_cooldown=1)
        market.leave()
        market.exchange.order(market.maker, "SOL_USDC", "Bid", "3", "99.90")
        market.exchange.order(market.maker, "SOL_USDC", "Bid", "50", "90")
        market.exchange.order(market.maker, "SOL_USDC", "Ask", "50", "100.10")
        await bot.start()
        await begun(bot)
        await until(lambda: market.balances(bot)["SOL"] == 7, what=lambda: bot.strategy.format_status())
        first = bot.controller.rebalancing.tried_at
        market.quote("95", half="0.10", size="2")
        await until(lambda: market.balances(bot)["SOL"] == 5, what=lambda: bot.strategy.format_status())
        assert bot.controller.rebalancing.tried_at - first >= 1


@pytest.mark.slow
async def test_sl01_rebalancing_never_sells_far_from_the_mid(scene: Open) -> None:
    async with scene(usdc="0", sol="10") as (market, bot):
        market.quote("100", half="2")
        await bot.start()
        await begun(bot)
        await until(lambda: "further than 50 bps" in bot.controller.decision.rebalance)
        await until(lambda: bot.resting("SELL"))
        assert market.ledger(bot)["fill_count"] == 0


@pytest.mark.slow
async def test_rb03_quotes_lean_towards_the_target(scene: Open) -> None:
    async with scene(usdc="625", sol="3.75") as (_, bot):
        bot.configure(inventory_skew="0.001")
        await bot.start()
        await bot.quotes(4)
        assert bot.controller.decision.quoting.prices.skew.ratio == D("0.5")
        assert bot.resting("BUY")[-1] == D("99.85")


@pytest.mark.slow
async def test_qu02_without_an_amount_orders_are_a_share_of_the_whole_account(scene: Open) -> None:
    async with scene(usdc="700", sol="3") as (_, bot):
        bot.configure(order_amount=None, orders_per_side=3)
        await bot.start()
        await bot.quotes(6)
        await until(lambda: {order.remaining for order in bot.controller.seen.resting} == {D("0.5")})


@pytest.mark.slow
async def test_li02_both_sides_fit_into_what_the_account_has(scene: Open) -> None:
    async with scene(usdc="100", sol="0.5") as (market, bot):
        bot.configure(rebalance=False, orders_per_side=3, order_amount="0.4")
        await bot.start()
        await until(lambda: len(bot.resting("BUY")) == 3 and len(bot.resting("SELL")) == 2)
        assert sum(order.amount for order in sells(bot)) == D("0.5")
        await until(lambda: bot.controller.seen.settled is not None)
        market.quote("101")
        await until(lambda: bot.resting("BUY") and bot.resting("BUY")[-1] > 100)
        assert not [each for each in bot.state["controllers"] if "failed" in str(each)]


@pytest.mark.slow
async def test_se01_flatten_takes_base_back_to_its_target(scene: Open) -> None:
    async with scene(usdc="560", sol="4.4") as (market, bot):
        await bot.start(duration="1", on_end="flatten")
        await until(lambda: bot.exit_codes, 20)
        assert bot.exit_codes == [0]
        held = market.balances(bot)
        total = held["USDC"] + held["SOL"] * 100
        assert abs(held["SOL"] * 100 - total * D("0.3")) <= D("0.02") * 100
        assert market.ledger(bot)["open_orders"] == []
        await bot.stop()


@pytest.mark.slow
async def test_br03_flatten_on_request_goes_back_to_the_target_and_quotes_again_when_released(scene: Open) -> None:
    async with scene(usdc="560", sol="4.4") as (market, bot):
        await bot.start()
        await bot.quotes(4)
        bot.controller.flatten_by_request()
        await until(lambda: bot.controller.flat and market.ledger(bot)["sells"] == 1)
        held = market.balances(bot)
        assert abs(held["SOL"] - D("3")) <= D("0.02")
        assert not bot.resting()
        bot.controller.release()
        await bot.quotes(4)


@pytest.mark.slow
async def test_sl05_the_way_home_escalates_in_a_thin_book_and_ends_at_the_target(
    scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with scene(usdc="560", sol="4.4") as (market, bot):
        await bot.start(on_end="flatten", duration=2)
        await bot.quotes(4)
        market.leave()
        for price, size in (("99.90", "0.2"), ("99.20", "0.2"), ("97.50", "0.3"), ("90", "50")):
            market.exchange.order(market.maker, "SOL_USDC", "Bid", size, price)
        market.exchange.order(market.maker, "SOL_USDC", "Ask", "50", "100.10")
        await until(lambda: bot.exit_codes, 30, lambda: bot.strategy.format_status())
        sold = [fill for fill in market.ledger(bot)["fills"] if not fill["isMaker"]]
        assert D(sold[-1]["price"]) < D("99.50")
        assert "capped market" in caplog.text or "plain market" in caplog.text or "wide ioc" in caplog.text
        await until(lambda: bot.controller.seen.settled is not None)
        held = market.balances(bot)
        mid = bot.controller.seen.touch.mid
        assert abs(held["SOL"] * mid - D("0.3") * (held["USDC"] + held["SOL"] * mid)) <= D("0.03") * mid


async def test_or11_a_stop_leaves_nothing(scene: Open) -> None:
    async with scene() as (market, bot):
        await bot.start()
        await bot.quotes(4)
        await bot.stop()
        assert market.ledger(bot)["open_orders"] == []
        assert bot.strategy.leftovers == []


@pytest.mark.slow
async def test_rb01_neither_base_nor_quote_is_one_sentence_and_the_end(
    scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene(usdc="0", sol="0") as (market, bot):
        await bot.start()
        await until(lambda: bot.exit_codes)
        assert bot.exit_codes[0] == 1
        assert "the account must hold SOL or USDC to trade SOL-USDC; it has neither" in caplog.text
        assert market.ledger(bot)["orders_placed"] == 0


@pytest.mark.slow
async def test_rb04_the_preflight_names_the_preset_that_fits_the_markets_volatility(
    scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with scene(flow="calm") as (_, bot):
        bot.configure(base_target_pct=60)
        await bot.start()
        await begun(bot)
        said = caplog.text
        assert re.search(r"daily volatility over 30 days is \d\.\d\d %: rebalance_preset \w+_volatility \(", said)
        assert "base_target_pct (60) is outside of the usual" in said
        assert re.search(r"sells above 7[45]\d\.\d\d, buys below 4[45]\d\.\d\d", said)
        assert "spread_pct (0.2) is 20.0 bps" not in said


@pytest.mark.slow
async def test_pr03_a_running_bot_takes_a_new_band_and_keeps_the_old_one_for_a_bad_value(
    scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene(usdc="560", sol="4.4") as (market, bot):
        await bot.start()
        await bot.quotes(4)
        bot.configure(base_target_pct=120)
        await until(lambda: "base_target_pct (120) must be a number at least 0 and at most 100" in caplog.text)
        assert market.ledger(bot)["fill_count"] == 0
        bot.configure(rebalance_threshold_pct=10)
        await until(lambda: market.ledger(bot)["sells"] == 1, what=lambda: bot.strategy.format_status())
        await bot.quotes(4)
