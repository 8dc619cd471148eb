"""A recording as the flow of one market: what every kind of it can do, and which kind a file is."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.flow.bars import BarsReplay
from hummingbot_backpack.simulator.flow.books import BookReplay
from hummingbot_backpack.simulator.flow.recordings import READERS, checked_kind, read_bars
from hummingbot_backpack.simulator.flow.regime import RegimeFlow
from hummingbot_backpack.simulator.flow.takers import take
from hummingbot_backpack.simulator.flow.tape import ScaledTape
from hummingbot_backpack.simulator.flow.types import Makers

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState


class Replay(Protocol):
    """One market driven by a recording."""

    symbol: str
    price: float
    """Fair price, in quote currency."""

    @property
    def makers(self) -> Makers: ...

    @property
    def finished(self) -> bool: ...

    def quote(self) -> None: ...

    def advance(self, offset_us: int) -> None:
        """Replay what lies up to a time since the start."""
        ...

    def trade(self) -> None:
        """Let takers come who are not in the recording, if there are any."""
        ...

    def shift(self, factor: float) -> None:
        """Go on at prices that are higher by a factor."""
        ...


class TapeFlow:
    """One market driven by a recording: its trades take at about their own (scaled) price.

    Assumes that a taker of the recording would have accepted `tolerance_bps` more, so that quotes around the tape's
    price trade although their owner did not stand in the recorded book.
    """

    def __init__(
        self, engine: "Engine", state: "MarketState", seed: int, tape: ScaledTape, tolerance_bps: float = 12.0
    ) -> None:
        regime = RegimeFlow(engine, state, seed, lambda: self.price)
        self.makers, self.symbol, self._taker = regime.makers, regime.symbol, regime.taker
        self._engine, self._state, self._tape = engine, state, tape
        self._tolerance = tolerance_bps / 10_000
        self.price = state.index / UNIT

    @property
    def finished(self) -> bool:
        return self._tape.finished

    def quote(self) -> None:
        self.makers.quote(self.price)

    def trade(self) -> None:
        """All takers are in the tape."""

    def shift(self, factor: float) -> None:
        self._tape.price_factor *= factor
        self.price *= factor

    def advance(self, offset_us: int) -> None:
        for row in self._tape.until(offset_us):
            self.price = row.price
            limit = row.price * (1 + row.side * self._tolerance)
            take(self._engine, self._state, self._taker, row.side, limit, row.quantity)


def open_replay(
    engine: "Engine", state: "MarketState", seed: int, paths: list[Path], share: float,
    window: tuple[datetime | None, datetime | None], bars_in_base: bool,
) -> Replay:  # fmt: skip
    """The replay of one recording, or of a book together with trades. Reads every file once to see that it is sound.

    Raises ValueError with one sentence.
    """
    by_kind: dict[str, Path] = {}
    names = ", ".join(str(path) for path in paths)
    for path in paths:
        kind = checked_kind(path)
        if kind in by_kind:
            raise ValueError(f"flow ({names}) must not hold {kind} twice")
        by_kind[kind] = path
    kinds = set(by_kind)
    if "bars" not in kinds and any(window):
        raise ValueError(f"flow_from and flow_to must go with a recording of bars, not {' and '.join(sorted(kinds))}")
    if kinds == {"trades"}:
        return TapeFlow(engine, state, seed, ScaledTape(by_kind["trades"], state.index / UNIT, share))
    if kinds == {"bars"}:
        begin, end = window
        if next(read_bars(by_kind["bars"], begin, end), None) is None:
            raise ValueError(f"flow ({names}) must hold bars from {begin or 'its start'} to {end or 'its end'}")
        return BarsReplay(engine, state, seed, read_bars(by_kind["bars"], begin, end), share, bars_in_base)
    book = kinds - {"trades"}
    if book not in ({"touch"}, {"depth"}):
        raise ValueError(f"flow ({names}) must be one recording, or a touch or depth together with trades")
    kind = book.pop()
    rows = READERS[kind](by_kind[kind])
    return BookReplay(engine, state, seed, rows, by_kind.get("trades"), share, has_tail=kind == "touch")
