"""Keeping base at its share of a spot account: cards RB01 to RB04."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from statistics import stdev

from hummingbot_backpack.market_making.holdings import Holdings
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.quoting import Skew
from hummingbot_backpack.market_making.values import (
    PERCENT,
    ZERO,
    MarketRule,
    Side,
    require_not_negative,
    require_positive,
    round_down,
)

SIDE_SHARE = Decimal("0.95")
"""Largest part of a side that one rebalancing sells or spends."""
LEAST_ORDERS = 10
"""An account worth less than so many smallest orders is not rebalanced."""
CALM_PCT, WILD_PCT = Decimal(2), Decimal(5)
"""Volatility below the one is low, above the other high (RB04)."""


@dataclass(frozen=True)
class Band:
    """Base's share of the account, in percent, and how far it may be from it."""

    target_pct: Decimal
    threshold_pct: Decimal

    def __post_init__(self) -> None:
        require_not_negative("base_target_pct", self.target_pct)
        require_positive("rebalance_threshold_pct", self.threshold_pct)


PRESETS: dict[str, Band] = {
    "default": Band(Decimal(30), Decimal(15)),
    "high_volatility": Band(Decimal(20), Decimal(10)),
    "medium_volatility": Band(Decimal(30), Decimal(15)),
    "low_volatility": Band(Decimal(35), Decimal(20)),
    "conservative": Band(Decimal(20), Decimal(10)),
    "aggressive": Band(Decimal(35), Decimal(20)),
}

Range = tuple[Decimal, Decimal]
CLASSIC_RANGES: dict[str, tuple[Range, Range]] = {
    "high_volatility": ((Decimal(20), Decimal(25)), (Decimal(10), Decimal(12))),
    "medium_volatility": ((Decimal(25), Decimal(35)), (Decimal(12), Decimal(18))),
    "low_volatility": ((Decimal(30), Decimal(40)), (Decimal(15), Decimal(25))),
}
"""Target and threshold that the classic bots' documentation advises, by the preset that fits."""


def band(target_pct: Decimal | None, threshold_pct: Decimal | None, preset: str | None) -> Band:
    """The band that settings ask for: a number that is given wins over the preset's."""
    chosen = PRESETS[preset or "default"]
    return Band(
        chosen.target_pct if target_pct is None else target_pct,
        chosen.threshold_pct if threshold_pct is None else threshold_pct,
    )


@dataclass(frozen=True)
class RebalanceDecision:
    """What to trade now, or nothing (`side` None), and why.

    :param size: base, on the step
    """

    side: Side | None
    size: Decimal
    reason: str


def rebalance(
    held: Holdings,
    price: Decimal,
    wanted: Band,
    spendable: Headroom,
    rule: MarketRule,
    whatever_the_threshold: bool = False,
) -> RebalanceDecision:
    """The trade that takes base back to its target, once its share is strictly further off than the threshold.

    `total = quote + base * price`; `|base * price - target% * total| / total` in percentage points.

    :param held: totals, lent funds included
    :param price: mid, quote per base
    :param spendable: base that can be bought with, and sold from, what orders can use now
    :param whatever_the_threshold: at the end of a session any distance counts
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("price", price)
    require_not_negative("base", held.base)
    require_not_negative("quote", held.quote)
    total = held.value(price)
    least = LEAST_ORDERS * max(rule.min_quantity * price, rule.min_notional)
    if total <= 0 or total < least:
        return RebalanceDecision(
            None, ZERO, f"the account's value of {_short(total)} is below ten smallest orders ({_short(least)})"
        )
    excess = held.base * price - total * wanted.target_pct / PERCENT
    share, target = held.base * price * PERCENT / total, wanted.target_pct
    where = f"base is {share:.2f} % of {_short(total)}, target {_short(target)} ± {_short(wanted.threshold_pct)}"
    if not whatever_the_threshold and abs(excess) * PERCENT <= wanted.threshold_pct * total:
        return RebalanceDecision(None, ZERO, where)
    side = Side.SELL if excess > 0 else Side.BUY
    whole = held.base if side is Side.SELL else held.quote / price
    most = min(whole * SIDE_SHARE, spendable.of(side))
    size = round_down(max(ZERO, min(abs(excess) / price, most)), rule.step)
    refusal = rule.refusal(size, price)
    if refusal is not None:
        return RebalanceDecision(None, ZERO, f"{where}: {refusal}")
    return RebalanceDecision(side, size, f"{where}: {side.value} {size}")


def rebalancing_skew(mid: Decimal, held: Holdings, wanted: Band, strength: Decimal) -> Skew:
    """Skew that pulls base towards its target (RB03): `ratio = clamp((base% - target%) / threshold, -1, 1)`.

    :param strength: offset at the edge of the band as a fraction of price, 0 to 1
    """
    require_positive("mid", mid)
    require_not_negative("inventory_skew", strength)
    share = held.share_pct(mid)
    if share is None:
        return Skew(ZERO, ZERO)
    ratio = max(Decimal(-1), min(Decimal(1), (share - wanted.target_pct) / wanted.threshold_pct))
    return Skew(ratio, mid * strength * ratio)


def daily_volatility(closes: Sequence[Decimal]) -> Decimal | None:
    """Standard deviation of daily returns in percent; None with fewer than three closes.

    :param closes: one a day, oldest first
    """
    for close in closes:
        require_positive("close", close)
    if len(closes) < 3:
        return None
    return stdev([later / earlier - 1 for earlier, later in pairwise(closes)]) * PERCENT


def fitting_preset(volatility_pct: Decimal) -> str:
    """The preset for a market's daily volatility in percent (RB04)."""
    if volatility_pct > WILD_PCT:
        return "high_volatility"
    return "low_volatility" if volatility_pct < CALM_PCT else "medium_volatility"


def advice(wanted: Band, volatility_pct: Decimal) -> list[str]:
    """What a preflight says: the preset that fits, and each number outside of what is commonly advised for it."""
    name = fitting_preset(volatility_pct)
    fits, (targets, thresholds) = PRESETS[name], CLASSIC_RANGES[name]
    lines = [
        f"daily volatility over 30 days is {volatility_pct:.2f} %: rebalance_preset {name} "
        f"({_short(fits.target_pct)}/{_short(fits.threshold_pct)}) fits"
    ]
    for setting, value, (low, high) in (
        ("base_target_pct", wanted.target_pct, targets),
        ("rebalance_threshold_pct", wanted.threshold_pct, thresholds),
    ):
        if not low <= value <= high:
            lines.append(f"{setting} ({_short(value)}) is outside of the usual {low} to {high} at this volatility")
    return lines


def _short(value: Decimal) -> str:
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")
