"""Cancels: asked for once, believed when they are confirmed, and none for what has not left yet."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.backpack.backpack_account_sync import AccountSync
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind, is_maintenance
from hummingbot.connector.exchange.backpack.backpack_order_ids import wire_id
from hummingbot.connector.exchange.backpack.backpack_order_tracker import FINAL_STATES, BackpackOrderTracker
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.cancellation_result import CancellationResult
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate

if TYPE_CHECKING:
    from hummingbot.connector.exchange.backpack.backpack_exchange_base import BackpackExchangeBase

CONFIRMATIONS = (0.3, 0.5, 1.0, 2.0, 4.0)
EXCHANGE_ID_PATIENCE = 10.0
# Under maintenance a cancel is tried so often, in seconds, and as soon as it is over.
MAINTENANCE_PATIENCE = 30.0


class OrderCancels:
    """
    :param connector: for names, and to take back what has not left
    :param sync: applies what answers and look-ups say
    """

    def __init__(
        self,
        connector: "BackpackExchangeBase",
        tracker: BackpackOrderTracker,
        requests: BackpackRequests,
        sync: AccountSync,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._connector = connector
        self._tracker = tracker
        self._requests = requests
        self._sync = sync
        self._sleep = sleep
        # Cancels whose request waits for its turn.
        self._waiting: dict[str, asyncio.Task[bool]] = {}
        self._tasks: set[asyncio.Task[bool]] = set()
        self._is_listened_to = True

    def start(self) -> None:
        self._is_listened_to = True

    def stop(self) -> None:
        """What still waits for its turn goes out all the same, but what becomes of it is for the next run to find out,
        which may follow the same orders: both would count the same fill."""
        self._is_listened_to = False
        for task in self._tasks - set(self._waiting.values()):
            task.cancel()

    async def cancel(self, order: InFlightOrder) -> bool:
        """Cancels, and believes only what is confirmed. True: nothing of it rests any more.

        Who asks again while the request still waits for its turn joins it: a second one would take the turn of another
        order's cancel. Whoever gives up leaves it in the queue, also a stop: an order that may rest is cancelled as
        soon as that can be, if this process lives.

        :raises BackpackError: the exchange refused
        """
        order_id = order.client_order_id
        task = self._waiting.get(order_id)
        if task is None:
            task = self._waiting[order_id] = asyncio.ensure_future(self._cancel(order))
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._forget_cancel(order_id, done))
        return await asyncio.shield(task)

    def _forget_cancel(self, order_id: str, task: asyncio.Task[bool]) -> None:
        self._tasks.discard(task)
        if self._waiting.get(order_id) is task:
            del self._waiting[order_id]
        if not task.cancelled():
            # Who asked may have given up.
            task.exception()

    async def _cancel(self, order: InFlightOrder) -> bool:
        if self._connector.withdraw(order):
            await self._set_state(order, OrderState.CANCELED)
            return True
        await self._tracker.wait_for_exchange_id(order, EXCHANGE_ID_PATIENCE)
        await self._requests.maintenance.wait_over(MAINTENANCE_PATIENCE)
        if order.current_state in FINAL_STATES and not self._tracker.is_lost(order):
            return True
        symbol = self._connector.symbol_of_pair(order.trading_pair)
        try:
            record = await self._requests.cancel_order(
                symbol,
                order.exchange_order_id,
                wire_id(order.client_order_id),
                leaves=lambda: self._waiting.pop(order.client_order_id, None),
            )
        except BackpackError as error:
            if not self._is_listened_to:
                return False
            if is_maintenance(error):
                # It goes again when that is over; a second cancel of the same order does no harm.
                return await self.cancel(order)
            if error.kind not in (ErrorKind.NOT_FOUND, ErrorKind.AMBIGUOUS):
                raise
            return await self._confirm_cancel(order)
        if not self._is_listened_to:
            return record is not None
        if record is None:
            await self._set_state(order, OrderState.PENDING_CANCEL)
            return await self._confirm_cancel(order)
        self._sync.apply_record(order, record)
        await asyncio.sleep(0)
        return order.current_state in FINAL_STATES or await self._confirm_cancel(order)

    async def _confirm_cancel(self, order: InFlightOrder) -> bool:
        """Waits for the stream, and looks, until the order is over or nobody has said so for eight seconds."""
        for delay in CONFIRMATIONS:
            try:
                await self._sync.look_at(order)
            except BackpackError:
                pass
            await asyncio.sleep(0)
            if order.current_state in FINAL_STATES:
                return True
            await self._sleep(delay)
        return order.current_state in FINAL_STATES

    async def _set_state(self, order: InFlightOrder, state: OrderState) -> None:
        await self._tracker._process_order_update(
            OrderUpdate(
                trading_pair=order.trading_pair,
                update_timestamp=self._requests.exchange_time(),
                new_state=state,
                client_order_id=order.client_order_id,
            )
        )


class OrderCancelling(ExchangePyBase):
    """The part of the connector between Hummingbot's ``cancel`` and ``cancel_all`` and its :class:`OrderCancels`."""

    _sync: AccountSync
    _cancels: OrderCancels

    async def start_network(self) -> None:
        await super().start_network()
        self._cancels.start()

    async def stop_network(self) -> None:
        self._cancels.stop()
        await super().stop_network()

    async def _place_cancel(self, order_id: str, tracked_order: InFlightOrder) -> bool:
        return await self._cancels.cancel(tracked_order)

    async def _execute_order_cancel_and_process_update(self, order: InFlightOrder) -> bool:
        return await self._place_cancel(order.client_order_id, order)

    async def _execute_order_cancel(self, order: InFlightOrder) -> str | None:
        try:
            cancelled = await self._execute_order_cancel_and_process_update(order)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            reason = error.reason if isinstance(error, BackpackError) else str(error) or repr(error)
            self.logger().error(f"Failed to cancel order {order.client_order_id} ({order.trading_pair}): {reason}.")
            return None
        return order.client_order_id if cancelled else None

    async def cancel_all(self, timeout_seconds: float) -> list[CancellationResult]:
        """Cancels every order of this connector, those still on their way to the exchange too."""
        # What was asked for in this very turn is tracked from the next one on.
        await asyncio.sleep(0)
        deadline = time.monotonic() + timeout_seconds
        results = await super().cancel_all(timeout_seconds)
        # Whoever cancels everything may be about to end: what the answers counted is fetched first.
        await self._sync.settle(max(deadline - time.monotonic(), 0))
        left = [result.order_id for result in results if not result.success]
        if left:
            self.logger().warning(f"These orders could not be cancelled and may still rest: {', '.join(left)}.")
        return results
