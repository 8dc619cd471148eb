"""Recorded books and bars: which kind a file is, and its rows, read as a stream. `tape.py` reads recorded trades."""

import csv
import gzip
import math
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import orjson

from hummingbot_backpack.simulator.flow.prices import STEP
from hummingbot_backpack.simulator.flow.tape import read_tape

GRAIN = 10**8
"""Recorded prices and quantities are read as whole numbers of 1/GRAIN, so that equal levels are equal keys."""
TOUCH = ("time_us", "bid", "bid_quantity", "ask", "ask_quantity")
BARS = ("timestamp", "open", "high", "low", "close", "volume")
MINUTE = 60_000_000

Levels = list[tuple[int, int]]
"""(price, absolute quantity) in 1/GRAIN; quantity 0 deletes."""


class BookRow(NamedTuple):
    """A change of a recorded book; with `replaces` it is the whole book."""

    time_us: int
    replaces: bool
    bids: Levels
    asks: Levels


class Bar(NamedTuple):
    """A minute's prices, the time of its beginning, and its volume as recorded."""

    time_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float


def opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", newline="", encoding="utf-8")
    return path.open("rt", newline="", encoding="utf-8")


def kind_of(path: Path) -> str:
    """touch, depth, bars or (whatever else it is) trades, by the first line. Raises ValueError if it cannot be read."""
    try:
        with opened(path) as file:
            line = file.readline(100_000).strip()
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        raise ValueError(f"flow ({path}) must be a readable text file: {error}") from None
    if line.startswith("{"):
        return "depth"
    columns = {name.strip() for name in line.split(",")}
    if columns.issuperset(TOUCH):
        return "touch"
    return "bars" if columns.issuperset(BARS) else "trades"


def _whole(value: Any, path: Path, line: int, positive: bool) -> int:
    """A recorded number in 1/GRAIN."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"flow ({path}) line {line} must hold numbers") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"flow ({path}) line {line} must hold prices over 0 and quantities of at least 0")
    whole = round(number * GRAIN)
    if positive and not whole:
        raise ValueError(f"flow ({path}) line {line} must hold prices (and in a touch quantities) over 0")
    return whole


def _time(value: Any, path: Path, line: int, before: int | None) -> int:
    try:
        time_us = int(value)
    except (TypeError, ValueError):
        raise ValueError(f"flow ({path}) line {line} must hold its time in whole microseconds") from None
    if before is not None and time_us < before:
        raise ValueError(f"flow ({path}) line {line} must not be earlier than the line before it")
    return time_us


def read_touch(path: Path) -> Iterator[BookRow]:
    """Best bid and ask, a row per change. Raises ValueError on a bad row."""
    time_us: int | None = None
    with opened(path) as file:
        reader = csv.DictReader(file)
        for row in reader:
            line = reader.line_num
            time_us = _time(row["time_us"], path, line, time_us)
            bid, bids, ask, asks = (_whole(row[name], path, line, True) for name in TOUCH[1:])
            if bid >= ask:
                raise ValueError(f"flow ({path}) line {line} must have its bid under its ask")
            yield BookRow(time_us, True, [(bid, bids)], [(ask, asks)])


def read_depth(path: Path) -> Iterator[BookRow]:
    """Snapshots and differences of a whole book, absolute sizes. Raises ValueError on a bad line."""
    time_us: int | None = None
    with opened(path) as file:
        for line, text in enumerate(file, 1):
            try:
                row = orjson.loads(text)
                kind, sides = row["type"], (row["bids"], row["asks"])
                levels = [[(price, quantity) for price, quantity in side] for side in sides]
            except (ValueError, TypeError, KeyError):
                raise ValueError(
                    f"flow ({path}) line {line} must be an object with time_us, type, bids and asks, levels as "
                    "[price, quantity]"
                ) from None
            if kind not in ("snapshot", "diff"):
                raise ValueError(f"flow ({path}) line {line} must have the type snapshot or diff")
            time_us = _time(row.get("time_us"), path, line, time_us)
            bids, asks = (
                [(_whole(price, path, line, True), _whole(quantity, path, line, False)) for price, quantity in side]
                for side in levels
            )
            if line == 1 and first_mid(BookRow(time_us, True, bids, asks)) is None:
                raise ValueError(f"flow ({path}) line 1 must hold bids under asks: the price is scaled by it")
            yield BookRow(time_us, kind == "snapshot", bids, asks)


def first_mid(row: BookRow) -> int | None:
    """Twice the mid price of a row that is a whole book, in 1/GRAIN; None where a side is empty or they cross."""
    bid = max((price for price, quantity in row.bids if quantity), default=None)
    ask = min((price for price, quantity in row.asks if quantity), default=None)
    return None if bid is None or ask is None or bid >= ask else bid + ask


def read_bars(path: Path, begin: datetime | None = None, end: datetime | None = None) -> Iterator[Bar]:
    """Bars of a minute that begin in the window (end excluded). Raises ValueError on a bad row, also outside it."""
    before: int | None = None
    first = None if begin is None else microseconds(begin)
    last = None if end is None else microseconds(end)
    with opened(path) as file:
        reader = csv.DictReader(file)
        for row in reader:
            place = f"flow ({path}) line {reader.line_num}"
            try:
                time_us = microseconds(datetime.fromisoformat(row["timestamp"]))
            except (TypeError, ValueError):
                raise ValueError(f"{place} must hold a UTC timestamp such as 2022-01-21 12:00:00") from None
            if before is not None and time_us < before + MINUTE:
                raise ValueError(f"{place} must be a minute or more after the line before it")
            before = time_us
            try:
                bar = Bar(time_us, *(float(row[name]) for name in BARS[1:]))
            except (TypeError, ValueError):
                raise ValueError(f"{place} must hold numbers") from None
            if not all(math.isfinite(value) for value in bar[1:]) or bar.volume < 0:
                raise ValueError(f"{place} must hold prices over 0 and a volume of at least 0")
            if not 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
                raise ValueError(f"{place} must have 0 < low <= open, close <= high")
            if (first is None or time_us >= first) and (last is None or time_us < last):
                yield bar


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970; a time without a zone is UTC."""
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


READERS: dict[str, Callable[[Path], Iterator[Any]]] = {
    "trades": read_tape,
    "touch": read_touch,
    "depth": read_depth,
    "bars": read_bars,
}


def checked_kind(path: Path) -> str:
    """The kind of a recording after every line of it was read once, so that a bad one stops nothing half-way."""
    kind = kind_of(path)
    count = 0
    try:
        for _ in READERS[kind](path):
            count += 1
    except (OSError, EOFError, UnicodeError, zlib.error, csv.Error) as error:
        if isinstance(error, UnicodeError) or not isinstance(error, ValueError):
            raise ValueError(f"flow ({path}) must be a readable text file: {error}") from None
        raise
    if not count:
        raise ValueError(f"flow ({path}) must hold at least one {'trade' if kind == 'trades' else 'row'}")
    return kind


def path_of(bar: Bar, second: float) -> float:
    """Price at a second of a bar: open, from 20 s the extreme nearer to it, from 40 s the other, close at the end.

    Straight legs in between; the close is reached a step before the minute is over, so that it trades.
    """
    near, far = (bar.low, bar.high) if bar.open - bar.low <= bar.high - bar.open else (bar.high, bar.low)
    points = ((0.0, bar.open), (20.0, near), (40.0, far), (60.0 - STEP, bar.close))
    for (start, begin), (stop, end) in pairwise(points):
        if second < stop:
            return begin + (end - begin) * (second - start) / (stop - start)
    return bar.close
