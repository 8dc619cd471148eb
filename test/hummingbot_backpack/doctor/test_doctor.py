"""``doctor``: exit code 0 only when all is well, one line a check, and what to do where it is not."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack import import_hook
from hummingbot_backpack.doctor import installation, place
from hummingbot_backpack.doctor.broker_ids import check_broker_ids
from hummingbot_backpack.doctor.report import Status, as_record, fail, healthy, ok, skip, warn
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import Workspace, open_workspace
from hummingbot_backpack.workspace.validate import check_start
from test.hummingbot_backpack.workspace.local import local_backpack

HALVES = "connector: {name}\nbackpack_api_key: aa\nbackpack_api_secret: bb\n"


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0, flow=None)) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, backpack: LocalBackpack) -> Workspace:
    return create(tmp_path / "bot", rehearsal=True, simulator_url=backpack.url).workspace


def doctor(*arguments: str | Path, **environment: str) -> tuple[int, dict[str, Any]]:
    """Run ``doctor --json`` as a process. :return: its exit code, and the checks by name."""
    done = subprocess.run(
        [sys.executable, "-m", "hummingbot_backpack", "doctor", "--json", *map(str, arguments)],
        env={**os.environ, **environment},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    record = json.loads(done.stdout)
    assert record["healthy"] is (done.returncode == 0)
    return done.returncode, {row["check"]: row for row in record["checks"]}


def store(workspace: Workspace) -> None:
    (workspace.conf / ".password_verification").write_text("cc")
    for name in workspace.connector_names:
        workspace.key_file(name).write_text(HALVES.format(name=name))


def test_in02_all_is_well_in_a_fresh_workspace_with_keys(workspace: Workspace) -> None:
    store(workspace)
    code, found = doctor("-w", workspace.root)
    assert code == 0
    assert {row["status"] for name, row in found.items() if name != "pairs"} <= {"ok", "warn"}
    for name in import_hook.SERVED:
        row = found[f"whose {name.rpartition('.')[2]}"]
        assert (row["data"]["live"], Path(row["data"]["file"])) == ("ours", import_hook.served_packages()[name])


def test_in02_the_switch_is_seen_in_all_five_packages(workspace: Workspace) -> None:
    code, found = doctor("-w", workspace.root, "--offline", HUMMINGBOT_BACKPACK="off")
    assert code == 0, "a user's choice is no failure"
    rows = [found[f"whose {name.rpartition('.')[2]}"] for name in import_hook.SERVED]
    assert [(row["status"], row["data"]["live"]) for row in rows] == [("warn", "bundled")] * 5
    assert "is off" in found["switch"]["detail"]


def test_in02_a_hook_that_did_not_run_is_a_failure(workspace: Workspace) -> None:
    code = (
        "import sys\n"
        "sys.meta_path = [finder for finder in sys.meta_path if type(finder).__name__ != 'BackpackFinder']\n"
        "from hummingbot_backpack.doctor.installation import check_implementations\n"
        "print([(str(row.status), row.data['live']) for row in check_implementations()])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([("fail", "bundled")] * 5)


def test_in02_outside_a_workspace_only_the_installation_is_checked() -> None:
    code, found = doctor()
    assert code == 0
    assert found["workspace"]["status"] == "skip"
    assert "keys" not in found and "exchange" not in found


def test_in02_a_workspace_that_was_named_and_is_none_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hummingbot_backpack", "doctor", "-w", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "is not a workspace" in done.stderr


def test_in02_versions_outside_what_was_run_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.check_hummingbot().status is Status.OK
    monkeypatch.setattr(installation, "HUMMINGBOT_RUN", ("20250101",))
    found = installation.check_hummingbot()
    assert found.status is Status.WARN and "20250101" in found.detail
    monkeypatch.setattr(installation, "PYTHON_RUN", ((3, 99),))
    found = installation.check_interpreter()
    assert found.status is Status.WARN and "3.99" in found.detail


def test_in02_hummingbot_that_is_not_there_is_a_failure_that_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent() -> Path:
        raise UserError("Hummingbot is not installed: install it.")

    monkeypatch.setattr(installation, "installed_hummingbot", absent)
    assert installation.check_hummingbot().status is Status.FAIL


def test_rf02_what_every_connector_sends_is_listed_under_whatever_name() -> None:
    found = check_broker_ids("keep")
    sent = found.data["connectors"]
    assert sent["bybit"]["HBOT_BROKER_ID"] == "Hummingbot"
    assert sent["bitget"]["API_CODE"] == sent["bitget_perpetual"]["API_CODE"] == "bntva"
    assert {"BROKER_ID", "REFERRAL_CODE"} <= set(sent["derive"])
    assert sent["kucoin"]["HB_PARTNER_ID"] and sent["binance"]["HBOT_ORDER_ID_PREFIX"]
    assert sent["okx"]["CLIENT_ID_PREFIX"] and sent["xrpl"]["HBOT_SOURCE_TAG_ID"] and sent["gate_io"]["HBOT_ORDER_ID"]
    assert sent["hyperliquid"]["FOUNDATION_BUILDER_ADDRESS"]
    assert sent["decibel_perpetual"]["client_order_id_prefix"] == "HBOT", "a literal"
    assert not {"backpack", "backpack_perpetual"} & set(sent), "ours send none"
    assert found.data["blanked"] == [] and found.data["setting"] == "keep"
    assert "bntva by bitget" in found.detail


def test_rf02_off_takes_five_away_and_says_so() -> None:
    found = check_broker_ids("off")
    assert found.data["blanked"] == ["bitget", "bitget_perpetual", "bybit", "bybit_perpetual", "okx_perpetual"]
    assert found.data["connectors"]["bybit"] == {"HBOT_ORDER_ID_PREFIX": "BYBIT-"}
    assert "bybit_perpetual" not in found.data["connectors"] and "bntva" not in found.detail


def test_rf02_where_the_hook_is_off_nothing_is_blanked_and_the_bundled_id_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(import_hook.SWITCH, "off")
    found = check_broker_ids("off")
    assert found.data["blanked"] == [] and found.data["connectors"]["backpack"]["BROKER_ID"] == "2200"


def test_rf02_another_word_is_warned_of() -> None:
    found = check_broker_ids("sometimes")
    assert found.status is Status.WARN and "HUMMINGBOT_BROKER_IDS (sometimes) must be off or keep" in found.detail


def test_ke01_what_others_could_read_is_mended_and_said(workspace: Workspace) -> None:
    (workspace.root / "logs" / "a.log").write_text("")
    (workspace.root / "logs" / "a.log").chmod(0o644)
    workspace.conf.chmod(0o755)
    (workspace.root / "hbot").chmod(0o755)
    found = place.check_modes(workspace)
    assert found.status is Status.OK and "mended: conf" in found.detail
    assert len(found.data["mended"]) == 2, "the program is nobody's secret"
    assert (workspace.root / "logs" / "a.log").stat().st_mode & 0o777 == 0o600
    assert workspace.conf.stat().st_mode & 0o777 == 0o700
    assert "mended" not in place.check_modes(workspace).detail


def test_ke01_the_age_of_keys_is_told_and_old_ones_are_warned_of(workspace: Workspace) -> None:
    assert place.check_keys(workspace).status is Status.WARN
    store(workspace)
    found = place.check_keys(workspace)
    assert found.status is Status.OK and found.data["ages"] == dict.fromkeys(workspace.connector_names, 0)
    old = time.time() - 91 * 86400
    os.utime(workspace.key_file("backpack_simulator"), (old, old))
    found = place.check_keys(workspace)
    assert found.status is Status.WARN and "older than 90 days" in found.detail


@pytest.mark.parametrize("text", ["", "a: [", "backpack_api_key: aa\n", "- a\n"])
def test_ke02_a_damaged_key_file_is_a_failure_that_names_it(text: str, workspace: Workspace) -> None:
    store(workspace)
    workspace.key_file("backpack_simulator").write_text(text)
    found = place.check_keys(workspace)
    assert found.status is Status.FAIL and "backpack_simulator.yml is damaged" in found.detail


def test_ke02_a_store_without_its_verification_is_a_failure(workspace: Workspace) -> None:
    store(workspace)
    (workspace.conf / ".password_verification").unlink()
    assert place.check_keys(workspace).status is Status.FAIL


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("alert_language: fr", "alert_language (fr) must be en or zh"),
        ("alert_fill_quote: much", "alert_fill_quote (much) must be a number greater than 0"),
        ("alert_telegram_chat: 7", "must be given together"),
    ],
)
def test_mo02_alert_settings_that_cannot_be_used_are_a_failure_and_no_bot_starts_with_them(
    workspace: Workspace, line: str, words: str
) -> None:
    with (workspace.conf / "backpack.yml").open("a") as file:
        file.write(f"{line}\n")
    found = place.check_settings_file(workspace)
    assert found.status is Status.FAIL and found.detail.startswith(f"{workspace.conf}/backpack.yml: ")
    assert words in found.detail
    with pytest.raises(UserError, match=re.escape(words)):
        check_start(workspace, ["start", "perp_maker.yml"])


def test_d04_settings_that_the_connectors_refuse_are_a_failure(workspace: Workspace) -> None:
    assert place.check_settings_file(workspace).status is Status.OK
    with (workspace.conf / "backpack.yml").open("a") as file:
        file.write("instance: many\n")
    found = place.check_settings_file(workspace)
    assert found.status is Status.FAIL and "instance (many)" in found.detail


def test_in02_links_are_mended_and_what_cannot_be_is_a_failure(workspace: Workspace) -> None:
    (workspace.root / "hummingbot" / "core").unlink()
    assert place.check_links(workspace).status is Status.OK
    assert (workspace.root / "hummingbot" / "core").is_symlink()
    (workspace.root / "data").rmdir()
    found = place.check_links(workspace)
    assert found.status is Status.FAIL and "lacks data" in found.detail
    (workspace.root / "hummingbot" / "core").unlink()
    (workspace.root / "hummingbot" / "core").mkdir()
    assert place.check_links(workspace).status is Status.FAIL


def test_in02_an_exchange_that_does_not_answer_is_a_failure(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.check_exchange(workspace).status is Status.OK
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:9")
    found = place.check_exchange(open_workspace(workspace.root))
    assert found.status is Status.FAIL and "hummingbot-backpack simulator" in found.detail


@pytest.mark.parametrize(
    ("skew_ms", "status"),
    [
        (0, Status.OK),
        (900, Status.OK),
        (-1100, Status.WARN),
        (3900, Status.WARN),
        (4100, Status.FAIL),
        (-90000, Status.FAIL),
    ],
)
def test_in02_a_wrong_clock_is_told_in_milliseconds(
    skew_ms: int, status: Status, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    monkeypatch.setattr(place, "get", lambda url, path: 1_700_000_000_000 - skew_ms)
    found = place.check_exchange(workspace)
    assert found.status is status and found.data["skew_ms"] == skew_ms


@pytest.mark.parametrize("answer", ["Welcome", None, []])
def test_in02_an_answer_that_is_no_time_is_a_failure(
    answer: object, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "get", lambda url, path: answer)
    assert place.check_exchange(workspace).status is Status.FAIL


def test_in02_a_bot_that_runs_is_told(workspace: Workspace) -> None:
    assert place.check_bot(workspace).detail == "none runs"
    pid = workspace.root / "data" / "bot" / "bot.pid"
    pid.parent.mkdir()
    pid.write_text(str(os.getpid()))
    assert f"process {os.getpid()}" in place.check_bot(workspace).detail
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    pid.write_text(str(gone.pid))
    assert "did not end by itself" in place.check_bot(workspace).detail
    pid.write_text("?")
    assert place.check_bot(workspace).status is Status.OK


def test_in02_only_a_failure_makes_it_unhealthy() -> None:
    assert healthy([ok("a", ""), warn("b", ""), skip("c", "")])
    assert not healthy([ok("a", ""), fail("b", "")])
    assert as_record([fail("b", "why", n=1)]) == {
        "healthy": False,
        "checks": [{"check": "b", "status": "fail", "detail": "why", "data": {"n": 1}}],
    }
