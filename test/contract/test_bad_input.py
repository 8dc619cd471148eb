"""Bad input of every kind gets the exchange's error or a close, and a neighbour never notices."""

import json
import os
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from nacl.signing import SigningKey
from websockets.sync.client import connect

from hummingbot_backpack.simulator import SimulatorConfig, server, sessions
from test.contract.neighbour import ORDER, Neighbour, closes, frame, raw, refused, sockets, until, upgraded
from test.contract.running import Signer, ThreadedBackpack

LONG = "9" * 400
INSTRUCTIONS = {
    ("POST", "/api/v1/order"): "orderExecute",
    ("POST", "/api/v1/orders"): "orderExecute",
    ("DELETE", "/api/v1/order"): "orderCancel",
    ("DELETE", "/api/v1/orders"): "orderCancelAll",
    ("PATCH", "/api/v1/account"): "accountUpdate",
    ("POST", "/api/v1/borrowLend"): "borrowLendExecute",
}
NO_JSON = (
    b"{", b"", b"\xff\xfe", b"{'symbol': 1}", b"nul", b'{"symbol": "SOL_USDC_PERP"', b"[[[[", b"[" * 10_000, b"NaN",
    b'{"price": NaN}', b'{"price": Infinity}', b'{"price": 1e400}', b'{"clientId": ' + LONG.encode() + b"}",
    b'{"a": "\\ud800"}', b"\x00\x00\x00\x00",
)  # fmt: skip
OF_NO_USE: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e300, "", "x", [], {}, [[]], {"a": {"b": []}}, "NaN", "-1", "1e400", LONG, "0." + LONG,
)  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[ThreadedBackpack]:
    patch = pytest.MonkeyPatch()
    patch.setattr(sessions, "WAITING_LIMIT", 256 * 1024)
    patch.setattr(server, "PONG_WITHIN", 2.0)
    config = SimulatorConfig(
        port=0, flow=None, rate_limit=None, historical_limit=None, ping_interval=0.25, request_within=0.5,
        balances={"USDC": "1000000", "SOL": "1000"},
    )  # fmt: skip
    with ThreadedBackpack(config) as backpack:
        yield backpack
    patch.undo()


@pytest.fixture
def neighbour(running: ThreadedBackpack) -> Iterator[Neighbour]:
    with Neighbour(running) as one:
        yield one


@pytest.fixture(scope="module")
def send(running: ThreadedBackpack) -> Callable[..., requests.Response]:
    session, key = requests.Session(), SigningKey.generate()

    def one(method: str, path: str, body: bytes | None = None, query: str = "", instruction: str = "") -> Any:
        auth = Signer(instruction or INSTRUCTIONS.get((method, path), ""), key)
        return session.request(method, running.url + path + query, data=body, auth=auth, timeout=30)

    return one


@pytest.mark.parametrize(("method", "path"), list(INSTRUCTIONS))
def test_si01_what_is_no_json_is_refused(
    send: Callable[..., requests.Response], neighbour: Neighbour, method: str, path: str
) -> None:
    for body in NO_JSON:
        refused(send(method, path, body))


@pytest.mark.parametrize(("method", "path"), list(INSTRUCTIONS))
def test_si01_values_of_wrong_type_or_size_are_refused_and_change_nothing(
    send: Callable[..., requests.Response], neighbour: Neighbour, method: str, path: str
) -> None:
    good: dict[str, Any] = {
        "/api/v1/order": {**ORDER, "clientId": 1} if method == "POST" else {"symbol": ORDER["symbol"], "orderId": "1"},
        "/api/v1/account": {"leverageLimit": "5"},
        "/api/v1/borrowLend": {"symbol": "USDC", "side": "Lend", "quantity": "1"},
        "/api/v1/orders": ORDER if method == "POST" else {"symbol": ORDER["symbol"]},
    }[path]
    batch = path.endswith("orders") and method == "POST"
    for name in good:
        for value in OF_NO_USE:
            body: Any = {**good, name: value}
            answer = send(method, path, json.dumps([body] if batch else body).encode())
            if answer.status_code != 200:
                refused(answer)
            elif batch:
                assert answer.json()[0]["operation"] == "Err" or value in (0, None, False, True), (
                    name,
                    value,
                    answer.text,
                )
            else:
                harmless = value is None or (name, value) in (("clientId", 0), ("postOnly", True), ("quantity", "-1"))
                assert harmless, (name, value, answer.text)
    for body in OF_NO_USE:
        answer = send(method, path, json.dumps(body).encode())
        if answer.status_code == 200:
            assert body == [] or path == "/api/v1/account", body  # unknown settings are passed over
        else:
            refused(answer)
    send("DELETE", "/api/v1/orders", json.dumps({"symbol": ORDER["symbol"]}).encode())


def test_si01_queries_with_absurd_values_are_refused(
    send: Callable[..., requests.Response], neighbour: Neighbour
) -> None:
    absurd = (
        "",
        "x",
        "-1",
        "1e400",
        "NaN",
        LONG,
        "0." + LONG,
        "%00",
        "%FF%FE",
        "1" * 6000,
        "null",
        "[]",
        "9223372036854775808",
    )
    for value in absurd:
        for path, name, rest, instruction in (
            ("/api/v1/depth", "symbol", "", ""),
            ("/api/v1/depth", "limit", "&symbol=SOL_USDC", ""),
            ("/api/v1/trades", "limit", "&symbol=SOL_USDC", ""),
            ("/api/v1/klines", "startTime", "&symbol=SOL_USDC&interval=1m", ""),
            ("/api/v1/klines", "interval", "&symbol=SOL_USDC&startTime=1", ""),
            ("/api/v1/order", "orderId", "&symbol=SOL_USDC", "orderQuery"),
            ("/api/v1/order", "clientId", "&symbol=SOL_USDC", "orderQuery"),
            ("/wapi/v1/history/fills", "limit", "", "fillHistoryQueryAll"),
            ("/wapi/v1/history/fills", "offset", "", "fillHistoryQueryAll"),
            ("/wapi/v1/history/orders", "sortDirection", "", "orderHistoryQueryAll"),
            ("/api/v1/account/limits/order", "price", "&symbol=SOL_USDC&side=Bid", "maxOrderQuantity"),
        ):
            answer = send("GET", path, query=f"?{name}={value}{rest}", instruction=instruction)
            if name == "price" and answer.status_code == 200:
                assert value == absurd[-1] and answer.json()["maxOrderQuantity"] == "0"  # large, and still a price
            else:
                refused(answer)
    far = send("GET", "/api/v1/klines", query="?symbol=SOL_USDC&interval=1s&startTime=0")
    refused(far)


def test_si01_broken_headers_are_refused(running: ThreadedBackpack, neighbour: Neighbour) -> None:
    good = Signer("balanceQuery", SigningKey.generate())(
        requests.Request("GET", running.url + "/api/v1/capital").prepare()
    ).headers
    url = running.url + "/api/v1/capital"
    assert requests.get(url, headers=good, timeout=20).status_code == 200
    for name in ("X-API-Key", "X-Timestamp", "X-Window", "X-Signature"):
        for value in ("", "x", "-1", "1e400", LONG, "9" * 4000, "0", "AAAA", "٣", "=" * 88):
            if name == "X-Window" and value == "":
                continue
            headers: dict[str, str | bytes] = {**good, name: value.encode()}
            refused(requests.get(url, headers=headers, timeout=20))


def test_si01_a_million_orders_in_one_batch_are_refused(
    send: Callable[..., requests.Response], neighbour: Neighbour
) -> None:
    refused(send("POST", "/api/v1/orders", b"[" + b"{}," * 999_999 + b"{}]"))
    refused(send("POST", "/api/v1/orders", b"[" + b"{}," * 300_000 + b"{}]"))
    refused(send("POST", "/api/v1/orders", json.dumps([ORDER] * 5000).encode()))


def test_si01_bodies_too_large_are_refused_however_they_come(running: ThreadedBackpack, neighbour: Neighbour) -> None:
    head = b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\n"
    with raw(running) as declared:
        declared.sendall(head + b"Content-Length: 99999999999\r\n\r\n")
        assert declared.recv(4096).startswith(b"HTTP/1.1 413")
    with raw(running) as chunked:
        chunked.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        received = b""
        try:
            for _ in range(200):
                chunked.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except OSError:
            pass  # it had enough
        try:
            received = chunked.recv(4096)
        except OSError:
            pass
        assert received == b"" or received.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"GET /api/v1/markets HT",
        b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
    ids=["nothing", "half a line", "half a header", "half a body", "half a chunk"],
)
def test_si01_clients_that_never_finish_a_request_are_closed(
    running: ThreadedBackpack, neighbour: Neighbour, begin: bytes
) -> None:
    clients = [raw(running) for _ in range(20)]
    for one in clients:
        one.sendall(begin)
    neighbour.goes_on()
    for one in clients:
        assert not closes(one).startswith(b"HTTP/1.1 200")
        one.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\r\n" * 5000, b"GET " + b"/" * 100_000, b"x" * 100_000,
        b"GET / HTTP/9.9\r\n\r\n", b"GET /api/v1/time HTTP/1.1\r\n" + b"A: b\r\n" * 50_000,
    ],
    ids=["a TLS greeting", "empty lines", "a long path", "a long word", "a version to come", "headers without end"],
)  # fmt: skip
def test_si01_what_is_no_http_is_answered_400_or_closed(
    running: ThreadedBackpack, neighbour: Neighbour, garbage: bytes
) -> None:
    with raw(running) as one:
        try:
            one.sendall(garbage)
        except OSError:
            return
        answer = closes(one)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), answer[:200]


def test_si01_clients_that_vanish_in_the_middle_leave_nothing(running: ThreadedBackpack, neighbour: Neighbour) -> None:
    for begin in (b"GET /api/v1/mark", b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"):
        for ending in ("reset", "half"):
            one = raw(running)
            one.sendall(begin)
            if ending == "reset":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                one.shutdown(socket.SHUT_WR)
                closes(one)
            one.close()


def test_si01_a_subscriber_that_never_reads_is_cut_off(running: ThreadedBackpack, neighbour: Neighbour) -> None:
    before = sockets(running)
    one = upgraded(running)
    subscribe = {"method": "SUBSCRIBE", "params": ["depth.SOL_USDC", "bookTicker.SOL_USDC"]}
    one.sendall(frame(json.dumps(subscribe).encode()))
    exchange = running.backpack.exchange
    trader = running.run(lambda: exchange.trader("busy", USDC="100000000"))

    def storm() -> None:
        for number in range(300):
            order = exchange.order(trader, "SOL_USDC", "Bid", "1", f"{120 + number / 100:.2f}", postOnly=True)
            exchange.engine.cancel(trader, order)

    def cut() -> bool:
        running.run(storm)
        return sockets(running) <= before

    until(cut, "a subscriber that never reads is still served")
    one.close()


def test_si01_a_socket_whose_other_end_answers_no_ping_is_closed(
    running: ThreadedBackpack, neighbour: Neighbour
) -> None:
    before = sockets(running)
    one = upgraded(running)
    until(lambda: sockets(running) == before + 1, "the socket is not known")
    received = closes(one)
    assert received[:1] == b"\x89", "it was pinged first"
    one.close()
    until(lambda: sockets(running) == before, "the socket is still known")


def test_si01_bad_frames_get_an_error_or_a_close(running: ThreadedBackpack, neighbour: Neighbour) -> None:
    parse_error = {"id": None, "error": {"code": 4002, "message": "Parse error"}}
    bad = ("{", "[]", "1", "null", '"x"', "{}", '{"method":"SUBSCRIBE"}', '{"method":"SUBSCRIBE","params":"x"}',
           '{"method":"SUBSCRIBE","params":[1]}', '{"method":"SUBSCRIBE","params":{"a":1}}', '{"method":1,"params":[]}',
           "[" * 5000, "\x00", '{"method":"SUBSCRIBE","params":[null]}')  # fmt: skip
    with connect(running.url.replace("http", "ws") + "/") as stream:
        for text in bad:
            stream.send(text)
            assert json.loads(stream.recv(20)) == parse_error, text
        names = ("", ".", "depth", "depth.", "kline", "kline.1m", "account", "account.x", "x" * 10_000, "trade." * 1000)
        for name in names:
            stream.send(json.dumps({"method": "SUBSCRIBE", "params": [name]}))
            code = json.loads(stream.recv(20))["error"]["code"]
            assert code == 4006 or name.startswith("trade."), name
            if name.startswith("account"):
                assert code in (4003, 4006)
            if name == names[-2]:
                break
        for signature in (None, 1, [], ["a"], ["", "", "", ""], ["x", "y", "-1", LONG], [1, 2, 3, 4], {"a": 1}):
            message = {"method": "SUBSCRIBE", "params": ["account.orderUpdate"], "signature": signature}
            stream.send(json.dumps(message))
            assert json.loads(stream.recv(20))["error"]["code"] == 4003, signature
        stream.send(b"\x00\xff binary")
        stream.send(json.dumps({"method": "UNSUBSCRIBE", "params": ["never.there", ""]}))
        stream.send("{")
        assert json.loads(stream.recv(20)) == parse_error
    for payload in (b"\xff\xff\xff\xff", os.urandom(200), bytes([0x8F, 0x80, 0, 0, 0, 0]), frame(b"\xff\xfe")):
        with upgraded(running) as one:
            one.sendall(payload)
            closes(one)
    with upgraded(running) as one:
        try:
            one.sendall(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 1_000_000)
        except OSError:
            pass
        closes(one)


def test_si05_absurd_faults_are_refused_in_one_sentence_and_others_leave_a_working_exchange() -> None:
    config = SimulatorConfig(port=0, flow="calm", rate_limit=None)
    settings = ("kind", "times", "seconds", "probability", "value", "jitter", "path", "stream", "key", "symbol", "x")
    with ThreadedBackpack(config) as backpack, requests.Session() as session:
        faults, signer = backpack.url + "/simulator/faults", Signer("balanceQuery", SigningKey.generate())
        for kind in ("rate_limited", "clock_skew", "flash_move", "market_state", "empty_book", "liquidation"):
            for name in settings:
                for value in (*OF_NO_USE, 1e9, -1e9, -100):
                    fault = {"kind": kind, "symbol": "SOL_USDC_PERP", name: value}
                    answer = session.post(faults, data=json.dumps(fault), timeout=20)
                    if answer.status_code != 200:
                        refused(answer)
                    depth = session.get(backpack.url + "/api/v1/depth?symbol=SOL_USDC_PERP", timeout=20)
                    assert depth.status_code in (200, 404, 429), (fault, depth.text)
                    cleared = session.delete(faults, timeout=20)
                    assert cleared.status_code == 200 and cleared.json()["faults"] == [], cleared.text
        for path in ("faults", "flow", "deposit"):
            for body in (*NO_JSON, *(json.dumps(one).encode() for one in OF_NO_USE)):
                refused(session.post(f"{backpack.url}/simulator/{path}", data=body, timeout=20))
        assert session.get(backpack.url + "/api/v1/capital", auth=signer, timeout=20).status_code == 200
        trades = running_trades(session, backpack.url)
        until(lambda: running_trades(session, backpack.url) > trades, "the market has stopped")


def running_trades(session: requests.Session, url: str) -> int:
    """Trades of all markets so far."""
    return sum(one["trades"] for one in session.get(f"{url}/simulator/state", timeout=20).json()["markets"].values())
