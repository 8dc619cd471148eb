"""The stop contract: own orders cancelled, looked up until they are gone, and what is left is listed (card OR11)."""

import asyncio
import inspect
import logging
import time
from collections.abc import Iterable

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.in_flight_order import InFlightOrder

_logger = logging.getLogger(__name__)

CANCEL_SECONDS = 15.0
CANCEL_AGAIN_AFTER = 3.0


def live_orders(connector: ConnectorBase) -> list[InFlightOrder]:
    """Own orders the connector still follows, the ones it lost sight of included."""
    return list(connector._order_tracker.all_updatable_orders.values())


async def cancel_everything(connectors: Iterable[ConnectorBase], timeout: float = CANCEL_SECONDS) -> list[str]:
    """Cancel all own orders and wait until none is left.

    What waits for the request budget never leaves, and what rests is cancelled out of the reserve. Where cancels have
    used that up too, the limit is the exchange's: they go as their turn comes, after this has given up as well.

    :param timeout: seconds
    :returns: one line for each order that could not be confirmed gone
    """
    connectors = list(connectors)
    deadline = time.monotonic() + timeout
    asked: dict[str, float] = {}
    looks_without = 0
    while time.monotonic() < deadline:
        left = [(connector, order) for connector in connectors for order in live_orders(connector)]
        # A connector follows an order from the turn of the event loop after it was sent, so one look is not enough.
        looks_without = 0 if left else looks_without + 1
        if looks_without == 3:
            break
        now = time.monotonic()
        for connector, order in left:
            if now - asked.get(order.client_order_id, 0.0) > CANCEL_AGAIN_AFTER:
                asked[order.client_order_id] = now
                connector.cancel(order.trading_pair, order.client_order_id)
        await asyncio.sleep(0.05)
    unconfirmed = [_line(connector, order) for connector in connectors for order in live_orders(connector)]
    looks = await asyncio.gather(*(_resting_at_the_exchange(connector) for connector in connectors))
    for connector, found in zip(connectors, looks, strict=True):
        followed = [order.client_order_id for order in live_orders(connector)]
        unconfirmed += [line for line in found if not any(order_id in line for order_id in followed)]
    return unconfirmed


async def _resting_at_the_exchange(connector: ConnectorBase) -> list[str]:
    """Own orders that the exchange itself still lists, where the connector can tell."""
    look_up = getattr(connector, "own_resting_orders", None)
    if look_up is None:
        return []
    try:
        found = look_up()
        return [str(line) for line in (await found if inspect.isawaitable(found) else found)]
    except Exception as error:
        return [f"{connector.name}: the exchange could not be asked for open orders: {error}"]


def _line(connector: ConnectorBase, order: InFlightOrder) -> str:
    return (
        f"{connector.name} {order.trading_pair} {order.trade_type.name.lower()} {order.amount} at {order.price}, "
        f"client id {order.client_order_id}, exchange id {order.exchange_order_id}"
    )
