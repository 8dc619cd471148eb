"""What is recorded as rows of its tables, and back. Numbers are kept as text, so that none loses a digit."""

import json
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from hummingbot_backpack.market_making.accounting import Fill
from hummingbot_backpack.market_making.values import Side
from hummingbot_backpack.records.values import (
    FillRecord,
    ForeignFill,
    FundingRecord,
    QuotingTime,
    Sample,
    Transfer,
)


def as_text(value: Decimal | None) -> str | None:
    """An exact number as it is kept; None stays None."""
    return None if value is None else str(value)


def as_number(value: str | None) -> Decimal | None:
    """What `as_text` kept."""
    return None if value is None else Decimal(value)


def fill_row(session: int, record: FillRecord) -> dict[str, Any]:
    """The record as a row of `fills`."""
    return {
        "session": session,
        "connector": record.connector,
        "trading_pair": record.trading_pair,
        "trade_id": record.trade_id,
        "order_id": record.order_id,
        "exchange_order_id": record.exchange_order_id,
        **_money_of(record.fill),
        "purpose": record.purpose,
        "bid": as_text(record.bid),
        "ask": as_text(record.ask),
    }


def funding_row(session: int, record: FundingRecord) -> dict[str, Any]:
    """The record as a row of `funding`."""
    return {
        "session": session,
        "connector": record.connector,
        "trading_pair": record.trading_pair,
        "time": record.time,
        "amount": str(record.amount),
        "rate": str(record.rate),
    }


def foreign_row(session: int, record: ForeignFill) -> dict[str, Any]:
    """The record as a row of `foreign_fills`."""
    return {
        "session": session,
        "account": record.account,
        "symbol": record.symbol,
        "trade_id": record.trade_id,
        "order_id": record.order_id,
        "origin": record.origin,
        **_money_of(record.fill),
    }


def transfer_row(session: int, record: Transfer) -> dict[str, Any]:
    """The record as a row of `transfers`."""
    return {
        "session": session,
        "account": record.account,
        "kind": record.kind,
        "reference": record.reference,
        "asset": record.asset,
        "amount": str(record.amount),
        "price": as_text(record.price),
        "time": record.time,
    }


def sample_row(session: int, sample: Sample) -> dict[str, Any]:
    """The sample as a row of `samples`."""
    return {
        "session": session,
        "account": sample.account,
        "kind": sample.kind,
        "time": sample.time,
        "equity": str(sample.equity),
        "assets": json.dumps({name: list(map(str, held)) for name, held in sample.assets.items()}),
        "positions": json.dumps({name: list(map(str, held)) for name, held in sample.positions.items()}),
        "fills": sample.fills,
        "margin_fraction": as_text(sample.margin_fraction),
        "maintenance": as_text(sample.maintenance),
    }


def quoting_row(session: int, spent: QuotingTime) -> dict[str, Any]:
    """The minute as a row of `quoting`."""
    return {
        "session": session,
        "connector": spent.connector,
        "trading_pair": spent.trading_pair,
        "time": spent.time,
        "seconds": spent.seconds,
        "both_7_5": spent.both[0],
        "both_15": spent.both[1],
        "bid_size_7_5": spent.bid_size[0],
        "bid_size_15": spent.bid_size[1],
        "ask_size_7_5": spent.ask_size[0],
        "ask_size_15": spent.ask_size[1],
    }


def _money_of(fill: Fill) -> dict[str, Any]:
    return {
        "side": fill.side.value,
        "price": str(fill.price),
        "quantity": str(fill.quantity),
        "fee": str(fill.fee),
        "fee_asset": fill.fee_asset,
        "liquidity": "maker" if fill.is_maker else "taker",
        "time": fill.time,
    }


def fill_of(row: Row[Any]) -> Fill:
    """The fill in a row of `fills` or `foreign_fills`."""
    return Fill(
        side=Side(row.side),
        price=Decimal(row.price),
        quantity=Decimal(row.quantity),
        fee=Decimal(row.fee),
        fee_asset=row.fee_asset,
        is_maker=row.liquidity == "maker",
        time=row.time,
    )
