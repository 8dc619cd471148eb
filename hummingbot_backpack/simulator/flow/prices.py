"""Price processes: how the fair price of an asset moves. Seeded; a path depends on nothing but seed and step number."""

import math
import random
from typing import Protocol

YEAR = 365 * 86400.0
STEP = 0.1
"""Seconds of market time per step."""


class PriceProcess(Protocol):
    """The fair price, step by step."""

    price: float

    def step(self) -> float:
        """Move on by STEP and return the new price."""
        ...


class MeanRevertingWalk:
    """Calm: a log-normal walk that is pulled back to where it began (half-life half an hour)."""

    def __init__(self, start: float, seed: str, volatility: float = 0.6, half_life: float = 1800.0) -> None:
        self.price = start
        self._anchor = math.log(start)
        self._random = random.Random(seed)
        self._sigma = volatility * math.sqrt(STEP / YEAR)
        self._pull = math.log(2) * STEP / half_life

    def step(self) -> float:
        level = math.log(self.price)
        level += self._pull * (self._anchor - level) + self._sigma * self._random.gauss(0, 1)
        self.price = math.exp(level)
        return self.price


class TrendingWalk:
    """Trending: a drift that keeps its sign for a random while (mean five minutes) under ordinary volatility."""

    def __init__(
        self, start: float, seed: str, volatility: float = 0.8, drift: float = 0.00002, hold: float = 300.0
    ) -> None:
        self.price = start
        self._random = random.Random(seed)
        self._sigma = volatility * math.sqrt(STEP / YEAR)
        self._drift = drift * STEP
        self._turn = STEP / hold
        self._sign = self._random.choice((-1, 1))

    def step(self) -> float:
        if self._random.random() < self._turn:
            self._sign = -self._sign
        self.price *= math.exp(self._sign * self._drift + self._sigma * self._random.gauss(0, 1))
        return self.price


class JumpWalk:
    """Jump: an ordinary walk with jumps (one in two minutes on average, of half a percent)."""

    def __init__(
        self, start: float, seed: str, volatility: float = 0.7, every: float = 120.0, size: float = 0.005
    ) -> None:
        self.price = start
        self._random = random.Random(seed)
        self._sigma = volatility * math.sqrt(STEP / YEAR)
        self._chance = STEP / every
        self._size = size

    def step(self) -> float:
        move = self._sigma * self._random.gauss(0, 1)
        jump = self._random.random() < self._chance
        size = self._random.gauss(0, self._size)
        self.price *= math.exp(move + (size if jump else 0.0))
        return self.price


PROCESSES: dict[str, type[MeanRevertingWalk] | type[TrendingWalk] | type[JumpWalk]] = {
    "calm": MeanRevertingWalk,
    "trending": TrendingWalk,
    "jump": JumpWalk,
}
