"""One long-lived executor that keeps a controller's whole ladder and acts in the turn in which it is asked.

Hummingbot's executors look at their orders once a second and live for one order each. This one is created once per
controller with a configuration type that Hummingbot knows (its list of types is closed), is put into the orchestrator
of our own script only, and cancels and places in one turn of the event loop, so that a connector that batches sends one
request.
"""

import asyncio
import time
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.event.events import MarketOrderFailureEvent, OrderCancelledEvent
from hummingbot.strategy.strategy_v2_base import StrategyV2Base
from hummingbot.strategy_v2.executors.executor_base import ExecutorBase
from hummingbot.strategy_v2.executors.order_executor.data_types import ExecutionStrategy, OrderExecutorConfig
from hummingbot.strategy_v2.executors.order_executor.order_executor import OrderExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction, ExecutorAction
from hummingbot.strategy_v2.models.executors import CloseType

from hummingbot_backpack.market_making.closing import CloseOrder
from hummingbot_backpack.market_making.exchange_stop import RestingStop, StopOrder, StopPlan
from hummingbot_backpack.market_making.values import Quote, RestingOrder, Side
from hummingbot_backpack.trading import observe
from hummingbot_backpack.trading.hands import trade_type

LADDER_LEVEL = "ladder"
CANCEL_AGAIN_AFTER = 3.0
"""Seconds after which a cancel that had no effect is asked for again."""
SETTLE_SECONDS = 1.0
"""A cancelled order takes room for this long: a fill from before its cancel may still be on its way."""
TRACKED_WITHIN = 5.0
"""Seconds within which the connector follows an order that it was asked to send."""


def ladder_config(
    controller_id: str, connector_name: str, trading_pair: str, amount: Decimal, price: Decimal, timestamp: float
) -> CreateExecutorAction:
    """Action that creates the ladder executor; amount and price only serve Hummingbot's validation and reports."""
    return CreateExecutorAction(
        controller_id=controller_id,
        executor_config=OrderExecutorConfig(
            timestamp=timestamp,
            controller_id=controller_id,
            connector_name=connector_name,
            trading_pair=trading_pair,
            side=trade_type(Side.BUY),
            amount=amount,
            price=price,
            execution_strategy=ExecutionStrategy.LIMIT_MAKER,
            level_id=LADDER_LEVEL,
        ),
    )


def order_or_ladder_executor(
    strategy: StrategyV2Base, config: OrderExecutorConfig, *args: Any, **kwargs: Any
) -> ExecutorBase:
    """Stands in an orchestrator instance for its order executor."""
    executor = LadderExecutor if config.level_id == LADDER_LEVEL else OrderExecutor
    return executor(strategy, config, *args, **kwargs)


class LadderExecutor(ExecutorBase):
    """Own orders of one controller on one market."""

    def __init__(
        self, strategy: StrategyV2Base, config: OrderExecutorConfig, update_interval: float = 1.0, max_retries: int = 10
    ) -> None:
        self._status: RunnableStatus
        super().__init__(strategy, [config.connector_name], config, update_interval, max_retries)
        self._connector = self.connectors[config.connector_name]
        self._asked_at: dict[str, float] = {}
        self._finishing: asyncio.Task[None] | None = None
        self._gone: dict[str, tuple[RestingOrder, float]] = {}
        # The connector follows an order from the next turn of the event loop on; until then only we know of it.
        self._sent: dict[str, tuple[RestingOrder, float]] = {}
        self._stops: dict[str, StopOrder] = {}
        strategy.controllers[config.controller_id].take_hands(self)

    # What a controller asks for -----------------------------------------------------------------------------------

    def resting(self) -> tuple[RestingOrder, ...]:
        now = time.monotonic()
        live = [order for order in self._orders() if not observe.is_closing(order)]
        ids = {order.client_order_id for order in live}
        self._gone = {key: value for key, value in self._gone.items() if value[1] > now and key not in ids}
        sent = self._not_followed_yet(now)
        self._asked_at = {key: value for key, value in self._asked_at.items() if key in ids}
        found = [observe.resting_order(order, self._is_cancelling(order, now)) for order in live]
        return (*found, *sent, *(order for order, _ in self._gone.values()))

    def closing(self) -> bool:
        return any(
            observe.is_closing(order) and not self._makes(order) and order.client_order_id not in self._stops
            for order in self._orders()
        )

    def making(self) -> tuple[RestingOrder, ...]:
        now = time.monotonic()
        found = [order for order in self._orders() if observe.is_closing(order) and self._makes(order)]
        return tuple(observe.resting_order(order, self._is_cancelling(order, now)) for order in found)

    @staticmethod
    def _makes(order: InFlightOrder) -> bool:
        return order.order_type is OrderType.LIMIT_MAKER

    def stops(self) -> tuple[RestingStop, ...]:
        if not self._stops:
            return ()
        now = time.monotonic()
        live = {order.client_order_id: order for order in self._orders()}
        followed = self._connector._order_tracker.all_orders
        self._stops = {key: stop for key, stop in self._stops.items() if key in live or key not in followed}
        return tuple(
            RestingStop(key, stop, key in live and self._is_cancelling(live[key], now))
            for key, stop in self._stops.items()
        )

    def keep_stop(self, plan: StopPlan) -> None:
        if not self._may_act:
            return
        for stop in plan.cancel:
            self._cancel(stop.order_id)
        if plan.place is not None:
            order_id = self._send(
                plan.place.side,
                plan.place.size,
                OrderType.MARKET,
                Decimal("NaN"),
                PositionAction.CLOSE,
                trigger_price=plan.place.trigger,
                trigger_by="MarkPrice",
            )
            self._stops[order_id] = plan.place

    def carry_out(
        self, close: CloseOrder | None, cancel: Iterable[RestingOrder], place: Iterable[Quote]
    ) -> list[ExecutorAction]:
        if not self._may_act:
            return []
        if close is not None:
            self._close(close)
        for order in cancel:
            self._cancel(order.order_id)
        for quote in place:
            order_id = self._send(quote.side, quote.size, OrderType.LIMIT_MAKER, quote.price, PositionAction.OPEN)
            order = RestingOrder(order_id, quote.side, quote.price, quote.size, shown=False)
            self._sent[order_id] = order, time.monotonic() + TRACKED_WITHIN
        return []

    @property
    def _may_act(self) -> bool:
        return self._status is RunnableStatus.RUNNING and not self._strategy._is_stop_triggered

    # Orders -------------------------------------------------------------------------------------------------------

    def _orders(self) -> list[InFlightOrder]:
        return observe.own_orders(self._connector, self.config.trading_pair)

    def _not_followed_yet(self, now: float) -> list[RestingOrder]:
        if not self._sent:
            return []  # at nearly every step: what follows copies everything that the connector remembers
        followed = self._connector._order_tracker.all_orders
        self._sent = {key: value for key, value in self._sent.items() if value[1] > now and key not in followed}
        return [order for order, _ in self._sent.values()]

    def _is_cancelling(self, order: InFlightOrder, now: float) -> bool:
        asked = self._asked_at.get(order.client_order_id)
        return asked is not None and now - asked < CANCEL_AGAIN_AFTER

    def _send(
        self, side: Side, size: Decimal, order_type: OrderType, price: Decimal, action: PositionAction, **options: Any
    ) -> str:
        # Straight to the connector: a strategy's own buy passes no options on, and lists the order only afterwards, so
        # that an error in between would leave an order that nobody knows.
        send = self._connector.buy if side is Side.BUY else self._connector.sell
        if observe.is_perpetual(self._connector):
            options["position_action"] = action
        return str(send(self.config.trading_pair, size, order_type, price, **options))

    def _close(self, close: CloseOrder) -> None:
        form = close.form
        if form.post_only and form.price is not None:
            self._send(close.side, close.size, OrderType.LIMIT_MAKER, form.price, PositionAction.CLOSE)
            return
        if form.price is not None:
            self._send(close.side, close.size, OrderType.LIMIT, form.price, PositionAction.CLOSE, time_in_force="IOC")
            return
        options = {}
        if form.slippage_bps is not None:
            options = {"slippage_tolerance": form.slippage_bps / 100, "slippage_tolerance_type": "Percent"}
        self._send(close.side, close.size, OrderType.MARKET, Decimal("NaN"), PositionAction.CLOSE, **options)

    def _cancel(self, order_id: str) -> None:
        # Straight to the connector: the strategy's own cancel would refuse to ask a second time for a minute.
        self._asked_at[order_id] = time.monotonic()
        self._connector.cancel(self.config.trading_pair, order_id)

    def process_order_canceled_event(self, event_tag: int, market: Any, event: OrderCancelledEvent) -> None:
        self._remember_gone(event.order_id)

    def process_order_failed_event(self, event_tag: int, market: Any, event: MarketOrderFailureEvent) -> None:
        self._sent.pop(event.order_id, None)
        self._remember_gone(event.order_id)

    def _remember_gone(self, order_id: str) -> None:
        order = self._connector._order_tracker.fetch_order(client_order_id=order_id)
        if order is None or order.trading_pair != self.config.trading_pair or observe.is_closing(order):
            return
        seen = observe.resting_order(order, cancelling=True, gone=True)
        if seen.remaining > 0:
            self._gone[order_id] = (seen, time.monotonic() + SETTLE_SECONDS)

    # Hummingbot's side --------------------------------------------------------------------------------------------

    async def control_task(self) -> None:
        """Nothing while running: the controller acts. Shutting down: until no order is left."""
        if self._status is RunnableStatus.SHUTTING_DOWN:
            self._finish_if_empty()

    def early_stop(self, keep_position: bool = True) -> None:
        """Cancel everything now; done when nothing is left."""
        if self._status is RunnableStatus.TERMINATED:
            return
        self._status = RunnableStatus.SHUTTING_DOWN
        task = self._finishing = asyncio.ensure_future(self._finish())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _finish(self) -> None:
        while self._status is RunnableStatus.SHUTTING_DOWN:
            self._cancel_outstanding_orders()
            self._finish_if_empty()
            await asyncio.sleep(0.05)

    def _finish_if_empty(self) -> None:
        if not self._orders() and not self._not_followed_yet(time.monotonic()):
            self.close_type = CloseType.EARLY_STOP
            self.stop()

    def _cancel_outstanding_orders(self) -> None:
        now = time.monotonic()
        for order in self._orders():
            takes = observe.is_closing(order) and not self._makes(order) and order.client_order_id not in self._stops
            if not takes and not self._is_cancelling(order, now):
                self._cancel(order.client_order_id)

    async def validate_sufficient_balance(self) -> None:
        """The ladder is sized by the controller; each order is checked by the connector."""

    @property
    def is_trading(self) -> bool:
        return self.is_active and bool(self._orders())

    def get_net_pnl_quote(self) -> Decimal:
        """Zero: results come from exact fills, not from executors."""
        return Decimal(0)

    def get_net_pnl_pct(self) -> Decimal:
        return Decimal(0)

    def get_cum_fees_quote(self) -> Decimal:
        return Decimal(0)

    def get_custom_info(self) -> dict[str, Any]:
        orders = [] if self.is_closed else self._orders()
        return {
            "side": self.config.side,
            "level_id": self.config.level_id,
            "order_ids": [order.client_order_id for order in orders],
            "held_position_orders": [],
        }
