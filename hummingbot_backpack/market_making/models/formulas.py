"""The formulas of the quote models, as their papers give them.

Prices and distances are in quote currency per base, quantities in base, times in seconds, risk aversion in 1/quote.
With `order_size` 1 they are the papers' own; another size is the same model with one order as its unit of quantity
(prices, volatility and distances times the size, the decay divided by it).
"""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.values import require_not_negative, require_positive

_SMALL = Decimal("1e-9")
"""Below this, ln(1 + x) / x is taken from its series: 1 + x would lose the digits that matter."""


@dataclass(frozen=True)
class Terms:
    """What a model says.

    :param half: distance of the nearest quote from the model's price (the reservation price), quote per base
    :param slope: how far one base of position moves that price against it, quote per base per base
    """

    half: Decimal
    slope: Decimal


def volatility_adaptive(spread_half: Decimal, sigma: Decimal, multiple: Decimal, horizon: Decimal) -> Terms:
    """Half-spread of `multiple` standard deviations of the price over `horizon`, never below `spread_half`.

    :param spread_half: quote per base
    :param sigma: standard deviation of the price, quote per root second
    :param horizon: seconds
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_positive("spread_half", spread_half)
    require_not_negative("sigma", sigma)
    require_positive("multiple", multiple)
    require_positive("horizon", horizon)
    try:
        return Terms(max(spread_half, multiple * sigma * horizon.sqrt()), Decimal(0))
    except ArithmeticError:
        raise _beyond("sigma", sigma) from None


def avellaneda_stoikov(
    sigma: Decimal, risk_aversion: Decimal, decay: Decimal, horizon: Decimal, order_size: Decimal = Decimal(1)
) -> Terms:
    """Avellaneda and Stoikov, High-frequency trading in a limit order book, Quantitative Finance 8 (2008), 217-224.

    Reservation price `r = s - q γ σ² (T - t)` and total spread `γ σ² (T - t) + (2/γ) ln(1 + γ/k)` (section 3.2).

    :param sigma: standard deviation of the price, quote per root second
    :param risk_aversion: γ, 1/quote
    :param decay: k of the arrival rate `A exp(-k δ)` of orders that reach a distance δ, 1/quote
    :param horizon: T - t, seconds (a market that never closes: how far one looks ahead, always the same)
    :param order_size: base
    :raises DecisionError: if a value is not finite or not in its range
    """
    _require(sigma, risk_aversion, decay, order_size)
    require_not_negative("horizon", horizon)
    try:
        slope = risk_aversion * sigma * sigma * horizon
        unit = risk_aversion * order_size
        return Terms(slope * order_size / 2 + _log_term(unit / decay) / decay, slope)
    except ArithmeticError:
        raise _beyond("sigma", sigma) from None


def glft(
    sigma: Decimal, risk_aversion: Decimal, rate: Decimal, decay: Decimal, order_size: Decimal = Decimal(1)
) -> Terms:
    """Guéant, Lehalle and Fernandez-Tapia, Dealing with the inventory risk, Mathematics and Financial Economics 7
    (2013), 477-507: the closed-form approximation of the asymptotic quotes.

    `δ = (1/γ) ln(1 + γ/k) + (1 ± 2q)/2 · C` with `C = sqrt(σ² γ / (2 k A) · (1 + γ/k)^(1 + k/γ))`: the bid's distance
    from mid takes +, the ask's -.

    :param sigma: standard deviation of the price, quote per root second
    :param risk_aversion: γ, 1/quote
    :param rate: A, orders a second that would reach a quote at mid, per side
    :param decay: k, 1/quote
    :param order_size: base
    :raises DecisionError: if a value is not finite or not in its range
    """
    _require(sigma, risk_aversion, decay, order_size)
    require_positive("rate", rate)
    try:
        x = risk_aversion * order_size / decay
        log_term = _log_term(x)
        power = ((1 + x) * log_term).exp()  # (1 + x)^(1 + 1/x), which tends to e for small x
        slope = (sigma * sigma * risk_aversion / (2 * decay * rate * order_size) * power).sqrt()
        return Terms(log_term / decay + slope * order_size / 2, slope)
    except ArithmeticError:
        raise _beyond("sigma", sigma) from None


def _require(sigma: Decimal, risk_aversion: Decimal, decay: Decimal, order_size: Decimal) -> None:
    require_not_negative("sigma", sigma)
    require_positive("risk_aversion", risk_aversion)
    require_positive("decay", decay)
    require_positive("order_size", order_size)


def _log_term(x: Decimal) -> Decimal:
    """ln(1 + x) / x, which tends to 1 for small x."""
    return 1 - x / 2 if x < _SMALL else (1 + x).ln() / x


def _beyond(name: str, value: Decimal) -> DecisionError:
    return DecisionError(f"{name} ({value}) must, with the model's other values, give a price that can be written down")
