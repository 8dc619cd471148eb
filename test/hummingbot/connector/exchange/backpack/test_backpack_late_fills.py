"""Fills that an answer counts and nobody has told yet are fetched, also when the connector is about to end."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.backpack import backpack_account_sync, backpack_account_watch, backpack_requests
from hummingbot.core.event.events import OrderFilledEvent

from test.hummingbot.harness import until
from test.hummingbot.scene import Scene, staged

D = Decimal


@pytest.fixture(params=[False, True], ids=["spot", "perpetual"])
async def scene(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    # Nobody asks by the clock: what is known is known from the answers.
    monkeypatch.setattr(backpack_account_watch.AccountWatch, "LONG_POLL_INTERVAL", 600.0)
    monkeypatch.setattr(backpack_account_watch.AccountWatch, "SHORT_POLL_INTERVAL", 600.0)
    monkeypatch.setattr(backpack_requests, "RETRY_DELAYS", (0.05,))
    async with staged(monkeypatch, is_perpetual=request.param) as scene:
        yield scene


def filled(scene: Scene) -> Decimal:
    return sum((event.amount for event in scene.run.of(OrderFilledEvent)), D(0))


async def half_filled_in_silence(scene: Scene) -> None:
    """A resting bid of 2 is hit by 0.5, and the private stream tells nothing of it."""
    await scene.placed(scene.buy("2", "145.00"))
    scene.backpack.faults.set("silence", stream="account.")
    scene.trade("Ask", "0.5")


async def test_fi01_cancelling_everything_brings_the_fills_that_the_answers_count(scene: Scene) -> None:
    await half_filled_in_silence(scene)
    await scene.connector.cancel_all(10)
    assert filled(scene) == D("0.5")


async def test_fi01_stopping_right_after_a_cancel_brings_the_fill(scene: Scene) -> None:
    await half_filled_in_silence(scene)
    (order,) = scene.connector.in_flight_orders.values()
    scene.connector.cancel(order.trading_pair, order.client_order_id)
    await until(lambda: order.is_cancelled)
    assert filled(scene) == 0
    await scene.connector.stop_network()
    assert filled(scene) == D("0.5")


async def test_fi01_a_fill_that_history_shows_late_is_asked_for_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backpack_account_sync, "FETCH_INTERVAL", 0.05)
    scene.backpack.faults.set("error_before", method="GET", path="/wapi/v1/history/fills", times=9)
    await half_filled_in_silence(scene)
    await scene.connector.cancel_all(10)
    assert filled(scene) == D("0.5")


async def test_fi01_an_exchange_that_does_not_answer_holds_up_no_stop_and_what_is_missing_is_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_account_watch, "STOP_PATIENCE", 0.3)
    await half_filled_in_silence(scene)
    (order,) = scene.connector.in_flight_orders.values()
    scene.backpack.faults.set("error_before", method="GET", path="/wapi/v1/history/fills", times=1000)
    scene.connector.cancel(order.trading_pair, order.client_order_id)
    await until(lambda: order.is_cancelled)
    await scene.connector.stop_network()
    assert f"could not be fetched before the end: {order.client_order_id}" in caplog.text
