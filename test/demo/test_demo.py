"""The demonstration itself, shortened: the same processes, the same report, the same comparison of the books."""

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

COMMAND = [sys.executable, "-m", "hummingbot_backpack", "demo"]
PATIENCE = 150  # seconds a short run may take before the test gives up


def environment(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith("DEMO_")}, **more}


def left_over(folder: Path) -> list[str]:
    """Command lines of processes that were started in the run's folder and still live."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder) in line or (process.info["cwd"] or "").startswith(str(folder)):
            found.append(line)
    return found


def wait_for(met: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def figure(report: str, name: str) -> list[str]:
    """The columns of a row of the report's table."""
    row = next(line for line in report.splitlines() if re.match(rf"\W*{re.escape(name)}(?!\w)", line))
    return [cell.strip() for cell in re.split("[│┃|]", row) if cell.strip()]


def test_a_short_demonstration_trades_both_sides_and_its_books_equal_the_exchanges(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [*COMMAND, "--folder", str(folder)],
        env=environment(DEMO_SECONDS="15"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in (
        "fills",
        "buys",
        "sells",
        "volume (USDC)",
        "fees (USDC)",
        "position (SOL)",
        "PnL at mark",
        "open orders",
    ):
        cells = figure(done.stdout, name)
        assert cells[1] == cells[2] and cells[3] == "equal", cells
    assert int(figure(done.stdout, "buys")[1]) > 0 and int(figure(done.stdout, "sells")[1]) > 0
    assert figure(done.stdout, "open orders")[1] == "0"
    assert "max_position" in done.stdout
    assert left_over(folder) == []


@pytest.mark.slow
def test_the_spot_demonstration_buys_its_share_trades_both_sides_and_its_books_equal_the_exchanges(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [*COMMAND, "--folder", str(folder)],
        env=environment(DEMO="spot", DEMO_SECONDS="20"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("fills", "buys", "sells", "volume (USDC)", "fees (USDC)", "position (SOL)", "PnL at mark"):
        cells = figure(done.stdout, name)
        assert cells[1] == cells[2] and cells[3] == "equal", cells
    assert int(figure(done.stdout, "buys")[1]) > 0 and int(figure(done.stdout, "sells")[1]) > 0
    assert figure(done.stdout, "open orders")[1] == "0"
    assert "base_target_pct" in done.stdout
    assert left_over(folder) == []


@pytest.mark.slow
def test_the_hedging_demonstration_ends_at_its_reference_and_its_books_equal_the_exchanges(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [*COMMAND, "--folder", str(folder)],
        env=environment(DEMO="hedge", DEMO_SECONDS="30"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("fills", "buys", "sells", "volume (USDC)", "fees (USDC)", "position (SOL)", "PnL at mark"):
        cells = figure(done.stdout, name)
        assert cells[1] == cells[2] and cells[3] == "equal", cells
    assert int(figure(done.stdout, "buys")[1]) > 0 and int(figure(done.stdout, "sells")[1]) > 0
    assert figure(done.stdout, "open orders")[1] == "0"
    assert "position 0, reference 0; cost per 10,000 of maker volume" in done.stdout
    assert left_over(folder) == []


def test_ctrl_c_stops_the_bot_reports_and_leaves_no_process_behind(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    output = tmp_path / "output"
    with output.open("w") as handle:
        process = subprocess.Popen(
            [*COMMAND, "--folder", str(folder)],
            env=environment(DEMO_SECONDS="600"),
            stdout=handle,
            stderr=handle,
            start_new_session=True,
        )
    try:
        wait_for(lambda: "4/4" in output.read_text() or process.poll() is not None, PATIENCE)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
        assert process.wait(PATIENCE) == 128 + signal.SIGINT, output.read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert "open orders" in output.read_text()
    assert figure(output.read_text(), "open orders")[1] == "0"
    assert left_over(folder) == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DEMO", "futures", "DEMO (futures) must be one of perp, spot, hedge"),
        ("DEMO_SECONDS", "5", "DEMO_SECONDS (5) must be from 10 to 86400."),
        ("DEMO_SPEED", "1000", "DEMO_SPEED (1000) must be from 0.1 to 100."),
        ("DEMO_FLOW", "/no/such/tape.csv", "DEMO_FLOW (/no/such/tape.csv) must be a file of recorded trades."),
    ],
)
def test_a_value_that_cannot_be_run_is_one_sentence_and_makes_nothing(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [*COMMAND, "--folder", str(folder)], env=environment(**{variable: value}), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not folder.exists()


def test_a_folder_that_is_not_a_demonstrations_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    done = subprocess.run([*COMMAND, "--folder", str(tmp_path)], env=environment(), capture_output=True, text=True)
    assert done.returncode == 2 and "--folder" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "all of it"


@pytest.mark.slow
def test_a_stretch_of_recorded_trades_drives_the_demonstration_to_its_end(tmp_path: Path, shared: Path) -> None:
    tape = shared / "market_data" / "eth_perp_2024-08-08_trades.csv.gz"
    if not tape.is_file():
        pytest.skip(f"the recording is not here: {tape}")
    with gzip.open(tape, "rt") as rows:
        header = next(rows)
        first = next(rows)
        stretch = [first]
        begin = int(first.split(",")[0])
        for row in rows:
            if int(row.split(",")[0]) - begin > 40_000_000:
                break
            stretch.append(row)
    piece = tmp_path / "stretch.csv"
    piece.write_text(header + "".join(stretch))
    folder = tmp_path / "demo"
    done = subprocess.run(
        [*COMMAND, "--folder", str(folder)],
        env=environment(DEMO_FLOW=str(piece), DEMO_SPEED="4"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The recording is over" in done.stdout
    assert int(figure(done.stdout, "fills")[1]) > 0, done.stdout
    assert left_over(folder) == []


@pytest.mark.slow
def test_the_whole_recording_drives_the_demonstration(tmp_path: Path, shared: Path) -> None:
    tape = shared / "market_data" / "eth_perp_2024-08-08_trades.csv.gz"
    if not tape.is_file():
        pytest.skip(f"the recording is not here: {tape}")
    done = subprocess.run(
        [*COMMAND, "--folder", str(tmp_path / "demo")],
        env=environment(DEMO_FLOW=str(tape), DEMO_SPEED="5"),
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The recording is over" in done.stdout
