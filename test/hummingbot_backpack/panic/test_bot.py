"""``panic`` on a real bot's process: alive, hung, and gone."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from test.hummingbot_backpack.workspace.commands import Commands
from test.hummingbot_backpack.workspace.local import local_backpack

pytestmark = pytest.mark.slow
SYMBOL = "SOL_USDC_PERP"


def wait_for(met: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := met()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return value


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0)) as running:
        yield running


class Place:
    """A workspace with a bot that quotes."""

    def __init__(self, folder: Path, backpack: LocalBackpack, spread_pct: float) -> None:
        self.backpack = backpack
        self.commands = Commands(folder / "rehearsal", folder / "hosts", BACKPACK_SIMULATOR_URL=backpack.url)
        self.root = self.commands.root
        assert self.commands.ours("init", self.root, "--simulator").returncode == 0
        made = self.commands.ours("keys", "new", "--json", "-w", self.root)
        self.key = json.loads(made.stdout)["public_key"]
        controller = self.root / "conf" / "controllers" / "sol_perp_maker.yml"
        controller.write_text(yaml.safe_dump(yaml.safe_load(controller.read_text()) | {"spread_pct": spread_pct}))
        assert self.commands.hbot("start", "perp_maker.yml").returncode == 0
        wait_for(lambda: len(self.ledger["open_orders"]) >= 6)
        self.process = int((self.root / "data" / "bot" / "bot.pid").read_text())

    @property
    def ledger(self) -> dict[str, Any]:
        try:
            return self.backpack.ledger(self.key)
        except KeyError:
            return {"open_orders": []}

    def panic(self, *arguments: str) -> dict[str, Any]:
        done = self.commands.ours("panic", "--json", "-w", self.root, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        record: dict[str, Any] = json.loads(done.stdout)
        return record

    def gone(self) -> bool:
        return not psutil.pid_exists(self.process) or psutil.Process(self.process).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def place(tmp_path: Path, backpack: LocalBackpack, request: pytest.FixtureRequest) -> Iterator[Place]:
    # Far from the market the quotes of a bot that no longer answers stay where they are.
    made = Place(tmp_path, backpack, getattr(request, "param", 4))
    yield made
    if not made.gone():
        os.kill(made.process, signal.SIGKILL)


@pytest.mark.parametrize("place", [0.05], indirect=True)
def test_br02_a_bot_that_lives_is_stopped_its_orders_go_and_it_is_flat(place: Place) -> None:
    wait_for(lambda: float(place.ledger["positions"].get(SYMBOL, {}).get("netQuantity", 0)) != 0)
    record = place.panic("--flatten", "--yes")
    assert record["stopped"] == [place.process] and record["done"] and place.gone()
    assert place.ledger["open_orders"] == []
    assert float(place.ledger["positions"][SYMBOL]["netQuantity"]) == 0


def test_br02_a_bot_that_hangs_is_killed_and_its_orders_go(place: Place) -> None:
    os.kill(place.process, signal.SIGSTOP)
    record = place.panic()
    assert record["killed"] == [place.process] and place.gone()
    assert record["markets"][SYMBOL]["cancelled"] >= 1 and place.ledger["open_orders"] == []


def test_br02_a_bot_that_is_gone_left_orders_and_they_go(place: Place) -> None:
    os.kill(place.process, signal.SIGKILL)
    wait_for(place.gone)
    assert place.ledger["open_orders"]
    record = place.panic()
    assert record["stopped"] == [] and record["markets"][SYMBOL]["cancelled"] >= 1
    assert place.ledger["open_orders"] == []
    settings = yaml.safe_load((place.root / "conf" / "backpack.yml").read_text())
    assert isinstance(settings["instance"], int), "its orders were known by this number alone"
