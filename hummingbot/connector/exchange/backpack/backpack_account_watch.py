"""Keeping the connector's picture of the account right: the private stream's life, reconciliation, polling."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_account_sync import (
    FETCH_INTERVAL,
    FETCH_PATIENCE,
    PLACED_MARGIN,
    AccountSync,
)
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.connector.exchange.backpack.backpack_changes import ChangeObservers
from hummingbot.connector.exchange.backpack.backpack_errors import (
    BackpackError,
    ErrorKind,
    error_from_transport,
    is_maintenance,
)
from hummingbot.connector.exchange.backpack.backpack_frames import parse_frame
from hummingbot.connector.exchange.backpack.backpack_liquidations import LiquidationLog
from hummingbot.connector.exchange.backpack.backpack_order_ids import OrderIdSpace, wire_id
from hummingbot.connector.exchange.backpack.backpack_order_path import LOOKUP_MARGIN
from hummingbot.connector.exchange.backpack.backpack_order_tracker import FINAL_STATES, BackpackOrderTracker
from hummingbot.connector.exchange.backpack.backpack_parsing import Fill, Frame, OrderRecord, UnreadablePayload
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests
from hummingbot.connector.exchange.backpack.backpack_settings import BackpackSettings
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, PositionAction, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderUpdate, TradeUpdate

# For the question what still rests, all attempts together, in seconds: whoever stops a bot waits for it.
LOOK_UP_PATIENCE = 10.0
# For the fills that the answers to the last cancels counted, in seconds.
STOP_PATIENCE = 10.0


class AccountWatch(ExchangePyBase):
    """The part of the connector that listens to the private stream and asks where that is not enough."""

    # The private stream tells everything at once; this is what finds out if it does not. Five requests each.
    LONG_POLL_INTERVAL = 30.0

    MARKET_KIND: str
    settings: BackpackSettings
    _sync: AccountSync
    _requests: BackpackRequests
    _order_tracker: BackpackOrderTracker

    def _init_watching(self) -> None:
        self.changes = ChangeObservers()
        self.liquidations = LiquidationLog()
        self._reconciled = False
        self._reconciliation: asyncio.Task[None] | None = None
        self._old_orders_settled = False
        self._started_at = self._time()
        self._complaints: dict[str, str] = {}

    @property
    def order_ids(self) -> OrderIdSpace:
        raise NotImplementedError

    def pair_of_symbol(self, symbol: str) -> str | None:
        raise NotImplementedError

    def symbol_of_pair(self, trading_pair: str) -> str:
        raise NotImplementedError

    def _complain(self, about: str, sentence: str, error: BaseException | None = None) -> None:
        """One line when something begins to fail, and none while it goes on.

        :param error: why, where the sentence also holds what changes; maintenance is said by whoever notices it
        """
        why = error.reason if isinstance(error, BackpackError) else sentence
        if self._complaints.get(about) != why and not (error is not None and is_maintenance(error)):
            self._complaints[about] = why
            self.logger().warning(sentence)

    def _satisfied(self, about: str) -> None:
        if self._complaints.pop(about, None) is not None:
            self.logger().info(f"{self.name}: {about} works again.")

    # === the private stream ===

    @property
    def is_user_stream_up(self) -> bool:
        """Whether the private stream runs and what was missed before it began has been fetched."""
        return bool(self._user_stream_tracker.data_source.subscribed) and self._reconciled

    def _is_user_stream_initialized(self) -> bool:
        return not self.is_trading_required or self.is_user_stream_up

    def on_user_stream_subscribed(self) -> None:
        """The stream begins: whatever it did not tell is fetched before anyone quotes again."""
        if self._reconciliation is not None:
            self._reconciliation.cancel()
        self._reconciliation = asyncio.ensure_future(self._reconcile())

    def on_user_stream_interrupted(self) -> None:
        """The stream ended: from here on polls are all there is, until it is back."""
        self._reconciled = False
        if self._reconciliation is not None:
            self._reconciliation.cancel()
        self.changes.tell_all()

    async def _reconcile(self) -> None:
        backoff = Backoff()
        while True:
            await self.trading_pair_symbol_map()
            if self.trading_pair_symbol_map_ready() and await self._poll_all() and await self._settle_old_orders():
                break
            await self._sleep(backoff.delay())
        self._reconciled = True
        self.changes.tell_all()

    async def _user_stream_event_listener(self) -> None:
        async for message in self._iter_user_event_queue():
            try:
                self._on_frame(parse_frame(message))
            except UnreadablePayload as error:
                self.logger().error("Unexpected error in user stream listener loop.")
                self.logger().error(f"A frame of the private stream cannot be read ({error}): {message!r:.300}")
            except Exception:
                self.logger().exception(f"A frame of the private stream could not be applied: {message!r:.300}")

    def _on_frame(self, frame: Frame) -> None:
        if isinstance(frame, parsing.OrderEvent):
            self._sync.on_order_event(frame)

    async def reopen_user_stream(self, why: str) -> None:
        """Closes the private stream's socket, so that a new one takes its place."""
        await self._user_stream_tracker.data_source.reopen(why)

    # === orders at the exchange ===

    async def own_resting_orders(self) -> list[str]:
        """One line for each order of this bot that the exchange itself lists on the traded markets.

        :raises BackpackError: it could not be asked, or did not answer within ``LOOK_UP_PATIENCE``
        """
        if not self.is_trading_required:
            return []
        try:
            # Also bounds the wait for the request budget, whose reserve too may be spent.
            async with asyncio.timeout(LOOK_UP_PATIENCE):
                # It ends a stop as a cancel does: with the reserve, and before what else waits.
                resting = await self._requests.open_orders(CONSTANTS.CANCEL_LIMIT_ID)
        except TimeoutError as error:
            raise error_from_transport(error) from error
        return [
            f"{self.name} {pair} {'buy' if record.side == CONSTANTS.SIDE_BUY else 'sell'} {record.quantity} at "
            f"{record.price}, client id {self.order_ids.order_id(record.client_id)}, "
            f"exchange id {record.exchange_order_id}"
            for record in resting
            if (pair := self.pair_of_symbol(record.symbol)) in self.trading_pairs
            and record.client_id is not None
            and self.order_ids.owns(record.client_id)
        ]

    async def executed_amount(self, order: InFlightOrder) -> Decimal | None:
        """What the exchange says an order that is over has executed, base; None: it is not over, or not known now.

        :raises BackpackError: it could not be asked
        """
        record = await self._sync.look_at(order)
        over = record is not None and self._sync.state_of(record) in FINAL_STATES
        return record.executed if record is not None and over else None

    async def settle_earlier_order(self, trading_pair: str, order_id: str, sent_at: float) -> bool:
        """Whether an order of this bot, perhaps of an earlier run, can execute no more. One that rests is cancelled.

        :param sent_at: seconds since the epoch, by this machine's clock
        :raises BackpackError: it could not be asked
        """
        sent_at = self._sync.at_the_exchange(sent_at)
        # Asked before looking: what is not there after the request ran out never will be.
        ran_out = self._requests.exchange_time() > sent_at + self.settings.signature_window / 1e3 + LOOKUP_MARGIN
        symbol, client_id = self.symbol_of_pair(trading_pair), wire_id(order_id)
        record = await self._requests.look_up(symbol, client_id, sent_at - PLACED_MARGIN)
        if record is None:
            return ran_out
        if self._sync.state_of(record) in FINAL_STATES:
            return True
        await self._requests.cancel_order(symbol, record.exchange_order_id, client_id)
        return False

    async def own_fills_since(self, trading_pair: str, since: float) -> list[tuple[str, Fill]]:
        """This bot's fills of a market, oldest first, each with its client order id.

        :param since: seconds since the epoch, by the exchange's clock
        :raises BackpackError: it could not be asked
        """
        fills = [fill async for fill in self._requests.fills(since, symbol=self.symbol_of_pair(trading_pair))]
        return [
            (self.order_ids.order_id(fill.client_id), fill)
            for fill in sorted(fills, key=lambda fill: fill.time)
            if fill.client_id is not None and self.order_ids.owns(fill.client_id)
        ]

    # === orders of an earlier run ===

    async def _settle_old_orders(self) -> bool:
        """Once: cancels, or adopts, what this bot left resting in an earlier run; orders placed by hand, or by another
        bot of the account, are never touched. False: it has to be tried again."""
        if self._old_orders_settled:
            return True
        try:
            resting = await self._requests.open_orders()
            for record in resting:
                trading_pair = self.pair_of_symbol(record.symbol)
                if trading_pair is not None and self._is_of_an_earlier_run(record):
                    await self._settle(record, trading_pair)
        except BackpackError as error:
            self._complain("old orders", f"{self.name}: orders of an earlier run not settled ({error.reason}).", error)
            return False
        self._old_orders_settled = True
        return True

    def _is_of_an_earlier_run(self, record: OrderRecord) -> bool:
        if record.client_id is None or not self.order_ids.owns(record.client_id):
            return False
        order = self._order_tracker.find(self.order_ids.order_id(record.client_id))
        return order is None or order.creation_timestamp < self._started_at

    async def _settle(self, record: OrderRecord, trading_pair: str) -> None:
        assert record.client_id is not None
        order = self._order_tracker.find(self.order_ids.order_id(record.client_id))
        what = f"{record.side} {record.quantity} {trading_pair} at {record.price}"
        # One that waits for a trigger has no size yet, and belongs to a position that may be another by now.
        if self.settings.old_orders == "adopt" and record.status != "TriggerPending":
            fills: list[Fill] = []
            if order is None:
                fills = await self._counted_fills(record, trading_pair)
                order = self._adopted(record, trading_pair, fills)
                self._order_tracker.start_tracking_order(order)
            self._sync.apply_answer(order, record)
            for fill in fills:
                self._sync.apply_fill(order, fill)
            if fills:
                # While they were fetched nobody tracked it.
                await self._sync.look_at(order)
            self.logger().info(f"Adopted order {order.client_order_id} of an earlier run: {what}.")
            return
        try:
            await self._requests.cancel_order(record.symbol, record.exchange_order_id, record.client_id)
        except BackpackError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        self.logger().info(f"Cancelled order {record.exchange_order_id} of an earlier run: {what}.")

    async def _counted_fills(self, record: OrderRecord, trading_pair: str) -> list[Fill]:
        """An order's fills, oldest first, in time as many as its record counts: history may be late."""
        patience = FETCH_PATIENCE
        while True:
            fills = await self._sync.fills_of(trading_pair, record.exchange_order_id) if record.executed else []
            if sum(fill.quantity for fill in fills) >= record.executed or patience <= 0:
                return fills
            await self._sleep(FETCH_INTERVAL)
            patience -= FETCH_INTERVAL

    def _adopted(self, record: OrderRecord, trading_pair: str, fills: list[Fill]) -> InFlightOrder:
        """:param fills: oldest first; those that the record counts were the earlier run's to announce"""
        assert record.client_id is not None and record.quantity is not None
        limit = OrderType.LIMIT_MAKER if record.post_only else OrderType.LIMIT
        action = PositionAction.CLOSE if record.reduce_only else PositionAction.OPEN
        order = InFlightOrder(
            client_order_id=self.order_ids.order_id(record.client_id),
            trading_pair=trading_pair,
            order_type=OrderType.MARKET if record.price is None else limit,
            trade_type=TradeType.BUY if record.side == CONSTANTS.SIDE_BUY else TradeType.SELL,
            amount=record.quantity,
            price=Decimal("NaN") if record.price is None else record.price,
            creation_timestamp=record.time,
            exchange_order_id=record.exchange_order_id,
            position=action if self.MARKET_KIND == "PERP" else PositionAction.NIL,
        )
        for fill in fills:
            if order.executed_amount_base + fill.quantity <= record.executed:
                order.update_with_trade_update(self._sync.trade_update(order, fill))
        return order

    # === polling ===

    def _polls(self) -> dict[str, Callable[[], Awaitable[Any]]]:
        """What a poll asks for, by what it is called in a log line."""
        return {"balances": self._update_balances, **self._order_polls()}

    def _order_polls(self) -> dict[str, Callable[[], Awaitable[Any]]]:
        return {"fills": self._sync.poll_fills, "orders": self._sync.poll_orders}

    async def _poll_all(self) -> bool:
        return await self._ask(self._polls())

    async def _ask(self, polls: dict[str, Callable[[], Awaitable[Any]]]) -> bool:
        """All at once; what fails is said, and hinders none of the others. Whether everything worked."""
        outcomes = await asyncio.gather(*(poll() for poll in polls.values()), return_exceptions=True)
        for what, outcome in zip(polls, outcomes, strict=True):
            if isinstance(outcome, asyncio.CancelledError):
                raise outcome
            if isinstance(outcome, BaseException):
                reason = outcome.reason if isinstance(outcome, BackpackError) else repr(outcome)
                self._complain(what, f"{self.name}: {what} could not be fetched ({reason}); asking again.", outcome)
            else:
                self._satisfied(what)
        return not any(isinstance(outcome, BaseException) for outcome in outcomes)

    async def _status_polling_loop_fetch_updates(self) -> None:
        await self._poll_all()

    async def _update_order_status(self) -> None:
        await self._ask(self._order_polls())

    async def _all_trade_updates_for_order(self, order: InFlightOrder) -> list[TradeUpdate]:
        if order.exchange_order_id is None:
            return []
        fills = await self._sync.fills_of(order.trading_pair, order.exchange_order_id)
        return [self._sync.trade_update(order, fill) for fill in fills]

    async def _request_order_status(self, tracked_order: InFlightOrder) -> OrderUpdate:
        return await self._sync.request_status(tracked_order)

    async def stop_network(self) -> None:
        await self._sync.settle(STOP_PATIENCE)
        self._sync.stop()
        self.on_user_stream_interrupted()
        await super().stop_network()
