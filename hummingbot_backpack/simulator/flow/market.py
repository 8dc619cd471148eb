"""The running market flow: every asset's price process, and per market its makers and takers."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.amounts import UNIT, units
from hummingbot_backpack.simulator.clock import Jobs
from hummingbot_backpack.simulator.flow.history import seed_history
from hummingbot_backpack.simulator.flow.prices import STEP, PriceProcess
from hummingbot_backpack.simulator.flow.regime import RegimeFlow
from hummingbot_backpack.simulator.flow.replay import Replay, open_replay

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState

QUOTE_EVERY = 0.5


class MarketFlow:
    """All markets' flow, put on the market's jobs."""

    def __init__(
        self, engine: "Engine", jobs: Jobs, kind: str | Path | tuple[str | Path, ...],
        seed: int, tape_market: str, scale: float,
    ) -> None:  # fmt: skip
        self._engine, self._jobs = engine, jobs
        names = [str(name) for name in (kind if isinstance(kind, tuple) else (kind,))]
        self.kind = ", ".join(names)
        self._processes: dict[str, PriceProcess] = {}
        self._regimes: list[RegimeFlow] = []
        self.replay: Replay | None = None
        processes = engine.config.flow_types.processes
        process = processes.get(self.kind)
        self._replayed: str | None = None
        if process is None:
            state = self._replayed_market(names, tape_market)
            window = engine.config.flow_from, engine.config.flow_to
            in_base = engine.config.flow_bar_volume == "base"
            self.replay = open_replay(engine, state, seed, [Path(name) for name in names], scale, window, in_base)
            self._replayed = state.spec.base
            process = processes["calm"]
        for asset, price in engine.asset_prices.items():
            if asset != "USDC" and asset != self._replayed:
                self._processes[asset] = process(price / UNIT, f"{seed}/{asset}")
        for state in engine.markets.values():
            if self.replay is None or state.spec.symbol != tape_market:
                self._regimes.append(RegimeFlow(engine, state, seed, self._fair(state.spec.base)))
        for state in engine.markets.values():
            seed_history(state, seed, engine.clock.true_us())
        for each in self._flows():
            each.quote()
        jobs.every(STEP, self._step)
        jobs.every(QUOTE_EVERY, self._quote)

    def _flows(self) -> "list[RegimeFlow | Replay]":
        return [*self._regimes, *([self.replay] if self.replay else [])]

    def _replayed_market(self, names: list[str], market: str) -> "MarketState":
        state = self._engine.markets.get(market)
        if state is None:
            raise ValueError(f"flow market ({market}) must be one of {', '.join(self._engine.markets)}")
        for name in names:
            if not Path(name).is_file():
                known = ", ".join(self._engine.config.flow_types.processes)
                raise ValueError(f"flow ({name}) must be {known}, or a file of trades, touch, depth or bars")
        return state

    def _fair(self, asset: str) -> Callable[[], float]:
        return lambda: self._engine.asset_prices[asset] / UNIT

    @property
    def finished(self) -> bool:
        """Whether a recording has come to its end; a process never does."""
        return self.replay is not None and self.replay.finished

    @property
    def elapsed(self) -> float:
        return self._jobs.now_us / 1_000_000

    def _step(self) -> None:
        engine = self._engine
        if self.replay is not None and self._replayed is not None:
            self.replay.advance(self._jobs.now_us)
            engine.set_index(self._replayed, units(f"{self.replay.price:.8f}"))
        for asset, process in self._processes.items():
            engine.set_index(asset, units(f"{process.step():.8f}"))
        for regime in self._regimes:
            regime.trade()
        if self.replay is not None:
            self.replay.trade()

    def _quote(self) -> None:
        for each in self._flows():
            each.quote()

    def shift(self, asset: str, factor: float) -> None:
        """A flash move: the fair price jumps by a factor and goes on from there."""
        process = self._processes.get(asset)
        if process is not None:
            process.price *= factor
        elif self.replay is not None and asset == self._replayed:
            self.replay.shift(factor)

    def set_away(self, symbol: str, away: bool) -> None:
        """Send the makers of a market away (their quotes leave at once) or let them back."""
        for each in self._flows():
            if each.symbol == symbol:
                each.makers.away = away
                if away:
                    each.makers.withdraw()
