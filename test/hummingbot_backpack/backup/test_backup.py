"""A workspace as one encrypted file and back, and gone: whole commands in this process."""

import json
import os
import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hummingbot.client.config import config_crypt

from hummingbot_backpack import cli
from hummingbot_backpack.backup import archive
from hummingbot_backpack.keys.pair import KeyPair, new_pair
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.panic import bot
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import SIMULATOR_CONNECTORS, Workspace, open_workspace

# Opening an age file takes a second or two by design.
pytestmark = pytest.mark.slow
PASSWORD = "only for this test"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(config_crypt, "get_default_work_factor_for_kdf", lambda kdf: 10)
    monkeypatch.setattr("hummingbot_backpack.workspace.launch.enter", lambda workspace: None)
    monkeypatch.setattr(bot, "running", lambda workspace: [])
    monkeypatch.setenv("HBOT_PASSWORD", PASSWORD)
    return create(tmp_path / "bot", rehearsal=True).workspace


@pytest.fixture
def pair(place: Workspace) -> KeyPair:
    pair = new_pair()
    Keystore(place, PASSWORD).store(SIMULATOR_CONNECTORS, pair)
    return pair


@pytest.fixture
def run(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [cli.PROGRAM, *map(str, arguments)])
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return command


def test_bk01_a_restored_workspace_has_settings_keys_databases_and_scripts_of_the_users_own(
    place: Workspace, pair: KeyPair, run: Run, tmp_path: Path
) -> None:
    with sqlite3.connect(place.root / "data" / "maker.sqlite") as live:
        live.execute("create table fills (price text)")
        live.execute("insert into fills values ('145.01')")
    (place.root / "data" / "backpack_breakers.json").write_text('{"session_loss": 1}')
    (place.root / "data" / archive.ORDER_IDS).write_text('{"instance": 1, "next": 5}')
    (place.root / "scripts" / "mine.py").write_text("# mine\n")
    code, out, _ = run("backup", tmp_path / "bot.backup", "-w", place.root, "--json")
    assert code == 0 and json.loads(out)["files"] > 5
    code, out, _ = run("restore", tmp_path / "bot.backup", tmp_path / "again")
    assert code == 0 and "Never run it beside" in out
    again = open_workspace(tmp_path / "again")
    assert again.settings == place.settings
    assert (again.conf / "backpack.yml").read_text() == (place.conf / "backpack.yml").read_text()
    assert Keystore(again, PASSWORD).read("backpack_simulator") == pair
    with sqlite3.connect(again.root / "data" / "maker.sqlite") as copy:
        assert copy.execute("select price from fills").fetchall() == [("145.01",)]
    assert json.loads((again.root / "data" / "backpack_breakers.json").read_text()) == {"session_loss": 1}
    assert (again.root / "scripts" / "mine.py").read_text() == "# mine\n"
    assert os.access(again.root / "hbot", os.X_OK) and (again.root / "hummingbot" / "client").is_symlink()


def test_bk01_or01_a_restored_bot_never_gives_an_order_id_out_again(
    place: Workspace, pair: KeyPair, run: Run, tmp_path: Path
) -> None:
    (place.root / "data" / archive.ORDER_IDS).write_text('{"instance": 1, "next": 5}')
    run("backup", tmp_path / "bot.backup", "-w", place.root)
    run("restore", tmp_path / "bot.backup", tmp_path / "again")
    assert not (tmp_path / "again" / "data" / archive.ORDER_IDS).exists()


def test_bk01_a_database_that_is_being_written_is_backed_up_whole(
    place: Workspace, pair: KeyPair, run: Run, tmp_path: Path
) -> None:
    live = sqlite3.connect(place.root / "data" / "maker.sqlite", isolation_level=None)
    live.execute("pragma journal_mode=wal")
    live.execute("create table fills (price text)")
    live.execute("insert into fills values ('145.01')")
    live.execute("begin immediate")
    live.execute("insert into fills values ('half a transaction')")
    assert run("backup", tmp_path / "bot.backup", "-w", place.root)[0] == 0
    live.execute("rollback")
    live.close()
    run("restore", tmp_path / "bot.backup", tmp_path / "again")
    with sqlite3.connect(tmp_path / "again" / "data" / "maker.sqlite") as copy:
        assert copy.execute("select price from fills").fetchall() == [("145.01",)]


def test_bk01_the_file_is_private_and_shows_nothing(place: Workspace, pair: KeyPair, run: Run, tmp_path: Path) -> None:
    (place.root / "data" / "note.json").write_text('{"note": "a word to search for"}')
    run("backup", tmp_path / "bot.backup", "-w", place.root)
    file = tmp_path / "bot.backup"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for secret in (pair.secret, pair.public, PASSWORD, "a word to search for", "perp_maker"):
        assert secret.encode() not in file.read_bytes()
    run("restore", file, tmp_path / "again")
    loose = [
        path
        for path in (tmp_path / "again").rglob("*")
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert loose == []


def test_bk01_ke02_a_wrong_password_a_damaged_file_and_something_else_are_one_sentence(
    place: Workspace, pair: KeyPair, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, again = tmp_path / "bot.backup", tmp_path / "again"
    run("backup", file, "-w", place.root)
    (tmp_path / "cut").write_bytes(file.read_bytes()[:-100])
    (tmp_path / "other").write_text("hello")
    for name, words in (("cut", "is damaged"), ("other", "must be a backup"), ("none", "cannot be read")):
        code, _, err = run("restore", tmp_path / name, again)
        assert code == 2 and words in err and err.count("\n") == 1
    monkeypatch.setenv("HBOT_PASSWORD", "a wrong one")
    assert run("restore", file, again)[::2] == (2, f"{cli.PROGRAM}: The password is wrong.\n")
    assert run("backup", tmp_path / "second", "-w", place.root)[::2] == (2, f"{cli.PROGRAM}: The password is wrong.\n")
    assert not again.exists() and not (tmp_path / "second").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_bk01_nothing_is_overwritten(place: Workspace, pair: KeyPair, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bot.backup"
    file.write_text("mine")
    code, _, err = run("backup", file, "-w", place.root)
    assert code == 2 and "--replace" in err and file.read_text() == "mine"
    assert run("backup", file, "-w", place.root, "--replace")[0] == 0
    code, _, err = run("restore", file, place.root)
    assert code == 2 and "must be new or empty" in err


def test_bk01_forget_deletes_the_workspace_and_leaves_what_is_not_ours(
    place: Workspace, pair: KeyPair, run: Run
) -> None:
    (place.root / "notes.txt").write_text("mine")
    code, _, err = run("forget", "-w", place.root)
    assert code == 2 and "--yes" in err and place.conf.is_dir()
    code, out, _ = run("forget", "-w", place.root, "--yes")
    assert code == 0 and "notes.txt" in out and "Revoke the keys" in out
    assert [path.name for path in place.root.iterdir()] == ["notes.txt"]


def test_bk01_forget_does_not_pull_the_ground_from_under_a_bot(
    place: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot, "running", lambda workspace: [4711])
    code, _, err = run("forget", "-w", place.root, "--yes")
    assert code == 2 and "4711" in err and place.conf.is_dir()
    monkeypatch.setattr(bot, "running", lambda workspace: [])
    assert run("forget", "-w", place.root, "--yes")[0] == 0
    assert not place.root.exists()
