"""Orders that have failed here and rest at the exchange after all: nobody watches them, so they are cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError
from hummingbot.connector.exchange.backpack.backpack_order_ids import wire_id
from hummingbot.connector.exchange.backpack.backpack_parsing import OrderRecord
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState

if TYPE_CHECKING:
    from hummingbot.connector.exchange.backpack.backpack_exchange_base import BackpackExchangeBase

# News that is only late is given so long, in seconds, before the order itself is asked for.
GRACE = 1.0


class RisenOrders:
    """
    :param rests: whether a record is of an order that rests
    """

    def __init__(
        self,
        connector: "BackpackExchangeBase",
        requests: BackpackRequests,
        rests: Callable[[OrderRecord], bool],
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._connector = connector
        self._requests = requests
        self._rests = rests
        self._sleep = sleep
        self._known: dict[str, asyncio.Task[None]] = {}

    def heed(self, order: InFlightOrder, record: OrderRecord) -> None:
        """Looks at a record of a tracked order, from wherever."""
        exchange_id = record.exchange_order_id
        if order.current_state is OrderState.FAILED and self._rests(record) and exchange_id not in self._known:
            self._known[exchange_id] = asyncio.ensure_future(self._cancel(order, record))

    async def _cancel(self, order: InFlightOrder, record: OrderRecord) -> None:
        await self._sleep(GRACE)
        exchange_id = record.exchange_order_id
        try:
            now = await self._requests.order(record.symbol, exchange_id)
            if now is not None and self._rests(now):
                self._connector.logger().warning(
                    f"Order {order.client_order_id} ({order.trading_pair}) counts as failed and rests at the exchange "
                    f"({exchange_id}); it is cancelled."
                )
                await self._requests.cancel_order(record.symbol, exchange_id, wire_id(order.client_order_id))
        except BackpackError:
            # The next frame or poll that shows it begins anew.
            self._known.pop(exchange_id, None)

    def stop(self) -> None:
        for task in self._known.values():
            task.cancel()
