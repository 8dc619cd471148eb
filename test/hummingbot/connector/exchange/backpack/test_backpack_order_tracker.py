"""Ended orders are kept for an hour, thousands of them: what they weigh, and what they can still do."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack.backpack_parsing import OrderRecord
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee

from test.hummingbot.harness import Keys, spot, until

PAIR = "SOL-USDC"


@pytest.fixture
async def tracker() -> Any:
    return spot(Keys.new())._order_tracker


async def ended(tracker: Any, number: int, executed: str = "0") -> Any:
    """An order that was cancelled.

    :param executed: what the exchange counts of it
    """
    tracker._connector.start_tracking_order(
        str(number), str(number), PAIR, TradeType.BUY, Decimal("144.85"), Decimal("0.3"), OrderType.LIMIT_MAKER
    )
    tracker.process_order_update(OrderUpdate(PAIR, 1.0, OrderState.OPEN, str(number), str(number)))
    await until(lambda: tracker.active_orders[str(number)].is_open)
    record = OrderRecord(
        symbol="SOL_USDC", exchange_order_id=str(number), client_id=number, side="Bid", status="Cancelled",
        quantity=Decimal("0.3"), executed=Decimal(executed), price=Decimal("144.85"), time=1.0, reason=None,
        post_only=True, reduce_only=False,
    )  # fmt: skip
    tracker._connector._sync.apply_record(tracker.active_orders[str(number)], record)
    await until(lambda: str(number) in tracker.cached_orders)
    return tracker.cached_orders[str(number)]


async def test_fi01_orders_that_ended_have_no_heavy_events_of_their_own(tracker: Any) -> None:
    orders = [await ended(tracker, number) for number in range(1, 4)]
    events = {id(value) for order in orders for value in vars(order).values() if isinstance(value, asyncio.Event)}
    assert len(events) == 1, "the one that has happened, for all"


async def test_fi01_whoever_waits_for_an_order_that_ended_hears_of_its_late_fill(tracker: Any) -> None:
    order = await ended(tracker, 1)
    waiting = asyncio.ensure_future(order.wait_until_completely_filled())
    await asyncio.sleep(0)
    assert not waiting.done()
    tracker.process_trade_update(
        TradeUpdate("7", "1", "1", PAIR, 2.0, Decimal("144.85"), Decimal("0.3"), Decimal("43.455"),
                    fee=DeductedFromReturnsTradeFee(percent=Decimal(0)))
    )  # fmt: skip
    await asyncio.wait_for(waiting, 1)
    assert order.executed_amount_base == Decimal("0.3")
    assert await order.get_exchange_order_id() == "1"


async def test_fi01_an_order_is_remembered_long_only_while_a_fill_of_it_may_come(
    tracker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "SETTLED_ORDER_TTL", 0.3)
    await ended(tracker, 1)
    await ended(tracker, 2, executed="0.1")
    await until(lambda: set(tracker.cached_orders) == {"2"})
    tracker._connector._sync.stop()
