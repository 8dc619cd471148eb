from decimal import Decimal

from hummingbot_backpack.market_making.position import REDUCE_AFTER_SECONDS, SETTLE_SECONDS, PositionView
from hummingbot_backpack.market_making.values import NetPosition

ONE = Decimal(1)


def test_li02_a_position_never_heard_of_is_unknown() -> None:
    view = PositionView()
    view.on_fill(ONE, 1.0)
    assert view.bounds() is None
    assert view.to_reduce(100.0) is None


def test_li02_a_fill_counts_before_the_exchange_says_so() -> None:
    view = PositionView()
    view.on_exchange(Decimal(0), 1.0)
    view.on_fill(ONE, 2.0)
    assert view.bounds() == NetPosition(Decimal(0), ONE)
    view.on_exchange(ONE, 2.1)
    assert view.bounds() == NetPosition(ONE, ONE)


def test_li02_the_exchange_counts_before_the_fill_arrives() -> None:
    view = PositionView()
    view.on_exchange(Decimal(0), 1.0)
    view.on_exchange(-ONE, 2.0)
    assert view.bounds() == NetPosition(-ONE, Decimal(0))
    view.on_fill(-ONE, 2.1)
    assert view.bounds() == NetPosition(-ONE, -ONE)


def test_li01_a_reduction_waits_for_the_exchanges_new_position() -> None:
    view = PositionView()
    view.on_exchange(Decimal(5), 1.0)
    assert view.to_reduce(1.0) == 5
    view.on_fill(-ONE, 2.0)
    assert view.to_reduce(2.0) is None
    view.on_exchange(Decimal(4), 2.2)
    assert view.to_reduce(2.2) == 4


def test_li01_a_difference_that_lasts_does_not_hold_up_a_reduction() -> None:
    view = PositionView()
    view.on_exchange(Decimal(5), 1.0)
    view.on_exchange(Decimal(9), 2.0)
    assert view.to_reduce(2.0 + REDUCE_AFTER_SECONDS) == 9


def test_li02_a_difference_fills_never_explain_is_taken_in_the_end() -> None:
    view = PositionView()
    view.on_exchange(Decimal(0), 1.0)
    assert view.on_exchange(Decimal(2), 2.0) is None
    assert view.on_exchange(Decimal(2), 2.0 + SETTLE_SECONDS) == 2
    assert view.bounds() == NetPosition(Decimal(2), Decimal(2))


def test_li02_fills_still_count_while_the_exchange_is_silent() -> None:
    view = PositionView()
    view.on_exchange(Decimal(0), 1.0)
    view.forget()
    view.on_fill(ONE, 2.0)
    assert view.bounds() is None
    view.on_exchange(ONE, 3.0)
    assert view.bounds() == NetPosition(ONE, ONE)
