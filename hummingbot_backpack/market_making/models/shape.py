"""From settings and what is known to a width and a lean: the one interface of the quote models."""

import math
from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.models.formulas import Terms, avellaneda_stoikov, glft, volatility_adaptive
from hummingbot_backpack.market_making.models.rows import FIXED, ModelSettings, QuoteModel
from hummingbot_backpack.market_making.models.statistics import Intensity
from hummingbot_backpack.market_making.quoting import Skew
from hummingbot_backpack.market_making.values import (
    PERCENT,
    ZERO,
    require_finite,
    require_not_negative,
    require_positive,
)

FUNDING_SECONDS = 3600
"""The lean towards a funding payment grows from nothing to its whole over this time before it is paid."""


@dataclass(frozen=True)
class Funding:
    """The payment that comes next.

    :param rate: fraction of the position's value that longs pay to shorts (negative: shorts to longs)
    :param seconds_left: until it is paid
    """

    rate: Decimal
    seconds_left: float

    def __post_init__(self) -> None:
        require_finite("rate", self.rate)
        if not math.isfinite(self.seconds_left):
            raise DecisionError(f"seconds_left ({self.seconds_left}) must be a finite number")


@dataclass(frozen=True)
class ModelInputs:
    """What the models look at beside the price and the position; None is "not known", never zero.

    :param sigma: standard deviation of 1-second returns of the mid, fraction per root second
    """

    sigma: Decimal | None = None
    intensity: Intensity | None = None
    funding: Funding | None = None


NOTHING_KNOWN = ModelInputs()


@dataclass(frozen=True)
class Shape:
    """How to quote.

    :param width_pct: distance between the nearest bid and ask before rounding, % of mid
    :param skew: ratio of SK01, and everything by which the quotes move down together
    :param reason: which model, and what it was fed with
    """

    width_pct: Decimal
    skew: Skew
    reason: str


@dataclass(frozen=True)
class NotKnown:
    """Why nothing can be quoted by this model now."""

    reason: str


def shape(
    mid: Decimal,
    net: Decimal,
    spread_pct: Decimal,
    order_size: Decimal,
    skew: Skew,
    settings: ModelSettings = FIXED,
    inputs: ModelInputs = NOTHING_KNOWN,
) -> Shape | NotKnown:
    """Width and lean by the model that is set, inventory skew and funding on top.

    The model's width is held between `spread_pct` and `max_spread_pct`, its lean to `max_spread_pct` of mid either way.

    :param mid: quote per base
    :param net: signed position, base
    :param spread_pct: % of mid
    :param order_size: base, above 0
    :param skew: SK01's
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("mid", mid)
    require_finite("net", net)
    require_positive("spread_pct", spread_pct)
    require_positive("order_size", order_size)
    try:
        return _shape(mid, net, spread_pct, order_size, skew, settings, inputs)
    except ArithmeticError:
        raise DecisionError(f"mid ({mid}) must give prices that can be written down") from None


def _shape(
    mid: Decimal,
    net: Decimal,
    spread_pct: Decimal,
    order_size: Decimal,
    skew: Skew,
    settings: ModelSettings,
    inputs: ModelInputs,
) -> Shape | NotKnown:
    funding = funding_offset(mid, settings.funding_skew, inputs.funding)
    if isinstance(funding, NotKnown):
        return funding
    if settings.quote_model is QuoteModel.FIXED:
        return Shape(spread_pct, Skew(skew.ratio, skew.offset + funding), "fixed spread")
    terms = _terms(mid, spread_pct, order_size, settings, inputs)
    if isinstance(terms, NotKnown):
        return terms
    widest = mid * settings.max_spread_pct / PERCENT
    width = max(spread_pct, min(settings.max_spread_pct, terms.half * 2 / mid * PERCENT))
    lean = max(-widest, min(widest, net * terms.slope))
    return Shape(width, Skew(skew.ratio, skew.offset + lean + funding), _reason(settings, inputs, lean))


def funding_offset(mid: Decimal, strength: Decimal, funding: Funding | None) -> Decimal | NotKnown:
    """How far quotes move down (negative: up) so that the position tends to the side that receives the next payment.

    `mid * strength * rate`, growing from nothing an hour before the payment to its whole as it is paid: what a position
    taken now will pay or receive per base, times `strength`.

    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("mid", mid)
    require_not_negative("funding_skew", strength)
    if strength == 0:
        return ZERO
    if funding is None:
        return NotKnown("the next funding payment is not known")
    weight = max(ZERO, min(Decimal(1), 1 - Decimal(repr(funding.seconds_left)) / FUNDING_SECONDS))
    return mid * strength * max(Decimal(-1), min(Decimal(1), funding.rate)) * weight


def _terms(
    mid: Decimal, spread_pct: Decimal, order_size: Decimal, settings: ModelSettings, inputs: ModelInputs
) -> Terms | NotKnown:
    if inputs.sigma is None:
        return NotKnown("the volatility of the last seconds is not known yet")
    sigma = inputs.sigma * mid
    if settings.quote_model is QuoteModel.VOLATILITY:
        half = mid * spread_pct / PERCENT / 2
        return volatility_adaptive(half, sigma, settings.volatility_multiple, settings.model_horizon)
    decay, rate = settings.order_decay, settings.order_rate
    if inputs.intensity is not None:
        decay = inputs.intensity.decay if decay is None else decay
        rate = inputs.intensity.rate if rate is None else rate
    if settings.risk_aversion is None:
        return NotKnown("risk_aversion is not set")
    if decay is None or (settings.quote_model is QuoteModel.GLFT and rate is None):
        return NotKnown("how far public trades reach is not known yet")
    if settings.quote_model is QuoteModel.GLFT and rate is not None:
        return glft(sigma, settings.risk_aversion, rate, decay, order_size)
    return avellaneda_stoikov(sigma, settings.risk_aversion, decay, settings.model_horizon, order_size)


def _reason(settings: ModelSettings, inputs: ModelInputs, lean: Decimal) -> str:
    sigma = "" if inputs.sigma is None else f", volatility {inputs.sigma * 10000:.3f} bps per root second"
    return f"{settings.quote_model.value}{sigma}, lean {lean:.6f}"
