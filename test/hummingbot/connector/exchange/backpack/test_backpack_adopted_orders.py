"""Orders of an earlier run that are adopted, some of them executed in part by then."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from cachetools import TTLCache
from hummingbot.connector.exchange.backpack import backpack_account_sync
from hummingbot.core.data_type.common import PositionAction
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import BuyOrderCompletedEvent, OrderFilledEvent, SellOrderCompletedEvent

from test.hummingbot.harness import Running, perpetual, spot, until
from test.hummingbot.scene import PERPETUAL_SYMBOL, Scene, staged

D = Decimal


@pytest.fixture(params=[False, True], ids=["spot", "perpetual"])
async def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv("BACKPACK_OLD_ORDERS", "adopt")
    async with staged(monkeypatch, is_perpetual=request.param) as scene:
        yield scene


async def partly_filled(scene: Scene, *amounts: str) -> Any:
    """A buy of 2 at 145, of which that much was executed and announced."""
    order = await scene.placed(scene.buy("2", "145.00"))
    for amount in amounts:
        scene.trade("Ask", amount, "145.00")
    await until(lambda: len(scene.run.of(OrderFilledEvent)) == len(amounts))
    return order


async def ended(scene: Scene) -> None:
    await scene.run.__aexit__(None, None, None)
    # The scene ends it again.
    scene.run._ticker = asyncio.create_task(asyncio.sleep(0))


@contextlib.asynccontextmanager
async def next_run(scene: Scene, restored: dict[str, Any] | None = None) -> AsyncIterator[Running]:
    """:param restored: what Hummingbot kept of the tracked orders"""
    await ended(scene)
    connector = (perpetual if scene.symbol == PERPETUAL_SYMBOL else spot)(scene.keys)
    connector.restore_tracking_states(restored or {})
    async with Running(connector) as run:
        await run.ready()
        yield run


async def polled(run: Running) -> None:
    """A poll, and what it expects of the stream has been waited for."""
    await run.connector._update_order_status()
    await asyncio.gather(*run.connector._sync._background)


def amounts(run: Running) -> list[Decimal]:
    return [event.amount for event in run.of(OrderFilledEvent)]


async def test_or10_fi01_fills_of_the_earlier_run_are_known_and_not_announced_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_account_sync, "STREAM_PATIENCE", 0.1)
    earlier = await partly_filled(scene, "0.3", "0.2")
    async with next_run(scene) as run:
        order = run.order(earlier.client_order_id)
        assert order.current_state is OrderState.PARTIALLY_FILLED
        assert order.order_fills.keys() == earlier.order_fills.keys()
        assert (order.executed_amount_base, order.executed_amount_quote) == (D("0.5"), D("72.5"))
        await polled(run)
        assert amounts(run) == []
        assert "has not told" not in caplog.text, "the stream owes nothing of what was before it began"
        scene.trade("Ask", "1.5", "145.00")
        (completed,) = await until(lambda: run.of(BuyOrderCompletedEvent))
        assert (completed.base_asset_amount, completed.quote_asset_amount) == (D(2), D(290))
        assert amounts(run) == [D("1.5")]
        assert order.average_executed_price == D(145)


async def test_or10_fi01_fills_while_nothing_ran_are_announced_once_where_hummingbot_kept_the_order(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_account_sync, "STREAM_PATIENCE", 0.1)
    earlier = await partly_filled(scene, "0.5")
    kept = json.loads(json.dumps(scene.connector.tracking_states))
    await ended(scene)
    scene.trade("Ask", "0.25", "145.00")
    async with next_run(scene, kept) as run:
        await until(lambda: run.order(earlier.client_order_id).executed_amount_base == D("0.75"))
        await polled(run)
        assert "has not told" not in caplog.text
        scene.trade("Ask", "1.25", "145.00")
        (completed,) = await until(lambda: run.of(BuyOrderCompletedEvent))
        assert (completed.base_asset_amount, completed.quote_asset_amount) == (D(2), D(290))
        assert amounts(run) == [D("0.25"), D("1.25")]


async def test_or10_fi01_fills_that_history_shows_late_are_waited_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = await partly_filled(scene, "0.5")
    original, asked = backpack_account_sync.AccountSync.fills_of, []

    async def late(sync: Any, trading_pair: str, exchange_order_id: str) -> list[Any]:
        asked.append(exchange_order_id)
        return await original(sync, trading_pair, exchange_order_id) if len(asked) > 2 else []

    monkeypatch.setattr(backpack_account_sync.AccountSync, "fills_of", late)
    async with next_run(scene) as run:
        assert run.order(earlier.client_order_id).executed_amount_base == D("0.5")
        await polled(run)
        assert amounts(run) == []


async def test_or10_fi01_what_is_executed_during_the_adoption_is_announced(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = await partly_filled(scene, "0.5")
    original, asked = backpack_account_sync.AccountSync.fills_of, []

    async def overtaken(sync: Any, trading_pair: str, exchange_order_id: str) -> list[Any]:
        asked.append(exchange_order_id)
        fills = await original(sync, trading_pair, exchange_order_id)
        if len(asked) == 1:
            # Nobody hears of it: the order is not tracked yet.
            silence = scene.backpack.faults.set("silence", stream="account.orderUpdate")
            scene.trade("Ask", "1.5", "145.00")
            scene.backpack.faults.remove(silence)
        return fills

    monkeypatch.setattr(backpack_account_sync.AccountSync, "fills_of", overtaken)
    async with next_run(scene) as run:
        (completed,) = await until(lambda: run.of(BuyOrderCompletedEvent))
        assert completed.order_id == earlier.client_order_id
        assert completed.base_asset_amount == D(2)
        assert amounts(run) == [D("1.5")]


async def test_fi04_an_adopted_order_opens_or_closes_as_it_was_placed(scene: Scene) -> None:
    is_perpetual = scene.symbol == PERPETUAL_SYMBOL
    scene.buy("1")
    await until(lambda: scene.run.of(BuyOrderCompletedEvent))
    scene.empty_the_book()
    opening = await scene.placed(scene.buy("1", "144.00"))
    closing = await scene.placed(scene.sell("0.9", "146.00", PositionAction.CLOSE))
    scene.trade("Bid", "0.4", "146.00")
    await until(lambda: closing.executed_amount_base == D("0.4"))
    async with next_run(scene) as run:
        nil = PositionAction.NIL
        assert run.order(opening.client_order_id).position is (PositionAction.OPEN if is_perpetual else nil)
        assert run.order(closing.client_order_id).position is (PositionAction.CLOSE if is_perpetual else nil)
        scene.trade("Bid", "0.5", "146.00")
        (completed,) = await until(lambda: run.of(SellOrderCompletedEvent))
        assert completed.base_asset_amount == D("0.9")
        (fill,) = run.of(OrderFilledEvent)
        assert (fill.amount, fill.position) == (D("0.5"), "CLOSE" if is_perpetual else "NIL")


async def test_re02_a_stream_that_was_down_is_not_blamed_later_for_what_it_missed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_account_sync, "STREAM_PATIENCE", 0.1)
    order = await scene.placed(scene.buy("2", "145.00"))
    refused = scene.backpack.faults.set("refuse_private_stream")
    await scene.connector.reopen_user_stream("test")
    await until(lambda: not scene.connector.is_user_stream_up)
    scene.trade("Ask", "0.5", "145.00")
    scene.backpack.faults.remove(refused)
    await until(lambda: scene.connector.is_user_stream_up and order.executed_amount_base == D("0.5"), 20)
    await polled(scene.run)
    assert "has not told" not in caplog.text


async def test_re02_an_order_that_rests_long_after_a_fill_is_no_sign_of_a_deaf_stream(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_account_sync, "STREAM_PATIENCE", 0.1)
    minutes = [0]
    scene.connector._sync._heard = TTLCache(maxsize=100, ttl=10, timer=lambda: minutes[0])
    await partly_filled(scene, "0.5")
    for minutes[0] in (5, 10, 15):
        await polled(scene.run)
    assert "has not told" not in caplog.text
