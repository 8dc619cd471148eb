"""The book where a recording shows only a touch: what is assumed to stand behind it."""

from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.flow.levels import LevelMakers
from hummingbot_backpack.simulator.orders import ASK, BID

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import MarketState

TAIL_BPS = 5.0
TAIL_LEVELS = 7
TAIL_NOTIONAL = 60.0


class Tail:
    """Levels behind a touch that a recording does not show: every 5 bps, thicker further out. An assumption.

    They move only when the mid price has moved by half their distance, and never stand in front of the touch.
    """

    def __init__(self, state: "MarketState") -> None:
        self._spec = state.spec
        self._levels: dict[int, dict[int, int]] = {BID: {}, ASK: {}}
        self._mid = 0.0

    def behind(self, bid: int, ask: int) -> tuple[dict[int, int], dict[int, int]]:
        """Levels strictly behind the touch (ticks to steps)."""
        mid = (bid + ask) / 2
        if abs(mid - self._mid) > mid * TAIL_BPS / 20_000:
            self._mid = mid
            notional_unit = self._spec.notional_unit / UNIT
            for side in (BID, ASK):
                levels = self._levels[side] = {}
                for level in range(1, TAIL_LEVELS + 1):
                    price = max(1, round(mid * (1 - side * level * TAIL_BPS / 10_000)))
                    notional = TAIL_NOTIONAL * (1 + level * level)
                    levels[price] = max(self._spec.min_steps, round(notional / (price * notional_unit)))
        return (
            {price: steps for price, steps in self._levels[BID].items() if price < bid},
            {price: steps for price, steps in self._levels[ASK].items() if price > ask},
        )


class TouchLevels:
    """Shows a touch and the assumed tail behind it, and nothing else."""

    def __init__(self, state: "MarketState", makers: LevelMakers) -> None:
        self._tail, self._makers = Tail(state), makers
        self._shown: tuple[dict[int, int], dict[int, int]] = {}, {}

    def show(self, bid: tuple[int, int], ask: tuple[int, int]) -> None:
        """(ticks, steps) of both sides."""
        bids, asks = self._tail.behind(bid[0], ask[0])
        bids[bid[0]], asks[ask[0]] = bid[1], ask[1]
        before, self._shown = self._shown, (bids, asks)
        self._makers.show({**dict.fromkeys(before[0], 0), **bids}, {**dict.fromkeys(before[1], 0), **asks})
