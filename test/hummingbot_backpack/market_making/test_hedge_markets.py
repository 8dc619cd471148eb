"""Hedges in a market that does not take everything, and in one that is thin or moves (cards EX05, SL03 and SL04)."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from hummingbot_backpack.market_making.guard import CloseStep, tolerance
from hummingbot_backpack.market_making.hedge_forms import untaken
from hummingbot_backpack.market_making.hedge_values import Leg, Phase
from hummingbot_backpack.market_making.hedging import Hedger
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.values import Side
from test.hummingbot_backpack.market_making.hedges import CAREFUL, MARKET, fill, hedger, next_order, send

D = Decimal
SHUT = {
    MarketState.POST_ONLY: "the hedge market is PostOnly",
    MarketState.CANCEL_ONLY: "the hedge market is CancelOnly",
    MarketState.CLOSED: "the hedge market is Closed",
    MarketState.MAINTENANCE: "the exchange is under maintenance",
}
LIMIT_ONLY = replace(MARKET, state=MarketState.LIMIT_ONLY)
THIN = replace(MARKET, levels=((D("144.99"), D("0.3")), (D("140"), D(50))))


def filled(signed: str = "1") -> Hedger:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, D(0), 0.0)
    fill(machine, signed)
    return machine


@pytest.mark.parametrize("state", SHUT)
def test_ex05_where_nothing_may_take_the_hedge_waits_and_is_the_first_order_once_it_may(state: MarketState) -> None:
    machine, shut = filled(), replace(MARKET, state=state)
    for now in (0.0, 1.0, 60.0):
        assert next_order(machine, now, shut) is None
        seen = machine.look(shut, now)
        assert seen.phase is Phase.WAITING
        assert seen.stop == seen.alert == f"1 is not hedged: {SHUT[state]}"
    order = send(machine, now=61.0)
    assert (order.side, order.size, order.form.step, order.form.alert) == (Side.SELL, 1, CloseStep.MARKET, False)
    assert next_order(machine, 61.0) is None
    assert machine.look(MARKET, 61.0).phase is Phase.HEDGING
    assert machine.look(MARKET, 66.0).phase is Phase.OVERDUE


@pytest.mark.parametrize("state", SHUT)
def test_ex05_quotes_go_while_what_they_bring_could_not_be_undone(state: MarketState) -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, D(0), 0.0)
    seen = machine.look(replace(MARKET, state=state), 0.0)
    assert (seen.phase, seen.stop, seen.alert) == (Phase.BALANCED, SHUT[state], None)
    assert machine.look(LIMIT_ONLY, 0.0).stop is None


def test_ex05_where_only_limits_are_taken_hedges_leave_as_limits_that_go_ever_further() -> None:
    machine = filled()
    prices = []
    for number in range(4):
        order = send(machine, f"h{number}", now=float(number), market=LIMIT_ONLY)
        assert order.form.price is not None and not order.form.post_only
        prices.append(order.form.price)
        machine.on_executed(f"h{number}", D(0))
    # 50 bps for a market order and an IOC, 100 for a wide one, 200 for a capped market order.
    assert prices == [D("144.27"), D("144.27"), D("143.55"), D("142.10")]
    last = send(machine, "h4", now=5.0, market=LIMIT_ONLY)
    assert (last.form.price, last.form.alert) == (D("139.20"), True)
    assert machine.look(LIMIT_ONLY, 5.0).phase is Phase.OVERDUE


def test_ex05_where_only_limits_are_taken_nothing_leaves_without_a_book_or_without_limits() -> None:
    machine = filled()
    assert next_order(machine, market=replace(LIMIT_ONLY, touch=None)) is None
    assert machine.look(replace(LIMIT_ONLY, touch=None), 5.0).alert == "1 is not hedged after 5 s"
    others = replace(LIMIT_ONLY, any_form=False)
    assert next_order(machine, 5.0, others) is None
    assert machine.look(others, 5.0).alert == "1 is not hedged: the hedge market takes no market orders"
    assert send(machine, now=6.0, market=LIMIT_ONLY).form.price == D("144.27")


def test_ex05_a_hedge_under_way_as_the_market_closes_is_followed_and_never_sent_twice() -> None:
    machine, shut = filled(), replace(MARKET, state=MarketState.CLOSED)
    send(machine)
    seen = machine.look(shut, 1.0)
    assert (seen.phase, seen.alert) == (Phase.WAITING, None)
    assert machine.look(shut, 5.0).alert == "1 is not hedged, of which 1.00 is under way: the hedge market is Closed"
    assert next_order(machine, 5.0) is None
    machine.on_ended("h")
    machine.on_executed("h", D("0.4"))
    fill(machine, "-0.4", "h", "2")
    assert next_order(machine, 6.0, shut) is None
    assert machine.look(shut, 6.0).alert == "0.6 is not hedged: the hedge market is Closed"
    order = send(machine, "h2", now=7.0)
    assert (order.size, order.form.step) == (D("0.60"), CloseStep.MARKET)


def test_ex05_what_waits_survives_a_restart() -> None:
    machine, shut = filled(), replace(MARKET, state=MarketState.CLOSED)
    machine.look(shut, 100.0)
    again = hedger("0", kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, D(1), 200.0)
    assert next_order(again, 200.0, shut) is None
    order = send(again, now=300.0)
    assert (order.size, order.form.step) == (1, CloseStep.MARKET)


def test_sl03_a_book_that_is_too_thin_is_cut_to_once_a_second_until_the_deadline() -> None:
    machine = filled()
    refused = next_order(machine, market=THIN)
    assert refused is not None and (refused.form.step, refused.size, refused.cut) == (CloseStep.IOC, 1, False)
    sizes = []
    for number in range(2):
        now = float(number)
        order = send(machine, f"h{number}", now, market=THIN, cut=True)
        assert (order.form.step, order.cut) == (CloseStep.MARKET, True)
        sizes.append(order.size)
        assert next_order(machine, now, THIN, cut=True) is None
        fill(machine, "-0.3", f"h{number}", str(number))
        # Our own book may still show what was taken a moment ago.
        assert next_order(machine, now + 0.9, THIN, cut=True) is None
    assert sizes == [D("0.3")] * 2
    last = send(machine, "late", 5.0, market=THIN, cut=True)
    assert (last.form.step, last.size, last.form.alert) == (CloseStep.PLAIN_MARKET, D("0.40"), True)


def test_sl03_where_only_limits_are_taken_nothing_is_cut() -> None:
    order = next_order(filled(), market=replace(THIN, state=MarketState.LIMIT_ONLY), cut=True)
    assert order is not None and (order.size, order.cut, order.form.price) == (1, False, D("144.27"))


def test_sl03_two_hedges_of_one_turn_do_not_count_the_same_depth_twice() -> None:
    machine = hedger("0", one_market=False)
    machine.on_position(Leg.MAKER, D(1), 0.0)
    machine.on_position(Leg.HEDGE, D(-1), 0.0)
    fill(machine, "-1.5")
    asks = replace(MARKET, levels=((D("145.01"), D("1.2")), (D("146"), D(50))))
    first, second = send(machine, "h1", market=asks), send(machine, "h2", market=asks)
    assert (first.size, first.form.step, first.reduces) == (1, CloseStep.MARKET, True)
    assert (second.size, second.form.step, second.reduces) == (D("0.5"), CloseStep.IOC, False)


def test_sl03_what_hedges_take_leaves_the_front_of_the_book() -> None:
    levels = ((D(10), D(1)), (D(9), D(2)), (D(8), D(3)))
    assert untaken(levels, D(0)) == untaken(levels, D(-1)) == levels
    assert untaken(levels, D("1.5")) == ((D(9), D("1.5")), (D(8), D(3)))
    assert untaken(levels, D(6)) == ()


def test_sl04_a_hedge_is_given_the_tolerance_that_the_last_minute_asks_for() -> None:
    wide = replace(CAREFUL, max_slippage_bps=D(400))
    assert [
        order.form.step
        for order in (next_order(filled(), market=THIN, protection=given) for given in (CAREFUL, wide))
        if order is not None
    ] == [CloseStep.IOC, CloseStep.MARKET]


def test_sl04_the_tolerance_is_fixed_or_made_of_the_mids() -> None:
    class Settings:
        max_slippage_bps, slippage_mode, dynamic_multiple = D(50), "fixed", D(1)

    mids = tuple(D(145) + (D(2) if second % 2 else D(0)) for second in range(61))
    assert tolerance(Settings, mids) == 50
    Settings.slippage_mode = "dynamic"
    assert D(137) < tolerance(Settings, mids) < D(140)
    assert tolerance(Settings, ()) == 50
