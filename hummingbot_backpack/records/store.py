"""Exact records beside Hummingbot's own database, which cuts prices after six decimals and knows no maker or taker.

One SQLite file per script configuration. A fill, a funding payment and a transfer are unique, so that one that is
reported twice is recorded once.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, create_engine, event, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool, StaticPool

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.records.reading import Reading
from hummingbot_backpack.records.rows import as_number, as_text, fill_of, fill_row, funding_row
from hummingbot_backpack.records.tables import (
    FILLS,
    FOREIGN_FILLS,
    FUNDING,
    MARKETS,
    QUOTING,
    SAMPLES,
    SESSIONS,
    TRANSFERS,
    bring_up_to_date,
)
from hummingbot_backpack.records.values import (
    FillRecord,
    ForeignFill,
    FundingRecord,
    QuotingTime,
    Sample,
    Transfer,
)

PAGE = 20_000
"""Rows that a long reading takes from the file at a time."""


def _fast_and_safe(connection: Any, _record: Any) -> None:
    """A write must not wait for a disk's flush; a write-ahead log survives any crash of the bot."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


class Records:
    """The records of one script configuration. Thread-safe: each call is a transaction of its own.

    :param path: SQLite file, created with mode 0600; None keeps everything in memory
    :param read_only: read `path` as it is and alter nothing; only the methods that read may be called then
    :raises UserError: the file is no database of ours, is damaged, or is of a newer release
    """

    def __init__(self, path: Path | None, read_only: bool = False) -> None:
        self.in_memory = path is None
        self._reading: Reading | None = None
        try:
            if path is None:
                self._engine: Engine = create_engine(
                    "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
                )
            elif read_only:
                self._reading = Reading(path)
                self._engine = create_engine("sqlite://", creator=self._reading.connect, poolclass=QueuePool)
            else:
                self._engine = _writable(path)
            with self._engine.begin() as connection:
                bring_up_to_date(connection)
        except ValueError as error:
            self.close()
            raise UserError(
                f"records file ({path}) {error}: install the newer release, or move the file away."
            ) from None
        except (DatabaseError, sqlite3.Error, OSError) as error:
            self.close()
            why = error.strerror if isinstance(error, OSError) else getattr(error, "orig", error)
            raise UserError(
                f"records file ({path}) must be a readable SQLite database, and is not ({why}): move it away, or"
                " restore it from a backup."
            ) from None

    @property
    def engine(self) -> Engine:
        return self._engine

    # Sessions -----------------------------------------------------------------------------------------------------

    def begin_session(self, started: float) -> int:
        """:returns: the session's number"""
        with self._engine.begin() as connection:
            result = connection.execute(SESSIONS.insert().values(started=started))
            return int(result.inserted_primary_key[0])  # type: ignore[index]

    def end_session(self, session: int, ended: float, reason: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(SESSIONS.update().where(SESSIONS.c.id == session).values(ended=ended, end_reason=reason))

    def sessions(self) -> list[Row[Any]]:
        """Rows of `sessions`, oldest first."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(SESSIONS).order_by(SESSIONS.c.id)))

    def open_market(
        self,
        session: int,
        connector: str,
        trading_pair: str,
        position: Decimal,
        mark: Decimal | None,
        symbol: str | None = None,
        account: str | None = None,
        perpetual: bool | None = None,
    ) -> None:
        """Write what a market began with."""
        with self._engine.begin() as connection:
            connection.execute(
                MARKETS.insert().values(
                    session=session,
                    connector=connector,
                    trading_pair=trading_pair,
                    opening_position=str(position),
                    opening_mark=as_text(mark),
                    symbol=symbol,
                    account=account,
                    perpetual=None if perpetual is None else int(perpetual),
                )
            )

    def save_market(
        self, session: int, connector: str, trading_pair: str, values: Mapping[str, Decimal | None]
    ) -> None:
        """Write a market's result so far; the columns of `session_markets` after the opening ones."""
        with self._engine.begin() as connection:
            save_market(connection, session, connector, trading_pair, values)

    def markets(self, session: int) -> list[Row[Any]]:
        """Rows of `session_markets`."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(MARKETS).where(MARKETS.c.session == session)))

    def earlier_results(self, session: int, connector: str, trading_pair: str) -> dict[str, Decimal]:
        """Sums over all earlier sessions of a market: realised, unrealised, fees, funding, maker and taker volume."""
        names = ("realised", "unrealised", "fees", "funding", "maker_volume", "taker_volume")
        totals = dict.fromkeys(names, Decimal(0))
        query = select(MARKETS).where(
            MARKETS.c.session < session, MARKETS.c.connector == connector, MARKETS.c.trading_pair == trading_pair
        )
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                for name in names:
                    totals[name] += Decimal(getattr(row, name) or 0)
        return totals

    # One at a time: tests, tools, and what is not on a running bot's path ---------------------------------------------

    def add_fill(self, session: int, record: FillRecord) -> bool:
        """:returns: whether it was new"""
        return self.add(FILLS, fill_row(session, record))

    def add_funding(self, session: int, record: FundingRecord) -> bool:
        """:returns: whether it was new"""
        return self.add(FUNDING, funding_row(session, record))

    def add(self, table: Table, row: Mapping[str, Any]) -> bool:
        """:returns: whether it was new"""
        with self._engine.begin() as connection:
            return connection.execute(insert(table).values(**row).on_conflict_do_nothing()).rowcount == 1

    def has_fill(self, record: FillRecord) -> bool:
        """Whether a fill of that identity is on record."""
        return self._has(FILLS, connector=record.connector, trading_pair=record.trading_pair,
                         order_id=record.order_id, trade_id=record.trade_id)  # fmt: skip

    def has_funding(self, record: FundingRecord) -> bool:
        """Whether a payment of that market and time is on record."""
        return self._has(FUNDING, connector=record.connector, trading_pair=record.trading_pair, time=record.time)

    def _has(self, table: Table, **identity: Any) -> bool:
        query = select(table.c.id).where(*(table.c[name] == value for name, value in identity.items()))
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    # Reading ------------------------------------------------------------------------------------------------------

    def fills(self, session: int | None = None) -> Iterator[FillRecord]:
        """Fills in the order in which they were recorded, of one session or of all."""
        for row in self.rows(FILLS, session):
            yield FillRecord(
                connector=row.connector,
                trading_pair=row.trading_pair,
                trade_id=row.trade_id,
                order_id=row.order_id,
                exchange_order_id=row.exchange_order_id,
                fill=fill_of(row),
                purpose=row.purpose,
                bid=as_number(row.bid),
                ask=as_number(row.ask),
            )

    def funding(self, session: int | None = None) -> Iterator[FundingRecord]:
        """Funding payments in the order in which they were recorded, of one session or of all."""
        for row in self.rows(FUNDING, session):
            yield FundingRecord(
                connector=row.connector,
                trading_pair=row.trading_pair,
                time=row.time,
                amount=Decimal(row.amount),
                rate=Decimal(row.rate),
            )

    def foreign_fills(self, session: int | None = None) -> Iterator[ForeignFill]:
        """Fills that are not ours, in the order in which they were recorded."""
        for row in self.rows(FOREIGN_FILLS, session):
            yield ForeignFill(row.account, row.symbol, row.trade_id, row.order_id, row.origin, fill_of(row))

    def transfers(self, session: int | None = None) -> Iterator[Transfer]:
        """Deposits, withdrawals, interest, and funding of other markets."""
        for row in self.rows(TRANSFERS, session):
            yield Transfer(
                row.account, row.kind, row.reference, row.asset, Decimal(row.amount), as_number(row.price), row.time
            )

    def samples(self, session: int | None = None) -> Iterator[Sample]:
        """What the accounts held, oldest first."""
        for row in self.rows(SAMPLES, session):
            yield Sample(
                account=row.account,
                kind=row.kind,
                time=row.time,
                equity=Decimal(row.equity),
                assets={name: (Decimal(a), Decimal(b)) for name, (a, b) in json.loads(row.assets).items()},
                positions={
                    name: (Decimal(a), Decimal(b), Decimal(c)) for name, (a, b, c) in json.loads(row.positions).items()
                },
                fills=row.fills,
                margin_fraction=as_number(row.margin_fraction),
                maintenance=as_number(row.maintenance),
            )

    def quoting(self, session: int | None = None) -> Iterator[QuotingTime]:
        """Minutes of quoting, oldest first."""
        for row in self.rows(QUOTING, session):
            yield QuotingTime(
                row.connector,
                row.trading_pair,
                row.time,
                row.seconds,
                (row.both_7_5, row.both_15),
                (row.bid_size_7_5, row.bid_size_15),
                (row.ask_size_7_5, row.ask_size_15),
            )

    def rows(self, table: Table, session: int | None = None) -> Iterator[Row[Any]]:
        """Rows in the order in which they were recorded; read page by page, however many there are."""
        query = select(table).order_by(table.c.id).limit(PAGE)
        if session is not None:
            query = query.where(table.c.session == session)
        last = 0
        with self._engine.connect() as connection:
            while page := connection.execute(query.where(table.c.id > last)).all():
                yield from page
                last = page[-1].id

    def count(self, table: Table, session: int | None = None) -> int:
        """Number of rows, of one session or of all."""
        where = "" if session is None else " WHERE session = :session"
        with self._engine.connect() as connection:
            found = connection.execute(text(f"SELECT COUNT(*) FROM {table.name}{where}"), {"session": session})
            return int(found.scalar() or 0)

    def close(self) -> None:
        if hasattr(self, "_engine"):
            self._engine.dispose()
        if self._reading is not None:
            self._reading.close()


def _writable(path: Path) -> Engine:
    """:raises UserError: the file cannot be made, or not be written"""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(f"records file ({path}) must be writable: {error.strerror}.") from None
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _fast_and_safe)
    return engine


def save_market(
    connection: Connection, session: int, connector: str, trading_pair: str, values: Mapping[str, Decimal | None]
) -> None:
    """See `Records.save_market`."""
    connection.execute(
        MARKETS.update()
        .where(MARKETS.c.session == session, MARKETS.c.connector == connector, MARKETS.c.trading_pair == trading_pair)
        .values(**{name: as_text(value) for name, value in values.items()})
    )
