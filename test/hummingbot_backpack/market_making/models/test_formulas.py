"""The quote models against their papers."""

from decimal import Decimal
from math import e, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.models.formulas import (
    Terms,
    avellaneda_stoikov,
    glft,
    volatility_adaptive,
)

SIGMA, GAMMA, K, A, T, STEP = 2.0, 0.1, 1.5, 140.0, 1.0, 0.005
POSITIVE = st.decimals("0.000001", "1000000", allow_nan=False)


def D(value: float | str) -> Decimal:
    return Decimal(str(value))


def terms(left: float) -> Terms:
    """The paper's own parameters, with `left` of its day to go."""
    return avellaneda_stoikov(D(SIGMA), D(GAMMA), D(K), D(left))


def test_qu01_avellaneda_stoikov_gives_the_papers_spread_and_reservation_price() -> None:
    at_start, at_end = terms(1.0), terms(0.0)
    assert float(at_start.half * 2) == pytest.approx(0.4 + 20 * log(1 + 0.1 / 1.5))  # 1.6908
    assert float(at_end.half * 2) == pytest.approx(1.2908, abs=5e-5)
    assert (at_start.slope, at_end.slope) == (Decimal("0.400"), 0)
    assert 100 - 3 * at_start.slope == Decimal("98.8")  # r = s - qγσ²(T - t), three held
    assert np.mean([float(terms(T - n * STEP).half * 2) for n in range(200)]) == pytest.approx(1.49, abs=0.005)


def _simulate(inventory_strategy: bool, paths: int = 2000) -> tuple[float, float, float]:
    """The paper's simulation: profit's mean and deviation, and the deviation of the inventory left."""
    random = np.random.default_rng(2008)
    price, held, cash = np.full(paths, 100.0), np.zeros(paths), np.zeros(paths)
    halves = [float(terms(T - n * STEP).half) for n in range(200)]
    for n in range(200):
        found = terms(T - n * STEP)
        half = float(found.half) if inventory_strategy else float(np.mean(halves))
        centre = price - held * float(found.slope) if inventory_strategy else price
        ask, bid = centre + half, centre - half
        sold = random.random(paths) < A * np.exp(-K * (ask - price)) * STEP
        bought = random.random(paths) < A * np.exp(-K * (price - bid)) * STEP
        cash += sold * ask - bought * bid
        held += bought.astype(float) - sold
        price += SIGMA * sqrt(STEP) * np.where(random.random(paths) < 0.5, 1.0, -1.0)
    profit = cash + held * price
    return float(profit.mean()), float(profit.std()), float(held.std())


def test_qu01_avellaneda_stoikovs_table_is_reproduced() -> None:
    """Their table for γ = 0.1: profit 65.0 (6.6) and inventory 2.9 against 68.4 (12.7) and 8.4 of the symmetric one."""
    profit, deviation, held = _simulate(inventory_strategy=True)
    assert profit == pytest.approx(65.0, abs=1.0)
    assert deviation == pytest.approx(6.6, abs=0.5)
    assert held == pytest.approx(2.9, abs=0.3)
    profit, deviation, held = _simulate(inventory_strategy=False)
    assert profit == pytest.approx(68.4, abs=1.5)
    assert deviation == pytest.approx(12.7, abs=1.2)
    assert held == pytest.approx(8.4, abs=0.5)


def test_qu01_glft_is_its_closed_form() -> None:
    found = glft(D("0.3"), D("0.01"), D("0.9"), D("0.3"))
    c = sqrt(0.3**2 * 0.01 / (2 * 0.3 * 0.9) * (1 + 0.01 / 0.3) ** (1 + 0.3 / 0.01))
    assert float(found.slope) == pytest.approx(c, rel=1e-12)
    assert float(found.half) == pytest.approx(100 * log(1 + 0.01 / 0.3) + c / 2, rel=1e-12)
    # The paper's form, side by side: distances of bid and ask from mid with q held.
    for q in (-3, 0, 2):
        bid = 100 * log(1 + 0.01 / 0.3) + (2 * q + 1) / 2 * c
        ask = 100 * log(1 + 0.01 / 0.3) - (2 * q - 1) / 2 * c
        assert float(found.half + q * found.slope) == pytest.approx(bid, rel=1e-9)
        assert float(found.half - q * found.slope) == pytest.approx(ask, rel=1e-9)


def test_qu01_glft_has_the_papers_limits() -> None:
    """No volatility: `ln(1 + γ/k)/γ` and no lean. Little risk aversion: 1/k."""
    still = glft(D(0), D("0.01"), D("0.9"), D("0.3"))
    assert still.slope == 0
    assert float(still.half) == pytest.approx(100 * log(1 + 0.01 / 0.3))
    gamma = 1e-10
    found = glft(D("0.3"), Decimal(gamma), D("0.9"), D("0.3"))
    assert float(found.slope) == pytest.approx(sqrt(0.09 * gamma * e / (2 * 0.3 * 0.9)), rel=1e-6)
    assert float(found.half) == pytest.approx(1 / 0.3, rel=1e-3)


@given(sigma=POSITIVE, gamma=POSITIVE, decay=POSITIVE, rate=POSITIVE, size=POSITIVE)
def test_qu01_an_order_is_the_models_unit_of_quantity(
    sigma: Decimal, gamma: Decimal, decay: Decimal, rate: Decimal, size: Decimal
) -> None:
    """Orders of another size are the same model in lots: price, deviation and distances times the size."""
    for model, more in ((avellaneda_stoikov, {"horizon": rate}), (glft, {"rate": rate})):
        arguments: dict[str, Any] = {"risk_aversion": gamma, **more}
        by_size = model(sigma=sigma, decay=decay, order_size=size, **arguments)
        in_lots = model(sigma=sigma * size, decay=decay / size, **arguments)
        assert float(by_size.half * size) == pytest.approx(float(in_lots.half), rel=1e-9)
        assert float(by_size.slope * size * size) == pytest.approx(float(in_lots.slope), rel=1e-9)


@given(low=POSITIVE, more=POSITIVE, gamma=POSITIVE, decay=POSITIVE, rate=POSITIVE)
def test_qu01_more_volatility_is_never_narrower_and_never_leans_less(
    low: Decimal, more: Decimal, gamma: Decimal, decay: Decimal, rate: Decimal
) -> None:
    high = low + more
    for calm, wild in (
        (avellaneda_stoikov(low, gamma, decay, rate), avellaneda_stoikov(high, gamma, decay, rate)),
        (glft(low, gamma, rate, decay), glft(high, gamma, rate, decay)),
        (volatility_adaptive(decay, low, rate, gamma), volatility_adaptive(decay, high, rate, gamma)),
    ):
        assert wild.half >= calm.half > 0
        assert wild.slope >= calm.slope >= 0


@pytest.mark.parametrize("bad", ["NaN", "-1", "Infinity", "1e999999", "-1e999999"])
def test_pr01_a_value_no_model_can_use_is_named(bad: str) -> None:
    for call in (
        lambda: avellaneda_stoikov(Decimal(bad), D(1), D(1), D(1)),
        lambda: glft(Decimal(bad), D(1), D(1), D(1)),
        lambda: volatility_adaptive(D(1), Decimal(bad), D(10), D(1)),
    ):
        with pytest.raises(DecisionError, match=r"sigma \("):
            call()
