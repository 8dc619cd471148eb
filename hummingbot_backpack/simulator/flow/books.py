"""A market driven by a recorded book: its touch or its depth."""

import heapq
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from sortedcontainers import SortedDict

from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.flow.levels import LevelMakers
from hummingbot_backpack.simulator.flow.recordings import GRAIN, BookRow, Levels, first_mid
from hummingbot_backpack.simulator.flow.regime import RegimeFlow
from hummingbot_backpack.simulator.flow.takers import take
from hummingbot_backpack.simulator.flow.tape import TapeRow, read_tape
from hummingbot_backpack.simulator.flow.touch import TouchLevels
from hummingbot_backpack.simulator.orders import ASK, BID

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState


class BookReplay:
    """One market driven by a recorded touch or depth: its makers show the recorded book.

    Bids are rounded down to a tick, asks up, levels that meet there are merged; sizes are the scaled share, a step at
    least. Takers are the recorded trades, if they are given too, and the seeded ones if not.
    """

    def __init__(
        self, engine: "Engine", state: "MarketState", seed: int, rows: Iterator[BookRow], trades: Path | None,
        share: float, has_tail: bool,
    ) -> None:  # fmt: skip
        self._engine, self._state = engine, state
        first = next(rows)
        mid = first_mid(first)
        assert mid is not None, "the readers refuse such a file"
        self._scale = Fraction(2 * state.index, mid * state.spec.price_grid.unit)
        """Ticks of a recorded price in 1/GRAIN."""
        factor = 2 * state.index / UNIT * GRAIN / mid
        self._steps = share / factor * UNIT / GRAIN / state.spec.quantity_grid.unit
        self._share = share / factor
        self._regime = RegimeFlow(engine, state, seed, lambda: self.price)
        self.symbol = state.spec.symbol
        self.makers = LevelMakers(engine, state, self._regime.maker, self._regime.taker)
        self._touch = TouchLevels(state, self.makers) if has_tail else None
        self._raw: dict[int, SortedDict] = {BID: SortedDict(), ASK: SortedDict()}
        """Recorded price (bids negated, so that the best comes first) to recorded quantity, both in 1/GRAIN."""
        self._merged: dict[int, dict[int, int]] = {BID: {}, ASK: {}}
        self._first_us = first.time_us
        self._has_trades = trades is not None
        taken = ((row.offset_us, row) for row in read_tape(trades, first.time_us)) if trades is not None else iter(())
        shown = ((row.time_us - first.time_us, row) for row in rows)
        self._events: Iterator[tuple[int, TapeRow | BookRow]] = heapq.merge(taken, shown, key=lambda event: event[0])
        self._next = next(self._events, None)
        self.price = state.index / UNIT
        self._apply(first)

    @property
    def finished(self) -> bool:
        return self._next is None

    def quote(self) -> None:
        self.makers.quote(self.price)

    def trade(self) -> None:
        if not self._has_trades and not self.finished:
            self._regime.trade()

    def advance(self, offset_us: int) -> None:
        while self._next is not None and self._next[0] <= offset_us:
            offset, row = self._next
            self._next = next(self._events, None)
            if isinstance(row, BookRow):
                self._apply(row)
            elif offset >= 0:
                self._take(row)

    def shift(self, factor: float) -> None:
        self._scale *= Fraction(factor).limit_denominator(10**9)
        bids, asks = ([(-side * key, size) for key, size in self._raw[side].items()] for side in (BID, ASK))
        self._apply(BookRow(0, True, bids, asks))

    def _ticks(self, side: int, price: int) -> int:
        whole, rest = divmod(price * self._scale.numerator, self._scale.denominator)
        return max(1, whole + (1 if rest and side == ASK else 0))

    def _take(self, row: TapeRow) -> None:
        """A recorded trade takes at its own price, rounded as the side that it met."""
        ticks = self._ticks(-row.side, round(row.price * GRAIN))
        limit = ticks * self._state.spec.price_grid.unit / UNIT
        take(self._engine, self._state, self._regime.taker, row.side, limit, row.quantity * self._share)

    def _apply(self, row: BookRow) -> None:
        changed: dict[int, dict[int, int]] = {BID: {}, ASK: {}}
        if row.replaces:
            for side in (BID, ASK):
                changed[side] = dict.fromkeys(self._merged[side], 0)
                self._raw[side], self._merged[side] = SortedDict(), {}
        for side, levels in ((BID, row.bids), (ASK, row.asks)):
            self._merge(side, levels, changed[side])
        self._uncross(row, changed)
        for side in (BID, ASK):
            for ticks in changed[side]:
                total = self._merged[side].get(ticks, 0)
                changed[side][ticks] = max(1, round(total * self._steps)) if total else 0
        bid, ask = self._best(BID), self._best(ASK)
        if bid is not None and ask is not None:
            self.price = (bid + ask) / 2 * self._state.spec.price_grid.unit / UNIT
        if self._touch is None:
            self.makers.show(changed[BID], changed[ASK])
        elif bid is not None and ask is not None:
            self._touch.show((bid, changed[BID][bid]), (ask, changed[ASK][ask]))

    def _merge(self, side: int, levels: Levels, changed: dict[int, int]) -> None:
        """Set recorded levels, and what they add up to on the market's ticks."""
        raw, merged = self._raw[side], self._merged[side]
        for price, quantity in levels:
            before = raw.get(-side * price, 0)
            if quantity == before:
                continue
            if quantity:
                raw[-side * price] = quantity
            else:
                del raw[-side * price]
            ticks = self._ticks(side, price)
            total = merged.get(ticks, 0) + quantity - before
            if total:
                merged[ticks] = total
            else:
                del merged[ticks]
            changed[ticks] = 0

    def _uncross(self, row: BookRow, changed: dict[int, dict[int, int]]) -> None:
        """Levels that newer ones have passed are gone, although the recording does not say so."""
        for side, levels in ((BID, row.bids), (ASK, row.asks)):
            raw, other = self._raw[side], self._raw[-side]
            keys = [-side * price for price, _ in levels if -side * price in raw]
            # Keys are negated prices on the bids' side, so that a bid at or over an ask is one whose keys' sum is <= 0.
            while keys and other and min(keys) + other.peekitem(0)[0] <= 0:
                self._merge(-side, [(side * other.peekitem(0)[0], 0)], changed[-side])

    def _best(self, side: int) -> int | None:
        """Best recorded level of a side in ticks."""
        raw = self._raw[side]
        return self._ticks(side, -side * raw.peekitem(0)[0]) if raw else None
