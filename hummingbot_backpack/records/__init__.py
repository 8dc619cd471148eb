"""Exact records of what a bot did: what is recorded, where, and the thread that writes it."""

from hummingbot_backpack.records.store import Records
from hummingbot_backpack.records.tables import HORIZONS
from hummingbot_backpack.records.values import (
    FillRecord,
    ForeignFill,
    FundingRecord,
    QuotingTime,
    Sample,
    Transfer,
)
from hummingbot_backpack.records.writer import RecordWriter

__all__ = [
    "HORIZONS",
    "FillRecord",
    "ForeignFill",
    "FundingRecord",
    "QuotingTime",
    "RecordWriter",
    "Records",
    "Sample",
    "Transfer",
]
