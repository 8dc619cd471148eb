"""The connector behind a proxy that works, one that wants another password, and one that is not there."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from hummingbot.connector.exchange.backpack.backpack_connections import ProxiedConnectionsFactory
from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.network_iterator import NetworkStatus

from test.hummingbot.harness import Keys, Running, local_backpack, until
from test.hummingbot.proxy import PASSWORD, Proxy, TLSFront, certificate

REST, STREAMS = "api.backpack.exchange", "ws.backpack.exchange"
PAIR = "SOL-USDC"


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange's own names lead nowhere unless a proxy takes them."""
    resolve = aiohttp.TCPConnector._resolve_host

    async def resolved(self: Any, host: str, *arguments: Any, **options: Any) -> Any:
        if host != "127.0.0.1":
            raise OSError(f"{host} was to be reached without a proxy")
        return await resolve(self, host, *arguments, **options)

    monkeypatch.setattr(aiohttp.TCPConnector, "_resolve_host", resolved)
    monkeypatch.setattr(ProxiedConnectionsFactory, "_instance", None)
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "BACKPACK_PROXY_WEBSOCKET"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@contextlib.asynccontextmanager
async def exchange_behind(monkeypatch: pytest.MonkeyPatch, folder: Path, trust: bool) -> AsyncIterator[tuple[Any, int]]:
    """A local Backpack behind TLS under the real exchange's names, and the port of that."""
    context, file = certificate(folder, REST, STREAMS)
    if trust:
        monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=str(file)))
    async with local_backpack(monkeypatch) as backpack:
        front = TLSFront(urlsplit(backpack.url).port or 0)
        async with front.serve(context):
            try:
                yield backpack, front.port
            finally:
                await ProxiedConnectionsFactory().close()


def live(keys: Keys) -> BackpackExchange:
    return BackpackExchange(keys.public, keys.secret, trading_pairs=[PAIR])


async def test_re03_everything_goes_through_the_proxy_of_https(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with exchange_behind(monkeypatch, tmp_path, trust=True) as (backpack, port):
        proxy = Proxy(port)
        async with proxy.serve():
            monkeypatch.setenv("HTTPS_PROXY", proxy.url())
            keys = Keys.new()
            async with Running(live(keys)) as run:
                await run.ready()
                order_id = run.connector.buy(PAIR, Decimal(1), OrderType.LIMIT_MAKER, Decimal("140"))
                await until(lambda: backpack.exchange.known_account(keys.public).open_orders)
                await until(lambda: (order := run.order(order_id)) and order.is_open)
                await run.connector.cancel_all(5)
                assert not backpack.exchange.known_account(keys.public).open_orders
            assert set(proxy.hosts) == {f"{REST}:443", f"{STREAMS}:443"}
    assert PASSWORD not in caplog.text


async def test_re03_the_streams_can_have_a_proxy_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with exchange_behind(monkeypatch, tmp_path, trust=True) as (_, port):
        ours, theirs = Proxy(port), Proxy(port)
        async with ours.serve(), theirs.serve():
            monkeypatch.setenv("HTTPS_PROXY", ours.url())
            monkeypatch.setenv("BACKPACK_PROXY_WEBSOCKET", theirs.url())
            async with Running(live(Keys.new())) as run:
                await run.ready()
            assert set(ours.hosts) == {f"{REST}:443"}
            assert set(theirs.hosts) == {f"{STREAMS}:443"}


async def test_re03_a_certificate_that_nobody_vouches_for_is_refused_through_a_proxy_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with exchange_behind(monkeypatch, tmp_path, trust=False) as (_, port):
        proxy = Proxy(port)
        async with proxy.serve():
            monkeypatch.setenv("HTTPS_PROXY", proxy.url())
            connector = live(Keys.new())
            assert await connector.check_network() is NetworkStatus.NOT_CONNECTED
            session = await ProxiedConnectionsFactory()._get_shared_client()
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.ws_connect(f"wss://{STREAMS}/", proxy=proxy.url())
            assert proxy.hosts and "certificate" in caplog.text.lower()
    assert PASSWORD not in caplog.text


def test_re03_tls_is_1_2_or_newer_and_verifies() -> None:
    context = aiohttp.connector._SSL_CONTEXT_VERIFIED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname


@pytest.mark.parametrize(
    ("proxy_there", "sentence"),
    [
        (False, "the exchange cannot be reached (the proxy 127.0.0.1:9 cannot be reached)"),
        (True, "the exchange cannot be reached (the proxy refused the connection with status 407)"),
    ],
    ids=["not there", "another password"],
)
async def test_re03_a_proxy_that_does_not_serve_is_one_sentence_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    proxy_there: bool,
    sentence: str,
) -> None:
    caplog.set_level("DEBUG")
    wrong = f"{PASSWORD}-wrong"
    async with exchange_behind(monkeypatch, tmp_path, trust=True) as (_, port):
        proxy = Proxy(port)
        async with proxy.serve():
            monkeypatch.setenv("HTTPS_PROXY", proxy.url(wrong) if proxy_there else f"http://u:{wrong}@127.0.0.1:9")
            connector = live(Keys.new())
            for _ in range(3):
                assert await connector.check_network() is NetworkStatus.NOT_CONNECTED
    assert caplog.text.count(sentence) == 1
    assert PASSWORD not in caplog.text
