from decimal import Decimal

import pytest

from hummingbot_backpack.market_making.exits import ExitCause, ExitState, decide_exit, exit_cause, position_pnl
from hummingbot_backpack.market_making.values import MarketRule, Side

RULE = MarketRule(Decimal("0.01"), Decimal("0.01"), Decimal("0.01"))


def D(text: str) -> Decimal:
    return Decimal(text)


NO_EXIT = ExitState()


def decide(net="0.8", entry="239", mark="205.25", stop="25", take="50", state=NO_EXIT, cooldown="0", now=100.0):
    known = [None if value is None else D(value) for value in (entry, mark, stop, take)]
    return decide_exit(state, D(net), *known, D(cooldown), now, RULE)


def test_ex01_a_stop_loss_closes_all_of_it() -> None:
    assert position_pnl(D("0.8"), D("239.00"), D("205.25")) == D("-27.00")
    found = decide()
    assert (found.side, found.size, found.may_quote) == (Side.SELL, D("0.8"), False)
    assert found.state.closing is ExitCause.STOP_LOSS
    assert "stop loss triggered" in found.reason and "-27" in found.reason


def test_ex01_a_take_profit_on_a_short_buys_it_back() -> None:
    found = decide(net="-2", entry="239", mark="214", stop=None)
    assert (found.side, found.size, found.state.closing) == (Side.BUY, D(2), ExitCause.TAKE_PROFIT)


@pytest.mark.parametrize(
    ("pnl", "stop", "take", "cause"),
    [
        ("-25", "25", None, ExitCause.STOP_LOSS),
        ("-24.99", "25", None, None),
        ("50", None, "50", ExitCause.TAKE_PROFIT),
        ("49.99", "25", "50", None),
        ("-1000", "0", "50", None),
        ("1000", "25", None, None),
        ("-25", "25", "50", ExitCause.STOP_LOSS),
    ],
)
def test_ex01_bounds_are_inclusive_and_zero_is_off(pnl, stop, take, cause) -> None:
    assert exit_cause(D(pnl), None if stop is None else D(stop), None if take is None else D(take)) is cause


def test_ex01_after_it_quotes_at_once_without_a_cooldown() -> None:
    found = decide(net="0", state=ExitState(ExitCause.STOP_LOSS))
    assert found.may_quote and found.state.closing is None and found.size == 0


def test_ex03_it_goes_on_until_flat_whatever_the_profit_is_meanwhile() -> None:
    found = decide(net="0.3", mark="300", state=ExitState(ExitCause.STOP_LOSS))
    assert (found.size, found.may_quote) == (D("0.3"), False)


def test_ex03_less_than_the_minimum_is_flat_and_said() -> None:
    found = decide(net="0.004", state=ExitState(ExitCause.STOP_LOSS))
    assert found.state.closing is None
    assert "too little to close" in found.reason


def test_ex03_the_cooldown_holds_quotes_back() -> None:
    ended = decide(net="0", state=ExitState(ExitCause.STOP_LOSS), cooldown="60", now=100.0)
    assert not ended.may_quote
    assert not decide(net="0", state=ended.state, cooldown="60", now=159.0).may_quote
    assert decide(net="0", state=ended.state, cooldown="60", now=160.0).may_quote


def test_ex01_an_armed_exit_that_cannot_be_judged_takes_quotes_away() -> None:
    assert not decide(mark=None).may_quote
    assert not decide(entry=None).may_quote
    assert decide(mark=None, stop=None, take=None).may_quote
    assert decide(net="0", mark=None, entry=None).may_quote
