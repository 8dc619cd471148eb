"""Base of controllers that hold a position in one perpetual market: what they observe, and how they close it."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from hummingbot.core.event.events import OrderFilledEvent
from hummingbot.strategy_v2.models.executor_actions import ExecutorAction

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.closing import CloseState, Levels
from hummingbot_backpack.market_making.exits import ExitCause, ExitState
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.position import PositionView
from hummingbot_backpack.market_making.preflight import MarketFacts, Report, check
from hummingbot_backpack.market_making.settings import MakerSettings
from hummingbot_backpack.market_making.stages import Outcome
from hummingbot_backpack.market_making.step import Decision, Observation
from hummingbot_backpack.market_making.values import MarketRule, RestingOrder, Side
from hummingbot_backpack.trading import controller, observe, preflight, status, steady
from hummingbot_backpack.trading.hands import Hands
from hummingbot_backpack.trading.last_mids import LastMids
from hummingbot_backpack.trading.model_feed import ModelFeed
from hummingbot_backpack.trading.position_inquiry import PositionInquiry


class PerpetualBase(controller.Base):
    """A controller of one perpetual market that decides by `MakerSettings`."""

    SETTINGS_TYPE: ClassVar[type[MakerSettings]] = MakerSettings

    seen: Observation | None
    decision: Decision | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.view = PositionView()
        self._inquiry = PositionInquiry()
        self.exit_state = ExitState()
        self.close_state = CloseState()
        self._feed: ModelFeed | None = None
        self._stopped_at = 0.0
        self._waiting: str | None = None
        self._exit_figures = ""
        self._mids = LastMids()

    def on_own_fill(self, event: OrderFilledEvent, now: float) -> None:
        if event.trading_pair == self.config.trading_pair:
            signed = observe.side_of(event.trade_type).sign * event.amount
            self.view.on_fill(signed, now, observe.positive(event.price))

    def remember(self, decision: Decision) -> None:
        self.exit_state, self.close_state = decision.exit_state, decision.closing.state
        self._stopped_at = decision.stop.at
        self._tell_waiting(decision.closing.waits)

    def act(self, hands: Hands, decision: Decision) -> list[ExecutorAction]:
        cancel = (*decision.plan.cancel, *decision.closing.cancel)
        actions = hands.carry_out(decision.close, cancel, decision.plan.place)
        hands.keep_stop(decision.stop)
        return actions

    def _tell(self, decision: Outcome) -> None:
        if isinstance(decision, Decision):
            self._tell_exit(decision)
        super()._tell(decision)

    def _tell_exit(self, decision: Decision) -> None:
        """One line when an exit begins and one when it is over, with figures."""
        before, after = self.exit_state.closing, decision.exit_state.closing
        if decision.exit is None or before is after:
            return
        if after is not None:
            self._exit_figures = decision.exit.reason.partition(": ")[2]
            self.logger().warning(f"{self.config.id}: {decision.exit.reason}; quotes go, all of it is closed.")
        elif before in (ExitCause.STOP_LOSS, ExitCause.TAKE_PROFIT):
            how = "closed by quotes" if self.close_state.post_only else "closed at market"
            said = f"{before.value} triggered, {how} ({self._exit_figures})"
            self.logger().warning(f"{self.config.id}: {said}: {decision.exit.reason}.")
        else:
            self.logger().info(f"{self.config.id}: {decision.exit.reason}.")

    def _tell_waiting(self, waits: str | None) -> None:
        """Loudly and once when risk has to stay, and once when that is over."""
        if waits is not None and self._waiting is None:
            self.logger().error(
                f"{self.config.id}: cannot close now, it is the first order once that is over: {waits}."
            )
        elif waits is None and self._waiting is not None:
            self.logger().info(f"{self.config.id}: what could not be closed need not wait any longer.")
        self._waiting = waits

    def waits(self, decision: Decision, seen: Observation) -> bool:
        return (
            super().waits(decision, seen)
            or decision.closing.waits is not None
            or bool(decision.closing.cancel or decision.stop.cancel or decision.stop.pending)
            or seen.to_reduce is None
            or decision.exit_state.closing is not None
            or decision.exit_state.resume_at > seen.now
        )

    def on_stop(self) -> None:
        super().on_stop()
        self._inquiry.cancel()
        if self._feed is not None:
            self._feed.close()

    def flatten(self) -> None:
        """Withdraw the quotes and close the position, until `flat`."""
        self.hold = "the session is over"
        self.exit_state = ExitState(ExitCause.SESSION_END)
        self.wake.set()

    def flatten_by_request(self) -> None:
        super().flatten_by_request()
        self.exit_state = ExitState(ExitCause.REQUEST)

    def preflight(self, limits: MoneyLimits, elsewhere: tuple[str, ...]) -> tuple[Report, MarketFacts] | None:
        found = preflight.facts(self, elsewhere)
        if found is None:
            return None
        settings: MakerSettings = self.settings
        seen = self.observe(preflight.NoHands(), found.rule)
        quoting = self.decide(replace(seen, hold=None), found.rule).quoting
        return check(found, self.config.model_dump(), settings, quoting, limits), found

    @property
    def flat(self) -> bool:
        """Whether nothing is being closed any more."""
        return self.exit_state.closing is None

    def observe(self, hands: Hands, rule: MarketRule) -> Observation:
        connector, pair, now = self.connector, self.config.trading_pair, steady.now()
        entry = None
        position = observe.net_position(connector, pair)
        if position is None:
            self.view.forget()
        else:
            net, entry = position
            age = observe.position_age(connector, pair)
            drift = self.view.on_exchange(net, now, as_of=None if age is None else now - age)
            entry = self.view.entry(entry)
            if drift is not None:
                self.logger().warning(
                    f"{self.config.id}: the exchange's position is {net}, {drift} more than our fills make; it is "
                    "taken as it is (a trade by hand, a liquidation, or another bot)."
                )
        if self.view.to_ask(now):
            self._inquiry.ask(connector)
        resting, to_reduce = hands.resting(), self.view.to_reduce(now)
        touch = observe.touch(connector, pair, rule, (order for order in resting if order.shown))
        bounds = self.view.bounds()
        if self._feed is None:
            self._feed = ModelFeed(connector, pair, rule.tick)
        return Observation(
            touch=touch,
            position=bounds,
            to_reduce=to_reduce,
            entry=entry,
            mark=observe.mark_price(connector, pair),
            equity=observe.equity(connector, pair),
            exposure_left=observe.exposure_left(connector, pair),
            resting=resting,
            closing=hands.closing(),
            hold=self.holding_back(rule, now),
            now=now,
            bids=self._depth(Side.SELL, to_reduce, rule, resting),
            asks=self._depth(Side.BUY, to_reduce, rule, resting),
            model=self._feed.look(self.settings.model, touch, now),
            any_form=self.prompt and observe.takes_options(connector),
            making=hands.making(),
            stops=hands.stops(),
            can_stop=self.prompt and observe.takes_options(connector),
            stopped_at=self._stopped_at,
            market=MarketState.of(observe.market_state(connector, pair)),
            mids=self._mids.look(self.settings.slippage_mode == "dynamic", touch, now),
            used=observe.budget_used(connector),
            join_only=not self.prompt,
            brief=self.note_sight(touch is not None and bounds is not None, now),
        )

    def _depth(self, side: Side, net: Decimal | None, rule: MarketRule, resting: Iterable[RestingOrder]) -> Levels:
        """Depth that a reduction would take from; not read while none can be due."""
        settings: MakerSettings = self.settings
        bound = min(settings.max_position, settings.target_position + settings.position_threshold)
        exits = settings.stop_loss or settings.take_profit or self.exit_state.closing
        if net is None or side.sign * net >= 0 or not (exits or abs(net) > bound):
            return ()
        shown = (order for order in resting if order.shown)
        # A long is reduced by selling into bids: the side that is taken is the opposite of the order's.
        return observe.depth(self.connector, self.config.trading_pair, side.opposite, rule, shown)

    def state(self) -> dict[str, Any]:
        return {
            "position": status.plain(self.view.exchange),
            "position_from_fills": status.plain(self.view.from_fills),
            "target_position": status.plain(self.settings.target_position),
            "max_position": status.plain(self.settings.max_position),
        }

    def inventory_line(self) -> str:
        settings: MakerSettings = self.settings
        return (
            f"position  {status.text(self.view.exchange)}  target {status.text(settings.target_position)} ± "
            f"{status.text(settings.position_threshold)}  limit {status.text(settings.max_position)}"
        )
