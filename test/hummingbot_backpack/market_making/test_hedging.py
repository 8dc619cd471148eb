"""The hedge's state machine: the cards' examples."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from hummingbot_backpack.market_making.guard import CloseStep
from hummingbot_backpack.market_making.hedge_values import Leg, Phase
from hummingbot_backpack.market_making.values import Side
from test.hummingbot_backpack.market_making.hedges import MARKET, fill, hedger, next_order, send


def test_he01_a_fill_is_undone_at_market_at_once_and_only_once() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    assert fill(machine, "0.5")
    order = send(machine)
    assert (order.side, order.size, order.form.step) == (Side.SELL, Decimal("0.5"), CloseStep.MARKET)
    assert not fill(machine, "0.5")
    assert next_order(machine) is None
    assert fill(machine, "-0.5", "h", "2")
    assert next_order(machine) is None
    assert machine.look(MARKET, 0.0).phase is Phase.BALANCED


@pytest.mark.parametrize(
    ("filled", "side", "reduces"), [("-1", Side.BUY, False), ("1", Side.SELL, True)], ids=["opens", "closes"]
)
def test_he03_a_reference_of_5_is_restored_and_only_what_goes_towards_zero_is_reduce_only(
    filled: str, side: Side, reduces: bool
) -> None:
    machine = hedger("5")
    machine.on_position(Leg.MAKER, Decimal(5), 0.0)
    fill(machine, filled)
    order = send(machine)
    assert (order.side, order.size, order.reduces) == (side, Decimal(1), reduces)
    fill(machine, str(order.side.sign), "h", "2")
    assert machine.net == 5 and machine.residual == 0


def test_he03_what_crosses_zero_closes_first_capped_and_opens_with_the_rest() -> None:
    machine = hedger("0", one_market=False)
    machine.on_position(Leg.MAKER, Decimal(1), 0.0)
    machine.on_position(Leg.HEDGE, Decimal("-1"), 0.0)
    fill(machine, "-1.5")
    first, second = send(machine, "h1"), send(machine, "h2")
    assert (first.side, first.size, first.reduces) == (Side.BUY, Decimal(1), True)
    assert (second.side, second.size, second.reduces) == (Side.BUY, Decimal("0.5"), False)


def test_he03_the_reference_defaults_to_the_position_at_the_first_start_and_is_kept() -> None:
    machine = hedger()
    machine.on_position(Leg.MAKER, Decimal(3), 0.0)
    fill(machine, "-1")
    again = hedger(kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, Decimal(2), 0.0)
    assert (again.reference, again.residual) == (Decimal(3), Decimal(-1))


def test_he03_an_unknown_position_hedges_nothing_and_stops_quoting() -> None:
    machine = hedger("0", one_market=False)
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    assert next_order(machine) is None
    seen = machine.look(MARKET, 0.0)
    assert (seen.phase, seen.stop) == (Phase.BLIND, "position not known")
    assert machine.look(MARKET, 5.0).alert
    machine.on_position(Leg.HEDGE, Decimal(0), 5.0)
    assert send(machine).size == 1


def test_he02_what_is_below_the_minimum_accumulates_until_it_is_not() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "0.06", trade="1")
    assert next_order(machine) is None
    assert machine.look(MARKET, 100.0).stop is None
    fill(machine, "0.06", trade="2")
    assert send(machine).size == Decimal("0.12")


def test_he02_the_residual_survives_a_restart() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "0.06")
    kept = json.loads(json.dumps(machine.to_keep()))
    assert kept["residual"] == "0.06"
    again = hedger("0", kept=kept)
    again.on_position(Leg.MAKER, Decimal("0.06"), 0.0)
    assert again.residual == Decimal("0.06")


def test_he02_quoting_stops_while_the_residual_exceeds_its_maximum() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "2.5")
    send(machine)
    assert machine.look(MARKET, 0.0).stop == "the residual of 2.5 exceeds max_residual 2"
    fill(machine, "-2.5", "h", "2")
    assert machine.look(MARKET, 0.0).stop is None


def test_sl05_a_hedge_that_left_a_rest_goes_on_in_the_next_form_and_the_deadline_ends_at_market_with_an_alert() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    steps = []
    for number in range(3):
        steps.append(send(machine, f"h{number}").form.step)
        machine.on_ended(f"h{number}")
        assert next_order(machine) is None, "what it executed is not certain yet"
        machine.on_executed(f"h{number}", Decimal(0))
    assert steps == [CloseStep.MARKET, CloseStep.IOC, CloseStep.WIDE_IOC]
    seen = machine.look(MARKET, 5.0)
    assert (seen.phase, seen.alert) == (Phase.OVERDUE, "1 is not hedged after 5 s")
    last = send(machine, "h3", now=5.0)
    assert last.form.step is CloseStep.PLAIN_MARKET and last.form.alert


def test_sl05_without_a_book_a_hedge_starts_at_the_third_form() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    order = next_order(machine, market=replace(MARKET, touch=None))
    assert order is not None and order.form.step is CloseStep.CAPPED_MARKET


def test_he02_a_hedge_without_an_answer_is_never_sent_again_and_said_after_the_deadline() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    send(machine)
    for now in (1.0, 4.9, 5.0, 60.0):
        # The exchange's figure may already hold what the hedge did.
        machine.on_position(Leg.MAKER, Decimal(0), now)
        assert next_order(machine, now) is None
    assert machine.look(MARKET, 60.0).alert == "1 is not hedged after 5 s, of which 1.00 is under way"
    machine.on_executed("h", Decimal(1))
    fill(machine, "-1", "h", "2")
    assert machine.look(MARKET, 60.0).phase is Phase.BALANCED


def test_he02_after_a_restart_nothing_is_hedged_until_the_old_hedge_is_certain() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    send(machine)
    again = hedger("0", kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, Decimal(1), 1.0)
    assert next_order(again, 1.0) is None
    assert again.look(MARKET, 1.0).phase is Phase.RECOVERING
    again.on_earlier_settled("h")
    again.on_position(Leg.MAKER, Decimal(0), 2.0)
    assert next_order(again, 2.0) is None
    assert again.look(MARKET, 2.0).phase is Phase.BALANCED


def test_he03_a_change_that_our_orders_cannot_explain_stops_everything_until_a_reference_is_set() -> None:
    machine = hedger()
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    again = hedger(kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, Decimal(100), 0.0)
    assert next_order(again) is None
    seen = again.look(MARKET, 0.0)
    assert seen.phase is Phase.UNEXPLAINED and seen.alert and "changed by 100" in seen.alert
    again.set_reference(Decimal(99))
    assert send(again).size == 1


def test_sl05_a_new_residual_begins_with_the_first_form_whatever_the_last_one_needed() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    for number in range(3):
        send(machine, f"h{number}")
        machine.on_executed(f"h{number}", Decimal("0.95") if number == 2 else Decimal(0))
    fill(machine, "-0.95", "h2", "2")
    assert machine.look(MARKET, 1.0).phase is Phase.BALANCED
    fill(machine, "0.5", trade="3")
    assert send(machine, "later", now=2.0).form.step is CloseStep.MARKET


def test_he02_a_clock_that_was_ahead_in_an_earlier_run_does_not_put_the_deadline_off() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 4000.0)
    fill(machine, "1")
    machine.look(MARKET, 4000.0)
    again = hedger("0", kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, Decimal(1), 400.0)
    assert again.look(MARKET, 400.0).phase is Phase.OPEN
    assert again.look(MARKET, 405.0).phase is Phase.OVERDUE


def test_he03_a_position_that_went_without_our_orders_is_believed_while_hedges_of_the_old_one_are_refused() -> None:
    machine = hedger("0", one_market=False)
    machine.on_position(Leg.MAKER, Decimal(1), 0.0)
    machine.on_position(Leg.HEDGE, Decimal(-1), 0.0)
    machine.on_position(Leg.HEDGE, Decimal(0), 1.0)  # closed by hand
    fill(machine, "-0.5")
    for second in range(2, 17):
        # Reduce-only, the exchange finds nothing to reduce: the bot must not go on like this for ever.
        order = next_order(machine, float(second))
        if order is not None and order.reduces:
            machine.on_sent(order, f"h{second}", float(second))
            machine.on_position(Leg.HEDGE, Decimal(0), second + 0.1)
            machine.on_ended(f"h{second}", refused=True)
        machine.on_position(Leg.HEDGE, Decimal(0), second + 0.2)
    assert machine.position(Leg.HEDGE) == 0
    order = next_order(machine, 18.0)
    assert order is not None and (order.side, order.size, order.reduces) == (Side.SELL, Decimal("0.5"), False)
