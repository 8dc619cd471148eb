"""Where quotes stand and how large they are: cards QU01, QU02 and SK01."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.values import (
    BPS,
    PERCENT,
    ZERO,
    MarketRule,
    Quote,
    Side,
    Touch,
    require_finite,
    require_not_negative,
    require_positive,
    round_down,
    round_up,
)

MAX_SHARE_PER_ORDER = Decimal("0.05")
"""Largest part of the account's value that one automatically sized order is worth."""
LADDERS_PER_ACCOUNT = 4
"""One side's ladder of automatically sized orders takes at most this fraction (1/n) of the account's value."""


@dataclass(frozen=True)
class Skew:
    """How far the position moves all quotes.

    :param ratio: position as a fraction of its maximum, -1 to 1
    :param offset: quote currency, subtracted from bids and asks alike
    """

    ratio: Decimal
    offset: Decimal


def inventory_skew(mid: Decimal, net: Decimal, max_position: Decimal, strength: Decimal) -> Skew:
    """Skew that pulls the position towards zero: long moves both sides down, short moves both up.

    `ratio = clamp(net / max_position, -1, 1)`, `offset = mid * strength * ratio`.

    :param mid: quote per base
    :param net: signed position, base
    :param max_position: base, above 0
    :param strength: offset at full inventory as a fraction of price, 0 to 1
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("mid", mid)
    require_finite("net", net)
    require_positive("max_position", max_position)
    require_not_negative("inventory_skew", strength)
    ratio = max(Decimal(-1), min(Decimal(1), net / max_position))
    return Skew(ratio=ratio, offset=mid * strength * ratio)


@dataclass(frozen=True)
class Prices:
    """Prices of one ladder.

    :param raw_bid, raw_ask: nearest level before skew and rounding
    :param bids, asks: nearest level first, on the tick; a side is shorter where a price would not be positive
    """

    raw_bid: Decimal
    raw_ask: Decimal
    skew: Skew
    bids: tuple[Decimal, ...]
    asks: tuple[Decimal, ...]


def ladder_prices(
    touch: Touch,
    spread_pct: Decimal,
    level_step_bps: Decimal,
    levels: int,
    skew: Skew,
    tick: Decimal,
    join_only: bool = False,
) -> Prices:
    """Prices around the mid: half of `spread_pct` percent each side, level i a further `i` steps out.

    A step is `level_step_bps` of mid and never less than one tick, so that no two levels share a price. Skew moves the
    unrounded prices; then bids round down and asks up, and a side that would reach the other side of the market is
    held one tick away from it.

    :param join_only: no better price than the best one there is (Hummingbot's own order executor places no other)
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("spread_pct", spread_pct)
    require_not_negative("level_step_bps", level_step_bps)
    require_positive("tick", tick)
    require_finite("offset", skew.offset)
    if levels < 0:
        raise DecisionError(f"levels ({levels}) must be at least 0")
    mid = touch.mid
    half = mid * spread_pct / PERCENT / 2
    step = max(mid * level_step_bps / BPS, tick)
    raw_bid, raw_ask = mid - half, mid + half
    highest_bid = round_up(touch.ask, tick) - tick
    lowest_ask = round_down(touch.bid, tick) + tick
    if join_only:
        highest_bid, lowest_ask = round_down(touch.bid, tick), round_up(touch.ask, tick)
    bids: list[Decimal] = []
    asks: list[Decimal] = []
    for level in range(levels):
        out = step * level
        bid = min(round_down(raw_bid - skew.offset - out, tick), highest_bid)
        ask = max(round_up(raw_ask - skew.offset + out, tick), lowest_ask)
        # Held at the touch, a deeper level would land on the one before it.
        if bids:
            bid = min(bid, bids[-1] - tick)
        if asks:
            ask = max(ask, asks[-1] + tick)
        if bid > 0:
            bids.append(bid)
        asks.append(ask)
    return Prices(raw_bid, raw_ask, skew, tuple(bids), tuple(asks))


@dataclass(frozen=True)
class OrderSize:
    """Size of each order in base, or zero with the reason why nothing can be quoted."""

    size: Decimal
    reason: str


def order_size(
    order_amount: Decimal | None, equity: Decimal | None, mid: Decimal, orders_per_side: int, rule: MarketRule
) -> OrderSize:
    """Size of one order: the one that is set, or a share of the account's value.

    Without `order_amount` each order is worth `min(5 %, 1 / (4 * orders_per_side))` of the account's value. Both are
    floored to the step; below the market's minimum nothing is quoted.

    :param equity: account value in quote, None when it is not known (only needed without `order_amount`)
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("mid", mid)
    if orders_per_side < 1:
        raise DecisionError(f"orders_per_side ({orders_per_side}) must be at least 1")
    if order_amount is not None:
        require_positive("order_amount", order_amount)
        size, origin = round_down(order_amount, rule.step), "order_amount"
    elif equity is None:
        return OrderSize(ZERO, "the account's value is not known, so orders cannot be sized from it")
    else:
        require_finite("equity", equity)
        share = min(MAX_SHARE_PER_ORDER, 1 / Decimal(LADDERS_PER_ACCOUNT * orders_per_side))
        size, origin = round_down(max(equity, ZERO) * share / mid, rule.step), f"{share:.4%} of {equity}"
    refusal = rule.refusal(size, mid)
    if refusal is not None:
        return OrderSize(ZERO, f"order size from {origin}: {refusal}")
    return OrderSize(size, origin)


def fit_to_headroom(size: Decimal, levels: int, headroom: Decimal, price: Decimal, rule: MarketRule) -> list[Decimal]:
    """Sizes of up to `levels` orders whose sum is not above `headroom`: full ones from the nearest level outwards, then
    one cut to what is left if the market's minimum allows it (LI02).

    :param size: full size, on the step
    :param headroom: base that may still be added on this side
    :param price: for the market's minimum order value
    """
    sizes: list[Decimal] = []
    free = headroom
    for _ in range(levels):
        cut = round_down(min(size, free), rule.step) if free > 0 else ZERO
        if rule.refusal(cut, price) is not None:
            break
        sizes.append(cut)
        free -= cut
    return sizes


def ladder(
    prices: Prices, size: Decimal, buy_headroom: Decimal, sell_headroom: Decimal, rule: MarketRule
) -> list[Quote]:
    """Quotes of both sides, nearest level first, each side within its headroom.

    :param size: full size of one order, base, on the step
    :param buy_headroom, sell_headroom: base that all resting orders of the side together may add
    """
    quotes: list[Quote] = []
    for side, side_prices, headroom in (
        (Side.BUY, prices.bids, buy_headroom),
        (Side.SELL, prices.asks, sell_headroom),
    ):
        if not side_prices:
            continue
        sizes = fit_to_headroom(size, len(side_prices), headroom, min(side_prices), rule)
        quotes += [
            Quote(side, level, price, quantity)
            for level, (price, quantity) in enumerate(zip(side_prices, sizes, strict=False))
        ]
    return quotes
