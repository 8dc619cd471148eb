from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.closing import EXIT_STEP_SECONDS, CloseState, Wanted, decide_close
from hummingbot_backpack.market_making.guard import CloseStep
from hummingbot_backpack.market_making.values import Side, Touch
from test.hummingbot_backpack.market_making.test_step import RULE, SETTINGS

TOUCH = Touch(Decimal("144.99"), Decimal("145.01"))
WANTED = Wanted(Side.SELL, Decimal("0.5"), Decimal("5.5"), "too much")
DEEP = ((Decimal("144.99"), Decimal(10)),)
THIN = ((Decimal("144.99"), Decimal("0.1")),)


def decide(wanted: Wanted | None = WANTED, state: CloseState = CloseState(), **changes: Any):  # noqa: B008
    given = {"in_flight": False, "touch": TOUCH, "levels": DEEP, "settings": SETTINGS, "any_form": True, "now": 100.0}
    return decide_close(wanted, state, rule=RULE, **{**given, **changes})


def test_li01_a_reduction_is_a_market_order_while_the_guard_lets_it() -> None:
    order, state = decide()
    assert order is not None and (order.form.step, order.size) == (CloseStep.MARKET, Decimal("0.5"))
    assert state == CloseState(CloseStep.MARKET, Decimal("5.5"), Decimal("0.5"), 100.0)


def test_sl03_a_thin_book_makes_it_an_ioc() -> None:
    order, _ = decide(levels=THIN)
    assert order is not None and order.form.step is CloseStep.IOC
    assert "holds 0.1 of the 0.5" in order.form.reason


def test_sl04_protection_that_is_off_does_not_look() -> None:
    order, _ = decide(levels=THIN, settings=replace(SETTINGS, slippage_protection=False))
    assert order is not None and order.form.step is CloseStep.MARKET


def test_sl05_a_rest_is_handed_on_to_the_next_form() -> None:
    state, seen = CloseState(), []
    for turn in range(4):
        order, state = decide(state=state, levels=THIN, now=100.0 + turn)
        assert order is not None
        seen.append(order.form.step)
    assert seen == [CloseStep.IOC, CloseStep.WIDE_IOC, CloseStep.CAPPED_MARKET, CloseStep.PLAIN_MARKET]
    assert decide(state=state, levels=THIN, now=103.0 + EXIT_STEP_SECONDS / 2)[0] is None
    again, _ = decide(state=state, levels=THIN, now=103.0 + EXIT_STEP_SECONDS)
    assert again is not None and again.form.step is CloseStep.PLAIN_MARKET


def test_li01_a_reduction_that_was_done_starts_anew() -> None:
    _, state = decide(levels=THIN)
    order, _ = decide(Wanted(Side.SELL, Decimal("3.9"), Decimal("5.0"), "target"), state)
    assert order is not None and order.form.step is CloseStep.MARKET


def test_sl05_an_order_that_nothing_is_heard_of_is_followed_after_a_second() -> None:
    _, state = decide()
    assert decide(state=state, in_flight=True, now=100.5) == (None, state)
    order, _ = decide(state=state, in_flight=True, now=101.0)
    assert order is not None and order.form.step is CloseStep.IOC


def test_li01_an_order_of_somebody_else_is_waited_for() -> None:
    assert decide(in_flight=True)[0] is None


def test_sl05_where_only_market_orders_can_be_sent_they_are_repeated_once_a_second() -> None:
    order, state = decide(any_form=False, touch=None)
    assert order is not None and order.form.step is CloseStep.MARKET
    assert decide(state=state, any_form=False, now=100.9)[0] is None
    assert decide(state=state, any_form=False, now=101.0)[0] is not None


def test_li01_nothing_to_close_forgets_the_steps() -> None:
    _, state = decide(levels=THIN)
    assert decide(None, state) == (None, CloseState())


@given(
    step=st.none() | st.sampled_from(CloseStep), waited=st.floats(0, 5), book=st.booleans(), any_form=st.booleans(),
    in_flight=st.booleans(),
)  # fmt: skip
def test_sl05_risk_reduction_goes_out_within_a_second(step, waited, book, any_form, in_flight) -> None:
    state = CloseState(step, WANTED.net, WANTED.size, 100.0 - waited) if step is not None else CloseState()
    order, after = decide(state=state, touch=TOUCH if book else None, any_form=any_form, in_flight=in_flight)
    if order is None:
        assert after == state
        assert waited < EXIT_STEP_SECONDS or (in_flight and step is None)
