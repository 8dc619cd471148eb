"""Connections that honour proxies; certificates are always verified, and no proxy leads to this machine itself."""

import os
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from hummingbot.core.web_assistant.connections.ws_connection import WSConnection

WEBSOCKET_PROXY_VARIABLE = "BACKPACK_PROXY_WEBSOCKET"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ProxiedWSConnection(WSConnection):
    """Hummingbot's, through the streams' proxy."""

    async def connect(
        self,
        ws_url: str,
        ping_timeout: float = 10,
        message_timeout: float | None = None,
        ws_headers: dict[str, str] | None = None,
        max_msg_size: int | None = None,
    ) -> None:
        self._ensure_not_connected()
        options: dict[str, Any] = {}
        proxy = websocket_proxy(ws_url)
        if proxy is not None:
            options["proxy"] = proxy
        self._connection = await self._client_session.ws_connect(
            ws_url,
            headers=ws_headers,
            autoping=False,
            heartbeat=ping_timeout,
            max_msg_size=max_msg_size or self._MAX_MSG_SIZE,
            **options,
        )
        self._message_timeout = message_timeout
        self._connected = True


class ProxiedConnectionsFactory(ConnectionsFactory):
    """A session of its own for the process, which reads ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``."""

    _instance: ConnectionsFactory | None = None
    _shared_client: aiohttp.ClientSession | None = None

    async def get_ws_connection(self) -> WSConnection:
        return ProxiedWSConnection(aiohttp_client_session=await self._get_shared_client())

    async def _get_shared_client(self) -> aiohttp.ClientSession:
        if self._shared_client is None:
            self._shared_client = aiohttp.ClientSession(trust_env=True)
        return self._shared_client


def connections_for(url: str) -> ConnectionsFactory:
    """The connections that lead to a URL."""
    return ConnectionsFactory() if urlsplit(url).hostname in _LOOPBACK else ProxiedConnectionsFactory()


def websocket_proxy(ws_url: str) -> str | None:
    """``BACKPACK_PROXY_WEBSOCKET``, for the streams alone; else the proxy that HTTPS takes."""
    own = os.environ.get(WEBSOCKET_PROXY_VARIABLE)
    if own:
        return own
    host = urlsplit(ws_url).hostname
    if host is None or proxy_bypass(host):
        return None
    return getproxies().get("https" if ws_url.startswith("wss") else "http")
