"""The encrypted store: all or nothing, private, and in Hummingbot's own form."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys import store as store_module
from hummingbot_backpack.keys.pair import new_pair
from hummingbot_backpack.keys.store import Keystore, age_in_days, remove, stored_at, verification_file
from hummingbot_backpack.workspace.layout import SIMULATOR_CONNECTORS, Workspace
from test.hummingbot_backpack.keys.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("few_rounds")


def files(workspace: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in workspace.conf.rglob("*") if path.is_file()}


def test_ke01_one_store_serves_spot_and_perpetual_in_hummingbots_form(live: Workspace) -> None:
    pair = new_pair()
    written = Keystore(live, PASSWORD).store(live.connector_names, pair)
    assert [path.name for path in written] == ["backpack.yml", "backpack_perpetual.yml"]
    manager = ETHKeyFileSecretManger(PASSWORD)
    for path in written:
        values = yaml.safe_load(path.read_text())
        assert list(values) == ["connector", "backpack_api_key", "backpack_api_secret"]
        assert values["connector"] == path.stem
        assert manager.decrypt_secret_value("", values["backpack_api_key"]) == pair.public
        assert manager.decrypt_secret_value("", values["backpack_api_secret"]) == pair.secret
        assert pair.secret not in path.read_text() and pair.public not in path.read_text()


def test_ke01_what_is_written_is_for_the_owner_only(live: Workspace) -> None:
    before = os.umask(0)
    try:
        written = Keystore(live, PASSWORD).store(live.connector_names, new_pair())
    finally:
        os.umask(before)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in [*written, verification_file(live)])
    assert live.connectors.stat().st_mode & 0o777 == 0o700


def test_ke01_a_second_process_reads_what_the_first_stored(rehearsal: Workspace) -> None:
    pair = new_pair()
    Keystore(rehearsal, PASSWORD).store(rehearsal.connector_names, pair)
    again = Keystore(rehearsal, PASSWORD)
    assert [again.read(name) for name in SIMULATOR_CONNECTORS] == [pair, pair]


def test_ke02_a_wrong_password_is_one_sentence_and_changes_nothing(live: Workspace) -> None:
    Keystore(live, PASSWORD).store(live.connector_names, new_pair())
    before = files(live)
    with pytest.raises(UserError, match=r"^The password is wrong\.$"):
        Keystore(live, "another")
    assert files(live) == before


def test_ke02_opening_a_store_that_is_not_there_makes_nothing(live: Workspace) -> None:
    before = files(live)
    Keystore(live, PASSWORD)
    assert files(live) == before


def test_ke02_a_pair_is_not_overwritten_unless_asked(live: Workspace) -> None:
    store = Keystore(live, PASSWORD)
    store.store(live.connector_names, new_pair())
    before = files(live)
    with pytest.raises(UserError, match="--replace"):
        store.store(live.connector_names, new_pair())
    assert files(live) == before
    pair = new_pair()
    store.store(live.connector_names, pair, replace=True)
    assert store.read("backpack_perpetual") == pair


@pytest.mark.parametrize("first", [True, False])
def test_ke02_a_failure_on_the_way_stores_nothing(
    first: bool, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not first:
        Keystore(live, PASSWORD).store(live.connector_names, new_pair())
    before = files(live)
    real = store_module.write_private

    def full(path: Path, text: str) -> None:
        if path.name == "backpack_perpetual.yml" and text not in before.get(path, b"").decode():
            raise OSError(28, "No space left on device")
        real(path, text)

    monkeypatch.setattr(store_module, "write_private", full)
    with pytest.raises(UserError, match="No space left"):
        Keystore(live, PASSWORD).store(live.connector_names, new_pair(), replace=True)
    assert files(live) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "backpack_api_key: [",
        lambda text: text.replace("backpack_api_secret", "other"),
        lambda text: "connector: backpack\nbackpack_api_key: zz\nbackpack_api_secret: zz\n",
        lambda text: "connector: backpack\nbackpack_api_key: 7b7d\nbackpack_api_secret: 7b7d\n",
    ],
)
def test_ke02_a_damaged_key_file_is_one_sentence_that_names_it(damage: Callable[[str], str], live: Workspace) -> None:
    store = Keystore(live, PASSWORD)
    store.store(live.connector_names, new_pair())
    path = live.key_file("backpack")
    path.write_text(damage(path.read_text()))
    with pytest.raises(UserError, match=r"backpack\.yml"):
        store.read("backpack")


@pytest.mark.parametrize("content", ["", "zz", "7b7d", "\x00"])
def test_ke02_a_damaged_verification_file_is_one_sentence_that_names_it(content: str, live: Workspace) -> None:
    Keystore(live, PASSWORD).store(live.connector_names, new_pair())
    verification_file(live).write_text(content)
    with pytest.raises(UserError, match=r"\.password_verification is damaged"):
        Keystore(live, PASSWORD)


def test_ke02_a_file_of_another_password_says_so(live: Workspace, rehearsal: Workspace) -> None:
    Keystore(live, PASSWORD).store(live.connector_names, new_pair())
    Keystore(rehearsal, "another").store(rehearsal.connector_names, new_pair())
    live.key_file("backpack").write_bytes(rehearsal.key_file("backpack_simulator").read_bytes())
    with pytest.raises(UserError, match="another password"):
        Keystore(live, PASSWORD).read("backpack")


def test_ke02_a_missing_key_says_how_to_store_one(live: Workspace) -> None:
    with pytest.raises(UserError, match="no keys for backpack in"):
        Keystore(live, PASSWORD).read("backpack")


def test_ke01_a_pair_has_an_age(live: Workspace) -> None:
    path = Keystore(live, PASSWORD).store(("backpack",), new_pair())[0]
    assert age_in_days(path) == 0
    assert age_in_days(path, datetime.now(UTC) + timedelta(days=91, hours=1)) == 91
    os.utime(path, (0, 0))
    assert age_in_days(path) == 0, "the time in the file counts, not the file's"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "stored by" not in line))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert stored_at(path) == datetime.fromtimestamp(1_700_000_000, UTC), "Hummingbot notes no time: then the file's"


def test_ke01_removing_deletes_what_is_there(live: Workspace) -> None:
    written = Keystore(live, PASSWORD).store(live.connector_names, new_pair())
    assert remove(live, ("backpack", "backpack_simulator")) == written[:1]
    assert remove(live, ("backpack",)) == []
    assert written[1].exists()
