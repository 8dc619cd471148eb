"""Exits while something else goes wrong, end to end: risk only goes down, quoting stops and resumes as the cards say,
and the log tells the story."""

import copy
import logging
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hummingbot_backpack.simulator.market_rows import MARKETS
from hummingbot_backpack.simulator.orders import ASK
from hummingbot_backpack.trading import observe
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

pytestmark = pytest.mark.slow
D = Decimal


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Market]:
    caplog.set_level(logging.INFO)
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        yield bot


async def long_of(bot: Bot, market: Market, size: str = "0.6", **settings: Any) -> None:
    """A bot with a stop loss that has just bought."""
    bot.configure(**{"stop_loss": 1, "inventory_skew": 0, **settings})
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", size)
    await until(lambda: bot.controller.view.exchange == bot.controller.view.from_fills == D(size))


async def set_state(bot: Bot, market: Market, state: str) -> None:
    """The exchange changes the market's state, and the connector hears of it."""
    market.exchange.engine.set_state(SYMBOL, state)
    await bot.connector._market_watch.refresh("SOL-USDC")
    assert bot.connector.market("SOL-USDC").state == state


async def flat(bot: Bot, market: Market, seconds: float = 15) -> None:
    """At the exchange first, then for the controller, which says so."""
    await until(lambda: market.position(bot) == 0, seconds, lambda: bot.strategy.format_status())
    await until(lambda: bot.controller.flat, seconds, lambda: bot.strategy.format_status())


def only_reduced(market: Market, bot: Bot, peak: str = "0.6") -> None:
    """The position never grew beyond what the market's own trade made it, and never turned."""
    ledger = market.ledger(bot)
    assert D(ledger["positions"][SYMBOL]["peakAbsQuantity"]) == D(peak)
    position, bought = D(0), D(0)
    for fill in sorted(ledger["fills"], key=lambda one: int(one["tradeId"])):
        signed = D(fill["quantity"]) * (1 if fill["side"] == "Bid" else -1)
        position += signed
        bought += max(signed, D(0))
        assert position >= 0 and bought <= D(peak)


def story(caplog: pytest.LogCaptureFixture, *lines: str) -> None:
    """These parts of sentences stand in the log, in this order."""
    text = "\n".join(message for message in caplog.messages)
    place = 0
    for line in lines:
        found = text.find(line, place)
        assert found >= 0, f"{line!r} is not in the log after {place}:\n{text}"
        place = found + len(line)


async def test_ex01_a_flash_move_stops_out_and_quoting_goes_on_at_the_new_price(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    await bot.quotes(4)
    market.quote("130")
    market.exchange.set_mark(SYMBOL, "130")
    await flat(bot, market)
    # The move itself ran over the two bids that stood.
    only_reduced(market, bot, "1.2")
    await bot.quotes(4)
    assert bot.resting("BUY")[-1] == D("129.87")
    story(
        caplog,
        "maker: stop loss triggered: ",
        " at mark 130 makes -",
        "; quotes go, all of it is closed.",
        " reduce-only, market",
        "maker: stop loss triggered, closed at market (1.2",
        " at mark 130 makes -",
        "): stop loss done, flat.",
        "maker: quoting: 4 quotes of 0.30",
    )


async def test_ex01_a_take_profit_closes_too_and_the_cooldown_is_kept(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market, stop_loss=None, take_profit=1, exit_cooldown=1)
    market.exchange.set_mark(SYMBOL, "150")
    await flat(bot, market)
    await until(lambda: "pause after an exit" in bot.controller.decision.breaker)
    assert not bot.controller.decision.plan.place
    await bot.quotes(4)
    story(
        caplog,
        "take profit triggered: 0.6",
        "take profit triggered, closed at market (0.6",
        "): take profit done, flat",
    )


async def test_sl05_an_emptied_book_during_a_stop_loss_ends_flat_with_every_step_logged(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    market.leave()
    await until(lambda: bot.controller.seen.touch is None)
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: "reduce-only, plain market" in caplog.text)
    assert market.position(bot) == D("0.6")
    market.quote("142")
    await flat(bot, market)
    only_reduced(market, bot)
    market.exchange.set_mark(SYMBOL, "145")
    await bot.quotes(4)
    story(
        caplog,
        "stop loss triggered: 0.6",
        "sell 0.60 reduce-only, capped market (there is no valid book)",
        "sell 0.60 reduce-only, plain market (every gentler form left a rest)",
        "triggered, closed at market (0.6",
        "): stop loss done, flat",
        "quoting: 4 quotes",
    )
    assert any(one.levelno == logging.ERROR and "plain market" in one.getMessage() for one in caplog.records)


async def test_sl05_partial_fills_during_a_close_are_followed_until_flat(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    market.quote("145", size="0.2")
    await until(lambda: bot.controller.seen.bids and bot.controller.seen.bids[0][1] == D("0.2"))
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: market.position(bot) == D("0.4"), what=lambda: bot.strategy.format_status())
    for left in ("0.2", "0"):
        market.quote("145", size="0.2")
        await until(lambda left=left: market.position(bot) == D(left), what=lambda: bot.strategy.format_status())
    only_reduced(market, bot)
    market.quote("145")
    await bot.quotes(4)
    story(caplog, "sell 0.60 reduce-only, ioc at", "sell 0.40 reduce-only, ", "sell 0.20 reduce-only, ", "done, flat")


async def test_ex03_less_than_the_minimum_left_over_ends_the_exit_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rows = [copy.deepcopy(row) for row in MARKETS.values()]
    next(row for row in rows if row["symbol"] == SYMBOL)["filters"]["quantity"]["minQuantity"] = "0.1"
    async with local_backpack(monkeypatch, markets=rows) as backpack, Bot(tmp_path, monkeypatch) as bot:
        market = Market(backpack)
        await long_of(bot, market, slippage_protection=False)
        market.leave()
        market.exchange.order(market.maker, SYMBOL, "Bid", "0.55", "142")
        market.exchange.set_mark(SYMBOL, "142")
        await until(lambda: market.position(bot) == D("0.05"), what=lambda: bot.strategy.format_status())
        await until(lambda: bot.controller.exit_state.closing is None)
        story(caplog, "stop loss done, 0.05 is left, too little to close: 0.05 is below the market's minimum of 0.1")
        market.quote("142")
        await bot.quotes(4)
        assert market.position(bot) == D("0.05")


async def test_ex05_post_only_with_a_stop_loss_pending_makes_at_the_touch_until_it_opens(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    def close() -> list[Any]:
        orders = market.exchange.known_account(bot.keys.public).open_orders.values()
        return [one for one in orders if one.request.reduce_only]

    def prices() -> list[Decimal]:
        return [D(one.market.price_grid.plain(one.price)) for one in close()]

    def what() -> str:
        return f"{prices()} {bot.strategy.format_status()}"

    await long_of(bot, market)
    await set_state(bot, market, "PostOnly")
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: prices() == [D("145.50")], what=what)
    first = close()[0]
    await until(lambda: len(market.ledger(bot)["open_orders"]) == 1)
    market.quote("142", postOnly=True)
    await until(lambda: prices() == [D("142.50")], what=what)
    assert not first.is_open
    await set_state(bot, market, "Open")
    await flat(bot, market)
    await bot.quotes(4)
    only_reduced(market, bot)
    story(caplog, "reduce-only, post only at 145.50 (the market is PostOnly)", "post only at 142.50", "done, flat")


@pytest.mark.parametrize("state", ["CancelOnly", "Closed"])
async def test_ex05_a_stop_loss_waits_with_an_alert_and_is_the_first_order_after(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    await long_of(bot, market)
    await set_state(bot, market, state)
    await bot.quotes(0)
    placed = market.ledger(bot)["orders_placed"]
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: "cannot close now" in caplog.text)
    assert (market.position(bot), market.ledger(bot)["orders_placed"]) == (D("0.6"), placed)
    market.exchange.engine.set_state(SYMBOL, "Open")
    market.quote("142")
    await bot.connector._market_watch.refresh("SOL-USDC")
    await flat(bot, market)
    only_reduced(market, bot)
    await bot.quotes(4)
    story(
        caplog,
        "not quoting: ",
        f"cannot close now, it is the first order once that is over: the market is {state}: stop loss triggered: 0.6",
        "sell 0.60 reduce-only, market",
        "done, flat",
        "quoting: 4 quotes",
    )


@pytest.mark.parametrize("state", ["CancelOnly", "Closed"])
async def test_ex05_the_exit_leaves_about_a_second_after_the_market_opens_again(
    bot: Bot, market: Market, state: str
) -> None:
    await long_of(bot, market)
    await set_state(bot, market, state)
    await bot.quotes(0)
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: bot.controller.decision.closing.waits is not None)
    before = max(one.id for one in market.exchange.known_account(bot.keys.public).order_history)
    # Nobody but the connector's own watch asks from here on.
    market.exchange.engine.set_state(SYMBOL, "Open")
    market.quote("142")
    opened = time.monotonic()
    await flat(bot, market, 5)
    assert time.monotonic() - opened < 5
    account = market.exchange.known_account(bot.keys.public)
    later = [one for one in (*account.order_history, *account.open_orders.values()) if one.id > before]
    assert min(later, key=lambda one: one.id).request.reduce_only, "the exit is the first order"
    only_reduced(market, bot)


async def test_ex01_a_silent_mark_takes_the_quotes_of_an_armed_position_away(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observe, "MARK_PATIENCE", 1.5)
    await long_of(bot, market)
    await bot.quotes(4)
    fault = market.backpack.faults.set("silence", stream="markPrice")
    market.backpack.faults.set("refuse_rest", path="/api/v1/markPrices")
    market.exchange.set_mark(SYMBOL, "142")
    await bot.quotes(0, 15)
    assert market.position(bot) == D("0.6")
    market.backpack.faults.remove(fault)
    await flat(bot, market)
    market.exchange.set_mark(SYMBOL, "145")
    await bot.quotes(4)
    only_reduced(market, bot)
    story(caplog, "not quoting: armed, but entry or mark is not known", "stop loss triggered: 0.6", "done, flat")


async def test_ex02_while_the_mark_stream_is_silent_the_mark_is_asked_for_and_the_stop_loss_fires(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    fault = market.backpack.faults.set("silence", stream="markPrice")
    await until(lambda: "The stream says no mark of SOL-USDC" in caplog.text)
    market.exchange.set_mark(SYMBOL, "142")
    await flat(bot, market)
    only_reduced(market, bot)
    market.backpack.faults.remove(fault)
    market.exchange.set_mark(SYMBOL, "145")
    await bot.quotes(4)
    await until(lambda: "Marks are no longer asked for." in caplog.text)
    story(
        caplog,
        "The stream says no mark of SOL-USDC; it is asked for every second.",
        "stop loss triggered: 0.6",
        "done, flat",
        "Marks are no longer asked for.",
    )


async def test_re05_a_position_that_cannot_be_asked_for_stops_quoting_and_nothing_opens(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    await bot.quotes(4)
    market.backpack.faults.set("refuse_private_stream")
    market.backpack.faults.set("refuse_rest", path="/api/v1/position")
    await bot.quotes(0, 15)
    assert "the private stream is down" in bot.controller.decision.breaker
    placed = market.ledger(bot)["orders_placed"]
    market.quote("146")
    await until(lambda: bot.controller.seen.touch is not None and bot.controller.seen.touch.mid == 146)
    assert market.ledger(bot)["orders_placed"] == placed
    market.backpack.faults.clear()
    await bot.quotes(4, 45)
    only_reduced(market, bot)
    story(caplog, "not quoting: the private stream is down", "quoting: 4 quotes")


async def test_re05_a_position_query_that_fails_alone_is_said_and_the_stream_still_arms_the_stop_loss(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    market.backpack.faults.set("refuse_rest", path="/api/v1/position")
    await bot.connector._poll_all()
    market.exchange.set_mark(SYMBOL, "142")
    await flat(bot, market)
    only_reduced(market, bot)
    market.backpack.faults.clear()
    market.exchange.set_mark(SYMBOL, "145")
    await bot.connector._poll_all()
    await bot.quotes(4)
    story(caplog, "positions could not be fetched", "stop loss triggered: 0.6", "done, flat", "positions works again")


async def test_ex03_a_step_of_the_clock_holds_no_exit_up(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    market.quote("145", size="0.2")
    real = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: real() - 3600)
        market.exchange.set_mark(SYMBOL, "142")
        await until(lambda: market.position(bot) < D("0.6"), what=lambda: bot.strategy.format_status())
        market.quote("145")
        await flat(bot, market)
    only_reduced(market, bot)
    story(caplog, "stop loss triggered: 0.6", "done, flat")


async def test_ex03_a_close_that_is_refused_goes_on_once_a_second(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    await long_of(bot, market)
    original = bot.connector._order_request
    refused: list[float] = []

    def refuse(*arguments: Any, **more: Any) -> Any:
        refused.append(time.monotonic())
        raise ValueError("the exchange says no")

    bot.connector._order_request = refuse
    market.exchange.set_mark(SYMBOL, "142")
    await until(lambda: len(refused) >= 7)
    assert refused[-1] - refused[-2] > 0.9
    bot.connector._order_request = original
    await flat(bot, market)
    only_reduced(market, bot)
    await until(lambda: bot.controller.exit_state.closing is None)
    story(caplog, "stop loss triggered: 0.6", "reduce-only, market", "plain market", "plain market", "done, flat")


async def test_ex04_the_stop_at_the_exchange_follows_the_position_and_outlives_a_crash_once(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops() -> list[tuple[int, str, str]]:
        orders = market.exchange.known_account(bot.keys.public).open_orders.values()
        found = [one for one in orders if one.status == "TriggerPending" and one.request.trigger]
        plain = market.exchange.specs[SYMBOL].price_grid.plain
        return [
            (one.side, one.request.trigger.quantity, plain(one.request.trigger.price // one.market.price_grid.unit))
            for one in found
        ]

    bot.configure(stop_loss=5, inventory_skew=0, stop_at_exchange=True)
    await bot.start()
    await bot.quotes(4)
    assert stops() == []
    market.hit("Ask", "0.3")
    # 144.85 - 5 / 0.3 = 128.18, half a percent further down.
    await until(lambda: stops() == [(ASK, "0.30", "127.54")], what=lambda: f"{stops()}")
    market.hit("Ask", "0.3")
    await until(lambda: [size for _, size, _ in stops()] == ["0.60"], what=lambda: f"{stops()}")
    market.hit("Bid", "0.6")
    await until(lambda: market.position(bot) == 0 and stops() == [], what=lambda: f"{stops()}")
    market.hit("Ask", "0.3")
    await until(lambda: len(stops()) == 1)
    await bot.crash()
    assert len(stops()) == 1
    async with bot.again() as later:
        await later.start()
        await until(lambda: later.strategy.ready_to_trade and later.controller.decision is not None)
        await until(lambda: len(stops()) == 1 and len(later.controller._hands.stops()) == 1, what=lambda: f"{stops()}")
        await later.crash()
    market.exchange.set_mark(SYMBOL, "120")
    market.exchange.engine.triggers.run()
    await until(lambda: market.position(bot) == 0, what=lambda: f"{stops()}")
    market.exchange.set_mark(SYMBOL, "145")
    async with bot.again() as last:
        last.configure(stop_loss=500, inventory_skew=0, stop_at_exchange=True)
        await last.start()
        await last.quotes(4)
        market.hit("Ask", "0.3")
        await until(lambda: len(stops()) == 0 and market.position(bot) == D("0.3"))
        await until(lambda: "cannot lose 500" in last.controller.decision.stop.reason)
        last.configure(stop_loss=5, inventory_skew=0, stop_at_exchange=True)
        await until(lambda: len(stops()) == 1)
        await last.stop()
        assert market.ledger(last)["open_orders"] == []
