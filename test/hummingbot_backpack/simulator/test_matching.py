"""Matching rules, driven on the engine without a network."""

from typing import Any

import pytest

from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.errors import ExchangeError
from hummingbot_backpack.simulator.events import DepthEvent, OrderEvent
from hummingbot_backpack.simulator.exchange import Exchange

SOL = "SOL_USDC"
PERP = "SOL_USDC_PERP"


def depth(exchange: Exchange, symbol: str, side: int) -> list[tuple[int, int]]:
    return exchange.engine.markets[symbol].book.depth(side)


def record(exchange: Exchange) -> list[Any]:
    events: list[Any] = []
    exchange.engine.sink = events.extend
    return events


def test_si02_better_prices_trade_first_and_equal_prices_by_age(exchange: Exchange) -> None:
    makers = [exchange.trader(name) for name in "abc"]
    worse = exchange.order(makers[0], SOL, "Ask", "1", "145.10")
    first = exchange.order(makers[1], SOL, "Ask", "1", "145.05")
    second = exchange.order(makers[2], SOL, "Ask", "1", "145.05")
    taker = exchange.order(exchange.trader("t"), SOL, "Bid", "1.5", "145.10")
    assert taker.status == "Filled"
    assert (first.status, second.status, worse.status) == ("Filled", "PartiallyFilled", "New")
    assert second.executed == 50
    assert depth(exchange, SOL, -1) == [(14505, 50), (14510, 100)]


def test_si02_a_taker_pays_the_makers_price_and_gets_its_savings_back(exchange: Exchange) -> None:
    maker, taker = exchange.trader("m"), exchange.trader("t", USDC=1000)
    exchange.order(maker, SOL, "Ask", "1", "145.00")
    exchange.order(taker, SOL, "Bid", "2", "146.00")
    assert taker.locked["USDC"] == 146 * 10**12
    assert taker.available["USDC"] == (1000 - 145 - 146) * 10**12
    assert taker.available["SOL"] == 10**12 * 999 // 1000
    assert maker.available["USDC"] == 10**12 * 1_000_000 + 145 * 10**12 - 145 * 10**12 * 8 // 10_000


@pytest.mark.parametrize("price", ["145.00", "144.99"])
def test_si02_a_post_only_order_that_would_take_is_refused(exchange: Exchange, price: str) -> None:
    exchange.order(exchange.trader("m"), SOL, "Bid", "1", "145.00")
    with pytest.raises(ExchangeError) as refused:
        exchange.order(exchange.trader("t"), SOL, "Ask", "1", price, postOnly=True)
    assert (refused.value.status, refused.value.code, refused.value.message) == (
        400,
        "INVALID_ORDER",
        "Order would immediately match and take",
    )
    assert exchange.order(exchange.trader("u"), SOL, "Ask", "1", "145.01", postOnly=True).status == "New"


def test_si02_a_post_only_cross_can_be_set_to_expire_instead() -> None:
    exchange = Exchange(SimulatorConfig(flow=None, virtual_clock=True, post_only_cross="expire"))
    exchange.order(exchange.trader("m"), SOL, "Bid", "1", "145.00")
    order = exchange.order(exchange.trader("t"), SOL, "Ask", "1", "145.00", postOnly=True)
    assert (order.status, order.expiry_reason, order.executed) == ("Expired", "PostOnlyTaker", 0)


def test_si02_an_ioc_takes_what_is_there_and_expires_the_rest(exchange: Exchange) -> None:
    exchange.order(exchange.trader("m"), SOL, "Ask", "1", "145.00")
    order = exchange.order(exchange.trader("t"), SOL, "Bid", "3", "145.00", timeInForce="IOC")
    assert (order.status, order.expiry_reason, order.executed) == ("Expired", "ImmediateOrCancel", 100)
    assert depth(exchange, SOL, 1) == []


@pytest.mark.parametrize(("quantity", "status", "left"), [("2", "Filled", []), ("2.01", "Expired", [(14500, 200)])])
def test_si02_a_fok_fills_completely_or_not_at_all(
    exchange: Exchange, quantity: str, status: str, left: list[tuple[int, int]]
) -> None:
    for name in "ab":
        exchange.order(exchange.trader(name), SOL, "Ask", "1", "145.00")
    order = exchange.order(exchange.trader("t"), SOL, "Bid", quantity, "145.00", timeInForce="FOK")
    assert order.status == status
    assert depth(exchange, SOL, -1) == left


def test_si02_a_market_order_by_quote_quantity_spends_as_much_as_fits(exchange: Exchange) -> None:
    exchange.order(exchange.trader("m"), SOL, "Ask", "10", "145.00")
    taker = exchange.trader("t", USDC=1000)
    order = exchange.order(taker, SOL, "Bid", None, None, quoteQuantity="300")
    assert (order.status, order.executed) == ("Filled", 206)
    assert taker.available["USDC"] == 1000 * 10**12 - 206 * 145 * 10**10
    assert taker.locked.get("USDC", 0) == 0


def test_si02_the_impact_limit_stops_a_taker_and_expires_the_rest(exchange: Exchange) -> None:
    maker = exchange.trader("m")
    for price in ("145.00", "146.45", "146.46"):
        exchange.order(maker, SOL, "Ask", "1", price)
    order = exchange.order(exchange.trader("t"), SOL, "Bid", "3", None)
    assert (order.status, order.expiry_reason, order.executed) == ("Expired", "PriceImpact", 200)
    limit = exchange.order(exchange.trader("u"), SOL, "Bid", "3", "150")
    assert limit.executed == 100


def test_si02_slippage_tolerance_stops_a_market_order(exchange: Exchange) -> None:
    maker = exchange.trader("m")
    for price in ("145.00", "145.05", "145.06"):
        exchange.order(maker, SOL, "Ask", "1", price)
    tolerance = {"slippageTolerance": "5", "slippageToleranceType": "TickSize"}
    order = exchange.order(exchange.trader("t"), SOL, "Bid", "3", None, **tolerance)
    assert (order.status, order.expiry_reason, order.executed) == ("Expired", "SlippageToleranceExceeded", 200)


def test_si02_a_limit_far_from_the_active_price_is_refused(exchange: Exchange) -> None:
    exchange.order(exchange.trader("m"), SOL, "Ask", "1", "145.00")
    for side, price in (("Bid", "36.24"), ("Ask", "290.01")):
        with pytest.raises(ExchangeError, match="Price is too far from the last active price"):
            exchange.order(exchange.trader("t"), SOL, side, "1", price)
    assert exchange.order(exchange.trader("t"), SOL, "Bid", "1", "36.25").status == "New"


@pytest.mark.parametrize(
    ("choice", "taker", "maker"),
    [
        ("RejectTaker", ("Expired", "SelfTradePrevention"), ("New", None)),
        ("RejectMaker", ("New", None), ("Expired", "SelfTradePrevention")),
        ("RejectBoth", ("Expired", "SelfTradePrevention"), ("Expired", "SelfTradePrevention")),
    ],
)
def test_si02_self_trade_prevention(
    exchange: Exchange, choice: str, taker: tuple[str, str | None], maker: tuple[str, str | None]
) -> None:
    account = exchange.trader("a")
    resting = exchange.order(account, SOL, "Ask", "1", "145.00")
    crossing = exchange.order(account, SOL, "Bid", "1", "145.00", selfTradePrevention=choice)
    assert (crossing.status, crossing.expiry_reason) == taker
    assert (resting.status, resting.expiry_reason) == maker
    assert not account.fills


def test_si02_a_reduce_only_order_never_opens_and_shrinks_with_the_position(exchange: Exchange) -> None:
    account, other = exchange.trader("a"), exchange.trader("o")
    with pytest.raises(ExchangeError, match="Reduce only order not reduced"):
        exchange.order(account, PERP, "Ask", "1", "145", reduceOnly=True)
    exchange.order(other, PERP, "Ask", "2", "145")
    exchange.order(account, PERP, "Bid", "2", "145")
    resting = exchange.order(account, PERP, "Ask", "5", "146", reduceOnly=True)
    assert resting.steps == 200
    events = record(exchange)
    exchange.order(other, PERP, "Bid", "1.5", "144")
    exchange.order(account, PERP, "Ask", "1.5", "144")
    modified = [e for e in events if isinstance(e, OrderEvent) and e.name == "orderModified"]
    assert [(e.order, e.steps) for e in modified] == [(resting, 50)]
    assert depth(exchange, PERP, -1) == [(14600, 50)]
    exchange.order(other, PERP, "Bid", "0.5", "144")
    exchange.order(account, PERP, "Ask", "0.5", "144")
    assert (resting.status, resting.expiry_reason) == ("Expired", "ReduceOnlyNotReduced")
    assert depth(exchange, PERP, -1) == []


def test_si02_trigger_orders_wait_for_their_price_and_then_trade(exchange: Exchange) -> None:
    account, other = exchange.trader("a"), exchange.trader("o")
    exchange.order(other, PERP, "Ask", "1", "145")
    exchange.order(account, PERP, "Bid", "1", "145")
    stop = {"triggerPrice": "140", "triggerQuantity": "100%", "triggerBy": "MarkPrice", "reduceOnly": True}
    order = exchange.order(account, PERP, "Ask", None, None, **stop)
    assert order.status == "TriggerPending"
    exchange.order(other, PERP, "Bid", "3", "139.5")
    exchange.set_mark(PERP, "140.01")
    assert order.status == "TriggerPending"
    exchange.set_mark(PERP, "140")
    assert (order.status, order.executed, order.steps) == ("Filled", 100, 100)
    assert not account.positions


def test_si02_a_stop_loss_and_take_profit_of_an_order_end_each_other(exchange: Exchange) -> None:
    account, other = exchange.trader("a"), exchange.trader("o")
    exchange.order(other, PERP, "Ask", "1", "145")
    exits = {"takeProfitTriggerPrice": "150", "stopLossTriggerPrice": "140", "stopLossTriggerBy": "MarkPrice"}
    parent = exchange.order(account, PERP, "Bid", "1", "145", **exits)
    pending = list(account.open_orders.values())
    assert [(o.status, o.related_id, o.request.reduce_only) for o in pending] == [
        ("TriggerPending", parent.id, True)
    ] * 2
    exchange.order(other, PERP, "Bid", "1", "140")
    exchange.set_mark(PERP, "139.9")
    assert not account.positions and not account.open_orders


def test_si02_every_command_that_changes_the_book_has_one_update_id_without_gaps(exchange: Exchange) -> None:
    events = record(exchange)
    maker = exchange.trader("m")
    for offset in range(5):
        exchange.order(maker, SOL, "Ask", "1", f"145.{offset:02d}")
    exchange.order(exchange.trader("t"), SOL, "Bid", "3.5", "146")
    ids = [event.update_id for event in events if isinstance(event, DepthEvent)]
    assert ids == list(range(ids[0], ids[0] + 6))
    assert next(e for e in reversed(events) if isinstance(e, DepthEvent)).asks == {
        14500: 0,
        14501: 0,
        14502: 0,
        14503: 50,
    }


@pytest.mark.parametrize(
    ("state", "refusal"), [("Closed", "TRADING_PAUSED"), ("CancelOnly", "TRADING_PAUSED"), ("PostOnly", None)]
)
def test_md10_market_states_restrict_orders(exchange: Exchange, state: str, refusal: str | None) -> None:
    account = exchange.trader("a")
    exchange.order(exchange.trader("m"), SOL, "Ask", "1", "145")
    exchange.engine.set_state(SOL, state)
    if refusal:
        with pytest.raises(ExchangeError) as refused:
            exchange.order(account, SOL, "Bid", "1", "144")
        assert refused.value.code == refusal
    else:
        order = exchange.order(account, SOL, "Bid", "1", "144")
        assert (order.status, order.expiry_reason) == ("Expired", "PostOnlyMode")
        assert exchange.order(account, SOL, "Bid", "1", "144", postOnly=True).status == "New"
