"""The form in which a hedge leaves: SL05's, in whatever the hedge market takes now (card EX05)."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.closing import Levels, slippage_verdict
from hummingbot_backpack.market_making.guard import CloseForm, CloseStep, SlippageSettings, close_form
from hummingbot_backpack.market_making.market_states import MarketState, as_limit
from hummingbot_backpack.market_making.values import MarketRule, Side, Touch


@dataclass(frozen=True)
class HedgeMarket:
    """What is known of the hedge market at the moment of a decision.

    :param touch: best prices of its valid book, our own orders taken off
    :param levels: (price, base) of its side that an order would take from
    :param price: about what a hedge would trade at, for the market's minimum; None: not known
    :param any_form: whether IOC orders and tolerances can be sent there
    :param state: what the exchange says it takes
    """

    rule: MarketRule
    price: Decimal | None = None
    touch: Touch | None = None
    levels: Levels = ()
    any_form: bool = True
    state: MarketState = MarketState.OPEN

    @property
    def refusal(self) -> str | None:
        """Why it takes no hedge now, None if it does."""
        if self.state is MarketState.MAINTENANCE:
            return self.state.sentence
        if not self.state.takes_takers:
            return f"the hedge market is {self.state.value}"
        if self.state is MarketState.LIMIT_ONLY and not self.any_form:
            return "the hedge market takes no market orders"
        return None


def hedge_form(
    side: Side,
    size: Decimal,
    market: HedgeMarket,
    settings: SlippageSettings,
    previous: CloseStep | None,
    overdue: bool,
    cut: bool,
    taken: Decimal,
) -> tuple[CloseForm, Decimal] | None:
    """Form and size of the order to send now; None: the market takes none of it now.

    :param settings: with the tolerance that holds now
    :param previous: the step that was tried and left a rest, None at the first
    :param overdue: the deadline is over: nothing careful any more
    :param cut: a market order that the book cannot take is made as small as what it can (SL03), not another form
    :param taken: base that hedges under way take from the same side of the book
    """
    if market.refusal is not None:
        return None
    limits_only = market.state is MarketState.LIMIT_ONLY
    if overdue:
        form = CloseForm(CloseStep.PLAIN_MARKET, None, None, True, "the deadline is over")
    elif not market.any_form:
        form = CloseForm(CloseStep.MARKET, None, None, False, "at market")
    else:
        levels = untaken(market.levels, taken)
        verdict = slippage_verdict(side, size, market.touch, levels, settings, market.rule, cut and not limits_only)
        form = close_form(side, market.touch, verdict, previous, settings.max_slippage_bps, market.rule.tick)
        if verdict is not None and verdict.passes and form.step is CloseStep.MARKET:
            size = verdict.size
    if limits_only and form.price is None:
        if market.touch is None:
            return None
        form = as_limit(form, side, market.touch, settings.max_slippage_bps, market.rule.tick)
    return form, size


def untaken(levels: Levels, quantity: Decimal) -> Levels:
    """What is left of a side once `quantity` (base) was taken from its front: two hedges do not count it twice."""
    if quantity <= 0:
        return levels
    left = []
    for price, size in levels:
        gone = min(size, quantity)
        quantity -= gone
        if size > gone:
            left.append((price, size - gone))
    return tuple(left)
