"""Asking the exchange that a workspace points to, with the standard library: a few reads, before anything runs."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Unreachable(Exception):
    """No answer; the text says why."""


class Refused(Exception):
    """An answer with an error status; the text is the exchange's own."""


def get(url: str, path: str, headers: dict[str, str] | None = None) -> Any:
    """:return: the JSON answer, or the text where it is none, to ``GET url + path``.

    :raises Unreachable: nobody answers, or not in time.
    :raises Refused: the answer is an error.
    """
    # No proxy of the user's stands between us and this machine.
    proxies: dict[str, str] | None = {} if urlsplit(url).hostname in _LOOPBACK else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    request = urllib.request.Request(url + path, headers={"User-Agent": "hummingbot-backpack", **(headers or {})})
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read().decode("utf-8", errors="replace")
    except urllib.error.HTTPError as error:
        raise Refused(_refusal(error)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise Unreachable(str(getattr(reason, "strerror", None) or reason)) from None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _refusal(error: urllib.error.HTTPError) -> str:
    text = error.read(1000).decode("utf-8", errors="replace").strip()
    try:
        body = json.loads(text)
        return f"{body['message']} ({body['code']})"
    except (json.JSONDecodeError, KeyError, TypeError):
        return text.splitlines()[0] if text else f"status {error.code}"
