"""A strategy as its user runs it: a workspace of its own, ``hbot start``, ``hbot stop``, Hummingbot's database."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from test.exchange_process import ExchangeProcess
from test.hummingbot_backpack.workspace.commands import Commands

HERE = Path(__file__).parent
MILLIONTHS = 10**6
ORDINARY = ("would immediately match and take", "Reduce only order not reduced")
ENDED = ("BuyOrderCompleted", "SellOrderCompleted", "OrderCancelled", "OrderExpired", "OrderFailure")


@dataclass(frozen=True)
class Strategy:
    """What is run.

    :param name: of the configuration file, and so of bot, log and database
    :param kind: of configuration: strategies (V1), scripts or controllers
    :param files: of ours, below this folder, that go to the same place of the workspace
    :param settings: the configuration
    """

    name: str
    kind: str
    settings: dict[str, Any]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trade:
    """A fill, with prices and amounts to the millionth as Hummingbot's database keeps them."""

    trade_id: str
    side: str
    price: Decimal
    amount: Decimal
    fee: Decimal
    fee_asset: str


class StrategyBot:
    """One workspace and the bot in it."""

    def __init__(self, strategy: Strategy, folder: Path, exchange: ExchangeProcess) -> None:
        self.strategy = strategy
        self._exchange = exchange
        self._commands = Commands(folder / strategy.name, folder / f"{strategy.name}.hosts")
        self.root = self._commands.root
        self.key = ""

    def make(self) -> None:
        """Workspace, keys, configuration."""
        self._ours("init", self.root, "--simulator", "--simulator-url", self._exchange.url)
        self.key = str(json.loads(self._ours("keys", "new", "--json", "-w", self.root))["public_key"])
        for file in self.strategy.files:
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / file, self.root / file)
        conf = self.root / "conf" / self.strategy.kind / f"{self.strategy.name}.yml"
        conf.parent.mkdir(exist_ok=True)
        conf.write_text(yaml.safe_dump(self.strategy.settings))

    def _ours(self, *arguments: str | Path) -> str:
        done = self._commands.ours(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        done = self._commands.hbot("start", f"{self.strategy.name}.yml")
        assert done.returncode == 0, done.stdout + done.stderr + self.log[-3000:]

    def stop(self) -> None:
        """Stops it if it runs, by force where it does not end by itself."""
        if (self.root / "data" / "bot" / "bot.pid").exists():
            self.stopped = self._commands.hbot("stop", "--force", "--timeout", "40")

    @property
    def ledger(self) -> dict[str, Any]:
        return self._exchange.ledger(self.key)

    @property
    def has_traded(self) -> bool:
        """Whether it has placed, was filled and has cancelled."""
        ledger = self.ledger
        return bool(ledger["orders_placed"] and ledger["fill_count"] and ledger["orders_cancelled"])

    @property
    def log(self) -> str:
        """What the bot wrote, and what it printed."""
        files = [*(self.root / "logs").glob("*.log*"), self.root / "data" / "bot" / "bot.log"]
        return "\n".join(file.read_text(errors="replace") for file in files if file.is_file())

    @property
    def errors(self) -> list[str]:
        """Hummingbot's order executor calls any refused order one; why it was refused is in `refusals`."""
        lines = [line for line in self.log.splitlines() if " - ERROR - " in line or "Traceback" in line]
        return [line for line in lines if "order_executor - ERROR - Order failed" not in line]

    @property
    def refusals(self) -> list[str]:
        """Why orders were not placed, but for what is ordinary on a market that moves."""
        lines = [line for line in self.log.splitlines() if "was not placed:" in line]
        return [line for line in lines if not any(reason in line for reason in ORDINARY)]

    # === its records and the exchange's ===

    @property
    def _database(self) -> Path:
        (file,) = (self.root / "data").glob(f"{self.strategy.name}.sqlite")
        return file

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def recorded(self) -> list[Trade]:
        """Fills in Hummingbot's database."""
        trades = []
        rows = self._rows("SELECT exchange_trade_id, trade_type, price, amount, trade_fee FROM TradeFill")
        for trade_id, side, price, amount, text in rows:
            fees = json.loads(text)["flat_fees"]
            asset = fees[0]["token"] if fees else ""
            fee = sum((Decimal(one["amount"]) for one in fees), Decimal(0))
            trades.append(
                Trade(str(trade_id), side, Decimal(price) / MILLIONTHS, Decimal(amount) / MILLIONTHS, fee, asset)
            )
        return sorted(trades, key=lambda trade: int(trade.trade_id))

    def charged(self) -> list[Trade]:
        """The same fills as the exchange has them."""
        trades = [
            Trade(
                str(row["tradeId"]), "BUY" if row["side"] == "Bid" else "SELL", Decimal(row["price"]),
                Decimal(row["quantity"]), Decimal(row["fee"]), row["feeSymbol"],
            )
            for row in self.ledger["fills"]
        ]  # fmt: skip
        return sorted(trades, key=lambda trade: int(trade.trade_id))

    def unfinished(self) -> list[str]:
        """Orders that Hummingbot's database does not know the end of."""
        ended = ", ".join(f"'{status}'" for status in ENDED)
        query = f'SELECT id FROM "Order" WHERE id NOT IN (SELECT order_id FROM OrderStatus WHERE status IN ({ended}))'
        return [row[0] for row in self._rows(query)]
