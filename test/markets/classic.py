"""A run of the perpetual market maker in the settings that users of the classic bot know, on a recorded market."""

import csv
import gzip
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from hummingbot_backpack.demo.figures import Figures
from hummingbot_backpack.demo.kinds import KINDS
from hummingbot_backpack.demo.session import Plan, Run
from hummingbot_backpack.records import Records

KIND, CONTROLLER = KINDS["perp"], "sol_perp_maker.yml"
HOURS = 6
CLASSIC: dict[str, Any] = {
    "spread_pct": 0.01, "order_amount": 0.1, "orders_per_side": 2, "level_step_bps": 0, "target_position": 0,
    "max_position": 5, "position_threshold": 2, "inventory_skew": 0, "stop_loss": 1, "take_profit": 5,
}  # fmt: skip
SETTLED_SECONDS = 10.0
"""Within this time an excursion is reduced, or one of our own quotes has ended it: four processes share two cores."""


def worst_hours(bars: Path, into: Path) -> tuple[str, Decimal]:
    """Write the six hours with the deepest fall from a high to a file of bars.

    :returns: when they begin (UTC), and the fall as a fraction of the high
    """
    with gzip.open(bars, "rt") as file:
        rows = list(csv.DictReader(file))
    length, worst = HOURS * 60, (Decimal(0), 0)
    prices = [(Decimal(row["high"]), Decimal(row["low"])) for row in rows]
    for begin in range(0, len(rows) - length, 15):
        high, fall = Decimal(0), Decimal(0)
        for top, bottom in prices[begin : begin + length]:
            high = max(high, top)
            fall = max(fall, 1 - bottom / high)
        worst = max(worst, (fall, -begin))
    fall, begin = worst[0], -worst[1]
    with into.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows[begin : begin + length])
    return rows[begin]["timestamp"], fall


@dataclass(frozen=True)
class Trade:
    """One fill of the bot's.

    :param reduces: it was of a reduce-only order
    """

    time: float
    signed: Decimal
    reduces: bool


@dataclass(frozen=True)
class Outcome:
    """What one run came to.

    :param peak: largest size that the exchange ever saw
    :param mark: at which the exchange's profit is reckoned, None without a position
    :param path: the bot's fills in the exchange's order
    """

    settings: dict[str, Any]
    bot: Figures
    exchange: Figures
    peak: Decimal
    mark: Decimal | None
    published: dict[str, Any]
    path: list[Trade]
    log: str


class ClassicRun(Run):
    """The demonstration's processes with the classic settings, and what they came to.

    :param speed: how many times faster than real time the recording runs
    """

    def __init__(self, folder: Path, flow: Path, speed: float, **changes: Any) -> None:
        super().__init__(Plan(KIND, folder, 0, flow, speed), lambda _: None)
        self._settings = {**CLASSIC, **changes}

    def make_workspace(self) -> str:
        public = super().make_workspace()
        path = self.workspace / "conf" / "controllers" / CONTROLLER
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **self._settings}))
        return public

    def outcome(self) -> Outcome:
        """Run to the end of the recording."""
        try:
            self.prepare()
            self.start_simulator()
            public = self.make_workspace()
            self.start_bot()
            self.watch()
            code = self.stop_bot()
            ledger, published = self.ledger(public), self.state()
            mark = KIND.mark(ledger, published)
            outcome = Outcome(
                settings=self._settings,
                bot=self.bot_figures(mark),
                exchange=KIND.figures(ledger, mark),
                peak=Decimal(ledger["positions"].get(KIND.symbol, {}).get("peakAbsQuantity", 0)),
                mark=mark,
                published=published,
                path=self._path(),
                log=self.bot_words(),
            )
            assert code == 0, f"the bot ended with {code}: {outcome.log}"
            return outcome
        finally:
            self.close()

    def _path(self) -> list[Trade]:
        data = self.workspace / "data"
        with closing(sqlite3.connect(f"file:{data / 'demo.sqlite'}?mode=ro", uri=True)) as connection:
            closing_orders = {row[0] for row in connection.execute('SELECT id FROM "Order" WHERE position = "CLOSE"')}
        records = Records(data / "demo.records.sqlite")
        fills = sorted(records.fills(), key=lambda one: int(one.trade_id))
        records.close()
        return [
            Trade(one.fill.time, one.fill.side.sign * one.fill.quantity, one.order_id in closing_orders)
            for one in fills
        ]


def excursions(path: list[Trade], bound: Decimal) -> list[list[Trade]]:
    """Stretches of fills after which the size is above the bound, each with the fill that ended it, if one did."""
    found: list[list[Trade]] = []
    position, outside = Decimal(0), False
    for trade in path:
        position += trade.signed
        if outside:
            found[-1].append(trade)
        elif abs(position) > bound:
            found.append([trade])
        outside = abs(position) > bound
    return found
