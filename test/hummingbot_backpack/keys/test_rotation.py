"""``keys rotate``, ``backup`` and ``restore`` on a local Backpack, without a bot. (With one: test_rotating_bot.py.)"""

import json
from pathlib import Path

import pytest

from hummingbot_backpack import cli
from hummingbot_backpack.keys import rotation
from hummingbot_backpack.keys.pair import new_pair
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.simulator import LocalBackpack
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import LIVE_CONNECTORS, Workspace
from hummingbot_backpack.workspace.settings import Settings
from test.hummingbot_backpack.keys.conftest import PASSWORD, Run

pytestmark = pytest.mark.usefixtures("few_rounds", "in_this_process")


@pytest.fixture
def traded(rehearsal: Workspace, run: Run, backpack: LocalBackpack, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose account has an order."""
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", backpack.url)
    key = json.loads(run("new", "--json", workspace=rehearsal)[1])["public_key"]
    account = backpack.exchange.account_of(key)
    backpack.exchange.order(account, "SOL_USDC_PERP", "Bid", "1", "100.00")
    return Workspace(rehearsal.root, Settings(rehearsal=True, simulator_url=backpack.url))


def test_ke01_rotate_puts_another_pair_of_the_same_account_in_place(
    traded: Workspace, run: Run, backpack: LocalBackpack
) -> None:
    old = Keystore(traded, PASSWORD).read("backpack_simulator")
    code, out, err = run("rotate", workspace=traded)
    new = Keystore(traded, PASSWORD).read("backpack_simulator")
    assert (code, err) == (0, "") and new.public != old.public
    assert Keystore(traded, PASSWORD).read("backpack_perpetual_simulator") == new
    assert f"Revoke the old key at Backpack: {old.public}" in out and "no bot runs" in out
    assert backpack.exchange.known_account(new.public) is backpack.exchange.known_account(old.public)
    assert not rotation.next_file(traded).exists() and not rotation.old_file(traded).exists()
    assert old.secret not in run.said and new.secret not in run.said


def entered_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the live exchange: nobody enters the new key but its owner."""
    monkeypatch.setattr(rotation, "enter_at_local_backpack", lambda begun, say: None)


def test_ke01_until_the_exchange_takes_the_new_key_nothing_changes_and_the_same_one_is_offered_again(
    traded: Workspace, run: Run, backpack: LocalBackpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered_nowhere(monkeypatch)
    old = Keystore(traded, PASSWORD).read("backpack_simulator")
    backpack.exchange.config.strict_keys = True
    try:
        first = run("rotate", "--json", workspace=traded)
        second = run("rotate", "--json", workspace=traded)
    finally:
        backpack.exchange.config.strict_keys = False
    assert first[0] == second[0] == 3
    assert json.loads(first[1])["public_key"] == json.loads(second[1])["public_key"] != old.public
    assert Keystore(traded, PASSWORD).read("backpack_simulator") == old
    kept = Keystore(traded, PASSWORD).kept(rotation.next_file(traded))
    assert kept is not None
    backpack.exchange.add_key(backpack.exchange.account_of(old.public), kept.public)
    assert run("rotate", workspace=traded)[0] == 0
    assert Keystore(traded, PASSWORD).read("backpack_simulator") == kept


def test_ke01_a_pair_of_another_account_is_refused(
    traded: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered_nowhere(monkeypatch)
    old = Keystore(traded, PASSWORD).read("backpack_simulator")
    stranger = new_pair()
    monkeypatch.setenv("BACKPACK_KEY", stranger.public)
    monkeypatch.setenv("BACKPACK_SECRET", stranger.secret)
    code, _, err = run("rotate", "--import", workspace=traded)
    assert code == 2 and "belongs to another account" in err and err.count("\n") == 1
    assert Keystore(traded, PASSWORD).read("backpack_simulator") == old


def test_ke02_rotate_without_keys_or_to_the_same_pair_says_so(
    rehearsal: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run("rotate", workspace=rehearsal)
    assert code == 2 and "no keys" in err
    run("new", workspace=rehearsal)
    pair = Keystore(rehearsal, PASSWORD).read("backpack_simulator")
    monkeypatch.setenv("BACKPACK_KEY", pair.public)
    monkeypatch.setenv("BACKPACK_SECRET", pair.secret)
    code, _, err = run("rotate", "--import", workspace=rehearsal)
    assert code == 2 and "is the one in use" in err


def test_ke02_keys_come_back_from_a_backup_encrypted_all_the_way(
    live: Workspace, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = new_pair()
    Keystore(live, PASSWORD).store(LIVE_CONNECTORS, pair)
    file = tmp_path / "backpack.keys"
    assert run("backup", file, workspace=live)[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert pair.secret not in file.read_text() and pair.public not in file.read_text()
    again = create(tmp_path / "again", rehearsal=False).workspace
    assert run("restore", file, workspace=again)[0] == 0
    assert Keystore(again, PASSWORD).read("backpack_perpetual") == pair
    assert run("restore", file, workspace=again)[0] == 0, "what is there already is the same"


def test_ke02_a_restore_that_would_overwrite_asks(live: Workspace, run: Run, tmp_path: Path) -> None:
    Keystore(live, PASSWORD).store(LIVE_CONNECTORS, new_pair())
    run("backup", tmp_path / "backpack.keys", workspace=live)
    other = new_pair()
    Keystore(live, PASSWORD).store(LIVE_CONNECTORS, other, replace=True)
    code, _, err = run("restore", tmp_path / "backpack.keys", workspace=live)
    assert code == 2 and "--replace" in err and Keystore(live, PASSWORD).read("backpack") == other
    assert run("restore", tmp_path / "backpack.keys", "--replace", workspace=live)[0] == 0
    assert Keystore(live, PASSWORD).read("backpack") != other


def test_ke02_a_wrong_password_a_damaged_copy_and_live_keys_for_a_rehearsal_restore_nothing(
    live: Workspace, rehearsal: Workspace, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keystore(live, PASSWORD).store(LIVE_CONNECTORS, new_pair())
    file = tmp_path / "backpack.keys"
    run("backup", file, workspace=live)
    content = json.loads(file.read_text())
    content["files"]["backpack"] = content["files"]["backpack"].replace(
        "backpack_api_secret: ", "backpack_api_secret: 0"
    )
    (tmp_path / "damaged").write_text(json.dumps(content))
    (tmp_path / "other").write_text("hello")
    again = create(tmp_path / "again", rehearsal=False).workspace
    for name in ("damaged", "other", "none"):
        code, _, err = run("restore", tmp_path / name, workspace=again)
        assert code == 2 and err.count("\n") == 1, err
    code, _, err = run("restore", file, workspace=rehearsal)
    assert code == 2 and "is for rehearsal" in err
    code, _, err = run("backup", file, workspace=live)
    assert code == 2 and "--replace" in err
    monkeypatch.setenv("HBOT_PASSWORD", "a wrong one")
    assert run("restore", file, workspace=again)[::2] == (2, f"{cli.PROGRAM}: The password is wrong.\n")
    assert list(again.connectors.iterdir()) == []
