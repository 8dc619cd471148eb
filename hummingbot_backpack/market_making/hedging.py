"""The maker-taker hedge as a state machine: what is filled on one market is undone on another (cards HE01 to HE03).

The *net* is the signed base of both legs together (one leg where both are the same market), the *residual* the net less
the reference. Own fills lead, the exchange's positions confirm (`PositionView`). An order that hedges is written down
(`Intent`) before it can leave, and counts as hedged until it is certain what became of it: whatever is late, repeated
or lost, no residual is hedged twice.

States, and what stands in each (\\*: but quotes go while the residual exceeds `max_residual`, or while fills and
positions have disagreed for long):

    state        it is this state while                                         quotes  hedges
    RECOVERING   what became of an earlier run's hedge is not certain           no      no
    BLIND        a leg's position is not known                                  no      no
    UNEXPLAINED  the net changed by more than our orders could have done        no      no
    BALANCED     the residual is too small for an order, no hedge under way     yes *   no
    OPEN         the residual is large enough for an order                      yes *   yes
    HEDGING      hedges are under way                                           yes *   what they do not cover
    VERIFYING    a hedge is over, and what it executed is not certain           yes *   what it cannot have covered
    OVERDUE      OPEN, HEDGING or VERIFYING for longer than the deadline        no      the same, as plain market

Events:

    event                       state before             state after, and action
    fill of a quote             BALANCED, OPEN           OPEN, at once a hedge and HEDGING; or it accumulates
                                HEDGING, VERIFYING,      as before, and a further hedge for what is not covered
                                OVERDUE
                                BLIND                    as before; counted, hedged once the position is known
                                RECOVERING               as before; the position that is awaited includes it
    the same fill again         any                      nothing
    fill of a hedge             HEDGING, VERIFYING       the same with less under way; with nothing left BALANCED
    hedge over with a rest      HEDGING                  VERIFYING; its executed amount is asked for
    executed amount certain     VERIFYING                OPEN, the next form of SL05 goes out; or BALANCED
    refused for certain         HEDGING                  OPEN, the next form of SL05 goes out
    no answer                   HEDGING                  HEDGING: it counts as under way until that is certain
    deadline passes             any but BALANCED         OVERDUE (or as before), alert, quotes go
    position not known          any but RECOVERING       BLIND
    position known again        BLIND                    by the residual
    position differs from our   any                      believed after `position.SETTLE_SECONDS` without fills or
    fills, explicably                                    hedges under way, announced, hedged
    position differs by more    any                      UNEXPLAINED, alert; until it fits again or the user sets a
    than is explicable                                   reference
    restart                     any                      RECOVERING if hedges were under way, else BLIND
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hummingbot_backpack.market_making.closing import EXIT_STEP_SECONDS, Levels, slippage_verdict
from hummingbot_backpack.market_making.guard import CloseForm, CloseStep, SlippageSettings, close_form
from hummingbot_backpack.market_making.hedge_values import HedgeLimits, HedgeOrder, HedgeView, Intent, Leg, Phase
from hummingbot_backpack.market_making.position import SETTLE_SECONDS, PositionView
from hummingbot_backpack.market_making.values import ZERO, MarketRule, Side, Touch, require_finite, round_down

REMEMBERED_TRADES = 5000
"""Trade ids kept of each leg, to know a repeated fill by."""


def _priced(price: Decimal | None) -> Decimal:
    """Without a price no least order value can be judged; that is no ground to leave a residual open (D7)."""
    return Decimal("Infinity") if price is None else price


class Hedger:
    """The machine. Times are seconds since the epoch: they outlive a restart.

    :param one_market: both legs are the same market
    :param reference: base, signed, that is set; None: what was kept, or the net at the first start
    :param kept: what `to_keep` gave in an earlier run
    """

    def __init__(
        self, one_market: bool, limits: HedgeLimits, reference: Decimal | None, kept: Mapping[str, Any] | None = None
    ) -> None:
        self.limits = limits
        self._legs = {Leg.MAKER: PositionView()}
        if not one_market:
            self._legs[Leg.HEDGE] = PositionView()
        self._hedge_leg = Leg.MAKER if one_market else Leg.HEDGE
        self._anchored: set[Leg] = set()
        self._trades: dict[tuple[Leg, str, str], None] = {}
        self.intents: dict[str, Intent] = {}
        self.earlier: dict[str, Intent] = {}
        self._allowance = ZERO
        self._expected: Decimal | None = None
        self._set: Decimal | None = None
        self.reference: Decimal | None = None
        self.unexplained: Decimal | None = None
        self._step: CloseStep | None = None
        self._last_sent = 0.0
        self._naked_since: float | None = None
        self._disagree_since: float | None = None
        if kept is not None:
            self._load(kept)
        self.set_reference(reference)

    # What is kept over a restart ----------------------------------------------------------------------------------

    def to_keep(self) -> dict[str, Any]:
        """Everything the next run needs, for JSON."""
        residual, net = self.residual, self._expected
        if self._anchored == set(self._legs):
            net = sum((view.from_fills for view in self._legs.values()), ZERO)
        waiting = [*self.earlier.values(), *(one for one in self.intents.values() if not one.resolved)]
        return {
            "reference": None if self.reference is None else str(self.reference),
            "reference_set": None if self._set is None else str(self._set),
            "net": None if net is None else str(net),
            "residual": None if residual is None else str(residual),
            "unexplained": None if self.unexplained is None else str(self.unexplained),
            "naked_since": self._naked_since,
            "intents": [one.to_row() for one in waiting],
        }

    def _load(self, kept: Mapping[str, Any]) -> None:
        def number(name: str) -> Decimal | None:
            return None if kept.get(name) is None else Decimal(kept[name])

        self.reference, self._set = number("reference"), number("reference_set")
        self._expected, self.unexplained = number("net"), number("unexplained")
        self._naked_since = kept.get("naked_since")
        for row in kept.get("intents", ()):
            one = Intent.from_row(row)
            self.earlier[one.order_id] = one
            self._allowance += one.outstanding

    def set_reference(self, reference: Decimal | None) -> None:
        """Take over the setting; a new value is the user's word on where the net belongs, whatever it was."""
        if reference is None or reference == self._set:
            return
        require_finite("reference", reference)
        self._set = self.reference = reference
        self.unexplained = None

    # Figures ------------------------------------------------------------------------------------------------------

    def position(self, leg: Leg) -> Decimal | None:
        """Signed base on a leg's market by our fills; None while the exchange's figure is not known."""
        view = self._legs[leg if leg in self._legs else Leg.MAKER]
        return view.from_fills if view.known else None

    @property
    def net(self) -> Decimal | None:
        nets = [self.position(leg) for leg in self._legs]
        return None if None in nets else sum((net for net in nets if net is not None), ZERO)

    @property
    def residual(self) -> Decimal | None:
        """Net less reference; None while either is not known."""
        net = self.net
        return None if net is None or self.reference is None else net - self.reference

    @property
    def under_way(self) -> Decimal:
        """Signed base that hedges may still do, or may have done without our knowing."""
        return sum((one.side.sign * one.outstanding for one in self.intents.values()), ZERO)

    @property
    def to_settle(self) -> bool:
        """Whether hedges of this run or an earlier one have no certain end."""
        return bool(self.intents or self.earlier)

    def to_verify(self) -> list[Intent]:
        """Hedges that are over with a rest, and whose executed amount is not certain."""
        return [one for one in self.intents.values() if one.ended and one.executed is None and not one.resolved]

    # Events -------------------------------------------------------------------------------------------------------

    def on_fill(self, leg: Leg, order_id: str, trade_id: str, signed: Decimal, quantity: Decimal, now: float) -> bool:
        """A fill of one of our orders.

        :param signed: what it did to the leg's base, fees charged in base taken off
        :param quantity: base of the order that it took
        :returns: whether it is new
        """
        leg = leg if leg in self._legs else Leg.MAKER
        key = (leg, order_id, trade_id)
        if key in self._trades:
            return False
        self._trades[key] = None
        if len(self._trades) > REMEMBERED_TRADES:
            del self._trades[next(iter(self._trades))]
        if leg not in self._anchored:
            return True  # the first figure of the exchange includes it
        self._legs[leg].on_fill(signed, now)
        one = self.intents.get(order_id)
        if one is not None and leg is self._hedge_leg:
            self._put(replace(one, filled=one.filled + quantity))
        return True

    def on_position(self, leg: Leg, net: Decimal | None, now: float) -> Decimal | None:
        """The exchange's figure for a leg; None: not known.

        :returns: what it differs by from our fills where it has just been believed over them
        """
        view = self._legs[leg]
        if net is None:
            view.forget()
            return None
        if self.earlier:
            return None
        first = self.net is None
        self._anchored.add(leg)
        # While a hedge may have executed without our knowing, the figure may hold it and must not be counted beside it.
        drift = view.on_exchange(net, now, believe=not self.intents)
        if first:
            self._on_sight()
        elif self.unexplained is not None:
            self._forgive()
        elif drift is not None and abs(drift) > self.limits.explicable:
            self.unexplained = drift
        self._note_agreement(now)
        return drift

    def _forgive(self) -> None:
        if self.residual is not None and abs(self.residual) <= self.limits.explicable:
            self.unexplained = None

    def _on_sight(self) -> None:
        """Every leg is known for the first time, or again: is it where our orders could have taken it?"""
        net = self.net
        if net is None:
            return
        if self.reference is None:
            self.reference = net
        if self._expected is not None:
            change = net - self._expected
            if abs(change) > self.limits.explicable + self._allowance:
                self.unexplained = change
            else:
                self._forgive()
        self._expected, self._allowance = None, ZERO

    def _note_agreement(self, now: float) -> None:
        if all(view.exchange == view.from_fills for view in self._legs.values() if view.known):
            self._disagree_since = None
        elif self._disagree_since is None:
            self._disagree_since = now

    def on_sent(self, order: HedgeOrder, order_id: str, now: float) -> None:
        """The order has its id and has not left yet: to be kept before it does."""
        self.intents[order_id] = Intent(order_id, order.side, order.size, order.form.step, now)
        self._last_sent = now

    def on_ended(self, order_id: str, refused: bool = False) -> None:
        """The order can take no more. `refused`: it never stood, and that is certain."""
        one = self.intents.get(order_id)
        if one is not None:
            self._put(replace(one, ended=True, executed=one.filled if refused else one.executed))

    def on_executed(self, order_id: str, executed: Decimal) -> None:
        """What an order that is over executed, for certain."""
        one = self.intents.get(order_id)
        if one is not None:
            self._put(replace(one, ended=True, executed=executed))

    def on_earlier_settled(self, order_id: str) -> None:
        """An earlier run's hedge can execute no more; the positions that are given from now on include it."""
        self.earlier.pop(order_id, None)

    def _put(self, one: Intent) -> None:
        """Keep the order, or take what it left as the reason for the form of the next one."""
        if not one.resolved:
            self.intents[one.order_id] = one
            return
        self.intents.pop(one.order_id, None)
        self._step = None if one.filled >= one.size else one.step

    # Decisions ----------------------------------------------------------------------------------------------------

    def look(self, rule: MarketRule, price: Decimal | None, now: float) -> HedgeView:
        """State, and whether quotes may stand.

        :param rule: of the hedge market
        :param price: about what a hedge would trade at, for the market's minimum; None: not known
        """
        residual, large = self.residual, False
        if residual is not None:
            large = rule.refusal(round_down(abs(residual), rule.step), _priced(price)) is None
        if residual is not None and not large and not self.intents and not self.earlier and self.unexplained is None:
            self._naked_since = None
            return HedgeView(Phase.BALANCED, residual, self._too_much(residual, now), None)
        if self._naked_since is None:
            self._naked_since = now
        naked = now - self._naked_since
        overdue = naked >= self.limits.deadline
        if self.earlier:
            why = f"it is not certain what became of hedges of an earlier run ({', '.join(self.earlier)})"
            return HedgeView(Phase.RECOVERING, None, why, why if overdue else None)
        if residual is None:
            return HedgeView(Phase.BLIND, None, "position not known", "position not known" if overdue else None)
        if self.unexplained is not None:
            why = (
                f"the net changed by {self.unexplained}, more than our orders explain: nothing is hedged and nothing "
                "quoted until it fits again or `reference` is set"
            )
            return HedgeView(Phase.UNEXPLAINED, residual, why, why)
        if overdue:
            waiting = f", of which {-self.under_way} is under way" if self.intents else ""
            why = f"{residual} is not hedged after {self.limits.deadline:g} s{waiting}"
            return HedgeView(Phase.OVERDUE, residual, why, why)
        phase = Phase.VERIFYING if self.to_verify() else Phase.HEDGING if self.intents else Phase.OPEN
        return HedgeView(phase, residual, self._too_much(residual, now), None)

    def _too_much(self, residual: Decimal, now: float) -> str | None:
        if abs(residual) > self.limits.max_residual:
            return f"the residual of {residual} exceeds max_residual {self.limits.max_residual}"
        if self._disagree_since is not None and now - self._disagree_since >= SETTLE_SECONDS:
            return f"our fills and the exchange's positions have not agreed for {now - self._disagree_since:.0f} s"
        return None

    def next_order(
        self,
        touch: Touch | None,
        levels: Levels,
        mark: Decimal | None,
        settings: SlippageSettings,
        rule: MarketRule,
        any_form: bool,
        now: float,
    ) -> HedgeOrder | None:
        """The hedge to send now, or None: ask again until it is None, giving each to `on_sent` first.

        :param touch, mark, rule: of the hedge market
        :param levels: (price, base) of its side that an order would take from
        :param any_form: whether IOC orders and tolerances can be sent there
        :raises DecisionError: if a value is not finite or not in its range
        """
        price = mark if mark is not None else None if touch is None else touch.mid
        seen = self.look(rule, price, now)
        if seen.residual is None or seen.phase in (Phase.RECOVERING, Phase.BLIND, Phase.UNEXPLAINED):
            return None
        open_residual = seen.residual + self.under_way
        side = Side.SELL if open_residual > 0 else Side.BUY
        size = round_down(abs(open_residual), rule.step)
        position = self.position(self._hedge_leg)
        if position is None or rule.refusal(size, _priced(price)) is not None:
            return None
        after = position + self.under_way
        reduces = side.sign * after < 0
        if reduces and size > abs(after):
            capped = round_down(abs(after), rule.step)
            # Too small to close on its own: it goes out with the rest, which opens.
            reduces = rule.refusal(capped, _priced(price)) is None
            size = capped if reduces else size
        form = self._form(side, size, touch, levels, settings, rule, any_form, seen, now)
        if form is None:
            return None
        return HedgeOrder(side, size, reduces, form, f"residual {seen.residual} of reference {self.reference}")

    def _form(
        self,
        side: Side,
        size: Decimal,
        touch: Touch | None,
        levels: Levels,
        settings: SlippageSettings,
        rule: MarketRule,
        any_form: bool,
        seen: HedgeView,
        now: float,
    ) -> CloseForm | None:
        repeats = self._step is CloseStep.PLAIN_MARKET or (self._step is not None and not any_form)
        if repeats and now - self._last_sent < EXIT_STEP_SECONDS:
            return None
        if seen.phase is Phase.OVERDUE:
            if now - self._last_sent < EXIT_STEP_SECONDS:
                return None
            return CloseForm(CloseStep.PLAIN_MARKET, None, None, True, "the deadline is over")
        if not any_form:
            return CloseForm(CloseStep.MARKET, None, None, False, "at market")
        verdict = slippage_verdict(side, size, touch, levels, settings, rule)
        return close_form(side, touch, verdict, self._step, settings.max_slippage_bps, rule.tick)
