"""What the connector does on the socket itself, seen from the exchange's side."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_api_order_book_data_source, backpack_constants
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from test.hummingbot.conftest import own_workspace
from test.hummingbot.harness import Keys, Running, perpetual, until
from test.recordings.depth_exchange import PAIR, DepthExchange

__all__ = ["own_workspace"]

BOOK = {"bids": [["2681.00", "1.000"]], "asks": [["2681.10", "2.000"]]}
UPDATE = {"time_us": 1723161255088156, "bids": [["2681.05", "0.500"]], "asks": []}


@contextlib.asynccontextmanager
async def listening(exchange: DepthExchange, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    async with exchange.serve() as url:
        monkeypatch.setenv("BACKPACK_SIMULATOR_URL", url)
        connector = perpetual(Keys("", ""), [PAIR], trading_required=False)
        async with Running(connector):
            await until(
                lambda: connector.ready and PAIR in connector.trading_rules, 15, lambda: str(connector.status_dict)
            )
            yield connector
        await ConnectionsFactory().close()


async def test_re02_pings_of_the_exchange_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = DepthExchange(BOOK)
    async with listening(exchange, monkeypatch):
        for _ in range(3):
            assert await exchange.hear()


async def test_re02_a_socket_whose_silence_outlasts_our_ping_is_replaced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_constants, "WS_HEARTBEAT_TIME_INTERVAL", 0.2)
    exchange = DepthExchange(BOOK)
    async with listening(exchange, monkeypatch) as connector:
        exchange.is_mute = True
        await until(lambda: "Connection to the public streams lost" in caplog.text)
        exchange.is_mute = False
        await until(lambda: exchange.connections > 1 and connector.ready)


async def test_md07_a_refused_subscription_is_logged_and_repeated_until_frames_come(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_api_order_book_data_source, "Backoff", lambda *delays: Backoff((0.05,)))
    exchange = DepthExchange(BOOK)
    exchange.refusals = 2
    async with listening(exchange, monkeypatch) as connector:
        await until(lambda: exchange.is_heard)
        await exchange.send(exchange.advance(UPDATE))
        await until(lambda: connector.get_price(PAIR, False) == Decimal("2681.05"))
    assert caplog.text.count("A public stream was refused (4006: Invalid stream); asking again.") == 2
