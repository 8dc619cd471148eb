"""The perpetual connector over real sockets against a local Backpack: market data, positions, funding, fees."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.data_type.common import OrderType, PositionAction, PositionMode, PositionSide
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    FundingPaymentCompletedEvent,
    MarketOrderFailureEvent,
    OrderCancelledEvent,
    OrderFilledEvent,
    PositionModeChangeEvent,
)

from hummingbot_backpack.simulator.amounts import units
from hummingbot_backpack.simulator.orders import ASK, OrderRequest, SystemOrder
from test.hummingbot.harness import Keys, Running, local_backpack, perpetual, until
from test.hummingbot.scene import PAIR, Scene, staged
from test.hummingbot.scene import PERPETUAL_SYMBOL as SYMBOL

D = Decimal


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with staged(monkeypatch, is_perpetual=True) as scene:
        yield scene


async def test_md01_book_equals_the_exchanges_after_changes(scene: Scene) -> None:
    assert scene.connector.get_price(PAIR, True) == D("145.10")
    scene.trade("Bid", "3", "144.95")
    scene.trade("Ask", "2", "145.05")
    await until(lambda: scene.connector.get_price(PAIR, True) == D("145.05"))
    book = scene.connector.get_order_book(PAIR)
    await until(lambda: [(row.price, row.amount) for row in book.bid_entries()] == [(144.95, 3.0), (144.90, 100.0)])


async def test_md03_gap_in_depth_empties_the_book_and_fetches_a_snapshot(scene: Scene) -> None:
    book = scene.connector.get_order_book(PAIR)
    scene.backpack.faults.set("error_before", path="/api/v1/depth", times=1)
    scene.backpack.faults.set("gap", symbol=SYMBOL)
    scene.trade("Bid", "1", "144.91")
    await asyncio.sleep(0.1)
    scene.trade("Bid", "1", "144.92")
    await until(lambda: not scene.connector.order_book_tracker.ready)
    await until(lambda: not list(book.bid_entries()) and scene.connector.get_price(PAIR, True).is_nan())
    await until(lambda: scene.connector.ready)
    assert [row.price for row in book.bid_entries()] == [144.92, 144.91, 144.90]


async def test_md02_reconnect_brings_a_fresh_book(scene: Scene) -> None:
    book = scene.connector.get_order_book(PAIR)
    scene.backpack.faults.set("disconnect")
    await until(lambda: not scene.connector.order_book_tracker.ready)
    scene.trade("Bid", "1", "144.93")
    await scene.run.ready()
    assert next(iter(book.bid_entries())).price == 144.93


async def test_md06_public_trades_arrive_under_the_pair_with_seconds(scene: Scene) -> None:
    taker = scene.backpack.exchange.trader("taker")
    scene.backpack.exchange.order(taker, SYMBOL, "Bid", "1")
    book = scene.connector.get_order_book(PAIR)
    await until(lambda: book.last_trade_price == 145.10)
    assert scene.connector.order_book_tracker.metrics.total_trades_rejected == 0


async def test_md09_funding_info_follows_the_mark(scene: Scene) -> None:
    scene.backpack.exchange.set_mark(SYMBOL, "150")
    await until(lambda: scene.connector.get_funding_info(PAIR).mark_price == D("150"))
    info = scene.connector.get_funding_info(PAIR)
    assert info.next_funding_utc_timestamp % 3600 == 0
    assert info.rate == D("0.01"), "the cap of 100 bps an hour"


async def test_po01_a_short_is_negative_and_po02_comes_from_the_stream(scene: Scene) -> None:
    scene.sell("6")
    position = await until(lambda: scene.connector.account_positions.get(PAIR))
    assert position.amount == D("-6")
    assert position.position_side is PositionSide.SHORT
    assert position.entry_price == D("144.90")


async def test_po03_unrealised_pnl_is_quantity_times_mark_less_entry(scene: Scene) -> None:
    scene.buy("2")
    position = await until(lambda: scene.connector.account_positions.get(PAIR))
    scene.backpack.exchange.set_mark(SYMBOL, "140")
    await until(lambda: position.unrealized_pnl == 2 * (D("140") - D("145.10")))


async def test_fi01_fill_after_the_cancel_was_acknowledged_still_counts(scene: Scene) -> None:
    order_id = scene.buy("2", "145.00")
    await scene.placed(order_id)
    scene.backpack.faults.set("latency", stream="account.orderUpdate", value=0.6)
    scene.trade("Ask", "0.5")
    scene.connector.cancel(PAIR, order_id)
    await until(lambda: scene.run.of(OrderCancelledEvent))
    fill = (await until(lambda: scene.run.of(OrderFilledEvent)))[0]
    assert (fill.order_id, fill.amount, fill.price) == (order_id, D("0.5"), D("145.00"))


async def test_fi01_fill_while_the_stream_was_down_is_fetched_once(scene: Scene) -> None:
    order_id = scene.buy("2", "145.00")
    await scene.placed(order_id)
    refusal = scene.backpack.faults.set("refuse_private_stream", seconds=30)
    await until(lambda: not scene.connector.is_user_stream_up)
    scene.trade("Ask", "2")
    scene.backpack.faults.remove(refusal)
    await scene.run.ready()
    await until(lambda: scene.run.of(BuyOrderCompletedEvent))
    assert [event.amount for event in scene.run.of(OrderFilledEvent)] == [D("2")]
    assert scene.connector.account_positions[PAIR].amount == 2


async def test_fi04_perpetual_fee_is_the_one_charged(scene: Scene) -> None:
    scene.buy("1")
    fill = (await until(lambda: scene.run.of(OrderFilledEvent)))[0]
    assert fill.trade_fee.type_descriptor_for_json() == "AddedToCost"
    assert fill.trade_fee.flat_fees[0].token == "USDC"
    assert fill.trade_fee.flat_fees[0].amount == D(scene.ledger["fees"]["USDC"])


async def test_fe01_rates_are_the_accounts_own(scene: Scene) -> None:
    await until(lambda: scene.connector.fee_rates.are_own)
    maker, taker = (
        scene.connector.get_fee("SOL", "USDC", OrderType.LIMIT, None, PositionAction.OPEN, D(1), D(1), is_maker)
        for is_maker in (True, False)
    )
    assert (maker.percent, taker.percent) == (D("0.0002"), D("0.0005"))


async def test_ba01_balance_follows_a_trade(scene: Scene) -> None:
    before = scene.connector.get_balance("USDC")
    scene.buy("10")
    await until(lambda: scene.connector.get_balance("USDC") < before)
    equity = D(scene.ledger["equity"])
    await until(lambda: abs(scene.connector.get_balance("USDC") - equity) < D("0.01"))


async def test_ba02_issue_8168_six_orders_fit_and_the_seventh_is_refused_unsent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with local_backpack(monkeypatch, balances={"USDC": "20"}, prices={"SOL": "15"}) as backpack:
        keys = Keys.new()
        async with Running(perpetual(keys)) as run:
            await run.ready()
            assert await run.connector._set_trading_pair_leverage(PAIR, 5) == (True, "")
            placed = [
                run.connector.buy(PAIR, D("1"), OrderType.LIMIT_MAKER, D("15"), position_action=PositionAction.OPEN)
                for _ in range(7)
            ]
            await until(lambda: all((o := run.order(i)) and o.exchange_order_id for i in placed[:6]))
            failure = (await until(lambda: run.of(MarketOrderFailureEvent)))[0]
            assert failure.order_id == placed[6]
            assert "collateral" in failure.error_message
            assert backpack.ledger(keys.public)["orders_placed"] == 6


async def test_po04_leverage_is_the_accounts_and_set_once(scene: Scene) -> None:
    connector = scene.connector
    assert connector.get_leverage(PAIR) == 10
    assert await connector._set_trading_pair_leverage(PAIR, 20) == (True, "")
    assert connector.get_leverage(PAIR) == 20
    success, reason = await connector._set_trading_pair_leverage(PAIR, 60)
    assert not success
    assert reason == "leverage (60) must be from 1 to 50 for SOL-USDC"


async def test_po04_hedge_mode_is_refused_with_the_reason(scene: Scene) -> None:
    from hummingbot.core.event.events import AccountEvent

    from test.hummingbot.harness import _Recorder

    events: list[PositionModeChangeEvent] = []
    recorder = _Recorder(events)
    scene.connector.add_listener(AccountEvent.PositionModeChangeFailed, recorder)
    scene.connector.set_position_mode(PositionMode.HEDGE)
    assert "ONEWAY" in events[0].message
    assert scene.connector.position_mode is PositionMode.ONEWAY


async def test_fu01_every_payment_since_the_last_is_announced(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, Any]] = [_payment(hour, "0.1") for hour in (2, 1)]
    asked = []

    async def page(trading_pair: str, limit: int, offset: int) -> list[Any]:
        from hummingbot.connector.exchange.backpack.backpack_parsing import funding_payment

        asked.append(limit)
        return [funding_payment(row) for row in rows[offset : offset + limit]]

    ledger = scene.connector._funding
    now = [3600.0 * 3 - 10]
    monkeypatch.setattr(ledger, "_page", page)
    monkeypatch.setattr(ledger, "_now", lambda: now[0])
    monkeypatch.setattr(ledger, "_seen", {})
    monkeypatch.setattr(ledger, "_attempts", {})
    monkeypatch.setattr(ledger, "_upcoming", {})
    monkeypatch.setattr(ledger, "_next_due", lambda pair: (now[0] // 3600 + 1) * 3600)
    await scene.connector._update_funding_payment(PAIR, False)
    assert not scene.run.of(FundingPaymentCompletedEvent)
    rows[:0] = [_payment(hour, amount) for hour, amount in ((4, "-0.3"), (3, "0.2"))]
    now[0] = 3600.0 * 4 + 10
    await scene.connector._update_funding_payment(PAIR, True)
    await scene.connector._update_funding_payment(PAIR, True)
    assert [event.amount for event in scene.run.of(FundingPaymentCompletedEvent)] == [D("0.2"), D("-0.3")]
    assert len(asked) == 2


def _payment(hour: int, amount: str) -> dict[str, Any]:
    return {
        "fundingRate": "0.0000125",
        "intervalEndTimestamp": f"1970-01-01T{hour:02}:00:00",
        "quantity": amount,
        "subaccountId": 0,
        "symbol": SYMBOL,
        "userId": 1,
    }


async def test_re05_without_the_private_stream_polls_show_fills_position_and_loss(scene: Scene) -> None:
    await scene.placed(scene.buy("2", "145.00"))
    scene.backpack.faults.set("refuse_private_stream")
    await until(lambda: not scene.connector.is_user_stream_up)
    scene.trade("Ask", "2")
    position = await until(lambda: scene.connector.account_positions.get(PAIR), 8)
    scene.backpack.exchange.set_mark(SYMBOL, "140")
    await until(lambda: position.unrealized_pnl == -10)
    await until(lambda: scene.run.of(BuyOrderCompletedEvent))
    close = scene.sell("2", action=PositionAction.CLOSE)
    await until(lambda: not scene.connector.account_positions, 8)
    assert scene.run.order(close).is_filled


async def test_re02_half_open_socket_is_noticed_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    from hummingbot.connector.exchange.backpack import backpack_constants

    monkeypatch.setattr(backpack_constants, "WS_HEARTBEAT_TIME_INTERVAL", 0.4)
    async with local_backpack(monkeypatch) as backpack:
        async with Running(perpetual(Keys.new())) as run:
            await run.ready()
            fault = backpack.faults.set("half_open")
            await until(lambda: not run.connector.ready)
            backpack.faults.remove(fault)
            await run.ready()


@pytest.mark.parametrize(
    "origin", ["ADL_AUTOCLOSE", "COLLATERAL_CONVERSION", "SETTLEMENT_AUTOCLOSE", "BACKSTOP_LIQUIDITY_PROVIDER"]
)
async def test_fi03_what_the_exchange_itself_trades_moves_the_position_and_is_a_warning_with_its_origin(
    scene: Scene, caplog: pytest.LogCaptureFixture, origin: str
) -> None:
    scene.buy("2")
    await until(lambda: scene.connector.account_positions)
    engine = scene.backpack.exchange.engine
    state = engine.markets[SYMBOL]
    system = SystemOrder(origin, "System", "System")
    request = OrderRequest(state.spec, ASK, True, steps=state.spec.quantity_grid.count(units("1.5")))
    engine.matcher.execute(scene.account, request, state, system=system)
    engine.flush()
    await until(lambda: scene.connector.account_positions[PAIR].amount == D("0.5"))
    warnings = [record.getMessage() for record in caplog.records if origin in record.getMessage()]
    assert f"{PAIR}: the exchange itself traded this account ({origin}): Ask" in warnings[0]
    # No order of the bot's takes it for a fill of its own.
    assert sum(event.amount for event in scene.run.of(OrderFilledEvent)) == 2
    assert bool(scene.connector.liquidations.order_ids) is (origin == "BACKSTOP_LIQUIDITY_PROVIDER")


async def test_fi03_deleveraging_moves_the_position_and_is_a_warning(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.buy("2")
    await until(lambda: scene.connector.account_positions)
    scene.backpack.faults.set("adl", key=scene.keys.public, value=50)
    await until(lambda: "ADL_AUTOCLOSE" in caplog.text)
    await until(lambda: scene.connector.account_positions[PAIR].amount == 1)
    await scene.connector._sync.poll_fills()
    assert not scene.connector.liquidations.order_ids


async def test_fi03_liquidation_moves_the_position_and_is_a_warning(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.buy("2")
    await until(lambda: scene.connector.account_positions)
    scene.backpack.faults.set("liquidation", key=scene.keys.public)
    await until(lambda: "LIQUIDATION" in caplog.text)
    # The stream's frames and history tell of the same order.
    await scene.connector._sync.poll_fills()
    assert len(scene.connector.liquidations.order_ids) == 1
    await until(lambda: not scene.connector.account_positions)
