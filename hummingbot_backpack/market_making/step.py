"""One step of the perpetual market maker, in one line of travel:

observe → exits → limits → breakers → quotes → guard → actions.

Each stage takes plain values and returns a typed decision with its reason; `decide` only strings them together.
"""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.closing import CloseOrder, CloseState, Levels, Wanted, decide_close
from hummingbot_backpack.market_making.exits import ExitDecision, ExitState, decide_exit
from hummingbot_backpack.market_making.keeping import LadderPlan, plan, price_tolerance, withdrawal
from hummingbot_backpack.market_making.limits import Headroom, LimitDecision, headroom, reduction
from hummingbot_backpack.market_making.quoting import Prices, inventory_skew, ladder, ladder_prices, order_size
from hummingbot_backpack.market_making.settings import MakerSettings
from hummingbot_backpack.market_making.values import MarketRule, NetPosition, Quote, RestingOrder, Side, Touch

NO_EXIT = ExitState()
NO_CLOSE = CloseState()


@dataclass(frozen=True)
class Observation:
    """What is known at the moment of a decision; None is "not known", never zero.

    :param touch: best prices of the valid book
    :param position: bounds of the signed position, base
    :param to_reduce: the exchange's position once it includes our last fills, for reductions and exits
    :param entry: average entry of the exchange's position, quote per base
    :param mark: mark price, quote per base
    :param equity: account value, quote
    :param resting: our orders that can still fill, those being cancelled included
    :param bids, asks: (price, base) of everybody else, best first, as far as slippage protection looks
    :param any_form: IOC orders and tolerances can be sent, not market orders alone
    :param closing: a reduce-only order of ours is on its way
    :param brief: what is not known has been so for less than the time after which quotes are withdrawn
    :param hold: why somebody else wants no quotes (a breaker, a stop that began), None if nobody does
    :param join_only: no price better than the touch can be placed
    :param now: seconds, the caller's clock
    """

    touch: Touch | None
    position: NetPosition | None
    to_reduce: Decimal | None
    entry: Decimal | None
    mark: Decimal | None
    equity: Decimal | None
    resting: tuple[RestingOrder, ...]
    closing: bool
    hold: str | None
    now: float
    brief: bool = False
    join_only: bool = False
    bids: Levels = ()
    asks: Levels = ()
    any_form: bool = False


@dataclass(frozen=True)
class QuoteDecision:
    """The ladder that should rest, with the prices it came from; empty with the reason if none should."""

    quotes: tuple[Quote, ...]
    prices: Prices | None
    room: Headroom | None
    reason: str


@dataclass(frozen=True)
class Decision:
    """What each stage decided, and the actions that follow: close first, cancel next, then place."""

    observed: str
    exit: ExitDecision | None
    limit: LimitDecision | None
    breaker: str
    quoting: QuoteDecision
    plan: LadderPlan
    close: CloseOrder | None
    exit_state: ExitState
    close_state: CloseState


def decide(
    seen: Observation,
    settings: MakerSettings,
    rule: MarketRule,
    exit_state: ExitState = NO_EXIT,
    close_state: CloseState = NO_CLOSE,
) -> Decision:
    """Everything one step decides.

    :raises DecisionError: if a value is not finite or not in its range
    """
    observed = _observe(seen)
    exits = _exits(seen, settings, rule, exit_state)
    limits = _limits(seen, settings, rule, exits)
    breaker = _breakers(seen, settings, exits, exit_state)
    quoting = _quotes(seen, settings, rule, breaker)
    ladder_plan = _guard(seen, settings, rule, breaker, quoting)
    close, closing = _close(seen, settings, rule, exits, limits, close_state)
    return Decision(
        observed=observed,
        exit=exits,
        limit=limits,
        breaker=breaker or "none",
        quoting=quoting,
        plan=ladder_plan,
        close=close,
        exit_state=exits.state if exits is not None else exit_state,
        close_state=closing,
    )


def _observe(seen: Observation) -> str:
    missing = [name for name, value in (("book", seen.touch), ("position", seen.position)) if value is None]
    return f"{' and '.join(missing)} not known" if missing else "book and position known"


def _exits(seen: Observation, settings: MakerSettings, rule: MarketRule, state: ExitState) -> ExitDecision | None:
    if seen.to_reduce is None:
        return None
    return decide_exit(
        state,
        seen.to_reduce,
        seen.entry,
        seen.mark,
        settings.stop_loss,
        settings.take_profit,
        settings.exit_cooldown,
        seen.now,
        rule,
    )


def _limits(
    seen: Observation, settings: MakerSettings, rule: MarketRule, exits: ExitDecision | None
) -> LimitDecision | None:
    price = seen.mark if seen.mark is not None else (seen.touch.mid if seen.touch is not None else None)
    if seen.to_reduce is None or price is None or (exits is not None and exits.side is not None):
        return None
    return reduction(
        seen.to_reduce, settings.target_position, settings.position_threshold, settings.max_position, rule, price
    )


def _breakers(seen: Observation, settings: MakerSettings, exits: ExitDecision | None, state: ExitState) -> str | None:
    if seen.hold is not None:
        return seen.hold
    if settings.paused:
        return "paused"
    if exits is not None and not exits.may_quote:
        return exits.reason
    if exits is None and (state.closing is not None or seen.now < state.resume_at):
        return "an exit is not over, and the position is not known"
    return None


def _quotes(seen: Observation, settings: MakerSettings, rule: MarketRule, breaker: str | None) -> QuoteDecision:
    if seen.touch is None or seen.position is None:
        return QuoteDecision((), None, None, _observe(seen))
    if breaker is not None:
        return QuoteDecision((), None, None, breaker)
    mid = seen.touch.mid
    middle = (seen.position.low + seen.position.high) / 2
    skew = inventory_skew(mid, middle, settings.max_position, settings.inventory_skew)
    prices = ladder_prices(
        seen.touch,
        settings.spread_pct,
        settings.level_step_bps,
        settings.orders_per_side,
        skew,
        rule.tick,
        seen.join_only,
    )
    room = headroom(seen.position, settings.max_position)
    size = order_size(settings.order_amount, seen.equity, mid, settings.orders_per_side, rule)
    if size.size == 0:
        return QuoteDecision((), prices, room, size.reason)
    quotes = tuple(ladder(prices, size.size, room.buy, room.sell, rule))
    return QuoteDecision(quotes, prices, room, f"{len(quotes)} quotes of {size.size} ({size.reason})")


def _guard(
    seen: Observation, settings: MakerSettings, rule: MarketRule, breaker: str | None, quoting: QuoteDecision
) -> LadderPlan:
    if breaker is None and seen.brief and (seen.touch is None or seen.position is None):
        # Nothing is placed on what is not known, but places in the queue are not given up for a moment's gap.
        return LadderPlan((), (), (), 0)
    if not quoting.quotes or seen.touch is None or quoting.room is None:
        return withdrawal(seen.resting)
    tolerance = price_tolerance(seen.touch.mid, settings.spread_pct, settings.refresh_tolerance_bps, rule.tick)
    return plan(quoting.quotes, seen.resting, quoting.room, seen.touch, tolerance, rule)


def _close(
    seen: Observation,
    settings: MakerSettings,
    rule: MarketRule,
    exits: ExitDecision | None,
    limits: LimitDecision | None,
    state: CloseState,
) -> tuple[CloseOrder | None, CloseState]:
    if seen.to_reduce is None:
        return None, state
    wanted = None
    if exits is not None and exits.side is not None:
        wanted = Wanted(exits.side, exits.size, seen.to_reduce, exits.reason)
    elif limits is not None and limits.side is not None:
        wanted = Wanted(limits.side, limits.size, seen.to_reduce, limits.reason)
    levels = seen.asks if wanted is not None and wanted.side is Side.BUY else seen.bids
    return decide_close(wanted, state, seen.closing, seen.touch, levels, settings, rule, seen.any_form, seen.now)
