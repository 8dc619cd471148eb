"""Ed25519 signatures of requests and of the private stream's subscription."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest, WSJSONRequest, WSRequest
from hummingbot.logger import HummingbotLogger
from nacl import bindings as sodium

SEED_BYTES = 32
SECRET_SENTENCE = "backpack_api_secret must be the base64 of 32 or 64 bytes, as the exchange shows it with a new key."
_BODY_METHODS = (RESTMethod.POST, RESTMethod.PATCH, RESTMethod.DELETE)


def wire_text(value: Any) -> str:
    """A parameter's value as it is sent and signed: booleans in lower case, numbers without an exponent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def signed_message(
    instruction: str,
    parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    timestamp_ms: int,
    window_ms: int,
) -> str:
    """The text that is signed: per order ``instruction`` and its sorted parameters, then time and window once.

    :param parameters: what is sent, query or body; a sequence for a batch. None values are in neither.
    """
    groups = [parameters] if isinstance(parameters, Mapping) else parameters
    parts = []
    for group in groups:
        parts.append(f"instruction={instruction}")
        parts.extend(f"{name}={wire_text(group[name])}" for name in sorted(group) if group[name] is not None)
    parts.append(f"timestamp={timestamp_ms}&window={window_ms}")
    return "&".join(parts)


def key_pair(secret: str) -> tuple[bytes, bytes]:
    """Public key and signing key (64 bytes, as libsodium wants it) of a secret, whose first 32 bytes are the seed.

    :raises ValueError: a sentence that never shows the value
    """
    try:
        raw = base64.b64decode(secret.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(SECRET_SENTENCE) from None
    if len(raw) not in (SEED_BYTES, 2 * SEED_BYTES):
        raise ValueError(SECRET_SENTENCE)
    return sodium.crypto_sign_seed_keypair(raw[:SEED_BYTES])


class BackpackAuth(AuthBase):
    """Signs with a key object that is built once.

    Both fields empty is allowed: Hummingbot builds such connectors for public data; then only signing raises.

    :param window_ms: how long a signed request is valid, 1 to 60000
    :raises ValueError: a secret that is none, or a window out of range
    """

    _logger: HummingbotLogger | None = None

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        time_provider: TimeSynchronizer,
        window_ms: int = CONSTANTS.DEFAULT_SIGNATURE_WINDOW_MS,
        broker_id: int | None = None,
    ) -> None:
        if not 1 <= window_ms <= CONSTANTS.MAX_SIGNATURE_WINDOW_MS:
            raise ValueError(
                f"signature_window ({window_ms}) must be a whole number from 1 to {CONSTANTS.MAX_SIGNATURE_WINDOW_MS}."
            )
        self.time_provider = time_provider
        self.window_ms = window_ms
        self._broker_id = broker_id
        self.api_key = ""
        self._key: bytes | None = None
        self.replace_keys(api_key, secret_key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(window_ms={self.window_ms})"

    def replace_keys(self, api_key: str, secret_key: str) -> None:
        """Signs everything from now on with another pair; the old one stays when the new secret is none.

        :raises ValueError: a secret that is none
        """
        public, key = key_pair(secret_key) if (api_key or secret_key) else (b"", None)
        self.api_key, self._key = api_key, key
        if key is not None and base64.b64encode(public).decode() != api_key.strip():
            self.logger().warning(
                "backpack_api_key is not the public half of backpack_api_secret: "
                "the exchange will refuse what is signed with them."
            )

    async def rest_authenticate(self, request: RESTRequest) -> RESTRequest:
        """Adds the signature headers; drops None values from what is sent."""
        path = urlsplit(request.url or "").path.lstrip("/")
        instruction = CONSTANTS.INSTRUCTIONS[(request.method.value, path)]
        parameters: Any
        if request.method in _BODY_METHODS:
            parameters = json.loads(request.data) if isinstance(request.data, str) else request.data or {}
            if isinstance(parameters, dict) and None in parameters.values():
                parameters = {name: value for name, value in parameters.items() if value is not None}
                request.data = json.dumps(parameters)
        else:
            parameters = {name: wire_text(value) for name, value in (request.params or {}).items() if value is not None}
            request.params = parameters or None
        request.headers = {**(request.headers or {}), **self.headers(instruction, parameters)}
        return request

    async def ws_authenticate(self, request: WSRequest) -> WSRequest:
        """Adds the four-string signature to a subscription."""
        assert isinstance(request, WSJSONRequest)
        timestamp_ms = self._timestamp_ms()
        signature = self.generate_signature({}, timestamp_ms, self.window_ms, CONSTANTS.SUBSCRIBE_INSTRUCTION)
        request.payload = {
            **request.payload,
            "signature": [self.api_key, signature, str(timestamp_ms), str(self.window_ms)],
        }
        return request

    def headers(self, instruction: str, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """The headers of one signed request."""
        timestamp_ms = self._timestamp_ms()
        headers = {
            "X-API-Key": self.api_key,
            "X-Signature": self.generate_signature(parameters, timestamp_ms, self.window_ms, instruction),
            "X-Timestamp": str(timestamp_ms),
            "X-Window": str(self.window_ms),
        }
        if self._broker_id is not None:
            headers["X-BROKER-ID"] = str(self._broker_id)
        return headers

    def generate_signature(
        self,
        params: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        timestamp_ms: int,
        window_ms: int,
        instruction: str,
    ) -> str:
        """The base64 signature of :func:`signed_message`.

        :raises ValueError: when the connector has no secret
        """
        if self._key is None:
            raise ValueError(SECRET_SENTENCE)
        message = signed_message(instruction, params, timestamp_ms, window_ms)
        # PyNaCl's `SigningKey.sign` calls this too, and costs a fifth more for the objects that it wraps around it.
        signed = sodium.crypto_sign(message.encode(), self._key)
        return base64.b64encode(signed[: sodium.crypto_sign_BYTES]).decode()

    def _timestamp_ms(self) -> int:
        return int(self.time_provider.time() * 1e3)

    @classmethod
    def logger(cls) -> HummingbotLogger:
        if cls._logger is None:
            import logging

            cls._logger = logging.getLogger(HummingbotLogger.logger_name_for_class(cls))
        return cls._logger
