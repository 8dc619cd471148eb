"""A local Backpack in a thread of its own, on a real socket, for clients that block."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import requests
from nacl.signing import SigningKey
from requests.auth import AuthBase

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig

Result = TypeVar("Result")


class ThreadedBackpack:
    """``with ThreadedBackpack(config) as backpack: backpack.url``; `run` calls a function in its thread."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.backpack = LocalBackpack(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "ThreadedBackpack":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.backpack.start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.backpack.stop(), self._loop).result(10)
        asyncio.run_coroutine_threadsafe(self._settle(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @staticmethod
    async def _settle() -> None:
        """Wait for what the server's connections still have to do."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def url(self) -> str:
        return self.backpack.url

    def run(self, function: Callable[[], Result]) -> Result:
        """The function's result, called where the simulator runs (its objects are not for two threads)."""

        async def inside() -> Result:
            return function()

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(10)


def _text(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


class Signer(AuthBase):
    """Signs what is really sent: the query of a GET, the members of a body, each order of a batch."""

    def __init__(self, instruction: str, key: SigningKey) -> None:
        self._instruction, self._key = instruction, key
        self.public_key = base64.b64encode(bytes(key.verify_key)).decode()

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        query = dict(parse_qsl(urlsplit(str(r.url)).query, keep_blank_values=True))
        groups: list[dict[str, Any]] = [query]
        if r.body:
            try:
                body = json.loads(r.body)
            except (ValueError, RecursionError):
                body = None
            if isinstance(body, dict):
                groups = [{**query, **body}]
            elif isinstance(body, list):
                groups = [one for one in body if isinstance(one, dict)]
        timestamp = str(int(time.time() * 1000))
        parts = []
        for group in groups:
            parts.append(f"instruction={self._instruction}")
            parts += [f"{name}={_text(group[name])}" for name in sorted(group)]
        text = "&".join([*parts, f"timestamp={timestamp}&window=60000"])
        signature = self._key.sign(text.encode("utf-8", "surrogatepass")).signature
        r.headers.update(
            {
                "X-API-Key": self.public_key,
                "X-Timestamp": timestamp,
                "X-Window": "60000",
                "X-Signature": base64.b64encode(signature).decode(),
            }
        )
        return r
