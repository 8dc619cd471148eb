"""How old the marks are, and where they come from while their stream says nothing."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Any

# The stream repeats each mark every second; after so many seconds without one the mark is asked for, ...
SILENCE = 3.0
# ... and again after as long a pause as this, until the stream is back.
INTERVAL = 1.0

_logger = logging.getLogger(__name__)


class MarkWatch:
    """
    :param held: the pairs with a position, whose marks must be known
    :param ask: asks for a pair's mark now and takes it over; that this fails is its own matter
    :param now: a monotonic clock in seconds
    """

    def __init__(
        self,
        held: Callable[[], Iterable[str]],
        ask: Callable[[str], Awaitable[Any]],
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._held = held
        self._ask = ask
        self._sleep = sleep
        self._now = now
        self._marks: dict[str, Decimal] = {}
        self._said_at: dict[str, float] = {}
        self._streamed_at: dict[str, float] = {}
        self._silent: list[str] = []

    def on_mark(self, trading_pair: str, mark: Decimal, streamed: bool) -> bool:
        """Notes what the exchange said, on its stream or when it was asked.

        :returns: whether it is another mark than before
        """
        self._said_at[trading_pair] = self._now()
        if streamed:
            self._streamed_at[trading_pair] = self._said_at[trading_pair]
        before, self._marks[trading_pair] = self._marks.get(trading_pair), mark
        return before != mark

    def age(self, trading_pair: str) -> float | None:
        """Seconds since the exchange last said what the mark is; None: not yet."""
        said = self._said_at.get(trading_pair)
        return None if said is None else self._now() - said

    def is_silent(self, trading_pair: str) -> bool:
        """Whether the stream has said nothing of this mark for a while."""
        streamed = self._streamed_at.get(trading_pair)
        return streamed is not None and self._now() - streamed > SILENCE

    async def watch(self) -> None:
        """For ever: asks for the mark of every position of which the stream is silent."""
        while True:
            silent = [pair for pair in self._held() if self.is_silent(pair)]
            if silent != self._silent:
                self._silent = silent
                if silent:
                    _logger.warning("The stream says no mark of %s; it is asked for every second.", ", ".join(silent))
                else:
                    _logger.info("Marks are no longer asked for.")
            await asyncio.gather(*(self._ask(pair) for pair in silent))
            await self._sleep(INTERVAL)
