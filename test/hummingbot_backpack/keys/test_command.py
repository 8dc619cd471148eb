"""``hummingbot-backpack keys``: whole commands in this process, but for entering the workspace, on a local Backpack."""

import json
from pathlib import Path

import pytest

from hummingbot_backpack import cli
from hummingbot_backpack.keys.pair import KeyPair, new_pair
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.simulator import LocalBackpack
from hummingbot_backpack.workspace.layout import Workspace
from test.hummingbot_backpack.keys.conftest import PASSWORD, Run

pytestmark = pytest.mark.usefixtures("few_rounds", "in_this_process")


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> KeyPair:
    """A pair as the environment gives it."""
    pair = new_pair()
    monkeypatch.setenv("BACKPACK_KEY", pair.public)
    monkeypatch.setenv("BACKPACK_SECRET", pair.secret)
    return pair


def point_at(backpack: LocalBackpack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", backpack.url)


def key_files(workspace: Workspace) -> list[str]:
    return sorted(path.name for path in workspace.connectors.iterdir())


def test_ke01_new_prints_only_what_the_exchange_wants(rehearsal: Workspace, run: Run) -> None:
    code, out, _ = run("new", "--simulator", workspace=rehearsal)
    pair = Keystore(rehearsal, PASSWORD).read("backpack_simulator")
    assert (code, out) == (0, f"{pair.public}\n")
    assert key_files(rehearsal) == ["backpack_perpetual_simulator.yml", "backpack_simulator.yml"]
    assert pair.secret not in run.said


def test_ke01_new_tells_a_program_the_key_and_the_names(rehearsal: Workspace, run: Run) -> None:
    code, out, _ = run("new", "--json", workspace=rehearsal)
    pair = Keystore(rehearsal, PASSWORD).read("backpack_simulator")
    names = ["backpack_simulator", "backpack_perpetual_simulator"]
    assert (code, json.loads(out)) == (0, {"public_key": pair.public, "connectors": names})


def test_ke01_new_in_a_live_workspace_says_where_the_key_goes(live: Workspace, run: Run) -> None:
    code, out, _ = run("new", workspace=live)
    assert code == 0 and "Backpack" in out
    assert key_files(live) == ["backpack.yml", "backpack_perpetual.yml"]


def test_ke02_new_does_not_overwrite(rehearsal: Workspace, run: Run) -> None:
    run("new", workspace=rehearsal)
    before = Keystore(rehearsal, PASSWORD).read("backpack_simulator")
    code, _, err = run("new", workspace=rehearsal)
    assert code == 2 and "--replace" in err and err.count("\n") == 1
    assert Keystore(rehearsal, PASSWORD).read("backpack_simulator") == before
    assert run("new", "--replace", workspace=rehearsal)[0] == 0
    assert Keystore(rehearsal, PASSWORD).read("backpack_simulator") != before


def test_in01_simulated_keys_go_beside_live_ones_only_when_insisted(live: Workspace, run: Run) -> None:
    code, _, err = run("new", "--simulator", workspace=live)
    assert code == 2 and "--force" in err
    assert key_files(live) == []
    assert run("new", "--simulator", "--force", workspace=live)[0] == 0
    assert len(key_files(live)) == 4


def test_ke01_import_proves_the_pair_and_stores_it(
    rehearsal: Workspace, run: Run, plain: KeyPair, backpack: LocalBackpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(backpack, monkeypatch)
    code, out, err = run("import", workspace=rehearsal)
    assert (code, err) == (0, "")
    assert plain.public in out and backpack.url in out
    assert Keystore(rehearsal, PASSWORD).read("backpack_perpetual_simulator") == plain
    assert plain.secret not in run.said
    assert backpack.ledger(plain.public), "the exchange has seen the key"


def test_ke01_import_without_network_stores_a_live_pair_unproven(live: Workspace, run: Run, plain: KeyPair) -> None:
    code, out, _ = run("import", "--offline", workspace=live)
    assert code == 0 and "unproven" in out
    assert Keystore(live, PASSWORD).read("backpack") == plain


def test_ke02_an_unknown_key_is_refused_in_the_exchanges_words(
    rehearsal: Workspace, run: Run, plain: KeyPair, strict_backpack: LocalBackpack, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(strict_backpack, monkeypatch)
    code, _, err = run("import", workspace=rehearsal)
    assert code == 2 and err.count("\n") == 1
    assert "refuses the pair" in err and plain.public in err
    assert key_files(rehearsal) == [] and not (rehearsal.conf / ".password_verification").exists()


def test_ke02_no_answer_says_what_to_do(
    rehearsal: Workspace, run: Run, plain: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:9")
    code, _, err = run("import", workspace=rehearsal)
    assert code == 2 and "--offline" in err and "hummingbot-backpack simulator" in err
    assert key_files(rehearsal) == []


def test_ke02_a_key_that_is_not_the_secrets_stores_nothing(
    rehearsal: Workspace, run: Run, plain: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPACK_KEY", new_pair().public)
    code, _, err = run("import", workspace=rehearsal)
    assert code == 2 and "not the secret's public half" in err
    assert key_files(rehearsal) == []
    assert plain.secret not in run.said


def test_ke02_a_secret_that_is_not_base64_stores_nothing(
    rehearsal: Workspace, run: Run, plain: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPACK_SECRET", "hunter2-hunter2")
    code, _, err = run("import", workspace=rehearsal)
    assert code == 2 and "base64" in err and "hunter2" not in run.said
    assert key_files(rehearsal) == []


def test_ke02_a_wrong_password_stores_nothing(
    rehearsal: Workspace, run: Run, plain: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("new", workspace=rehearsal)
    before = Keystore(rehearsal, PASSWORD).read("backpack_simulator")
    monkeypatch.setenv("HBOT_PASSWORD", "a wrong one")
    for command in (["import", "--offline", "--replace"], ["new", "--replace"], ["show"]):
        code, _, err = run(*command, workspace=rehearsal)
        assert (code, err) == (2, f"{cli.PROGRAM}: The password is wrong.\n")
    assert Keystore(rehearsal, PASSWORD).read("backpack_simulator") == before
    assert "a wrong one" not in run.said


@pytest.mark.parametrize("wiped", [True, False])
def test_ke01_import_wipes_the_plain_copy_when_told(wiped: bool, live: Workspace, run: Run, tmp_path: Path) -> None:
    pair = new_pair()
    file = tmp_path / "old.env"
    file.write_text(f"BACKPACK_KEY={pair.public}\nBACKPACK_SECRET={pair.secret}\nOTHER=1\n")
    code, out, _ = run("import", "--offline", "--env-file", file, "--wipe" if wiped else "--keep", workspace=live)
    assert code == 0
    assert (pair.secret in file.read_text()) is not wiped
    assert ("are gone from" in out) is wiped and ("still stand in" in out) is not wiped


def test_ke01_show_and_list_tell_age_and_never_a_secret(rehearsal: Workspace, run: Run) -> None:
    run("new", workspace=rehearsal)
    pair = Keystore(rehearsal, PASSWORD).read("backpack_simulator")
    _, out, _ = run("show", "backpack_simulator", workspace=rehearsal)
    assert out == f"backpack_simulator  {pair.public}  0 days old\n"
    assert json.loads(run("show", "--json", workspace=rehearsal)[1])["keys"][1]["public_key"] == pair.public
    assert "backpack_perpetual_simulator  0 days old" in run("list", workspace=rehearsal)[1]
    assert pair.secret not in run.said


def test_ke01_show_and_list_say_when_a_pair_is_old(rehearsal: Workspace, run: Run) -> None:
    run("new", workspace=rehearsal)
    for path in rehearsal.connectors.iterdir():
        path.write_text(
            path.read_text().replace("stored by hummingbot-backpack at 20", "stored by hummingbot-backpack at 19")
        )
    for command in ("show", "list"):
        assert "older than 90" in run(command, workspace=rehearsal)[1]


def test_ke02_commands_on_keys_that_are_not_there_say_so(rehearsal: Workspace, run: Run) -> None:
    assert run("list", workspace=rehearsal)[1].startswith("There are no keys")
    for command in (["show"], ["remove", "--yes"], ["show", "backpack"], ["show", "binance"]):
        code, _, err = run(*command, workspace=rehearsal)
        assert code == 2 and err.count("\n") == 1


def test_ke01_remove_asks_unless_told(rehearsal: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("new", workspace=rehearsal)
    code, _, err = run("remove", workspace=rehearsal)
    assert code == 2 and "--yes" in err and len(key_files(rehearsal)) == 2
    assert run("remove", "backpack_simulator", "--yes", workspace=rehearsal)[0] == 0
    assert key_files(rehearsal) == ["backpack_perpetual_simulator.yml"]
