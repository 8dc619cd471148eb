from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.hedge_cost import HedgeCost, expected_at, expected_cost
from hummingbot_backpack.market_making.hedge_step import prices_behind
from hummingbot_backpack.market_making.values import Side, Touch

D = Decimal
MAKER, TAKER = D(2), D(5)
prices = st.integers(10_000, 20_000).map(lambda ticks: D(ticks) / 100)


def test_he04_2_and_5_bps_with_both_legs_at_144_99_cost_7_per_10000() -> None:
    cost = expected_cost(MAKER, TAKER, D("144.99"), D("144.99"), Side.BUY)
    assert round(D("144.99") * MAKER / 10_000, 4) == D("0.0290")
    assert round(D("144.99") * TAKER / 10_000, 4) == D("0.0725")
    assert cost.total == 7


def test_he04_each_bp_of_spread_crossed_adds_1() -> None:
    price = D(100)
    for side, hedge in ((Side.BUY, D("99.99")), (Side.SELL, D("100.01"))):
        cost = expected_cost(MAKER, TAKER, price, hedge, side)
        assert cost.crossed == 1
        assert abs(cost.total - 8) < D("0.001")


def test_he04_quotes_at_the_touch_of_the_same_market_cross_nothing_and_an_edge_earns() -> None:
    touch = Touch(D("144.99"), D("145.01"))
    at = prices_behind(touch, D(0), D("0.01"))
    assert expected_at(MAKER, TAKER, at.bids[0], at.asks[0], touch).total == 7
    behind = prices_behind(touch, D(10), D("0.01"))
    assert (behind.bids, behind.asks) == ((D("144.84"),), (D("145.16"),))
    assert expected_at(MAKER, TAKER, behind.bids[0], behind.asks[0], touch).total < -3


@given(maker=prices, hedge=prices, side=st.sampled_from(Side))
def test_he04_what_comes_out_is_what_was_expected(maker: Decimal, hedge: Decimal, side: Side) -> None:
    cost = HedgeCost()
    cost.on_fill(side, maker, D(1), maker * MAKER / 10_000, False, True)
    cost.on_fill(side.opposite, hedge, D(1), hedge * TAKER / 10_000, False, False)
    found = cost.per_10000(None)
    assert found is not None
    assert abs(found - expected_cost(MAKER, TAKER, maker, hedge, side).total) < D("1e-12")


def test_he04_what_is_not_hedged_yet_is_valued_and_unknown_without_a_price() -> None:
    cost = HedgeCost()
    cost.on_fill(Side.BUY, D(100), D(2), D("0.001"), True, True)
    assert (cost.base, cost.cost(None), cost.per_10000(None)) == (D("1.999"), None, None)
    assert cost.cost(D(101)) == 200 - D("1.999") * 101
