"""Which resting quotes stay and which are replaced: card QU03, inside the limits of LI02."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.values import (
    BPS,
    PERCENT,
    ZERO,
    MarketRule,
    Quote,
    RestingOrder,
    Side,
    Touch,
    round_down,
)


def price_tolerance(mid: Decimal, spread_pct: Decimal, refresh_tolerance_bps: Decimal | None, tick: Decimal) -> Decimal:
    """How far, in quote per base, a resting quote may be from its target: the setting, or a quarter of the half-spread
    and at least one tick."""
    if refresh_tolerance_bps is not None:
        return mid * refresh_tolerance_bps / BPS
    return max(mid * spread_pct / PERCENT / 8, tick)


CALM, STRAINED = Decimal("0.6"), Decimal("0.85")
"""Shares of the request budget: from the first on quotes are replaced less often, from the second on none is placed,
and what is left serves cancels and closes."""
MOST_SLACK = Decimal(10)


def slack(used: Decimal) -> Decimal:
    """How many tolerances further out than its target a quote may stand while requests are scarce.

    Only further out: such a quote earns more than it should and can wait. One that is nearer to the other side than its
    target is what a moving market takes, and goes as ever.

    :param used: share of the request budget that is spent, 0 to 1
    """
    strain = (used - CALM) / (STRAINED - CALM)
    return 1 + (MOST_SLACK - 1) * max(ZERO, min(Decimal(1), strain))


@dataclass(frozen=True)
class Kept:
    """A resting order that stays, and the quote it stands for."""

    order: RestingOrder
    target: Quote


@dataclass(frozen=True)
class LadderPlan:
    """What to do with the resting quotes, and what to place once the cancels are on their way.

    `place` already fits beside everything that can still fill, the orders in `cancel` included; `deferred` counts
    targets that have to wait until a cancel is confirmed.
    """

    keep: tuple[Kept, ...]
    cancel: tuple[RestingOrder, ...]
    place: tuple[Quote, ...]
    deferred: int


def plan(
    targets: Sequence[Quote],
    resting: Sequence[RestingOrder],
    room: Headroom,
    touch: Touch,
    tolerance: Decimal,
    rule: MarketRule,
    used: Decimal = ZERO,
) -> LadderPlan:
    """Match resting orders with targets and replace the rest.

    A resting order stays if it is within `tolerance` of a target no other order is nearer to, holds between half and
    twice the target's size, does not reach the other side of the market, and fits into its side's headroom together
    with the others that stay. New orders only get the headroom that nothing which can still fill occupies, and wait
    while they would meet one of our own on the other side whose cancel is not confirmed.

    :param used: share of the request budget that is spent: see `slack`
    """
    keep: list[Kept] = []
    cancel: list[RestingOrder] = []
    place: list[Quote] = []
    deferred = 0
    for side in Side:
        wanted = [quote for quote in targets if quote.side is side]
        live = [order for order in resting if order.side is side and order.remaining > 0]
        matched = _match(wanted, [order for order in live if not order.cancelling], touch, tolerance, rule, slack(used))
        kept_size = ZERO
        covered: set[int] = set()
        kept: set[str] = set()
        for quote in wanted:
            order = matched.get(quote.level)
            if order is None or kept_size + order.remaining > room.of(side):
                continue
            kept_size += order.remaining
            covered.add(quote.level)
            kept.add(order.order_id)
            keep.append(Kept(order, quote))
        cancel += [order for order in live if order.order_id not in kept and not order.cancelling]
        free = room.of(side) - sum((order.remaining for order in live), ZERO)
        facing = [
            order.price for order in resting if order.side is side.opposite and order.remaining > 0 and not order.gone
        ]
        occupied = {order.price for order in live if order.order_id in kept}
        for quote in wanted:
            if quote.level in covered or quote.price in occupied:
                continue
            size = round_down(min(quote.size, free), rule.step) if free > 0 else ZERO
            # Half a quote now would be judged too small a moment later: wait for the room instead, unless the target
            # itself is what is left before the limit.
            meets_own = any(side.sign * (quote.price - price) >= 0 for price in facing)
            if used >= STRAINED or meets_own or size < quote.size / 2 or rule.refusal(size, quote.price) is not None:
                deferred += 1
                continue
            place.append(Quote(side, quote.level, quote.price, size))
            free -= size
    return LadderPlan(tuple(keep), tuple(cancel), tuple(place), deferred)


def withdrawal(resting: Sequence[RestingOrder]) -> LadderPlan:
    """Take every quote away and place none."""
    return LadderPlan((), tuple(order for order in resting if not order.cancelling), (), 0)


def _match(
    wanted: Sequence[Quote],
    live: Sequence[RestingOrder],
    touch: Touch,
    tolerance: Decimal,
    rule: MarketRule,
    slack: Decimal,
) -> dict[int, RestingOrder]:
    """Pair targets (by level) with acceptable resting orders, nearest pairs first."""
    pairs = sorted(
        (abs(order.price - quote.price), quote.level, index)
        for quote in wanted
        for index, order in enumerate(live)
        if -tolerance <= quote.side.sign * (quote.price - order.price) <= tolerance * slack
        and quote.size / 2 <= order.remaining <= quote.size * 2
        and not _reaches_across(order, touch, rule.tick)
    )
    matched: dict[int, RestingOrder] = {}
    taken: set[int] = set()
    for _, level, index in pairs:
        if level not in matched and index not in taken:
            matched[level] = live[index]
            taken.add(index)
    return matched


def _reaches_across(order: RestingOrder, touch: Touch, tick: Decimal) -> bool:
    if order.side is Side.BUY:
        return order.price > touch.ask - tick
    return order.price < touch.bid + tick
