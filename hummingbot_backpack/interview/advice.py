"""What a value would do at the current price, and what would be a sensible one: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.interview.facts import Facts
from hummingbot_backpack.language import Words
from hummingbot_backpack.market_making.quoting import Prices, Skew, ladder_prices, order_size
from hummingbot_backpack.market_making.rebalancing import band, fitting_preset
from hummingbot_backpack.market_making.setting import Value
from hummingbot_backpack.market_making.values import BPS, PERCENT, ZERO, round_down

MINUTES_A_DAY = 1440
FEE_MULTIPLE = Decimal(3)
"""Of the maker fee: a round trip is two, and half of that is to be left."""
POSITION_SHARE, LOSS_SHARE = Decimal("0.5"), Decimal("0.05")

Values = Mapping[str, Value]


@dataclass(frozen=True)
class Suggestion:
    """:param value: as it would be typed; `why` says where it comes from"""

    value: str
    why: str


def suggest(name: str, facts: Facts, values: Values, words: Words) -> Suggestion | None:
    """A sensible value, None where the default is as good as any.

    :param values: the answers so far by name
    """
    mid = None if facts.touch is None else facts.touch.mid
    if name == "spread_pct":
        minute = ZERO if facts.volatility_pct is None else facts.volatility_pct / Decimal(MINUTES_A_DAY).sqrt()
        spread = max(facts.maker_bps, ZERO) * FEE_MULTIPLE / 100 + minute
        return Suggestion(_digits(max(spread, Decimal("0.01")), 2), words("why_spread"))
    if name == "rebalance_preset" and facts.volatility_pct is not None:
        shown = f"{facts.volatility_pct:.1f}"
        return Suggestion(fitting_preset(facts.volatility_pct), words("why_preset", value=shown))
    if mid is None or facts.equity is None or facts.equity <= 0:
        return None
    if name == "order_amount":
        size = _auto_size(facts, mid, values)
        return Suggestion(f"{size:f}", words("why_amount")) if size else None
    if name == "max_position":
        size = round_down(facts.equity * POSITION_SHARE / mid, facts.rule.step)
        return Suggestion(f"{size:f}", words("why_position")) if size >= facts.rule.min_quantity else None
    full = values.get("max_position")
    if name == "stop_loss" and isinstance(full, Decimal) and facts.volatility_pct is not None:
        return Suggestion(_digits(full * mid * facts.volatility_pct / PERCENT, 2), words("why_stop"))
    if name == "max_session_loss":
        return Suggestion(_digits(facts.equity * LOSS_SHARE, 2), words("why_loss"))
    return None


def effect(name: str, value: Value, facts: Facts, values: Values, words: Words) -> str | None:
    """What the value would do now, None where there is nothing to reckon."""
    if name == "duration" and isinstance(value, Decimal):
        return words("e_hours", hours=_digits(value / 3600, 3))
    if facts.touch is None:
        return None
    mid, base, quote = facts.touch.mid, facts.base, facts.quote
    if name == "order_amount":
        size = value if isinstance(value, Decimal) else _auto_size(facts, mid, values)
        if size is None:
            return words("e_auto_none")
        return words("e_amount", size=f"{size:f}", base=base, value=_digits(size * mid, 4), quote=quote)
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        return None
    number = Decimal(value)
    if name in ("spread_pct", "orders_per_side", "level_step_bps"):
        return _ladder(name, number, facts, values, words)
    full = values.get("max_position")
    if name == "max_position":
        return words("e_position", value=_digits(number * mid, 5), quote=quote)
    if name == "inventory_skew":
        return words("e_skew", offset=_digits(number * mid, 3), quote=quote)
    if name in ("stop_loss", "take_profit") and isinstance(full, Decimal) and number > 0:
        return words("e_exit", move=_digits(number / full, 3), quote=quote)
    if name == "position_threshold":
        target = values.get("target_position")
        start = number + (target if isinstance(target, Decimal) else ZERO)
        return words("e_threshold", size=f"{start:f}", base=base)
    if name == "max_slippage_bps":
        low, high = (f"{mid * (1 + sign * number / BPS):.2f}" for sign in (-1, 1))
        return words("e_slippage", low=low, high=high)
    if facts.equity is not None and name in ("base_target_pct", "rebalance_threshold_pct"):
        return _share(name, number, facts, facts.equity, values, words)
    return None


def first_quotes(facts: Facts, values: Values) -> Prices | None:
    """The ladder that would be placed now; None where the book or the spread is not known."""
    spread, orders, step = (values.get(name) for name in ("spread_pct", "orders_per_side", "level_step_bps"))
    if facts.touch is None or not isinstance(spread, Decimal):
        return None
    gap = step if isinstance(step, Decimal) else ZERO
    levels = orders if isinstance(orders, int) else 1
    return ladder_prices(facts.touch, spread, gap, levels, Skew(ZERO, ZERO), facts.rule.tick)


def _ladder(name: str, value: Decimal, facts: Facts, values: Values, words: Words) -> str | None:
    chosen = {**values, name: int(value) if name == "orders_per_side" else value}
    prices = first_quotes(facts, chosen)
    if prices is None or not prices.bids or not prices.asks:
        return None
    bids, asks = prices.bids, prices.asks
    if name == "spread_pct" or len(bids) == 1:
        return words("e_spread", bid=bids[0], ask=asks[0])
    return words("e_levels", bid=bids[0], last_bid=bids[-1], ask=asks[0], last_ask=asks[-1])


def _share(name: str, value: Decimal, facts: Facts, total: Decimal, values: Values, words: Words) -> str:
    shown = _digits(total, 6)
    if name == "base_target_pct":
        part = _digits(total * value / PERCENT, 5)
        return words("e_target", value=part, quote=facts.quote, base=facts.base, total=shown)
    target, preset = values.get("base_target_pct"), values.get("rebalance_preset")
    wanted = band(target if isinstance(target, Decimal) else None, value, preset if isinstance(preset, str) else None)
    low, high = (_digits(max(ZERO, total * (wanted.target_pct + sign * value) / PERCENT), 5) for sign in (-1, 1))
    return words("e_band", base=facts.base, low=low, high=high, quote=facts.quote)


def _auto_size(facts: Facts, mid: Decimal, values: Values) -> Decimal | None:
    orders = values.get("orders_per_side")
    size = order_size(None, facts.equity, mid, orders if isinstance(orders, int) else 1, facts.rule).size
    return size or None


def _digits(value: Decimal, digits: int) -> str:
    """A number with so many significant digits, never with an exponent."""
    text = f"{Decimal(f'{value:.{digits}g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
