"""Exact records beside Hummingbot's own database, which cuts prices after six decimals and knows no maker or taker.

One SQLite file per script configuration. Money is kept as text, exactly as the exchange sent it; times are seconds
since the epoch. A fill and a funding payment are unique, so that one that is reported twice is recorded once.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import StaticPool

from hummingbot_backpack.market_making.accounting import Fill
from hummingbot_backpack.market_making.values import Side

METADATA = MetaData()

FILLS = Table(
    "fills",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("connector", String, nullable=False),
    Column("trading_pair", String, nullable=False),
    Column("trade_id", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("exchange_order_id", String, nullable=False),
    Column("side", String, nullable=False),
    Column("price", String, nullable=False),
    Column("quantity", String, nullable=False),
    Column("fee", String, nullable=False),
    Column("fee_asset", String, nullable=False),
    Column("liquidity", String, nullable=False),
    Column("time", Float, nullable=False),
    UniqueConstraint("connector", "trading_pair", "order_id", "trade_id"),
)

FUNDING = Table(
    "funding",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("connector", String, nullable=False),
    Column("trading_pair", String, nullable=False),
    Column("time", Float, nullable=False),
    Column("amount", String, nullable=False),
    Column("rate", String, nullable=False),
    UniqueConstraint("connector", "trading_pair", "time"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started", Float, nullable=False),
    Column("ended", Float),
    Column("end_reason", String),
)

MARKETS = Table(
    "session_markets",
    METADATA,
    Column("session", Integer, nullable=False),
    Column("connector", String, nullable=False),
    Column("trading_pair", String, nullable=False),
    Column("opening_position", String, nullable=False),
    Column("opening_mark", String),
    Column("closing_position", String),
    Column("closing_mark", String),
    Column("realised", String),
    Column("unrealised", String),
    Column("fees", String),
    Column("funding", String),
    Column("maker_volume", String),
    Column("taker_volume", String),
    UniqueConstraint("session", "connector", "trading_pair"),
)


@dataclass(frozen=True)
class FillRecord:
    """A fill with what identifies it."""

    connector: str
    trading_pair: str
    trade_id: str
    order_id: str
    exchange_order_id: str
    fill: Fill


@dataclass(frozen=True)
class FundingRecord:
    """A funding payment, positive when received."""

    connector: str
    trading_pair: str
    time: float
    amount: Decimal
    rate: Decimal


def _fast_and_safe(connection: Any, _record: Any) -> None:
    """A write must not hold up the event loop for a disk's flush; a write-ahead log survives any crash of the bot."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


class Records:
    """The records of one script configuration.

    :param path: SQLite file, created with mode 0600; None keeps everything in memory
    """

    def __init__(self, path: Path | None) -> None:
        if path is None:
            self._engine: Engine = create_engine("sqlite://", poolclass=StaticPool)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._engine = create_engine(f"sqlite:///{path}")
            event.listen(self._engine, "connect", _fast_and_safe)
        METADATA.create_all(self._engine)

    def begin_session(self, started: float) -> int:
        """:returns: the session's number"""
        with self._engine.begin() as connection:
            result = connection.execute(SESSIONS.insert().values(started=started))
            return int(result.inserted_primary_key[0])  # type: ignore[index]

    def end_session(self, session: int, ended: float, reason: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(SESSIONS.update().where(SESSIONS.c.id == session).values(ended=ended, end_reason=reason))

    def open_market(
        self, session: int, connector: str, trading_pair: str, position: Decimal, mark: Decimal | None
    ) -> None:
        """Write what a market began with."""
        with self._engine.begin() as connection:
            connection.execute(
                MARKETS.insert().values(
                    session=session,
                    connector=connector,
                    trading_pair=trading_pair,
                    opening_position=str(position),
                    opening_mark=None if mark is None else str(mark),
                )
            )

    def save_market(self, session: int, connector: str, trading_pair: str, values: dict[str, Decimal | None]) -> None:
        """Write a market's result so far; the columns of `session_markets` after the opening ones."""
        texts = {name: None if value is None else str(value) for name, value in values.items()}
        with self._engine.begin() as connection:
            connection.execute(
                MARKETS.update()
                .where(
                    MARKETS.c.session == session,
                    MARKETS.c.connector == connector,
                    MARKETS.c.trading_pair == trading_pair,
                )
                .values(**texts)
            )

    def add_fill(self, session: int, record: FillRecord) -> bool:
        """:returns: whether it was new"""
        fill = record.fill
        return self._add(
            FILLS,
            session=session,
            connector=record.connector,
            trading_pair=record.trading_pair,
            trade_id=record.trade_id,
            order_id=record.order_id,
            exchange_order_id=record.exchange_order_id,
            side=fill.side.value,
            price=str(fill.price),
            quantity=str(fill.quantity),
            fee=str(fill.fee),
            fee_asset=fill.fee_asset,
            liquidity="maker" if fill.is_maker else "taker",
            time=fill.time,
        )

    def add_funding(self, session: int, record: FundingRecord) -> bool:
        """:returns: whether it was new"""
        return self._add(
            FUNDING,
            session=session,
            connector=record.connector,
            trading_pair=record.trading_pair,
            time=record.time,
            amount=str(record.amount),
            rate=str(record.rate),
        )

    def _add(self, table: Table, **values: object) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(insert(table).values(**values).on_conflict_do_nothing()).rowcount == 1

    def fills(self, session: int | None = None) -> Iterator[FillRecord]:
        """Fills in the order in which they were recorded, of one session or of all."""
        for row in self._rows(FILLS, session):
            yield FillRecord(
                connector=row.connector,
                trading_pair=row.trading_pair,
                trade_id=row.trade_id,
                order_id=row.order_id,
                exchange_order_id=row.exchange_order_id,
                fill=Fill(
                    side=Side(row.side),
                    price=Decimal(row.price),
                    quantity=Decimal(row.quantity),
                    fee=Decimal(row.fee),
                    fee_asset=row.fee_asset,
                    is_maker=row.liquidity == "maker",
                    time=row.time,
                ),
            )

    def funding(self, session: int | None = None) -> Iterator[FundingRecord]:
        """Funding payments in the order in which they were recorded, of one session or of all."""
        for row in self._rows(FUNDING, session):
            yield FundingRecord(
                connector=row.connector,
                trading_pair=row.trading_pair,
                time=row.time,
                amount=Decimal(row.amount),
                rate=Decimal(row.rate),
            )

    def _rows(self, table: Table, session: int | None) -> Iterator[Row[Any]]:
        query = select(table).order_by(table.c.id)
        if session is not None:
            query = query.where(table.c.session == session)
        with self._engine.connect() as connection:
            yield from connection.execute(query)

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

    def close(self) -> None:
        self._engine.dispose()
