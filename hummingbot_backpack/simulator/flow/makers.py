"""Other makers: who stands in the book besides the accounts under test."""

import random
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.orders import ASK, BID, Order, OrderRequest

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState


class ThinLadderMakers:
    """A ladder around the fair price: thin and `nearest_bps` away at the touch, thicker further out.

    Leaves room for a maker who quotes closer; a level is moved only when it is `tolerance_bps` off its place.
    """

    def __init__(
        self,
        engine: "Engine",
        state: "MarketState",
        account: Account,
        seed: str,
        nearest_bps: float = 9.0,
        step_bps: float = 5.0,
        levels: int = 8,
        touch_notional: float = 60.0,
        tolerance_bps: float = 2.0,
    ) -> None:
        self._engine, self._state, self._account = engine, state, account
        self._random = random.Random(seed)
        self._nearest, self._step, self._levels = nearest_bps, step_bps, levels
        self._notional, self._tolerance = touch_notional, tolerance_bps
        self._orders: dict[tuple[int, int], Order] = {}
        self.away = False
        """True while the makers stay out (an emptied book)."""

    def withdraw(self) -> None:
        """Take every quote off the book."""
        for order in self._orders.values():
            if order.is_open:
                self._engine.cancel(self._account, order)
        self._orders.clear()

    def quote(self, fair: float) -> None:
        """Renew what has traded or lies too far from its place. `fair` in quote currency."""
        if self.away or self._state.spec.state in ("Closed", "CancelOnly"):
            return
        tick = self._state.spec.price_grid.unit / UNIT
        tolerance = max(1, round(fair * self._tolerance / 10_000 / tick))
        for side in (BID, ASK):
            for level in range(self._levels):
                distance = self._nearest + level * self._step + self._random.random() * self._step * 0.8
                price = round(fair * (1 - side * distance / 10_000) / tick)
                order = self._orders.get((side, level))
                if order is not None and order.is_open:
                    # Moving away from danger is done at once, moving closer only when it is worth it.
                    if abs(order.price - price) <= tolerance + round(fair * self._step / 10_000 / tick):
                        continue
                    self._engine.cancel(self._account, order)
                self._orders[side, level] = self._place(side, level, price, fair)

    def _place(self, side: int, level: int, price: int, fair: float) -> Order:
        spec = self._state.spec
        opposite = self._state.book.best_price(-side)
        if spec.state == "PostOnly" and opposite is not None and (price - opposite) * side >= 0:
            price = opposite - side
        notional = self._notional * (1 + level * level) * self._random.uniform(0.5, 1.5)
        steps = max(spec.min_steps, round(notional / fair * UNIT / spec.quantity_grid.unit))
        return self._engine.place(self._account, OrderRequest(spec, side, False, price=max(1, price), steps=steps))
