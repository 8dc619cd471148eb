"""Bases of our scripts: one that runs controllers, and one that adds sessions, records and prompt execution."""

import asyncio
import logging
import os
import time
from decimal import Decimal
from pathlib import Path

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.common import OrderType, PositionAction, PositionMode
from hummingbot.strategy.strategy_v2_base import StrategyV2Base
from hummingbot.strategy_v2.controllers.controller_base import ControllerConfigBase
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction, StopExecutorAction

from hummingbot_backpack.records import Records
from hummingbot_backpack.trading import controller as controllers
from hummingbot_backpack.trading import observe, state, status, stopping
from hummingbot_backpack.trading.book_keeping import BookKeeper
from hummingbot_backpack.trading.configs import LoadingMixin, SessionConfig
from hummingbot_backpack.trading.ladder import ladder_config, order_or_ladder_executor
from hummingbot_backpack.trading.process import end_bot

_logger = logging.getLogger(__name__)

BOOK_POLL_SECONDS = 0.005
"""How often a book's version is compared; nothing but two integers is read."""
SETTLE_SECONDS = 3.0
"""At the end, how long to wait for the exchange's position to agree with our fills."""


class Controllers(StrategyV2Base):
    """Runs controllers with Hummingbot's own executors."""

    def __init__(self, connectors: dict[str, ConnectorBase], config: LoadingMixin) -> None:
        super().__init__(connectors, config)
        self.config: LoadingMixin = config
        self._complaint: str | None = None
        self._best: dict[str, Decimal] = {}

    def apply_initial_setting(self) -> None:
        """Leverage where a controller asks for it; position mode where it asks and the connector has several."""
        for controller in self.controllers.values():
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

    def on_tick(self) -> None:
        super().on_tick()
        if not self._is_stop_triggered:
            self._heed_kill_switches()
            self._heed_drawdown()

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


class Base(Controllers):
    """A session: several controllers, prompt execution, exact records, published state, an end."""

    closed_executors_buffer = 20

    def __init__(self, connectors: dict[str, ConnectorBase], config: SessionConfig) -> None:
        super().__init__(connectors, config)
        self.config: SessionConfig = config
        # Instance by instance: the class's own table is shared with every other strategy.
        self.executor_orchestrator._executor_mapping = {
            **self.executor_orchestrator._executor_mapping,
            "order_executor": order_or_ladder_executor,
        }
        folder = Path(data_path())
        stem = Path(HummingbotApplication.main_application().strategy_file_name or config.script_file_name).stem
        self._records = Records(folder / f"{stem}.records.sqlite" if config.persist else None)
        self._state_path = folder / "backpack_state.json"
        self.started_at = time.time()
        self.trading_since: float | None = None
        self.ended_by: str | None = None
        self.leftovers: list[str] = []
        self._session = self._records.begin_session(self.started_at)
        self._keeper = BookKeeper(self._records, self._session)
        self._watchers: list[asyncio.Task] = []
        self._status_at = 0.0
        self._saved_at = 0.0
        self._failed = False

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
        self._refuse_after_stop(position_action)
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
        self._refuse_after_stop(position_action)
        return super().sell(connector_name, trading_pair, amount, order_type, price, position_action)

    def _refuse_after_stop(self, action: PositionAction) -> None:
        if self._is_stop_triggered and action is not PositionAction.CLOSE:
            raise RuntimeError("nothing is placed after the stop began")

    # Ticks --------------------------------------------------------------------------------------------------------

    def tick(self, timestamp: float) -> None:
        if not self.ready_to_trade and not self._failed:
            reason = self._cannot_start()
            if reason is not None:
                self._fail(reason)
                return
        super().tick(timestamp)
        self._publish(running=True)

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
        if self.trading_since is None and not self._begin():
            return
        super().on_tick()
        now = time.time()
        if now - self._saved_at >= 60:
            self._saved_at = now
            self._keeper.save()
        if now - self._status_at >= float(self.config.status_interval):
            self._status_at = now
            self.logger().info("\n".join(["Status", *self._lines()]))
        self._heed_duration(now)

    def _heed_duration(self, now: float) -> None:
        if self.config.duration is None or self.ended_by is not None or self.trading_since is None:
            return
        if now - self.trading_since >= float(self.config.duration):
            self.ended_by = f"the session's {self.config.duration} s are over"
            self.logger().info(f"The bot ends: {self.ended_by}.")
            end_bot()

    def _begin(self) -> bool:
        """Open the books of every market, then let the controllers act; False until all is known."""
        ours = [controller for controller in self.controllers.values() if isinstance(controller, controllers.Base)]
        for controller in ours:
            name, pair = controller.config.connector_name, controller.config.trading_pair
            if (name, pair) not in self._keeper.markets:
                market = self._keeper.add_market(name, self.connectors[name], pair)
                if market is None:
                    return False
                controller.account = market.account
        for controller in ours:
            self._give_ladder(controller)
            self._watchers.append(asyncio.ensure_future(self._watch_book(controller)))
        self.trading_since = self._status_at = self._saved_at = time.time()
        return True

    def _give_ladder(self, controller: controllers.Base) -> None:
        config, connector = controller.config, self.connectors[controller.config.connector_name]
        price = observe.mark_price(connector, config.trading_pair) or Decimal(1)
        self.executor_orchestrator.execute_action(
            ladder_config(
                config.id,
                config.connector_name,
                config.trading_pair,
                controller.settings.max_position,
                price,
                self.current_timestamp,
            )
        )

    async def _watch_book(self, controller: controllers.Base) -> None:
        """Wake the controller when its book has changed; Hummingbot's books tell nobody."""
        connector, pair = controller.connector, controller.config.trading_pair
        last = None
        while True:
            version = observe.book_version(connector, pair)
            if version != last:
                last = version
                controller.wake.set()
            await asyncio.sleep(BOOK_POLL_SECONDS)

    def add_controller(self, config: ControllerConfigBase) -> None:
        super().add_controller(config)
        added = self.controllers.get(config.id)
        if isinstance(added, controllers.Base):
            added.await_hands()
            added.withdraw_after = float(self.config.withdraw_after)

    # End ----------------------------------------------------------------------------------------------------------

    async def on_stop(self) -> None:
        """Stop: controllers first, then every own order, then the last fills, then the books."""
        self._is_stop_triggered = True
        for watcher in self._watchers:
            watcher.cancel()
        for controller in self.controllers.values():
            if isinstance(controller, controllers.Base):
                controller.hold = "the stop began"
        await super().on_stop()
        self.leftovers = await stopping.cancel_everything(self.connectors.values())
        for line in self.leftovers:
            self.logger().error(f"Could not be cancelled: {line}.")
        await self._settle()
        self._keeper.save()
        self.ended_by = self.ended_by or "stopped"
        self._records.end_session(self._session, time.time(), self.ended_by)
        self._publish(running=False)
        self.logger().info("\n".join(["Session over", *self._lines()]))
        self._keeper.close()
        self._records.close()

    async def _settle(self) -> None:
        """Wait until the exchange's positions and our fills agree, or say that they do not."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (differing := self._differing()) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        for line in differing:
            self.logger().warning(line)

    def _differing(self) -> list[str]:
        lines = []
        for (name, pair), market in self._keeper.markets.items():
            position = observe.net_position(self.connectors[name], pair)
            if position is None or position[0] != market.account.position:
                known = "not known" if position is None else str(position[0])
                lines.append(f"{pair}: the exchange's position is {known}, our fills make {market.account.position}.")
        return lines

    # Looking at it ------------------------------------------------------------------------------------------------

    def _own(self) -> list[controllers.Base]:
        return [controller for controller in self.controllers.values() if isinstance(controller, controllers.Base)]

    def _lines(self) -> list[str]:
        lines = []
        if self.trading_since is not None and self.config.duration is not None:
            done = min(time.time() - self.trading_since, float(self.config.duration))
            lines.append(f"  session   {done:.0f} of {self.config.duration} s")
        for controller in self._own():
            lines += status.controller_lines(controller)
        return lines

    def format_status(self) -> str:
        """Our four layers, then the open orders. Hummingbot's own profit figures are left out: for one-way perpetual
        quoting they are wrong."""
        if not self.ready_to_trade:
            return "Market connectors are not ready."
        lines = self._lines()
        for name, connector in self.connectors.items():
            orders = list(connector._order_tracker.active_orders.values())
            lines.append(f"  {name}: {len(orders)} open orders")
            for order in sorted(orders, key=lambda order: -order.price):
                lines.append(
                    f"    {order.trade_type.name.lower():<4} {order.amount - order.executed_amount_base} "
                    f"{order.trading_pair} at {order.price}"
                )
        others = [name for name, other in self.controllers.items() if not isinstance(other, controllers.Base)]
        for name in others:
            lines += [f"  {name}", *self.controllers[name].to_format_status()]
        return "\n".join(lines)

    def _publish(self, running: bool) -> None:
        published = {
            "version": 1,
            "pid": os.getpid(),
            "time": time.time(),
            "started": self.started_at,
            "trading_since": self.trading_since,
            "running": running,
            "ended_by": None if running else self.ended_by,
            "duration": None if self.config.duration is None else str(self.config.duration),
            "leftovers": self.leftovers,
            **status.totals(self._own()),
            "controllers": [status.market_state(controller) for controller in self._own()],
        }
        try:
            state.publish(self._state_path, published)
        except OSError as error:
            self.logger().warning(f"The state could not be written: {error}")
