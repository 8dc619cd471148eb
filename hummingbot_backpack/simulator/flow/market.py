"""The running market flow: every asset's price process, and per market its makers and takers."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Settings
from hummingbot_backpack.simulator.amounts import UNIT, units
from hummingbot_backpack.simulator.clock import Jobs
from hummingbot_backpack.simulator.flow.history import seed_history
from hummingbot_backpack.simulator.flow.prices import STEP, PriceProcess
from hummingbot_backpack.simulator.flow.takers import take
from hummingbot_backpack.simulator.flow.tape import ScaledTape

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState

QUOTE_EVERY = 0.5
HOUSE_FUNDS = {"USDC": "1000000000000", "SOL": "1000000000", "BTC": "10000000"}


class RegimeFlow:
    """One market under a price process: makers, uninformed and informed takers."""

    def __init__(self, engine: "Engine", state: "MarketState", seed: int, fair: Callable[[], float]) -> None:
        symbol = state.spec.symbol
        free = Settings(futures_maker=0, futures_taker=0, spot_maker=0, spot_taker=0, leverage=50 * UNIT)
        funds = {asset: amount for asset, amount in HOUSE_FUNDS.items() if asset in engine.asset_prices}
        maker = engine.open_account(f"makers of {symbol}", free, funds, is_house=True)
        taker = engine.open_account(f"takers of {symbol}", free, funds, is_house=True)
        self.taker = taker
        types = engine.config.flow_types
        self.symbol = symbol
        self.makers = types.makers(engine, state, maker, f"{seed}/{symbol}/makers")
        self._uninformed = types.uninformed(engine, state, taker, f"{seed}/{symbol}/takers")
        self._informed = types.informed(engine, state, taker)
        self._fair = fair

    def quote(self) -> None:
        self.makers.quote(self._fair())

    def trade(self) -> None:
        self._informed.step(self._fair())
        self._uninformed.step(STEP, self._fair())


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

    def shift(self, factor: float) -> None:
        self._tape.price_factor *= factor
        self.price *= factor

    def advance(self, offset_us: int) -> None:
        for row in self._tape.until(offset_us):
            self.price = row.price
            limit = row.price * (1 + row.side * self._tolerance)
            take(self._engine, self._state, self._taker, row.side, limit, row.quantity)


class MarketFlow:
    """All markets' flow, put on the market's jobs."""

    def __init__(
        self, engine: "Engine", jobs: Jobs, kind: str | Path, seed: int, tape_market: str, scale: float
    ) -> None:
        self._engine, self._jobs = engine, jobs
        self.kind = str(kind)
        self._processes: dict[str, PriceProcess] = {}
        self._regimes: list[RegimeFlow] = []
        self._tape: TapeFlow | None = None
        processes = engine.config.flow_types.processes
        process = processes.get(self.kind)
        tape_base = None
        if process is None:
            tape_base = self._start_tape(Path(kind), seed, tape_market, scale)
            process = processes["calm"]
        for asset, price in engine.asset_prices.items():
            if asset != "USDC" and asset != tape_base:
                self._processes[asset] = process(price / UNIT, f"{seed}/{asset}")
        for state in engine.markets.values():
            if self._tape is None or state.spec.symbol != tape_market:
                self._regimes.append(RegimeFlow(engine, state, seed, self._fair(state.spec.base)))
        for state in engine.markets.values():
            seed_history(state, seed, engine.clock.true_us())
        for each in self._flows():
            each.quote()
        jobs.every(STEP, self._step)
        jobs.every(QUOTE_EVERY, self._quote)

    def _flows(self) -> list[RegimeFlow | TapeFlow]:
        return [*self._regimes, *([self._tape] if self._tape else [])]

    def _start_tape(self, path: Path, seed: int, market: str, scale: float) -> str:
        state = self._engine.markets.get(market)
        if state is None:
            raise ValueError(f"flow market ({market}) must be one of {', '.join(self._engine.markets)}")
        if not path.is_file():
            known = ", ".join(self._engine.config.flow_types.processes)
            raise ValueError(f"flow ({path}) must be {known}, or a file of trades")
        self._tape = TapeFlow(self._engine, state, seed, ScaledTape(path, state.index / UNIT, scale))
        return state.spec.base

    def _fair(self, asset: str) -> Callable[[], float]:
        return lambda: self._engine.asset_prices[asset] / UNIT

    @property
    def finished(self) -> bool:
        """Whether a recording has come to its end; a process never does."""
        return self._tape is not None and self._tape.finished

    @property
    def elapsed(self) -> float:
        return self._jobs.now_us / 1_000_000

    def _step(self) -> None:
        engine = self._engine
        if self._tape is not None:
            self._tape.advance(self._jobs.now_us)
            engine.set_index(self._tape._state.spec.base, units(f"{self._tape.price:.8f}"))
        for asset, process in self._processes.items():
            engine.set_index(asset, units(f"{process.step():.8f}"))
        for regime in self._regimes:
            regime.trade()

    def _quote(self) -> None:
        for each in self._flows():
            each.quote()

    def shift(self, asset: str, factor: float) -> None:
        """A flash move: the fair price jumps by a factor and goes on from there."""
        process = self._processes.get(asset)
        if process is not None:
            process.price *= factor
        elif self._tape is not None:
            self._tape.shift(factor)

    def set_away(self, symbol: str, away: bool) -> None:
        """Send the makers of a market away (their quotes leave at once) or let them back."""
        for each in self._flows():
            if each.symbol == symbol:
                each.makers.away = away
                if away:
                    each.makers.withdraw()
