"""What a spent request budget must not hold up: over a real socket, with the limiter full."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_requests import RequestSeen
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketOrderFailureEvent, OrderCancelledEvent

from test.hummingbot.harness import until
from test.hummingbot.scene import Scene, staged


@pytest.fixture(params=[False, True], ids=["spot", "perpetual"])
async def scene(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async with staged(monkeypatch, is_perpetual=request.param) as scene:
        yield scene


def window(scene: Scene) -> Any:
    return scene.connector._throttler.budget._windows[CONSTANTS.GLOBAL_RATE_LIMIT]


def spend(scene: Scene, left: int) -> None:
    """Takes everything but so many requests out of this minute's budget."""
    now = time.monotonic()
    pool = window(scene)
    pool.wait(now, 0)
    pool.take(now, pool.limit - pool.used - left)


def requests(scene: Scene, limit_id: str) -> list[RequestSeen]:
    seen: list[RequestSeen] = []

    def note(one: RequestSeen) -> None:
        if one.limit_id == limit_id:
            seen.append(one)

    scene.connector.request_observers.append(note)
    return seen


async def test_or11_a_stop_takes_back_what_waits_for_the_budget_and_sends_nothing_for_it(scene: Scene) -> None:
    cancels, orders = (requests(scene, limit_id) for limit_id in (CONSTANTS.CANCEL_LIMIT_ID, CONSTANTS.ORDER_LIMIT_ID))
    resting = await scene.placed(scene.buy("1", "140"))
    spend(scene, left=5)
    waiting = [scene.buy("1", str(130 + number)) for number in range(10)]
    await until(lambda: all(scene.run.order(order_id) for order_id in waiting))
    await asyncio.sleep(0)
    began = time.monotonic()
    results = await scene.connector.cancel_all(20)
    assert time.monotonic() - began < 5
    assert all(result.success for result in results) and len(results) == 11
    assert (resting.current_state, len(cancels), len(orders)) == (OrderState.CANCELED, 1, 1)
    gone = [event.order_id for event in scene.run.of(OrderCancelledEvent)]
    assert sorted(gone) == sorted([resting.client_order_id, *waiting])
    assert scene.run.of(MarketOrderFailureEvent) == []
    # The minute is over: nothing comes after.
    window(scene)._taken.clear()
    window(scene)._used = 0
    scene.connector._throttler.budget._serve()
    await scene.placed(scene.buy("1", "139"))
    assert len(scene.account.open_orders) == 1


async def test_or11_the_last_look_of_a_stop_does_not_wait_behind_polls(scene: Scene) -> None:
    await scene.placed(scene.buy("1", "140"))
    spend(scene, left=50)
    polls = [asyncio.ensure_future(scene.connector._requests.open_orders()) for _ in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert len(await scene.connector.own_resting_orders()) == 1
    assert not any(poll.done() for poll in polls)
    for poll in polls:
        poll.cancel()


async def test_or11_a_cancel_that_waits_is_not_queued_twice(scene: Scene) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    cancels = requests(scene, CONSTANTS.CANCEL_LIMIT_ID)
    spend(scene, left=0)
    asked = [asyncio.ensure_future(scene.connector._execute_order_cancel(order)) for _ in range(4)]
    await asyncio.sleep(0.05)
    budget = scene.connector._throttler.budget
    assert sum(priority == 0 and not future.done() for priority, _, future, _ in budget._waiters) == 1
    # Who asked gives up; the cancel keeps its place.
    asked[0].cancel()
    await asyncio.sleep(0)
    window(scene)._taken.popleft()
    window(scene)._used = 0
    budget._serve()
    assert await asyncio.gather(*asked[1:]) == [order.client_order_id] * 3
    assert len(cancels) == 1
    assert order.current_state is OrderState.CANCELED


async def test_or11_an_order_that_waits_for_the_markets_state_is_taken_back_too(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.connector._watching_markets.cancel()
    scene.backpack.faults.set("market_state", symbol=scene.symbol, value="Closed")
    await scene.connector._market_watch.refresh("SOL-USDC")
    monkeypatch.setattr("hummingbot.connector.exchange.backpack.backpack_market_names.FRESH", 0.0)
    spend(scene, left=0)
    order_id = scene.buy("1", "140")
    order = await until(lambda: scene.run.order(order_id))
    assert await scene.connector._execute_order_cancel(order) == order_id
    assert order.current_state is OrderState.CANCELED
    scene.backpack.faults.clear()
    window(scene)._taken.clear()
    window(scene)._used = 0
    scene.connector._throttler.budget._serve()
    await until(lambda: scene.connector.market("SOL-USDC").state == "Open")
    await scene.placed(scene.buy("1", "139"))
    assert len(scene.account.open_orders) == 1
