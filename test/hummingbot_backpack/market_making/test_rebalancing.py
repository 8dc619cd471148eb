"""Keeping base at its share: the cards' worked examples by their numbers, and properties for everything else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.holdings import Holdings
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.rebalancing import (
    PRESETS,
    SIDE_SHARE,
    Band,
    RebalanceDecision,
    advice,
    band,
    daily_volatility,
    fitting_preset,
    rebalance,
    rebalancing_skew,
)
from hummingbot_backpack.market_making.values import MarketRule, Side

D = Decimal
RULE = MarketRule(tick=D("0.01"), step=D("0.001"), min_quantity=D("0.001"))
DEFAULT = Band(D(30), D(15))
PLENTY = Headroom(D("1e9"), D("1e9"))
AMOUNTS = st.decimals("0.01", "1000000", places=3)
PRICES = st.decimals("0.05", "100000", places=2)
BANDS = st.builds(
    Band, st.decimals("0", "100", places=1, allow_nan=False), st.decimals("0.1", "100", places=1, allow_nan=False)
)


def of(base: str, quote: str, price: str = "100") -> RebalanceDecision:
    return rebalance(Holdings(D(base), D(quote)), D(price), DEFAULT, PLENTY, RULE)


@pytest.mark.parametrize(
    ("base", "side", "size"),
    [
        ("4.5", None, "0"),
        ("4.501", Side.SELL, "1.501"),
        ("1.5", None, "0"),
        ("1.499", Side.BUY, "1.501"),
        ("3", None, "0"),
        ("10", Side.SELL, "7"),
        ("0", Side.BUY, "3"),
    ],
)
def test_rb01_1000_usdc_sells_above_450_of_base_and_buys_below_150(base: str, side: Side | None, size: str) -> None:
    decision = of(base, str(D(1000) - D(base) * 100))
    assert (decision.side, decision.size) == (side, D(size))


def test_rb01_the_reason_has_the_figures() -> None:
    assert of("4.51", "549").reason == "base is 45.10 % of 1000, target 30 ± 15: sell 1.510"


def test_rb02_a_side_is_never_used_to_more_than_95_percent() -> None:
    everything = Band(D(100), D(1))
    decision = rebalance(Holdings(D(0), D(1000)), D(100), everything, PLENTY, RULE)
    assert (decision.side, decision.size) == (Side.BUY, D("9.5"))
    nothing = Band(D(0), D(1))
    decision = rebalance(Holdings(D(10), D(0)), D(100), nothing, PLENTY, RULE)
    assert (decision.side, decision.size) == (Side.SELL, D("9.5"))


def test_rb02_an_account_below_ten_smallest_orders_is_left_alone() -> None:
    rule = MarketRule(tick=D("0.01"), step=D("0.01"), min_quantity=D("0.01"))
    assert rebalance(Holdings(D("0.0999"), D(0)), D(100), DEFAULT, PLENTY, rule).side is None
    assert rebalance(Holdings(D("0.1"), D(0)), D(100), DEFAULT, PLENTY, rule).side is Side.SELL
    assert "below ten smallest orders" in rebalance(Holdings(D(0), D(0)), D(100), DEFAULT, PLENTY, rule).reason


def test_rb02_only_what_orders_can_use_is_traded() -> None:
    decision = rebalance(Holdings(D(10), D(0)), D(100), DEFAULT, Headroom(D(0), D(2)), RULE)
    assert (decision.side, decision.size) == (Side.SELL, D(2))
    assert rebalance(Holdings(D(10), D(0)), D(100), DEFAULT, Headroom(D(0), D(0)), RULE).side is None


def test_se01_at_the_end_any_distance_counts() -> None:
    decision = rebalance(Holdings(D("4.4"), D(560)), D(100), DEFAULT, PLENTY, RULE, whatever_the_threshold=True)
    assert (decision.side, decision.size) == (Side.SELL, D("1.4"))


@given(AMOUNTS, AMOUNTS, PRICES, BANDS)
def test_rb02_never_beyond_95_percent_of_a_side(base: Decimal, quote: Decimal, price: Decimal, wanted: Band) -> None:
    decision = rebalance(Holdings(base, quote), price, wanted, PLENTY, RULE)
    if decision.side is Side.SELL:
        assert decision.size <= base * SIDE_SHARE
    elif decision.side is Side.BUY:
        assert decision.size * price <= quote * SIDE_SHARE + D("1e-15")


@given(AMOUNTS, AMOUNTS, PRICES, BANDS)
def test_rb01_silent_inside_the_threshold_and_ends_within_a_step_of_the_target(
    base: Decimal, quote: Decimal, price: Decimal, wanted: Band
) -> None:
    held = Holdings(base, quote)
    total = held.value(price)
    target = total * wanted.target_pct / 100
    decision = rebalance(held, price, wanted, PLENTY, RULE)
    inside = abs(base * price - target) * 100 <= wanted.threshold_pct * total
    if inside:
        assert decision.side is None
    if decision.side is None:
        return
    signed = decision.side.sign * decision.size
    after = Holdings(base + signed, quote - signed * price)
    whole = base if decision.side is Side.SELL else quote / price
    capped = decision.size + RULE.step > whole * SIDE_SHARE
    left = target - after.base * price
    assert abs(left) < RULE.step * price or capped
    # Never past the target, where the next decision would trade back.
    assert left * decision.side.sign >= 0
    assert capped or rebalance(after, price, wanted, PLENTY, RULE).side is None


@pytest.mark.parametrize(
    ("base", "quote", "price"), [("NaN", "1", "1"), ("1", "Infinity", "1"), ("-1", "5", "1"), ("1", "1", "0")]
)
def test_rb02_what_is_no_number_is_refused(base: str, quote: str, price: str) -> None:
    with pytest.raises(DecisionError):
        of(base, quote, price)


def test_rb03_375_of_1000_leans_by_half() -> None:
    skew = rebalancing_skew(D(100), Holdings(D("3.75"), D(625)), DEFAULT, D("0.002"))
    assert (skew.ratio, skew.offset) == (D("0.5"), D("0.1"))


@given(AMOUNTS, AMOUNTS, PRICES, BANDS)
def test_rb03_the_ratio_is_clamped_and_points_home(base: Decimal, quote: Decimal, price: Decimal, wanted: Band) -> None:
    held = Holdings(base, quote)
    skew = rebalancing_skew(price, held, wanted, D("0.01"))
    share = held.share_pct(price)
    assert share is not None and -1 <= skew.ratio <= 1
    assert (skew.ratio > 0) == (share > wanted.target_pct)


def test_rb03_an_empty_account_leans_nowhere() -> None:
    assert rebalancing_skew(D(100), Holdings(D(0), D(0)), DEFAULT, D("0.1")).offset == 0


def test_rb04_presets_and_what_wins() -> None:
    numbers = {name: (int(each.target_pct), int(each.threshold_pct)) for name, each in PRESETS.items()}
    assert numbers == {
        "default": (30, 15),
        "high_volatility": (20, 10),
        "medium_volatility": (30, 15),
        "low_volatility": (35, 20),
        "conservative": (20, 10),
        "aggressive": (35, 20),
    }
    assert band(None, None, None) == Band(D(30), D(15))
    assert band(None, None, "aggressive") == Band(D(35), D(20))
    assert band(D(25), None, "aggressive") == Band(D(25), D(20))
    assert band(D(0), D(5), "conservative") == Band(D(0), D(5))


@pytest.mark.parametrize(
    ("volatility", "name"),
    [
        ("5.01", "high_volatility"),
        ("5", "medium_volatility"),
        ("2", "medium_volatility"),
        ("1.99", "low_volatility"),
    ],
)
def test_rb04_the_preset_that_fits(volatility: str, name: str) -> None:
    assert fitting_preset(D(volatility)) == name


def test_rb04_volatility_is_the_deviation_of_daily_returns() -> None:
    assert daily_volatility([D(100), D(100), D(100)]) == 0
    # Returns +10 %, -10 %: their sample deviation is √2 × 10 %.
    found = daily_volatility([D(100), D(110), D(99)])
    assert found is not None and abs(found - D("14.142135")) < D("0.00001")
    assert daily_volatility([D(100), D(101)]) is None


def test_rb04_the_preflight_names_the_preset_and_unusual_numbers() -> None:
    assert advice(DEFAULT, D(3)) == [
        "daily volatility over 30 days is 3.00 %: rebalance_preset medium_volatility (30/15) fits"
    ]
    lines = advice(Band(D(50), D(15)), D(6))
    assert lines[1:] == [
        "base_target_pct (50) is outside of the usual 20 to 25 at this volatility",
        "rebalance_threshold_pct (15) is outside of the usual 10 to 12 at this volatility",
    ]
