"""A bot backed up while it runs, restored elsewhere, and started there."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hummingbot_backpack.simulator import SimulatorConfig
from test.hummingbot_backpack.workspace.bot_place import Place, wait_for
from test.hummingbot_backpack.workspace.commands import Commands
from test.hummingbot_backpack.workspace.local import local_backpack


@pytest.mark.slow
def test_bk01_a_bot_restored_from_a_backup_starts_and_knows_its_history(tmp_path: Path) -> None:
    with local_backpack(SimulatorConfig(port=0)) as backpack:
        place = Place(tmp_path, backpack, 0.05)
        try:
            wait_for(lambda: place.state().get("fills", 0) >= 3)
            done = place.commands.ours("backup", tmp_path / "bot.backup", "-w", place.root)
            assert done.returncode == 0, done.stderr
            assert not place.gone(), "the bot went on"
            assert place.commands.hbot("stop").returncode == 0
        finally:
            if not place.gone():
                os.kill(place.process, signal.SIGKILL)
        again = Commands(tmp_path / "again", tmp_path / "hosts", BACKPACK_SIMULATOR_URL=backpack.url)
        assert again.ours("restore", tmp_path / "bot.backup", again.root).returncode == 0
        assert "SOL-USDC" in again.hbot("history", "perp_maker").stdout
        started = again.hbot("start", "perp_maker.yml")
        assert started.returncode == 0, started.stdout + started.stderr
        try:
            wait_for(lambda: _running(again))
            with closing(sqlite3.connect(again.root / "data" / "perp_maker.records.sqlite")) as records:
                (sessions,) = records.execute("select count(*) from sessions").fetchone()
                (fills,) = records.execute("select count(*) from fills").fetchone()
            assert sessions == 2 and fills >= 3
        finally:
            again.hbot("stop")


def _running(commands: Commands) -> bool:
    file = commands.root / "data" / "backpack_state.json"
    state = json.loads(file.read_text()) if file.exists() else {}
    return bool(state.get("running") and state.get("trading_since"))
