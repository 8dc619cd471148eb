"""Ended orders are kept for an hour, thousands of them: what they weigh, and what they can still do."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee

from test.hummingbot.harness import Keys, spot, until

PAIR = "SOL-USDC"


@pytest.fixture
async def tracker() -> Any:
    return spot(Keys.new())._order_tracker


async def ended(tracker: Any, number: int) -> Any:
    """An order that was cancelled."""
    tracker._connector.start_tracking_order(
        str(number), str(number), PAIR, TradeType.BUY, Decimal("144.85"), Decimal("0.3"), OrderType.LIMIT_MAKER
    )
    for state in (OrderState.OPEN, OrderState.CANCELED):
        tracker.process_order_update(OrderUpdate(PAIR, 1.0, state, str(number), str(number)))
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
