"""A recording as the flow: its trades become taker orders, and the other makers stand around its price."""

import csv
import gzip
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hummingbot_backpack.simulator.orders import ASK, BID


class TapeRow(NamedTuple):
    """One recorded trade: microseconds since the first, price, base quantity, aggressor's side."""

    offset_us: int
    price: float
    quantity: float
    side: int


COLUMNS = ("time_us", "price", "quantity", "side")


def read_tape(path: Path, first: int | None = None) -> Iterator[TapeRow]:
    """Rows of a CSV (or .csv.gz) with the columns time_us, price, quantity, side. Raises ValueError on a bad one.

    `first`: microseconds since 1970 that offsets count from, where it is not the first row's time.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"flow ({path}) must have the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)}")
        for row in reader:
            try:
                time_us, price, quantity = int(row["time_us"]), float(row["price"]), float(row["quantity"])
            except (TypeError, ValueError):
                raise ValueError(f"flow ({path}) line {reader.line_num} must hold numbers") from None
            if not (price > 0 and quantity > 0 and math.isfinite(price) and math.isfinite(quantity)):
                raise ValueError(f"flow ({path}) line {reader.line_num} must hold a positive price and quantity")
            if row["side"].lower() not in ("buy", "sell"):
                raise ValueError(f"flow ({path}) line {reader.line_num} must say buy or sell")
            first = time_us if first is None else first
            yield TapeRow(time_us - first, price, quantity, BID if row["side"].lower() == "buy" else ASK)


class ScaledTape:
    """A tape whose first price is brought to the market's, and whose notional to a share of what was traded."""

    def __init__(self, path: Path, start_price: float, quantity_scale: float) -> None:
        self._rows = read_tape(path)
        self._next = next(self._rows, None)
        if self._next is None:
            raise ValueError(f"flow ({path}) must hold at least one trade")
        self.price_factor = start_price / self._next.price
        self._quantity_factor = quantity_scale / self.price_factor
        self.finished = False

    def until(self, offset_us: int) -> Iterator[TapeRow]:
        """Scaled trades up to a time since the tape's start."""
        while self._next is not None and self._next.offset_us <= offset_us:
            row = self._next
            self._next = next(self._rows, None)
            yield row._replace(price=row.price * self.price_factor, quantity=row.quantity * self._quantity_factor)
        self.finished = self._next is None
