"""Books, markets and prices of the spot connector over real sockets."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_api_order_book_data_source
from hummingbot.core.event.events import (
    OrderFilledEvent,
)

from test.hummingbot.harness import Keys, Running, local_backpack, spot, until
from test.hummingbot.scene import PAIR, Scene, staged
from test.hummingbot.scene import SPOT_SYMBOL as SYMBOL

D = Decimal


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with staged(monkeypatch, is_perpetual=False) as scene:
        yield scene


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


async def test_md04_crossing_is_not_forgotten_when_the_ticker_was_ahead_at_that_moment(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    source = scene.connector._orderbook_ds
    feed, book = source._feeds[PAIR], scene.connector.get_order_book(PAIR)
    update_id = feed.synchroniser.last_id + 1
    data = {"s": SYMBOL, "u": update_id, "E": 1, "T": 1, "a": "145.10", "A": "1", "b": "144.90", "B": "1"}
    ticker = {"stream": f"bookTicker.{SYMBOL}", "data": {"e": "bookTicker", **data}}
    await source._process_message_for_unknown_channel(ticker, source._ws_assistant)
    await until(lambda: feed.suspicions)
    frame = {"e": "depth", "s": SYMBOL, "U": update_id, "u": update_id, "T": 1, "a": [], "b": [["145.50", "1"]]}
    source._message_queue["depth"].put_nowait({"stream": f"depth.{SYMBOL}", "data": frame})
    await until(lambda: [row.price for row in book.ask_entries()] == [])
    assert feed.synchroniser.last_id == feed.ticker_id, "the book has caught up with its ticker, and is wrong"
    await until(lambda: "invalid (it was crossed)" in caplog.text, 5)
    await until(lambda: source.is_valid(PAIR))
    await until(lambda: [row.price for row in book.ask_entries()] == [145.10])


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
    placed = scene.ledger["orders_placed"]
    assert "CancelOnly" in await scene.failed(scene.buy("1", "140"))
    assert scene.ledger["orders_placed"] == placed


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
