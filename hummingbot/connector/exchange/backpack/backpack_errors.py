"""What a failure means: one table that the order path, the poller and the streams read."""

import asyncio
import json
from enum import Enum

import aiohttp


class ErrorKind(Enum):
    """What may be done after a failed request.

    REJECTED: the exchange said no, final. NOT_FOUND: it knows no such thing. NOT_SENT: it never left, safe to repeat.
    AMBIGUOUS: sent, no usable answer; look it up before anything else. TRY_LATER: refused for now, before it was acted
    on. CLOCK: synchronise, once. FATAL: the key does not allow it.
    """

    REJECTED = "rejected"
    NOT_FOUND = "not found"
    NOT_SENT = "not sent"
    AMBIGUOUS = "ambiguous"
    TRY_LATER = "try later"
    CLOCK = "clock"
    FATAL = "fatal"


class BackpackError(IOError):
    """A request that did not succeed.

    :param kind: what may be done about it
    :param status: HTTP status, None when there was no answer
    :param code: the exchange's error code, empty when its answer had none
    :param message: the exchange's own words, or what went wrong on the way
    """

    def __init__(self, kind: ErrorKind, status: int | None, code: str, message: str, request: str = "") -> None:
        self.kind = kind
        self.status = status
        self.code = code
        self.message = message
        where = f"Error executing request {request}. " if request else ""
        http = f"HTTP status is {status}. " if status is not None else ""
        what = json.dumps({"code": code, "message": message}) if code else message
        super().__init__(f"{where}{http}Error: {what}")

    @property
    def reason(self) -> str:
        """The exchange's words in short, for a log line."""
        return f"{self.code}: {self.message}" if self.code else self.message


MAINTENANCE = "MAINTENANCE"

_KIND_BY_CODE = {
    "RESOURCE_NOT_FOUND": ErrorKind.NOT_FOUND,
    "UNAUTHORIZED": ErrorKind.FATAL,
    "FORBIDDEN": ErrorKind.FATAL,
    "INVALID_SIGNATURE": ErrorKind.FATAL,
    "ACCOUNT_DEACTIVATED": ErrorKind.FATAL,
    "TOO_MANY_REQUESTS": ErrorKind.TRY_LATER,
    "TOO_EARLY": ErrorKind.TRY_LATER,
    "TRADING_PAUSED": ErrorKind.TRY_LATER,
    # As an item of a batch, or under 500: refused. Behind a 503 the order may stand all the same.
    MAINTENANCE: ErrorKind.TRY_LATER,
    "SERVER_ERROR": ErrorKind.AMBIGUOUS,
    "TIMEOUT": ErrorKind.AMBIGUOUS,
}

# The exchange answers INVALID_CLIENT_REQUEST for several things; its words tell them apart.
_KIND_BY_WORDS = (
    ("request has expired", ErrorKind.CLOCK),
    ("timestamp", ErrorKind.CLOCK),
    ("order not found", ErrorKind.NOT_FOUND),
    ("invalid signature", ErrorKind.FATAL),
    ("invalid x-signature", ErrorKind.FATAL),
    ("invalid x-api-key", ErrorKind.FATAL),
    ("invalid api key", ErrorKind.FATAL),
)

POST_ONLY_WORDS = "immediately match"


def classify(status: int, code: str, message: str) -> ErrorKind:
    """The kind of an answer of 400 or above."""
    if status == 429:
        return ErrorKind.TRY_LATER
    # Whatever the body says: behind a 5xx the order may stand (503 after acceptance).
    if status >= 500:
        return ErrorKind.AMBIGUOUS
    if code in ("", "INVALID_CLIENT_REQUEST", "INVALID_ORDER"):
        words = message.lower()
        for part, kind in _KIND_BY_WORDS:
            if part in words:
                return kind
    if code in _KIND_BY_CODE:
        return _KIND_BY_CODE[code]
    if status in (401, 403):
        return ErrorKind.FATAL
    if status == 404:
        return ErrorKind.NOT_FOUND
    return ErrorKind.REJECTED


def error_from_answer(status: int, text: str, request: str = "") -> BackpackError:
    """From an answer of 400 or above, whose body is JSON, plain text, or a proxy's HTML."""
    code, message = "", text
    try:
        body = json.loads(text)
        if isinstance(body, dict):
            code, message = str(body.get("code") or ""), str(body.get("message") or "")
    except ValueError:
        if "<html" in text.lower():
            message = "N/A"
    return BackpackError(classify(status, code, message), status, code, message, request)


def error_from_item(item: dict[str, object]) -> BackpackError:
    """From one item of a batch answer whose ``operation`` is ``Err``: the batch was processed, so its 200 stands."""
    code, message = str(item.get("code") or ""), str(item.get("message") or "")
    return BackpackError(classify(400, code, message), 200, code, message)


def error_from_transport(error: BaseException, request: str = "") -> BackpackError:
    """From an exception on the way. Only a connection that was never made is certain not to have carried anything."""
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        kind, message = ErrorKind.NOT_SENT, f"the proxy {error.host}:{error.port} cannot be reached"
    elif isinstance(error, aiohttp.ClientHttpProxyError):
        # Its own text holds the proxy's address with the password.
        kind, message = ErrorKind.NOT_SENT, f"the proxy refused the connection with status {error.status}"
    elif isinstance(error, aiohttp.ClientConnectorCertificateError):
        kind, message = ErrorKind.NOT_SENT, f"the certificate of {error.host}:{error.port} is not to be trusted"
    elif isinstance(error, aiohttp.ClientConnectorError):
        kind, message = ErrorKind.NOT_SENT, f"no connection to {error.host}:{error.port}"
    elif isinstance(error, asyncio.TimeoutError):
        kind, message = ErrorKind.AMBIGUOUS, "no answer in time"
    else:
        kind, message = ErrorKind.AMBIGUOUS, f"{type(error).__name__}: {error}"
    return BackpackError(kind, None, "", message, request)


def is_post_only_cross(error: BackpackError) -> bool:
    """Whether a post-only order was refused because it would have taken."""
    return error.kind is ErrorKind.REJECTED and POST_ONLY_WORDS in error.message.lower()


def is_market_state(error: BackpackError) -> bool:
    """Whether an order was refused because its market takes no such orders now."""
    return error.code in ("TRADING_PAUSED", "TOO_EARLY") or "market state" in error.message.lower()


def is_maintenance(error: BaseException) -> bool:
    """Whether the exchange did not act on it because it is under maintenance, as far as it says."""
    return isinstance(error, BackpackError) and error.code == MAINTENANCE
