"""The refusals of the exchange: a JSON body with a code, or plain text where a request does not parse."""


class ExchangeError(Exception):
    """Answered as ``{"code": …, "message": …}`` with an HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class PlainError(Exception):
    """Answered as plain text, as the exchange does when parameters or a payload do not parse."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def invalid_request(message: str) -> ExchangeError:
    return ExchangeError(400, "INVALID_CLIENT_REQUEST", message)


def invalid_order(message: str) -> ExchangeError:
    return ExchangeError(400, "INVALID_ORDER", message)


def not_found(message: str = "Not Found") -> ExchangeError:
    return ExchangeError(404, "RESOURCE_NOT_FOUND", message)


def unparsable_parameter(name: str, kind: str, why: str) -> PlainError:
    return PlainError(f'failed to parse parameter `{name}`: failed to parse "{kind}": {why}')


def unparsable_payload(kind: str, why: str, payload: str) -> PlainError:
    return PlainError(
        f'parse request payload error: failed to parse "{kind}": {why} (occurred while parsing "{payload}")'
    )
