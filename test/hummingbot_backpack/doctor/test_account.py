"""What ``doctor`` looks at with the keystore's password: pairs, and strange orders of this workspace's instance."""

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
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
WIRE = INSTANCE << 22 | 41
Doctor = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0, flow=None)) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, backpack: LocalBackpack, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(config_crypt, "get_default_work_factor_for_kdf", lambda kdf: 10)
    monkeypatch.setenv("HBOT_PASSWORD", PASSWORD)
    monkeypatch.setenv("BACKPACK_INSTANCE", str(INSTANCE))
    return create(tmp_path / "bot", rehearsal=True, simulator_url=backpack.url).workspace


@pytest.fixture
def doctor(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs ``doctor --json``; its exit code, and the checks by name."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(sys, "argv", [cli.PROGRAM, "doctor", "--json", "-w", str(workspace.root), *arguments])
        code = cli.main()
        return code, {row["check"]: row for row in json.loads(capsys.readouterr().out)["checks"]}

    return run


def store(workspace: Workspace, pair: KeyPair) -> None:
    Keystore(workspace, PASSWORD).store(SIMULATOR_CONNECTORS, pair, replace=True)


def place(backpack: LocalBackpack, pair: KeyPair, client_id: int | None) -> Any:
    account = backpack.exchange.account_of(pair.public)
    more = {} if client_id is None else {"clientId": client_id}
    return backpack.exchange.order(account, "SOL_USDC_PERP", "Bid", "0.1", "100", **more)


def record(workspace: Workspace, *order_ids: str) -> None:
    with closing(sqlite3.connect(workspace.root / "data" / "maker.sqlite")) as database, database:
        database.execute('CREATE TABLE IF NOT EXISTS "Order" (id TEXT PRIMARY KEY)')
        database.executemany('INSERT INTO "Order" VALUES (?)', [(each,) for each in order_ids])


def test_au03_a_key_that_is_not_its_secrets_half_is_a_failure(workspace: Workspace, doctor: Doctor) -> None:
    other = new_pair()
    store(workspace, KeyPair(other.public, new_pair().secret))
    code, found = doctor("--offline")
    row = found["pairs"]
    assert (code, row["status"]) == (1, "fail") and "is not the secret's public half" in row["detail"]
    assert "backpack_simulator.yml holds no pair" in row["detail"] and "orders" not in found


def test_au03_a_pair_is_said_to_be_one_and_offline_nobody_is_asked_for_orders(
    workspace: Workspace, doctor: Doctor
) -> None:
    store(workspace, new_pair())
    code, found = doctor("--offline")
    assert (code, found["pairs"]["status"]) == (0, "ok") and "orders" not in found


def test_ke02_a_password_of_another_store_is_a_failure(
    workspace: Workspace, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(workspace, new_pair())
    monkeypatch.delenv("HBOT_PASSWORD")
    monkeypatch.setenv("MASTER_PASSWORD", "a wrong one")
    code, found = doctor("--offline")
    assert (code, found["pairs"]["detail"]) == (1, "The password is wrong")


def test_in02_without_a_password_doctor_says_what_it_did_not_look_at(
    workspace: Workspace, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "pairs" not in doctor()[1], "there are no keys"
    store(workspace, new_pair())
    monkeypatch.delenv("HBOT_PASSWORD")
    code, found = doctor()
    assert (code, found["pairs"]["status"]) == (0, "skip") and "was not looked at" in found["pairs"]["detail"]
    assert "orders" not in found


def test_or01_orders_of_this_instance_that_this_workspace_never_placed_are_warned_of(
    workspace: Workspace, doctor: Doctor, backpack: LocalBackpack
) -> None:
    pair = new_pair()
    store(workspace, pair)
    ours, strange = place(backpack, pair, WIRE), place(backpack, pair, WIRE + 1)
    place(backpack, pair, None)
    place(backpack, pair, (INSTANCE + 1) << 22 | 1)
    record(workspace, f"3{WIRE:010d}")
    code, found = doctor()
    row = found["orders"]
    assert (code, row["status"]) == (0, "warn") and row["detail"].startswith("1 open orders with this workspace's")
    assert row["data"]["strange"] == [str(strange.id)] and str(ours.id) not in row["detail"]
    record(workspace, f"3{WIRE + 1:010d}")
    row = doctor()[1]["orders"]
    assert row["status"] == "ok" and row["detail"].startswith("2 of this workspace's instance (7) rest")


def test_or01_what_a_running_bot_is_about_to_record_is_its_own(
    workspace: Workspace, doctor: Doctor, backpack: LocalBackpack
) -> None:
    pair = new_pair()
    store(workspace, pair)
    place(backpack, pair, WIRE)
    ids = {"instance": INSTANCE, "next": (9 << 22) + 256}
    (workspace.root / "data" / "backpack_order_ids.json").write_text(json.dumps(ids))
    assert doctor()[1]["orders"]["status"] == "warn", "no bot runs"
    pid = workspace.root / "data" / "bot" / "bot.pid"
    pid.parent.mkdir()
    pid.write_text(str(os.getpid()))
    assert doctor()[1]["orders"]["status"] == "ok"


def test_or01_a_key_that_the_exchange_does_not_know_is_warned_of_and_no_answer_is_not(
    workspace: Workspace, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(workspace, new_pair())
    with local_backpack(SimulatorConfig(port=0, flow=None, strict_keys=True)) as strict:
        monkeypatch.setenv("BACKPACK_SIMULATOR_URL", strict.url)
        code, found = doctor()
    assert (code, found["orders"]["status"]) == (0, "warn") and "does not show" in found["orders"]["detail"]
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:9")
    code, found = doctor()
    assert code == 1 and "orders" not in found and found["pairs"]["status"] == "ok"
