"""What the models are fed with: volatility and arrivals, from numbers whose answer is known."""

import math
import random
from decimal import Decimal

import pytest

from hummingbot_backpack.market_making.models.statistics import Arrivals, Intensity, MidReturns
from hummingbot_backpack.market_making.values import Side


def test_qu01_volatility_is_the_deviation_of_one_second_returns() -> None:
    returns = MidReturns(60)
    price, prices = 100.0, []
    for second in range(62):
        prices.append(price)
        returns.observe(second + 0.5, Decimal(repr(price)))
        price *= 1.001 if second % 2 else 1 / 1.001
    found = returns.sigma()
    assert found is not None
    assert float(found) == pytest.approx(0.001, rel=0.02)
    assert returns.recent(3) == tuple(Decimal(repr(one)) for one in prices[-5:-1])


def test_qu01_many_looks_within_a_second_count_once_and_a_quiet_market_holds_its_price() -> None:
    returns = MidReturns(60)
    for look in range(1000):
        returns.observe(look / 1000, Decimal(100 + look % 7))
    assert returns.count == 0
    returns.observe(30, Decimal(100))
    assert returns.count == 29
    sigma = returns.sigma()
    assert sigma is not None and sigma == 0


def test_qu01_no_return_is_taken_across_a_gap_or_a_clock_that_was_set() -> None:
    returns = MidReturns(60)
    for second in range(31):
        returns.observe(second, None if 10 <= second < 20 else Decimal(100 if second < 15 else 200))
    assert returns.count == 9 + 9  # the jump to 200 happened unseen
    assert returns.sigma() is None
    returns.observe(1e9, Decimal(300))
    returns.observe(5, Decimal(400))
    returns.observe(6, Decimal(400))
    assert returns.count == 9 + 9


def test_qu01_intensity_of_arrivals_is_found_again() -> None:
    """Orders that reach an exponential distance, A = 0.4 a second and side, k = 12: seen for ten minutes."""
    source = random.Random(4)
    arrivals = Arrivals(Decimal("0.01"))
    arrivals.observe(0, Side.BUY, Decimal("100.01"), Decimal(100))
    now = 0.0
    while now < 600:
        now += source.expovariate(0.8)
        side = source.choice(list(Side))
        distance = Decimal(math.ceil(source.expovariate(12) / 0.01)) / 100
        arrivals.observe(now, side, 100 + side.sign * distance, Decimal(100))
    found = arrivals.intensity(now)
    assert found is not None
    assert float(found.decay) == pytest.approx(12, rel=0.15)
    assert float(found.rate) == pytest.approx(0.4, rel=0.25)


def test_qu01_trades_of_one_order_are_one_arrival_and_few_are_none() -> None:
    arrivals = Arrivals(Decimal("0.01"))
    for n in range(29):
        arrivals.observe(n * 3, Side.SELL, Decimal("99.99"), Decimal(100))
        arrivals.observe(n * 3, Side.SELL, Decimal("99.97"), Decimal(100))
    assert arrivals.count == 29
    assert arrivals.intensity(100) is None
    arrivals.observe(99, Side.SELL, Decimal("99.97"), Decimal(100))
    assert isinstance(arrivals.intensity(100), Intensity)
    assert arrivals.intensity(1e6) is None
