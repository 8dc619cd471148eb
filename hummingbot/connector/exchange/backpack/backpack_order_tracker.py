"""Hummingbot's order tracker with four repairs: states never go back, ended orders are remembered long enough for a
late fill, weigh little meanwhile, and looking an order up does not copy every order."""

import asyncio
from typing import Any

from cachetools import TLRUCache
from hummingbot.connector.client_order_tracker import ClientOrderTracker
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate, TradeUpdate

FINAL_STATES = (OrderState.CANCELED, OrderState.FILLED, OrderState.FAILED)


class _QuietEvent:
    """An event that hardly anyone will wait for: a real one, of several hundred bytes, is made when somebody does."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    def _real(self) -> asyncio.Event:
        if self._event is None:
            self._event = asyncio.Event()
        return self._event

    def is_set(self) -> bool:
        return self._event is not None and self._event.is_set()

    def set(self) -> None:
        self._real().set()

    async def wait(self) -> bool:
        return bool(await self._real().wait())


_HAPPENED = asyncio.Event()
_HAPPENED.set()
_EVENTS = ("exchange_order_id_update_event", "completely_filled_event", "processed_by_exchange_event")


class BackpackOrderTracker(ClientOrderTracker):
    MAX_CACHE_SIZE = 20_000
    # Seconds. Hummingbot's 30 forgets orders whose last fills a stalled stream still holds.
    CACHED_ORDER_TTL = 3600.0
    # Of an order whose fills the exchange's last word has counted nothing more can come.
    SETTLED_ORDER_TTL = 300.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._settled: set[str] = set()
        self._cached_orders = TLRUCache(self.MAX_CACHE_SIZE, self._forget_at)

    def _forget_at(self, order_id: str, order: InFlightOrder, now: float) -> float:
        return now + (self.SETTLED_ORDER_TTL if order_id in self._settled else self.CACHED_ORDER_TTL)

    def settle(self, order: InFlightOrder) -> None:
        """The exchange says that the order is over and counts no fill that we do not have."""
        if order.client_order_id in self._in_flight_orders:
            self._settled.add(order.client_order_id)

    def find(self, client_order_id: str | None, exchange_order_id: str | None = None) -> InFlightOrder | None:
        """Any order that may still get a fill, by either id."""
        order: InFlightOrder | None = None
        if client_order_id is not None:
            order = (
                self._in_flight_orders.get(client_order_id)
                or self._cached_orders.get(client_order_id)
                or self._lost_orders.get(client_order_id)
            )
        if order is None and exchange_order_id is not None:
            for orders in (self._in_flight_orders, self._cached_orders, self._lost_orders):
                for candidate in orders.values():
                    if candidate.exchange_order_id == exchange_order_id:
                        return candidate
        return order

    def stop_tracking_order(self, client_order_id: str) -> None:
        """As Hummingbot's; three quarters of what an ended order weighs are events that nobody waits for."""
        super().stop_tracking_order(client_order_id)
        self._settled.discard(client_order_id)
        order = self._cached_orders.get(client_order_id)
        if order is None:
            return
        for name in _EVENTS:
            event = getattr(order, name)
            if event.is_set():
                setattr(order, name, _HAPPENED)
            elif isinstance(event, asyncio.Event) and not event._waiters:
                setattr(order, name, _QuietEvent())

    def is_lost(self, order: InFlightOrder) -> bool:
        """Whether Hummingbot counts the order as lost: failed here, but perhaps not at the exchange."""
        return order.client_order_id in self._lost_orders

    def process_trade_update(self, trade_update: TradeUpdate) -> None:
        """As Hummingbot's; a fill that is known already (by its trade id within the order) is ignored."""
        order = self.find(trade_update.client_order_id)
        if order is None:
            return
        before = order.executed_amount_base
        if order.update_with_trade_update(trade_update):
            self._trigger_order_fills(
                tracked_order=order,
                prev_executed_amount_base=before,
                fill_amount=trade_update.fill_base_amount,
                fill_price=trade_update.fill_price,
                fill_fee=trade_update.fee,
                trade_id=trade_update.trade_id,
                exchange_order_id=trade_update.exchange_order_id,
            )

    def confirm_open(self, order: InFlightOrder, exchange_order_id: str, timestamp: float) -> None:
        """The exchange has the order: its creation is announced before anything else about it, and at once."""
        previous = order.current_state
        if previous is not OrderState.PENDING_CREATE:
            return
        order.update_with_order_update(
            OrderUpdate(
                trading_pair=order.trading_pair,
                update_timestamp=timestamp,
                new_state=OrderState.OPEN,
                client_order_id=order.client_order_id,
                exchange_order_id=exchange_order_id,
            )
        )
        self._trigger_order_creation(order, previous, OrderState.OPEN)

    def fetch_order(
        self, client_order_id: str | None = None, exchange_order_id: str | None = None
    ) -> InFlightOrder | None:
        order = self.find(client_order_id, exchange_order_id)
        return None if order is not None and order.client_order_id in self._lost_orders else order

    async def _process_order_update(self, order_update: OrderUpdate) -> None:
        order = self.fetch_order(order_update.client_order_id, order_update.exchange_order_id)
        if order is not None and self._goes_back(order, order_update.new_state):
            # Its answer was overtaken by the stream; only an id that was not known yet is news.
            if order.exchange_order_id is None and order_update.exchange_order_id is not None:
                order.update_exchange_order_id(order_update.exchange_order_id)
            return
        await super()._process_order_update(order_update)

    @staticmethod
    def _goes_back(order: InFlightOrder, new_state: OrderState) -> bool:
        if order.current_state in FINAL_STATES:
            return True
        if new_state is OrderState.OPEN:
            return order.current_state in (OrderState.PARTIALLY_FILLED, OrderState.PENDING_CANCEL)
        return new_state is OrderState.PARTIALLY_FILLED and order.current_state is OrderState.PENDING_CANCEL

    async def wait_for_exchange_id(self, order: InFlightOrder, timeout: float) -> bool:
        """Whether the order got its exchange id in time; False at once when it failed before."""
        deadline = asyncio.get_running_loop().time() + timeout
        while order.exchange_order_id is None and not order.is_done:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            try:
                await asyncio.wait_for(order.exchange_order_id_update_event.wait(), min(left, 0.05))
            except TimeoutError:
                continue
        return order.exchange_order_id is not None
