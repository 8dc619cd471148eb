"""Totals while messages about them are on their way."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.holdings import QUIET_SECONDS, Holding

D = Decimal


def started(total: int = 10) -> Holding:
    holding = Holding()
    holding.on_exchange(D(total), 0.0, 1.0)
    return holding


def test_ba01_the_first_total_is_taken_as_it_is() -> None:
    assert started().settled == 10
    assert Holding().settled is None
    assert Holding().bounds() is None


def test_ba01_without_the_lent_amount_nothing_is_settled() -> None:
    holding = Holding()
    holding.on_exchange(D(10), 0.0, None)
    assert holding.settled is None
    holding.on_exchange(D(10), 60.0, None)
    assert holding.settled is None
    holding.on_exchange(D(10), 61.0, 0.5)
    assert holding.settled == 10


def test_ba01_a_fill_and_its_balance_in_either_order() -> None:
    first_fill = started()
    first_fill.on_fill(D(-3), 1.0)
    assert first_fill.settled is None
    bounds = first_fill.bounds()
    assert bounds is not None and (bounds.low, bounds.high) == (7, 10)
    first_fill.on_exchange(D(7), 1.1, 5.0)
    assert first_fill.settled == 7
    first_balance = started()
    first_balance.on_exchange(D(7), 1.0, 5.0)
    assert first_balance.settled is None
    first_balance.on_fill(D(-3), 1.1)
    assert first_balance.settled == 7


def test_ba01_what_is_being_lent_is_not_gone() -> None:
    """The balance falls at once; what is lent is only known when it is asked for again."""
    holding = started(1000)
    holding.on_exchange(D(0), 1.0, 20.0)
    holding.on_exchange(D(0), 8.0, 27.0)
    assert holding.settled is None
    holding.on_exchange(D(1000), 9.0, 0.0)
    assert holding.settled == 1000


def test_ba01_a_withdrawal_is_believed_once_it_stands_and_lending_does_not_explain_it() -> None:
    holding = started(1000)
    holding.on_exchange(D(400), 1.0, 20.0)
    holding.on_exchange(D(400), 1.0 + QUIET_SECONDS - 0.1, 0.5)
    assert holding.settled is None
    holding.on_exchange(D(400), 1.0 + QUIET_SECONDS, 0.6)
    assert holding.settled == 400


def test_ba01_where_an_account_lends_our_fills_are_believed_until_what_is_lent_is_asked_for() -> None:
    holding = started(1000)
    holding.on_exchange(D(40), 1.0, 20.0, lends=True)
    assert (holding.settled, holding.likely, holding.agreed) == (1000, 1000, False)
    holding.on_fill(D(-50), 1.5)
    assert holding.settled == 950
    holding.on_exchange(D(40), 2.0, 21.0, lends=True)
    bounds = holding.bounds()
    assert bounds is not None and bounds.low == bounds.high == 950
    # Asked for since the last change, and still different: nothing is settled.
    holding.on_exchange(D(40), 3.0, 0.5, lends=True)
    assert holding.settled is None
    holding.on_exchange(D(950), 4.0, 0.1, lends=True)
    assert holding.agreed


def test_ba01_our_fills_are_not_believed_for_long() -> None:
    holding = started(1000)
    for second in range(1, 60):
        holding.on_exchange(D(40 + second % 2), float(second), 20.0, lends=True)
    assert holding.settled is None
    bounds = holding.bounds()
    assert bounds is not None and bounds.low <= 41


@given(st.lists(st.tuples(st.booleans(), st.decimals("-5", "5", places=3)), max_size=20))
def test_ba01_the_bounds_hold_both_figures_and_all_messages_settle(steps: list[tuple[bool, Decimal]]) -> None:
    holding, total = started(100), D(100)
    late: list[Decimal] = []
    for balance_first, change in steps:
        total += change
        if balance_first:
            holding.on_exchange(total, 1.0, 1.0)
            late.append(change)
        else:
            holding.on_fill(change, 1.0)
        bounds = holding.bounds()
        assert bounds is not None and holding.exchange is not None and bounds.low <= holding.exchange <= bounds.high
    for change in late:
        holding.on_fill(change, 1.0)
    holding.on_exchange(total, 1.0, 1.0)
    assert holding.settled == total
