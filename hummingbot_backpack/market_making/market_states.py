"""Closing in a market that does not take everything: card EX05. In an open one it is SL05's, unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from hummingbot_backpack.market_making.closing import (
    EXIT_STEP_SECONDS,
    CloseOrder,
    CloseState,
    Levels,
    Wanted,
    decide_close,
)
from hummingbot_backpack.market_making.guard import CloseForm, CloseStep, SlippageSettings, worst_price
from hummingbot_backpack.market_making.values import MarketRule, RestingOrder, Side, Touch, round_down, round_up

LIMIT_ONLY_MULTIPLE = {CloseStep.MARKET: 1, CloseStep.CAPPED_MARKET: 4, CloseStep.PLAIN_MARKET: 8}
"""Where only limit orders are taken: how many tolerances away the limit of an IOC order stands that replaces a form."""


class MarketState(Enum):
    """What the exchange says a market takes. The value is the exchange's word."""

    OPEN = "Open"
    POST_ONLY = "PostOnly"
    LIMIT_ONLY = "LimitOnly"
    CANCEL_ONLY = "CancelOnly"
    CLOSED = "Closed"
    MAINTENANCE = "Maintenance"

    @classmethod
    def of(cls, word: str | None) -> "MarketState":
        """A state that nobody can say, or that nobody here knows, is Open: risk is then closed as usual."""
        return next((state for state in cls if state.value == word), cls.OPEN)

    @property
    def takes_orders(self) -> bool:
        """Whether any order can be placed at all."""
        return self not in (MarketState.CANCEL_ONLY, MarketState.CLOSED, MarketState.MAINTENANCE)

    @property
    def sentence(self) -> str:
        """The state in words."""
        if self is MarketState.MAINTENANCE:
            return "the exchange is under maintenance"
        return f"the market is {self.value}"

    @property
    def takes_takers(self) -> bool:
        """Whether an order that takes is accepted, be it as a limit that is filled at once or not at all."""
        return self in (MarketState.OPEN, MarketState.LIMIT_ONLY)


@dataclass(frozen=True)
class CloseDecision:
    """What is done now about risk that is to be closed.

    :param cancel: reduce-only orders of ours that stand in the way of a better one
    :param waits: why nothing can be sent although something is to be closed, None otherwise
    """

    order: CloseOrder | None
    state: CloseState
    cancel: tuple[RestingOrder, ...] = ()
    waits: str | None = None


def close_in(
    market: MarketState,
    wanted: Wanted | None,
    state: CloseState,
    in_flight: bool,
    resting: Sequence[RestingOrder],
    touch: Touch | None,
    levels: Levels,
    settings: SlippageSettings,
    rule: MarketRule,
    any_form: bool,
    now: float,
    cut: bool = False,
) -> CloseDecision:
    """The order that closes risk in a market of this state; see `decide_close` for the rest.

    :param in_flight: a reduce-only order of ours that takes is on its way
    :param resting: our reduce-only orders that make
    """
    live = tuple(order for order in resting if not order.cancelling)
    if wanted is None:
        return CloseDecision(None, CloseState(), live)
    if not market.takes_orders:
        return CloseDecision(None, CloseState(), live, f"{market.sentence}: {wanted.reason}")
    if market is MarketState.POST_ONLY:
        if not any_form:
            reason = "the market is PostOnly, and only our own script can place what it takes"
            return CloseDecision(None, CloseState(), (), f"{reason}: {wanted.reason}")
        return _make(wanted, state, resting, live, touch, now)
    if state.post_only:
        state = CloseState()
    if market is MarketState.LIMIT_ONLY and not any_form:
        return CloseDecision(None, CloseState(), live, f"the market takes no market orders: {wanted.reason}")
    order, after = decide_close(
        wanted, state, in_flight, touch, levels, settings, rule, any_form, now, cut and market is MarketState.OPEN
    )
    if market is MarketState.LIMIT_ONLY and order is not None and order.form.price is None:
        if touch is None:
            reason = "the market is LimitOnly and there is no valid book to take a limit from"
            return CloseDecision(None, state, live, f"{reason}: {wanted.reason}")
        order = replace(order, form=as_limit(order.form, order.side, touch, settings.max_slippage_bps, rule.tick))
    return CloseDecision(order, after, live)


def _make(
    wanted: Wanted,
    state: CloseState,
    resting: Sequence[RestingOrder],
    live: tuple[RestingOrder, ...],
    touch: Touch | None,
    now: float,
) -> CloseDecision:
    """PostOnly: one reduce-only post-only order at the touch, repriced every second."""
    if touch is None:
        return CloseDecision(None, state, (), f"the market is PostOnly and its book is not known: {wanted.reason}")
    price = touch.ask if wanted.side is Side.SELL else touch.bid
    good = [order for order in live if order.side is wanted.side and order.price == price]
    stays = good[:1] if good and good[0].remaining == wanted.size else []
    due = not state.post_only or now - state.at >= EXIT_STEP_SECONDS
    if stays or not due:
        return CloseDecision(None, state, tuple(order for order in live if order not in stays and due))
    if resting:
        # One after the other: together they could not close more than the position, but would be shrunk and refused.
        return CloseDecision(None, state, live)
    form = CloseForm(CloseStep.MARKET, price, None, False, "the market is PostOnly", post_only=True)
    after = CloseState(form.step, wanted.net, wanted.size, now, post_only=True)
    return CloseDecision(CloseOrder(wanted.side, wanted.size, wanted.reason, form), after)


def as_limit(form: CloseForm, side: Side, touch: Touch, tolerance_bps: Decimal, tick: Decimal) -> CloseForm:
    """What replaces a form without a price where only limit orders are taken: an IOC limit, ever further away."""
    worst = worst_price(side, touch.mid, tolerance_bps * LIMIT_ONLY_MULTIPLE[form.step])
    price = round_up(worst, tick) if side is Side.BUY else max(round_down(worst, tick), tick)
    return CloseForm(form.step, price, None, form.alert, f"{form.reason}; the market takes limit orders only")
