"""Somebody who trades on while others misbehave, and raw sockets to misbehave with."""

import json
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import requests
from nacl.signing import SigningKey
from websockets.sync.client import connect

from test.contract.running import Signer, ThreadedBackpack

ORDER: dict[str, Any] = {
    "symbol": "SOL_USDC_PERP",
    "side": "Bid",
    "orderType": "Limit",
    "price": "140",
    "quantity": "1",
    "postOnly": True,
}


class Neighbour:
    """Somebody else who trades and listens all the while; a ``with`` block fails if that was disturbed."""

    def __init__(self, running: ThreadedBackpack) -> None:
        self._url, self._key = running.url, SigningKey.generate()
        self._stop, self._thread = threading.Event(), threading.Thread(target=self._trade)
        self.rounds, self.error = 0, ""

    def _trade(self) -> None:
        try:
            with requests.Session() as session, connect(self._url.replace("http", "ws") + "/") as stream:
                stream.send(json.dumps({"method": "SUBSCRIBE", "params": ["depth.BTC_USDC_PERP"]}))
                while not self._stop.is_set():
                    body = {**ORDER, "symbol": "BTC_USDC_PERP", "price": "80000", "quantity": "0.001"}
                    placed = self._send(session, "POST", "orderExecute", body)
                    self._send(session, "DELETE", "orderCancel", {"symbol": body["symbol"], "orderId": placed["id"]})
                    while json.loads(stream.recv(20))["data"]["b"] != [["80000.0", "0.00000"]]:
                        pass
                    self.rounds += 1
        except Exception as error:
            self.error = repr(error)

    def _send(self, session: requests.Session, method: str, instruction: str, body: dict[str, Any]) -> Any:
        signer = Signer(instruction, self._key)
        answer = session.request(method, f"{self._url}/api/v1/order", data=json.dumps(body), auth=signer, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _wait_for(self, rounds: int) -> None:
        limit = time.monotonic() + 30
        while self.rounds < rounds and not self.error:
            assert time.monotonic() < limit, f"the neighbour hangs after {self.rounds} rounds"
            time.sleep(0.005)
        assert not self.error, self.error

    def __enter__(self) -> "Neighbour":
        self._thread.start()
        self._wait_for(2)
        return self

    def goes_on(self) -> None:
        """Waits until two more rounds were traded."""
        self._wait_for(self.rounds + 2)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.goes_on()
        finally:
            self._stop.set()
            self._thread.join(30)


def refused(answer: requests.Response) -> None:
    """The exchange's refusal: a code and a message, or plain text with a 400 (413 for what is too large)."""
    if answer.headers["Content-Type"].startswith("application/json"):
        assert set(answer.json()) == {"code", "message"} and 400 <= answer.status_code < 500, answer.text
    else:
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.status_code in (400, 413) and 0 < len(answer.text) < 1000, answer.text[:300]


def raw(running: ThreadedBackpack) -> socket.socket:
    parts = urlsplit(running.url)
    one = socket.create_connection((parts.hostname, parts.port), timeout=20)
    return one


def closes(one: socket.socket) -> bytes:
    """Everything until the other side closes; fails if it does not within the socket's timeout."""
    received = b""
    try:
        while data := one.recv(65536):
            received = (received + data)[:1000]
    except ConnectionError:
        pass
    return received


def upgraded(running: ThreadedBackpack) -> socket.socket:
    """A raw stream socket after its handshake."""
    one = raw(running)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.sendall(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert one.recv(4096).startswith(b"HTTP/1.1 101")
    return one


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """A masked client frame (mask 0)."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload


def sockets(running: ThreadedBackpack) -> int:
    return running.run(lambda: len(running.backpack.hub.sessions))


def until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.01)
