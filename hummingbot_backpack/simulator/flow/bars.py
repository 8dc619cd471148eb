"""A market driven by recorded bars of a minute."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.flow.levels import LevelMakers
from hummingbot_backpack.simulator.flow.prices import STEP
from hummingbot_backpack.simulator.flow.recordings import MINUTE, Bar, path_of
from hummingbot_backpack.simulator.flow.regime import RegimeFlow
from hummingbot_backpack.simulator.flow.takers import take
from hummingbot_backpack.simulator.flow.touch import TAIL_NOTIONAL, TouchLevels
from hummingbot_backpack.simulator.orders import ASK, BID

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState


class BarsReplay:
    """One market driven by bars of a minute: the price walks through each, and takers trade its volume there.

    Makers stand a tick apart at the path, with an assumed tail behind; whoever else quotes there waits in the queue,
    and whom the path reaches is taken. Two of three takers go with the leg; one comes a third of a second on average,
    and one at open, both extremes and close.
    """

    def __init__(
        self, engine: "Engine", state: "MarketState", seed: int, bars: Iterator[Bar], share: float, in_base: bool
    ) -> None:
        self._engine, self._state, self._bars = engine, state, bars
        self._bar: Bar | None = next(bars)
        self._then = next(bars, None)
        self._first_us = self._bar.time_us
        self._factor = state.index / UNIT / self._bar.open
        self._share, self._in_base = share, in_base
        regime = RegimeFlow(engine, state, seed, lambda: self.price)
        self.symbol, self._taker = regime.symbol, regime.taker
        self.makers = LevelMakers(engine, state, regime.maker, regime.taker)
        self._touch = TouchLevels(state, self.makers)
        self._random = random.Random(f"{seed}/{self.symbol}/bars")
        self._owed = 0.0
        self.price = state.index / UNIT
        self._show(0.0)

    @property
    def finished(self) -> bool:
        return self._bar is None

    def quote(self) -> None:
        self.makers.quote(self.price)

    def trade(self) -> None:
        """All takers are in the bars."""

    def shift(self, factor: float) -> None:
        self._factor *= factor
        self.price *= factor

    def advance(self, offset_us: int) -> None:
        # The first step is the first bar's open.
        time_us = self._first_us + offset_us - round(STEP * 1_000_000)
        while self._then is not None and time_us >= self._then.time_us:
            self._bar, self._then = self._then, next(self._bars, None)
        bar = self._bar
        if bar is None:
            return
        if time_us >= bar.time_us + MINUTE:
            if self._then is None:
                self._bar = None
            return
        self._step(bar, (time_us - bar.time_us) / 1_000_000)

    def _step(self, bar: Bar, second: float) -> None:
        before, self.price = self.price, path_of(bar, second) * self._factor
        # A recorded base quantity shrinks by as much as the price grows: what is scaled is the notional.
        notional = bar.volume * (path_of(bar, second) if self._in_base else 1.0)
        self._owed += notional * self._share / self.price * STEP / 60
        steps = int(self._owed * UNIT / self._state.spec.quantity_grid.unit)
        is_corner = any(abs(second - corner) < STEP / 2 for corner in (0.0, 20.0, 40.0, 60.0 - STEP))
        comes = is_corner or self._random.random() < 0.3
        rises = self.price >= before
        goes_along = self._random.random() < 2 / 3
        if not comes or steps < self._state.spec.min_steps:
            self._show(0.0)
            return
        side = BID if is_corner or goes_along == rises else ASK
        self._show(self._owed)
        quantity = steps * self._state.spec.quantity_grid.unit / UNIT
        bid, ask = self._ticks()
        limit = (ask if side == BID else bid) * self._state.spec.price_grid.unit / UNIT
        take(self._engine, self._state, self._taker, side, limit, quantity)
        self._owed -= quantity

    def _ticks(self) -> tuple[int, int]:
        """Bid and ask of the path: the ask is its price, rounded up to a tick."""
        ask = max(2, -int(-self.price * UNIT / self._state.spec.price_grid.unit + 1e-6))
        return ask - 1, ask

    def _show(self, quantity: float) -> None:
        """Quote around the path, with at least so much (base) at the touch."""
        spec = self._state.spec
        bid, ask = self._ticks()
        least = max(quantity, TAIL_NOTIONAL / self.price)
        steps = max(spec.min_steps, 1 + int(least * UNIT / spec.quantity_grid.unit))
        self._touch.show((bid, steps), (ask, steps))
