"""The maker-taker hedge as a state machine: what is filled on one market is undone on another (cards HE01 to HE03).

The *net* is the signed base of both legs together (one leg where both are the same market), the *residual* the net less
the reference. Own fills lead, the exchange's positions confirm (`PositionView`). An order that hedges is written down
(`Intent`) before it can leave, and counts as hedged until it is certain what became of it: whatever is late, repeated
or lost, no residual is hedged twice.

States, and what stands in each (\\*: but quotes go while the residual exceeds `max_residual`, while fills and positions
have disagreed for long, or while the hedge market takes no order that takes, be there a residual or not):

    state        it is this state while                                         quotes  hedges
    RECOVERING   what became of an earlier run's hedge is not certain           no      no
    BLIND        a leg's position is not known                                  no      no
    UNEXPLAINED  the net changed by more than our orders could have done        no      no
    BALANCED     the residual is too small for an order, no hedge under way     yes *   no
    OPEN         the residual is large enough for an order                      yes *   yes
    HEDGING      hedges are under way                                           yes *   what they do not cover
    VERIFYING    a hedge is over, and what it executed is not certain           yes *   what it cannot have covered
    WAITING      OPEN, HEDGING or VERIFYING in a hedge market that takes none   no      no
    OVERDUE      OPEN, HEDGING or VERIFYING for longer than the deadline        no      the same, as plain market

What the hedge market's state (card EX05) makes of that:

    Open         SL05's forms, as they are
    LimitOnly    SL05's forms as IOC limits, ever further away; without a valid book none, until the deadline's alert
    PostOnly     WAITING. Where nothing may take, nothing that rests is filled: a hedge at the touch would be done no
                 sooner than the market order that leaves once the market opens, but would have to be off the book for
                 certain before that, or it is hedged twice
    CancelOnly   WAITING
    Closed       WAITING
    Maintenance  WAITING

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
    deadline passes             any but BALANCED,        OVERDUE (or as before), alert, quotes go
                                WAITING
    hedge market takes none     OPEN, HEDGING,           WAITING, alert, quotes go; what is under way is followed to
                                VERIFYING, OVERDUE       its end, and SL05 begins anew
                                BALANCED                 BALANCED, quotes go
                                others                   as before
    hedge market takes hedges   WAITING                  by the residual, which is the first order; its deadline begins
    residual small again        any with hedges          BALANCED, and the next one begins with SL05's first form
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

from hummingbot_backpack.market_making.closing import EXIT_STEP_SECONDS
from hummingbot_backpack.market_making.guard import CloseStep, SlippageSettings
from hummingbot_backpack.market_making.hedge_forms import HedgeMarket, hedge_form
from hummingbot_backpack.market_making.hedge_values import HedgeLimits, HedgeOrder, HedgeView, Intent, Leg, Phase
from hummingbot_backpack.market_making.position import SETTLE_SECONDS, PositionView
from hummingbot_backpack.market_making.values import ZERO, Side, require_finite, round_down

_NOTHING_LEAVES = (Phase.RECOVERING, Phase.BLIND, Phase.UNEXPLAINED, Phase.WAITING)
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
        self._cut_at = float("-inf")
        self._naked_since: float | None = None
        self.disagree_since: float | None = None
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
        """Signed base of all legs together by our fills; None while a leg's position is not known."""
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

    def on_position(self, leg: Leg, net: Decimal | None, now: float, as_of: float | None = None) -> Decimal | None:
        """The exchange's figure for a leg; None: not known.

        :param as_of: when it was asked for or came by itself; None: nobody can say, and it is taken for current
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
        drift = view.on_exchange(net, now, not self.intents, as_of)
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
            self.disagree_since = None
        elif self.disagree_since is None:
            self.disagree_since = now

    def on_sent(self, order: HedgeOrder, order_id: str, now: float) -> None:
        """The order has its id and has not left yet: to be kept before it does."""
        self.intents[order_id] = Intent(order_id, order.side, order.size, order.form.step, now)
        self._last_sent = now
        if order.cut:
            self._cut_at = now

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

    def look(self, market: HedgeMarket, now: float) -> HedgeView:
        """State, and whether quotes may stand; of the hedge market only rule, price and state are read."""
        residual, large, rule = self.residual, False, market.rule
        if residual is not None:
            large = rule.refusal(round_down(abs(residual), rule.step), _priced(market.price)) is None
        if residual is not None and not large and not self.intents and not self.earlier and self.unexplained is None:
            # What comes next is another residual: neither this one's time nor its forms are held against it.
            self._naked_since = self._step = None
            return HedgeView(Phase.BALANCED, residual, market.refusal or self._too_much(residual, now), None)
        if self._naked_since is None or self._naked_since > now:  # an earlier run's clock may have been ahead
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
        part = f", of which {-self.under_way} is under way" if self.intents else ""
        if market.refusal is not None:
            why = f"{residual} is not hedged{part}: {market.refusal}"
            if not self.intents:
                # The deadline is for what could be hedged; a market that opens is no ground to trade at any price.
                self._naked_since = self._step = None
                return HedgeView(Phase.WAITING, residual, why, why)
            return HedgeView(Phase.WAITING, residual, why, why if overdue else None)
        if overdue:
            why = f"{residual} is not hedged after {self.limits.deadline:g} s{part}"
            return HedgeView(Phase.OVERDUE, residual, why, why)
        phase = Phase.VERIFYING if self.to_verify() else Phase.HEDGING if self.intents else Phase.OPEN
        return HedgeView(phase, residual, self._too_much(residual, now), None)

    def _too_much(self, residual: Decimal, now: float) -> str | None:
        if abs(residual) > self.limits.max_residual:
            return f"the residual of {residual} exceeds max_residual {self.limits.max_residual}"
        if self.disagree_since is not None and now - self.disagree_since >= SETTLE_SECONDS:
            return f"our fills and the exchange's positions have not agreed for {now - self.disagree_since:.0f} s"
        return None

    def next_order(
        self, market: HedgeMarket, settings: SlippageSettings, now: float, cut: bool = False
    ) -> HedgeOrder | None:
        """The hedge to send now, or None: ask again until it is None, giving each to `on_sent` first.

        :param settings: with the tolerance that holds now
        :param cut: what `on_thin_book` says: a market order that the book cannot take is made smaller
        :raises DecisionError: if a value is not finite or not in its range
        """
        rule = market.rule
        price = _priced(market.price if market.price is not None or market.touch is None else market.touch.mid)
        seen = self.look(market, now)
        if seen.residual is None or seen.phase in _NOTHING_LEAVES or self._pauses(seen.phase, market.any_form, now):
            return None
        under_way = self.under_way
        open_residual = seen.residual + under_way
        side = Side.SELL if open_residual > 0 else Side.BUY
        size = round_down(abs(open_residual), rule.step)
        position = self.position(self._hedge_leg)
        if position is None or rule.refusal(size, price) is not None:
            return None
        after = position + under_way
        reduces = side.sign * after < 0
        if reduces and size > abs(after):
            capped = round_down(abs(after), rule.step)
            # Too small to close on its own: it goes out with the rest, which opens.
            reduces = rule.refusal(capped, price) is None
            size = capped if reduces else size
        overdue = seen.phase is Phase.OVERDUE
        found = hedge_form(side, size, market, settings, self._step, overdue, cut, side.sign * under_way)
        if found is None:
            return None
        form, sent = found
        reason = f"residual {seen.residual} of reference {self.reference}"
        return HedgeOrder(side, sent, reduces, form, reason, cut=sent < size)

    def _pauses(self, phase: Phase, any_form: bool, now: float) -> bool:
        """Whether the next order waits until the last one has had its second."""
        if phase is Phase.OVERDUE or self._step is CloseStep.PLAIN_MARKET or (self._step is not None and not any_form):
            return now - self._last_sent < EXIT_STEP_SECONDS
        # Our picture of the book may still hold what the smaller order took.
        return now - self._cut_at < EXIT_STEP_SECONDS
