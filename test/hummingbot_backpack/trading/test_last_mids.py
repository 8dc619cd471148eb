"""The mids that a dynamic tolerance is made of."""

from decimal import Decimal

from hummingbot_backpack.market_making.values import Touch
from hummingbot_backpack.trading.last_mids import MIDS_KEPT, LastMids

D = Decimal


def touch(mid: str) -> Touch:
    return Touch(D(mid) - D("0.01"), D(mid) + D("0.01"))


def test_sl04_the_first_mid_of_each_second_is_kept_for_a_minute() -> None:
    mids = LastMids()
    assert mids.look(True, touch("145"), 10.2) == (145,)
    assert mids.look(True, touch("146"), 10.8) == (145,)
    assert mids.look(True, touch("147"), 11.0) == (145, 147)
    assert len(mids.look(True, touch("147"), 300.0)) == MIDS_KEPT
    assert mids.look(False, touch("147"), 301.0) == ()
    assert mids.look(True, touch("148"), 302.0) == (148,)


def test_sl04_in_a_second_without_a_step_the_last_mid_stood() -> None:
    mids = LastMids()
    mids.look(True, touch("145"), 10.2)
    mids.look(True, touch("146"), 10.8)
    assert mids.look(True, touch("147"), 14.0) == (145, 146, 146, 146, 147)


def test_sl04_while_there_was_no_book_nothing_stood() -> None:
    mids = LastMids()
    mids.look(True, touch("145"), 10.0)
    assert mids.look(True, None, 12.5) == (145, 145)
    assert mids.look(True, touch("147"), 20.0) == (145, 145, 147)
