"""How decisions become orders under any V2 script: one of Hummingbot's own order executors for each quote.

Executors act once a second, so this is the slow way; the script of this package brings `ladder.LadderExecutor` instead.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.common import PositionAction, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.strategy_v2.executors.order_executor.data_types import ExecutionStrategy, OrderExecutorConfig
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction, ExecutorAction, StopExecutorAction
from hummingbot.strategy_v2.models.executors_info import ExecutorInfo

from hummingbot_backpack.market_making.closing import CloseOrder
from hummingbot_backpack.market_making.exchange_stop import RestingStop, StopPlan
from hummingbot_backpack.market_making.values import Quote, RestingOrder, Side
from hummingbot_backpack.trading import observe

QUOTE_LEVEL, CLOSE_LEVEL = "quote", "close"
REPORT_DELAY = 5.0
"""Seconds within which the executor of an order shows up in Hummingbot's reports."""


class Hands(Protocol):
    """What a decision is carried out by."""

    def resting(self) -> tuple[RestingOrder, ...]:
        """Own orders on the market that can still fill, orders not sent yet included."""

    def closing(self) -> bool:
        """Whether a reduce-only order that takes is on its way."""

    def making(self) -> tuple[RestingOrder, ...]:
        """Own reduce-only orders that rest."""

    def stops(self) -> tuple[RestingStop, ...]:
        """Own stops that wait at the exchange."""

    def keep_stop(self, plan: StopPlan) -> None:
        """Cancel and place stops at the exchange."""

    def carry_out(
        self, close: CloseOrder | None, cancel: Iterable[RestingOrder], place: Iterable[Quote]
    ) -> list[ExecutorAction]:
        """Close, cancel, place, in this order; returns what Hummingbot's orchestrator is left to do."""


def trade_type(side: Side) -> TradeType:
    return TradeType.BUY if side is Side.BUY else TradeType.SELL


class ExecutorHands:
    """Quotes and reductions as actions for Hummingbot's executor orchestrator.

    :param controller_id: whose executors these are
    :param executors: reads the controller's current executors
    """

    def __init__(self, controller_id: str, connector_name: str, trading_pair: str, connector: ConnectorBase) -> None:
        self._controller_id = controller_id
        self._connector_name = connector_name
        self._trading_pair = trading_pair
        self._connector = connector
        self.executors: list[ExecutorInfo] = []
        self.time = 0.0

    def _orders(self) -> dict[str, InFlightOrder]:
        return {order.client_order_id: order for order in observe.own_orders(self._connector, self._trading_pair)}

    def _live(self, level: str) -> list[ExecutorInfo]:
        return [info for info in self.executors if not info.is_done and (info.config.level_id or "").startswith(level)]

    def closing(self) -> bool:
        return bool(self._live(CLOSE_LEVEL)) or any(observe.is_closing(order) for order in self._orders().values())

    def making(self) -> tuple[RestingOrder, ...]:
        return ()

    def stops(self) -> tuple[RestingStop, ...]:
        return ()

    def keep_stop(self, plan: StopPlan) -> None:
        """Nothing: an executor has no word for a stop that waits at the exchange."""

    def resting(self) -> tuple[RestingOrder, ...]:
        orders = self._orders()
        found: list[RestingOrder] = []
        for info in self._live(QUOTE_LEVEL):
            stopping = info.status is RunnableStatus.SHUTTING_DOWN
            order = orders.pop(info.custom_info.get("order_id") or "", None)
            if order is not None:
                found.append(observe.resting_order(order, cancelling=stopping))
            elif not stopping:
                # No order yet, or the executor will send what is left of it again: it takes room all the same.
                left = info.config.amount - (info.custom_info.get("executed_amount_base") or Decimal(0))
                found.append(
                    RestingOrder(
                        f"executor {info.id}", observe.side_of(info.config.side), info.config.price, left, shown=False
                    )
                )
        # Orders without an executor: just sent by one whose report is a second old, or left by an earlier run.
        found += [
            observe.resting_order(order, cancelling=self.time - order.creation_timestamp < REPORT_DELAY)
            for order in orders.values()
            if not observe.is_closing(order)
        ]
        return tuple(found)

    def carry_out(
        self, close: CloseOrder | None, cancel: Iterable[RestingOrder], place: Iterable[Quote]
    ) -> list[ExecutorAction]:
        actions: list[ExecutorAction] = []
        if close is not None:
            actions.append(self._create(close.side, close.size, None, CLOSE_LEVEL))
        by_order = {info.custom_info.get("order_id"): info.id for info in self._live(QUOTE_LEVEL)}
        by_order |= {f"executor {info.id}": info.id for info in self._live(QUOTE_LEVEL)}
        for order in cancel:
            executor_id = by_order.get(order.order_id)
            if executor_id is None:
                # Left by an earlier run: no executor answers for it.
                self._connector.cancel(self._trading_pair, order.order_id)
            else:
                actions.append(
                    StopExecutorAction(controller_id=self._controller_id, executor_id=executor_id, keep_position=True)
                )
        actions += [
            self._create(quote.side, quote.size, quote.price, f"{QUOTE_LEVEL} {quote.side.value} {quote.level}")
            for quote in place
        ]
        return actions

    def _create(self, side: Side, size: Decimal, price: Decimal | None, level: str) -> CreateExecutorAction:
        quoting, perpetual = price is not None, observe.is_perpetual(self._connector)
        return CreateExecutorAction(
            controller_id=self._controller_id,
            executor_config=OrderExecutorConfig(
                timestamp=self.time,
                controller_id=self._controller_id,
                connector_name=self._connector_name,
                trading_pair=self._trading_pair,
                side=trade_type(side),
                amount=size,
                price=price,
                position_action=PositionAction.OPEN if quoting else PositionAction.CLOSE,
                execution_strategy=ExecutionStrategy.LIMIT_MAKER if quoting else ExecutionStrategy.MARKET,
                leverage=max(1, int(self._connector.get_leverage(self._trading_pair))) if perpetual else 1,
                level_id=level,
            ),
        )
