"""What is retried, and how proxies are used, over real sockets."""

import asyncio
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_connections, backpack_requests
from hummingbot.connector.exchange.backpack.backpack_connections import (
    ProxiedConnectionsFactory,
    connections_for,
    websocket_proxy,
)
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind, error_from_transport
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from hummingbot.core.web_assistant.connections.data_types import RESTMethod

from test.hummingbot.harness import Keys, local_backpack, spot


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backpack_requests, "RETRY_DELAYS", (0.01, 0.02, 0.04))


async def test_re04_get_is_retried_three_times_after_5xx(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    async with local_backpack(monkeypatch) as backpack:
        connector = spot(Keys.new())
        backpack.faults.set("error_before", path="/api/v1/account", times=3)
        assert (await connector.refresh_account()).leverage > 0
        backpack.faults.set("error_before", path="/api/v1/account", times=4)
        with pytest.raises(BackpackError) as error:
            await connector.refresh_account()
        assert error.value.kind is ErrorKind.AMBIGUOUS


async def test_re04_orders_and_4xx_are_not_retried(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    async with local_backpack(monkeypatch) as backpack:
        connector = spot(Keys.new())
        backpack.faults.set("error_before", method="POST", times=1)
        body = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100", "quantity": "1"}
        with pytest.raises(BackpackError):
            await connector._requests.send_order(body)
        fault = backpack.faults.set("read_only_key", times=5)
        with pytest.raises(BackpackError) as error:
            await connector._requests.send_order(body)
        assert error.value.kind is ErrorKind.FATAL
        assert fault.times == 4


async def test_rl01_429_pauses_everything_and_is_tried_again(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    async with local_backpack(monkeypatch) as backpack:
        connector = spot(Keys.new())
        await connector.ensure_clock()
        paused: list[float] = []
        monkeypatch.setattr(connector._requests._budget, "pause", paused.append)
        backpack.faults.set("rate_limited", times=2)
        await connector.refresh_account()
        assert len(paused) == 2
        assert paused[1] > paused[0]


async def test_re04_204_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch):
        reply = await spot(Keys.new())._requests.request(RESTMethod.GET, "api/v1/ticker", {"symbol": "SOL_USDC"})
        assert reply.status in (200, 204)
        assert reply.status == 200 or reply.body is None


def test_re03_streams_take_their_own_proxy_else_the_one_of_https(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "wss://ws.backpack.exchange/"
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "BACKPACK_PROXY_WEBSOCKET"):
        monkeypatch.delenv(name, raising=False)
    assert websocket_proxy(url) is None
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    assert websocket_proxy(url) == "http://proxy:1"
    monkeypatch.setenv("NO_PROXY", "backpack.exchange")
    assert websocket_proxy(url) is None
    monkeypatch.setenv("BACKPACK_PROXY_WEBSOCKET", "http://user:pass@other:2")
    assert websocket_proxy(url) == "http://user:pass@other:2"


def test_re03_no_proxy_leads_to_this_machine() -> None:
    assert type(connections_for("http://127.0.0.1:1/")) is ConnectionsFactory
    assert type(connections_for("https://api.backpack.exchange/")) is ProxiedConnectionsFactory


async def test_re03_unreachable_proxy_is_one_sentence_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:hidden@127.0.0.1:9")
    monkeypatch.setenv("BACKPACK_PROXY_WEBSOCKET", "http://user:hidden@127.0.0.1:9")
    factory = ProxiedConnectionsFactory()
    monkeypatch.setattr(factory, "_shared_client", None)
    session = await factory._get_shared_client()
    for attempt in (_get(session), _connect(factory)):
        with pytest.raises(Exception) as caught:
            await attempt
        error = error_from_transport(caught.value)
        assert error.kind is ErrorKind.NOT_SENT
        assert error.message == "the proxy 127.0.0.1:9 cannot be reached"
        assert "hidden" not in str(error)
    await session.close()


async def _get(session: Any) -> Any:
    return await session.get("http://api.example.invalid/")


async def _connect(factory: ConnectionsFactory) -> Any:
    connection = await factory.get_ws_connection()
    assert isinstance(connection, backpack_connections.ProxiedWSConnection)
    async with asyncio.timeout(5):
        return await connection.connect("ws://api.example.invalid/")
