"""The report's CSV files: fills, matched trades, parts. Decimals are exact, times are ISO 8601 in UTC."""

import csv
import os
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from hummingbot_backpack.market_making.accounting import Match
from hummingbot_backpack.records import HORIZONS
from hummingbot_backpack.records.tables import FILLS
from hummingbot_backpack.report.figures import APART, TRADING
from hummingbot_backpack.report.model import Report

FILL_COLUMNS = (
    "session", "connector", "trading_pair", "side", "price", "quantity", "fee", "fee_asset", "liquidity", "purpose",
    "bid", "ask", *(f"{side}_{seconds}" for seconds in HORIZONS for side in ("bid", "ask")),
    "trade_id", "order_id", "exchange_order_id",
)  # fmt: skip
TRADE_COLUMNS = (
    "session", "connector", "trading_pair", "opened", "closed", "quantity", "opened_at", "closed_at", "profit",
)  # fmt: skip


_NAMES = list(FILLS.columns.keys())
_PICK = itemgetter(_NAMES.index("time"), *map(_NAMES.index, FILL_COLUMNS))


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


class CsvFiles:
    """Writes `NAME-fills.csv` and `NAME-trades.csv` while fills are read, and `NAME-parts.csv` at the end.

    :param stem: path without an ending
    """

    def __init__(self, stem: Path) -> None:
        self.paths = [stem.with_name(f"{stem.name}-{kind}.csv") for kind in ("fills", "trades", "parts")]
        self._files: list[TextIO] = []
        self._fills: Any = None
        self._trades: Any = None

    def __enter__(self) -> "CsvFiles":
        self.paths[0].parent.mkdir(parents=True, exist_ok=True)
        self._files = [_private(path) for path in self.paths]
        self._fills, self._trades = csv.writer(self._files[0]), csv.writer(self._files[1])
        self._fills.writerow(("time", *FILL_COLUMNS))
        self._trades.writerow(TRADE_COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def fill(self, row: Any) -> None:
        moment, *rest = _PICK(row)
        self._fills.writerow((iso(moment), *rest))

    def match(self, row: Any, match: Match) -> None:
        """A closing trade against the oldest open lot; what was held at the start was opened at no known time."""
        self._trades.writerow(
            (
                row.session, row.connector, row.trading_pair, iso(match.opened) if match.opened else "",
                iso(match.closed), match.quantity, match.opened_at, match.closed_at, match.profit,
            )
        )  # fmt: skip

    def parts(self, report: Report) -> None:
        writer = csv.writer(self._files[2])
        writer.writerow(("connector", "trading_pair", "part", report.quote))
        for result in report.markets:
            for name in TRADING:
                writer.writerow((result.connector, result.trading_pair, name, f"{getattr(result.parts, name):f}"))
        for name in (*TRADING, *APART):
            writer.writerow(("total", "", name, f"{getattr(report.total.parts, name):f}"))
        if report.change is not None and report.unexplained is not None:
            writer.writerow(("total", "", "unexplained", f"{report.unexplained:f}"))
            writer.writerow(("total", "", "account_change", f"{report.change:f}"))


def _private(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")
