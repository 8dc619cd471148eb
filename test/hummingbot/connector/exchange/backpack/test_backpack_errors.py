import json

import aiohttp
import pytest
from hummingbot.connector.exchange.backpack.backpack_errors import (
    ErrorKind,
    error_from_answer,
    error_from_item,
    error_from_transport,
    is_post_only_cross,
)

K = ErrorKind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, ("INVALID_CLIENT_REQUEST", "Invalid market symbol"), K.REJECTED),
        (400, ("INVALID_CLIENT_REQUEST", "Request has expired"), K.CLOCK),
        (400, ("INVALID_CLIENT_REQUEST", "Invalid timestamp"), K.CLOCK),
        (400, ("INVALID_CLIENT_REQUEST", "Invalid signature"), K.FATAL),
        (400, ("INVALID_CLIENT_REQUEST", "Order not found"), K.NOT_FOUND),
        (404, ("RESOURCE_NOT_FOUND", "Not Found"), K.NOT_FOUND),
        (400, ("INVALID_ORDER", "Order would immediately match and take"), K.REJECTED),
        (400, ("INSUFFICIENT_FUNDS", "Insufficient funds"), K.REJECTED),
        (400, "parse request payload error", K.REJECTED),
        (404, "404 not found", K.NOT_FOUND),
        (401, ("UNAUTHORIZED", "Unauthorized"), K.FATAL),
        (403, ("FORBIDDEN", "Forbidden"), K.FATAL),
        (403, "<html>blocked</html>", K.FATAL),
        (429, "", K.TRY_LATER),
        (429, ("TOO_MANY_REQUESTS", "slow down"), K.TRY_LATER),
        (500, ("SERVER_ERROR", "x"), K.AMBIGUOUS),
        (503, ("MAINTENANCE", "x"), K.AMBIGUOUS),
        (503, "<html>Unknown error</html>", K.AMBIGUOUS),
    ],
)
def test_d6_kind_of_an_answer(status: int, body: tuple[str, str] | str, kind: ErrorKind) -> None:
    text = body if isinstance(body, str) else json.dumps({"code": body[0], "message": body[1]})
    assert error_from_answer(status, text).kind is kind


def test_d6_only_a_connection_never_made_is_not_sent() -> None:
    key = aiohttp.client_reqrep.ConnectionKey("localhost", 1, False, True, None, None, None)
    assert error_from_transport(aiohttp.ClientConnectorError(key, OSError())).kind is K.NOT_SENT
    for error in (TimeoutError(), aiohttp.ServerDisconnectedError(), ConnectionResetError()):
        assert error_from_transport(error).kind is K.AMBIGUOUS


def test_or08_item_of_a_batch_has_its_own_kind() -> None:
    error = error_from_item({"operation": "Err", "code": "INSUFFICIENT_FUNDS", "message": "Insufficient funds"})
    assert error.kind is K.REJECTED
    assert error.reason == "INSUFFICIENT_FUNDS: Insufficient funds"


def test_or07_cross_of_a_post_only_order_is_recognised() -> None:
    body = {"code": "INVALID_ORDER", "message": "Order would immediately match and take"}
    assert is_post_only_cross(error_from_answer(400, json.dumps(body)))
    assert not is_post_only_cross(error_from_answer(503, json.dumps(body)))
