"""A workspace for rehearsal with a bot's own process in it, for tests that do things to that bot."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import yaml

from hummingbot_backpack.simulator import LocalBackpack
from test.hummingbot_backpack.workspace.commands import Commands

SYMBOL = "SOL_USDC_PERP"


def wait_for(met: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := met()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return value


class Place:
    """A workspace with a bot that quotes.

    :param script: settings of the script's file beside those of the example
    :param more: settings of the controller's file beside those of the example
    """

    def __init__(
        self,
        folder: Path,
        backpack: LocalBackpack,
        spread_pct: float,
        script: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        self.backpack = backpack
        self.commands = Commands(folder / "rehearsal", folder / "hosts", BACKPACK_SIMULATOR_URL=backpack.url)
        self.root = self.commands.root
        assert self.commands.ours("init", self.root, "--simulator").returncode == 0
        made = self.commands.ours("keys", "new", "--json", "-w", self.root)
        self.key = json.loads(made.stdout)["public_key"]
        self._set("controllers/sol_perp_maker.yml", {"spread_pct": spread_pct, **more})
        self._set("scripts/perp_maker.yml", script or {})
        assert self.commands.hbot("start", "perp_maker.yml").returncode == 0
        wait_for(lambda: len(self.ledger["open_orders"]) >= 6)
        self.process = int((self.root / "data" / "bot" / "bot.pid").read_text())

    def _set(self, name: str, values: dict[str, Any]) -> None:
        file = self.root / "conf" / name
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | values))

    @property
    def ledger(self) -> dict[str, Any]:
        try:
            return self.backpack.ledger(self.key)
        except KeyError:
            return {"open_orders": []}

    def state(self) -> dict[str, Any]:
        """What the bot last published."""
        file = self.root / "data" / "backpack_state.json"
        state: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return state

    def panic(self, *arguments: str) -> dict[str, Any]:
        done = self.commands.ours("panic", "--json", "-w", self.root, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        record: dict[str, Any] = json.loads(done.stdout)
        return record

    def gone(self) -> bool:
        return not psutil.pid_exists(self.process) or psutil.Process(self.process).status() == psutil.STATUS_ZOMBIE
