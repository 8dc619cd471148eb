"""Base of controllers that undo every fill of their quotes on another market, in the turn in which it is told."""

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent, OrderFilledEvent

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.accounting import Account
from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.guard import tolerance
from hummingbot_backpack.market_making.hedge_cost import ExpectedCost, expected_at
from hummingbot_backpack.market_making.hedge_forms import HedgeMarket
from hummingbot_backpack.market_making.hedge_preflight import cost_words
from hummingbot_backpack.market_making.hedge_settings import HedgeSettings
from hummingbot_backpack.market_making.hedge_step import HedgeDecision, HedgeSeen, prices_behind
from hummingbot_backpack.market_making.hedge_values import HedgeView, Leg, Phase
from hummingbot_backpack.market_making.hedging import Hedger
from hummingbot_backpack.market_making.preflight import MarketFacts, Report
from hummingbot_backpack.market_making.values import MarketRule, Side, Touch
from hummingbot_backpack.trading import controller, hedge_figures, observe, residuals, steady
from hummingbot_backpack.trading.hands import Hands
from hummingbot_backpack.trading.hedge_inquiry import HedgeInquiry
from hummingbot_backpack.trading.hedge_leg import HedgeLeg, LegFill, room
from hummingbot_backpack.trading.hedge_memory import HedgeMemory
from hummingbot_backpack.trading.last_mids import LastMids

FINISH_SECONDS = 8.0
"""At the end, how long what is open may take to be hedged."""


class HedgeBase(controller.Base):
    """A controller with a maker market and a hedge market, which decides by `HedgeSettings`."""

    SETTINGS_TYPE: ClassVar[type[HedgeSettings]] = HedgeSettings

    seen: HedgeSeen | None
    decision: HedgeDecision | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hedger: Hedger | None = None
        self.inquiry: HedgeInquiry | None = None
        self.expected: ExpectedCost | None = None
        self.hedge_rule: MarketRule | None = None
        self.hedges = 0
        self.hedge_account: Account | None = None
        self.memory = HedgeMemory(Path(data_path()) / residuals.FILE_NAME, self.config.id, self.markets)
        self._recovered = False
        self._recovery: asyncio.Task[None] | None = None
        self._alerted: Phase | None = None
        self._unreadable: str | None = None
        self._hedge_unheard_since: float | None = None
        self._mids = LastMids()
        self._tolerated: tuple[HedgeSettings, tuple[Decimal, ...], HedgeSettings] | None = None
        self._end_listener = SourceInfoEventForwarder(self._on_end)

    # The two markets ----------------------------------------------------------------------------------------------

    @cached_property
    def legs(self) -> list[HedgeLeg]:
        """The maker leg first; only one where both are the same market."""
        connectors = self.market_data_provider.connectors
        return [
            HedgeLeg(leg, name, connectors[name], pair)
            for leg, (name, pair) in zip((Leg.MAKER, Leg.HEDGE), self.markets, strict=False)
        ]

    @property
    def hedge_leg(self) -> HedgeLeg:
        return self.legs[-1]

    def take_market(self, account: Account, earlier: dict[str, Decimal], quoted: bool) -> None:
        super().take_market(account, earlier, quoted)
        if not quoted:
            self.hedge_account = account

    def books(self) -> list[tuple[Account, Decimal | None]]:
        hedge = self.hedge_account
        return super().books() + ([] if hedge is None else [(hedge, self.hedge_leg.price())])

    _ENDS: ClassVar[tuple[MarketEvent, ...]] = (
        MarketEvent.OrderCancelled,
        MarketEvent.OrderFailure,
        MarketEvent.BuyOrderCompleted,
        MarketEvent.SellOrderCompleted,
    )

    def _listen(self) -> None:
        if self._listening:
            return
        super()._listen()
        hedge = self.hedge_leg.connector
        if hedge is not self.connector:
            hedge.add_listener(MarketEvent.OrderFilled, self._fill_listener)
        for event in self._ENDS:
            hedge.add_listener(event, self._end_listener)

    def _forget_listeners(self) -> None:
        if self._listening:
            hedge = self.hedge_leg.connector
            if hedge is not self.connector:
                hedge.remove_listener(MarketEvent.OrderFilled, self._fill_listener)
            for event in self._ENDS:
                hedge.remove_listener(event, self._end_listener)
        super()._forget_listeners()

    def on_stop(self) -> None:
        """Nothing yet: a fill of a quote that is being cancelled is hedged all the same, until `finish`."""

    # Starting where the last run ended ----------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Take up what was kept; what became of its hedges is asked in the background."""
        settings: HedgeSettings = self.settings
        if self.hedger is None:
            self.hedger = Hedger(len(self.legs) == 1, settings.limits, settings.reference, self.memory.load())
            self.inquiry = HedgeInquiry(self.config.id, self.legs, self.hedger, self._go_on)
            self._recovery = asyncio.ensure_future(self._recover(self.hedger, self.inquiry))
        self.hedger.limits = settings.limits
        self.hedger.set_reference(settings.reference)

    async def _recover(self, hedger: Hedger, inquiry: HedgeInquiry) -> None:
        await inquiry.recover()
        self._recovered = True
        self.wake.set()
        await self.memory.count_missed(self.legs)
        self.memory.keep(hedger)

    # What happens -------------------------------------------------------------------------------------------------

    def _on_fill(self, _tag: int, market: ConnectorBase, event: OrderFilledEvent) -> None:
        """The short way: from the fill to the hedge in this very turn of the event loop."""
        for leg in self.legs:
            if market is leg.connector and event.trading_pair == leg.trading_pair:
                try:
                    self._take(leg, leg.read_fill(event))
                except Exception:
                    self.logger().exception(f"{self.config.id}: a fill could not be taken; the next step looks again.")
                self.wake.set()
                return

    def _take(self, leg: HedgeLeg, fill: LegFill) -> None:
        if self.hedger is None or not self._recovered:
            return  # the positions that are awaited include it
        now = steady.now()
        if not self.hedger.on_fill(leg.leg, fill.order_id, fill.trade_id, fill.signed, fill.quantity, now):
            return
        self.memory.count(leg, fill)
        self._hedge(self.hedger, now)
        self.memory.keep(self.hedger)

    def _on_end(self, _tag: int, _market: ConnectorBase, event: Any) -> None:
        if self.hedger is not None and self.inquiry is not None and event.order_id in self.hedger.intents:
            self.inquiry.on_end(event.order_id)
            self._go_on()

    def _go_on(self) -> None:
        """Something has become certain of a hedge: the next one leaves in this turn."""
        if self.hedger is not None:
            self._hedge(self.hedger, steady.now())
            self.memory.keep(self.hedger)
            self.wake.set()

    # Hedging ------------------------------------------------------------------------------------------------------

    def _hedge(self, hedger: Hedger, now: float) -> None:
        """Send what is to be hedged and is not under way. Nothing leaves before it has been kept: the connector sends
        in the next turn of the event loop."""
        leg = self.hedge_leg
        rule = self.hedge_rule = leg.rule() or self.hedge_rule
        residual = hedger.residual
        open_residual = None if residual is None else residual + hedger.under_way
        if rule is None or open_residual is None or abs(open_residual) < rule.min_quantity:
            return
        settings = self._settings_now(now)
        # Only the side that is taken from is read: this is the way of which every millisecond counts.
        taken = Side.BUY if open_residual > 0 else Side.SELL
        market = leg.market(rule, taken if settings.slippage_protection else None)
        cut = settings.on_thin_book == "cut"
        sent = []
        try:
            while (order := hedger.next_order(market, settings, now, cut)) is not None:
                order_id = leg.send(order)
                hedger.on_sent(order, order_id, now)
                sent.append((order, order_id))
        finally:
            if sent:  # whatever hinders another one, these leave in the next turn
                self.hedges += len(sent)
                self.memory.keep(hedger)
        for order, order_id in sent:
            say = self.logger().error if order.form.alert else self.logger().info
            say(f"{self.config.id}: {hedge_figures.hedge_line(leg, order, order_id)}.")

    def _settings_now(self, now: float) -> HedgeSettings:
        """The settings with the tolerance that the last step made of the mids: a fill does not wait for it."""
        made = self._tolerated
        return made[2] if made is not None and made[0] is self.settings else self._tolerate(None, now)

    def _tolerate(self, hedge_touch: Touch | None, now: float) -> HedgeSettings:
        settings: HedgeSettings = self.settings
        mids, made = self._mids.look(settings.slippage_mode == "dynamic", hedge_touch, now), self._tolerated
        if made is None or made[0] is not settings or made[1] != mids:
            tolerated = replace(settings, max_slippage_bps=tolerance(settings, mids))
            made = self._tolerated = (settings, mids, tolerated)
        return made[2]

    # The step -----------------------------------------------------------------------------------------------------

    def observe(self, hands: Hands, rule: MarketRule) -> HedgeSeen:
        now = steady.now()
        try:
            self._prepare()
        except UserError as error:
            if self._unreadable is None:
                self.logger().error(f"{self.config.id}: {error}")
            self._unreadable = str(error)
        view = self._look(now)
        resting = hands.resting()
        maker, hedge = self.legs[0], self.hedge_leg
        touch = maker.touch(rule, (order for order in resting if order.shown))
        hedge_touch = touch
        if hedge is not maker and self.hedge_rule is not None:
            hedge_touch = hedge.touch(self.hedge_rule, hedge.own_resting())
        self.expect(touch, hedge_touch, rule)
        self._tolerate(hedge_touch, now)
        free = room(self.legs, touch, hedge_touch)
        sighted = touch is not None and hedge_touch is not None and view.residual is not None and free is not None
        return HedgeSeen(
            touch=touch,
            hedge_touch=hedge_touch,
            room=free,
            hedging=view,
            market=maker.state(),
            resting=resting,
            hold=self.holding_back(rule, now),
            now=now,
            used=observe.budget_used(maker.connector),
            join_only=not self.prompt,
            brief=self.note_sight(sighted, now),
        )

    def _look(self, now: float) -> HedgeView:
        """Take the exchange's positions, hedge what is open, and say where that leaves us."""
        hedger = self.hedger
        if hedger is None:
            return HedgeView(Phase.BLIND, None, self._unreadable, self._unreadable)
        self.hedge_rule = self.hedge_leg.rule() or self.hedge_rule
        for leg in self.legs:
            drift = hedger.on_position(leg.leg, leg.net() if self._recovered else None, now, leg.as_of(now))
            if drift is not None:
                self.logger().warning(
                    f"{self.config.id}: {leg.name} {leg.trading_pair} holds {drift} more than our fills make (a trade "
                    "by hand, a liquidation, a transfer, or fills that were not told)."
                )
        if self.inquiry is not None:
            self.inquiry.look_at_silent(now)
            self.inquiry.look_for_missed(now)
        self._hedge(hedger, now)
        if self.hedge_rule is None:
            return HedgeView(Phase.BLIND, None, "the hedge market's rules are not known", None)
        leg = self.hedge_leg
        known = HedgeMarket(self.hedge_rule, leg.price(), any_form=leg.any_form, state=leg.state())
        view = hedger.look(known, now)
        self.memory.keep(hedger)
        self._tell_alert(view)
        return view

    def _tell_alert(self, view: HedgeView) -> None:
        if view.alert is not None and self._alerted is not view.phase:
            self.logger().error(f"{self.config.id}: {view.alert}.")
        elif view.alert is None and self._alerted is not None:
            self.logger().info(f"{self.config.id}: the residual is {view.residual} again, {view.phase.value}.")
        self._alerted = view.phase if view.alert is not None else None

    def expect(self, touch: Touch | None, hedge_touch: Touch | None, rule: MarketRule) -> None:
        """The cost to be expected now (HE04); said once, before the first quote."""
        if touch is None or hedge_touch is None:
            return
        prices = prices_behind(touch, self.settings.edge_bps, rule.tick)
        if not prices.bids:
            return
        maker_bps, _ = self.legs[0].fees_bps(touch.mid)
        _, taker_bps = self.hedge_leg.fees_bps(hedge_touch.mid)
        first = self.expected is None
        self.expected = expected_at(maker_bps, taker_bps, prices.bids[0], prices.asks[0], hedge_touch)
        if first:
            self.logger().info(f"{self.config.id}: {cost_words(self.expected)}.")

    def holding_back(self, rule: MarketRule, now: float) -> str | None:
        held = super().holding_back(rule, now)
        hedge, limits = self.hedge_leg, self.settings.limits
        if held is not None or len(self.legs) == 1:
            return held
        refusal = observe.refusal_of_key(hedge.connector)
        if refusal is not None:
            return refusal
        if observe.private_stream_up(hedge.connector):
            self._hedge_unheard_since = None
        elif self._hedge_unheard_since is None:
            self._hedge_unheard_since = now
        elif now - self._hedge_unheard_since >= self.withdraw_after:
            return "the hedge market's private stream is down"
        if self.hedge_rule is not None and limits.max_residual < self.hedge_rule.min_quantity:
            least = self.hedge_rule.min_quantity
            return f"max_residual ({limits.max_residual}) must be at least the hedge market's minimum of {least}"
        return None

    def waits(self, decision: HedgeDecision, seen: HedgeSeen) -> bool:
        disagree = self.hedger is not None and self.hedger.disagree_since is not None
        return disagree or seen.hedging.phase is not Phase.BALANCED

    def flatten(self) -> None:
        """Withdraw the quotes and undo what is open, until `flat`: the reference stays."""
        self.hold = "the session is over"
        self.wake.set()

    @property
    def flat(self) -> bool:
        return self.seen is not None and self.seen.hedging.phase is Phase.BALANCED and not self.seen.resting

    async def finish(self) -> None:
        """The bot stops and no quote rests any more: hedge what was filled until then, or say what is left."""
        deadline = time.monotonic() + FINISH_SECONDS
        view = self._look(steady.now())
        while view.phase is not Phase.BALANCED and time.monotonic() < deadline and self.hedger is not None:
            await asyncio.sleep(0.05)
            view = self._look(steady.now())
        if view.phase is not Phase.BALANCED and self.hedger is not None and (view.residual or self.hedger.to_settle):
            what = view.stop or f"{view.residual} is not hedged"
            self.logger().error(f"{self.config.id}: {what}; the next start goes on from there.")
        if self._recovery is not None:
            self._recovery.cancel()
        if self.inquiry is not None:
            self.inquiry.cancel()
        self._forget_listeners()
        if self.hedger is not None:
            self.memory.keep(self.hedger)
            await self.memory.settle()

    def preflight(self, limits: MoneyLimits, elsewhere: tuple[str, ...]) -> tuple[Report, MarketFacts] | None:
        return hedge_figures.checked(self, limits, elsewhere)

    # Looking at it ------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return hedge_figures.published(self)

    def inventory_line(self) -> str:
        return hedge_figures.line(self)
