"""What the steps of all market makers share: what is seen, and the stages from prices to the plan of a ladder."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.closing import CloseOrder
from hummingbot_backpack.market_making.keeping import LadderPlan, plan, price_tolerance, withdrawal
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.quoting import Prices, Skew, ladder, ladder_prices, order_size
from hummingbot_backpack.market_making.settings import QuotingSettings
from hummingbot_backpack.market_making.values import ZERO, MarketRule, Quote, RestingOrder, Touch


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What every market maker knows of its market at the moment of a decision; None is "not known", never zero.

    :param touch: best prices of the valid book, our own orders taken off
    :param resting: our orders that can still fill, those being cancelled included
    :param hold: why somebody else wants no quotes (a breaker, a stop that began), None if nobody does
    :param brief: what is not known has been so for less than the time after which quotes are withdrawn
    :param join_only: no price better than the touch can be placed
    :param now: seconds, the caller's clock
    :param used: share of the request budget that is spent, 0 to 1
    """

    touch: Touch | None
    resting: tuple[RestingOrder, ...]
    hold: str | None
    now: float
    brief: bool = False
    join_only: bool = False
    used: Decimal = ZERO


@dataclass(frozen=True)
class QuoteDecision:
    """The ladder that should rest, with the prices it came from; empty with the reason if none should.

    :param width_pct: distance between the nearest bid and ask before rounding, % of mid
    """

    quotes: tuple[Quote, ...]
    prices: Prices | None
    room: Headroom | None
    reason: str
    width_pct: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What every market maker's step ends in: quotes, and the actions that follow: take first, cancel next, then place.

    :param close: an order that takes: a reduction, an exit, a rebalancing
    """

    observed: str
    breaker: str
    quoting: QuoteDecision
    plan: LadderPlan
    close: CloseOrder | None

    def stages(self) -> dict[str, str]:
        """What each stage decided and why, in the order of the step."""
        plan = self.plan
        return {
            "observed": self.observed,
            "breaker": self.breaker,
            "quotes": self.quoting.reason,
            "guard": f"{len(plan.keep)} kept, {len(plan.cancel)} cancelled, {len(plan.place)} placed, "
            f"{plan.deferred} waiting for room",
            "action": self.close.reason if self.close else "none",
        }


def quote_ladder(
    seen: Seen,
    touch: Touch,
    settings: QuotingSettings,
    rule: MarketRule,
    skew: Skew,
    room: Headroom,
    value: Decimal | None,
    width_pct: Decimal | None = None,
) -> QuoteDecision:
    """The ladder around `touch`, each side within its room (base).

    :param value: the account's value in quote, for sizes that are not set; None when it is not known
    :param width_pct: instead of `spread_pct`
    """
    width = settings.spread_pct if width_pct is None else width_pct
    prices = ladder_prices(
        touch,
        width,
        settings.level_step_bps,
        settings.orders_per_side,
        skew,
        rule.tick,
        seen.join_only,
    )
    size = order_size(settings.order_amount, value, touch.mid, settings.orders_per_side, rule)
    if size.size == 0:
        return QuoteDecision((), prices, room, size.reason, width)
    quotes = tuple(ladder(prices, size.size, room.buy, room.sell, rule))
    return QuoteDecision(quotes, prices, room, f"{len(quotes)} quotes of {size.size} ({size.reason})", width)


def guard_ladder(
    seen: Seen, known: bool, settings: QuotingSettings, rule: MarketRule, held: bool, quoting: QuoteDecision
) -> LadderPlan:
    """What to do with the resting quotes.

    :param known: everything that quoting needs is known
    :param held: something other than a lack of knowledge wants no quotes
    """
    if not held and seen.brief and not known:
        # Nothing is placed on what is not known, but places in the queue are not given up for a moment's gap.
        return LadderPlan((), (), (), 0)
    if not quoting.quotes or seen.touch is None or quoting.room is None:
        return withdrawal(seen.resting)
    width = settings.spread_pct if quoting.width_pct is None else quoting.width_pct
    tolerance = price_tolerance(seen.touch.mid, width, settings.refresh_tolerance_bps, rule.tick)
    return plan(quoting.quotes, seen.resting, quoting.room, seen.touch, tolerance, rule, seen.used)
