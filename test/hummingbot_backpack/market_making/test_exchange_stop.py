from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.exchange_stop import RestingStop, StopOrder, StopPlan, plan_stop, wanted_stop
from hummingbot_backpack.market_making.exits import ExitCause, ExitState, position_pnl
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.values import Side
from test.hummingbot_backpack.market_making.test_step import RULE, at, step

D = Decimal
STOP = StopOrder(Side.SELL, D("0.8"), D("206.71"))
SET = {"stop_loss": D(25), "stop_at_exchange": True}


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        # 239 - 25 / 0.8 = 207.75, half a percent further down; and the mirror of it for a short.
        ("0.8", StopOrder(Side.SELL, D("0.8"), D("206.71"))),
        ("-0.8", StopOrder(Side.BUY, D("0.8"), D("271.61"))),
    ],
)
def test_ex04_the_stop_stands_a_little_beyond_the_loss(net: str, expected: StopOrder) -> None:
    assert wanted_stop(D(net), D(239), D(239), D(25), D(50), RULE)[0] == expected


@pytest.mark.parametrize(
    ("net", "mark", "loss", "why"),
    [
        ("0.8", "206.71", "25", "the mark of 206.71 is beyond 206.71 already"),
        ("-0.8", "280", "25", "the mark of 280 is beyond 271.61 already"),
        ("0.05", "239", "25", "0.05 cannot lose 25"),
        ("0.001", "239", "25", "the size rounds down to nothing"),
    ],
)
def test_ex04_where_no_stop_can_stand_the_reason_is_said(net: str, mark: str, loss: str, why: str) -> None:
    found, reason = wanted_stop(D(net), D(239), D(mark), D(loss), D(50), RULE)
    assert found is None and why in reason


amounts = st.decimals("0.01", 1000, places=2)


@given(
    net=amounts, short=st.booleans(), entry=amounts, mark=amounts, loss=amounts, beyond=st.decimals(1, 1000, places=1)
)
def test_ex04_the_stop_never_fires_before_the_bots_own_and_never_exceeds_the_position(
    net: Decimal, short: bool, entry: Decimal, mark: Decimal, loss: Decimal, beyond: Decimal
) -> None:
    signed = -net if short else net
    found, _ = wanted_stop(signed, entry, mark, loss, beyond, RULE)
    if found is not None:
        assert found.size <= net
        assert found.side is (Side.BUY if short else Side.SELL)
        assert position_pnl(signed, entry, found.trigger) <= -loss + D("0.0000001")
        assert (found.trigger > mark) == short


def test_ex04_one_stop_at_most_and_a_new_one_only_when_none_is_left() -> None:
    assert plan_stop(STOP, "r", (), 0.0, 100.0) == StopPlan((), STOP, 100.0, "r")
    there = RestingStop("a", STOP)
    assert plan_stop(STOP, "r", (there,), 100.0, 200.0) == StopPlan((), None, 100.0, "r")
    larger = replace(STOP, size=D("1.1"))
    assert plan_stop(larger, "r", (there,), 100.0, 100.9) == StopPlan((), None, 100.0, "r")
    assert plan_stop(larger, "r", (there,), 100.0, 100.9).pending
    assert plan_stop(larger, "r", (there,), 100.0, 101.0) == StopPlan((there,), None, 100.0, "r")
    going = RestingStop("a", STOP, cancelling=True)
    assert plan_stop(larger, "r", (going,), 100.0, 101.1) == StopPlan((), None, 100.0, "r")
    assert plan_stop(larger, "r", (), 100.0, 101.2).place == larger
    twice = (there, RestingStop("b", STOP))
    assert plan_stop(STOP, "r", twice, 100.0, 100.1).cancel == (twice[1],)


def test_ex04_one_that_is_larger_than_the_position_or_of_the_wrong_side_goes_at_once() -> None:
    there = RestingStop("a", STOP)
    assert plan_stop(replace(STOP, size=D("0.5")), "r", (there,), 100.0, 100.1).cancel == (there,)
    assert plan_stop(StopOrder(Side.BUY, D(1), D(300)), "r", (there,), 100.0, 100.1).cancel == (there,)


def test_ex04_the_step_keeps_it_with_the_position() -> None:
    seen = replace(at("0.8", can_stop=True), entry=D(239), mark=D(239))
    assert step(seen, **SET).stop.place == STOP
    assert step(seen, stop_loss=D(25)).stop.place is None
    there = replace(seen, stops=(RestingStop("a", STOP),), stopped_at=90.0)
    assert step(there, **SET).stop == StopPlan((), None, 90.0, "stop at the exchange: sell 0.80 at mark 206.71")
    flat = replace(at("0", can_stop=True), stops=there.stops)
    assert step(flat, **SET).stop.cancel == there.stops
    assert step(there, stop_loss=None, stop_at_exchange=True).stop.cancel == there.stops
    assert step(there, stop_loss=D(25)).stop.cancel == there.stops


def test_ex04_while_something_is_not_known_or_being_closed_it_stays() -> None:
    there = replace(at("0.8", can_stop=True), entry=D(239), mark=D(239), stops=(RestingStop("a", STOP),))
    for seen in (
        replace(there, to_reduce=None), replace(there, mark=None), replace(there, entry=None),
        replace(there, mark=D(200)), replace(there, market=MarketState.CLOSED),
    ):  # fmt: skip
        found = step(seen, **SET).stop
        assert (found.cancel, found.place) == ((), None)
    closing = step(there, ExitState(ExitCause.STOP_LOSS), **SET).stop
    assert (closing.cancel, closing.place) == ((), None)


def test_ex04_a_connector_that_cannot_is_told_so_and_nothing_is_placed() -> None:
    found = step(replace(at("0.8"), entry=D(239), mark=D(239)), **SET)
    assert found.stop.place is None
    assert found.stages()["stop"] == "no stop at the exchange: this connector or script cannot place one"
