"""``panic`` on a real bot's process: alive, hung, and gone."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from test.hummingbot_backpack.workspace.bot_place import SYMBOL, Place, wait_for
from test.hummingbot_backpack.workspace.local import local_backpack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0)) as running:
        yield running


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


def test_br02_a_bot_is_stopped_although_its_settings_cannot_be_read(place: Place) -> None:
    settings = place.root / "conf" / "backpack.yml"
    whole = settings.read_text()
    settings.write_text(whole + "alert_webhook_url: [\n")
    done = place.commands.ours("panic", "-w", place.root, HBOT_PASSWORD="")
    assert place.gone() and f"The bot (process {place.process}) is stopped" in done.stdout
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "Orders that rest are not looked for (" in done.stderr and "is not valid YAML" in done.stderr
    settings.write_text(whole)
    assert place.panic()["done"]
    assert place.ledger["open_orders"] == []
