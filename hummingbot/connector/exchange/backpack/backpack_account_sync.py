"""Keeps tracked orders equal to the exchange's: from the private stream, and from REST where that was down or late."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from cachetools import TTLCache
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError
from hummingbot.connector.exchange.backpack.backpack_order_ids import wire_id
from hummingbot.connector.exchange.backpack.backpack_order_tracker import FINAL_STATES, BackpackOrderTracker
from hummingbot.connector.exchange.backpack.backpack_parsing import Fill, OrderEvent, OrderRecord
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests
from hummingbot.connector.exchange.backpack.backpack_risen_orders import RisenOrders
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate, TradeUpdate

if TYPE_CHECKING:
    from hummingbot.connector.exchange.backpack.backpack_exchange_base import BackpackExchangeBase

# A fill frame that is still on its way is given this long before REST is asked, in seconds.
LATE_FILL_GRACE = 0.5
# What REST shows must have come through the stream within so many seconds.
STREAM_PATIENCE = 5.0
# Fills may become visible in history a little after they happened.
FILL_OVERLAP = 10.0
# Fills that are counted but not there yet are asked for again after so many seconds; after the patience they are said
# to be missing, and asked for more seldom, until the end.
FETCH_INTERVAL = 0.5
FETCH_PATIENCE = 10.0
LATE_FETCH_INTERVAL = 15.0
FETCH_END = 1800.0
# An order that is looked up was placed at most so long before it is noted to have been, in seconds.
PLACED_MARGIN = 60.0
SELF_TRADE_REASON = "selftradeprevention"
MARKET_STATE_REASONS = ("postonlymode", "orderbookclosed")
POST_ONLY_REASONS = ("POST_ONLY_TAKER", "PostOnlyTaker")


class _Heard(NamedTuple):
    executed: Decimal
    is_over: bool


class AccountSync:
    """
    :param connector: for names, fees and logging
    """

    def __init__(
        self,
        connector: "BackpackExchangeBase",
        tracker: BackpackOrderTracker,
        requests: BackpackRequests,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._connector = connector
        self._tracker = tracker
        self._requests = requests
        self._sleep = sleep
        self._now = now
        self._fills_since: float | None = None
        self._missing: dict[str, asyncio.Task[None]] = {}
        # What the exchange counts as executed of an order, where that is more than the fills that we have.
        self._counted: dict[str, Decimal] = {}
        self._hurry = asyncio.Event()
        self._background: set[asyncio.Task[Any]] = set()
        # What the stream said last of each order, to be compared with what REST says.
        self._heard: TTLCache[str, _Heard] = TTLCache(maxsize=10_000, ttl=600)
        self._strange_states: set[str] = set()
        self._risen = RisenOrders(connector, requests, self.rests, sleep)

    # === what the stream says ===

    def on_order_event(self, event: OrderEvent) -> None:
        """Applies a frame of ``account.orderUpdate``; the account's other orders and markets are left alone."""
        self._connector.liquidations.heed(event.origin, event.order.exchange_order_id)
        trading_pair = self._connector.pair_of_symbol(event.order.symbol)
        if trading_pair is None:
            return
        if event.origin != "USER":
            self._connector.logger().warning(
                f"{trading_pair}: the exchange itself traded this account ({event.origin}): "
                f"{event.order.side} {event.order.quantity}, executed {event.order.executed}."
            )
        order = self._tracked(event.order, trading_pair)
        if order is None:
            self._tell_of_others(event.order, trading_pair)
            return
        self._risen.heed(order, event.order)
        self._heard[order.client_order_id] = self._heard_of(event.order)
        if event.fill is not None:
            self._confirm(order, event.order)
            self.apply_fill(order, event.fill)
        self.apply_record(order, event.order)

    def _tell_of_others(self, record: OrderRecord, trading_pair: str) -> None:
        """An order of the account that is not ours, and that one of our takers met: the exchange takes it away."""
        if record.status == "Expired" and (record.reason or "").replace("_", "").lower() == SELF_TRADE_REASON:
            self._connector.logger().warning(
                f"{trading_pair}: an order that this bot did not place ({record.exchange_order_id}: {record.side} "
                f"{record.quantity} at {record.price}) was taken off the book because one of ours would have met it."
            )

    def _tracked(self, record: OrderRecord | Fill, trading_pair: str) -> InFlightOrder | None:
        """By client id, which we always send; and only if market, side and exchange id agree."""
        if record.client_id is None:
            return None
        order = self._tracker.find(self._connector.order_ids.order_id(record.client_id))
        side = CONSTANTS.SIDE_BUY if order is not None and order.trade_type is TradeType.BUY else CONSTANTS.SIDE_SELL
        if (
            order is None
            or order.trading_pair != trading_pair
            or side != record.side
            or order.exchange_order_id not in (None, record.exchange_order_id)
        ):
            return None
        return order

    # === records and fills, from wherever ===

    def state_of(self, record: OrderRecord) -> OrderState | None:
        """None: a status that nobody here knows; the order stays as it is."""
        state = CONSTANTS.ORDER_STATE.get(record.status)
        if state is None and record.status not in self._strange_states:
            self._strange_states.add(record.status)
            self._connector.logger().warning(
                f"Order {record.exchange_order_id} has a status that is not known ({record.status}); it stays tracked."
            )
        return state

    def rests(self, record: OrderRecord) -> bool:
        return self.state_of(record) in (OrderState.OPEN, OrderState.PARTIALLY_FILLED)

    def apply_record(self, order: InFlightOrder, record: OrderRecord) -> None:
        """Takes over id and state, and fetches fills that the record counts and we have not seen."""
        state = self.state_of(record)
        if state is None:
            return
        if self._is_post_only_expiry(record):
            self._fail(order, record.reason or "the post-only order would have taken")
            return
        self._confirm(order, record)
        self._take_over_amount(order, record)
        if record.executed > order.executed_amount_base:
            self._fetch_missing(order, record)
        elif state in FINAL_STATES:
            self._tracker.settle(order)
        if state is OrderState.CANCELED and record.reason:
            self._connector.logger().info(
                f"Order {order.client_order_id} ({order.trading_pair}) expired: {record.reason}."
            )
            if record.reason.replace("_", "").lower() in MARKET_STATE_REASONS:
                self._connector.suspect_market(order.trading_pair)
        self._tracker.process_order_update(
            OrderUpdate(
                trading_pair=order.trading_pair,
                update_timestamp=record.time if state not in FINAL_STATES else self._requests.exchange_time(),
                new_state=state,
                client_order_id=order.client_order_id,
                exchange_order_id=record.exchange_order_id,
                misc_updates={"reason": record.reason} if record.reason else None,
            )
        )

    @staticmethod
    def _take_over_amount(order: InFlightOrder, record: OrderRecord) -> None:
        """The exchange shrinks a reduce-only order to the position it can still reduce."""
        if record.quantity is not None and 0 < record.quantity < order.amount:
            order.amount = record.quantity
            order.check_filled_condition()

    @staticmethod
    def _is_post_only_expiry(record: OrderRecord) -> bool:
        return record.status == "Expired" and record.executed == 0 and record.reason in POST_ONLY_REASONS

    def _confirm(self, order: InFlightOrder, record: OrderRecord) -> None:
        self._tracker.confirm_open(order, record.exchange_order_id, record.time)

    def apply_fill(self, order: InFlightOrder, fill: Fill) -> None:
        self._tracker.process_trade_update(self.trade_update(order, fill))

    def trade_update(self, order: InFlightOrder, fill: Fill) -> TradeUpdate:
        return TradeUpdate(
            trade_id=fill.trade_id,
            client_order_id=order.client_order_id,
            exchange_order_id=fill.exchange_order_id,
            trading_pair=order.trading_pair,
            fill_timestamp=fill.time,
            fill_price=fill.price,
            fill_base_amount=fill.quantity,
            fill_quote_amount=fill.quantity * fill.price,
            fee=self._connector.fee_of_fill(order, fill),
            is_taker=not fill.is_maker,
        )

    def _fail(self, order: InFlightOrder, reason: str) -> None:
        self._connector.logger().info(f"Order {order.client_order_id} ({order.trading_pair}) was not placed: {reason}.")
        self._connector._update_order_after_failure(order.client_order_id, order.trading_pair, ValueError(reason))

    def _fetch_missing(self, order: InFlightOrder, record: OrderRecord) -> None:
        order_id = order.client_order_id
        self._counted[order_id] = max(record.executed, self._counted.get(order_id, record.executed))
        if order_id not in self._missing:
            task = asyncio.ensure_future(self._fetch_until_complete(order, record.exchange_order_id))
            self._missing[order_id] = task

    async def _fetch_until_complete(self, order: InFlightOrder, exchange_order_id: str) -> None:
        """Asks for the order's fills until they are as many as were counted; history may be late."""
        loop = asyncio.get_running_loop()
        order_id, began, failure, said = order.client_order_id, loop.time(), "", False
        try:
            await self._grace(LATE_FILL_GRACE)
            while self._counted[order_id] > order.executed_amount_base:
                try:
                    for fill in await self.fills_of(order.trading_pair, exchange_order_id):
                        self.apply_fill(order, fill)
                except BackpackError as error:
                    failure = error.reason
                if self._counted[order_id] <= order.executed_amount_base:
                    break
                late = loop.time() - began > FETCH_PATIENCE
                if late and not said:
                    said = True
                    self._connector.logger().warning(
                        f"Fills of order {order_id} are missing: the exchange counts {self._counted[order_id]}, known "
                        f"are {order.executed_amount_base}{f' ({failure})' if failure else ''}."
                    )
                if loop.time() - began > FETCH_END:
                    break
                if late and not self._hurry.is_set():
                    await self._grace(LATE_FETCH_INTERVAL)
                else:
                    await self._sleep(FETCH_INTERVAL)
        finally:
            self._missing.pop(order_id, None)
            self._counted.pop(order_id, None)

    async def _grace(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except TimeoutError:
            pass

    async def settle(self, patience: float) -> None:
        """Fetches the fills that answers have counted and nobody has told yet, now: nothing asks again after a stop.

        :param patience: seconds, at most
        """
        tasks = list(self._missing.values())
        if not tasks:
            return
        self._hurry.set()
        _, unfinished = await asyncio.wait(tasks, timeout=patience)
        self._hurry.clear()
        if unfinished:
            orders = ", ".join(order_id for order_id, task in self._missing.items() if task in unfinished)
            self._connector.logger().warning(f"Fills of these orders could not be fetched before the end: {orders}.")

    async def fills_of(self, trading_pair: str, exchange_order_id: str) -> list[Fill]:
        """All fills of one order, oldest first."""
        symbol = self._connector.symbol_of_pair(trading_pair)
        fills = [f async for f in self._requests.fills(symbol=symbol, exchange_order_id=exchange_order_id)]
        return sorted(fills, key=lambda fill: fill.time)

    # === polls: a constant number of requests however many orders there are ===

    async def poll_fills(self) -> None:
        """All fills of the account since the last seen; what is known already is ignored."""
        started = self._requests.exchange_time()
        if self._fills_since is None:
            self._fills_since = started
        fills = [fill async for fill in self._requests.fills(self._fills_since - FILL_OVERLAP)]
        for fill in sorted(fills, key=lambda fill: fill.time):
            self._connector.liquidations.heed(fill.origin, fill.exchange_order_id)
            trading_pair = self._connector.pair_of_symbol(fill.symbol)
            if trading_pair is None or fill.client_id is None:
                continue
            order = self._tracked(fill, trading_pair)
            if order is not None:
                # A fill proves that the order stands, if nobody has said so yet.
                self._tracker.confirm_open(order, fill.exchange_order_id, fill.time)
                self.apply_fill(order, fill)
        self._fills_since = started

    async def poll_orders(self) -> None:
        """Compares the tracked orders with the account's resting ones, and looks up those that rest no more."""
        tracked = [order for order in self._tracker.all_updatable_orders.values() if order.exchange_order_id]
        self._retry_unresolved()
        failed = any(order.current_state is OrderState.FAILED for order in self._tracker.cached_orders.values())
        if not tracked and not failed:
            return
        resting = {record.exchange_order_id: record for record in await self._requests.open_orders()}
        for candidate in resting.values() if failed else ():
            trading_pair = self._connector.pair_of_symbol(candidate.symbol)
            if trading_pair is not None and (found := self._tracked(candidate, trading_pair)) is not None:
                self._risen.heed(found, candidate)
        gone = []
        for order in tracked:
            record = resting.get(str(order.exchange_order_id))
            if record is None:
                gone.append(order)
            elif order.current_state not in FINAL_STATES:
                self.apply_answer(order, record)
        await asyncio.gather(*(self.look_at(order) for order in gone if order.current_state not in FINAL_STATES))

    async def look_at(self, order: InFlightOrder) -> OrderRecord | None:
        """Asks for one order and applies the answer; None: nobody knows it now, and it stays as it is."""
        symbol = self._connector.symbol_of_pair(order.trading_pair)
        if order.exchange_order_id is not None:
            record = await self._requests.order(symbol, order.exchange_order_id)
        else:
            record = await self._requests.look_up(symbol, wire_id(order.client_order_id), self._placed_after(order))
        if record is not None:
            self.apply_answer(order, record)
        return record

    def apply_answer(self, order: InFlightOrder, record: OrderRecord) -> None:
        """Applies a record that REST gave, and has the stream checked against it."""
        self._expect_from_stream(order, record)
        self.apply_record(order, record)

    def _placed_after(self, order: InFlightOrder) -> float:
        """A moment by the exchange's clock before the order was placed, which was noted by ours."""
        return self.at_the_exchange(order.creation_timestamp) - PLACED_MARGIN

    def at_the_exchange(self, moment: float) -> float:
        """A moment of this machine's clock by the exchange's, in seconds since the epoch."""
        return moment + self._requests.exchange_time() - self._now()

    def _expect_from_stream(self, order: InFlightOrder, record: OrderRecord) -> None:
        """What REST shows, a live stream has told, or tells within seconds; if not, it is deaf and is opened again."""
        if self._has_told(order, record):
            return
        if not self._connector.is_user_stream_up:
            # What happened before it was up it does not tell any more.
            self._heard[order.client_order_id] = self._heard_of(record)
            return

        async def check() -> None:
            await self._sleep(STREAM_PATIENCE)
            if self._connector.is_user_stream_up and not self._has_told(order, record):
                await self._connector.reopen_user_stream(
                    f"it has not told in {STREAM_PATIENCE:.0f} s what became of order {order.client_order_id}"
                )

        self._in_background(check())

    def _heard_of(self, record: OrderRecord) -> _Heard:
        return _Heard(record.executed, self.state_of(record) in FINAL_STATES)

    def _has_told(self, order: InFlightOrder, record: OrderRecord) -> bool:
        heard = self._heard.get(order.client_order_id)
        if heard is None:
            # Of an order that only rests since it was placed there is nothing more to tell.
            return record.executed == 0 and record.status == "New"
        # It is remembered from now on: an order may rest for hours after its last fill.
        self._heard[order.client_order_id] = heard
        is_over = self.state_of(record) in FINAL_STATES
        return heard.executed >= record.executed and (not is_over or heard.is_over)

    def _in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def request_status(self, order: InFlightOrder) -> OrderUpdate:
        """An order's state as an update; its own state when nobody knows better now."""
        symbol = self._connector.symbol_of_pair(order.trading_pair)
        if order.exchange_order_id is not None:
            record = await self._requests.order(symbol, order.exchange_order_id)
        else:
            record = await self._requests.look_up(symbol, wire_id(order.client_order_id), self._placed_after(order))
        state = None if record is None else self.state_of(record)
        return OrderUpdate(
            trading_pair=order.trading_pair,
            update_timestamp=self._requests.exchange_time(),
            new_state=order.current_state if state is None else state,
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id if record is None else record.exchange_order_id,
        )

    def _retry_unresolved(self) -> None:
        """Orders whose submission nobody could resolve are looked up again, each for itself."""
        for order in self._connector.unresolved_orders():
            self._in_background(self._connector.resolve_again(order))

    def stop(self) -> None:
        self._risen.stop()
        for task in (*self._missing.values(), *self._background):
            task.cancel()
