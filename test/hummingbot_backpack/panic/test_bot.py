"""``panic`` on a real bot's process: alive, hung, and gone."""

import json
import os
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from test.hummingbot_backpack.workspace.bot_place import SYMBOL, Place, wait_for
from test.hummingbot_backpack.workspace.commands import PASSWORD, Commands
from test.hummingbot_backpack.workspace.local import local_backpack
from test.hummingbot_backpack.workspace.terminal import Terminal

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
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "The bot is stopped; its orders were not looked for: " in done.stderr and "is not valid YAML" in done.stderr
    settings.write_text(whole)
    assert place.panic()["done"]
    assert place.ledger["open_orders"] == []


def test_br02_without_a_password_the_bot_is_stopped_first(place: Place) -> None:
    done = place.commands.ours("panic", "-w", place.root, HBOT_PASSWORD="")
    assert place.gone() and f"The bot (process {place.process}) is stopped" in done.stdout
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "The bot is stopped; its orders were not looked for: The keystore needs a password" in done.stderr
    again = place.commands.ours("panic", "-w", place.root, HBOT_PASSWORD="")
    assert again.returncode == 2, "nothing was done"
    assert place.panic()["done"] and place.ledger["open_orders"] == []


def test_br02_a_market_that_is_none_is_refused_before_anything_is_done(place: Place) -> None:
    done = place.commands.ours("panic", "-w", place.root, "--flatten", "--yes", "--market", "SOL_USDX")
    assert (done.returncode, done.stdout) == (2, "") and "--market (SOL_USDX) must be" in done.stderr
    assert not place.gone() and place.ledger["open_orders"]


def test_br02_an_exchange_that_is_away_still_has_the_bot_stopped_and_is_named(place: Place) -> None:
    away = "http://127.0.0.1:9"
    done = place.commands.ours("panic", "-w", place.root, "--timeout", "1", BACKPACK_SIMULATOR_URL=away)
    assert done.returncode == 1 and place.gone(), done.stderr
    said = f"The bot is stopped; its orders were not looked for: {away} does not let us look ("
    assert said in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("keys,code,end", [(f"{PASSWORD}\r", 0, "Done."), ("\x04", 1, "No password was given.")])
def test_br02_while_the_password_is_typed_the_bot_is_stopped_already(
    place: Place, keys: str, code: int, end: str
) -> None:
    del place.commands.environment["HBOT_PASSWORD"]
    os.kill(place.process, signal.SIGSTOP)  # killed, it leaves its orders
    with Terminal(place.commands, "panic", "-w", place.root) as terminal:
        assert terminal.shows("Keystore password: ", 30), terminal.text
        assert place.gone() and place.ledger["open_orders"]
        terminal.press(keys)
        assert terminal.ends(30) == code and end in terminal.text
    assert bool(place.ledger["open_orders"]) is (code == 1)


class Hedged(Place):
    """A bot that quotes the perpetual and hedges every fill on the spot market."""

    def __init__(self, folder: Path, backpack: LocalBackpack) -> None:
        self.backpack = backpack
        self.commands = Commands(folder / "rehearsal", folder / "hosts", BACKPACK_SIMULATOR_URL=backpack.url)
        self.root = self.commands.root
        assert self.commands.ours("init", self.root, "--simulator").returncode == 0
        made = self.commands.ours("keys", "new", "--json", "-w", self.root)
        self.key = json.loads(made.stdout)["public_key"]
        file = self.root / "conf" / "controllers" / "sol_hedge.yml"
        settings = yaml.safe_load(file.read_text())
        file.write_text(yaml.safe_dump(settings | {"hedge_market": "backpack_simulator:SOL-USDC", "order_amount": 0.3}))
        started = self.commands.hbot("start", "hedge.yml")
        assert started.returncode == 0, started.stderr
        wait_for(lambda: self.ledger["open_orders"])
        self.process = int((self.root / "data" / "bot" / "bot.pid").read_text())

    @property
    def position(self) -> Decimal:
        return Decimal(self.ledger["positions"].get(SYMBOL, {}).get("netQuantity", 0))

    @property
    def base(self) -> Decimal:
        row = self.ledger["balances"]["SOL"]
        return Decimal(row["available"]) + Decimal(row["locked"])


def test_br02_he01_both_legs_of_a_hedge_are_closed(tmp_path: Path) -> None:
    with local_backpack(SimulatorConfig(port=0, balances={"USDC": "10000", "SOL": "10"})) as backpack:
        place = Hedged(tmp_path, backpack)
        try:
            wait_for(lambda: place.position and place.base != 10)
            record = place.panic("--flatten", "--yes")
        finally:
            if not place.gone():
                os.kill(place.process, signal.SIGKILL)
        assert record["done"] and place.ledger["open_orders"] == []
        assert {SYMBOL, "SOL_USDC"} <= set(record["markets"])
        assert (place.position, record["elsewhere"]) == (0, [])
        assert place.base < Decimal("0.01"), "the second leg is closed too"
