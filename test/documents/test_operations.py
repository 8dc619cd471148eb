"""The steps of docs/operations.md, carried out on the local Backpack as they are written."""

import os
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from hummingbot_backpack.simulator import SimulatorConfig
from test.hummingbot_backpack.workspace.commands import PASSWORD
from test.hummingbot_backpack.workspace.local import local_backpack

FENCE = re.compile(
    r"^(?P<in> *)```sh simulator(?P<again> again)?\n(?P<commands>.*?)^(?P=in)```\n"
    r"(?:(?P=in)```text\n(?P<said>.*?)^(?P=in)```\n)?",
    re.MULTILINE | re.DOTALL,
)
AGAIN_SECONDS = 45.0


class Step(NamedTuple):
    commands: str
    again: bool
    """Whether it only looks, and may be repeated until it sees what is written."""
    said: list[str]


def steps(page: str) -> list[Step]:
    return [
        Step(
            textwrap.dedent(found["commands"]),
            bool(found["again"]),
            [line.strip() for line in (found["said"] or "").splitlines()],
        )
        for found in FENCE.finditer(page)
    ]


def carried_out(step: Step, home: Path, environment: dict[str, str]) -> None:
    deadline = time.monotonic() + AGAIN_SECONDS
    while True:
        done = subprocess.run(
            ["bash", "-e", "-c", step.commands],
            env=environment, cwd=home, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        missing = [line for line in step.said if line not in said]
        if not (done.returncode or missing):
            return
        assert step.again and time.monotonic() < deadline, f"{step.commands}\nmissing {missing}\n{said}"
        time.sleep(0.5)


def test_every_marked_block_of_the_page_is_one_that_the_test_carries_out(repository: Path) -> None:
    page = (repository / "docs" / "operations.md").read_text(encoding="utf-8")
    assert len(steps(page)) == page.count("```sh simulator") > 15
    assert all(step.said for step in steps(page))


@pytest.mark.slow
def test_the_steps_of_operations_work_on_the_simulator_as_written(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "operations.md").read_text(encoding="utf-8")
    with local_backpack(SimulatorConfig(port=0)) as backpack:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("BACKPACK_", "PYTHON"))},
            "HOME": str(tmp_path),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "BACKPACK_SIMULATOR_URL": backpack.url,
            "HBOT_PASSWORD": PASSWORD,
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "160",
        }
        try:
            for step in steps(page):
                carried_out(step, tmp_path, environment)
        finally:
            # A bot of a step that failed: the only processes whose folder this is.
            for process in psutil.process_iter(["cmdline", "cwd"]):
                if any(str(tmp_path) in part for part in (process.info["cwd"] or "", *(process.info["cmdline"] or ()))):
                    process.kill()
    assert not (tmp_path / "rehearsal").exists()
