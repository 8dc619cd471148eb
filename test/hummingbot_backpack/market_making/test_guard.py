from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.guard import (
    CloseStep,
    Verdict,
    check_depth,
    check_limit,
    check_market,
    close_form,
    dynamic_tolerance,
)
from hummingbot_backpack.market_making.values import MarketRule, Side, Touch

TICK = Decimal("0.01")
RULE = MarketRule(TICK, TICK, TICK)
TOUCH = Touch(Decimal("144.99"), Decimal("145.01"))


def D(text: str) -> Decimal:
    return Decimal(text)


def test_sl01_a_buy_0227_percent_above_mid_passes() -> None:
    found = check_limit(Side.BUY, D("145.650"), D(1), D("145.320"), D(50))
    assert found.passes
    assert "145.650" in found.reason and "145.320" in found.reason and "22.71" in found.reason


def test_sl01_082_percent_is_refused_with_both_prices() -> None:
    found = check_limit(Side.BUY, D("146.5116"), D(1), D("145.320"), D(50))
    assert not found.passes
    assert "146.5116" in found.reason and "145.320" in found.reason


@pytest.mark.parametrize("side", Side)
def test_sl01_exactly_the_tolerance_passes_and_the_good_side_is_free(side: Side) -> None:
    assert check_limit(side, D(100) + side.sign * D("0.5"), D(1), D(100), D(50)).passes
    assert not check_limit(side, D(100) + side.sign * D("0.50001"), D(1), D(100), D(50)).passes
    assert check_limit(side, D(100) - side.sign * D(50), D(1), D(100), D(50)).passes


@pytest.mark.parametrize(("half", "passes"), [("0.5", True), ("0.5001", False), ("0.75", False)])
def test_sl02_a_market_wider_than_the_maximum_is_refused(half: str, passes: bool) -> None:
    assert check_market(D(1), Touch(D(100) - D(half), D(100) + D(half)), D(100)).passes is passes


LEVELS = [(D("145.01"), D("0.4")), (D("145.50"), D("0.5")), (D("146.00"), D("9"))]


def test_sl03_depth_within_the_tolerance_is_what_counts() -> None:
    assert check_depth(Side.BUY, D("0.9"), LEVELS, D(145), D(50), D(100), RULE).passes
    found = check_depth(Side.BUY, D(1), LEVELS, D(145), D(50), D(100), RULE)
    assert not found.passes
    assert "0.9 of the 1" in found.reason


def test_sl03_a_sell_looks_below() -> None:
    levels = [(D("144.99"), D("0.4")), (D("144.20"), D("9"))]
    assert not check_depth(Side.SELL, D(1), levels, D(145), D(50), D(100), RULE).passes


def test_sl03_twice_the_quantity_can_be_demanded() -> None:
    assert not check_depth(Side.BUY, D("0.5"), LEVELS, D(145), D(50), D(200), RULE).passes


def test_sl03_or_the_order_is_cut_to_what_the_book_holds() -> None:
    found = check_depth(Side.BUY, D(2), LEVELS, D(145), D(50), D(100), RULE, cut=True)
    assert (found.passes, found.size) == (True, D("0.9"))


def test_sl04_dynamic_tolerance_is_the_larger() -> None:
    assert dynamic_tolerance([D(100)] * 60, D(50), D(4)) == 50
    assert dynamic_tolerance([D(100), D(101), D(100), D(101)], D(50), D(4)) > 50
    assert dynamic_tolerance([D(100), D(200)], D(50), D(4)) == 50


def test_sl05_a_market_order_while_the_guard_lets_it() -> None:
    found = close_form(Side.SELL, TOUCH, Verdict(True, D(1), "fine"), None, D(50), TICK)
    assert (found.step, found.price, found.slippage_bps) == (CloseStep.MARKET, None, None)


def test_sl05_escalates_to_a_plain_market_order() -> None:
    refused = Verdict(False, D(0), "too wide")
    previous, seen = None, []
    for _ in range(5):
        found = close_form(Side.SELL, TOUCH, refused, previous, D(50), TICK)
        previous = found.step
        seen.append((found.step, found.price, found.slippage_bps, found.alert))
    assert seen == [
        (CloseStep.IOC, D("144.27"), None, False),
        (CloseStep.WIDE_IOC, D("143.55"), None, False),
        (CloseStep.CAPPED_MARKET, None, 200, False),
        (CloseStep.PLAIN_MARKET, None, None, True),
        (CloseStep.PLAIN_MARKET, None, None, True),
    ]


def test_sl05_without_a_book_it_starts_at_the_third_step() -> None:
    found = close_form(Side.BUY, None, Verdict(False, D(0), "no book"), None, D(50), TICK)
    assert (found.step, found.slippage_bps) == (CloseStep.CAPPED_MARKET, 200)


def test_sl05_protection_that_is_off_sends_a_market_order_whatever_the_book() -> None:
    assert close_form(Side.BUY, None, None, None, D(50), TICK).step is CloseStep.MARKET


@given(
    side=st.sampled_from(Side),
    book=st.booleans(),
    passes=st.booleans(),
    protected=st.booleans(),
    previous=st.none() | st.sampled_from(CloseStep),
    tolerance=st.integers(1, 1000),
)
def test_sl05_risk_reduction_is_never_refused(side, book, passes, protected, previous, tolerance) -> None:
    guard = Verdict(passes, D(1), "") if protected else None
    found = close_form(side, TOUCH if book else None, guard, previous, Decimal(tolerance), TICK)
    if previous is not None:
        assert found.step > previous or found.step is CloseStep.PLAIN_MARKET
    if found.price is not None:
        assert found.price > 0 and found.price % TICK == 0
        assert side.sign * (found.price - TOUCH.mid) > 0
