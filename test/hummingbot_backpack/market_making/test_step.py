from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.exits import ExitCause, ExitState
from hummingbot_backpack.market_making.models.rows import ModelSettings, QuoteModel
from hummingbot_backpack.market_making.models.shape import ModelInputs
from hummingbot_backpack.market_making.settings import MakerSettings
from hummingbot_backpack.market_making.step import Observation, decide
from hummingbot_backpack.market_making.values import MarketRule, NetPosition, Quote, RestingOrder, Side, Touch

TICK = Decimal("0.01")
RULE = MarketRule(TICK, TICK, TICK)


def D(text: str) -> Decimal:
    return Decimal(text)


SETTINGS = MakerSettings(
    spread_pct=D("0.2"), orders_per_side=3, level_step_bps=D(5), order_amount=D("0.3"), refresh_tolerance_bps=None,
    target_position=D(0), max_position=D(5), position_threshold=D(2), inventory_skew=D("0.002"), stop_loss=None,
    take_profit=None, exit_cooldown=D(0), slippage_protection=True, max_slippage_bps=D(50),
    max_market_spread_bps=D(100), min_depth_pct=D(100), on_thin_book="refuse", slippage_mode="fixed",
    dynamic_multiple=D(4), stop_at_exchange=False, paused=False,
)  # fmt: skip
SEEN = Observation(
    touch=Touch(D("144.99"), D("145.01")), position=NetPosition.exactly(D(0)), to_reduce=D(0), entry=None, mark=D(145),
    equity=D(1000), resting=(), closing=False, hold=None, now=100.0,
)  # fmt: skip
RESTING = (RestingOrder("a", Side.BUY, D("144.85"), D("0.3")), RestingOrder("b", Side.SELL, D("145.15"), D("0.3")))


def at(net: str, **changes: object) -> Observation:
    return replace(SEEN, position=NetPosition.exactly(D(net)), to_reduce=D(net), entry=D(145), **changes)


NO_EXIT = ExitState()


def step(seen: Observation, exit_state: ExitState = NO_EXIT, **settings: object):
    return decide(seen, replace(SETTINGS, **settings), RULE, exit_state)


def test_qu01_a_flat_bot_quotes_both_sides() -> None:
    found = step(SEEN)
    assert [(quote.side, quote.price) for quote in found.plan.place][::3] == [
        (Side.BUY, D("144.85")), (Side.SELL, D("145.15")),
    ]  # fmt: skip
    assert len(found.plan.place) == 6
    assert found.close is None


def test_md03_an_invalid_book_withdraws_every_quote() -> None:
    found = step(replace(SEEN, touch=None, resting=RESTING))
    assert [order.order_id for order in found.plan.cancel] == ["a", "b"]
    assert found.quoting.reason == "book not known"


def test_md03_a_gap_of_a_moment_keeps_places_in_the_queue_and_places_nothing() -> None:
    found = step(replace(SEEN, touch=None, resting=RESTING, brief=True))
    assert not found.plan.cancel and not found.plan.place
    assert len(step(replace(SEEN, touch=None, resting=RESTING, brief=True), paused=True).plan.cancel) == 2


def test_li02_an_unknown_position_withdraws_every_quote() -> None:
    found = step(replace(SEEN, position=None, to_reduce=None, resting=RESTING))
    assert len(found.plan.cancel) == 2
    assert found.quoting.reason == "position not known"
    assert found.close is None


def test_li01_an_excess_is_reduced_while_quotes_stand() -> None:
    found = step(at("2.5"))
    assert (found.close.side, found.close.size) == (Side.SELL, D("0.5"))
    assert found.plan.place


def test_li01_one_step_at_a_time() -> None:
    assert step(at("2.5", closing=True)).close is None


def test_li01_works_without_a_book() -> None:
    found = step(at("5.5", touch=None))
    assert (found.close.side, found.close.size) == (Side.SELL, D("0.5"))


def test_ex01_an_exit_comes_before_quotes_and_limits() -> None:
    found = step(at("2.5", mark=D("130"), resting=RESTING), stop_loss=D(25))
    assert (found.close.side, found.close.size) == (Side.SELL, D("2.5"))
    assert len(found.plan.cancel) == 2 and not found.plan.place
    assert found.exit_state.closing is ExitCause.STOP_LOSS
    assert found.limit is None


def test_ex03_no_quotes_while_an_exit_waits_for_the_position() -> None:
    state = ExitState(ExitCause.STOP_LOSS)
    found = step(replace(SEEN, to_reduce=None), state)
    assert not found.plan.place and found.exit_state == state


def test_br03_paused_takes_quotes_away_and_leaves_limits_armed() -> None:
    found = step(at("2.5", resting=RESTING), paused=True)
    assert len(found.plan.cancel) == 2 and not found.plan.place
    assert found.close is not None


def test_or11_a_hold_takes_quotes_away() -> None:
    found = step(replace(SEEN, resting=RESTING, hold="the stop began"))
    assert not found.plan.place and found.quoting.reason == "the stop began"


def test_li02_at_the_maximum_only_the_reducing_side_is_quoted() -> None:
    found = step(at("5"), position_threshold=D(5))
    assert {quote.side for quote in found.plan.place} == {Side.SELL}


@pytest.mark.parametrize(("net", "adding"), [("1", Side.BUY), ("-1", Side.SELL)])
def test_qu02_the_adding_side_is_sized_within_the_free_collateral(net: str, adding: Side) -> None:
    found = step(at(net, exposure_left=D("0.4")))
    sizes = {
        side: [quote.size for quote in found.plan.place if quote.side is side] for side in (adding, adding.opposite)
    }
    assert sizes == {adding: [D("0.3"), D("0.1")], adding.opposite: [D("0.3")] * 3}
    assert found.quoting.reason == "5 quotes of 0.30 (order_amount), no more than the collateral carries"
    found = step(at(net, exposure_left=D(0)))
    assert {quote.side for quote in found.plan.place} == {adding.opposite}
    assert len(found.plan.place) == 3
    for plenty in (None, D(1)):
        assert step(at(net, exposure_left=plenty)).quoting.reason == "6 quotes of 0.30 (order_amount)"


def test_qu02_quotes_that_rest_stay_when_the_collateral_is_used_up() -> None:
    found = step(at("0", exposure_left=D(0), resting=RESTING))
    assert [kept.order for kept in found.plan.keep] == list(RESTING)
    assert not found.plan.place and not found.plan.cancel


@st.composite
def worlds(draw):
    """A market, a position and orders that can all fill, one after another, in any order."""
    maximum = draw(st.integers(10, 500)) * TICK
    net = draw(st.integers(-500, 500)) * TICK
    net = max(-maximum, min(maximum, net))
    lag = draw(st.integers(0, 100)) * TICK
    position = NetPosition(max(net - lag, -maximum), min(net + lag, maximum))
    mid = draw(st.integers(1000, 30000)) * TICK
    half = draw(st.integers(1, 200)) * TICK
    touch = draw(st.sampled_from([None, Touch(mid - half, mid + half)]) if mid > half else st.none())
    return maximum, position, touch, draw(st.integers(1, 200)) * TICK, draw(st.integers(1, 20))


@given(
    world=worlds(),
    orders=st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 200), st.booleans()), max_size=8),
    left=st.none() | st.integers(0, 500).map(lambda steps: steps * TICK),
)
def test_li02_no_sequence_of_fills_exceeds_the_maximum_or_the_collateral(world, orders, left) -> None:
    maximum, position, touch, amount, per_side = world
    resting = tuple(
        RestingOrder(
            str(index), side, (touch.bid if side is Side.BUY else touch.ask) if touch else D(1), size * TICK, gone
        )
        for index, (side, size, gone) in enumerate(orders)
    )
    seen = replace(SEEN, touch=touch, position=position, to_reduce=None, resting=resting, exposure_left=left)
    found = step(seen, max_position=maximum, order_amount=amount, orders_per_side=per_side)
    placed = found.plan.place
    if touch is None:
        assert not placed
    for side, edge in ((Side.BUY, position.high), (Side.SELL, -position.low)):
        new = sum((quote.size for quote in placed if quote.side is side), Decimal(0))
        if new:
            assert edge + new + sum(order.remaining for order in resting if order.side is side) <= maximum
    if left is not None and position.low == position.high:
        net = position.low

        def exposure(quotes: list[RestingOrder | Quote]) -> Decimal:
            bids, asks = (
                sum((getattr(one, "size", None) or one.remaining for one in quotes if one.side is side), Decimal(0))
                for side in (Side.BUY, Side.SELL)
            )
            return max(abs(net), net + bids, asks - net)

        assert exposure([*resting, *placed]) <= exposure([*resting]) + left


def test_qu01_a_quote_model_sets_width_and_tolerance_and_stays_within_the_limits() -> None:
    model = ModelSettings(QuoteModel.VOLATILITY, max_spread_pct=D(2))
    wild = ModelInputs(sigma=D("0.0005"))
    decision = step(at("5", model=wild, resting=RESTING), model=model)
    prices = decision.quoting.prices
    assert prices is not None
    assert float(prices.raw_ask - prices.raw_bid) / 145 == pytest.approx(2 * 0.0005 * 60**0.5)
    assert {quote.side for quote in decision.quoting.quotes} == {Side.SELL}
    assert decision.quoting.reason.endswith("volatility, volatility 5.000 bps per root second, lean 0.000000")
    # An eighth of the model's own width is tolerated, not of spread_pct's.
    near = RestingOrder("c", Side.SELL, prices.asks[0] - D("0.13"), D("0.3"))
    assert near in [kept.order for kept in step(at("5", model=wild, resting=(near,)), model=model).plan.keep]


def test_qu01_a_model_without_its_inputs_withdraws_the_quotes_and_says_why() -> None:
    decision = step(at("0", resting=RESTING), model=ModelSettings(QuoteModel.VOLATILITY))
    assert decision.plan.cancel == RESTING
    assert decision.quoting.reason == "the volatility of the last seconds is not known yet"
