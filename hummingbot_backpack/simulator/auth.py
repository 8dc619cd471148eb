"""Ed25519 request signatures as the exchange checks them. Nothing here is shared with clients."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from hummingbot_backpack.simulator.errors import ExchangeError, invalid_request

DEFAULT_WINDOW = 5000
MAX_WINDOW = 60_000


def text_of(value: object) -> str:
    """A parameter's value as it stands in the signed message."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    return str(value)


def message(instruction: str, groups: Sequence[Mapping[str, object]], timestamp: str, window: str) -> str:
    """The signed text: per group (one; in a batch one per order) the instruction and the sorted parameters."""
    parts = []
    for params in groups:
        parts.append(f"instruction={instruction}")
        parts.extend(f"{name}={text_of(params[name])}" for name in sorted(params))
    parts.append(f"timestamp={timestamp}&window={window}")
    return "&".join(parts)


class Verifier:
    """Checks key, window and signature of signed requests against the exchange's clock."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._keys: dict[str, VerifyKey] = {}

    def _key(self, text: str) -> VerifyKey:
        key = self._keys.get(text)
        if key is None:
            try:
                key = VerifyKey(base64.b64decode(text, validate=True))
            except (ValueError, TypeError, binascii.Error):
                raise invalid_request("Invalid X-API-Key header") from None
            if len(self._keys) > 10_000:
                self._keys.clear()
            self._keys[text] = key
        return key

    def check(
        self,
        key: str | None,
        signature: str | None,
        timestamp: str | None,
        window: str | None,
        instruction: str,
        groups: Sequence[Mapping[str, object]],
    ) -> str:
        """The verified public key. Raises the exchange's refusal: header, window, then signature."""
        if not key:
            raise ExchangeError(401, "UNAUTHORIZED", "Missing X-API-Key header")
        verify_key = self._key(key)
        if not timestamp or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 19:
            raise invalid_request("Invalid X-Timestamp header")
        window = window or str(DEFAULT_WINDOW)
        if not window.isascii() or not window.isdigit() or len(window) > 9 or not 0 < int(window) <= MAX_WINDOW:
            raise invalid_request("Invalid X-Window header")
        try:
            raw = base64.b64decode(signature or "", validate=True)
        except (ValueError, binascii.Error):
            raw = b""
        if len(raw) != 64:
            raise invalid_request("Invalid X-Signature header")
        now_ms = self._now_us() // 1000
        if int(timestamp) + int(window) < now_ms or int(timestamp) > now_ms + int(window):
            raise invalid_request("Request has expired")
        if not self._signed(verify_key, raw, message(instruction, groups, timestamp, window)):
            # Some clients sign parameters in their URL-encoded form.
            encoded = [{name: quote(text_of(value), safe="") for name, value in one.items()} for one in groups]
            if not self._signed(verify_key, raw, message(instruction, encoded, timestamp, window)):
                raise invalid_request("Invalid signature")
        return key

    @staticmethod
    def _signed(key: VerifyKey, signature: bytes, text: str) -> bool:
        try:
            key.verify(text.encode(), signature)
        except BadSignatureError:
            return False
        return True
