from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.limits import LimitBreach, headroom, reduction, within_collateral
from hummingbot_backpack.market_making.values import MarketRule, NetPosition, Side

RULE = MarketRule(Decimal("0.01"), Decimal("0.01"), Decimal("0.01"))
PRICE = Decimal(145)


def D(text: str) -> Decimal:
    return Decimal(text)


def decimals(low: str, high: str):
    return st.decimals(min_value=D(low), max_value=D(high), places=4, allow_nan=False, allow_infinity=False)


EXAMPLES = [
    ("1", "0.1", "5", "1.05", "0", LimitBreach.NONE),
    ("1", "0.1", "5", "1.1", "0", LimitBreach.NONE),
    ("1", "0.1", "5", "1.2", "0.1", LimitBreach.TARGET),
    ("1", "0.1", "5", "5.5", "0.5", LimitBreach.MAXIMUM),
    ("1", "0.1", "5", "5", "3.9", LimitBreach.TARGET),
    ("0", "0.2", "0.4", "0.1", "0", LimitBreach.NONE),
    ("0", "0.2", "0.4", "0.25", "0.05", LimitBreach.TARGET),
    ("0", "0.2", "0.4", "0.5", "0.1", LimitBreach.MAXIMUM),
    ("0", "0.2", "0.4", "0.4", "0.2", LimitBreach.TARGET),
]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("target", "threshold", "maximum", "size", "reduce", "breach"), EXAMPLES)
def test_li01_examples(sign, target, threshold, maximum, size, reduce, breach) -> None:
    found = reduction(sign * D(size), D(target), D(threshold), D(maximum), RULE, PRICE)
    assert (found.size, found.breach) == (D(reduce), breach)
    if found.size:
        assert found.side is (Side.SELL if sign > 0 else Side.BUY)


def test_li01_a_reduction_below_the_minimum_waits() -> None:
    rule = MarketRule(D("0.01"), D("0.01"), D("0.1"))
    found = reduction(D("1.05"), D(0), D(1), D(5), rule, PRICE)
    assert (found.size, found.side, found.breach) == (0, None, LimitBreach.TARGET)
    assert "waits" in found.reason


def test_li01_a_reduction_is_floored_to_the_step() -> None:
    assert reduction(D("1.259"), D(1), D(0), D(5), RULE, PRICE).size == D("0.25")


@given(
    net=decimals("-20", "20"), target=decimals("0", "5"), threshold=decimals("0", "5"), maximum=decimals("0.01", "10")
)
def test_li01_a_reduction_never_opens_and_never_flips(net, target, threshold, maximum) -> None:
    found = reduction(net, target, threshold, maximum, RULE, PRICE)
    if found.side is None:
        assert found.size == 0
        return
    after = net + found.side.sign * found.size
    assert after * net >= 0
    assert abs(after) < abs(net)
    assert abs(after) >= min(maximum, target + threshold)


@given(low=decimals("-12", "12"), width=decimals("0", "3"), maximum=decimals("0.01", "10"))
def test_li02_filling_all_the_room_stays_within_the_maximum(low, width, maximum) -> None:
    position = NetPosition(low, low + width)
    room = headroom(position, maximum)
    assert room.buy >= 0 and room.sell >= 0
    for net in (position.low, position.high):
        if abs(net) <= maximum:
            assert net + room.buy <= maximum
            assert net - room.sell >= -maximum
    if position.high >= maximum:
        assert room.buy == 0
    if position.low <= -maximum:
        assert room.sell == 0


@given(
    low=decimals("-12", "12"),
    width=decimals("0", "3"),
    maximum=decimals("0.01", "10"),
    resting=st.tuples(decimals("0", "15"), decimals("0", "15")),
    left=decimals("0", "10") | st.none(),
)
def test_qu02_the_room_is_what_the_collateral_carries_and_bounds_no_reduction(
    low, width, maximum, resting, left
) -> None:
    position, (bids, asks) = NetPosition(low, low + width), resting
    limit = headroom(position, maximum)
    room = within_collateral(limit, position, bids, asks, left)
    if left is None:
        assert room == limit
        return
    assert 0 <= room.buy <= limit.buy and 0 <= room.sell <= limit.sell
    # What rests stays, and what does not make a larger position is never bounded.
    assert room.buy >= min(limit.buy, bids) and room.sell >= min(limit.sell, asks)
    assert room.buy >= min(limit.buy, -2 * position.high) and room.sell >= min(limit.sell, 2 * position.low)
    if width == 0:
        locked = max(abs(low), low + bids, asks - low)
        for bought, sold in ((max(bids, room.buy), asks), (bids, max(asks, room.sell))):
            assert max(abs(low), low + bought, sold - low) <= locked + left
        assert room.buy in (limit.buy, locked + left - low)
        assert room.sell in (limit.sell, locked + left + low)


@pytest.mark.parametrize("bad", ["NaN", "-1"])
def test_qu02_collateral_that_is_no_amount_is_a_named_error(bad: str) -> None:
    position = NetPosition.exactly(D(0))
    with pytest.raises(DecisionError, match="exposure_left"):
        within_collateral(headroom(position, D(1)), position, D(0), D(0), D(bad))


@pytest.mark.parametrize("bad", ["NaN", "Infinity"])
def test_li01_an_unknown_position_is_a_named_error(bad: str) -> None:
    with pytest.raises(DecisionError):
        reduction(D(bad), D(0), D(0), D(1), RULE, PRICE)
