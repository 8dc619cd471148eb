"""How large the position may be: cards LI01 and LI02, and QU02's available balance."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from hummingbot_backpack.market_making.values import (
    ZERO,
    MarketRule,
    NetPosition,
    Side,
    require_finite,
    require_not_negative,
    require_positive,
    round_down,
)


class LimitBreach(Enum):
    """Which limit a reduction is for."""

    NONE = "none"
    MAXIMUM = "maximum"
    TARGET = "target"


@dataclass(frozen=True)
class LimitDecision:
    """A reduction to make now (`size` > 0, to be sent reduce-only), or none, and why."""

    breach: LimitBreach
    side: Side | None
    size: Decimal
    reason: str


def reduction(
    net: Decimal, target: Decimal, threshold: Decimal, max_position: Decimal, rule: MarketRule, price: Decimal
) -> LimitDecision:
    """What to reduce on the exchange's own position; one step at a time, never an opening order.

    Above `max_position` the excess over it comes first; else above `target + threshold` the excess over that. Floored
    to the step; what is below the market's minimum waits.

    :param net: signed position, base
    :param target, threshold, max_position: base, absolute
    :param price: for the market's minimum order value, quote per base
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_finite("net", net)
    require_not_negative("target", target)
    require_not_negative("threshold", threshold)
    require_positive("max_position", max_position)
    size = abs(net)
    if size > max_position:
        breach, excess, bound = LimitBreach.MAXIMUM, size - max_position, f"max_position {max_position}"
    elif size > target + threshold:
        breach, excess, bound = (
            LimitBreach.TARGET,
            size - target - threshold,
            f"target + threshold {target + threshold}",
        )
    else:
        return LimitDecision(LimitBreach.NONE, None, ZERO, f"position {net} is within its limits")
    quantity = round_down(excess, rule.step)
    refusal = rule.refusal(quantity, price)
    if refusal is not None:
        return LimitDecision(breach, None, ZERO, f"position {net} exceeds {bound}, but the reduction waits: {refusal}")
    side = Side.SELL if net > 0 else Side.BUY
    return LimitDecision(breach, side, quantity, f"position {net} exceeds {bound}: {side.value} {quantity}")


@dataclass(frozen=True)
class Headroom:
    """Base that all resting orders of a side together may add; never negative."""

    buy: Decimal
    sell: Decimal

    def of(self, side: Side) -> Decimal:
        """The side's room, base."""
        return self.buy if side is Side.BUY else self.sell


def headroom(position: NetPosition, max_position: Decimal) -> Headroom:
    """Room up to `max_position` on each side, on the worse of what the position may be.

    :param max_position: base, absolute
    :raises DecisionError: if `max_position` is not a positive number
    """
    require_positive("max_position", max_position)
    return Headroom(buy=max(ZERO, max_position - position.high), sell=max(ZERO, max_position + position.low))


def within_collateral(
    room: Headroom, position: NetPosition, bids: Decimal, asks: Decimal, exposure_left: Decimal | None
) -> Headroom:
    """The part of the room that the account's collateral carries too.

    Margin is locked for the largest position that the orders of one side can make. So the side that reduces is not
    bounded until it would turn the position into a larger one, and what rests keeps its room: its margin is locked.

    :param bids, asks: what rests on each side, base
    :param exposure_left: base by which new orders may raise that largest position; None: not known, which bounds
        nothing, since the exchange refuses what the account does not carry
    :raises DecisionError: if `exposure_left` is not a number of at least 0
    """
    if exposure_left is None:
        return room
    require_not_negative("exposure_left", exposure_left)
    nets = (position.low, position.high)
    carried = exposure_left + max(max(abs(net), net + bids, asks - net) for net in nets)
    return Headroom(buy=min(room.buy, carried - position.low), sell=min(room.sell, carried + position.high))
