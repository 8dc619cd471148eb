from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.breakers import (
    NOTHING,
    SESSION,
    Breaker,
    MoneyLimits,
    Result,
    Trip,
    Watermark,
    hold,
    judge_data,
    judge_money,
    judge_rejects,
    standing,
    unjudged,
)
from hummingbot_backpack.market_making.errors import DecisionError

D = Decimal
LIMITS = MoneyLimits(D(25), D(10), D(5))
money = st.decimals(-1_000_000, 1_000_000, allow_nan=False, allow_infinity=False, places=6)
volume = st.decimals(0, 1_000_000_000, allow_nan=False, allow_infinity=False, places=6)
limit = st.none() | st.decimals("0.01", 100_000, allow_nan=False, allow_infinity=False, places=2)


def made(net: str, volume: str = "0") -> Result:
    return Result(D(net), D(net), D(volume))


def tripped(limits: MoneyLimits, result: Result, mark: Watermark = Watermark()) -> set[Breaker]:  # noqa: B008
    return {trip.breaker for trip in judge_money(limits, result, mark, 0.0)[0]}


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        ("-9.99", set()),
        ("-10", {Breaker.DRAWDOWN}),
        ("-24.99", {Breaker.DRAWDOWN}),
        ("-25", {Breaker.DRAWDOWN, Breaker.SESSION_LOSS}),
        ("30", set()),
    ],
)
def test_br01_money_limits_trip_at_their_bounds(net: str, expected: set[Breaker]) -> None:
    assert tripped(LIMITS, made(net)) == expected


def test_br01_drawdown_counts_from_the_sessions_high_and_loss_from_its_start() -> None:
    trips, mark = judge_money(LIMITS, made("40"), Watermark(), 0.0)
    assert (trips, mark.high) == ((), D(40))
    trips, mark = judge_money(LIMITS, made("30"), mark, 7.0)
    assert [trip.breaker for trip in trips] == [Breaker.DRAWDOWN]
    assert trips[0].since == 7.0
    assert mark.high == D(40)
    assert trips[0].reason == "10.000000 below the session's high, the limit (max_drawdown) is 10"


def test_br01_cost_is_judged_after_ten_thousand_of_volume() -> None:
    only_cost = MoneyLimits(wear_rate=D(5))
    assert tripped(only_cost, made("-9", "9999.99")) == set()
    assert tripped(only_cost, made("-5", "10000")) == {Breaker.COST}
    assert tripped(only_cost, made("-4.99", "10000")) == set()
    assert tripped(only_cost, made("-9", "20000")) == set()


def test_br01_cost_leaves_funding_out_and_loss_counts_it() -> None:
    result = Result(net=D(-30), price_result=D(-1), volume=D(10000))
    assert tripped(MoneyLimits(D(25), None, D(5)), result) == {Breaker.SESSION_LOSS}


def test_br01_after_re_arming_losses_count_from_there() -> None:
    lost = made("-26", "50000")
    mark = Watermark.at(lost)
    assert tripped(LIMITS, lost, mark) == set()
    assert tripped(LIMITS, made("-35.99", "50000"), mark) == set()
    assert tripped(LIMITS, made("-36", "50000"), mark) == {Breaker.DRAWDOWN}
    assert tripped(LIMITS, made("-31", "59999"), mark) == set()
    assert tripped(LIMITS, made("-31", "60000"), mark) == {Breaker.COST}


def test_br01_what_is_not_known_trips_nothing_and_re_arms_nothing() -> None:
    unknown = Result(None, None, D(10))
    assert judge_money(LIMITS, unknown, Watermark(NOTHING, D(3)), 0.0) == ((), Watermark(NOTHING, D(3)))
    with pytest.raises(DecisionError):
        Watermark.at(unknown)


def test_br01_an_unknown_result_stops_quoting_only_where_a_limit_is_set_and_after_a_while() -> None:
    unknown = Result(None, None, D(10))
    assert unjudged(LIMITS, unknown, 100.0, 2.0, 101.9) is None
    trip = unjudged(LIMITS, unknown, 100.0, 2.0, 102.0)
    assert trip is not None
    assert trip.reason.startswith("the session's result is not known, so max_session_loss and max_drawdown and")
    assert unjudged(MoneyLimits(), unknown, 100.0, 2.0, 200.0) is None
    assert unjudged(LIMITS, made("0"), None, 2.0, 200.0) is None


@given(limit, limit, limit, st.lists(st.tuples(money, volume), min_size=1, max_size=8))
def test_br01_whatever_the_results_a_limit_that_is_off_never_trips_and_the_high_never_falls(
    loss: Decimal | None, drawdown: Decimal | None, wear: Decimal | None, results: list[tuple[Decimal, Decimal]]
) -> None:
    limits, mark = MoneyLimits(loss, drawdown, wear), Watermark()
    for net, traded in results:
        trips, after = judge_money(limits, Result(net, net, traded), mark, 0.0)
        assert after.high >= max(mark.high, net)
        found = {trip.breaker for trip in trips}
        assert (Breaker.SESSION_LOSS in found) == (loss is not None and -net >= loss)
        assert (Breaker.DRAWDOWN in found) == (drawdown is not None and after.high - net >= drawdown)
        assert wear is not None or Breaker.COST not in found
        assert all(trip.breaker.lost_money and trip.scope == SESSION for trip in trips)
        mark = after


@given(money, volume)
def test_br01_re_armed_where_it_stands_nothing_trips(net: Decimal, traded: Decimal) -> None:
    result = Result(net, net, traded)
    assert tripped(LIMITS, result, Watermark.at(result)) == set()


def test_br01_half_of_the_last_twenty_orders_refused_within_a_minute() -> None:
    half = [(float(second), second % 2 == 0) for second in range(20)]
    trip = judge_rejects(half, "maker", 19.0)
    assert trip is not None
    assert (trip.breaker, trip.scope, trip.over_at) == (Breaker.REJECTS, "maker", 79.0)
    assert trip.reason == "10 of the last 20 orders were refused"
    assert judge_rejects(half[1:], "maker", 19.0) is None
    assert judge_rejects(half, "maker", 60.1) is None
    nine = [(float(second), second < 9) for second in range(20)]
    assert judge_rejects(nine, "maker", 19.0) is None
    assert judge_rejects([(0.0, True)] * 30 + [(1.0, False)] * 20, "maker", 1.0) is None


def test_br01_data_that_is_not_there_holds_until_it_is() -> None:
    assert judge_data("book not known", 5.0, 2.0, "maker", 6.9) is None
    trip = judge_data("book not known", 5.0, 2.0, "maker", 7.0)
    assert trip is not None and (trip.since, trip.over_at) == (5.0, None)
    assert judge_data(None, None, 2.0, "maker", 100.0) is None


def test_br01_who_is_held_by_what() -> None:
    mine = Trip(Breaker.REJECTS, "maker", "half were refused", 0.0, "later", 60.0)
    all_of_them = Trip(Breaker.DRAWDOWN, SESSION, "down 10", 0.0, "re-armed")
    assert hold((mine,), "other") is None
    assert hold((mine,), "maker") == "rejects: half were refused, until later"
    assert hold((mine, all_of_them), "maker") == "drawdown: down 10, until re-armed"
    assert standing((mine, all_of_them), 60.0) == (all_of_them,)
    assert standing((replace(mine, over_at=61.0),), 60.0)


@pytest.mark.parametrize("value", [D(0), D(-1), D("NaN"), D("Infinity")])
def test_br01_a_limit_must_be_above_zero(value: Decimal) -> None:
    with pytest.raises(DecisionError, match="max_drawdown"):
        MoneyLimits(drawdown=value)
