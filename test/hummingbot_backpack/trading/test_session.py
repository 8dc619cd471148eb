"""The perpetual market maker in Hummingbot's own frame against a local Backpack, over real sockets."""

import logging
import stat
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import pytest_asyncio

from controllers.market_making.perp_market_maker import PerpMarketMaker, PerpMarketMakerConfig
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.values import MarketRule
from test.hummingbot_backpack.trading.bot import CONTROLLER, SYMBOL, Bot, Market, local_backpack, until


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure()
        yield bot


async def test_qu01_the_ladder_rests_where_the_card_says(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    assert bot.resting("BUY") == [Decimal("144.78"), Decimal("144.85")]
    assert bot.resting("SELL") == [Decimal("145.15"), Decimal("145.22")]
    await until(lambda: bot.state["quotes_placed"] == 4)


async def test_qu03_quotes_follow_the_market_and_leave_no_orders_behind(bot: Bot, market: Market) -> None:
    bot.configure(inventory_skew=0)
    await bot.start()
    await bot.quotes(4)
    market.quote("146")
    await until(lambda: bot.resting("BUY")[-1:] == [Decimal("145.85")])
    await bot.quotes(4)
    assert len(market.ledger(bot)["open_orders"]) == 4


async def test_qu03_a_move_within_the_tolerance_keeps_every_quote(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    before = market.ledger(bot)["open_orders"]
    market.quote("145.02")
    await until(lambda: bot.controller.seen.touch.mid == Decimal("145.02"))
    await until(lambda: bot.state["quotes_kept"] == 4)
    assert market.ledger(bot)["open_orders"] == before


async def test_sk01_fills_move_the_quotes_and_are_recorded_exactly(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await until(lambda: bot.state["fills"] == 1)
    await until(lambda: bot.controller.decision.quoting.prices.skew.ratio == Decimal("0.06"))
    await bot.quotes(4)
    (record,) = await bot.recorded(1)
    (theirs,) = market.ledger(bot)["fills"]
    assert (str(record.fill.price), record.fill.quantity) == ("144.85", Decimal("0.3"))
    assert record.fill.fee == Decimal(theirs["fee"])
    assert record.fill.is_maker
    assert record.trade_id == str(theirs["tradeId"])


async def test_li02_the_position_never_exceeds_its_maximum(bot: Bot, market: Market) -> None:
    bot.configure(max_position=1, orders_per_side=3, position_threshold=1, inventory_skew=0)
    await bot.start()
    await bot.quotes(6)

    def sell_into_it() -> bool:
        if bot.resting("BUY"):
            market.hit("Ask", "0.15")
        return market.position(bot) == 1

    await until(sell_into_it, what=lambda: str(market.position(bot)))
    await until(lambda: not bot.resting("BUY"))
    assert bot.resting("SELL")
    peak = Decimal(market.ledger(bot)["positions"][SYMBOL]["peakAbsQuantity"])
    assert peak == 1


async def test_li01_an_excess_over_the_threshold_is_reduced_at_market(bot: Bot, market: Market) -> None:
    bot.configure(position_threshold="0.1", inventory_skew=0)
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await until(lambda: market.position(bot) == Decimal("0.1"), what=lambda: str(market.position(bot)))
    assert {fill["isMaker"] for fill in market.ledger(bot)["fills"]} == {True, False}
    await until(lambda: bot.state["position"] == "0.1")


async def test_ex01_a_stop_loss_closes_the_position_and_quotes_again(bot: Bot, market: Market) -> None:
    bot.configure(stop_loss=1, inventory_skew=0)
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.view.exchange == Decimal("0.6"))
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: market.position(bot) == 0, what=lambda: bot.strategy.format_status())
    market.exchange.set_mark(SYMBOL, "145")
    await bot.quotes(4)


async def test_br03_paused_withdraws_quotes_in_a_running_bot_and_back(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    bot.configure(paused=True)
    await bot.quotes(0)
    assert bot.controller.decision.breaker == "paused"
    bot.configure()
    await bot.quotes(4)


async def test_pr01_a_bad_value_in_a_running_bot_keeps_the_old_one_and_is_said(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.start()
    await bot.quotes(4)
    bot.configure(spread_pct=99)
    sentence = "The old settings stay: spread_pct (99) must be a number greater than 0 and at most 50"
    await until(lambda: sentence in caplog.text)
    assert bot.controller.config.spread_pct == Decimal("0.2")
    bot.configure(spread_pct=1)
    await until(lambda: bot.resting("BUY")[-1:] == [Decimal("144.50")] or bot.controller.config.spread_pct == 1)
    assert caplog.text.count(sentence) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"order_amount": "0.001"}, "order_amount (0.001) must be at least the market's minimum of 0.01"),
        ({"max_position": "0.001"}, "max_position (0.001) must be at least the market's minimum of 0.01"),
        ({"leverage": 51}, "leverage (51) must be at most the market's own of 50"),
        (
            {"max_position": 1000},
            "max_position (1000) must be carried by the account: it needs 14500.00 USDC of",
        ),
    ],
)
async def test_se02_what_the_preflight_refuses_ends_the_bot_before_its_first_order(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture, changes: dict[str, Any], sentence: str
) -> None:
    bot.configure(**changes)
    await bot.start()
    await until(lambda: bot.exit_codes)
    assert bot.exit_codes == [1]
    assert f"The bot ends: maker: {sentence}" in caplog.text
    ledger = market.ledger(bot)
    assert (ledger["orders_placed"], bot.connector.get_leverage("SOL-USDC")) == (0, 10)


async def test_se02_the_classic_settings_are_warned_of_and_run(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    bot.configure(
        spread_pct="0.01", order_amount="0.1", orders_per_side=2, target_position=0, max_position=5,
        position_threshold=2, inventory_skew=0, stop_loss=1, take_profit=5,
    )  # fmt: skip
    await bot.start()
    await bot.quotes(4)
    assert caplog.text.count("warned    spread_pct (0.01) is 1.00 bps, less than the 4.0000 bps") == 1
    assert "warned    these money limits are off: max_session_loss, max_drawdown, max_wear_rate" in caplog.text


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("spread_pct", 0, "0.3"), ("orders_per_side", 21, 1), ("level_step_bps", -1, 6),
        ("order_amount", "0.001", "0.4"),
        ("refresh_interval", 0, 20), ("refresh_tolerance_bps", -1, 1), ("target_position", 6, 1),
        ("max_position", "0.001", 6), ("position_threshold", -1, 4), ("inventory_skew", 2, "0.1"),
        ("stop_loss", "much", 9), ("take_profit", "much", 9), ("exit_cooldown", -1, 3),
        ("slippage_protection", "maybe", False), ("max_slippage_bps", 0, 60), ("max_market_spread_bps", 1001, 90),
        ("min_depth_pct", 0, 50), ("on_thin_book", "eat", "cut"), ("slippage_mode", "wild", "dynamic"),
        ("dynamic_multiple", 0, 5), ("stop_at_exchange", 7, True), ("paused", "perhaps", True),
    ],
)  # fmt: skip
def test_pr01_every_live_row_in_a_running_bot_keeps_the_old_value_or_takes_the_new(
    name: str, bad: Any, good: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def configured(**changes: Any) -> PerpMarketMakerConfig:
        return PerpMarketMakerConfig(**{**CONTROLLER, **changes})

    maker = PerpMarketMaker(configured(), MagicMock(), MagicMock())
    maker.rule = MarketRule(Decimal("0.01"), Decimal("0.01"), Decimal("0.01"))
    before = getattr(maker.config, name)
    try:
        maker.update_config(configured(**{name: bad}))
        said = caplog.text
    except SettingError as error:
        said = str(error)
    assert f"{name} ({bad}) must " in said
    assert getattr(maker.config, name) == before
    maker.update_config(configured(**{name: good}))
    assert getattr(maker.config, name) != before


async def test_pr01_a_bad_value_of_one_controller_leaves_the_market_as_it_was(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    bot.configure(order_amount="0.001")
    await until(lambda: bot.controller._config_complaint)
    assert (bot.controller.config.order_amount, len(bot.resting())) == (Decimal("0.3"), 4)


@pytest.mark.slow
async def test_rl01_while_requests_are_spent_stale_quotes_go_and_none_is_placed(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.configure(inventory_skew=0)
    await bot.start()
    await bot.quotes(4)
    with monkeypatch.context() as patch:
        patch.setattr(type(bot.connector), "request_budget_used", property(lambda self: 0.9))
        market.quote("144.8")
        # The bids are now too near to the other side and go; the asks are further out than they need be and stay.
        await until(lambda: not bot.resting("BUY"), what=lambda: bot.strategy.format_status())
        assert bot.resting("SELL") == [Decimal("145.15"), Decimal("145.22")]
        assert bot.controller.decision.plan.deferred
    bot.controller.wake.set()
    await until(lambda: bot.resting("BUY") == [Decimal("144.58"), Decimal("144.65")])
    await bot.quotes(4)


async def test_se01_a_session_ends_when_its_volume_is_reached(bot: Bot, market: Market) -> None:
    await bot.start(volume_target="40", duration="600")
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await until(lambda: bot.exit_codes)
    assert bot.exit_codes == [0]
    await bot.stop()
    assert bot.state["ended_by"] == "the session's volume of 40 is reached"


async def test_ex02_a_stop_loss_needs_no_interval_and_no_quote(bot: Bot, market: Market) -> None:
    bot.configure(stop_loss=1, inventory_skew=0, refresh_interval=3600)
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.view.exchange == Decimal("0.6"))
    await bot.quotes(4)
    market.exchange.set_mark(SYMBOL, "142")
    # The mark's stream speaks once a second; nothing else happens on the market.
    await until(lambda: market.position(bot) == 0, 3, lambda: bot.strategy.format_status())


async def test_or11_a_stop_leaves_nothing_and_records_the_last_fills(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    market.hit("Bid", "0.3")
    await bot.stop()
    ledger = market.ledger(bot)
    assert ledger["open_orders"] == []
    assert bot.strategy.leftovers == []
    assert len(list(bot.records().fills())) == ledger["fill_count"] == 1
    state = bot.state
    assert (state["running"], state["fills"], state["open_orders"]) == (False, 1, 0)
    placed = ledger["orders_placed"]
    market.quote("140")
    with pytest.raises(RuntimeError, match="nothing is placed after the stop began"):
        bot.strategy.buy("backpack_perpetual_simulator", "SOL-USDC", Decimal("0.3"), None, Decimal(140))
    assert market.ledger(bot)["orders_placed"] == placed


async def test_se01_a_session_ends_by_itself_with_code_0(bot: Bot, market: Market) -> None:
    await bot.start(duration="0.5")
    await until(lambda: bot.exit_codes)
    assert bot.exit_codes == [0]
    await bot.stop()
    assert bot.state["ended_by"] == "the session's 0.5 s are over"
    assert market.ledger(bot)["open_orders"] == []


async def test_se01_flatten_closes_the_position_before_the_end(bot: Bot, market: Market) -> None:
    await bot.start(duration="1.5", on_end="flatten")
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await until(lambda: market.position(bot) == Decimal("0.3"))
    await until(lambda: bot.exit_codes)
    assert bot.exit_codes == [0]
    assert market.position(bot) == 0
    await bot.stop()
    assert bot.state["position"] == "0.0"


async def test_sl05_a_reduction_in_a_wide_market_escalates_and_ends_flat(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bot.configure(stop_loss=1, inventory_skew=0, max_market_spread_bps=10)
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.view.exchange == Decimal("0.6"))
    market.quote("142", half="2")
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: market.position(bot) == 0, what=lambda: bot.strategy.format_status())
    steps = [word for line in caplog.messages if "reduce-only" in line for word in [line.split("reduce-only, ")[1][:8]]]
    assert steps[:2] == ["ioc at 1", "wide ioc"]


async def test_sl05_an_emptied_book_during_a_stop_loss_goes_straight_to_the_exchanges_tolerance(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bot.configure(stop_loss=1, inventory_skew=0, paused=False)
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.view.exchange == Decimal("0.6"))
    market.leave()
    await until(lambda: bot.controller.seen.touch is None)
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: "reduce-only, capped market" in caplog.text)
    market.quote("142")
    await until(lambda: market.position(bot) == 0, what=lambda: bot.strategy.format_status())


async def test_md03_an_emptied_book_withdraws_the_quotes_after_a_while(bot: Bot, market: Market) -> None:
    await bot.start(withdraw_after="0.3")
    await bot.quotes(4)
    market.leave()
    await bot.quotes(0)
    assert bot.controller.decision.quoting.reason == "book not known"
    market.quote("145")
    await bot.quotes(4)


async def test_or10_orders_placed_by_hand_are_never_touched(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    account = market.exchange.known_account(bot.keys.public)
    order = market.exchange.order(account, SYMBOL, "Bid", "0.1", "120")
    market.quote("146")
    await until(lambda: bot.controller.seen.touch.mid == 146)
    await bot.quotes(4)
    await bot.stop()
    assert order.is_open
    assert len(market.ledger(bot)["open_orders"]) == 1


async def test_se03_the_figures_agree_with_the_exchanges(bot: Bot, market: Market) -> None:
    bot.configure(position_threshold="0.5", spread_pct="0.1")
    await bot.start()
    await bot.quotes(4)
    for turn in range(12):
        market.hit("Bid" if turn % 3 else "Ask", "0.4")
        market.quote(str(145 + turn % 4))
        await until(lambda: bot.controller.view.exchange == market.position(bot))
        await bot.quotes(4)
    market.exchange.set_mark(SYMBOL, "146.5")
    await bot.stop()
    ledger, state = market.ledger(bot), bot.state
    assert (state["fills"], state["buys"], state["sells"]) == (ledger["fill_count"], ledger["buys"], ledger["sells"])
    assert Decimal(state["volume"]) == Decimal(ledger["volume"])
    assert Decimal(state["fees"]) == sum(map(Decimal, ledger["fees"].values()))
    assert Decimal(state["position"]) == market.position(bot)
    assert Decimal(state["mark"]) == Decimal("146.5")
    assert abs(Decimal(state["pnl"]) - Decimal(ledger["pnl"])) < Decimal("0.0000005")


async def test_se03_all_time_figures_include_earlier_sessions(bot: Bot, market: Market) -> None:
    records = bot.records()
    session = records.begin_session(1.0)
    records.open_market(session, "backpack_perpetual_simulator", "SOL-USDC", Decimal(0), None)
    earlier = {"realised": Decimal(7), "unrealised": Decimal(0), "fees": Decimal(2), "maker_volume": Decimal(10000)}
    records.save_market(session, "backpack_perpetual_simulator", "SOL-USDC", earlier)
    await bot.start()
    await bot.quotes(4)
    await until(lambda: bot.state["controllers"][0]["result"])
    found = bot.state["controllers"][0]["result"]["all_time"]
    assert (found["realised"], found["fees"], Decimal(found["wear_rate_per_10000"])) == ("7", "2", -5)
    assert "all time  realised 7.000000" in bot.strategy.format_status()


async def test_se04_the_published_state_is_for_its_owner_only(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    assert stat.S_IMODE((bot.folder / "data" / "backpack_state.json").stat().st_mode) == 0o600


async def test_pr02_a_market_that_does_not_exist_ends_the_bot_with_one_sentence(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    bot.configure(trading_pair="FOO-USDC")
    await bot.start(["FOO-USDC"])
    await until(lambda: bot.exit_codes)
    assert bot.exit_codes == [1]
    assert "trading_pair (FOO-USDC) must be an open market of backpack_perpetual_simulator" in caplog.text


async def test_re04_a_key_that_is_refused_ends_the_bot_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with local_backpack(monkeypatch, strict_keys=True) as backpack:
        Market(backpack)
        async with Bot(tmp_path, monkeypatch) as bot:
            bot.configure()
            await bot.start()
            await until(lambda: bot.exit_codes)
            assert bot.exit_codes == [1]
            assert caplog.text.count("The bot ends: ") == 1
