"""Takers: who trades against the book."""

import math
import random
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.orders import ASK, BID, OrderRequest

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState


class PoissonTakers:
    """Uninformed takers: independent arrivals, either side alike, log-normal sizes, who pay up to `patience_bps`."""

    def __init__(
        self,
        engine: "Engine",
        state: "MarketState",
        account: Account,
        seed: str,
        per_second: float = 1.0,
        median_notional: float = 90.0,
        spread: float = 0.9,
        patience_bps: float = 60.0,
    ) -> None:
        self._engine, self._state, self._account = engine, state, account
        self._random = random.Random(seed)
        self._rate, self._median, self._spread = per_second, median_notional, spread
        self._patience = patience_bps

    def step(self, seconds: float, fair: float) -> None:
        """Trade what arrives in so many seconds."""
        waited = self._random.expovariate(self._rate)
        while waited < seconds:
            side = BID if self._random.random() < 0.5 else ASK
            notional = self._median * math.exp(self._random.gauss(0, self._spread))
            take(
                self._engine,
                self._state,
                self._account,
                side,
                fair * (1 + side * self._patience / 10_000),
                notional / fair,
            )
            waited += self._random.expovariate(self._rate)


class FairPriceTakers:
    """Informed takers: whoever quotes on the wrong side of the fair price by more than `edge_bps` is hit."""

    def __init__(
        self, engine: "Engine", state: "MarketState", account: Account, edge_bps: float = 2.0, notional: float = 2000.0
    ) -> None:
        self._engine, self._state, self._account = engine, state, account
        self._edge, self._notional = edge_bps, notional

    def step(self, fair: float) -> None:
        tick = self._state.spec.price_grid.unit / UNIT
        for side in (BID, ASK):
            limit = fair * (1 - side * self._edge / 10_000)
            best = self._state.book.best_price(-side)
            if best is not None and (limit - best * tick) * side > 0:
                take(self._engine, self._state, self._account, side, limit, self._notional / fair)


def take(engine: "Engine", state: "MarketState", account: Account, side: int, limit: float, quantity: float) -> None:
    """An IOC limit order of the house: `limit` in quote currency, `quantity` in base."""
    spec = state.spec
    if spec.state not in ("Open", "LimitOnly"):
        return
    steps = round(quantity * UNIT / spec.quantity_grid.unit)
    ticks = limit * UNIT / spec.price_grid.unit
    price = math.floor(ticks + 1e-6) if side == BID else math.ceil(ticks - 1e-6)
    if steps < spec.min_steps or price < 1 or state.book.best_price(-side) is None:
        return
    engine.place(account, OrderRequest(spec, side, False, price=price, steps=steps, time_in_force="IOC"))
