"""One step of the perpetual market maker, in one line of travel:

observe → exits → limits → breakers → quotes → guard → actions.

Each stage takes plain values and returns a typed decision with its reason; `decide` only strings them together.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from hummingbot_backpack.market_making.closing import CloseOrder, CloseState, Levels, Wanted, decide_close
from hummingbot_backpack.market_making.exits import ExitDecision, ExitState, decide_exit
from hummingbot_backpack.market_making.limits import LimitDecision, headroom, reduction
from hummingbot_backpack.market_making.models.shape import NOTHING_KNOWN, ModelInputs, NotKnown, shape
from hummingbot_backpack.market_making.quoting import inventory_skew, order_size
from hummingbot_backpack.market_making.settings import MakerSettings
from hummingbot_backpack.market_making.stages import Outcome, QuoteDecision, Seen, guard_ladder, quote_ladder
from hummingbot_backpack.market_making.values import MarketRule, NetPosition, Side

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
    :param bids, asks: (price, base) of everybody else, best first, as far as slippage protection looks
    :param model: what quote models look at
    :param any_form: IOC orders and tolerances can be sent, not market orders alone
    :param closing: a reduce-only order of ours is on its way
    """

    position: NetPosition | None
    to_reduce: Decimal | None
    entry: Decimal | None
    mark: Decimal | None
    equity: Decimal | None
    closing: bool
    bids: Levels = ()
    asks: Levels = ()
    any_form: bool = False
    model: ModelInputs = NOTHING_KNOWN


@dataclass(frozen=True, kw_only=True)
class Decision(Outcome):
    """What each stage decided, and the actions that follow."""

    exit: ExitDecision | None
    limit: LimitDecision | None
    exit_state: ExitState
    close_state: CloseState

    def stages(self) -> dict[str, str]:
        shared = super().stages()
        return {
            "observed": shared.pop("observed"),
            "exit": self.exit.reason if self.exit else "position not known",
            "limit": self.limit.reason if self.limit else "not decided",
            **shared,
        }


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
    middle = (seen.position.low + seen.position.high) / 2
    skew = inventory_skew(seen.touch.mid, middle, settings.max_position, settings.inventory_skew)
    room = headroom(seen.position, settings.max_position)
    mid = seen.touch.mid
    size = order_size(settings.order_amount, seen.equity, mid, settings.orders_per_side, rule).size or rule.step
    found = shape(mid, middle, settings.spread_pct, size, skew, settings.model, seen.model)
    if isinstance(found, NotKnown):
        return QuoteDecision((), None, room, found.reason)
    quoting = quote_ladder(seen, seen.touch, settings, rule, found.skew, room, seen.equity, found.width_pct)
    return replace(quoting, reason=f"{quoting.reason}, {found.reason}") if settings.model.moves else quoting


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
