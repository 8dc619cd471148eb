"""A stop that rests at the exchange while we are connected, for the time in which we are not: card EX04."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot_backpack.market_making.values import (
    BPS,
    ZERO,
    MarketRule,
    Side,
    require_finite,
    require_not_negative,
    require_positive,
    round_down,
    round_up,
)

STEP_SECONDS = 1.0
"""The stop is moved at most this often; one that is larger than the position goes at once."""


@dataclass(frozen=True)
class StopOrder:
    """A reduce-only market order that waits at the exchange for the mark price.

    :param size: base, on the step
    :param trigger: mark price, on the tick
    """

    side: Side
    size: Decimal
    trigger: Decimal


@dataclass(frozen=True)
class RestingStop:
    """One of ours that waits at the exchange.

    :param cancelling: a cancel was asked for and is not confirmed
    """

    order_id: str
    order: StopOrder
    cancelling: bool = False


@dataclass(frozen=True)
class StopPlan:
    """What to cancel and what to place, never both of the same: a new one only goes once nothing is left.

    :param at: when the stop was placed last, the caller's clock
    :param pending: another stop is wanted than what rests, and it is only a matter of time
    """

    cancel: tuple[RestingStop, ...]
    place: StopOrder | None
    at: float
    reason: str
    pending: bool = field(default=False, compare=False)


def wanted_stop(
    net: Decimal, entry: Decimal, mark: Decimal, stop_loss: Decimal, beyond_bps: Decimal, rule: MarketRule
) -> tuple[StopOrder | None, str]:
    """The stop that a position should have, and why it has none.

    It stands where the loss is `stop_loss`, and `beyond_bps` of that price further: the bot's own exit, with slippage
    protection, comes first while it lives. `trigger = entry - stop_loss / net`, for longs and shorts alike.

    :param stop_loss: magnitude, quote
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_finite("net", net)
    require_positive("entry", entry)
    require_positive("mark", mark)
    require_positive("stop_loss", stop_loss)
    require_not_negative("beyond_bps", beyond_bps)
    size = round_down(abs(net), rule.step)
    refusal = rule.refusal(size, mark)
    if refusal is not None:
        return None, f"no stop at the exchange: {refusal}"
    price = entry - stop_loss / net
    if net > 0:
        side, trigger = Side.SELL, round_down(price * (1 - beyond_bps / BPS), rule.tick)
        passed = trigger >= mark
    else:
        side, trigger = Side.BUY, round_up(price * (1 + beyond_bps / BPS), rule.tick)
        passed = trigger <= mark
    if trigger <= 0:
        return None, f"no stop at the exchange: {net} cannot lose {stop_loss}"
    if passed:
        # The exchange would take it for an order that waits for the price to come back.
        return None, f"no stop at the exchange: the mark of {mark} is beyond {trigger} already"
    return StopOrder(side, size, trigger), f"stop at the exchange: {side.value} {size} at mark {trigger}"


def plan_stop(wanted: StopOrder | None, reason: str, resting: Sequence[RestingStop], at: float, now: float) -> StopPlan:
    """Keep the stop in step with the position: one at most, never more than the position.

    :param at: when the stop was placed last
    :param now: seconds, the same clock
    """
    live = tuple(stop for stop in resting if not stop.cancelling)
    if wanted is None:
        return StopPlan(live, None, at, reason)
    good = [stop for stop in live if stop.order == wanted][:1]
    if good:
        return StopPlan(tuple(stop for stop in live if stop not in good), None, at, reason)
    held = sum((stop.order.size for stop in live if stop.order.side is wanted.side), ZERO)
    wrong = any(stop.order.side is not wanted.side for stop in live) or held > wanted.size
    if not wrong and now - at < STEP_SECONDS:
        return StopPlan((), None, at, reason, pending=True)
    if resting:
        return StopPlan(live, None, at, reason, pending=True)
    return StopPlan((), wanted, now, reason)
