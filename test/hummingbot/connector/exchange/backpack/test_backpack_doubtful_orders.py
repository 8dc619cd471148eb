"""Orders and fills of which an answer, a filter or a clock tells the wrong thing: what is at the exchange counts."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import (
    backpack_account_sync,
    backpack_account_watch,
    backpack_order_path,
    backpack_requests,
    backpack_risen_orders,
)
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import BuyOrderCreatedEvent, OrderFilledEvent

from test.hummingbot.harness import until
from test.hummingbot.scene import PAIR, Scene, staged

D = Decimal


@pytest.fixture(params=[False, True], ids=["spot", "perpetual"])
async def scene(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    # Nobody asks by the clock: what is known is known from the answers.
    monkeypatch.setattr(backpack_account_watch.AccountWatch, "LONG_POLL_INTERVAL", 600.0)
    monkeypatch.setattr(backpack_account_watch.AccountWatch, "SHORT_POLL_INTERVAL", 600.0)
    monkeypatch.setattr(backpack_requests, "RETRY_DELAYS", (0.05,))
    async with staged(monkeypatch, is_perpetual=request.param) as scene:
        yield scene


def fills(scene: Scene) -> list[Decimal]:
    return [event.amount for event in scene.run.of(OrderFilledEvent)]


async def failed_but_resting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An order whose request came so late that it had been given up: it is carried out all the same."""
    send, late = scene.connector._requests.send_order, []

    async def send_order(body: Any, leaves: Any) -> Any:
        leaves()
        late.append(body)
        raise backpack_order_path.BackpackError(backpack_order_path.ErrorKind.NOT_SENT, None, "", "given up")

    monkeypatch.setattr(scene.connector._requests, "send_order", send_order)
    order_id = scene.buy("1", "140")
    await scene.failed(order_id)
    monkeypatch.undo()
    monkeypatch.setattr(backpack_account_watch.AccountWatch, "LONG_POLL_INTERVAL", 600.0)
    monkeypatch.setattr(backpack_account_watch.AccountWatch, "SHORT_POLL_INTERVAL", 600.0)
    monkeypatch.setattr(backpack_risen_orders, "GRACE", 0.05)
    return order_id, lambda: send(late[0])


@pytest.mark.parametrize("deaf", [False, True], ids=["the stream tells it", "a poll shows it"])
async def test_or04_an_order_that_failed_here_and_rests_there_is_cancelled(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, deaf: bool
) -> None:
    order_id, arrive = await failed_but_resting(scene, monkeypatch)
    if deaf:
        scene.backpack.faults.set("silence", stream="account.")
    await arrive()
    assert len(scene.account.open_orders) == 1
    if deaf:
        await scene.connector._sync.poll_orders()
    await until(lambda: not scene.account.open_orders)
    assert caplog.text.count(f"Order {order_id} ({PAIR}) counts as failed and rests at the exchange") == 1


async def test_or01_an_order_placed_by_hand_is_not_taken_for_one_that_failed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await failed_but_resting(scene, monkeypatch)
    scene.by_hand("Bid", "1", "139")
    await scene.connector._sync.poll_orders()
    await scene.placed(scene.buy("1", "138"))
    await scene.connector._sync.poll_orders()
    assert len(scene.account.open_orders) == 2


async def test_fi01_an_order_that_only_its_fills_tell_of_is_created_before_it_is_filled(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.backpack.faults.set("silence", stream="account.")
    scene.backpack.faults.set("error_after", method="POST", times=1)
    scene.backpack.faults.set("refuse_rest", method="GET", path="/api/v1/order")
    order_id = scene.buy("1", "145.00")
    order = await until(lambda: scene.run.order(order_id))
    await until(lambda: scene.account.open_orders)
    scene.trade("Ask", "0.4")
    await scene.connector._sync.poll_fills()
    kinds = [type(event) for event in scene.run.events if isinstance(event, BuyOrderCreatedEvent | OrderFilledEvent)]
    assert kinds == [BuyOrderCreatedEvent, OrderFilledEvent]
    assert (order.executed_amount_base, order.exchange_order_id is not None) == (D("0.4"), True)


async def test_fi01_fills_of_other_orders_never_count_whatever_the_exchange_makes_of_the_filter(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await scene.placed(scene.buy("1", "145.00"))
    second = await scene.placed(scene.buy("1", "144.99"))
    scene.trade("Ask", "1.5")
    await until(lambda: first.is_filled and second.executed_amount_base == D("0.5"))
    get = scene.connector._requests.get

    async def deaf_to_ids(path: str, params: Any = None, attempts: int = 4) -> Any:
        return await get(path, {name: value for name, value in (params or {}).items() if name != "orderId"}, attempts)

    monkeypatch.setattr(scene.connector._requests, "get", deaf_to_ids)
    found = await scene.connector._sync.fills_of(PAIR, first.exchange_order_id)
    assert [fill.quantity for fill in found] == [D(1)]
    assert await scene.connector._requests._in_history(scene.symbol, "1") is None, "another's end is no news of it"


@pytest.mark.parametrize("ahead", [-300.0, 300.0])
async def test_or04_an_order_is_looked_up_by_the_exchanges_clock(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    """Our clock goes wrong by five minutes, which the signatures allow for."""
    order = await scene.placed(scene.buy("1", "145.00"))
    scene.trade("Ask", "1")
    await until(lambda: order.is_filled)
    monkeypatch.setattr(scene.connector._sync, "_now", lambda: scene.connector._requests.exchange_time() + ahead)
    order.creation_timestamp += ahead
    order.exchange_order_id = None
    record = await scene.connector._sync.look_at(order)
    assert record is not None and record.executed == 1
    sent_at = order.creation_timestamp
    assert await scene.connector.settle_earlier_order(PAIR, order.client_order_id, sent_at)


async def test_fi01_fills_that_history_shows_very_late_are_said_to_be_missing_and_come_all_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, seconds in (("FETCH_PATIENCE", 0.2), ("FETCH_INTERVAL", 0.05), ("LATE_FETCH_INTERVAL", 0.1)):
        monkeypatch.setattr(backpack_account_sync, name, seconds)
    order = await scene.placed(scene.buy("2", "145.00"))
    scene.backpack.faults.set("silence", stream="account.")
    fault = scene.backpack.faults.set("error_before", method="GET", path="/wapi/v1/history/fills", times=1000)
    scene.trade("Ask", "0.5")
    scene.connector.cancel(PAIR, order.client_order_id)
    await until(lambda: f"Fills of order {order.client_order_id} are missing" in caplog.text)
    assert (order.current_state, fills(scene)) == (OrderState.CANCELED, [])
    scene.backpack.faults.remove(fault)
    await until(lambda: fills(scene) == [D("0.5")])
    assert caplog.text.count("are missing") == 1
    assert not scene.connector._sync._missing
