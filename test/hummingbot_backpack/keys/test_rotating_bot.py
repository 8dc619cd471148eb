"""``keys rotate`` while a bot trades."""

import json
import os
import signal
from pathlib import Path

import pytest

from hummingbot_backpack.simulator import SimulatorConfig
from test.hummingbot_backpack.workspace.bot_place import Place, wait_for
from test.hummingbot_backpack.workspace.local import local_backpack


@pytest.mark.slow
def test_ke01_au05_a_running_bot_goes_on_with_the_new_pair_and_never_uses_the_old_one_again(tmp_path: Path) -> None:
    with local_backpack(SimulatorConfig(port=0)) as backpack:
        place = Place(tmp_path, backpack, 0.05)
        try:
            wait_for(lambda: place.state().get("fills", 0) >= 1)
            account = backpack.exchange.known_account(place.key)
            done = place.commands.ours("keys", "rotate", "--json", "-w", place.root)
            assert done.returncode == 0, done.stderr
            record = json.loads(done.stdout)
            assert record["bot"] and record["old_public_key"] == place.key
            assert "works with the new pair" in done.stderr
            # Revoked: whoever still signs with the old pair gets an account of its own, and nothing of ours.
            del backpack.exchange._by_key[place.key]
            seen = place.state()["fills"]
            wait_for(lambda: place.state()["fills"] > seen + 2)
            assert backpack.exchange.known_account(record["public_key"]) is account
            assert backpack.exchange.known_account(place.key) is None, "the old pair signed again"
            assert place.commands.hbot("stop").returncode == 0
            assert account is not None and not account.open_orders
            assert int(place.state()["fills"]) == account.buys + account.sells
        finally:
            if not place.gone():
                os.kill(place.process, signal.SIGKILL)
