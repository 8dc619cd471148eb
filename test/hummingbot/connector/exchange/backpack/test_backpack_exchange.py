"""Orders, fills and balances of the spot connector, over real sockets against a local Backpack."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    OrderCancelledEvent,
    OrderFilledEvent,
)

from test.hummingbot.harness import Keys, Running, local_backpack, spot, until
from test.hummingbot.scene import PAIR, Scene, staged
from test.hummingbot.scene import SPOT_SYMBOL as SYMBOL

D = Decimal


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with staged(monkeypatch, is_perpetual=False) as scene:
        yield scene


async def test_or02_market_order_leaves_whatever_the_book(scene: Scene) -> None:
    for order in list(scene.other.open_orders.values()):
        scene.backpack.exchange.engine.cancel(scene.other, order)
    await until(lambda: scene.connector.get_price(PAIR, True).is_nan())
    order_id = scene.buy("1")
    order = await until(lambda: scene.run.order(order_id))
    assert order.price.is_nan(), "nothing was traded: there is no price, and none is made up"
    await until(lambda: not order.is_pending_create and not order.is_open)
    assert scene.ledger["orders_placed"] == 1


async def test_or02_time_in_force_and_quote_quantity_reach_the_exchange(scene: Scene) -> None:
    scene.trade("Ask", "1", "145.00")
    limit = scene.connector.buy(PAIR, D("3"), OrderType.LIMIT, D("145.00"), time_in_force="IOC")
    await until(lambda: scene.run.of(OrderCancelledEvent))
    # The answer may overtake the stream, which still brings the fill.
    await until(lambda: scene.run.order(limit).executed_amount_base == 1)
    market = scene.buy("1", quote_quantity=D("14.51"))
    refused = scene.buy("1", "140", time_in_force="DAY")
    assert "time_in_force (DAY) must be GTC, IOC, FOK" in await scene.failed(refused)
    await until(lambda: scene.run.order(market) is not None)


async def test_or03_answer_that_says_filled_is_believed(scene: Scene) -> None:
    scene.backpack.faults.set("silence", stream="account.orderUpdate")
    order_id = scene.buy("1")
    await until(lambda: [e for e in scene.run.of(BuyOrderCompletedEvent) if e.order_id == order_id])
    assert [event.amount for event in scene.run.of(OrderFilledEvent)] == [D(1)]


async def test_or05_unknown_state_keeps_the_order_and_is_logged_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    for _ in range(2):
        data = {
            "e": "orderModified", "s": SYMBOL, "S": "Bid", "c": int(order.client_order_id[-10:]), "X": "Frozen",
            "i": order.exchange_order_id, "q": "1", "p": "140", "z": "0", "T": 1, "O": "USER",
        }  # fmt: skip
        scene.connector._user_stream_tracker.user_stream.put_nowait({"stream": "account.orderUpdate", "data": data})
    await until(lambda: "Frozen" in caplog.text)
    assert caplog.text.count("Frozen") == 1
    assert order.current_state is OrderState.OPEN


@pytest.mark.parametrize("spelling", ["not_found", "order_not_found"])
async def test_or06_not_found_on_cancel_leads_to_a_look_up(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    async with local_backpack(monkeypatch, cancel_missing=spelling) as backpack:
        keys = Keys.new()
        async with Running(spot(keys)) as run:
            await run.ready()
            order_id = run.connector.buy(PAIR, D(1), OrderType.LIMIT_MAKER, D("140"))
            await until(lambda: (o := run.order(order_id)) and o.exchange_order_id)
            backpack.faults.set("silence", stream="account.orderUpdate")
            taker = backpack.exchange.trader("taker")
            backpack.exchange.order(taker, SYMBOL, "Ask", "1")
            run.connector.cancel(PAIR, order_id)
            await until(lambda: run.of(BuyOrderCompletedEvent))
            assert not run.of(OrderCancelledEvent)


@pytest.mark.parametrize("how", ["cancel", "adopt"])
async def test_or10_orders_of_an_earlier_run_are_settled_and_others_left_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    ours = await scene.placed(scene.buy("1", "140"))
    by_hand = scene.backpack.exchange.order(scene.account, SYMBOL, "Bid", "1", "139")
    foreign = scene.backpack.exchange.order(scene.account, SYMBOL, "Bid", "1", "138", clientId=12345)
    await scene.run.__aexit__(None, None, None)
    monkeypatch.setenv("BACKPACK_OLD_ORDERS", how)
    async with Running(spot(scene.keys)) as again:
        await again.ready()
        left = {by_hand.id, foreign.id}
        if how == "adopt":
            left.add(int(ours.exchange_order_id))
            assert again.order(ours.client_order_id).current_state is OrderState.OPEN
        assert set(scene.account.open_orders) == left
    scene.run._ticker = asyncio.create_task(asyncio.sleep(0))


async def test_or11_what_could_not_be_cancelled_is_listed(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    scene.backpack.faults.set("refuse_rest", method="DELETE")
    results = await scene.connector.cancel_all(3)
    assert [result.success for result in results] == [False]
    assert f"could not be cancelled and may still rest: {order.client_order_id}" in caplog.text


async def test_fi04_spot_buys_fee_is_in_base(scene: Scene) -> None:
    scene.buy("1")
    fill = (await until(lambda: scene.run.of(OrderFilledEvent)))[0]
    assert fill.trade_fee.flat_fees[0].token == "SOL"
    assert fill.trade_fee.flat_fees[0].amount == D(scene.ledger["fees"]["SOL"])
    assert fill.trade_fee.type_descriptor_for_json() == "DeductedFromReturns"


async def test_fi02_fills_that_the_cumulative_amount_counts_are_fetched(scene: Scene) -> None:
    order_id = scene.buy("2", "145.00")
    await scene.placed(order_id)
    scene.backpack.faults.set("drop_frames", stream="account.orderUpdate", times=1)
    scene.trade("Ask", "0.5", "145.00")
    scene.trade("Ask", "0.25", "145.00")
    await until(lambda: scene.run.order(order_id).executed_amount_base == D("0.75"), 15)
    assert sorted(event.amount for event in scene.run.of(OrderFilledEvent)) == [D("0.25"), D("0.5")]


async def test_ba01_balances_follow_the_stream_at_once(scene: Scene) -> None:
    await scene.placed(scene.buy("10", "140"))
    await until(lambda: scene.connector.get_available_balance("USDC") == 10000 - 1400)
    assert scene.connector.get_balance("USDC") == 10000


async def test_ba01_empty_account_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch, balances={}) as _:
        async with Running(spot(Keys.new())) as run:
            await run.ready()
            assert run.connector.get_balance("USDC") == 0


async def test_ba01_lent_funds_are_available_because_orders_redeem_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch, auto_lend=True) as backpack:
        keys = Keys.new()
        async with Running(spot(keys)) as run:
            await run.ready()
            connector = run.connector
            await until(lambda: abs(connector.get_available_balance("USDC") - 10000) < 1)
            backpack.faults.set("error_before", path="/api/v1/borrowLend/positions", times=4)
            await connector._update_balances()
            assert abs(connector.get_available_balance("USDC") - 10000) < 1
            order_id = connector.buy(PAIR, D("60"), OrderType.LIMIT_MAKER, D("140"))
            await until(lambda: (o := run.order(order_id)) and o.exchange_order_id)


async def test_trading_without_rules_fails_instead_of_hanging(scene: Scene) -> None:
    order_id = scene.connector.buy("NO-SUCH", D(1), OrderType.LIMIT_MAKER, D(1))
    assert "trading rules of NO-SUCH are not known" in await scene.failed(order_id)


async def test_tracking_states_survive_json(scene: Scene) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    states = json.loads(json.dumps(scene.connector.tracking_states))
    assert list(states) == [order.client_order_id]


@pytest.mark.parametrize("kind", [OrderType.LIMIT, OrderType.LIMIT_MAKER])
@pytest.mark.parametrize(
    ("amount", "price", "reason"),
    [
        ("1", "NaN", "the price (NaN) must be a number above 0"),
        ("1", "0", "the price (0) must be a number above 0"),
        ("1", "0.001", "the price (0.001) must be at least 0.01 for SOL-USDC"),
        ("NaN", "140", "the amount (NaN) must be a number above 0"),
        ("0.001", "140", "lower than minimum order size 0.01"),
    ],
)
async def test_or02_an_order_that_cannot_be_checked_fails_with_the_reason_also_on_an_empty_book(
    scene: Scene, kind: OrderType, amount: str, price: str, reason: str
) -> None:
    scene.empty_the_book()
    await until(lambda: scene.connector.get_price(PAIR, True).is_nan())
    assert reason in await scene.failed(scene.connector.buy(PAIR, D(amount), kind, D(price)))
    assert not scene.connector.in_flight_orders
    assert scene.ledger["orders_placed"] == 0
