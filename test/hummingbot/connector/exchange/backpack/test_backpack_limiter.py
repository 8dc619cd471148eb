import asyncio
import gc
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_limiter import (
    BackpackThrottler,
    RequestBudget,
    SlidingWindow,
    shared_budget,
)
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests, Reply
from hypothesis import given
from hypothesis import strategies as st


def test_rl01_both_connectors_of_an_account_share_one_budget() -> None:
    assert shared_budget("url", "key") is shared_budget("url", "key")
    assert shared_budget("url", "key") is not shared_budget("url", "other")
    one, two = (BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=shared_budget("url", "key")) for _ in range(2))
    limit = one.get_related_limits(CONSTANTS.ORDER_PATH_URL)[1][0][0]
    assert one.budget.window(limit) is two.budget.window(limit)


def test_rl01_candles_stay_within_thirty_a_minute() -> None:
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS)
    _, related = throttler.get_related_limits(CONSTANTS.CANDLES_PATH_URL)
    assert {limit.limit_id: int(limit.limit) for limit, _ in related} == {"GLOBAL": 2000, "HISTORICAL": 30}


def test_rl01_share_makes_the_budget_smaller() -> None:
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, Decimal("25"))
    limit = throttler.get_related_limits(CONSTANTS.ORDER_PATH_URL)[1][0][0]
    assert throttler.budget.window(limit).limit == 500


def test_rl01_the_smallest_share_in_use_holds_and_goes_with_the_connector_that_was_set_it() -> None:
    budget = RequestBudget()
    whole, small = (BackpackThrottler(CONSTANTS.RATE_LIMITS, Decimal(share), budget) for share in ("100", "5"))
    window = budget.window(whole.get_related_limits(CONSTANTS.ORDER_PATH_URL)[1][0][0])
    assert window.limit == 100
    small.release()
    assert window.limit == 2000
    small.claim()
    assert window.limit == 100
    whole.release()
    small.release()
    assert window.limit == 100, "nobody says otherwise"
    assert BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget).budget.window(
        whole.get_related_limits(CONSTANTS.ORDER_PATH_URL)[1][0][0]
    ).limit == 2000  # fmt: skip


def test_rl01_a_limiter_that_nobody_holds_any_more_holds_nobody() -> None:
    budget = RequestBudget()
    whole = BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget)
    small = BackpackThrottler(CONSTANTS.RATE_LIMITS, Decimal("5"), budget)
    window = budget.window(whole.get_related_limits(CONSTANTS.ORDER_PATH_URL)[1][0][0])
    assert window.limit == 100
    del small
    gc.collect()
    whole.claim()
    assert window.limit == 2000


def test_rl01_what_is_spent_can_be_asked_and_a_pause_spends_all() -> None:
    now = [0.0]
    budget = RequestBudget(lambda: now[0])
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget)
    window = budget.window(throttler.get_related_limits(CONSTANTS.ORDER_PATH_URL)[1][0][0])
    assert budget.used_share("GLOBAL") == 0.0
    window.take(0.0, 500)
    assert budget.used_share("GLOBAL") == 0.25
    now[0] = 70.0
    assert budget.used_share("GLOBAL") == 0.0
    budget.pause(1.0)
    assert (budget.used_share("GLOBAL"), budget.used_share("another")) == (1.0, 1.0)


@given(
    times=st.lists(st.floats(0, 5), min_size=1, max_size=200),
    limit=st.integers(1, 10),
    interval=st.floats(0.5, 10),
)
def test_rl01_no_interval_ever_holds_more_than_its_limit(times: list[float], limit: int, interval: float) -> None:
    window, now, taken = SlidingWindow(limit, interval), 0.0, []
    for pause in times:
        now += pause
        wait = window.wait(now, 1)
        if wait > 0:
            now += wait + 1e-6
            assert window.wait(now, 1) == 0
        window.take(now, 1)
        taken.append(now)
    for start in taken:
        assert sum(start <= at < start + interval * (1 - 1e-9) for at in taken) <= limit


async def test_rl01_cancels_go_first() -> None:
    budget = RequestBudget()
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget)
    budget.pause(0.05)
    served: list[str] = []

    async def ask(limit_id: str) -> None:
        async with throttler.execute_task(limit_id):
            served.append(limit_id)

    ids = [CONSTANTS.SNAPSHOT_PATH_URL, CONSTANTS.ORDER_LIMIT_ID, CONSTANTS.CANCEL_LIMIT_ID]
    await asyncio.gather(*(ask(limit_id) for limit_id in ids))
    assert served == ids[::-1]


async def test_rl01_a_tenth_of_the_budget_is_kept_for_cancels_and_closes() -> None:
    budget = RequestBudget(now=lambda: 0.0)
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget)

    async def fits(limit_id: str, requests: int) -> int:
        waiting = [asyncio.ensure_future(throttler.execute_task(limit_id).__aenter__()) for _ in range(requests)]
        await asyncio.sleep(0)
        done = sum(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return done

    assert await fits(CONSTANTS.ORDER_LIMIT_ID, 1810) == 1800
    assert await fits(CONSTANTS.BALANCE_PATH_URL, 1) == 0
    assert await fits(CONSTANTS.REDUCE_LIMIT_ID, 50) == 50
    assert await fits(CONSTANTS.CANCEL_LIMIT_ID, 160) == 150


@pytest.mark.parametrize(("resting", "room"), [(0, 90), (8, 90), (30, 70), (80, 50)])
async def test_or11_rl01_nothing_is_placed_that_could_not_be_cancelled_at_once(resting: int, room: int) -> None:
    budget = RequestBudget(now=lambda: 0.0)
    throttlers = [BackpackThrottler(CONSTANTS.RATE_LIMITS, Decimal("5"), budget) for _ in range(2)]
    # Both connectors of the account count.
    for throttler in throttlers:
        throttler.to_cancel = lambda: resting // 2

    async def ask(limit_id: str) -> bool:
        waiting = asyncio.ensure_future(throttlers[0].execute_task(limit_id).__aenter__())
        await asyncio.sleep(0)
        done = waiting.done()
        waiting.cancel()
        return done

    assert [await ask(CONSTANTS.ORDER_LIMIT_ID) for _ in range(100)].count(True) == room
    assert not await ask(CONSTANTS.BALANCE_PATH_URL), "nor is anything asked for"
    assert [await ask(CONSTANTS.CANCEL_LIMIT_ID) for _ in range(100)].count(True) == 100 - room


@pytest.mark.parametrize(
    ("body", "limit_id"),
    [
        ({"side": "Bid"}, CONSTANTS.ORDER_LIMIT_ID),
        ({"side": "Bid", "reduceOnly": True}, CONSTANTS.REDUCE_LIMIT_ID),
        ([{"reduceOnly": True}, {"reduceOnly": True}], CONSTANTS.REDUCE_LIMIT_ID),
        ([{"reduceOnly": True}, {"side": "Ask"}], CONSTANTS.ORDER_LIMIT_ID),
    ],
)
async def test_rl01_only_what_reduces_may_use_the_reserve(
    body: Any, limit_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def request(self: BackpackRequests, *_: Any, limit_id: str, **__: Any) -> Reply:
        asked.append(limit_id)
        return Reply(200, {})

    monkeypatch.setattr(BackpackRequests, "request", request)
    await BackpackRequests.send_order(BackpackRequests.__new__(BackpackRequests), body)
    assert asked == [limit_id]


async def test_rl01_a_cancel_passes_placements_that_wait_for_the_budget() -> None:
    budget = RequestBudget(now=lambda: 0.0)
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, Decimal("1"), budget=budget)
    for _ in range(18):
        async with throttler.execute_task(CONSTANTS.ORDER_LIMIT_ID):
            pass
    placing = [asyncio.ensure_future(throttler.execute_task(CONSTANTS.ORDER_LIMIT_ID).__aenter__()) for _ in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5), throttler.execute_task(CONSTANTS.CANCEL_LIMIT_ID):
        assert not any(task.done() for task in placing)
    for task in placing:
        task.cancel()


async def test_rl01_a_full_small_pool_holds_nobody_else_up() -> None:
    budget = RequestBudget()
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget)
    for _ in range(30):
        async with throttler.execute_task(CONSTANTS.CANDLES_PATH_URL):
            pass
    waiting = asyncio.ensure_future(throttler.execute_task(CONSTANTS.CANDLES_PATH_URL).__aenter__())
    await asyncio.sleep(0)
    async with asyncio.timeout(5), throttler.execute_task(CONSTANTS.ORDER_PATH_URL):
        assert not waiting.done()
    waiting.cancel()


async def test_rl01_the_first_request_that_waits_is_warned_of_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    budget = RequestBudget(now=lambda: now)
    throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, Decimal("5"), budget)
    waiting = []

    async def ask() -> None:
        waiting.append(asyncio.ensure_future(throttler.execute_task(CONSTANTS.ORDER_PATH_URL).__aenter__()))
        await asyncio.sleep(0)

    for _ in range(90):
        await ask()
    assert not caplog.records and all(one.done() for one in waiting)
    for _ in range(3):
        await ask()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "90 of 100 requests" in caplog.records[0].getMessage()
    now = 64.0
    await ask()
    assert len(caplog.records) == 1, "the minute is over: nothing waits"
    for one in waiting:
        one.cancel()


async def test_rl01_work_per_request_does_not_grow_with_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0
    window = SlidingWindow(2000, 60)

    class Counting(type(window._taken)):  # type: ignore[misc]
        def __getitem__(self, index: int) -> tuple[float, int]:
            nonlocal looked_at
            looked_at += 1
            return super().__getitem__(index)

    window._taken = Counting()
    for number in range(1900):
        window.take(number / 1000, 1)
    for number in range(50):
        assert window.wait(2 + number / 1000, 1) == 0
        window.take(2 + number / 1000, 1)
    assert looked_at <= 2 * 50
