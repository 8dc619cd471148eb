"""What a model would quote now, for the preflight and for whoever chooses its settings."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.models.rows import ModelSettings
from hummingbot_backpack.market_making.models.shape import ModelInputs, NotKnown, shape
from hummingbot_backpack.market_making.quoting import inventory_skew, ladder_prices
from hummingbot_backpack.market_making.values import BPS, ZERO, MarketRule, Touch, require_positive


@dataclass(frozen=True)
class PreviewRow:
    """The nearest quotes with a position.

    :param net: base
    :param bid, ask: quote per base, None where the side has no price
    :param width_bps: between them, before rounding, in bps of mid
    :param offset: how far both are moved down, quote per base
    """

    net: Decimal
    bid: Decimal | None
    ask: Decimal | None
    width_bps: Decimal
    offset: Decimal
    reason: str


def preview(
    touch: Touch,
    rule: MarketRule,
    spread_pct: Decimal,
    order_size: Decimal,
    max_position: Decimal,
    strength: Decimal,
    settings: ModelSettings,
    inputs: ModelInputs,
) -> tuple[PreviewRow, ...] | NotKnown:
    """Nearest quotes with a full short, half of it, nothing, half a long and a full one.

    :param order_size, max_position: base
    :param strength: `inventory_skew`
    :raises DecisionError: if a value is not finite or not in its range
    """
    rows = []
    for part in (Decimal(-1), Decimal("-0.5"), ZERO, Decimal("0.5"), Decimal(1)):
        net = max_position * part
        skew = inventory_skew(touch.mid, net, max_position, strength)
        found = shape(touch.mid, net, spread_pct, order_size, skew, settings, inputs)
        if isinstance(found, NotKnown):
            return found
        prices = ladder_prices(touch, found.width_pct, ZERO, 1, found.skew, rule.tick)
        rows.append(
            PreviewRow(
                net,
                prices.bids[0] if prices.bids else None,
                prices.asks[0] if prices.asks else None,
                found.width_pct / 100 * BPS,
                found.skew.offset,
                found.reason,
            )
        )
    return tuple(rows)


def suggested_risk_aversion(
    mid: Decimal, sigma: Decimal, spread_pct: Decimal, max_position: Decimal, horizon: Decimal
) -> Decimal | None:
    """The risk aversion with which Avellaneda and Stoikov's price moves, at a full position, by the whole spread.

    `γ = spread / (max_position σ² horizon)`; None for a market that does not move.

    :param sigma: fraction of mid per root second
    :returns: 1/quote, two digits
    :raises DecisionError: if a value is not finite or not in its range
    """
    for name, value in (("mid", mid), ("spread_pct", spread_pct), ("max_position", max_position)):
        require_positive(name, value)
    require_positive("horizon", horizon)
    variance = (sigma * mid) ** 2 * horizon
    if variance == 0:
        return None
    return Decimal(f"{mid * spread_pct / 100 / (max_position * variance):.2g}")
