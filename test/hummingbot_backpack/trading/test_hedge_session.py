"""The maker-taker hedge in Hummingbot's own frame against a local Backpack, over real sockets."""

import json
import stat
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_derivative import BackpackPerpetualDerivative

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.trading import observe
from test.hummingbot.harness import Keys
from test.hummingbot_backpack.trading.bot import SYMBOL, local_backpack, until
from test.hummingbot_backpack.trading.hedge_bot import PERP, SPOT, HedgeBot, HedgeMarket

D = Decimal


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HedgeMarket]:
    async with local_backpack(monkeypatch, balances={"USDC": "10000", "SOL": "20"}) as backpack:
        yield HedgeMarket(backpack)


@pytest_asyncio.fixture
async def bot(market: HedgeMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HedgeBot]:
    async with HedgeBot(tmp_path, monkeypatch) as bot:
        bot.configure()
        yield bot


def fill(market: HedgeMarket, side: str, quantity: str) -> None:
    market.fill(SYMBOL, side, quantity)


def kept(bot: HedgeBot) -> dict[str, Any]:
    return json.loads((bot.folder / "data" / "backpack_residuals.json").read_text())["maker"]


async def test_he01_every_fill_is_undone_on_the_same_market_and_the_cost_is_the_ledgers(
    bot: HedgeBot, market: HedgeMarket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await bot.start()
    await bot.quotes(2)
    assert bot.resting() == [D("144.50"), D("145.50")]
    for fills, side in ((2, "Ask"), (4, "Bid"), (6, "Ask")):
        await bot.at_touch()
        fill(market, side, "0.4")
        await until(lambda fills=fills: bot.state["fills"] == fills, what=lambda: bot.strategy.format_status())
        await until(lambda: bot.phase == "balanced" and bot.residual == 0)
        await bot.quotes(2)
    assert market.position(bot) == 0
    ledger = market.ledger(bot)
    assert [one["isMaker"] for one in ledger["fills"]] == [True, False] * 3
    lost = -sum(
        (1 if one["side"] == "Ask" else -1) * D(one["price"]) * D(one["quantity"]) - D(one["fee"])
        for one in ledger["fills"]
    )
    volume = sum(D(one["price"]) * D(one["quantity"]) for one in ledger["fills"] if one["isMaker"])
    await until(lambda: D(bot.state["controllers"][0]["hedge"]["cost"]) == lost)
    state = bot.state["controllers"][0]
    assert D(state["hedge"]["maker_volume"]) == volume
    assert D(state["hedge"]["cost_per_10000"]) == lost / volume * 10000
    assert state["residual"] == "0.00" or D(state["residual"]) == 0
    assert "expected cost 7.00 per 10,000 of maker volume (maker fee 2.00, taker fee 5.00" in caplog.text
    before = caplog.text.index("expected cost 7.00")
    assert before < caplog.text.index("maker: quoting:")
    assert stat.S_IMODE((bot.folder / "data" / "backpack_residuals.json").stat().st_mode) == 0o600


async def test_he03_a_reference_of_5_is_restored_from_both_sides(bot: HedgeBot, market: HedgeMarket) -> None:
    bot.configure(reference=5, max_residual=6)
    await bot.start()
    await bot.quotes(2)
    await until(lambda: market.position(bot) == 5, what=lambda: bot.strategy.format_status())
    market.refresh(SYMBOL)
    before = len(market.ledger(bot)["fills"])
    for side, fills in (("Bid", before + 2), ("Ask", before + 4)):
        await bot.quotes(2)
        await bot.at_touch()
        fill(market, side, "0.4")
        await until(lambda fills=fills: len(market.ledger(bot)["fills"]) >= fills)
        await until(lambda: market.position(bot) == 5 and bot.phase == "balanced")
    orders = bot.running["backpack_perpetual_simulator"].connector._order_tracker.all_fillable_orders.values()
    taken = [order for order in orders if order.order_type.name == "MARKET"]
    assert [(order.trade_type.name, order.position.name) for order in taken] == [
        ("BUY", "OPEN"),
        ("BUY", "OPEN"),
        ("SELL", "CLOSE"),
    ]


async def test_he01_a_perpetual_fill_is_undone_on_the_spot_market(bot: HedgeBot, market: HedgeMarket) -> None:
    bot.configure(hedge_market=SPOT)
    await bot.start()
    await bot.quotes(2)
    assert bot.controller.hedger.reference == 20
    await bot.at_touch()
    fill(market, "Ask", "0.5")
    await until(lambda: market.position(bot) == D("0.5"))
    await until(lambda: len(market.ledger(bot)["fills"]) == 2)
    await until(lambda: bot.residual == 0 and bot.phase == "balanced", what=lambda: bot.strategy.format_status())
    (taken,) = [one for one in market.ledger(bot)["fills"] if not one["isMaker"]]
    assert (taken["symbol"], taken["side"], D(taken["quantity"])) == ("SOL_USDC", "Ask", D("0.5"))
    await until(lambda: bot.state["fills"] == 2)
    # What money limits judge is what both legs have made.
    result = bot.strategy.result()
    volume = sum(D(one["price"]) * D(one["quantity"]) for one in market.ledger(bot)["fills"])
    assert result.volume == volume and result.net == sum(
        (account.net_pnl(mark) for account, mark in bot.controller.books()), D(0)
    )
    await bot.stop()
    assert bot.state["controllers"][0]["residual"] is not None and market.ledger(bot)["open_orders"] == []


@pytest.mark.slow
async def test_he02_a_residual_below_the_minimum_survives_a_restart_and_accumulates(
    bot: HedgeBot, market: HedgeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.configure(maker_market=SPOT, hedge_market=PERP)
    await bot.start()
    await bot.quotes(2)
    await bot.at_touch()
    market.fill("SOL_USDC", "Ask", "0.5")
    await until(lambda: market.position(bot) == D("-0.49"), what=lambda: bot.strategy.format_status())
    # A spot buy's fee is charged in base, so what is held is a little less than what was bought.
    await until(lambda: bot.phase == "balanced")
    left = bot.residual
    assert left is not None and 0 < abs(left) < D("0.01")
    await bot.stop()
    assert D(kept(bot)["residual"]) == left
    await bot.leave()
    await bot.start()
    await until(lambda: bot.residual is not None)
    assert bot.residual == left
    assert bot.controller.hedger.reference == 20


@pytest.mark.slow
async def test_he03_an_unknown_position_stops_quoting(
    bot: HedgeBot, market: HedgeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.configure(refresh_interval="0.5")
    await bot.start()
    await bot.quotes(2)
    with monkeypatch.context() as patch:
        patch.setattr(observe, "net_position", lambda *_: None)
        await bot.quotes(0)
        assert bot.controller.decision.quoting.reason == "position not known"
    await bot.quotes(2)


@pytest.mark.slow
async def test_he02_fills_while_the_bot_stops_are_hedged(bot: HedgeBot, market: HedgeMarket) -> None:
    await bot.start()
    await bot.quotes(2)
    market.backpack.faults.set("late_frames", value=0.3, stream="account.orderUpdate")
    fill(market, "Ask", "0.4")
    await bot.stop()
    assert market.position(bot) == 0
    assert market.ledger(bot)["open_orders"] == []


@pytest.mark.parametrize("field", ["maker_market", "hedge_market"])
async def test_pr03_a_market_that_does_not_exist_ends_the_bot_with_one_sentence(
    field: str, bot: HedgeBot, market: HedgeMarket, caplog: pytest.LogCaptureFixture
) -> None:
    bot.configure(
        **{"maker_market": SPOT.replace("USDC", "EUR"), "hedge_market": PERP, field: SPOT.replace("USDC", "EUR")}
    )
    if field == "maker_market":
        bot.configure(maker_market=SPOT.replace("USDC", "EUR"), hedge_market=PERP)
    else:
        bot.configure(maker_market=PERP, hedge_market=SPOT.replace("USDC", "EUR"))
    await bot.start()
    await until(lambda: bot.exit_codes)
    assert bot.exit_codes == [1]
    assert "(SOL-EUR) must be an open market of backpack_simulator" in caplog.text


@pytest.mark.slow
async def test_or01_legs_with_identical_timing_never_take_each_others_fills(bot: HedgeBot, market: HedgeMarket) -> None:
    bot.configure(maker_market=SPOT, hedge_market=PERP, order_amount="0.2")
    await bot.start()
    await bot.quotes(2)
    taken: list[tuple[str, str]] = []
    controller = bot.controller
    take = controller._take
    controller._take = lambda leg, fill: (taken.append((leg.leg.value, fill.side.value)), take(leg, fill))
    for turn in range(10):
        await bot.quotes(2)
        before = len(taken)
        side = "Ask" if turn % 2 else "Bid"
        await bot.at_touch()
        market.fill("SOL_USDC", side, "0.2")
        await until(lambda before=before: len(taken) == before + 2, what=lambda: bot.strategy.format_status())
    await until(lambda: bot.phase == "balanced")
    assert taken == [("maker", "sell"), ("hedge", "buy"), ("maker", "buy"), ("hedge", "sell")] * 5
    spot_ledger = [one for one in market.ledger(bot)["fills"] if one["symbol"] == "SOL_USDC"]
    perp_ledger = [one for one in market.ledger(bot)["fills"] if one["symbol"] == SYMBOL]
    assert all(one["isMaker"] for one in spot_ledger) and not any(one["isMaker"] for one in perp_ledger)


def elsewhere(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a connector of another exchange: one that nothing but Hummingbot's own interface is known of."""

    def connect(keys: Keys, pairs: list[str]) -> Any:
        with monkeypatch.context() as patch:
            patch.setenv("BACKPACK_SIMULATOR_URL", url)
            return Elsewhere(keys.public, keys.secret, trading_pairs=pairs, domain="simulator")

    return connect


class Elsewhere(BackpackPerpetualDerivative):
    """Without what only our connectors have."""

    @property
    def executed_amount(self) -> Any:
        raise AttributeError

    settle_earlier_order = own_fills_since = executed_amount


@pytest.mark.slow
async def test_he01_a_fill_is_undone_on_another_connectors_exchange_also_after_a_restart(
    market: HedgeMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = observe.takes_options
    monkeypatch.setattr(observe, "takes_options", lambda one: not isinstance(one, Elsewhere) and ours(one))
    async with LocalBackpack(SimulatorConfig(port=0, flow=None)) as other:
        theirs = HedgeMarket(other)
        connect = elsewhere(other.url, monkeypatch)
        async with HedgeBot(tmp_path, monkeypatch, elsewhere_perpetual=connect) as bot:
            bot.configure(hedge_market="elsewhere_perpetual:SOL-USDC")
            await bot.start()
            await bot.quotes(2)
            for turn, side in enumerate(("Ask", "Ask", "Bid"), start=1):
                await bot.at_touch()
                fill(market, side, "0.4")
                await until(lambda turn=turn: len(theirs.ledger(bot)["fills"]) >= turn, 10, bot.strategy.format_status)
                await until(lambda: bot.phase == "balanced", 10, bot.strategy.format_status)
                assert market.position(bot) == -theirs.position(bot)
                if turn == 2:
                    await bot.stop()
                    await bot.start()
                    await bot.quotes(2)
            assert theirs.position(bot) != 0
            assert bot.controller.hedger.reference == 0
            assert {one["isMaker"] for one in theirs.ledger(bot)["fills"]} == {False}
