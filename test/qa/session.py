"""One QA session: an exchange, a workspace, the client in a terminal, and what its tests ask of them."""

import csv
import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from test.hummingbot_backpack.workspace.commands import Commands
from test.qa.client import Client
from test.qa.exchange import Exchange, Pair
from test.qa.kinds import Kind

SCALE = Decimal(10) ** 6


class Session:
    """The client is opened by the first test that needs it, and again after `leave`."""

    def __init__(self, kind: Kind, exchange: Exchange, folder: Path, pairs: dict[str, Pair]) -> None:
        self.kind = kind
        self.exchange = exchange
        self.pairs = pairs
        self._folder = folder
        self.commands = self.workspace(folder / "bot")
        self.hand_order = 0
        self.held = Decimal(0)
        """What the bot is short of, at the end of the fills."""
        self._client: Client | None = None

    @property
    def key(self) -> str:
        return self.pairs["good"].public

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(self.commands)
        return self._client

    def leave(self) -> None:
        """Type `exit`, and wait until the client has gone."""
        if self._client is not None:
            client, self._client = self._client, None
            with client:
                client.type("exit")
                assert client.ends(60) == 0, "\n".join(client.screen)

    def second(self) -> "Session":
        """Another bot on the same account and with the same key, in a workspace and a client of its own."""
        other = Session(self.kind, self.exchange, self._folder / "second", self.pairs)
        other.connect(self.kind.connector, self.pairs["good"], "You are now connected")
        other.client.companions.append(self.client)
        self.client.companions.append(other.client)
        return other

    def close(self) -> None:
        if self._client is not None:
            with self._client:
                pass

    def workspace(self, folder: Path) -> Commands:
        folder.parent.mkdir(exist_ok=True)
        commands = Commands(folder, folder.parent / "hosts")
        done = commands.ours("init", folder, "--simulator", "--simulator-url", self.exchange.url)
        assert done.returncode == 0, done.stderr
        return commands

    def write(self, name: str, settings: dict[str, Any]) -> None:
        """Put a strategy's configuration where `import` finds it."""
        (self.commands.root / "conf" / "strategies" / name).write_text(yaml.safe_dump(settings))

    def connect(self, connector: str, pair: Pair, until: str, replace: bool = False) -> str:
        """Type `connect`, the pair, and wait for `until`. :return: what the client said."""
        client, command = self.client, f"connect {connector}"
        client.type(command)
        if replace:
            client.answer("Would you like to replace", "Yes")
        client.answer("Enter your API key", pair.public)
        client.answer("Enter your API secret", pair.secret)
        assert client.reads_until(lambda: until in client.said(command), 30), "\n".join(client.screen)
        return client.said(command)

    def start(self, name: str, orders: int | None = 2, seconds: float = 60) -> None:
        """Import the configuration `name`, start it, and wait until so many orders of the bot rest (None: any)."""
        self.client.run(f"import {name}", 'Enter "start" to start')
        self.client.run("start", "started successfully")
        self.until(lambda: self.bots() if orders is None else len(self.bots()) == orders, seconds)

    def stop(self) -> None:
        self.client.run("stop", "Hummingbot stopped", 60)

    def bots(self) -> list[dict[str, Any]]:
        return self.exchange.bots(self.key)

    def until(self, met: Callable[[], object], seconds: float = 30) -> None:
        """Let the client run until `met`."""
        assert self.client.reads_until(lambda: bool(met()), seconds), "\n".join(self.client.screen)

    def take(self, side: str, quantity: str | None = None) -> tuple[Decimal, Decimal]:
        """Let another trader take from the bot's order on `side` as soon as there is one."""
        taken: list[tuple[Decimal, Decimal]] = []

        def hit() -> bool:
            if not taken and (found := self.exchange.take(self.key, self.kind.symbol, side, quantity)) is not None:
                taken.append(found)
            return bool(taken)

        self.until(hit)
        return taken[0]

    # What the bot wrote

    def recorded(self, strategy_file: str) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        """:return: side, price, amount and fee of each fill in the bot's database, oldest first."""
        query = "select trade_type, price, amount, trade_fee from TradeFill order by timestamp, exchange_trade_id"
        rows = self._rows(strategy_file, query)
        return [
            (str(side), Decimal(price) / SCALE, Decimal(amount) / SCALE, _fee(str(fee)))
            for side, price, amount, fee in rows
        ]

    def fees(self, strategy_file: str) -> dict[str, Decimal]:
        """:return: the sum of the fees in the bot's database, for each asset."""
        sums: dict[str, Decimal] = {}
        for (text,) in self._rows(strategy_file, "select trade_fee from TradeFill"):
            for flat in json.loads(str(text))["flat_fees"]:
                sums[flat["token"]] = sums.get(flat["token"], Decimal(0)) + Decimal(flat["amount"])
        return sums

    def _rows(self, strategy_file: str, query: str) -> list[tuple[Any, ...]]:
        database = self.commands.root / "data" / strategy_file.replace(".yml", ".sqlite")
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20) as connection:
            return connection.execute(query).fetchall()

    def paid(self) -> list[Decimal]:
        """:return: the funding payments in the database of the strategy that runs."""
        databases = (self.commands.root / "data").glob("*.sqlite")
        found: list[Decimal] = []
        for database in databases:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20) as connection:
                found += [Decimal(str(row[0])) for row in connection.execute("select amount from FundingPayment")]
        return found

    def exchanges(self) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        """:return: the same of each fill at the exchange."""
        return [
            ("BUY" if fill["side"] == "Bid" else "SELL", Decimal(fill["price"]), Decimal(fill["quantity"]),
             Decimal(fill["fee"]))
            for fill in self.exchange.fills(self.key)
        ]  # fmt: skip

    def exported(self) -> list[dict[str, str]]:
        """Type `export trades`. :return: the rows of the file."""
        self.client.type("export trades")
        self.client.answer("Enter a new csv file name", "fills.csv")
        self.until(lambda: "Successfully exported" in self.client.said("export trades"))
        file = self.commands.root / "logs" / "fills.csv"
        with file.open(newline="") as stream:
            return list(csv.DictReader(stream))

    def log(self, strategy_file: str) -> str:
        return (self.commands.root / "logs" / f"logs_{strategy_file.removesuffix('.yml')}.log").read_text()

    def errors(self, strategy_file: str) -> list[str]:
        """:return: the lines of the log that are errors; stopping the client without MQTT makes one of Hummingbot's."""
        return [line for line in self.log(strategy_file).splitlines() if " - ERROR - " in line and "MQTT" not in line]


def _fee(text: str) -> Decimal:
    fee = json.loads(text)
    return sum((Decimal(flat["amount"]) for flat in fee["flat_fees"]), Decimal(0))
