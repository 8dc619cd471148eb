"""A local Backpack that commands and bots only reach through a proxy with a password, as a real exchange may be."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hummingbot_backpack.simulator import LocalBackpack
from test.hummingbot.proxy import Proxy, TLSFront, certificate

HOST = "exchange.backpack.test"
"""A name that no resolver knows and no NO_PROXY covers."""


@dataclass
class Behind:
    """
    :param proxy: where the connections come by
    :param environment: of the processes that go through it
    """

    proxy: Proxy
    environment: dict[str, str]


@contextlib.contextmanager
def behind_proxy(backpack: LocalBackpack, folder: Path, password: str) -> Iterator[Behind]:
    """Serve `backpack` under `HOST`, behind TLS and a proxy; REST, streams and our own commands need both.

    :param folder: where the certificate is kept
    """
    context, file = certificate(folder, HOST)
    front = TLSFront(urlsplit(backpack.url).port or 0)
    ready, over = threading.Event(), asyncio.Event()
    proxies: list[Proxy] = []

    async def serve() -> None:
        async with front.serve(context):
            proxy = Proxy(front.port, password)
            async with proxy.serve():
                proxies.append(proxy)
                ready.set()
                await over.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="proxy", daemon=True)
    thread.start()
    assert ready.wait(10)
    environment = {
        "BACKPACK_SIMULATOR_URL": f"https://{HOST}",
        "HTTPS_PROXY": proxies[0].url(),
        "BACKPACK_PROXY_WEBSOCKET": proxies[0].url(),
        "NO_PROXY": "127.0.0.1,localhost",
        "SSL_CERT_FILE": str(file),
    }
    try:
        yield Behind(proxies[0], environment)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()
