"""``run --simulator`` on the command lines of the classic bot's own documentation: each trades, or is one sentence."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from test.hummingbot_backpack.convert import classic_lines
from test.hummingbot_backpack.workspace.local import local_backpack

SECONDS = 60


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKPACK_", "PYTHONPATH"))}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "200", "LC_ALL": "C.UTF-8", **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hummingbot_backpack", "run", *arguments]


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    # Nine bots share this market for a minute: it runs faster, so that there is enough to trade for all.
    with local_backpack(SimulatorConfig(port=0, speed=5)) as running:
        yield running


def ledger(backpack: LocalBackpack, workspace: Path) -> dict[str, Any]:
    """The account of a workspace's keys."""
    done = subprocess.run(
        [sys.executable, "-m", "hummingbot_backpack", "keys", "show", "--json", "-w", str(workspace)],
        env=environment(HBOT_PASSWORD="rehearsal"),
        capture_output=True,
        text=True,
        check=True,
    )
    return backpack.ledger(json.loads(done.stdout)["keys"][0]["public_key"])


@pytest.mark.slow
def test_ru01_cv01_every_documented_command_line_trades_for_a_minute(tmp_path: Path, backpack: LocalBackpack) -> None:
    started = {}
    for name, line in classic_lines.TRADING.items():
        words = ["-w", str(tmp_path / name), "--simulator", "--", *line.split(), "--duration", str(SECONDS)]
        started[name] = subprocess.Popen(
            command(*words),
            env=environment(BACKPACK_SIMULATOR_URL=backpack.url),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    for name, process in started.items():
        said, _ = process.communicate(timeout=SECONDS + 180)
        assert process.returncode == 0, f"{name}: {said}"
        assert "Preflight of" in said and f"over: the session's {SECONDS} s are over" in said, f"{name}: {said}"
        state = json.loads((tmp_path / name / "data" / "backpack_state.json").read_text())
        account = ledger(backpack, tmp_path / name)
        assert state["fills"] == account["fill_count"] > 0, f"{name}: {said}"
        assert account["open_orders"] == [], name


@pytest.mark.slow
def test_ru01_ctrl_c_stops_the_bot_takes_its_orders_away_and_shows_the_result(
    tmp_path: Path, backpack: LocalBackpack
) -> None:
    words = ["-w", str(tmp_path / "bot"), "--simulator", "--", *classic_lines.PERP.split()]
    process = subprocess.Popen(
        command(*words),
        env=environment(BACKPACK_SIMULATOR_URL=backpack.url, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "4 open orders" in line:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=90)
    assert process.returncode == 0 and "Stopping the bot" in rest and "over: stopped" in rest, said + rest
    assert ledger(backpack, tmp_path / "bot")["open_orders"] == []
    printed = (tmp_path / "bot" / "logs" / "run.out").stat()
    assert printed.st_mode & 0o777 == 0o600, "what it printed is for its owner only"


@pytest.mark.parametrize("line", [classic_lines.ASTER, classic_lines.CLIENT])
def test_ru01_cv01_lines_without_a_counterpart_end_in_one_sentence_and_make_nothing(line: str, tmp_path: Path) -> None:
    done = subprocess.run(
        command("--simulator", "--", *line.split()),
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
