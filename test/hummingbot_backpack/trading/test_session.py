"""The perpetual market maker in Hummingbot's own frame against a local Backpack, over real sockets."""

import logging
import stat
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until


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


async def test_pr02_an_order_below_the_markets_minimum_is_refused_with_the_reason(bot: Bot, market: Market) -> None:
    bot.configure(order_amount="0.001")
    await bot.start()
    await until(lambda: bot.strategy.ready_to_trade and bot.controller.refused)
    assert "order_amount (0.001) must be at least the market's minimum of 0.01" in bot.controller.refused
    assert not bot.resting()


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
