"""What a market is: its row on the wire, its grids, price limits and margin functions."""

import math
from dataclasses import dataclass, field
from typing import Any

from hummingbot_backpack.simulator.amounts import DIGITS, UNIT, Grid, units


@dataclass(frozen=True, slots=True)
class MarginFunction:
    """``max(base, factor × √notional)``: a margin fraction that grows with the position."""

    base: int
    factor: float
    wire: dict[str, str]

    @classmethod
    def of(cls, row: dict[str, str]) -> "MarginFunction":
        return cls(units(row["base"]), float(row["factor"]), row)

    def __call__(self, notional: int) -> int:
        """Fraction (in units) for a notional (in units of quote)."""
        curve = int(self.factor * math.sqrt(abs(notional) / UNIT) * UNIT)
        return max(self.base, curve)


@dataclass(slots=True)
class Market:
    """One market: `row` is what `/markets` shows; everything else is derived from it once."""

    row: dict[str, Any]
    start_price: int
    symbol: str = field(init=False)
    base: str = field(init=False)
    quote: str = field(init=False)
    is_perpetual: bool = field(init=False)
    price_grid: Grid = field(init=False)
    quantity_grid: Grid = field(init=False)
    notional_unit: int = field(init=False)
    """Quote units of one step at one tick: notional = ticks × steps × notional_unit, exactly."""
    quote_places: int = field(init=False)
    mark_grain: int = field(init=False)
    """Marks are multiples of this, so that quantity × mark is a whole number of units."""
    min_steps: int = field(init=False)
    max_steps: int | None = field(init=False)
    imf: MarginFunction | None = field(init=False)
    mmf: MarginFunction | None = field(init=False)

    def __post_init__(self) -> None:
        row = self.row
        price, quantity = row["filters"]["price"], row["filters"]["quantity"]
        self.symbol, self.base, self.quote = row["symbol"], row["baseSymbol"], row["quoteSymbol"]
        self.is_perpetual = row["marketType"] == "PERP"
        self.price_grid, self.quantity_grid = Grid.of(price["tickSize"]), Grid.of(quantity["stepSize"])
        self.notional_unit, rest = divmod(self.price_grid.unit * self.quantity_grid.unit, UNIT)
        if rest:
            raise ValueError(f"{self.symbol}: tick times step must be a whole number of 1e-{DIGITS}")
        self.quote_places = self.price_grid.places + self.quantity_grid.places
        self.mark_grain = 10 ** (DIGITS - min(8, DIGITS - self.quantity_grid.places))
        self.min_steps = self.quantity_grid.floor(units(quantity["minQuantity"]))
        self.max_steps = self.quantity_grid.floor(units(quantity["maxQuantity"])) if quantity["maxQuantity"] else None
        self.imf = MarginFunction.of(row["imfFunction"]) if row["imfFunction"] else None
        self.mmf = MarginFunction.of(row["mmfFunction"]) if row["mmfFunction"] else None

    @property
    def state(self) -> str:
        """Open, PostOnly, LimitOnly, CancelOnly or Closed."""
        return str(self.row["orderBookState"])

    @state.setter
    def state(self, value: str) -> None:
        self.row["orderBookState"] = value

    def price_filter(self, name: str) -> int | None:
        """A number of the price filter in units, or None where the market has none."""
        value = self.row["filters"]["price"][name]
        return None if value is None else units(value)

    def notional(self, ticks: int, steps: int) -> int:
        return ticks * steps * self.notional_unit

    def value(self, steps: int, price: int) -> int:
        """Quote units of so many steps at a price in units (a mark or an index, on its own grain)."""
        return steps * self.quantity_grid.unit * price // UNIT

    def mark_grained(self, price: float | int) -> int:
        grain = self.mark_grain
        return int(price) // grain * grain
