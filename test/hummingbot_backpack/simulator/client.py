"""A small client for the simulator's tests; it signs with code of its own."""

import asyncio
import base64
import json
import time
from typing import Any

import aiohttp
from nacl.signing import SigningKey

from hummingbot_backpack.simulator import LocalBackpack

INSTRUCTIONS = {
    ("GET", "/api/v1/account"): "accountQuery",
    ("PATCH", "/api/v1/account"): "accountUpdate",
    ("GET", "/api/v1/capital"): "balanceQuery",
    ("GET", "/api/v1/capital/collateral"): "collateralQuery",
    ("GET", "/api/v1/position"): "positionQuery",
    ("GET", "/api/v1/borrowLend/positions"): "borrowLendPositionQuery",
    ("POST", "/api/v1/borrowLend"): "borrowLendExecute",
    ("GET", "/api/v1/account/limits/order"): "maxOrderQuantity",
    ("GET", "/api/v1/account/limits/borrow"): "maxBorrowQuantity",
    ("GET", "/api/v1/account/limits/withdrawal"): "maxWithdrawalQuantity",
    ("POST", "/api/v1/order"): "orderExecute",
    ("POST", "/api/v1/orders"): "orderExecute",
    ("GET", "/api/v1/order"): "orderQuery",
    ("GET", "/api/v1/orders"): "orderQueryAll",
    ("DELETE", "/api/v1/order"): "orderCancel",
    ("DELETE", "/api/v1/orders"): "orderCancelAll",
    ("GET", "/wapi/v1/history/fills"): "fillHistoryQueryAll",
    ("GET", "/wapi/v1/history/orders"): "orderHistoryQueryAll",
    ("GET", "/wapi/v1/history/funding"): "fundingHistoryQueryAll",
    ("GET", "/wapi/v1/history/settlement"): "settlementHistoryQueryAll",
    ("GET", "/wapi/v1/history/interest"): "interestHistoryQueryAll",
    ("GET", "/wapi/v1/history/borrowLend"): "borrowHistoryQueryAll",
    ("GET", "/wapi/v1/history/position"): "positionHistoryQueryAll",
}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Reply:
    """Status, headers and body of an answer."""

    def __init__(self, status: int, headers: Any, text: str) -> None:
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Signs with a key made at run time. `now_ms` replaces the clock."""

    def __init__(self, url: str, session: aiohttp.ClientSession, key: SigningKey | None = None) -> None:
        self.url, self._session = url, session
        self.signing_key = key or SigningKey.generate()
        self.public_key = base64.b64encode(bytes(self.signing_key.verify_key)).decode()
        self.now_ms = lambda: int(time.time() * 1000)

    def sign(self, text: str) -> str:
        return base64.b64encode(self.signing_key.sign(text.encode()).signature).decode()

    def headers(self, instruction: str, groups: list[dict[str, Any]], window: int = 5000) -> dict[str, str]:
        timestamp = self.now_ms()
        parts = []
        for params in groups:
            parts.append(f"instruction={instruction}")
            parts += [f"{name}={_text(params[name])}" for name in sorted(params)]
        parts.append(f"timestamp={timestamp}&window={window}")
        return {
            "X-API-Key": self.public_key,
            "X-Timestamp": str(timestamp),
            "X-Window": str(window),
            "X-Signature": self.sign("&".join(parts)),
            "Content-Type": "application/json; charset=utf-8",
        }

    async def public(self, path: str, method: str = "GET", **params: Any) -> Reply:
        async with self._session.request(method, self.url + path, params=params) as answer:
            return Reply(answer.status, answer.headers, await answer.text())

    async def call(self, method: str, path: str, body: Any = None, **params: Any) -> Reply:
        groups = body if isinstance(body, list) else [body] if body is not None else [params]
        headers = self.headers(INSTRUCTIONS[method, path], groups)
        data = None if body is None else json.dumps(body)
        async with self._session.request(method, self.url + path, params=params, data=data, headers=headers) as answer:
            return Reply(answer.status, answer.headers, await answer.text())

    async def order(self, symbol: str, side: str, quantity: str, price: str | None = None, **more: Any) -> Reply:
        body = {"symbol": symbol, "side": side, "quantity": quantity, **more}
        body["orderType"] = "Market" if price is None else "Limit"
        if price is not None:
            body["price"] = price
        return await self.call("POST", "/api/v1/order", body)

    async def stream(self, *names: str, sign: bool = False) -> aiohttp.ClientWebSocketResponse:
        socket = await self._session.ws_connect(self.url.replace("http", "ws", 1) + "/")
        message: dict[str, Any] = {"method": "SUBSCRIBE", "params": list(names)}
        if sign:
            headers = self.headers("subscribe", [{}])
            message["signature"] = [
                self.public_key, headers["X-Signature"], headers["X-Timestamp"], headers["X-Window"],
            ]  # fmt: skip
        await socket.send_str(json.dumps(message))
        return socket


async def until_listening(backpack: LocalBackpack, topics: int) -> None:
    """Wait until the simulator knows of so many subscriptions (it acknowledges none)."""
    async with asyncio.timeout(10):
        while len(backpack.hub.topics) < topics:
            await asyncio.sleep(0.005)
