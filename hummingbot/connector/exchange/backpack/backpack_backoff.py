"""Growing, jittered delays: many bots must not come back at the same moment."""

import random
from collections.abc import Sequence

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS

RECONNECT = (1.0, 2.0, 4.0, 8.0, 16.0, CONSTANTS.MAX_BACKOFF)
SNAPSHOT = (0.0, 0.5, *RECONNECT)
JITTER = 0.2


class Backoff:
    """:param delays: seconds, one after the other; the last one stays."""

    def __init__(self, delays: Sequence[float] = RECONNECT) -> None:
        self._delays = delays
        self._next = 0

    def reset(self) -> None:
        self._next = 0

    def delay(self) -> float:
        """The next delay in seconds, up to a fifth more or less."""
        delay = self._delays[min(self._next, len(self._delays) - 1)]
        self._next += 1
        return delay * random.uniform(1 - JITTER, 1 + JITTER)
