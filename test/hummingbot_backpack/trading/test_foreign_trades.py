"""What the exchange itself, or somebody by hand, does to the account of a running bot: what stops, what is booked."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from test.hummingbot_backpack.trading.bot import (
    SPOT_SYMBOL,
    SYMBOL,
    Bot,
    Market,
    SpotBot,
    SpotMarket,
    local_backpack,
    until,
)

pytestmark = pytest.mark.slow

D = Decimal
CASH = D(10000)


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


def names(bot: Bot) -> list[str]:
    return [row["name"] for row in bot.strategy.breakers.listed()]


async def long(bot: Bot, market: Market, **script_settings: str) -> None:
    """A bot that holds 0.6 and quotes."""
    bot.configure(inventory_skew=0)
    await bot.start(**script_settings)
    await bot.quotes(4)
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.account.position == D("0.6") and market.position(bot) == D("0.6"))
    await bot.quotes(4)


async def by_hand(bot: Bot, market: Market, symbol: str, quantity: str) -> None:
    """Somebody sells from the bot's account, where it has no quotes to meet."""
    bot.strategy.breakers.pause(None, "paused by request")
    bot.controller.wake.set()
    await bot.quotes(0)
    market.exchange.order(market.exchange.known_account(bot.keys.public), symbol, "Ask", quantity)
    bot.strategy.breakers.resume(None)


async def test_br01_a_liquidation_that_is_over_at_once_stops_quoting_over_a_restart_until_re_armed(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bot(tmp_path, monkeypatch) as first:
        await long(first, market)
        market.backpack.faults.set("liquidation", key=first.keys.public)
        await until(lambda: "liquidation" in str(first.strategy.breakers.hold_of("maker")))
        assert market.position(first) == 0 and not first.connector.is_liquidating
        await first.quotes(0)
        await first.crash()
        again = first.again()
        again.configure(inventory_skew=0)
        await again.start()
        await until(lambda: again.strategy.trading_since)
        held = "the exchange liquidated a position of the account of backpack_perpetual_simulator, until re-armed by"
        assert held in str(again.strategy.breakers.hold_of("maker"))
        # History is read again from a little before the start: the same order is there.
        assert again.connector.liquidations.order_ids
        again.strategy.rearm_breakers()
        again.controller.wake.set()
        await again.quotes(4)
        await again.connector._sync.poll_fills()
        again.strategy.safety.look()
        assert names(again) == []
        await again.crash()
        last = first.again()
        last.configure(inventory_skew=0)
        await last.start()
        await last.quotes(4)
        assert last.connector.liquidations.order_ids and names(last) == []
        # Another one is another matter.
        market.hit("Ask", "0.3")
        await until(lambda: market.position(last) == D("0.3"))
        market.backpack.faults.set("liquidation", key=first.keys.public)
        await until(lambda: names(last) == ["liquidation"])
        for bot in (again, last):
            await bot.__aexit__(None, None, None)


async def test_br01_a_liquidation_while_the_private_stream_is_down_stops_quoting(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        await long(bot, market)
        refusal = market.backpack.faults.set("refuse_private_stream")
        await until(lambda: not bot.connector.is_user_stream_up)
        market.backpack.faults.set("liquidation", key=bot.keys.public)
        await until(lambda: "liquidation" in names(bot), 12)
        assert not bot.connector.is_user_stream_up
        market.backpack.faults.remove(refusal)
        await until(lambda: bot.connector.is_user_stream_up, 20)
        assert "liquidation" in str(bot.strategy.breakers.hold_of("maker"))
        await bot.quotes(0)
        bot.strategy.rearm_breakers()
        bot.controller.wake.set()
        await bot.quotes(4)
        assert names(bot) == []


@pytest.mark.parametrize("what", ["liquidation", "adl", "by hand"])
async def test_se03_a_position_that_others_closed_is_gone_from_the_result(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        await long(bot, market, max_session_loss="10")
        fees = bot.controller.account.fees_quote
        if what == "by hand":
            await by_hand(bot, market, SYMBOL, "0.6")
        else:
            market.backpack.faults.set(what, key=bot.keys.public)
        await until(lambda: bot.controller.account.foreign_fills == 1)
        # The position that was is worth 27 less.
        market.exchange.set_mark(SYMBOL, "100")
        await until(lambda: bot.controller.mark() == 100)
        await until(lambda: D(bot.state["position"]) == 0 and bot.state["controllers"][0]["market"]["mark"] == "100")
        state, shown, ledger = bot.state, bot.state["controllers"][0]["result"], market.ledger(bot)
        change = D(ledger["equity"]) - CASH
        assert bot.strategy.result().net == D(state["pnl"]) == D(shown["net_pnl"]) == change
        assert D(shown["position"]) == D(state["controllers"][0]["position"]) == 0 and shown["average_entry"] is None
        assert D(state["unrealised"]) == 0
        # What is said of our trading is ours.
        own = [fill for fill in ledger["fills"] if fill["clientId"] is not None]
        assert (state["fills"], state["foreign_fills"]) == (len(own), 1)
        assert D(state["volume"]) == sum(D(fill["price"]) * D(fill["quantity"]) for fill in own)
        assert "1 fills that are not ours" in bot.strategy.format_status()
        if what == "liquidation":
            # The exchange's fee of one per cent is with the position, and in no fill.
            assert bot.controller.account.fees_quote - fees > D("0.6") * 144 / 100
        else:
            # Deleveraging takes a position because somebody else cannot pay.
            assert names(bot) == []


async def test_se03_while_nobody_says_what_others_did_no_money_limit_judges_a_position_that_is_gone(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        await long(bot, market, max_session_loss="10")
        silence = market.backpack.faults.set("error_before", path="/wapi/v1/history/fills", seconds=60)
        market.backpack.faults.set("adl", key=bot.keys.public)
        await until(lambda: bot.strategy.result().net is None)
        market.exchange.set_mark(SYMBOL, "100")
        await until(lambda: names(bot) == ["data"])
        assert "result is not known" in str(bot.strategy.breakers.hold_of("maker"))
        market.backpack.faults.remove(silence)
        market.exchange.set_mark(SYMBOL, "145")
        await until(lambda: names(bot) == [], 20)
        assert bot.strategy.result().net == D(market.ledger(bot)["equity"]) - CASH


async def test_se03_base_that_was_sold_by_hand_is_gone_from_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"balances": {"USDC": "700", "SOL": "3"}, "prices": {"SOL": "100"}}
    async with local_backpack(monkeypatch, **options) as backpack, SpotBot(tmp_path, monkeypatch) as bot:
        bot.configure(rebalance=False)
        market = SpotMarket(backpack, "100")
        await bot.start()
        await bot.quotes(4, 30)
        await by_hand(bot, market, SPOT_SYMBOL, "1")
        await until(lambda: bot.controller.account.foreign_fills == 1)
        held = market.balances(bot)
        assert bot.controller.account.position == held["SOL"] == D(2)
        mark = D(90)
        assert bot.controller.account.net_pnl(mark) == held["USDC"] + held["SOL"] * mark - (700 + 3 * 100)
        await until(lambda: D(bot.state["position"]) == 2)
        assert bot.state["fills"] == 0 and D(bot.state["volume"]) == 0
