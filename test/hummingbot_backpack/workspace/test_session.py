"""A day in a fresh workspace for rehearsal, as a user types it: real processes against a local Backpack.

The tests run in file order, because connecting, starting and stopping are a story. All of it runs under a guard that
notes whom any of these processes talks to.
"""

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.workspace.layout import open_workspace
from test.hummingbot_backpack.workspace.commands import PASSWORD, Commands, one_sentence
from test.hummingbot_backpack.workspace.local import local_backpack
from test.hummingbot_backpack.workspace.terminal import Terminal

NAMES = ("backpack_simulator", "backpack_perpetual_simulator")


def wait_until(met: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, backpack: LocalBackpack) -> Iterator[Commands]:
    folder = tmp_path_factory.mktemp("a user's folder")
    made = Commands(folder / "rehearsal's home", folder / "hosts")
    done = made.ours("init", made.root, "--simulator", "--simulator-url", backpack.url)
    assert done.returncode == 0, done.stderr
    yield made
    pid = made.root / "data" / "bot" / "bot.pid"
    if pid.exists():
        made.hbot("stop", "--force", "--timeout", "20")
    if pid.exists():
        os.kill(int(pid.read_text()), signal.SIGKILL)


@pytest.fixture(scope="module")
def public_key(commands: Commands) -> str:
    done = commands.ours("keys", "new", "--json", "-w", commands.root)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["public_key"])


def open_orders(backpack: LocalBackpack, public_key: str) -> list[str]:
    return list(backpack.ledger(public_key)["open_orders"])


def test_in03_connect_confirms_the_keys_stored_through_us(commands: Commands, public_key: str) -> None:
    done = commands.hbot("connect")
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines()]
    confirmed = {row[1]: row[3] for row in rows if len(row) > 3}
    assert [confirmed[name] for name in NAMES] == ["yes", "yes"], done.stdout


def test_in03_connect_knows_the_fields_of_our_names(commands: Commands) -> None:
    for name in NAMES[1:]:
        done = commands.hbot("connect", name, "--fields")
        assert "backpack_api_key" in done.stdout and "backpack_api_secret" in done.stdout, done.stdout + done.stderr


def test_in03_connect_stores_a_pair_that_we_read(commands: Commands, public_key: str) -> None:
    pair = Keystore(open_workspace(commands.root), PASSWORD).read(NAMES[0])
    typed = json.dumps({"backpack_api_key": pair.public, "backpack_api_secret": pair.secret})
    done = commands.hbot("connect", NAMES[0], "--keys-stdin", "--replace", typed=typed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "stored by hummingbot-backpack" not in (open_workspace(commands.root).key_file(NAMES[0])).read_text()
    assert Keystore(open_workspace(commands.root), PASSWORD).read(NAMES[0]) == pair


def test_in03_create_makes_a_configuration_of_our_controller(commands: Commands) -> None:
    settings = {"connector_name": NAMES[1], "trading_pair": "SOL-USDC", "spread_pct": "0.1", "max_position": "5"}
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    done = commands.hbot("create", "perp_market_maker", "--name", "mine.yml", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    made = yaml.safe_load((commands.root / "conf" / "controllers" / "mine.yml").read_text())
    assert {name: str(made[name]) for name in settings} == settings


def test_pr01_start_refuses_an_unknown_market_before_anything_runs(commands: Commands, public_key: str) -> None:
    conf = commands.root / "conf"
    good = yaml.safe_load((conf / "controllers" / "sol_perp_maker.yml").read_text())
    (conf / "controllers" / "bad.yml").write_text(yaml.safe_dump({**good, "trading_pair": "SOL-USDT"}))
    script = yaml.safe_load((conf / "scripts" / "perp_maker.yml").read_text())
    (conf / "scripts" / "bad_script.yml").write_text(yaml.safe_dump({**script, "controllers_config": ["bad.yml"]}))
    assert "trading_pair (SOL-USDT) must be" in one_sentence(commands.hbot("start", "bad_script.yml"))
    for name in ("meta.json", "bot.pid", "bot.log"):
        assert not (commands.root / "data" / "bot" / name).exists(), "nothing half-made"


def test_in03_start_status_history_logs_and_stop(commands: Commands, backpack: LocalBackpack, public_key: str) -> None:
    assert commands.hbot("config", "log_level", "DEBUG").returncode == 0  # for the search at the end
    done = commands.hbot("start", "perp_maker.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert wait_until(lambda: backpack.ledger(public_key)["fill_count"] > 1), "the bot is filled"
    status = json.loads(commands.hbot("status", "--json").stdout)
    assert status["running"] and "SOL-USDC" in status["format_status"]
    assert "sol_perp_maker" in commands.ours("hbot", "-w", commands.root, "status").stdout
    assert "one runs" in commands.ours("doctor", "-w", commands.root).stdout
    assert "backpack_perpetual_simulator" in commands.hbot("logs").stdout
    stopped = commands.hbot("stop")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert open_orders(backpack, public_key) == []
    history = commands.hbot("history")
    assert history.returncode == 0 and "SOL-USDC" in history.stdout, history.stdout + history.stderr
    assert json.loads(commands.hbot("status", "--json").stdout)["running"] is False


def test_in03_start_on_a_controllers_file_runs_our_script_and_config_edits_it(
    commands: Commands, backpack: LocalBackpack, public_key: str
) -> None:
    done = commands.hbot("start", "mine.yml", "--controller")
    assert done.returncode == 0, done.stdout + done.stderr
    written = yaml.safe_load((commands.root / "conf" / "scripts" / "mine.yml").read_text())
    assert written["script_file_name"] == "v2_with_controllers.py"
    assert wait_until(lambda: bool(open_orders(backpack, public_key))), "it quotes"
    live = commands.hbot("config", "spread_pct", "0.2")
    assert live.returncode == 0 and "applies: live" in live.stdout, live.stdout + live.stderr
    refused = commands.hbot("config", "spread_pct", "0")
    assert refused.returncode != 0 and "spread_pct (0) must be" in refused.stderr, refused.stdout + refused.stderr
    assert yaml.safe_load((commands.root / "conf" / "controllers" / "mine.yml").read_text())["spread_pct"] in (
        0.2,
        "0.2",
    )
    assert commands.hbot("stop").returncode == 0
    assert open_orders(backpack, public_key) == []


def test_in03_the_client_opens_and_starts_a_bot(commands: Commands, backpack: LocalBackpack, public_key: str) -> None:
    with Terminal(commands, "client", "-w", commands.root) as client:
        assert client.shows(">>>", 60), client.text
        client.type("start --v2 perp_maker.yml")
        assert client.reads_until(lambda: bool(open_orders(backpack, public_key)), 60), client.text
        client.type("stop")
        assert client.shows("Hummingbot stopped", 60), client.text
        assert open_orders(backpack, public_key) == []
        client.type("exit")
        assert client.ends(60) == 0, client.text


def test_in03_the_client_needs_a_terminal(commands: Commands) -> None:
    assert "needs a terminal" in one_sentence(commands.ours("client", "-w", commands.root))


def test_in01_switched_off_beside_simulator_keys_our_commands_name_the_files_to_move(
    commands: Commands, public_key: str
) -> None:
    off = {"HUMMINGBOT_BACKPACK": "off"}
    files = [str(commands.root / "conf" / "connectors" / f"{name}.yml") for name in NAMES]
    for done in (
        commands.hbot("status", **off),
        commands.ours("hbot", "-w", commands.root, "start", "perp_maker.yml", **off),
        commands.ours("keys", "show", "-w", commands.root, **off),
    ):
        said = one_sentence(done)
        assert "move away" in said and all(file in said for file in files)
    doctor = commands.ours("doctor", "--offline", "-w", commands.root, **off)
    assert doctor.returncode == 1 and all(file in doctor.stdout for file in files)


def test_in03_hummingbots_own_doctor_is_refused_because_it_asks_strangers(commands: Commands) -> None:
    assert "hummingbot-backpack doctor" in one_sentence(commands.hbot("doctor"))


def test_ke02_a_wrong_password_stops_hbot_start(commands: Commands, public_key: str) -> None:
    done = commands.hbot("start", "perp_maker.yml", HBOT_PASSWORD="a wrong one")
    assert done.returncode != 0 and "invalid password" in done.stderr
    assert "a wrong one" not in done.stdout + done.stderr


def test_in02_doctor_is_content(commands: Commands, public_key: str) -> None:
    done = commands.ours("doctor", "--json", "-w", commands.root)
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["healthy"], done.stdout
    found = {row["check"]: row for row in report["checks"]}
    assert found["exchange"]["status"] == "ok"
    assert set(found["keys"]["data"]["ages"]) == set(NAMES)
    for path in commands.root.rglob("*"):
        if path.relative_to(commands.root).parts[0] in ("conf", "logs", "data") and not path.is_symlink():
            assert path.stat().st_mode & 0o077 == 0, path


def test_au06_a_session_at_debug_wrote_and_said_no_secret(commands: Commands, public_key: str) -> None:
    pair = Keystore(open_workspace(commands.root), PASSWORD).read(NAMES[1])
    assert pair.public == public_key
    secrets = [pair.secret.encode(), base64.b64decode(pair.secret).hex().encode(), PASSWORD.encode()]
    files = [path for path in commands.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.suffix == ".log" and path.stat().st_size for path in files)
    assert any(path.suffix == ".sqlite" for path in files)
    for content in [commands.said.encode(), *(path.read_bytes() for path in files)]:
        assert not any(secret in content for secret in secrets)


def test_in03_a_rehearsal_reached_nothing_but_this_machine(commands: Commands) -> None:
    hosts = commands.hosts()
    assert "127.0.0.1" in hosts
    assert not {host for host in hosts if host != "localhost" and not host.startswith("127.") and host != "::1"}


def test_in03_the_guard_would_have_seen_it(tmp_path: Path) -> None:
    """The control: in a workspace for live trading the same guard sees Hummingbot's doctor ask strangers."""
    live = Commands(tmp_path / "live", tmp_path / "hosts")
    assert live.ours("init", live.root).returncode == 0
    live.hbot("doctor")
    assert "api.kraken.com" in live.hosts()
