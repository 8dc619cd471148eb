"""Slippage protection of orders that take: cards SL01 to SL05.

A guard refuses what would open risk at a bad price. What closes risk is never refused: it goes out in a form the guard
can live with, escalates, and ends at market.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from itertools import pairwise
from statistics import stdev
from typing import Protocol

from hummingbot_backpack.market_making.values import (
    BPS,
    PERCENT,
    ZERO,
    MarketRule,
    Side,
    Touch,
    require_finite,
    require_not_negative,
    require_positive,
    round_down,
    round_up,
)


class SlippageSettings(Protocol):
    """The settings of slippage protection, whatever else the settings they stand among hold; bps, bps, percent."""

    @property
    def slippage_protection(self) -> bool:
        """Whether anything below is looked at."""

    @property
    def max_slippage_bps(self) -> Decimal:
        """How far from mid an order that takes may trade, bps of mid."""

    @property
    def max_market_spread_bps(self) -> Decimal:
        """Width of the market above which no market order goes out, bps of mid."""

    @property
    def min_depth_pct(self) -> Decimal:
        """Part of the order that the book must hold within the tolerance, percent; 100 is all of it."""


class ToleranceSettings(Protocol):
    """The settings that the tolerance is made of; bps, `fixed` or `dynamic`, standard deviations."""

    @property
    def max_slippage_bps(self) -> Decimal:
        """The fixed tolerance, bps of mid; in dynamic mode the least one."""

    @property
    def slippage_mode(self) -> str:
        """`fixed` or `dynamic`."""

    @property
    def dynamic_multiple(self) -> Decimal:
        """Standard deviations of one-second returns that are tolerated in dynamic mode."""


@dataclass(frozen=True)
class Verdict:
    """Whether an order may go, how much of it, and why."""

    passes: bool
    size: Decimal
    reason: str


def check_limit(side: Side, price: Decimal, size: Decimal, mid: Decimal, max_slippage_bps: Decimal) -> Verdict:
    """A limit order that would take: refused when strictly further than `max_slippage_bps` on the bad side of mid.

    :param price, mid: quote per base
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("price", price)
    require_positive("mid", mid)
    require_not_negative("max_slippage_bps", max_slippage_bps)
    deviation = side.sign * (price - mid) / mid * BPS
    where = f"{side.value} at {price} against a mid of {mid} deviates {deviation:.2f} bps"
    if deviation > max_slippage_bps:
        return Verdict(False, ZERO, f"{where}, more than {max_slippage_bps}")
    return Verdict(True, size, where)


def check_market(size: Decimal, touch: Touch, max_market_spread_bps: Decimal) -> Verdict:
    """A market order: refused when the market is strictly wider than `max_market_spread_bps`.

    :param size: base
    :raises DecisionError: if the bound is not a number of at least 0
    """
    require_not_negative("max_market_spread_bps", max_market_spread_bps)
    where = f"the market of {touch.bid} / {touch.ask} is {touch.spread_bps:.2f} bps wide"
    if touch.spread_bps > max_market_spread_bps:
        return Verdict(False, ZERO, f"{where}, more than {max_market_spread_bps}")
    return Verdict(True, size, where)


def check_depth(
    side: Side,
    size: Decimal,
    levels: Sequence[tuple[Decimal, Decimal]],
    reference: Decimal,
    tolerance_bps: Decimal,
    min_depth_pct: Decimal,
    rule: MarketRule,
    cut: bool = False,
) -> Verdict:
    """The book must hold `min_depth_pct` percent of the order within the tolerance of the reference.

    :param levels: (price, quantity in base) of the side that would be taken
    :param cut: send what the book can take instead of refusing
    """
    require_positive("reference", reference)
    require_not_negative("tolerance_bps", tolerance_bps)
    require_positive("min_depth_pct", min_depth_pct)
    bound = worst_price(side, reference, tolerance_bps)
    within = (quantity for price, quantity in levels if side.sign * (price - bound) <= 0)
    depth = sum(within, ZERO)
    needed = size * min_depth_pct / PERCENT
    where = f"the book holds {depth} of the {needed} needed within {tolerance_bps} bps of {reference}"
    if depth >= needed:
        return Verdict(True, size, where)
    less = round_down(depth * PERCENT / min_depth_pct, rule.step)
    if cut and rule.refusal(less, reference) is None:
        return Verdict(True, less, f"{where}: cut to {less}")
    return Verdict(False, ZERO, where)


def worst_price(side: Side, reference: Decimal, tolerance_bps: Decimal) -> Decimal:
    """Price at the edge of the tolerance, quote per base, not rounded: `reference * (1 ± tolerance_bps / 10000)`, plus
    for a buy."""
    return reference * (1 + side.sign * tolerance_bps / BPS)


def dynamic_tolerance(mids: Sequence[Decimal], fixed_bps: Decimal, multiple: Decimal) -> Decimal:
    """Larger of the fixed tolerance and `multiple` standard deviations of the returns of mids one second apart, in bps.

    :param mids: oldest first, one a second; fewer than three say nothing about volatility
    """
    require_not_negative("max_slippage_bps", fixed_bps)
    require_not_negative("dynamic_multiple", multiple)
    for mid in mids:
        require_positive("mid", mid)
    if len(mids) < 3:
        return fixed_bps
    returns = [later / earlier - 1 for earlier, later in pairwise(mids)]
    return max(fixed_bps, multiple * stdev(returns) * BPS)


def tolerance(settings: ToleranceSettings, mids: Sequence[Decimal]) -> Decimal:
    """What is tolerated now, in bps (SL04): the fixed tolerance, or in dynamic mode what the last minute asks for.

    :param mids: as in `dynamic_tolerance`; only read in dynamic mode
    :raises DecisionError: if a value is not in its range
    """
    if settings.slippage_mode != "dynamic":
        return settings.max_slippage_bps
    return dynamic_tolerance(mids, settings.max_slippage_bps, settings.dynamic_multiple)


class CloseStep(IntEnum):
    """Forms a risk-reducing order takes, in the order in which they are tried."""

    MARKET = 0
    IOC = 1
    WIDE_IOC = 2
    CAPPED_MARKET = 3
    PLAIN_MARKET = 4


TOLERANCE_MULTIPLE = {CloseStep.IOC: 1, CloseStep.WIDE_IOC: 2, CloseStep.CAPPED_MARKET: 4}


@dataclass(frozen=True)
class CloseForm:
    """How to send a reduce-only order now.

    :param price: limit of an IOC order, on the tick; None for a market order
    :param slippage_bps: what the exchange itself is to tolerate on a market order; None leaves it free
    :param alert: the last resort: to be said loudly
    :param post_only: it rests at `price` and takes nothing: for a market that takes no other order
    """

    step: CloseStep
    price: Decimal | None
    slippage_bps: Decimal | None
    alert: bool
    reason: str
    post_only: bool = False


def close_form(
    side: Side,
    touch: Touch | None,
    guard: Verdict | None,
    previous: CloseStep | None,
    tolerance_bps: Decimal,
    tick: Decimal,
) -> CloseForm:
    """Next form of an order that closes risk.

    A market order while the guard lets it; else an IOC limit at the tolerance, at twice it, a market order that the
    exchange itself holds to four times it, and a plain one. Without a valid book it starts at the third of these.

    :param guard: SL02 and SL03's verdict, None where protection is off
    :param previous: the step that was tried and left a rest, None at the first
    """
    require_finite("tolerance_bps", tolerance_bps)
    why = guard.reason if guard is not None else "slippage protection is off"
    if previous is None and (guard is None or (guard.passes and touch is not None)):
        return CloseForm(CloseStep.MARKET, None, None, False, why)
    step = CloseStep.IOC if previous is None else CloseStep(min(previous + 1, CloseStep.PLAIN_MARKET))
    if touch is None:
        step, why = max(step, CloseStep.CAPPED_MARKET), "there is no valid book"
    if step is CloseStep.PLAIN_MARKET:
        return CloseForm(step, None, None, True, "every gentler form left a rest")
    bound = tolerance_bps * TOLERANCE_MULTIPLE[step]
    if step is CloseStep.CAPPED_MARKET or touch is None:
        return CloseForm(step, None, bound, False, why)
    worst = worst_price(side, touch.mid, bound)
    # Rounded away from the touch, so that rounding never takes the order out of the market again.
    price = round_up(worst, tick) if side is Side.BUY else max(round_down(worst, tick), tick)
    return CloseForm(step, price, None, False, why)
