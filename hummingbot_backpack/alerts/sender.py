"""Brings alerts to a webhook and to Telegram. Trading never waits for it, and no secret is ever in what it logs."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from hummingbot_backpack.alerts.settings import AlertSettings
from hummingbot_backpack.language import spoken

_logger = logging.getLogger(__name__)

QUEUE = 100
"""Messages that may wait for one receiver; the oldest goes first."""
LONGEST_PAUSE = 60.0
TIMEOUT = aiohttp.ClientTimeout(total=10)
CLOSE_SECONDS = 3.0


@dataclass(frozen=True)
class Message:
    """
    :param state: "raised", "cleared" or "noticed" (a single event)
    :param text: in English
    :param language: of `line`
    """

    name: str
    state: str
    text: str
    time: float
    bot: str
    language: str = "en"

    @property
    def line(self) -> str:
        """For people, in their language; everything else is for machines."""
        mark = {"raised": "⚠", "cleared": "✓"}.get(self.state, "•")
        return f"{mark} {self.bot}: {spoken(self.text, self.language)}"


class Receiver:
    """One place that messages go to, in order, tried again with growing pauses while it cannot be reached.

    :param name: for logs; holds no secret
    """

    def __init__(
        self,
        name: str,
        request: Callable[[Message], dict[str, Any]],
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._request = request
        self._sleep = sleep
        self._waiting: deque[Message] = deque(maxlen=QUEUE)
        self._news = asyncio.Event()
        self._complained = False
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    def put(self, message: Message) -> None:
        """Never waits: what does not fit pushes the oldest out."""
        self.dropped += len(self._waiting) == QUEUE
        self._waiting.append(message)
        self._news.set()
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        pause = 1.0
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:
            while True:
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
                message = self._waiting[0]
                trouble = await self._send(session, message)
                if trouble is None:
                    pause, self._complained = 1.0, False
                    if self._waiting and self._waiting[0] is message:
                        self._waiting.popleft()
                    continue
                if not self._complained:
                    self._complained = True
                    _logger.warning("Alerts do not reach %s (%s); they are tried again.", self.name, trouble)
                await self._sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    async def _send(self, session: aiohttp.ClientSession, message: Message) -> str | None:
        """:returns: what went wrong and may be over soon; None: it is delivered, or refused for good"""
        try:
            async with session.post(**self._request(message), allow_redirects=False) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return type(error).__name__  # its text may hold the address, and that a token
        if status == 429 or status >= 500:
            return f"HTTP {status}"
        if status >= 300:
            _logger.error("%s refused an alert (HTTP %s): look at its address and token.", self.name, status)
        return None

    async def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Give what is waiting a little time, then end."""
        if self._task is None:
            return
        deadline = asyncio.get_running_loop().time() + seconds
        while self._waiting and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self._waiting:
            _logger.warning("%s alerts did not reach %s.", len(self._waiting), self.name)


def receivers_of(settings: AlertSettings, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep) -> list[Receiver]:
    """The receivers that the settings name."""
    found = []
    if settings.alert_webhook_url is not None:
        url, token = settings.alert_webhook_url, settings.alert_webhook_token

        def webhook(message: Message) -> dict[str, Any]:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            body = {
                "bot": message.bot,
                "alert": message.name,
                "state": message.state,
                "text": message.line,
                "time": message.time,
            }
            return {"url": url, "json": body, "headers": headers}

        # A webhook's path is often its secret.
        found.append(Receiver(f"the webhook at {urlsplit(url).hostname}", webhook, sleep))
    if settings.telegram:
        address = f"{settings.alert_telegram_url.rstrip('/')}/bot{settings.alert_telegram_token}/sendMessage"

        def telegram(message: Message) -> dict[str, Any]:
            return {"url": address, "json": {"chat_id": settings.alert_telegram_chat, "text": message.line}}

        found.append(Receiver("Telegram", telegram, sleep))
    return found
