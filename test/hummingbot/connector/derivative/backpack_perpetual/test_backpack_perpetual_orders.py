"""Orders of the perpetual connector over real sockets: ambiguity, batches, reduce-only orders that shrink."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    BuyOrderCreatedEvent,
    MarketOrderFailureEvent,
    OrderCancelledEvent,
    OrderFilledEvent,
    SellOrderCompletedEvent,
)

from test.hummingbot.harness import Running, perpetual, spot, until
from test.hummingbot.scene import PAIR, Scene, staged
from test.hummingbot.scene import PERPETUAL_SYMBOL as SYMBOL

D = Decimal


async def _resting_reduce_only(scene: Scene) -> Any:
    """A long of 2 and a resting reduce-only sell of 2."""
    scene.by_hand("Bid", "2")
    await until(lambda: scene.connector.account_positions.get(PAIR))
    return await scene.placed(scene.sell("2", "146", PositionAction.CLOSE))


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with staged(monkeypatch, is_perpetual=True) as scene:
        yield scene


async def test_or02_limit_maker_rests_post_only_and_cancels(scene: Scene) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    (resting,) = scene.account.open_orders.values()
    assert resting.request.post_only
    assert order.current_state is OrderState.OPEN
    await scene.connector.cancel_all(5)
    assert not scene.account.open_orders
    await until(lambda: scene.run.of(OrderCancelledEvent))


async def test_or02_close_is_reduce_only_and_never_opens(scene: Scene) -> None:
    scene.sell("1")
    await until(lambda: scene.connector.account_positions)
    close = scene.buy("3", action=PositionAction.CLOSE)
    await until(lambda: not scene.connector.account_positions)
    await until(lambda: [e for e in scene.run.of(BuyOrderCompletedEvent) if e.order_id == close])
    assert scene.ledger["positions"][SYMBOL]["netQuantity"] == "0"
    assert D(scene.ledger["positions"][SYMBOL]["peakAbsQuantity"]) == 1


async def test_or04_503_after_acceptance_leaves_one_tracked_order_with_its_real_id(scene: Scene) -> None:
    scene.backpack.faults.set("error_after", method="POST", path="/api/v1/order")
    order = await scene.placed(scene.buy("1", "140"))
    (resting,) = scene.account.open_orders.values()
    assert order.exchange_order_id == str(resting.id)
    assert not scene.run.of(MarketOrderFailureEvent)


async def test_or04_lost_answer_of_a_batch_resolves_each_order(scene: Scene) -> None:
    scene.backpack.faults.set("lost_answer", method="POST", path="/api/v1/orders")
    orders = [scene.buy("1", price) for price in ("140", "139", "138")]
    for order_id in orders:
        await scene.placed(order_id)
    assert {str(one.id) for one in scene.account.open_orders.values()} == {
        scene.run.order(order_id).exchange_order_id for order_id in orders
    }


async def test_or04_order_that_never_arrived_fails_and_is_not_sent_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene.connector._order_path, "_window", 0.5)
    scene.backpack.faults.set("error_before", method="POST", path="/api/v1/order")
    order_id = scene.buy("1", "140")
    failure = (await until(lambda: scene.run.of(MarketOrderFailureEvent)))[0]
    assert failure.order_id == order_id
    assert not scene.account.open_orders
    assert scene.ledger["orders_placed"] == 0


async def test_or05_order_that_ended_while_nobody_looked_is_decided_by_history(scene: Scene) -> None:
    order_id = scene.buy("1", "140")
    await scene.placed(order_id)
    scene.backpack.faults.set("silence", stream="account.orderUpdate")
    (resting,) = scene.account.open_orders.values()
    scene.backpack.exchange.engine.cancel(scene.account, resting)
    await scene.connector._update_order_status()
    await until(lambda: scene.run.of(OrderCancelledEvent))
    assert not scene.run.of(MarketOrderFailureEvent)


async def test_or06_accepted_cancel_is_confirmed(scene: Scene) -> None:
    order_id = scene.buy("1", "140")
    await scene.placed(order_id)
    scene.backpack.faults.set("cancel_accepted", value=0.5)
    (result,) = await scene.connector.cancel_all(10)
    assert result.success
    assert not scene.account.open_orders
    await until(lambda: scene.run.of(OrderCancelledEvent))


async def test_or07_crossing_post_only_is_one_info_line(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    scene.buy("1", "145.10")
    failure = (await until(lambda: scene.run.of(MarketOrderFailureEvent)))[0]
    assert "immediately match" in failure.error_message
    lines = [record for record in caplog.records if "was not placed" in record.message]
    assert [record.levelname for record in lines] == ["INFO"]
    assert not any(record.exc_info for record in caplog.records)


async def test_or08_orders_of_one_turn_are_one_request(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    original = scene.connector._requests.send_order

    async def send_order(body: Any, leaves: Any) -> Any:
        sent.append(body)
        return await original(body, leaves)

    monkeypatch.setattr(scene.connector._requests, "send_order", send_order)
    good = [scene.buy("1", "140"), scene.sell("1", "150")]
    bad = scene.buy("1", "145.10")
    for order_id in good:
        await scene.placed(order_id)
    failure = (await until(lambda: scene.run.of(MarketOrderFailureEvent)))[0]
    assert failure.order_id == bad
    assert [len(body) for body in sent] == [3]


async def test_or01_spot_and_perpetual_never_share_an_id_or_a_fill(scene: Scene) -> None:
    async with Running(spot(scene.keys)) as spot_run:
        await spot_run.ready()
        spot_id = spot_run.connector.buy(PAIR, D("1"), OrderType.LIMIT_MAKER, D("140"))
        perp_id = scene.buy("1", "145.00")
        assert spot_id != perp_id
        await until(lambda: spot_run.order(spot_id) and spot_run.order(spot_id).exchange_order_id)
        await scene.placed(perp_id)
        scene.trade("Ask", "1")
        await until(lambda: scene.run.of(BuyOrderCompletedEvent))
        await spot_run.connector._update_order_status()
        assert not spot_run.of(OrderFilledEvent)
        assert spot_run.order(spot_id).current_state is OrderState.OPEN


async def test_or01_ids_are_recognised_after_a_restart(scene: Scene) -> None:
    first = await scene.placed(scene.buy("1", "140"))
    saved = json.loads(json.dumps(scene.connector.tracking_states))
    async with Running(perpetual(scene.keys)) as again:
        again.connector.restore_tracking_states(saved)
        await again.ready()
        second = again.connector.buy(PAIR, D(1), OrderType.LIMIT_MAKER, D("139"), position_action=PositionAction.OPEN)
        assert second != first.client_order_id
        scene.trade("Ask", "1")
        await again.connector.cancel_all(5)
        assert not scene.account.open_orders


async def test_created_before_filled(scene: Scene) -> None:
    scene.buy("1")
    await until(lambda: scene.run.of(BuyOrderCompletedEvent))
    kinds = [type(event) for event in scene.run.events]
    assert kinds.index(BuyOrderCreatedEvent) < kinds.index(OrderFilledEvent) < kinds.index(BuyOrderCompletedEvent)


async def test_or09_a_reduce_only_order_shrinks_with_the_position_and_fills_at_its_new_amount(scene: Scene) -> None:
    order = await _resting_reduce_only(scene)
    scene.by_hand("Ask", "1.5")
    await until(lambda: order.amount == D("0.5"), what=lambda: f"{order.amount}")
    assert order.current_state is OrderState.OPEN
    scene.empty_the_book()
    scene.backpack.exchange.order(scene.other, SYMBOL, "Bid", "0.5", "146")
    completed = (await until(lambda: scene.run.of(SellOrderCompletedEvent)))[0]
    assert (completed.order_id, completed.base_asset_amount) == (order.client_order_id, D("0.5"))


async def test_or09_a_shrunk_amount_that_the_stream_did_not_tell_is_polled(scene: Scene) -> None:
    order = await _resting_reduce_only(scene)
    scene.backpack.faults.set("silence", stream="account.orderUpdate")
    scene.by_hand("Ask", "1.5")
    await scene.connector._update_order_status()
    assert order.amount == D("0.5")


async def test_or09_a_reduce_only_order_without_a_position_expires(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    order = await _resting_reduce_only(scene)
    scene.by_hand("Ask", "2")
    await until(lambda: scene.run.of(OrderCancelledEvent))
    assert order.current_state is OrderState.CANCELED
    assert "ReduceOnlyNotReduced" in caplog.text


async def test_or02_a_market_order_without_a_book_takes_the_mark(scene: Scene) -> None:
    scene.backpack.exchange.set_mark(SYMBOL, "150")
    await until(lambda: scene.connector.get_funding_info(PAIR).mark_price == D("150"))
    scene.empty_the_book()
    await until(lambda: scene.connector.get_price(PAIR, False).is_nan())
    order_id = scene.connector.buy(PAIR, D(1), OrderType.MARKET, D("NaN"), position_action=PositionAction.OPEN)
    order = await until(lambda: scene.run.order(order_id))
    assert order.price == D("150")
    await until(lambda: not order.is_pending_create and not order.is_open)
    assert scene.ledger["orders_placed"] == 1


async def test_or10_an_order_by_hand_that_our_taker_removes_is_a_warning(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    resting = scene.by_hand("Ask", "1", "145.05")
    await until(lambda: scene.connector.get_price(PAIR, True) == D("145.05"))
    scene.buy("2")
    await until(lambda: scene.run.of(BuyOrderCompletedEvent))
    await until(lambda: "taken off the book" in caplog.text)
    assert f"an order that this bot did not place ({resting.id}: Ask 1 at 145.05)" in caplog.text
    assert scene.ledger["positions"][SYMBOL]["netQuantity"] == "2"
