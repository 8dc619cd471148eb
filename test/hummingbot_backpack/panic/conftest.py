"""Panic's command in this process, on a local Backpack, with orders that a bot of the workspace could have placed."""

import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.client.config import config_crypt

from hummingbot_backpack import cli
from hummingbot_backpack.keys.pair import KeyPair, new_pair
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import SIMULATOR_CONNECTORS, Workspace
from test.hummingbot_backpack.workspace.local import local_backpack

PASSWORD = "only for this test"
INSTANCE = 7
PERP, SPOT = "SOL_USDC_PERP", "SOL_USDC"


class Account:
    """The workspace's account at the exchange, handled from outside."""

    def __init__(self, backpack: LocalBackpack, workspace: Workspace, pair: KeyPair) -> None:
        self.backpack, self.workspace, self.pair = backpack, workspace, pair
        self.exchange = backpack.exchange
        self.account = self.exchange.account_of(pair.public)
        self.count = 0

    def place(self, symbol: str, side: str, quantity: str, price: str, instance: int | None = INSTANCE) -> Any:
        """An order of the workspace's bot, or, without an instance, one that was placed by hand."""
        self.count += 1
        client_id = None if instance is None else instance << 22 | self.count
        more = {} if client_id is None else {"clientId": client_id}
        return self.exchange.order(self.account, symbol, side, quantity, price, **more)

    def resting(self) -> int:
        return len(self.account.open_orders)

    def position(self) -> Decimal:
        row = self.backpack.ledger(self.pair.public)["positions"].get(PERP)
        return Decimal(0) if row is None else Decimal(row["netQuantity"])

    def published(self, *markets: tuple[str, str]) -> None:
        """The state that the last session left."""
        entries = [{"markets": [{"connector": name, "trading_pair": pair} for name, pair in markets]}]
        file = self.workspace.root / "data" / "backpack_state.json"
        file.write_text(json.dumps({"running": False, "pid": 1, "controllers": entries}))


@pytest.fixture
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0, flow=None, balances={"USDC": "10000", "SOL": "10"})) as running:
        yield running


@pytest.fixture
def account(backpack: LocalBackpack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(config_crypt, "get_default_work_factor_for_kdf", lambda kdf: 10)
    monkeypatch.setenv("HBOT_PASSWORD", PASSWORD)
    monkeypatch.setenv("BACKPACK_INSTANCE", str(INSTANCE))
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", backpack.url)
    monkeypatch.setattr("hummingbot_backpack.workspace.launch.enter", lambda workspace: None)
    workspace = create(tmp_path / "rehearsal", rehearsal=True).workspace
    pair = new_pair()
    Keystore(workspace, PASSWORD).store(SIMULATOR_CONNECTORS, pair)
    return Account(backpack, workspace, pair)


@pytest.fixture
def run(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs ``panic``; exit code, standard output, standard error."""

    def panic(*arguments: str) -> tuple[int, str, str]:
        words = [cli.PROGRAM, "panic", *arguments, "--workspace", str(account.workspace.root)]
        monkeypatch.setattr(sys, "argv", words)
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return panic
