"""The mids that a dynamic tolerance is made of (card SL04)."""

from collections import deque
from decimal import Decimal

from hummingbot_backpack.market_making.values import Touch

MIDS_KEPT = 61
"""One-second mids whose returns span the last minute."""


class LastMids:
    """The last minute's mids, the first of each second."""

    def __init__(self) -> None:
        self._mids: deque[tuple[int, Decimal]] = deque(maxlen=MIDS_KEPT)

    def look(self, wanted: bool, touch: Touch | None, now: float) -> tuple[Decimal, ...]:
        """Oldest first; nothing is kept where nobody asks for them."""
        if not wanted:
            self._mids.clear()
            return ()
        if touch is not None and (not self._mids or int(now) > self._mids[-1][0]):
            self._mids.append((int(now), touch.mid))
        return tuple(mid for second, mid in self._mids if second > now - MIDS_KEPT)
