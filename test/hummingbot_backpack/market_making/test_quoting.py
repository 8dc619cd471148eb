from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.quoting import fit_to_headroom, inventory_skew, ladder, ladder_prices, order_size
from hummingbot_backpack.market_making.values import MarketRule, Side, Touch, round_down, round_up

TICK = Decimal("0.01")
RULE = MarketRule(TICK, TICK, TICK)


def D(text: str) -> Decimal:
    return Decimal(text)


def touch_around(mid: str, half: str = "0.01") -> Touch:
    return Touch(D(mid) - D(half), D(mid) + D(half))


def prices(
    touch: Touch, spread: str, net: str = "0", maximum: str = "1", strength: str = "0", levels: int = 1, step: str = "5"
):
    skew = inventory_skew(touch.mid, D(net), D(maximum), D(strength))
    return ladder_prices(touch, D(spread), D(step), levels, skew, TICK)


def decimals(low: str, high: str, places: int = 4):
    return st.decimals(min_value=D(low), max_value=D(high), places=places, allow_nan=False, allow_infinity=False)


def test_qu01_145_at_02_percent() -> None:
    found = prices(touch_around("145"), "0.2")
    assert (found.raw_bid, found.raw_ask) == (D("144.855"), D("145.145"))
    assert (found.bids[0], found.asks[0]) == (D("144.85"), D("145.15"))


def test_qu01_239_413_at_05_percent() -> None:
    found = prices(Touch(D("239.411"), D("239.415")), "0.5")
    assert (found.bids[0], found.asks[0]) == (D("238.81"), D("240.02"))


def test_sk01_two_of_five_long_moves_both_sides_down() -> None:
    found = prices(touch_around("145"), "0.2", "2", "5", "0.002")
    assert (found.skew.ratio, found.skew.offset) == (D("0.4"), D("0.116"))
    assert found.raw_bid - found.skew.offset == D("144.739")
    assert found.raw_ask - found.skew.offset == D("145.029")
    assert (found.bids[0], found.asks[0]) == (D("144.73"), D("145.03"))


def test_sk01_six_of_ten_short_moves_both_sides_up() -> None:
    skew = inventory_skew(D("239.413"), D("-6"), D("10"), D("0.002"))
    assert skew.ratio == D("-0.6")
    assert skew.offset.quantize(D("0.0001")) == D("-0.2873")


def test_sk01_half_the_price_at_full_inventory_is_accepted() -> None:
    found = prices(touch_around("145"), "0.2", "5", "5", "0.5")
    assert found.skew.offset == D("72.5")
    assert found.asks[0] == D("145.00")  # held one tick above the best bid


def test_sk01_inventory_beyond_the_maximum_is_clamped() -> None:
    assert inventory_skew(D(100), D(-9), D(5), D("0.1")).ratio == -1


def test_qu01_levels_are_at_least_one_tick_apart_when_the_step_is_smaller() -> None:
    found = prices(touch_around("145"), "0.2", levels=4, step="0")
    assert found.bids == (D("144.85"), D("144.84"), D("144.83"), D("144.82"))
    assert found.asks == (D("145.15"), D("145.16"), D("145.17"), D("145.18"))


def test_qu01_levels_held_at_the_touch_stay_distinct() -> None:
    found = prices(Touch(D("144.00"), D("146.00")), "0.2", "-1", "1", "0.02", levels=3, step="1")
    assert found.bids == (D("145.99"), D("145.98"), D("145.97"))


def test_qu01_quotes_that_may_only_join_never_improve_on_the_touch() -> None:
    touch = Touch(D("144.00"), D("146.00"))
    found = ladder_prices(touch, D("0.2"), D(5), 2, inventory_skew(touch.mid, D(0), D(1), D(0)), TICK, join_only=True)
    assert (found.bids, found.asks) == ((D("144.00"), D("143.99")), (D("146.00"), D("146.01")))


def test_qu01_a_bid_that_would_not_be_positive_is_left_out() -> None:
    found = prices(touch_around("145"), "0.2", "1", "1", "1", levels=3)
    assert found.bids == ()
    assert len(found.asks) == 3


@given(
    bid=decimals("0.5", "5000", 2),
    width=st.integers(1, 5000),
    spread=decimals("0.001", "50", 3),
    step=decimals("0", "300", 1),
    levels=st.integers(1, 20),
    net=decimals("-20", "20"),
    maximum=decimals("0.01", "10"),
    strength=decimals("0", "1", 3),
)
def test_qu01_quotes_never_cross_and_share_no_price(bid, width, spread, step, levels, net, maximum, strength) -> None:
    touch = Touch(bid, bid + width * TICK)
    skew = inventory_skew(touch.mid, net, maximum, strength)
    found = ladder_prices(touch, spread, step, levels, skew, TICK)
    assert all(price % TICK == 0 and price.is_finite() and price > 0 for price in found.bids + found.asks)
    assert len(found.asks) == levels
    assert all(price <= touch.ask - TICK for price in found.bids)
    assert all(price >= touch.bid + TICK for price in found.asks)
    assert all(inner > outer for inner, outer in zip(found.bids, found.bids[1:], strict=False))
    assert all(inner < outer for inner, outer in zip(found.asks, found.asks[1:], strict=False))
    if found.bids:
        assert found.bids[0] < found.asks[0]


@given(mid=decimals("1", "1000", 2), net=decimals("-9", "9"), maximum=decimals("0.1", "9"), strength=decimals("0", "1"))
def test_sk01_skew_is_antisymmetric(mid, net, maximum, strength) -> None:
    assert inventory_skew(mid, net, maximum, strength).offset == -inventory_skew(mid, -net, maximum, strength).offset


@given(
    mid=decimals("1", "1000", 2),
    low=decimals("-9", "9"),
    more=decimals("0", "9"),
    maximum=decimals("0.1", "9"),
    strength=decimals("0", "1"),
)
def test_sk01_skew_is_monotone_in_the_position(mid, low, more, maximum, strength) -> None:
    lower = inventory_skew(mid, low, maximum, strength)
    upper = inventory_skew(mid, low + more, maximum, strength)
    assert lower.offset <= upper.offset
    assert -1 <= lower.ratio <= upper.ratio <= 1


@pytest.mark.parametrize(("per_side", "size"), [(3, "0.34"), (6, "0.28")])
def test_qu02_size_from_the_accounts_value(per_side: int, size: str) -> None:
    assert order_size(None, D(1000), D(145), per_side, RULE).size == D(size)


def test_qu02_order_amount_is_floored_to_the_step() -> None:
    assert order_size(D("0.349"), None, D(145), 3, RULE).size == D("0.34")


def test_qu02_below_the_minimum_is_refused_with_the_reason() -> None:
    rule = MarketRule(TICK, TICK, D("0.5"))
    found = order_size(D("0.49"), None, D(145), 3, rule)
    assert found.size == 0
    assert "0.49 is below the market's minimum of 0.5" in found.reason


def test_qu02_unknown_account_value_quotes_nothing() -> None:
    found = order_size(None, None, D(145), 3, RULE)
    assert found.size == 0
    assert "not known" in found.reason


@given(size=st.integers(1, 500), levels=st.integers(0, 20), room=decimals("-5", "60"), minimum=st.integers(1, 100))
def test_li02_sizes_fit_the_headroom_and_the_step(size, levels, room, minimum) -> None:
    rule = MarketRule(TICK, TICK, minimum * TICK)
    sizes = fit_to_headroom(size * TICK, levels, room, D(145), rule)
    assert len(sizes) <= levels
    assert sum(sizes) <= max(room, Decimal(0))
    assert all(rule.min_quantity <= each <= size * TICK and each % TICK == 0 for each in sizes)


def test_li02_the_last_order_is_cut_to_what_is_left() -> None:
    assert fit_to_headroom(D("0.3"), 3, D("0.45"), D(145), RULE) == [D("0.3"), D("0.15")]


def test_li02_nothing_is_added_at_the_limit() -> None:
    found = ladder(prices(touch_around("145"), "0.2", levels=3), D("0.3"), D(0), D(10), RULE)
    assert {quote.side for quote in found} == {Side.SELL}
    assert len(found) == 3


@given(value=decimals("-1000", "1000", 7), increment=decimals("0.0001", "7", 4))
def test_qu01_rounding_goes_outward_to_a_multiple(value, increment) -> None:
    down, up = round_down(value, increment), round_up(value, increment)
    assert down <= value <= up
    assert value - down < increment and up - value < increment
    assert down % increment == 0 and up % increment == 0


def test_qu01_a_value_on_the_grid_stays() -> None:
    assert round_down(D("144.85"), TICK) == round_up(D("144.85"), TICK) == D("144.85")


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "0", "-1"])
def test_qu01_impossible_prices_are_a_named_error(bad: str) -> None:
    with pytest.raises(DecisionError):
        Touch(D(bad), D(100))
    with pytest.raises(DecisionError):
        inventory_skew(D(bad), D(0), D(1), D(0))
    with pytest.raises(DecisionError):
        ladder_prices(touch_around("145"), D(bad), D(5), 1, inventory_skew(D(145), D(0), D(1), D(0)), TICK)


def test_qu01_a_crossed_touch_is_a_named_error() -> None:
    with pytest.raises(DecisionError, match="below the ask"):
        Touch(D("100.02"), D("100.01"))


@pytest.mark.parametrize("rounding", [round_down, round_up])
def test_qu02_what_cannot_be_counted_in_steps_is_a_named_error(rounding) -> None:
    with pytest.raises(DecisionError, match="can be counted"):
        rounding(D("1e27"), D("0.01"))
