"""Writes records on a thread of its own: trading never waits for a disk."""

import logging
import queue
import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from hummingbot_backpack.records.store import Records, save_market
from hummingbot_backpack.records.tables import FILLS

_logger = logging.getLogger(__name__)

BATCH_SECONDS = 0.25
"""What comes within this time of the first row is one transaction: on disk after half a second at the latest."""
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 10.0
"""At the end, how long a disk that refuses is asked again."""

_KEY = ("connector", "trading_pair", "order_id", "trade_id")


class _Insert(NamedTuple):
    table: Table
    row: Mapping[str, Any]


class _Touch(NamedTuple):
    key: tuple[str, str, str, str]
    columns: tuple[str, str]
    values: tuple[str | None, str | None]


class _Market(NamedTuple):
    session: int
    connector: str
    trading_pair: str
    values: Mapping[str, Decimal | None]


class RecordWriter:
    """A queue before the records, written in batches, in order, completely at the end.

    What cannot be written (a full disk) stays in the queue and is tried again; that is said once.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._failed = False
        self.lost = 0
        # What is in memory waits for no disk.
        self._thread = None if records.in_memory else threading.Thread(target=self._run, name="records", daemon=True)
        if self._thread is not None:
            self._thread.start()

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """Add a row unless one of the same identity is there."""
        self._put(_Insert(table, row))

    def touch(self, key: tuple[str, str, str, str], seconds: int, bid: str | None, ask: str | None) -> None:
        """Note the touch so many seconds after a fill."""
        self._put(_Touch(key, (f"bid_{seconds}", f"ask_{seconds}"), (bid, ask)))

    def market(self, session: int, connector: str, trading_pair: str, values: Mapping[str, Decimal | None]) -> None:
        """Write a market's result so far."""
        self._put(_Market(session, connector, trading_pair, values))

    def close(self) -> None:
        """Write everything that is left, then end. Blocks, at most `CLOSE_SECONDS` where the disk refuses."""
        if self._thread is None:
            return
        self._closing.set()
        self._queue.put(None)
        self._thread.join(CLOSE_SECONDS + 5)
        if self.lost:
            _logger.error("%s rows of the records could not be written and are lost.", self.lost)

    def _put(self, item: Any) -> None:
        if self._thread is None:
            self._write([item])
        else:
            self._queue.put(item)

    def _run(self) -> None:
        batch: list[Any] = []
        give_up = None
        while True:
            if not batch:
                batch.append(self._queue.get())
                self._closing.wait(BATCH_SECONDS)
            batch += self._drain()
            work = [each for each in batch if each is not None]
            if self._write(work):
                if len(work) < len(batch) and self._queue.empty():
                    return
                batch = []
                continue
            if self._closing.is_set():
                give_up = give_up or time.monotonic() + CLOSE_SECONDS
                if time.monotonic() > give_up:
                    self.lost = len(work)
                    return
            batch = [*work, *(each for each in batch if each is None)]
            time.sleep(RETRY_SECONDS)

    def _drain(self) -> list[Any]:
        found = []
        while True:
            try:
                found.append(self._queue.get_nowait())
            except queue.Empty:
                return found

    def _write(self, work: list[Any]) -> bool:
        if not work:
            return True
        try:
            with self._records.engine.begin() as connection:
                _carry_out(connection, work)
        except SQLAlchemyError as error:
            if not self._failed:
                self._failed = True
                _logger.error("The records could not be written and are tried again: %s", getattr(error, "orig", error))
            return False
        if self._failed:
            self._failed = False
            _logger.info("The records are written again.")
        return True


def _carry_out(connection: Connection, work: list[Any]) -> None:
    """In order; neighbours of one kind as one statement."""
    start = 0
    while start < len(work):
        kind = _kind(work[start])
        end = start + 1
        while end < len(work) and _kind(work[end]) == kind:
            end += 1
        group = work[start:end]
        first = group[0]
        if isinstance(first, _Insert):
            connection.execute(insert(first.table).on_conflict_do_nothing(), [dict(each.row) for each in group])
        elif isinstance(first, _Touch):
            statement = (
                FILLS.update()
                .where(*(FILLS.c[name] == bindparam(f"key_{name}") for name in _KEY))
                .values({name: bindparam(f"new_{name}") for name in first.columns})
            )
            connection.execute(statement, [_parameters(each) for each in group])
        else:
            for each in group:
                save_market(connection, each.session, each.connector, each.trading_pair, each.values)
        start = end


def _kind(item: Any) -> tuple[Any, ...]:
    if isinstance(item, _Insert):
        return (_Insert, item.table.name)
    return (_Touch, item.columns) if isinstance(item, _Touch) else (_Market,)


def _parameters(item: _Touch) -> dict[str, Any]:
    keys = {f"key_{name}": value for name, value in zip(_KEY, item.key, strict=True)}
    return {**keys, **{f"new_{name}": value for name, value in zip(item.columns, item.values, strict=True)}}
