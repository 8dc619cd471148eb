"""The position while messages about it are lost: what our fills make stands until the exchange is asked."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.limits import headroom
from hummingbot_backpack.market_making.position import (
    ANSWER_SECONDS,
    ASK_AFTER_SECONDS,
    OVERLAP_SECONDS,
    REDUCE_AFTER_SECONDS,
    SETTLE_SECONDS,
    PositionView,
)
from hummingbot_backpack.market_making.values import NetPosition

D = Decimal
T = 100.0
LATE = T + SETTLE_SECONDS * 4


def filled(net: str = "0.6", price: str = "145") -> PositionView:
    """A view that was flat at `T`, and a fill right after whose position was never told."""
    view = PositionView()
    view.on_exchange(D(0), T - 1, as_of=T - 1)
    view.on_fill(D(net), T, D(price))
    return view


def test_li02_a_figure_from_before_our_last_fill_never_replaces_our_fills() -> None:
    view = filled()
    for now in (T + 1, T + SETTLE_SECONDS, LATE):
        assert view.on_exchange(D(0), now, as_of=T - 1) is None
        assert view.bounds() == NetPosition(D(0), D("0.6"))


def test_li02_a_figure_that_came_with_the_fill_may_still_be_without_it() -> None:
    view = filled()
    view.on_fill(D("0.3"), T + 0.1)
    for now in (T + 0.2, LATE):
        assert view.on_exchange(D("0.6"), now, as_of=T + 0.2) is None
    assert view.bounds() == NetPosition(D("0.6"), D("0.9"))


def test_li02_a_figure_asked_for_after_both_is_believed_in_the_end() -> None:
    view = filled()
    asked = T + OVERLAP_SECONDS
    assert view.on_exchange(D(0), T + SETTLE_SECONDS - 0.1, as_of=asked) is None
    assert view.on_exchange(D(0), T + SETTLE_SECONDS, as_of=asked) == D("-0.6")
    assert view.bounds() == NetPosition(D(0), D(0))


def test_ex02_the_exchange_is_asked_a_second_after_the_figures_part_and_not_more_often() -> None:
    view = filled()
    assert not view.to_ask(T + ASK_AFTER_SECONDS - 0.01)
    assert view.to_ask(T + ASK_AFTER_SECONDS)
    assert not view.to_ask(T + 2 * ASK_AFTER_SECONDS - 0.01)
    assert view.to_ask(T + 2 * ASK_AFTER_SECONDS)
    view.on_exchange(D("0.6"), T + 2.1, as_of=T + 2)
    assert not view.to_ask(LATE)


def test_ex02_an_answer_that_was_not_late_enough_is_asked_for_again_and_one_that_was_is_not() -> None:
    view = filled()
    assert view.to_ask(T + 1)
    view.on_fill(D("0.3"), T + 1.2)
    view.on_exchange(D("0.5"), T + 1.3, as_of=T + 1)
    assert view.to_ask(T + 2)
    view.on_exchange(D("0.5"), T + 2.1, as_of=T + 2)
    assert not view.to_ask(LATE)


def test_ex02_where_nobody_can_say_how_old_the_figure_is_nothing_is_asked() -> None:
    view = PositionView()
    view.on_exchange(D(0), T)
    view.on_fill(D(1), T + 1)
    assert not view.to_ask(LATE)
    assert view.to_reduce(T + 1 + REDUCE_AFTER_SECONDS) == 0
    assert view.on_exchange(D(0), T + 1 + SETTLE_SECONDS) == -1


def test_ex02_an_exit_is_judged_on_our_fills_where_the_exchange_does_not_answer() -> None:
    view, patience = filled(), ASK_AFTER_SECONDS + ANSWER_SECONDS
    assert view.to_reduce(T + patience - 0.01) is None
    assert view.to_reduce(T + patience) == D("0.6")
    assert view.entry(None) == 145


def test_ex02_fills_that_go_on_put_no_exit_off() -> None:
    view, now = filled("0.1"), T
    while now < T + ASK_AFTER_SECONDS + ANSWER_SECONDS:
        now += 0.2
        view.on_fill(D("0.1"), now, D(145))
    assert view.to_reduce(now) == view.from_fills > 1


def test_ex03_after_a_close_only_the_exchange_says_flat() -> None:
    view = PositionView()
    view.on_exchange(D("0.6"), T - 1, as_of=T - 1)
    view.on_fill(D("-0.6"), T, D(142))
    assert view.to_reduce(T + 1) is None
    assert view.to_reduce(LATE) is None
    view.on_exchange(D(0), T + 1.1, as_of=T + 1)
    assert view.to_reduce(T + 1.1) == 0


def test_ex03_after_a_part_of_a_close_the_rest_is_what_is_closed() -> None:
    view = PositionView()
    view.on_exchange(D("0.6"), T - 1, as_of=T - 1)
    view.on_fill(D("-0.2"), T, D(142))
    assert view.to_reduce(LATE) == D("0.4")


def test_li01_a_trade_by_hand_beside_our_own_fill_is_not_forgotten() -> None:
    view = PositionView()
    view.on_exchange(D(5), T - 9, as_of=T - 9)
    view.on_exchange(D(9), T - 5, as_of=T - 5)
    view.on_fill(D(-1), T)
    assert view.to_reduce(LATE) == 8


def test_ex01_the_entry_takes_in_what_was_filled_since_the_exchanges_figure() -> None:
    view = PositionView()
    view.on_exchange(D("0.6"), T - 1, as_of=T - 1)
    assert view.entry(D(140)) == 140
    view.on_fill(D("0.2"), T, D(144))
    assert view.entry(D(140)) == 141
    view.on_fill(D("-0.4"), T, D(150))
    assert view.entry(D(140)) == 141
    view.on_fill(D("-0.8"), T, D(150))
    assert view.entry(D(140)) == 150
    view.on_exchange(D("-0.4"), T + 1, as_of=T + 1)
    assert view.entry(D(149)) == 149


steps = st.lists(
    st.tuples(
        st.sampled_from(("fill", "frame", "answer", "failure", "late answer")),
        st.integers(-3, 3),
        st.floats(0.001, SETTLE_SECONDS * 2),
    ),
    max_size=40,
)


@given(steps)
def test_li02_the_room_never_exceeds_the_limit_whatever_is_lost(events: list[tuple[str, int, float]]) -> None:
    """Fills are told, positions are told late or never; the exchange is asked, and does not always answer."""
    view, now, truth, limit = PositionView(), T, D(0), D(1000)
    told, as_of, asked = truth, now, (truth, now)
    view.on_exchange(told, now, as_of=as_of)
    for what, amount, seconds in events:
        now += seconds
        if what == "fill":
            truth += amount
            view.on_fill(D(amount), now, D(100))
        elif what == "frame":
            told, as_of = truth, now
        elif what == "answer":
            told, as_of = truth, now
            asked = (truth, now)
        elif what == "late answer" and asked[1] > as_of:
            told, as_of = asked
        assert view.on_exchange(told, now, as_of=as_of) is None
        bounds = view.bounds()
        assert bounds is not None and bounds.low <= truth <= bounds.high
        room = headroom(bounds, limit)
        assert truth + room.buy <= limit and truth - room.sell >= -limit
        reducible = view.to_reduce(now)
        assert reducible in (None, truth)


@given(st.integers(-5, 5).filter(bool), st.integers(-5, 5).filter(bool))
def test_ex02_what_our_fills_say_is_never_left_out_of_an_exit_for_long(before: int, signed: int) -> None:
    view = PositionView()
    view.on_exchange(D(before), T - 1, as_of=T - 1)
    view.on_fill(D(signed), T, D(100))
    found = view.to_reduce(LATE)
    assert found == before + signed or (found is None and before + signed == 0)


def test_li01_after_trades_by_hand_our_fills_are_never_taken_for_the_position() -> None:
    view = PositionView()
    view.on_exchange(D(0), T - 1, as_of=T - 1)
    view.on_exchange(D("-5.5"), T, as_of=T)  # sold by hand
    for seconds, signed, net in ((2.0, "0.5", "-5.0"), (2.1, "3.9", "-1.1")):
        view.on_fill(D(signed), T + seconds, D(239))
        view.on_exchange(D(net), T + seconds + 0.001, as_of=T + seconds + 0.001)
    assert view.from_fills == D("4.4")
    told = {view.to_reduce(T + 2.1 + after) for after in (0.002, 0.5, 0.999, 1.01, 1.9, 3.0, 10.0)}
    assert told == {None, D("-1.1")}


@given(
    st.decimals(-5, 5, places=1, allow_nan=False),
    st.lists(st.decimals("0.1", 3, places=1), min_size=1, max_size=4),
    st.floats(0.0, 20.0),
)
def test_li01_a_reduction_is_never_decided_on_the_side_where_the_exchange_has_nothing(
    by_hand: Decimal, ours: list[Decimal], later: float
) -> None:
    view = PositionView()
    view.on_exchange(D(0), T - 1, as_of=T - 1)
    net = by_hand
    view.on_exchange(net, T, as_of=T)
    for number, signed in enumerate(ours):
        net += signed
        view.on_fill(signed, T + number / 10, D(100))
        view.on_exchange(net, T + number / 10, as_of=T + number / 10)
    reduced = view.to_reduce(T + len(ours) / 10 + later)
    assert reduced is None or reduced * net >= 0
