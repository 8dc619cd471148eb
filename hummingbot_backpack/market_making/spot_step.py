"""One step of the spot market maker, in one line of travel:

observe → rebalance → breakers → quotes → guard → actions.

Each stage takes plain values and returns a typed decision with its reason; `decide` only strings them together.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from hummingbot_backpack.market_making.closing import CloseOrder, CloseState, Levels, Wanted, decide_close
from hummingbot_backpack.market_making.guard import (
    CloseForm,
    CloseStep,
    check_depth,
    check_market,
    tolerance,
    worst_price,
)
from hummingbot_backpack.market_making.holdings import Holdings
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.quoting import Skew
from hummingbot_backpack.market_making.rebalancing import RebalanceDecision, rebalance, rebalancing_skew
from hummingbot_backpack.market_making.spot_settings import SpotSettings
from hummingbot_backpack.market_making.stages import Outcome, QuoteDecision, Seen, guard_ladder, quote_ladder
from hummingbot_backpack.market_making.values import (
    ZERO,
    MarketRule,
    NetPosition,
    Side,
    Touch,
    round_down,
    round_up,
)

NOTHING = Holdings(ZERO, ZERO)
NO_CLOSE = CloseState()


@dataclass(frozen=True, kw_only=True)
class SpotSeen(Seen):
    """What is known at the moment of a decision; None is "not known", never zero.

    :param base, quote: bounds of the account's totals, lent funds included
    :param settled: the totals once no message about them is on its way
    :param elsewhere: what of the totals no order of ours can use
    :param unknown: why the totals are not all there is (lent funds that could not be asked for), None if they are
    :param bids, asks: (price, base) of everybody else, best first, as far as slippage protection looks
    :param any_form: IOC orders and tolerances can be sent, not market orders alone
    :param taking: an order of ours that takes is on its way
    :param mids: of the last minute, one a second, oldest first, for a dynamic tolerance
    :param shut: why the exchange takes no orders at all now, None if it does
    """

    base: NetPosition | None
    quote: NetPosition | None
    settled: Holdings | None
    elsewhere: Holdings = NOTHING
    unknown: str | None = None
    bids: Levels = ()
    asks: Levels = ()
    any_form: bool = False
    taking: bool = False
    mids: tuple[Decimal, ...] = ()
    shut: str | None = None

    @property
    def middle(self) -> Holdings | None:
        """Totals for what need not be exact; None while something of them is not known."""
        if self.base is None or self.quote is None or self.unknown is not None:
            return None
        return Holdings((self.base.low + self.base.high) / 2, (self.quote.low + self.quote.high) / 2)


@dataclass(frozen=True)
class RebalanceState:
    """What is left of rebalancing from one step to the next.

    :param tried_at: when the last order for it was sent (seconds, the caller's clock)
    :param set_out: base that the first order of a rebalancing that is not over was to trade: the rest of it follows,
        whatever the threshold
    :param ending: the session is over: back to the target, whatever the threshold
    :param close: how far SL05's ladder has come at the end of a session
    """

    tried_at: float | None = None
    set_out: Decimal = ZERO
    ending: bool = False
    close: CloseState = NO_CLOSE


AT_REST = RebalanceState()
DUST = Decimal("0.05")
"""Part of what a rebalancing set out to trade that is no rest of it any more: fees, and a price that moved on."""


@dataclass(frozen=True, kw_only=True)
class SpotDecision(Outcome):
    """What each stage decided, and the actions that follow."""

    rebalance: str
    state: RebalanceState

    def stages(self) -> dict[str, str]:
        """What each stage decided and why, in order: observed, rebalance, breaker, quotes, guard, action."""
        shared = super().stages()
        return {"observed": shared.pop("observed"), "rebalance": self.rebalance, **shared}


@dataclass(frozen=True)
class _Due:
    """What rebalancing wants in this step.

    :param quotes_away: own quotes would be in its way
    """

    reason: str
    close: CloseOrder | None
    state: RebalanceState
    quotes_away: bool


def decide(seen: SpotSeen, settings: SpotSettings, rule: MarketRule, state: RebalanceState = AT_REST) -> SpotDecision:
    """Everything one step decides.

    :raises DecisionError: if a value is not finite or not in its range
    """
    settings = replace(settings, max_slippage_bps=tolerance(settings, seen.mids))
    observed = _observe(seen)
    due = _rebalance(seen, settings, rule, state)
    breaker = _breakers(seen, settings, due)
    quoting = _quotes(seen, settings, rule, breaker)
    known = seen.touch is not None and seen.base is not None and seen.quote is not None
    plan = guard_ladder(seen, known, settings, rule, breaker is not None, quoting)
    return SpotDecision(
        observed=observed,
        rebalance=due.reason,
        breaker=breaker or "none",
        quoting=quoting,
        plan=plan,
        close=due.close,
        state=due.state,
    )


def _observe(seen: SpotSeen) -> str:
    missing = [] if seen.touch is not None else ["book"]
    missing += [] if seen.base is not None and seen.quote is not None else ["balances"]
    if missing:
        return f"{' and '.join(missing)} not known"
    return "book and balances known" if seen.unknown is None else f"book known, balances in part: {seen.unknown}"


def _room(seen: SpotSeen, touch: Touch) -> Headroom | None:
    """What all our orders of a side together can use, base."""
    if seen.base is None or seen.quote is None:
        return None
    # Every bid stands below the ask, so what they lock together is never more than this.
    buy = max(ZERO, seen.quote.low - seen.elsewhere.quote) / touch.ask
    return Headroom(buy, max(ZERO, seen.base.low - seen.elsewhere.base))


# Rebalancing ----------------------------------------------------------------------------------------------------------


def _rebalance(seen: SpotSeen, settings: SpotSettings, rule: MarketRule, state: RebalanceState) -> _Due:
    if state.ending:
        return _go_home(seen, settings, rule, state)
    if not settings.rebalance:
        return _Due("off", None, state, False)
    if seen.hold is not None or settings.paused:
        return _Due("not while quotes are held back", None, state, False)
    if seen.taking:
        return _Due("an order for it is on its way", None, state, True)
    wanted, state = _rest_or_new(seen, settings, rule, state)
    if wanted.side is None or seen.touch is None:
        return _Due(wanted.reason, None, state, False)
    if state.tried_at is not None and seen.now - state.tried_at < float(settings.rebalance_cooldown):
        left = float(settings.rebalance_cooldown) - (seen.now - state.tried_at)
        return _Due(f"{wanted.reason}, again in {left:.0f} s", None, state, False)
    form, refusal = _form(wanted, wanted.side, seen, seen.touch, settings, rule)
    if form is None:
        return _Due(f"{wanted.reason}, but {refusal}", None, state, False)
    if any(not order.gone for order in seen.resting):
        return _Due(f"{wanted.reason}, once the quotes are gone", None, state, True)
    order = CloseOrder(wanted.side, wanted.size, f"rebalancing: {wanted.reason}", form)
    return _Due(wanted.reason, order, replace(state, tried_at=seen.now, set_out=state.set_out or wanted.size), True)


def _rest_or_new(
    seen: SpotSeen, settings: SpotSettings, rule: MarketRule, state: RebalanceState
) -> tuple[RebalanceDecision, RebalanceState]:
    """What an IOC left of a rebalancing, else what the threshold asks for anew (RB01: all the way back; RB02)."""
    if state.set_out > 0:
        rest = _wanted(seen, settings, rule, True)
        known = seen.unknown is None and seen.touch is not None and seen.settled is not None
        if not known or (rest.side is not None and rest.size > state.set_out * DUST):
            return rest, state
        state = replace(state, set_out=ZERO)
    return _wanted(seen, settings, rule, False), state


def _wanted(seen: SpotSeen, settings: SpotSettings, rule: MarketRule, ending: bool) -> RebalanceDecision:
    if seen.unknown is not None:
        return RebalanceDecision(None, ZERO, seen.unknown)
    if seen.touch is None or seen.settled is None:
        return RebalanceDecision(None, ZERO, "the book or the balances are not known or about to change")
    mid, tolerated = seen.touch.mid, settings.max_slippage_bps
    spendable = Headroom(
        max(ZERO, seen.settled.quote - seen.elsewhere.quote) / worst_price(Side.BUY, mid, tolerated),
        max(ZERO, seen.settled.base - seen.elsewhere.base),
    )
    return rebalance(seen.settled, mid, settings.band, spendable, rule, ending)


def _form(
    wanted: RebalanceDecision, side: Side, seen: SpotSeen, touch: Touch, settings: SpotSettings, rule: MarketRule
) -> tuple[CloseForm | None, str]:
    """How to send it: an IOC limit at the tolerance (SL01). Where only market orders can be sent: one that SL02 and
    SL03 let pass."""
    if not settings.slippage_protection:
        return CloseForm(CloseStep.MARKET, None, None, False, "slippage protection is off"), ""
    if not seen.any_form:
        levels = seen.asks if side is Side.BUY else seen.bids
        depth = check_depth(
            side, wanted.size, levels, touch.mid, settings.max_slippage_bps, settings.min_depth_pct, rule
        )
        for verdict in (check_market(wanted.size, touch, settings.max_market_spread_bps), depth):
            if not verdict.passes:
                return None, verdict.reason
        return CloseForm(CloseStep.MARKET, None, None, False, "the market is deep and narrow enough"), ""
    worst = worst_price(side, touch.mid, settings.max_slippage_bps)
    # Rounded towards the mid: never beyond the tolerance.
    price = round_down(worst, rule.tick) if side is Side.BUY else round_up(worst, rule.tick)
    nearest = touch.ask if side is Side.BUY else touch.bid
    if side.sign * (price - nearest) < 0:
        return None, f"the best price of {nearest} is further than {settings.max_slippage_bps} bps from the mid"
    return CloseForm(CloseStep.IOC, price, None, False, f"within {settings.max_slippage_bps} bps of {touch.mid}"), ""


def _go_home(seen: SpotSeen, settings: SpotSettings, rule: MarketRule, state: RebalanceState) -> _Due:
    """The end of a session: back to the target by SL05's ladder, one order at a time."""
    if seen.shut is not None:
        return _Due(f"the session is over: {seen.shut}", None, state, True)
    if seen.taking or any(not order.gone for order in seen.resting):
        return _Due("the session is over: waiting for own orders to be gone", None, state, True)
    if not settings.rebalance:
        return _Due("the session is over: what is held stays, since rebalance is off", None, RebalanceState(), True)
    wanted = _wanted(seen, settings, rule, True)
    if wanted.side is None or seen.settled is None:
        over = seen.unknown is None and seen.touch is not None and seen.settled is not None
        return _Due(wanted.reason, None, RebalanceState() if over else state, True)
    levels = seen.asks if wanted.side is Side.BUY else seen.bids
    ask = Wanted(wanted.side, wanted.size, wanted.side.sign * wanted.size, f"end of the session: {wanted.reason}")
    order, close = decide_close(ask, state.close, False, seen.touch, levels, settings, rule, seen.any_form, seen.now)
    if order is not None:
        # Fees and a moving price change what is left by themselves: an order that got half of its size has worked.
        close = replace(close, size=close.size / 2)
    return _Due(wanted.reason, order, replace(state, close=close), True)


# Quotes ---------------------------------------------------------------------------------------------------------------


def _breakers(seen: SpotSeen, settings: SpotSettings, due: _Due) -> str | None:
    if seen.hold is not None:
        return seen.hold
    if settings.paused:
        return "paused"
    return f"rebalancing: {due.reason}" if due.quotes_away else None


def _quotes(seen: SpotSeen, settings: SpotSettings, rule: MarketRule, breaker: str | None) -> QuoteDecision:
    room = None if seen.touch is None else _room(seen, seen.touch)
    if seen.touch is None or room is None:
        return QuoteDecision((), None, None, _observe(seen))
    if breaker is not None:
        return QuoteDecision((), None, None, breaker)
    held, mid = seen.middle, seen.touch.mid
    if held is None and settings.inventory_skew > 0:
        return QuoteDecision((), None, None, f"base's share is not known: {seen.unknown}")
    skew = Skew(ZERO, ZERO) if held is None else rebalancing_skew(mid, held, settings.band, settings.inventory_skew)
    value = None if held is None else held.value(mid)
    quoting = quote_ladder(seen, seen.touch, settings, rule, skew, room, value)
    if not quoting.quotes and seen.unknown is not None:
        return replace(quoting, reason=f"{quoting.reason}: {seen.unknown}")
    if not quoting.quotes and all(rule.refusal(round_down(room.of(side), rule.step), mid) for side in Side):
        return replace(quoting, reason="the account has neither base to sell nor quote to buy with")
    return quoting
