"""The spot connector, and what both share, over real sockets against a local Backpack."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_account_sync, backpack_api_order_book_data_source
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    MarketOrderFailureEvent,
    OrderCancelledEvent,
    OrderFilledEvent,
)

from test.hummingbot.harness import Keys, Running, local_backpack, spot, until

PAIR = "SOL-USDC"
SYMBOL = "SOL_USDC"
D = Decimal


@dataclass
class Scene:
    backpack: Any
    keys: Keys
    run: Running
    other: Any

    @property
    def connector(self) -> Any:
        return self.run.connector

    @property
    def account(self) -> Any:
        return self.backpack.exchange.known_account(self.keys.public)

    def trade(self, side: str, quantity: str, price: str | None = None) -> Any:
        return self.backpack.exchange.order(self.other, SYMBOL, side, quantity, price)

    def buy(self, amount: str, price: str | None = None, **more: Any) -> str:
        kind = OrderType.MARKET if price is None else OrderType.LIMIT_MAKER
        return self.connector.buy(PAIR, D(amount), kind, D(price or "NaN"), **more)

    async def placed(self, order_id: str) -> Any:
        return await until(lambda: (o := self.run.order(order_id)) and o.exchange_order_id and o)

    async def failed(self, order_id: str) -> str:
        failure = await until(
            lambda: next((e for e in self.run.of(MarketOrderFailureEvent) if e.order_id == order_id), None)
        )
        return str(failure.error_message)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with local_backpack(monkeypatch) as backpack:
        other = backpack.exchange.trader("other")
        backpack.exchange.order(other, SYMBOL, "Bid", "100", "144.90")
        backpack.exchange.order(other, SYMBOL, "Ask", "100", "145.10")
        keys = Keys.new()
        async with Running(spot(keys)) as run:
            await run.ready()
            yield Scene(backpack, keys, run, other)


# === market data ===


async def test_md04_crossing_change_is_noticed_before_the_book_hides_it(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    source = scene.connector._orderbook_ds
    last_id = source._feeds[PAIR].synchroniser.last_id
    frame = {"e": "depth", "s": SYMBOL, "U": last_id + 1, "u": last_id + 1, "T": 1, "a": [], "b": [["145.50", "1"]]}
    source._message_queue["depth"].put_nowait({"stream": f"depth.{SYMBOL}", "data": frame})
    await until(lambda: "crossed" in caplog.text)
    await until(lambda: source.is_valid(PAIR))
    await until(lambda: scene.connector.get_price(PAIR, True) == D("145.10"))


async def test_md04_book_that_its_ticker_overtakes_for_a_second_is_fetched_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.backpack.faults.set("drop_frames", stream="depth.", times=1)
    scene.trade("Bid", "1", "144.95")
    book = scene.connector.get_order_book(PAIR)
    await until(lambda: [row.price for row in book.bid_entries()] == [144.95, 144.90])
    assert "ticker" in caplog.text


async def test_md04_quiet_market_stays_valid_while_others_move(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    source = scene.connector._orderbook_ds
    monkeypatch.setattr(backpack_api_order_book_data_source, "SILENCE_CHECK", 0.3)
    asked = []
    original = source._snapshot

    async def snapshot(trading_pair: str, limit: int = 1000) -> Any:
        asked.append(limit)
        return await original(trading_pair, limit)

    monkeypatch.setattr(source, "_snapshot", snapshot)
    await until(lambda: len(asked) >= 2)
    assert set(asked) == {5}
    assert source.is_valid(PAIR)


async def test_md07_silent_stream_of_a_moving_book_is_subscribed_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_api_order_book_data_source, "SILENCE_CHECK", 0.3)
    silence = scene.backpack.faults.set("silence", stream=f"depth.{SYMBOL}")
    scene.backpack.faults.set("silence", stream=f"bookTicker.{SYMBOL}")
    scene.trade("Bid", "1", "144.95")
    await until(lambda: "silent" in caplog.text)
    scene.backpack.faults.remove(silence)
    book = scene.connector.get_order_book(PAIR)
    await until(lambda: [row.price for row in book.bid_entries()] == [144.95, 144.90])


async def test_md07_refused_public_subscription_is_logged_and_retried(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    socket = scene.connector._orderbook_ds._ws_assistant._connection
    await socket._send_json({"method": "SUBSCRIBE", "params": ["x"]})
    await until(lambda: "was refused (4006: Invalid stream)" in caplog.text)
    assert scene.connector.ready


async def test_md08_pairs_come_and_go_while_running(scene: Scene) -> None:
    connector = scene.connector
    assert not await connector.add_trading_pair("NO-SUCH")
    assert await connector.remove_trading_pair(PAIR)
    assert PAIR not in connector.order_books
    assert await connector.add_trading_pair(PAIR)
    assert connector.get_price(PAIR, True) == D("145.10")
    scene.trade("Bid", "1", "144.95")
    await until(lambda: connector.get_price(PAIR, False) == D("144.95"))
    assert connector.ready


async def test_md10_closed_market_is_refused_locally_with_the_reason(scene: Scene) -> None:
    scene.backpack.faults.set("market_state", symbol=SYMBOL, value="CancelOnly")
    await scene.connector._update_trading_rules()
    placed = scene.backpack.ledger(scene.keys.public)["orders_placed"]
    assert "CancelOnly" in await scene.failed(scene.buy("1", "140"))
    assert scene.backpack.ledger(scene.keys.public)["orders_placed"] == placed


async def test_md12_failed_requests_at_start_do_not_disable_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch) as backpack:
        backpack.faults.set("error_before", path="/api/v1", times=12)
        async with Running(spot(Keys.new())) as run:
            await run.ready(30)


async def test_md12_last_prices_answer_for_every_pair(scene: Scene) -> None:
    (price,) = (await scene.connector.get_last_traded_prices([PAIR])).values()
    assert price != price, "nothing was traded: NaN"
    scene.buy("1")
    await until(lambda: scene.run.of(OrderFilledEvent))
    assert await scene.connector.get_last_traded_prices([PAIR]) == {PAIR: 145.10}


# === orders ===


async def test_or02_market_order_leaves_whatever_the_book(scene: Scene) -> None:
    for order in list(scene.other.open_orders.values()):
        scene.backpack.exchange.engine.cancel(scene.other, order)
    await until(lambda: scene.connector.get_price(PAIR, True).is_nan())
    order_id = scene.buy("1")
    order = await until(lambda: scene.run.order(order_id))
    assert order.price.is_nan(), "nothing was traded: there is no price, and none is made up"
    await until(lambda: not order.is_pending_create and not order.is_open)
    assert scene.backpack.ledger(scene.keys.public)["orders_placed"] == 1


async def test_or02_time_in_force_and_quote_quantity_reach_the_exchange(scene: Scene) -> None:
    scene.trade("Ask", "1", "145.00")
    limit = scene.connector.buy(PAIR, D("3"), OrderType.LIMIT, D("145.00"), time_in_force="IOC")
    await until(lambda: scene.run.of(OrderCancelledEvent))
    # The answer may overtake the stream, which still brings the fill.
    await until(lambda: scene.run.order(limit).executed_amount_base == 1)
    market = scene.buy("1", quote_quantity=D("14.51"))
    refused = scene.buy("1", "140", time_in_force="DAY")
    assert "time_in_force (DAY) must be GTC, IOC, FOK" in await scene.failed(refused)
    await until(lambda: scene.run.order(market) is not None)


async def test_or03_answer_that_says_filled_is_believed(scene: Scene) -> None:
    scene.backpack.faults.set("silence", stream="account.orderUpdate")
    order_id = scene.buy("1")
    await until(lambda: [e for e in scene.run.of(BuyOrderCompletedEvent) if e.order_id == order_id])
    assert [event.amount for event in scene.run.of(OrderFilledEvent)] == [D(1)]


async def test_or05_unknown_state_keeps_the_order_and_is_logged_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    for _ in range(2):
        data = {
            "e": "orderModified", "s": SYMBOL, "S": "Bid", "c": int(order.client_order_id[-10:]), "X": "Frozen",
            "i": order.exchange_order_id, "q": "1", "p": "140", "z": "0", "T": 1, "O": "USER",
        }  # fmt: skip
        scene.connector._user_stream_tracker.user_stream.put_nowait({"stream": "account.orderUpdate", "data": data})
    await until(lambda: "Frozen" in caplog.text)
    assert caplog.text.count("Frozen") == 1
    assert order.current_state is OrderState.OPEN


@pytest.mark.parametrize("spelling", ["not_found", "order_not_found"])
async def test_or06_not_found_on_cancel_leads_to_a_look_up(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    async with local_backpack(monkeypatch, cancel_missing=spelling) as backpack:
        keys = Keys.new()
        async with Running(spot(keys)) as run:
            await run.ready()
            order_id = run.connector.buy(PAIR, D(1), OrderType.LIMIT_MAKER, D("140"))
            await until(lambda: (o := run.order(order_id)) and o.exchange_order_id)
            backpack.faults.set("silence", stream="account.orderUpdate")
            taker = backpack.exchange.trader("taker")
            backpack.exchange.order(taker, SYMBOL, "Ask", "1")
            run.connector.cancel(PAIR, order_id)
            await until(lambda: run.of(BuyOrderCompletedEvent))
            assert not run.of(OrderCancelledEvent)


@pytest.mark.parametrize("how", ["cancel", "adopt"])
async def test_or10_orders_of_an_earlier_run_are_settled_and_others_left_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    ours = await scene.placed(scene.buy("1", "140"))
    by_hand = scene.backpack.exchange.order(scene.account, SYMBOL, "Bid", "1", "139")
    foreign = scene.backpack.exchange.order(scene.account, SYMBOL, "Bid", "1", "138", clientId=12345)
    await scene.run.__aexit__(None, None, None)
    monkeypatch.setenv("BACKPACK_OLD_ORDERS", how)
    async with Running(spot(scene.keys)) as again:
        await again.ready()
        left = {by_hand.id, foreign.id}
        if how == "adopt":
            left.add(int(ours.exchange_order_id))
            assert again.order(ours.client_order_id).current_state is OrderState.OPEN
        assert set(scene.account.open_orders) == left
    scene.run._ticker = asyncio.create_task(asyncio.sleep(0))


async def test_or11_what_could_not_be_cancelled_is_listed(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    scene.backpack.faults.set("refuse_rest", method="DELETE")
    results = await scene.connector.cancel_all(3)
    assert [result.success for result in results] == [False]
    assert f"could not be cancelled and may still rest: {order.client_order_id}" in caplog.text


async def test_fi04_spot_buys_fee_is_in_base(scene: Scene) -> None:
    scene.buy("1")
    fill = (await until(lambda: scene.run.of(OrderFilledEvent)))[0]
    assert fill.trade_fee.flat_fees[0].token == "SOL"
    assert fill.trade_fee.flat_fees[0].amount == D(scene.backpack.ledger(scene.keys.public)["fees"]["SOL"])
    assert fill.trade_fee.type_descriptor_for_json() == "DeductedFromReturns"


async def test_fi02_fills_that_the_cumulative_amount_counts_are_fetched(scene: Scene) -> None:
    order_id = scene.buy("2", "145.00")
    await scene.placed(order_id)
    scene.backpack.faults.set("drop_frames", stream="account.orderUpdate", times=1)
    scene.trade("Ask", "0.5", "145.00")
    scene.trade("Ask", "0.25", "145.00")
    await until(lambda: scene.run.order(order_id).executed_amount_base == D("0.75"), 15)
    assert sorted(event.amount for event in scene.run.of(OrderFilledEvent)) == [D("0.25"), D("0.5")]


# === balances ===


async def test_ba01_balances_follow_the_stream_at_once(scene: Scene) -> None:
    await scene.placed(scene.buy("10", "140"))
    await until(lambda: scene.connector.get_available_balance("USDC") == 10000 - 1400)
    assert scene.connector.get_balance("USDC") == 10000


async def test_ba01_empty_account_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch, balances={}) as _:
        async with Running(spot(Keys.new())) as run:
            await run.ready()
            assert run.connector.get_balance("USDC") == 0


async def test_ba01_lent_funds_are_available_because_orders_redeem_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch, auto_lend=True) as backpack:
        keys = Keys.new()
        async with Running(spot(keys)) as run:
            await run.ready()
            connector = run.connector
            await until(lambda: abs(connector.get_available_balance("USDC") - 10000) < 1)
            backpack.faults.set("error_before", path="/api/v1/borrowLend/positions", times=4)
            await connector._update_balances()
            assert abs(connector.get_available_balance("USDC") - 10000) < 1
            order_id = connector.buy(PAIR, D("60"), OrderType.LIMIT_MAKER, D("140"))
            await until(lambda: (o := run.order(order_id)) and o.exchange_order_id)


# === keys, clock, streams ===


async def test_au04_expired_request_resynchronises_once_for_rest_and_stream(scene: Scene) -> None:
    scene.backpack.faults.set("clock_skew", value=120)
    await scene.placed(scene.buy("1", "140"))
    scene.backpack.faults.clear()
    scene.backpack.faults.set("clock_skew", value=-120)
    scene.backpack.faults.set("disconnect")
    await until(lambda: not scene.connector.is_user_stream_up)
    await scene.run.ready()


async def test_au05_keys_can_be_replaced_while_running(scene: Scene) -> None:
    fresh = Keys.new()
    order = await scene.placed(scene.buy("1", "145.00"))
    exchange = scene.backpack.exchange
    exchange._by_key[fresh.public] = exchange._by_key[scene.keys.public]
    await scene.connector.replace_keys(fresh.public, fresh.secret)
    await until(lambda: not scene.connector.is_user_stream_up)
    await scene.run.ready()
    scene.trade("Ask", "1", "145.00")
    await until(lambda: order.is_filled)


async def test_au06_no_secret_or_signature_in_any_log(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    signatures = []
    original = scene.connector._backpack_auth.generate_signature

    def generate(*arguments: Any) -> str:
        signatures.append(original(*arguments))
        return str(signatures[-1])

    monkeypatch.setattr(scene.connector._backpack_auth, "generate_signature", generate)
    caplog.set_level(logging.DEBUG)
    scene.backpack.faults.set("error_before", method="POST", path="/api/v1/order")
    monkeypatch.setattr(scene.connector._order_path, "_window", 0.2)
    await scene.failed(scene.buy("1", "140"))
    scene.backpack.faults.set("expired_key", times=3)
    with pytest.raises(OSError):
        await scene.connector.refresh_account()
    scene.backpack.faults.set("disconnect")
    await until(lambda: not scene.connector.is_user_stream_up)
    await scene.run.ready()
    written = caplog.text + "".join(str(record.exc_info) for record in caplog.records)
    assert len(signatures) > 5
    for secret in (scene.keys.secret, *signatures):
        assert secret not in written


async def test_re01_reconciles_before_it_is_ready_again(scene: Scene) -> None:
    order_id = scene.buy("2", "145.00")
    await scene.placed(order_id)
    scene.backpack.faults.set("refuse_private_stream", seconds=0.5)
    await until(lambda: not scene.connector.ready)
    scene.trade("Ask", "0.5", "145.00")
    await scene.run.ready()
    assert scene.run.order(order_id).executed_amount_base == D("0.5")


async def test_re02_stream_that_is_deaf_to_what_rest_shows_is_opened_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_account_sync, "STREAM_PATIENCE", 0.3)
    await scene.placed(scene.buy("2", "145.00"))
    await asyncio.sleep(0.1)
    scene.backpack.faults.set("silence", stream="account.orderUpdate")
    scene.trade("Ask", "0.5", "145.00")
    await scene.connector._update_order_status()
    await until(lambda: "Opening the private stream again" in caplog.text)
    scene.backpack.faults.clear()
    await scene.run.ready()


async def test_re04_key_without_permission_is_one_sentence(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.backpack.faults.set("read_only_key")
    await scene.failed(scene.buy("1", "140"))
    await scene.failed(scene.buy("1", "140"))
    assert caplog.text.count("refuses this API key") == 1


async def test_rl02_polling_costs_the_same_however_many_orders_rest(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []
    original = scene.connector._requests._request_once

    async def request_once(method: Any, path: str, *arguments: Any) -> Any:
        requests.append(path)
        return await original(method, path, *arguments)

    monkeypatch.setattr(scene.connector._requests, "_request_once", request_once)
    counts = []
    for orders in (1, 20):
        ids = [scene.buy("1", "140") for _ in range(orders)]
        for order_id in ids:
            await scene.placed(order_id)
        requests.clear()
        await scene.connector._poll_all()
        counts.append(len(requests))
    assert counts == [4, 4]


async def test_trading_without_rules_fails_instead_of_hanging(scene: Scene) -> None:
    order_id = scene.connector.buy("NO-SUCH", D(1), OrderType.LIMIT_MAKER, D(1))
    assert "trading rules of NO-SUCH are not known" in await scene.failed(order_id)


async def test_tracking_states_survive_json(scene: Scene) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    states = json.loads(json.dumps(scene.connector.tracking_states))
    assert list(states) == [order.client_order_id]
