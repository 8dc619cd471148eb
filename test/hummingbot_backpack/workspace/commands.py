"""Running the product's commands as processes, under a guard that lets none of them talk to other machines."""

import os
import subprocess
import sys
from pathlib import Path

GUARD = Path(__file__).parent / "guard"
PASSWORD = "only for this test"


class Commands:
    """Runs commands on one workspace; ``hosts()`` says whom they, and what they started, talked to."""

    def __init__(self, root: Path, notes: Path, **more: str) -> None:
        self.root = root
        self._notes = notes
        self.said = ""
        """All that the commands printed so far."""
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "HUMMINGBOT_BACKPACK")}
        self.environment = {
            **kept,
            "PYTHONPATH": str(GUARD),
            "GUARD_FILE": str(notes),
            "HBOT_PASSWORD": PASSWORD,
            "NO_COLOR": "1",
            "COLUMNS": "200",
            **more,
        }

    def ours(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run ``hummingbot-backpack``."""
        return self._run([sys.executable, "-m", "hummingbot_backpack", *map(str, arguments)], more)

    def hbot(self, *arguments: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run the workspace's own ``hbot``, `typed` on its standard input."""
        return self._run([str(self.root / "hbot"), *arguments], more, typed)

    def hosts(self) -> set[str]:
        return set(self._notes.read_text().split()) if self._notes.exists() else set()

    def _run(self, command: list[str], more: dict[str, str], typed: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            env={**self.environment, **more},
            cwd=self.root.parent,
            input=typed,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        self.said += done.stdout + done.stderr
        return done


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """:return: what a refused command said; it must be one line on stderr, with code 2."""
    assert (done.returncode, done.stdout) == (2, ""), f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr.strip()
