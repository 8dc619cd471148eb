"""One step of the perpetual market maker, in one line of travel:

observe → exits → limits → breakers → quotes → guard → actions.

Each stage takes plain values and returns a typed decision with its reason; `decide` only strings them together.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from hummingbot_backpack.market_making.closing import CloseState, Levels, Wanted
from hummingbot_backpack.market_making.exchange_stop import RestingStop, StopPlan, plan_stop, wanted_stop
from hummingbot_backpack.market_making.exits import ExitDecision, ExitState, decide_exit
from hummingbot_backpack.market_making.guard import tolerance
from hummingbot_backpack.market_making.limits import Headroom, LimitDecision, headroom, reduction, within_collateral
from hummingbot_backpack.market_making.market_states import CloseDecision, MarketState, close_in
from hummingbot_backpack.market_making.models.shape import NOTHING_KNOWN, ModelInputs, NotKnown, shape
from hummingbot_backpack.market_making.quoting import inventory_skew, order_size
from hummingbot_backpack.market_making.settings import MakerSettings
from hummingbot_backpack.market_making.stages import Outcome, QuoteDecision, Seen, guard_ladder, quote_ladder
from hummingbot_backpack.market_making.values import ZERO, MarketRule, NetPosition, RestingOrder, Side

NO_EXIT = ExitState()
NO_CLOSE = CloseState()


@dataclass(frozen=True, kw_only=True)
class Observation(Seen):
    """What is known at the moment of a decision; None is "not known", never zero.

    :param position: bounds of the signed position, base
    :param to_reduce: the exchange's position once it includes our last fills, for reductions and exits
    :param entry: average entry of the exchange's position, quote per base
    :param mark: mark price, quote per base
    :param equity: account value, quote
    :param exposure_left: base by which new orders may raise the market's exposure within the free collateral
    :param bids, asks: (price, base) of everybody else, best first, as far as slippage protection looks
    :param model: what quote models look at
    :param any_form: IOC orders and tolerances can be sent, not market orders alone
    :param closing: a reduce-only order of ours that takes is on its way
    :param making: our reduce-only orders that make
    :param stops: our stops that wait at the exchange
    :param can_stop: stops can be placed there
    :param stopped_at: when the last one was placed
    :param market: what the exchange says the market takes
    :param mids: the last minute's mids of the valid book, one a second, oldest first; only read for dynamic tolerance
    """

    position: NetPosition | None
    to_reduce: Decimal | None
    entry: Decimal | None
    mark: Decimal | None
    equity: Decimal | None
    closing: bool
    bids: Levels = ()
    asks: Levels = ()
    exposure_left: Decimal | None = None
    any_form: bool = False
    model: ModelInputs = NOTHING_KNOWN
    making: tuple[RestingOrder, ...] = ()
    stops: tuple[RestingStop, ...] = ()
    can_stop: bool = False
    stopped_at: float = 0.0
    market: MarketState = MarketState.OPEN
    mids: tuple[Decimal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decision(Outcome):
    """What each stage decided, and the actions that follow.

    :param closing: what is done about risk that is to be closed; `close` is its order
    :param stop: what is done about the stop that waits at the exchange
    """

    exit: ExitDecision | None
    limit: LimitDecision | None
    exit_state: ExitState
    closing: CloseDecision
    stop: StopPlan

    def stages(self) -> dict[str, str]:
        """What each stage decided and why, in order: observed, exit, limit, breaker, quotes, guard, action; and stop,
        where there is something to say of the stop at the exchange.
        """
        shared = super().stages()
        found = {
            "observed": shared.pop("observed"),
            "exit": self.exit.reason if self.exit else "position not known",
            "limit": self.limit.reason if self.limit else "not decided",
            **shared,
        }
        if self.closing.waits is not None:
            found["action"] = f"waits: {self.closing.waits}"
        if self.stop.reason:
            found["stop"] = self.stop.reason
        return found


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
    known = seen.touch is not None and seen.position is not None
    ladder_plan = guard_ladder(seen, known, settings, rule, breaker is not None, quoting)
    closing = _close(seen, settings, rule, exits, limits, close_state)
    return Decision(
        observed=observed,
        exit=exits,
        limit=limits,
        breaker=breaker or "none",
        quoting=quoting,
        plan=ladder_plan,
        close=closing.order,
        closing=closing,
        exit_state=exits.state if exits is not None else exit_state,
        stop=_stop(seen, settings, rule, exits),
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
    if not seen.market.takes_orders:
        return seen.market.sentence
    if exits is not None and not exits.may_quote:
        return exits.reason
    if exits is None and (state.closing is not None or seen.now < state.resume_at):
        return "an exit is not over, and the position is not known"
    return None


def _quotes(seen: Observation, settings: MakerSettings, rule: MarketRule, breaker: str | None) -> QuoteDecision:
    if breaker is not None:
        return QuoteDecision((), None, None, breaker)
    if seen.touch is None or seen.position is None:
        return QuoteDecision((), None, None, _observe(seen))
    middle = (seen.position.low + seen.position.high) / 2
    skew = inventory_skew(seen.touch.mid, middle, settings.max_position, settings.inventory_skew)
    limit, mid = headroom(seen.position, settings.max_position), seen.touch.mid
    room = _carried(seen, limit, seen.position)
    size = order_size(settings.order_amount, seen.equity, mid, settings.orders_per_side, rule).size or rule.step
    found = shape(mid, middle, settings.spread_pct, size, skew, settings.model, seen.model)
    if isinstance(found, NotKnown):
        return QuoteDecision((), None, room, found.reason)
    quoting = quote_ladder(seen, seen.touch, settings, rule, found.skew, room, seen.equity, found.width_pct)
    full = size * settings.orders_per_side
    if any(room.of(side) < min(limit.of(side), full) for side in Side):
        quoting = replace(quoting, reason=f"{quoting.reason}, no more than the collateral carries")
    return replace(quoting, reason=f"{quoting.reason}, {found.reason}") if settings.model.moves else quoting


def _carried(seen: Observation, limit: Headroom, position: NetPosition) -> Headroom:
    bids, asks = (
        sum((order.remaining for order in seen.resting if order.side is side), ZERO) for side in (Side.BUY, Side.SELL)
    )
    return within_collateral(limit, position, bids, asks, seen.exposure_left)


def _close(
    seen: Observation,
    settings: MakerSettings,
    rule: MarketRule,
    exits: ExitDecision | None,
    limits: LimitDecision | None,
    state: CloseState,
) -> CloseDecision:
    if seen.to_reduce is None:
        return CloseDecision(None, state)
    wanted = None
    if exits is not None and exits.side is not None:
        wanted = Wanted(exits.side, exits.size, seen.to_reduce, exits.reason)
    elif limits is not None and limits.side is not None:
        wanted = Wanted(limits.side, limits.size, seen.to_reduce, limits.reason)
    tolerated = settings
    if wanted is not None:
        tolerated = replace(settings, max_slippage_bps=tolerance(settings, seen.mids))
    return close_in(
        seen.market,
        wanted,
        state,
        seen.closing,
        seen.making,
        seen.touch,
        seen.asks if wanted is not None and wanted.side is Side.BUY else seen.bids,
        tolerated,
        rule,
        seen.any_form,
        seen.now,
        settings.on_thin_book == "cut",
    )


def _stop(seen: Observation, settings: MakerSettings, rule: MarketRule, exits: ExitDecision | None) -> StopPlan:
    """The stop at the exchange follows the position that is known; while that is not, it stays as it is."""
    if not settings.stop_at_exchange:
        return plan_stop(None, "", seen.stops, seen.stopped_at, seen.now)
    if settings.stop_loss is None:
        reason = "no stop at the exchange: stop_loss is not set"
        return plan_stop(None, reason, seen.stops, seen.stopped_at, seen.now)
    if not seen.can_stop:
        return StopPlan((), None, seen.stopped_at, "no stop at the exchange: this connector or script cannot place one")
    if seen.to_reduce is None:
        return StopPlan((), None, seen.stopped_at, "the stop at the exchange stays: the position is not known")
    if seen.to_reduce == 0 or not seen.market.takes_orders:
        reason = "no stop at the exchange: " + ("flat" if seen.to_reduce == 0 else seen.market.sentence)
        stops = seen.stops if seen.to_reduce == 0 else ()
        return plan_stop(None, reason, stops, seen.stopped_at, seen.now)
    if exits is not None and exits.state.closing is not None:
        return StopPlan((), None, seen.stopped_at, "the stop at the exchange stays while the position is closed")
    if seen.entry is None or seen.mark is None:
        return StopPlan((), None, seen.stopped_at, "the stop at the exchange stays: entry or mark is not known")
    wanted, reason = wanted_stop(
        seen.to_reduce, seen.entry, seen.mark, settings.stop_loss, settings.max_slippage_bps, rule
    )
    if wanted is None and seen.stops:
        # Beyond its trigger already, or too little to close: what rests there can only help.
        return StopPlan((), None, seen.stopped_at, reason)
    return plan_stop(wanted, reason, seen.stops, seen.stopped_at, seen.now)
