"""Base of our scripts: runs controllers, promptly, and stops them completely."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.data_type.common import OrderType, PositionAction, PositionMode
from hummingbot.strategy.strategy_v2_base import StrategyV2Base
from hummingbot.strategy_v2.controllers.controller_base import ControllerBase, ControllerConfigBase
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction, StopExecutorAction

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.breakers import Result
from hummingbot_backpack.trading import controller as controllers
from hummingbot_backpack.trading import observe, status, stopping
from hummingbot_backpack.trading.breakers import Breakers
from hummingbot_backpack.trading.configs import LoadingMixin
from hummingbot_backpack.trading.ladder import ladder_config, order_or_ladder_executor
from hummingbot_backpack.trading.process import end_bot
from hummingbot_backpack.trading.recorder_queue import DeferredWriter, RecorderQueue
from hummingbot_backpack.trading.safety import Safety

LOOK_SECONDS = 0.005
"""How often it is looked whether anything has changed in a market of a connector that tells nobody."""
TOLD_LOOK_SECONDS = 1.0
"""The same for one that tells: for what it does not tell of, such as a refusal of the key."""


class Controllers(StrategyV2Base):
    """Runs controllers: ours through one prompt executor each, others with Hummingbot's own executors."""

    closed_executors_buffer = 20

    def __init__(self, connectors: dict[str, ConnectorBase], config: LoadingMixin) -> None:
        super().__init__(connectors, config)
        self.config: LoadingMixin = config
        # Instance by instance: the class's own table is shared with every other strategy.
        self.executor_orchestrator._executor_mapping = {
            **self.executor_orchestrator._executor_mapping,
            "order_executor": order_or_ladder_executor,
        }
        self.leftovers: list[str] = []
        self.ended_by: str | None = None
        self._watchers: list[asyncio.Task] = []
        self._recorder_queue: RecorderQueue | None = None
        self._begun = False
        self._failed = False
        self._executors_are_stopping = False
        self._complaint: str | None = None
        self._best: dict[str, Decimal] = {}
        self._safety: Safety | None = None

    @property
    def own(self) -> list[controllers.Base]:
        """The controllers that are ours."""
        return [controller for controller in self.controllers.values() if isinstance(controller, controllers.Base)]

    def apply_initial_setting(self) -> None:
        """Leverage where a controller asks for it; position mode where it asks and the connector has several."""
        # Ours are asked for once the preflight has passed: nothing of the account is changed for a bot that is refused.
        self.ask_for_settings([one for one in self.controllers.values() if not isinstance(one, controllers.Base)])

    def ask_for_settings(self, chosen: Sequence[ControllerBase]) -> None:
        """Leverage and position mode, where these controllers ask for one."""
        for controller in chosen:
            settings = controller.config.model_dump()
            name, pair, leverage = (
                settings.get("connector_name"),
                settings.get("trading_pair"),
                settings.get("leverage"),
            )
            if name is None or not self.is_perpetual(name):
                continue
            if leverage is not None and pair is not None:
                self.set_leverage(name, pair, int(leverage))
            mode = settings.get("position_mode")
            if isinstance(mode, PositionMode) and len(self.connectors[name].supported_position_modes()) > 1:
                self.set_position_mode(name, mode)

    def update_controllers_configs(self) -> None:
        """Read the controllers' files again; what is not acceptable keeps the old values and is said once."""
        try:
            super().update_controllers_configs()
            self._complaint = None
        except Exception as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                self.logger().error(f"The old settings stay: {error}")

    def tick(self, timestamp: float) -> None:
        if self._failed:
            return
        if self._safety is None:
            try:
                self._safety = Safety(self, Path(data_path()))
            except UserError as error:
                self._fail(str(error))
                return
        if not self.ready_to_trade:
            reason = self._cannot_start()
            if reason is not None:
                self._fail(reason)
                return
        super().tick(timestamp)

    def _cannot_start(self) -> str | None:
        """Why this bot can never trade, in one sentence; None while it still may."""
        for name, connector in self.connectors.items():
            refusal = observe.refusal_of_key(connector)
            if refusal is not None:
                return refusal
            known = connector.trading_rules
            for pair in sorted(self.markets.get(name, set())):
                if known and pair not in known:
                    return f"trading_pair ({pair}) must be an open market of {name}."
        return None

    def _fail(self, reason: str) -> None:
        self._failed = True
        self.ended_by = reason
        self.logger().error(f"The bot ends: {reason}")
        end_bot(code=1)

    def on_tick(self) -> None:
        if not self._begun:
            self._begun = self._cleared() and self.begin()
            if not self._begun:
                return
        super().on_tick()
        self.safety.look()
        if not self._is_stop_triggered:
            self._heed_kill_switches()
            self._heed_drawdown()

    @property
    def safety(self) -> Safety:
        """Preflight, breakers and requests; there from the first tick on."""
        if self._safety is None:
            raise RuntimeError("the script has not ticked yet")
        return self._safety

    @property
    def breakers(self) -> Breakers:
        return self.safety.breakers

    def result(self) -> Result | None:
        """What all controllers have made together; None where nobody keeps accounts."""
        return None

    def rearm_breakers(self) -> None:
        """:raises UserError: the session's result is not known, so nobody could say from where losses count"""
        self.breakers.rearm(self.result())

    def _cleared(self) -> bool:
        try:
            return self.safety.cleared()
        except UserError as error:
            self._fail(str(error))
            return False

    def _heed_kill_switches(self) -> None:
        for name, controller in self.controllers.items():
            if isinstance(controller, controllers.Base):
                continue  # ours withdraw their quotes themselves and keep their exits armed
            if controller.config.manual_kill_switch and controller.status is RunnableStatus.RUNNING:
                self._stop_controller(name, "manual kill switch")
            elif not controller.config.manual_kill_switch and controller.status is RunnableStatus.TERMINATED:
                controller.start()

    def _heed_drawdown(self) -> None:
        limit = getattr(self.config, "max_controller_drawdown_quote", None)
        total_limit = getattr(self.config, "max_global_drawdown_quote", None)
        if limit is None and total_limit is None:
            return
        results = {
            name: report.global_pnl_quote
            for name in self.controllers
            if (report := self.get_performance_report(name)) is not None
        }
        for name, result in results.items():
            self._best[name] = max(self._best.get(name, result), result)
            running = self.controllers[name].status is RunnableStatus.RUNNING
            if limit is not None and running and self._best[name] - result >= Decimal(str(limit)):
                self._stop_controller(name, f"down {self._best[name] - result} from its best")
        total = sum(results.values(), Decimal(0))
        self._best[""] = max(self._best.get("", total), total)
        if total_limit is not None and self._best[""] - total >= Decimal(str(total_limit)):
            self.logger().error(f"The bot ends: down {self._best[''] - total} from its best.")
            end_bot()

    def _stop_controller(self, name: str, reason: str) -> None:
        self.logger().warning(f"Controller {name} stops: {reason}.")
        self.controllers[name].stop()
        for executor in self.get_executors_by_controller(name):
            if executor.is_active:
                self.executor_orchestrator.execute_action(
                    StopExecutorAction(controller_id=name, executor_id=executor.id, keep_position=True)
                )

    def create_actions_proposal(self) -> list[CreateExecutorAction]:
        return []

    def stop_actions_proposal(self) -> list[StopExecutorAction]:
        return []

    # Prompt execution ---------------------------------------------------------------------------------------------

    def begin(self) -> bool:
        """Once every connector is ready: let our controllers act. False: not yet, ask again."""
        if self._recorder_queue is None and self.own:
            writer = DeferredWriter(lambda: any(controller.reacting for controller in self.own))
            self._recorder_queue = RecorderQueue(MarketsRecorder.get_instance(), self.connectors.values(), writer)
        for controller in self.own:
            self._give_ladder(controller)
            for name, pair in controller.markets:
                self._watchers.append(asyncio.ensure_future(self._watch(controller, self.connectors[name], pair)))
        return True

    def _give_ladder(self, controller: controllers.Base) -> None:
        config, price = controller.config, controller.mark() or Decimal(1)
        self.executor_orchestrator.execute_action(
            ladder_config(
                config.id,
                config.connector_name,
                config.trading_pair,
                controller.settings.order_amount or Decimal(1),
                price,
                self.current_timestamp,
            )
        )

    async def _watch(self, controller: controllers.Base, connector: ConnectorBase, pair: str) -> None:
        """Wake the controller when book, mark or position have changed. Our connectors tell; others are looked at."""
        changes, last = observe.changes(connector), None
        if changes is not None:
            changes.add(pair, controller.wake.set)
        try:
            while True:
                version = observe.version(connector, pair)
                if version != last:
                    last = version
                    controller.wake.set()
                await asyncio.sleep(LOOK_SECONDS if changes is None else TOLD_LOOK_SECONDS)
        finally:
            if changes is not None:
                changes.remove(pair, controller.wake.set)

    def add_controller(self, config: ControllerConfigBase) -> None:
        super().add_controller(config)
        added = self.controllers.get(config.id)
        if isinstance(added, controllers.Base):
            added.await_hands()

    # Orders -------------------------------------------------------------------------------------------------------

    def buy(
        self,
        connector_name: str,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal = Decimal("NaN"),
        position_action: PositionAction = PositionAction.OPEN,
    ) -> str:
        self._refuse_after_stop(order_type, position_action)
        return super().buy(connector_name, trading_pair, amount, order_type, price, position_action)

    def sell(
        self,
        connector_name: str,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal = Decimal("NaN"),
        position_action: PositionAction = PositionAction.OPEN,
    ) -> str:
        self._refuse_after_stop(order_type, position_action)
        return super().sell(connector_name, trading_pair, amount, order_type, price, position_action)

    def _refuse_after_stop(self, order_type: OrderType, action: PositionAction) -> None:
        if not self._is_stop_triggered or action is PositionAction.CLOSE:
            return
        # Hummingbot's executors close what they hold at market while they are stopped; of a one-way position, or on
        # spot, these orders do not say that they close.
        if self._executors_are_stopping and order_type is OrderType.MARKET:
            return
        raise RuntimeError("nothing is placed after the stop began")

    # Looking at it ------------------------------------------------------------------------------------------------

    def status_lines(self) -> list[str]:
        """What our controllers see, decide and make."""
        return [line for controller in self.own for line in status.controller_lines(controller)]

    def format_status(self) -> str:
        """Our four layers and the open orders; for other controllers what Hummingbot shows.

        Hummingbot's own profit figures are left out of ours: for one-way perpetual quoting they are wrong.
        """
        if len(self.own) < len(self.controllers):
            return str(super().format_status())
        if not self.ready_to_trade:
            return "Market connectors are not ready."
        lines = self.status_lines()
        for name, connector in self.connectors.items():
            orders = list(connector._order_tracker.active_orders.values())
            lines.append(f"  {name}: {len(orders)} open orders")
            for order in sorted(orders, key=lambda order: -order.price):
                lines.append(
                    f"    {order.trade_type.name.lower():<4} {order.amount - order.executed_amount_base} "
                    f"{order.trading_pair} at {order.price}"
                )
        return "\n".join(lines)

    # End ----------------------------------------------------------------------------------------------------------

    async def on_stop(self) -> None:
        """Stop: controllers first, then every own order, looked up until none is left."""
        self._is_stop_triggered = True
        if self._safety is not None:
            self._safety.close()
        for watcher in self._watchers:
            watcher.cancel()
        for controller in self.own:
            controller.hold = "the stop began"
        self._executors_are_stopping = True
        try:
            await super().on_stop()
        finally:
            self._executors_are_stopping = False
        self.leftovers = await stopping.cancel_everything(self.connectors.values())
        for line in self.leftovers:
            self.logger().error(f"Could not be cancelled: {line}.")
        await asyncio.gather(*(controller.finish() for controller in self.own))
        if self._recorder_queue is not None:
            self._recorder_queue.close()
