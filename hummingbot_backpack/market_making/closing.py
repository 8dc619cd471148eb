"""Sending what reduces risk: the form it takes, and how that escalates from one step to the next (card SL05)."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.guard import (
    CloseForm,
    CloseStep,
    SlippageSettings,
    Verdict,
    check_depth,
    check_market,
    close_form,
)
from hummingbot_backpack.market_making.values import ZERO, MarketRule, Side, Touch

EXIT_STEP_SECONDS = 1.0
"""Each form takes what it gets within this time and hands on the rest."""

Levels = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True)
class CloseOrder:
    """A reduce-only order to send now.

    :param size: base, on the step
    """

    side: Side
    size: Decimal
    reason: str
    form: CloseForm


@dataclass(frozen=True)
class CloseState:
    """The close order that was sent last, and the position it found; empty while nothing is being closed.

    :param post_only: it was one that makes, because the market took no other
    """

    step: CloseStep | None = None
    net: Decimal = ZERO
    size: Decimal = ZERO
    at: float = 0.0
    post_only: bool = False


@dataclass(frozen=True)
class Wanted:
    """What exits or limits want closed.

    :param net: the position it was decided on, base
    """

    side: Side
    size: Decimal
    net: Decimal
    reason: str


def decide_close(
    wanted: Wanted | None,
    state: CloseState,
    in_flight: bool,
    touch: Touch | None,
    levels: Levels,
    settings: SlippageSettings,
    rule: MarketRule,
    any_form: bool,
    now: float,
    cut: bool = False,
) -> tuple[CloseOrder | None, CloseState]:
    """The order to send now, if any, and the state for the next step.

    A form that left a rest is followed by the next one at once, or after `EXIT_STEP_SECONDS` if nothing was heard of
    it: being reduce-only, two of them can never open a position. The last form is repeated once in that time.

    :param levels: (price, base) of the side that would be taken
    :param any_form: whether IOC orders and tolerances can be sent at all; else every form is a plain market order
    :param cut: a market order that the book cannot take is made as small as what it can (SL03), not another form
    """
    if wanted is None:
        return None, CloseState()
    waited = now - state.at >= EXIT_STEP_SECONDS
    if in_flight and (state.step is None or not waited):
        return None, state
    done = state.step is None or abs(state.net) - abs(wanted.net) >= state.size
    previous = None if done else state.step
    if previous is CloseStep.PLAIN_MARKET and not waited:
        return None, state
    size = wanted.size
    if any_form:
        guard = slippage_verdict(wanted.side, wanted.size, touch, levels, settings, rule, cut)
        form = close_form(wanted.side, touch, guard, previous, settings.max_slippage_bps, rule.tick)
        if guard is not None and guard.passes and form.step is CloseStep.MARKET:
            size = guard.size
    elif previous is not None and not waited:
        return None, state
    else:
        form = CloseForm(CloseStep.MARKET, None, None, False, "at market")
    order = CloseOrder(wanted.side, size, wanted.reason, form)
    return order, CloseState(form.step, wanted.net, size, now)


def slippage_verdict(
    side: Side,
    size: Decimal,
    touch: Touch | None,
    levels: Levels,
    settings: SlippageSettings,
    rule: MarketRule,
    cut: bool = False,
) -> Verdict | None:
    """SL02 and SL03 on a market order; None where protection is off.

    :param levels: (price, base) of the side that would be taken
    :param cut: an order that the book cannot take passes as small as what it can
    """
    if not settings.slippage_protection:
        return None
    if touch is None:
        return Verdict(False, ZERO, "there is no valid book")
    market = check_market(size, touch, settings.max_market_spread_bps)
    if not market.passes:
        return market
    return check_depth(side, size, levels, touch.mid, settings.max_slippage_bps, settings.min_depth_pct, rule, cut)
