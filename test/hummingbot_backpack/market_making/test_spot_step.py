"""The spot market maker's step: each stage's say, and what never happens."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.guard import CloseStep
from hummingbot_backpack.market_making.holdings import Holdings
from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER, SpotSettings
from hummingbot_backpack.market_making.spot_step import RebalanceState, SpotSeen, decide
from hummingbot_backpack.market_making.values import MarketRule, NetPosition, RestingOrder, Side, Touch

D = Decimal
RULE = MarketRule(tick=D("0.01"), step=D("0.01"), min_quantity=D("0.01"))
TOUCH = Touch(D("99.90"), D("100.10"))
VALUES = {setting.name: setting.default for setting in SPOT_MARKET_MAKER} | {
    "spread_pct": D("0.2"),
    "order_amount": D("0.3"),
}


def settings(**changes: object) -> SpotSettings:
    return SpotSettings.from_values({**VALUES, **changes})


def seen(holds: str = "3", money: str = "700", **changes: object) -> SpotSeen:
    told: dict[str, object] = {
        "touch": TOUCH,
        "base": NetPosition.exactly(D(holds)),
        "quote": NetPosition.exactly(D(money)),
        "settled": Holdings(D(holds), D(money)),
        "resting": (),
        "hold": None,
        "now": 1000.0,
        "any_form": True,
    }
    return SpotSeen(**{**told, **changes})  # type: ignore[arg-type]


QUOTE = RestingOrder("a", Side.SELL, D("100.10"), D("0.3"))


def test_qu01_both_sides_are_quoted_inside_the_band() -> None:
    decision = decide(seen(), settings(), RULE)
    assert len(decision.plan.place) == 6
    assert decision.close is None
    assert decision.rebalance == "base is 30.00 % of 1000, target 30 ± 15"


def test_rb02_rebalancing_takes_the_quotes_away_first_and_then_sends_an_ioc_within_the_tolerance() -> None:
    first = decide(seen("5", "500", resting=(QUOTE,)), settings(), RULE)
    assert (first.close, first.plan.cancel, first.plan.place) == (None, (QUOTE,), ())
    cancelling = replace(QUOTE, cancelling=True)
    assert decide(seen("5", "500", resting=(cancelling,)), settings(), RULE).close is None
    gone = replace(cancelling, gone=True)
    then = decide(seen("5", "500", resting=(gone,)), settings(), RULE)
    assert then.close is not None
    assert (then.close.side, then.close.size) == (Side.SELL, D(2))
    assert (then.close.form.step, then.close.form.price) == (CloseStep.IOC, D("99.50"))
    assert then.state.tried_at == 1000.0


def test_rb02_a_buy_is_rounded_towards_the_mid() -> None:
    order = decide(seen("0", "1000", touch=Touch(D("99.97"), D("100.02"))), settings(), RULE).close
    assert order is not None and order.form.price == D("100.49")  # 99.995 and 50 bps make 100.494975


def test_rb02_while_it_is_on_its_way_nothing_is_quoted_and_afterwards_the_cooldown_counts() -> None:
    tried = RebalanceState(tried_at=995.0)
    on_its_way = decide(seen("5", "500", taking=True), settings(), RULE, tried)
    assert not on_its_way.plan.place and on_its_way.close is None
    waiting = decide(seen("5", "500"), settings(), RULE, tried)
    assert waiting.close is None and waiting.plan.place
    assert "again in 5 s" in waiting.rebalance
    assert decide(seen("5", "500", now=1005.0), settings(), RULE, tried).close is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"unknown": "what the account has lent is not known"},
        {"settled": None},
        {"touch": None},
        {"base": None, "settled": None},
        {"hold": "the private stream is down"},
    ],
)
def test_rb02_what_is_not_known_rebalances_nothing(changes: dict[str, object]) -> None:
    assert decide(seen("9", "100", **changes), settings(), RULE).close is None


def test_rb02_unknown_lent_funds_size_no_quotes() -> None:
    unknown = {"unknown": "what the account has lent is not known"}
    decision = decide(seen(**unknown), settings(order_amount=None), RULE)
    assert not decision.plan.place
    assert "lent is not known" in decision.quoting.reason
    # A size that is set is quoted within what is known to be there.
    assert decide(seen(**unknown), settings(), RULE).plan.place
    assert not decide(seen(**unknown), settings(inventory_skew=D("0.001")), RULE).plan.place


def test_rb02_what_an_ioc_left_inside_the_band_follows_after_the_cooldown() -> None:
    first = decide(seen("4.6", "540"), settings(), RULE)
    assert first.close is not None and (first.close.side, first.close.size) == (Side.SELL, D("1.60"))
    # 0.2 of it were filled: 44 % is inside 30 ± 15, and still not the target.
    left = decide(seen("4.4", "560", now=1005.0), settings(), RULE, first.state)
    assert left.close is None and "again in" in left.rebalance and left.plan.place
    again = decide(seen("4.4", "560", now=1060.0), settings(), RULE, left.state)
    assert again.close is not None and (again.close.side, again.close.size) == (Side.SELL, D("1.40"))
    # What fees and a moving price leave is no rest of it.
    done = decide(seen("3.01", "699", now=1120.0), settings(), RULE, again.state)
    assert done.close is None and done.state.set_out == 0
    assert decide(seen("4.4", "560", now=1180.0), settings(), RULE, done.state).close is None


def test_rb02_while_balances_are_about_to_change_an_unfinished_rebalancing_is_not_forgotten() -> None:
    first = decide(seen("4.6", "540"), settings(), RULE)
    waits = decide(seen("4.6", "540", now=1020.0, settled=None), settings(), RULE, first.state)
    assert waits.close is None and waits.state.set_out == D("1.60")


def test_rb01_off_is_off() -> None:
    assert decide(seen("9", "100"), settings(rebalance=False), RULE).close is None


def test_pr03_paused_rebalances_nothing() -> None:
    decision = decide(seen("9", "100"), settings(paused=True), RULE)
    assert (decision.close, decision.plan.place) == (None, ())


def test_sl01_a_market_too_wide_for_the_tolerance_is_quoted_on_and_not_taken() -> None:
    decision = decide(seen("9", "100", touch=Touch(D(99), D(101))), settings(), RULE)
    assert decision.close is None and decision.plan.place
    assert "further than 50 bps" in decision.rebalance


def test_sl04_a_dynamic_tolerance_widens_with_the_market() -> None:
    # Returns of about +-1 %: four standard deviations are far more than 50 bps.
    mids = tuple(D(100) + (D(1) if second % 2 else D(0)) for second in range(10))
    wide = Touch(D(99), D(101))
    assert decide(seen("9", "100", touch=wide, mids=mids), settings(), RULE).close is None
    order = decide(seen("9", "100", touch=wide, mids=mids), settings(slippage_mode="dynamic"), RULE).close
    assert order is not None and order.form.price is not None and order.form.price < D(99)


def test_sl02_where_only_market_orders_can_be_sent_the_guard_must_let_them_pass() -> None:
    deep, thin = ((D("99.90"), D(50)),), ((D("99.90"), D(1)),)
    order = decide(seen("5", "500", any_form=False, bids=deep), settings(), RULE).close
    assert order is not None and order.form.step is CloseStep.MARKET
    refused = decide(seen("5", "500", any_form=False, bids=thin), settings(), RULE)
    assert refused.close is None and "the book holds 1" in refused.rebalance
    off = decide(seen("5", "500", any_form=False, bids=thin), settings(slippage_protection=False), RULE)
    assert off.close is not None


def test_se01_the_end_waits_for_an_exchange_that_takes_no_orders() -> None:
    ending, shut = RebalanceState(ending=True), "the exchange is under maintenance"
    waits = decide(seen("3.5", "650", hold="the session is over", shut=shut), settings(), RULE, ending)
    assert (waits.close, waits.state) == (None, ending)
    assert waits.rebalance == f"the session is over: {shut}"


def test_se01_where_nothing_is_rebalanced_the_end_buys_and_sells_nothing() -> None:
    ending = RebalanceState(ending=True)
    for base, quote in (("0", "1000"), ("9", "100")):
        done = decide(seen(base, quote, hold="the session is over"), settings(rebalance=False), RULE, ending)
        assert done.close is None and not done.state.ending
        assert done.rebalance == "the session is over: what is held stays, since rebalance is off"


def test_se01_the_end_goes_home_by_the_ladder_and_then_rests() -> None:
    ending = RebalanceState(ending=True)
    bids = ((D("99.90"), D(50)),)
    first = decide(seen("3.5", "650", hold="the session is over", bids=bids), settings(), RULE, ending)
    assert first.close is not None and (first.close.side, first.close.size) == (Side.SELL, D("0.5"))
    assert decide(
        seen("3.5", "650", hold="the session is over", taking=True), settings(), RULE, first.state
    ).state.ending
    left = decide(seen("3.5", "650", hold="the session is over", bids=bids), settings(), RULE, first.state)
    assert left.close is not None and left.close.form.step is CloseStep.IOC
    done = decide(seen("3", "700", hold="the session is over"), settings(), RULE, left.state)
    assert done.close is None and not done.state.ending


def test_rb01_an_account_with_nothing_says_so() -> None:
    decision = decide(seen("0", "0"), settings(), RULE)
    assert decision.quoting.reason == "the account has neither base to sell nor quote to buy with"


def test_li02_what_others_hold_back_is_not_quoted() -> None:
    decision = decide(seen("3", "700", elsewhere=Holdings(D("2.5"), D(690))), settings(), RULE)
    assert [(quote.side, quote.size) for quote in decision.plan.place] == [
        (Side.BUY, D("0.09")),
        (Side.SELL, D("0.3")),
        (Side.SELL, D("0.2")),
    ]


@given(
    st.decimals("0", "50", places=2),
    st.decimals("0", "50", places=2),
    st.decimals("0", "5000", places=2),
    st.decimals("0", "5000", places=2),
    st.integers(1, 20),
)
def test_li02_quotes_never_promise_more_than_the_account_has(
    base: Decimal, other_base: Decimal, quote: Decimal, other_quote: Decimal, orders: int
) -> None:
    look = replace(
        seen(),
        base=NetPosition(min(base, other_base), max(base, other_base)),
        quote=NetPosition(min(quote, other_quote), max(quote, other_quote)),
        settled=None,
    )
    for amount in (D("0.3"), None):
        placed = decide(look, settings(order_amount=amount, orders_per_side=orders), RULE).plan.place
        sold = sum((each.size for each in placed if each.side is Side.SELL), D(0))
        spent = sum((each.size * each.price for each in placed if each.side is Side.BUY), D(0))
        assert sold <= min(base, other_base)
        assert spent <= min(quote, other_quote)
