"""Both sides, each in a process of its own, and what their values say."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from test.compare.scene import BUNDLED, OURS, SCENARIOS, Scenario

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SWITCH = "HUMMINGBOT_BACKPACK"
WITHIN = 600
CONTROL = "control"


@dataclass(frozen=True)
class Outcome:
    """What one side gave: a value, or the error that kept it from giving one."""

    value: str | None
    error: str | None = None

    @property
    def text(self) -> str:
        return self.value if self.value is not None else f"({self.error})"


NOT_RUN = Outcome(None, "not run")


@dataclass(frozen=True)
class Row:
    """A scenario with what came of it."""

    scenario: Scenario
    bundled: Outcome
    ours: Outcome

    @property
    def is_control(self) -> bool:
        return self.scenario.card == CONTROL

    @property
    def ours_is_right(self) -> bool:
        return self.ours.value == self.scenario.right

    @property
    def is_shown(self) -> bool:
        """The bundled connector gave the wrong value that the card names: not an error, not some other value."""
        return self.bundled.value is not None and self.scenario.is_wrong(self.bundled.value)

    @property
    def verdict(self) -> str:
        faults = [] if self.ours_is_right else ["ours is wrong"]
        if not self.is_shown:
            faults.append("fails" if self.is_control else "not shown")
        return ", ".join(faults) or ("same" if self.is_control else "shown")


def rows_of(bundled: Mapping[str, Outcome], ours: Mapping[str, Outcome], names: list[str] | None = None) -> list[Row]:
    """In the order of the cards."""
    scenarios = [SCENARIOS[name] for name in names] if names else list(SCENARIOS.values())
    rows = [Row(one, bundled.get(one.name, NOT_RUN), ours.get(one.name, NOT_RUN)) for one in scenarios]
    families = ["control", "AU", "MD", "OR", "FI", "PO", "BA", "FE", "FU", "RL", "RE", "RF"]
    return sorted(rows, key=lambda row: (families.index(re.sub(r"\d", "", row.scenario.card)), row.scenario.card))


def run_both(names: list[str] | None = None) -> tuple[dict[str, Outcome], dict[str, Outcome]]:
    """Runs the scenarios, all unless named, on both sides at once. :return: outcomes of the bundled one, of ours"""
    with tempfile.TemporaryDirectory() as folder:
        sides = {side: _Side(side, names or [], Path(folder)) for side in (BUNDLED, OURS)}
        try:
            return sides[BUNDLED].outcomes(), sides[OURS].outcomes()
        finally:
            for side in sides.values():
                side.end()


def environment_of(side: str) -> dict[str, str]:
    """That of a process that loads the connectors of one side, without anything of the caller's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKPACK_", SWITCH))}
    if side == BUNDLED:
        kept[SWITCH] = "off"
    return {**kept, "NO_PROXY": "127.0.0.1"}


class _Side:
    def __init__(self, side: str, names: list[str], folder: Path) -> None:
        self._side = side
        self._results, self._output = folder / f"{side}.jsonl", folder / f"{side}.log"
        self._results.touch()
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "test.compare.side", side, *names],
                cwd=REPOSITORY,
                env={**environment_of(side), "COMPARE_RESULTS": str(self._results)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def outcomes(self) -> dict[str, Outcome]:
        """:raises RuntimeError: the process did not come to its end"""
        try:
            code: int | None = self._process.wait(WITHIN)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0:
            tail = self._output.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"the {self._side} side ended with {code}:\n{tail}")
        rows: list[dict[str, Any]] = [json.loads(line) for line in self._results.read_text().splitlines()]
        return {row["name"]: Outcome(row["value"], row["error"]) for row in rows}

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
