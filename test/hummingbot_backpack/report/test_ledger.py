"""A real session's report against the exchange's ledger, to the cent: own fills, funding, and everything beside."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from hummingbot_backpack.market_making.accounting import Fill
from hummingbot_backpack.report.collect import Collector
from hummingbot_backpack.report.model import Report
from hummingbot_backpack.trading import session
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
from test.hummingbot_backpack.trading.hedge_bot import PERP, SPOT, HedgeBot, HedgeMarket

pytestmark = pytest.mark.slow

UNIT = 10**12
CENT = Decimal("0.005")


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure(position_threshold="2", spread_pct="0.1")
        yield bot


def report(bot: Bot) -> Report:
    records = bot.records()
    try:
        return Collector(records, "maker").collect("all")
    finally:
        records.close()


async def trade(bot: Bot, market: Market, turns: int) -> None:
    for turn in range(turns):
        fills = bot.state["fills"]
        market.hit("Bid" if turn % 3 else "Ask", "0.4")
        await until(lambda fills=fills: bot.state["fills"] > fills)
        market.quote(str(145 + turn % 4))
        market.exchange.set_mark(SYMBOL, str(145 + turn % 4))
        await bot.quotes(4)


async def test_rp01_the_parts_of_a_perpetual_session_sum_to_the_accounts_change(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    started = Decimal(market.ledger(bot)["equity"])
    await trade(bot, market, 9)
    account = market.exchange.known_account(bot.keys.public)
    engine = market.exchange.engine
    # What is not ours: an ADL here, trades by hand elsewhere, a deposit, a withdrawal, a deposit that is no dollars.
    market.exchange.perpetuals.deleverage(account, 0.5)
    market.exchange.order(market.maker, "BTC_USDC_PERP", "Ask", "1", "60010")
    market.exchange.order(account, "BTC_USDC_PERP", "Bid", "0.01")
    market.exchange.order(market.maker, "SOL_USDC", "Ask", "5", "144")
    market.exchange.order(account, "SOL_USDC", "Bid", "1.5")
    engine.deposit(account, "USDC", 250 * UNIT)
    engine.deposit(account, "USDC", -100 * UNIT)
    engine.deposit(account, "SOL", 2 * UNIT)
    market.exchange.perpetuals.pay_funding()
    market.exchange.set_mark("BTC_USDC_PERP", "60100")
    market.exchange.set_mark(SYMBOL, "146.7")
    await trade(bot, market, 6)
    await bot.stop()
    ledger, made = market.ledger(bot), report(bot)
    parts = made.total.parts
    assert made.change == Decimal(ledger["equity"]) - started
    assert made.unexplained is not None and abs(made.unexplained) < CENT
    assert abs(parts.total - (Decimal(ledger["equity"]) - started)) < CENT
    assert parts.fees == -sum((Decimal(f["fee"]) for f in ledger["fills"] if f["clientId"] is not None), Decimal(0))
    assert parts.deposits == 250 + 2 * market_price(market, "SOL") and parts.withdrawals == -100
    assert made.foreign_fills == 3 and parts.foreign != 0
    assert parts.funding != 0
    with contextlib.closing(bot.records()) as records:
        foreign = list(records.foreign_fills())
    assert {each.origin for each in foreign} == {None, "LiquidatePositionOnAdl"}
    own = [f for f in ledger["fills"] if f["clientId"] is not None]
    assert made.total.volume.total == sum((Decimal(f["price"]) * Decimal(f["quantity"]) for f in own), Decimal(0))
    assert made.total.volume.fills == len(own)
    assert parts.spread != 0 and parts.adverse != 0
    (result,) = made.markets
    assert abs(result.parts.net - (result.realised + result.unrealised + result.parts.fees + result.parts.funding)) < (
        Decimal("1e-15")
    )
    # The running books hold what others did in the market too, which the report names apart.
    others = sum(made_by(each.fill, result.price) for each in foreign if each.symbol == SYMBOL)
    assert others != 0 and abs(Decimal(bot.state["pnl"]) - (result.parts.net + others)) < Decimal("1e-15")
    assert not [note for note in made.notes if note.name.startswith("without")]


def made_by(fill: Fill, price: Decimal | None) -> Decimal:
    assert price is not None
    return fill.side.sign * fill.quantity * (price - fill.price) - fill.fee


async def test_rp01_a_liquidation_and_its_fee_are_no_trading_of_ours_and_the_parts_sum_to_the_accounts_change(
    bot: Bot, market: Market
) -> None:
    await bot.start()
    await bot.quotes(4)
    started = Decimal(market.ledger(bot)["equity"])
    market.hit("Ask", "0.6")
    await until(lambda: bot.state["fills"] == 2 and Decimal(bot.state["position"]) == Decimal("0.6"))
    market.backpack.faults.set("liquidation", key=bot.keys.public)
    await until(lambda: bot.state["foreign_fills"] == 1)
    market.exchange.set_mark(SYMBOL, "120")
    await until(lambda: bot.state["mark"] == "120")
    await bot.stop()
    change, made = Decimal(market.ledger(bot)["equity"]) - started, report(bot)
    assert made.change == change == Decimal(bot.state["pnl"])
    assert abs(made.total.parts.total - change) < CENT and abs(made.unexplained or 0) < CENT
    assert made.foreign_fills == 1 and made.total.volume.fills == 2
    (fill,) = [fill for fill in market.ledger(bot)["fills"] if fill["clientId"] is None]
    with contextlib.closing(bot.records()) as records:
        (booked,) = records.foreign_fills()
    # One per cent beside the taker's fee.
    assert booked.fill.fee == Decimal(fill["fee"]) + Decimal("0.006") * Decimal(fill["price"])
    assert made.total.parts.foreign == made_by(booked.fill, Decimal(120))


def market_price(market: Market, asset: str) -> Decimal:
    return Decimal(market.exchange.engine.asset_prices[asset]) / UNIT


async def test_rp01_two_sessions_and_what_lies_between_sum_to_the_accounts_change(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "again").mkdir()
    async with Bot(tmp_path, monkeypatch) as first:
        first.configure()
        await first.start()
        await first.quotes(4)
        started = Decimal(market.ledger(first)["equity"])
        await trade(first, market, 3)
        await first.stop()
        assert abs(report(first).unexplained or 0) < CENT
        held = market.position(first)
        market.exchange.set_mark(SYMBOL, "149")
        market.quote("149")
        async with Bot(tmp_path / "again", monkeypatch) as second:
            second.keys = first.keys
            monkeypatch.setattr(session, "data_path", lambda: str(tmp_path / "data"))
            second.configure()
            await second.start()
            await second.quotes(4)
            second.folder = tmp_path
            await trade(second, market, 2)
            await second.stop()
        made = report(first)
        assert made.sessions == [1, 2]
        assert made.total.parts.between == held * (149 - Decimal(market_mark_after(3)))
        assert made.change == Decimal(market.ledger(first)["equity"]) - started
        assert abs(made.unexplained or 0) < CENT
        (result,) = made.markets
        assert Decimal(first.state["controllers"][0]["result"]["all_time"]["realised"]) == result.realised


def market_mark_after(turns: int) -> int:
    return 145 + (turns - 1) % 4


async def test_rp01_the_parts_of_a_spot_session_sum_to_the_accounts_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"balances": {"USDC": "700", "SOL": "3"}, "prices": {"SOL": "100"}}
    async with local_backpack(monkeypatch, **options) as backpack, SpotBot(tmp_path, monkeypatch) as bot:
        bot.configure(rebalance=False)
        market = SpotMarket(backpack, "100")
        await bot.start()
        await bot.quotes(4, 30)
        for turn, side in enumerate(["Ask", "Bid", "Ask", "Ask", "Bid", "Bid", "Bid"]):
            market.hit(side, "0.3")
            await until(lambda count=turn: bot.state["fills"] > count)
            await bot.quotes(4)
        account = market.exchange.known_account(bot.keys.public)
        engine = market.exchange.engine
        engine.deposit(account, "SOL", UNIT)
        engine.deposit(account, "USDC", -50 * UNIT)
        market.quote("101.5")
        backpack.exchange.engine.asset_prices["SOL"] = 101 * UNIT
        await bot.stop()
        held = market.balances(bot)
        made = report(bot)
        change = held["USDC"] + held["SOL"] * 101 - (700 + 3 * 100)
        assert made.change == change
        assert abs(made.unexplained or 0) < CENT and abs(made.total.parts.total - change) < CENT
        own = market.ledger(bot)["fills"]
        fees = sum(Decimal(f["fee"]) * (Decimal(f["price"]) if f["feeSymbol"] == "SOL" else 1) for f in own)
        assert made.total.parts.fees == -fees
        # Deposited at the price of then, and what it gained since stands with what was held.
        assert made.total.parts.deposits in (100, 101) and made.total.parts.withdrawals == -50
        (result,) = made.markets
        assert result.parts.net == result.realised + result.unrealised + result.parts.fees


@pytest.mark.parametrize(("hedge_market", "symbol"), [(SPOT, SPOT_SYMBOL), (PERP, SYMBOL)])
async def test_rp01_a_hedges_own_fills_are_its_cost_and_the_parts_sum_to_the_accounts_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hedge_market: str, symbol: str
) -> None:
    options = {"balances": {"USDC": "20000", "SOL": "20"}, "prices": {"SOL": "145"}}
    async with local_backpack(monkeypatch, **options) as backpack, HedgeBot(tmp_path, monkeypatch) as bot:
        bot.configure(hedge_market=hedge_market)
        market = HedgeMarket(backpack)
        await bot.start()
        await bot.quotes(2, 30)
        started = Decimal(market.ledger(bot)["equity"])
        for count, side in ((2, "Ask"), (4, "Bid")):
            market.fill(SYMBOL, side, "0.5")
            await until(lambda count=count: bot.state["fills"] == count, 20, lambda: bot.strategy.format_status())
            await until(lambda: bot.phase == "balanced")
            market.refresh(symbol)
            await bot.quotes(2)
        await bot.stop()
        made = report(bot)
        assert made.change == Decimal(market.ledger(bot)["equity"]) - started
        assert abs(made.unexplained or 0) < CENT
        taken = [f for f in market.ledger(bot)["fills"] if not f["isMaker"]]
        assert {f["symbol"] for f in taken} == {symbol} and made.total.parts.hedge < 0
        with contextlib.closing(bot.records()) as records:
            assert sorted(each.purpose or "" for each in records.fills()) == ["hedge", "hedge", "quote", "quote"]
