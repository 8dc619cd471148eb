"""Whether the exchange is under maintenance: it begins with the exchange's own word, and ends when it answers again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, is_maintenance

SENTENCE = "the exchange is under maintenance"
# Seconds between two looks whether it is over, each one or two requests.
INTERVAL = 1.0
# Maintenance that is back within so many seconds is looked at with doubled pauses, up to the longest: whoever came
# back at once was refused at once.
RELAPSE = 60.0
LONGEST_PAUSE = 30.0
# Other answers of 503 make us ask for the status, but no more often than this, in seconds.
SUSPICION_INTERVAL = 10.0
UNAVAILABLE = 503


class Maintenance:
    """
    :param says_so: asks for the exchange's status; whether it says maintenance; raises :class:`BackpackError`
    :param answers: a signed request that changes nothing and is answered from no cache; raises :class:`BackpackError`
    :param now: a monotonic clock in seconds
    """

    def __init__(
        self,
        says_so: Callable[[], Awaitable[bool]],
        answers: Callable[[], Awaitable[Any]],
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._says_so = says_so
        self._answers = answers
        self._sleep = sleep
        self._now = now
        self._over = asyncio.Event()
        self._over.set()
        self._pause = INTERVAL
        self._looked_at = self._ended_at = self._suspected_at = -RELAPSE
        self._tasks: set[asyncio.Task[None]] = set()
        self.observers: list[Callable[[], None]] = []
        """Told when it begins and when it is over; they may do no more than take note."""

    @property
    def active(self) -> bool:
        return not self._over.is_set()

    def on_error(self, error: BackpackError) -> None:
        """Takes note of how any request failed."""
        if is_maintenance(error):
            self._begin()
        elif error.status == UNAVAILABLE and not self.active:
            now = self._now()
            if now - self._suspected_at >= SUSPICION_INTERVAL:
                self._suspected_at = now
                self._in_background(self._suspect())

    def on_change_accepted(self) -> None:
        """The exchange carried out an order or a cancel, whatever its status says."""
        if self.active:
            self._end()

    async def refresh(self, at_most_every: float) -> None:
        """Looks if it is over, unless that was done a moment ago.

        :param at_most_every: seconds within which an earlier look will do
        """
        if self.active and self._now() - self._looked_at >= at_most_every:
            await self._look()

    async def wait_over(self, seconds: float) -> bool:
        """Waits until it is over, at most so long. Whether it is."""
        if self.active:
            try:
                await asyncio.wait_for(self._over.wait(), seconds)
            except TimeoutError:
                return False
        return True

    def _begin(self) -> None:
        if self.active:
            return
        relapsed = self._now() - self._ended_at < RELAPSE
        self._pause = min(self._pause * 2, LONGEST_PAUSE) if relapsed else INTERVAL
        self._over.clear()
        self._tell()
        self._in_background(self._watch())

    def _end(self) -> None:
        if self.active:
            self._ended_at = self._now()
            self._over.set()
            self._tell()

    def _tell(self) -> None:
        for observer in self.observers:
            observer()

    async def _watch(self) -> None:
        while self.active:
            await self._sleep(self._pause)
            if self.active:
                await self._look()

    async def _look(self) -> None:
        self._looked_at = self._now()
        try:
            if await self._says_so():
                return
        except BackpackError:
            # A status that nobody can read decides nothing; the signed request does.
            pass
        try:
            await self._answers()
        except BackpackError as error:
            if error.status is None or error.status >= 500 or is_maintenance(error):
                return
        self._end()

    async def _suspect(self) -> None:
        try:
            if await self._says_so():
                self._begin()
        except BackpackError:
            return

    def _in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
