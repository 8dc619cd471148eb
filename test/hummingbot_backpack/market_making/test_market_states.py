from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.closing import CloseState, Wanted, decide_close
from hummingbot_backpack.market_making.exits import ExitCause, ExitState
from hummingbot_backpack.market_making.guard import CloseStep
from hummingbot_backpack.market_making.market_states import CloseDecision, MarketState, close_in
from hummingbot_backpack.market_making.values import RestingOrder, Side, Touch
from test.hummingbot_backpack.market_making.test_step import RESTING, RULE, SETTINGS, at, step

D = Decimal
TOUCH = Touch(D("144.99"), D("145.01"))
LONG = Wanted(Side.SELL, D("0.8"), D("0.8"), "stop loss triggered")
SHORT = Wanted(Side.BUY, D("0.8"), D("-0.8"), "stop loss triggered")
DEEP = ((D("144.99"), D(10)),)


def close(market: MarketState, wanted: Wanted | None = LONG, state: CloseState = CloseState(), **more: Any):  # noqa: B008
    given = {"in_flight": False, "resting": (), "touch": TOUCH, "levels": DEEP, "any_form": True, "now": 100.0, **more}
    return close_in(market, wanted, state, settings=SETTINGS, rule=RULE, **given)


def resting(side: Side, price: str, size: str = "0.8", **more: Any) -> RestingOrder:
    return RestingOrder(f"{side.value} {price}", side, D(price), D(size), **more)


@pytest.mark.parametrize("word", ["Open", None, "Strange"])
def test_ex05_a_state_that_nobody_can_say_is_open(word: str | None) -> None:
    assert MarketState.of(word) is MarketState.OPEN


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (MarketState.CANCEL_ONLY, "the market is CancelOnly"),
        (MarketState.CLOSED, "the market is Closed"),
        (MarketState.MAINTENANCE, "the exchange is under maintenance"),
    ],
)
def test_ex05_where_no_orders_are_taken_the_exit_waits_and_is_the_first_order_after(
    state: MarketState, why: str
) -> None:
    found = close(state)
    assert (found.order, found.state) == (None, CloseState())
    assert found.waits == f"{why}: stop loss triggered"
    opened = close(MarketState.OPEN, state=found.state)
    assert opened.order is not None and opened.order.form.step is CloseStep.MARKET
    assert opened.waits is None


@pytest.mark.parametrize(("wanted", "price"), [(LONG, "145.01"), (SHORT, "144.99")])
def test_ex05_in_post_only_the_exit_makes_at_the_touch(wanted: Wanted, price: str) -> None:
    found = close(MarketState.POST_ONLY, wanted)
    assert found.order is not None
    assert (found.order.form.post_only, found.order.form.price, found.order.size) == (True, D(price), D("0.8"))


def test_ex05_in_post_only_the_order_is_repriced_every_second() -> None:
    state = close(MarketState.POST_ONLY).state
    there = (resting(Side.SELL, "145.01"),)
    assert close(MarketState.POST_ONLY, state=state, resting=there, now=105.0) == CloseDecision(None, state)
    moved = Touch(D("144.90"), D("144.95"))
    early = close(MarketState.POST_ONLY, state=state, resting=there, touch=moved, now=100.9)
    assert (early.order, early.cancel) == (None, ())
    due = close(MarketState.POST_ONLY, state=state, resting=there, touch=moved, now=101.0)
    assert (due.order, due.cancel) == (None, there)
    going = (replace(there[0], cancelling=True),)
    assert close(MarketState.POST_ONLY, state=state, resting=going, touch=moved, now=101.1) == CloseDecision(
        None, state
    )
    again = close(MarketState.POST_ONLY, state=state, touch=moved, now=101.2)
    assert again.order is not None and again.order.form.price == D("144.95")


def test_ex05_a_post_only_close_of_another_size_is_replaced() -> None:
    state = CloseState(CloseStep.MARKET, D("0.8"), D("0.8"), 90.0, post_only=True)
    there = (resting(Side.SELL, "145.01", "0.5"),)
    assert close(MarketState.POST_ONLY, state=state, resting=there).cancel == there


def test_ex05_a_post_only_close_gives_way_when_the_market_opens_or_nothing_is_left_to_close() -> None:
    state = close(MarketState.POST_ONLY).state
    there = (resting(Side.SELL, "145.01"),)
    opened = close(MarketState.OPEN, state=state, resting=there, now=100.1)
    assert opened.order is not None and opened.order.form.step is CloseStep.MARKET
    assert opened.cancel == there
    assert close(MarketState.POST_ONLY, None, state, resting=there) == CloseDecision(None, CloseState(), there)


def test_ex05_post_only_without_a_book_or_a_way_to_place_it_waits() -> None:
    assert "its book is not known" in str(close(MarketState.POST_ONLY, touch=None).waits)
    assert "only our own script" in str(close(MarketState.POST_ONLY, any_form=False).waits)


def test_ex05_limit_only_takes_by_limits_alone() -> None:
    state, prices = CloseState(), []
    for turn in range(5):
        found = close(MarketState.LIMIT_ONLY, state=state, now=100.0 + turn)
        assert found.order is not None and found.order.form.price is not None
        state = found.state
        prices.append(found.order.form.price)
    assert prices == [D("144.27"), D("144.27"), D("143.55"), D("142.10"), D("139.20")]
    assert "no valid book" in str(close(MarketState.LIMIT_ONLY, touch=None).waits)


@given(
    market=st.sampled_from(MarketState), step_=st.none() | st.sampled_from(CloseStep), made=st.booleans(),
    waited=st.floats(0, 5), book=st.booleans(), any_form=st.booleans(), in_flight=st.booleans(),
    side=st.sampled_from(Side), price=st.sampled_from(["144.99", "145.01", "150"]), cancelling=st.booleans(),
    rests=st.booleans(),
)  # fmt: skip
def test_ex05_whatever_the_market_a_close_only_reduces_and_either_goes_rests_or_says_why(
    market: MarketState, step_: CloseStep | None, made: bool, waited: float, book: bool, any_form: bool,
    in_flight: bool, side: Side, price: str, cancelling: bool, rests: bool,
) -> None:  # fmt: skip
    state = CloseState() if step_ is None else CloseState(step_, D("0.8"), D("0.8"), 100.0 - waited, made)
    there = (resting(side, price, cancelling=cancelling),) if rests else ()
    found = close(
        market, state=state, resting=there, touch=TOUCH if book else None, any_form=any_form, in_flight=in_flight
    )
    if found.order is not None:
        assert (found.order.side, found.order.size) == (Side.SELL, D("0.8"))
        assert market.takes_orders and found.waits is None
        assert found.order.form.post_only == (market is MarketState.POST_ONLY)
        assert market is not MarketState.LIMIT_ONLY or found.order.form.price is not None
    elif found.waits is None:
        assert waited < 1 or there or in_flight
    assert set(found.cancel) <= set(there) and not any(order.cancelling for order in found.cancel)


def test_ex05_in_a_market_that_takes_no_orders_quotes_go_and_the_exit_waits() -> None:
    seen = at("0.8", resting=RESTING, market=MarketState.CLOSED, bids=DEEP)
    found = step(replace(seen, mark=D("110")), stop_loss=D(25))
    assert [order.order_id for order in found.plan.cancel] == ["a", "b"]
    assert (found.close, found.exit_state) == (None, ExitState(ExitCause.STOP_LOSS))
    assert found.stages()["action"].startswith("waits: the market is Closed: stop loss triggered: 0.8 from 145 at mark")
    flat = step(at("0", resting=RESTING, market=MarketState.CANCEL_ONLY))
    assert (flat.quoting.reason, len(flat.plan.cancel)) == ("the market is CancelOnly", 2)


def test_ex05_in_post_only_quotes_stay() -> None:
    assert len(step(at("0", market=MarketState.POST_ONLY)).plan.place) == 6


def test_sl03_a_thin_book_cuts_the_order_where_that_is_wanted() -> None:
    thin = ((D("144.99"), D("0.3")),)
    order, state = decide_close(LONG, CloseState(), False, TOUCH, thin, SETTINGS, RULE, True, 100.0, cut=True)
    assert order is not None and (order.form.step, order.size) == (CloseStep.MARKET, D("0.3"))
    rest = Wanted(Side.SELL, D("0.5"), D("0.5"), "the rest")
    order, _ = decide_close(rest, state, False, TOUCH, thin, SETTINGS, RULE, True, 100.1, cut=True)
    assert order is not None and (order.form.step, order.size) == (CloseStep.MARKET, D("0.3"))
    seen = at("0.8", bids=thin, mark=D(110), any_form=True)
    cut, refused = (step(seen, stop_loss=D(25), on_thin_book=choice).close for choice in ("cut", "refuse"))
    assert cut is not None and (cut.form.step, cut.size) == (CloseStep.MARKET, D("0.3"))
    assert refused is not None and (refused.form.step, refused.size) == (CloseStep.IOC, D("0.8"))


def test_sl04_in_dynamic_mode_a_moving_market_is_given_more_tolerance() -> None:
    mids = tuple(D(145) + (D(2) if second % 2 else D(0)) for second in range(61))
    seen = at("0.8", bids=((D("144.99"), D("0.1")),), mark=D(110), mids=mids, any_form=True)
    fixed = step(seen, stop_loss=D(25)).close
    dynamic = step(seen, stop_loss=D(25), slippage_mode="dynamic", dynamic_multiple=D(1)).close
    assert fixed is not None and fixed.form.price == D("144.27")
    # One standard deviation of returns of +-138 bps.
    assert dynamic is not None and dynamic.form.price is not None and D("142.9") < dynamic.form.price < D("143.1")
