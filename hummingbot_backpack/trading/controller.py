"""Base of our controllers: their life, one decision per step, and its execution. What is seen and decided is each
controller's own."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent, OrderFilledEvent
from hummingbot.data_feed.market_data_provider import MarketDataProvider
from hummingbot.strategy_v2.controllers.controller_base import ControllerBase, ControllerConfigBase
from hummingbot.strategy_v2.models.executor_actions import ExecutorAction

from hummingbot_backpack.market_making.accounting import Account
from hummingbot_backpack.market_making.errors import DecisionError, SettingError
from hummingbot_backpack.market_making.settings import QuotingSettings, check_against_market
from hummingbot_backpack.market_making.stages import Outcome, Seen
from hummingbot_backpack.market_making.values import MarketRule, RestingOrder
from hummingbot_backpack.trading import observe, status, steady, telling
from hummingbot_backpack.trading.controller_config import ConfigBase
from hummingbot_backpack.trading.counters import Counters
from hummingbot_backpack.trading.given import Given
from hummingbot_backpack.trading.hands import ExecutorHands, Hands

BACKSTOP_SECONDS = 1.0
"""A controller without wake-ups looks once a second, as Hummingbot's do."""
WITHDRAW_AFTER_SECONDS = 2.0
"""Quotes rest this long on a book, a position or a private stream that is not there."""
SOON_SECONDS = 0.25
"""Next look while something is only a matter of time: a cancel to be confirmed, room to be free, a pause to be over."""
DEBOUNCE_SECONDS = 0.002
"""What happens within this time of the first event is answered by one step."""
REACTION_SECONDS = 0.05
"""After a step its requests are still on their way out for this long."""


class Base(Given, ControllerBase):
    """A controller of one market that decides in one step and acts through its hands."""

    def __init__(
        self,
        config: ConfigBase,
        market_data_provider: MarketDataProvider,
        actions_queue: asyncio.Queue,
        update_interval: float = BACKSTOP_SECONDS,
    ) -> None:
        super().__init__(config, market_data_provider, actions_queue, update_interval)
        self.config: ConfigBase = config
        self.decision: Outcome | None = None
        self.seen: Seen | None = None
        self.rule: MarketRule | None = None
        self.counters = Counters()
        self.step_began = 0.0
        self.account: Account | None = None
        self.earlier: dict[str, Decimal] = {}
        self.hold: str | None = None
        self.held_by: Callable[[str], str | None] | None = None
        self.paused_since = 0.0
        self._config_complaint: str | None = None
        self.withdraw_after = WITHDRAW_AFTER_SECONDS
        self._blind_since: float | None = None
        self._unheard_since: float | None = None
        self.refused: str | None = None
        self._withdrawal_failed = False
        self.wake = asyncio.Event()
        self._hands: Hands | None = None
        self._awaits_hands = False
        self._settings: tuple[ConfigBase, QuotingSettings] | None = None
        self._checked: tuple[ConfigBase, MarketRule] | None = None
        self._fill_listener = SourceInfoEventForwarder(self._on_fill)
        self._change_listener = SourceInfoEventForwarder(self._on_change)
        self._listening = False

    # What others ask of it ----------------------------------------------------------------------------------------

    def flatten_by_request(self) -> None:
        """As `flatten`, until `release`: the session goes on."""
        self.flatten()
        self.hold = "flatten was asked for"

    def release(self) -> None:
        """Let go of what a request holds."""
        if self.hold == "flatten was asked for":
            self.hold = None
        self.wake.set()

    def standing_quotes(self) -> list[RestingOrder]:
        """Our quotes that may rest at the exchange, those being cancelled included."""
        return [] if self._hands is None else [order for order in self._hands.resting() if not order.gone]

    def blind(self) -> tuple[str, float] | None:
        """What is not known, and since when (seconds since the epoch)."""
        if self._blind_since is None or self.decision is None:
            return None
        return self.decision.observed, self._blind_since

    def mark(self) -> Decimal | None:
        """Price that inventory is valued at, quote per base; None while it is not known."""
        return observe.valuation(self.connector, self.config.trading_pair)

    # Life ---------------------------------------------------------------------------------------------------------

    @property
    def connector(self) -> ConnectorBase:
        return self.market_data_provider.connectors[self.config.connector_name]

    @property
    def markets(self) -> list[tuple[str, str]]:
        """Connector and trading pair of every market it trades on, the quoted one first."""
        return self.config.markets

    def take_market(self, account: Account, earlier: dict[str, Decimal], quoted: bool) -> None:
        """The running account of one of its markets.

        :param earlier: sums over all earlier sessions
        :param quoted: it is the first of `markets`
        """
        if quoted:
            self.account, self.earlier = account, earlier

    def books(self) -> list[tuple[Account, Decimal | None]]:
        """The running account of each of its markets, with the price that inventory is valued at."""
        return [] if self.account is None else [(self.account, self.mark())]

    @property
    def prompt(self) -> bool:
        """Whether somebody wakes this controller when something happens."""
        return not isinstance(self._hands, ExecutorHands)

    @property
    def reacting(self) -> bool:
        """Whether something has happened that is not answered yet, or the answer is still on its way out."""
        return self.wake.is_set() or time.perf_counter() - self.step_began < REACTION_SECONDS

    def await_hands(self) -> None:
        """Do nothing until somebody gives hands."""
        self._awaits_hands = True

    def take_hands(self, hands: Hands) -> None:
        """Act through these from now on."""
        self._hands = hands
        self.wake.set()

    def start(self) -> None:
        self._listen()
        super().start()

    def stop(self) -> None:
        super().stop()
        self.wake.set()

    def on_stop(self) -> None:
        self._forget_listeners()

    async def finish(self) -> None:
        """The bot stops and nothing of ours rests any more: what is left to be done."""

    _CHANGES: ClassVar[tuple[MarketEvent, ...]] = (
        MarketEvent.OrderCancelled,
        MarketEvent.OrderFailure,
        MarketEvent.BuyOrderCreated,
        MarketEvent.SellOrderCreated,
    )

    def _listen(self) -> None:
        if self._listening:
            return
        self._listening = True
        self.connector.add_listener(MarketEvent.OrderFilled, self._fill_listener)
        for event in self._CHANGES:
            self.connector.add_listener(event, self._change_listener)

    def _forget_listeners(self) -> None:
        if not self._listening:
            return
        self._listening = False
        self.connector.remove_listener(MarketEvent.OrderFilled, self._fill_listener)
        for event in self._CHANGES:
            self.connector.remove_listener(event, self._change_listener)

    def _on_fill(self, _tag: int, _market: ConnectorBase, event: OrderFilledEvent) -> None:
        self.on_own_fill(event, steady.now())
        self.wake.set()

    def _on_change(self, _tag: int, _market: ConnectorBase, _event: Any) -> None:
        self.wake.set()

    async def control_loop(self) -> None:
        """As Hummingbot's, but woken by what happens where somebody watches for it."""
        await self.on_start()
        while not self.terminated.is_set():
            self.wake.clear()
            try:
                await self.control_task()
            except Exception as error:
                self.logger().error(f"{self.config.id}: the step failed, quotes are withdrawn: {error}", exc_info=True)
                await self._withdraw_quotes()
            if not self.terminated.is_set():
                await self._pause()
        self.on_stop()

    async def _withdraw_quotes(self) -> None:
        """Take every quote off the market: after a failed step nobody knows whether they are still right."""
        hands = self._hands
        if hands is None:
            return
        try:
            actions = hands.carry_out(None, [order for order in hands.resting() if not order.cancelling], ())
            if actions:
                await self.send_actions(actions)
        except Exception as error:
            if not self._withdrawal_failed:
                self.logger().error(f"{self.config.id}: the quotes could not be withdrawn: {error}", exc_info=True)
            self._withdrawal_failed = True
        else:
            self._withdrawal_failed = False

    async def _pause(self) -> None:
        if not self.prompt:
            await asyncio.sleep(self.update_interval)
            return
        try:
            await asyncio.wait_for(self.wake.wait(), timeout=self._next_look())
        except TimeoutError:
            return
        await asyncio.sleep(DEBOUNCE_SECONDS)

    def _next_look(self) -> float:
        """Seconds until the next step if nothing happens: soon while something is only a matter of time."""
        decision, seen = self.decision, self.seen
        if decision is None or seen is None:
            return min(BACKSTOP_SECONDS, self.backstop)
        waits = (
            decision.plan.deferred
            or seen.brief
            or self._stream_just_lost
            or self.waits(decision, seen)
            # Also while one is gone: until it is forgotten it is taken off the book, where others may stand by now.
            or any(order.cancelling for order in seen.resting)
        )
        return min(SOON_SECONDS, self.backstop) if waits else self.backstop

    @property
    def backstop(self) -> float:
        """Seconds after which a step is made though nothing happened."""
        return BACKSTOP_SECONDS

    async def control_task(self) -> None:
        hands = self._hands
        if hands is None:
            if self._awaits_hands:
                return
            hands = self._hands = self._default_hands()
        if isinstance(hands, ExecutorHands):
            if not self.executors_update_event.is_set():
                return
            hands.executors, hands.time = self.executors_info, self.market_data_provider.time()
        actions = self.step(hands)
        if actions:
            await self.send_actions(actions)

    def _default_hands(self) -> Hands:
        return ExecutorHands(self.config.id, self.config.connector_name, self.config.trading_pair, self.connector)

    # The step -----------------------------------------------------------------------------------------------------

    def step(self, hands: Hands) -> list[ExecutorAction]:
        """Observe, decide, act."""
        self.step_began = time.perf_counter()
        if self.rule is None:
            self.rule = observe.market_rule(self.connector, self.config.trading_pair)
            if self.rule is None:
                return []
        self.rule = observe.market_rule(self.connector, self.config.trading_pair) or self.rule
        seen = self.observe(hands, self.rule)
        try:
            decision = self.decide(seen, self.rule)
        except DecisionError as error:
            self.logger().error(f"{self.config.id}: no decision possible, quotes are withdrawn: {error}")
            return hands.carry_out(None, [order for order in seen.resting if not order.cancelling], ())
        self.counters.count(decision, self.decision)
        self._tell(decision)
        self.seen, self.decision = seen, decision
        self.remember(decision)
        return self.act(hands, decision)

    def act(self, hands: Hands, decision: Any) -> list[ExecutorAction]:
        """Carry a decision out."""
        return hands.carry_out(decision.close, decision.plan.cancel, decision.plan.place)

    def note_sight(self, sighted: bool, now: float) -> bool:
        """Note whether everything that quoting needs is known now.

        :returns: whether what is not known has been so for less than `withdraw_after`
        """
        if sighted:
            self._blind_since = None
        elif self._blind_since is None:
            self._blind_since = now
        return self._blind_since is not None and now - self._blind_since < self.withdraw_after

    def holding_back(self, rule: MarketRule, now: float) -> str | None:
        """Why no quotes may stand whatever the market is, None if they may."""
        if self.hold is not None:
            return self.hold
        if self.held_by is not None and (held := self.held_by(self.config.id)) is not None:
            return held
        refusal = observe.refusal_of_key(self.connector)
        if refusal is not None:
            return refusal
        for name, _ in self.markets:
            if (sentence := observe.maintenance(self.market_data_provider.connectors[name])) is not None:
                return sentence
        if observe.private_stream_up(self.connector) or observe.quotes_without_stream(self.connector):
            self._unheard_since = None
        elif self._unheard_since is None:
            self._unheard_since = now
        elif now - self._unheard_since >= self.withdraw_after:
            return "the private stream is down"
        if self.config.manual_kill_switch:
            return "manual kill switch"
        if self._checked is None or self._checked != (self.config, rule):
            self.refused = None
            try:
                check_against_market(self.config.model_dump(), rule)
            except SettingError as error:
                self.refused = str(error)
                self.logger().error(f"{self.config.id}: {error}")
            self._checked = (self.config, rule)
        return self.refused

    @property
    def _stream_just_lost(self) -> bool:
        """Whether quotes stand that must go if the private stream does not come back in `withdraw_after`."""
        since = self._unheard_since
        return since is not None and steady.now() - since <= self.withdraw_after + SOON_SECONDS

    @property
    def settings(self) -> Any:
        """The settings as decisions use them (`SETTINGS_TYPE`), read anew when the configuration has changed."""
        if self._settings is None or self._settings[0] is not self.config:
            self._settings = (self.config, self.SETTINGS_TYPE.from_values(self.config.model_dump()))
        return self._settings[1]

    def update_config(self, new_config: ControllerConfigBase) -> None:
        before = self.config
        try:
            if self.rule is not None:
                check_against_market(new_config.model_dump(), self.rule)
        except SettingError as error:
            if str(error) != self._config_complaint:
                self.logger().error(f"{self.config.id}: the old settings stay: {error}")
            self._config_complaint = str(error)
            return
        self._config_complaint = None
        super().update_config(new_config)
        changed = [
            f"{name} is now {getattr(self.config, name)} (was {getattr(before, name)})"
            for name in type(before).model_fields
            if getattr(before, name) != getattr(self.config, name)
        ]
        if changed:
            if getattr(self.config, "paused", False) and not getattr(before, "paused", False):
                self.paused_since = steady.now()
            self.logger().info(f"{self.config.id}: {'; '.join(changed)}.")
            self.wake.set()

    def _tell(self, decision: Outcome) -> None:
        """One line for what risks or removes risk, and one when quoting stops or resumes."""
        if decision.close is not None:
            say = self.logger().error if decision.close.form.alert else self.logger().info
            say(f"{self.config.id}: {telling.close_line(decision.close, self.CLOSE_WORDS)}")
        line = telling.quoting_line(decision, self.decision)
        if line is not None:
            self.logger().info(f"{self.config.id}: {line}")

    async def update_processed_data(self) -> None:
        """Nothing: each step reads the market itself."""

    def determine_executor_actions(self) -> list[ExecutorAction]:
        """Nothing: actions come from `step`."""
        return []

    def to_format_status(self) -> list[str]:
        return status.controller_lines(self)
