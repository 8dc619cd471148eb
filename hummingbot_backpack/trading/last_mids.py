"""The mids that a dynamic tolerance is made of (card SL04)."""

from collections import deque
from decimal import Decimal

from hummingbot_backpack.market_making.values import Touch

MIDS_KEPT = 61
"""One-second mids whose returns span the last minute."""


class LastMids:
    """The last minute's mids, the first of each second. A step is made when something moves, or seldom: in a second
    without one the last mid stood, or two moves a minute would look like two moves in two seconds."""

    def __init__(self) -> None:
        self._mids: deque[tuple[int, Decimal]] = deque(maxlen=MIDS_KEPT)
        self._stands: Decimal | None = None

    def look(self, wanted: bool, touch: Touch | None, now: float) -> tuple[Decimal, ...]:
        """Oldest first; nothing is kept where nobody asks for them.

        :param touch: of the valid book; None while there is none: what the mid is until the next look is not known
        """
        if not wanted:
            self._mids.clear()
            self._stands = None
            return ()
        second = int(now)
        if self._mids and self._stands is not None:
            for silent in range(max(self._mids[-1][0] + 1, second - MIDS_KEPT), second):
                self._mids.append((silent, self._stands))
        self._stands = None if touch is None else touch.mid
        if touch is not None and (not self._mids or second > self._mids[-1][0]):
            self._mids.append((second, touch.mid))
        return tuple(mid for kept, mid in self._mids if kept > now - MIDS_KEPT)
