"""``HUMMINGBOT_BROKER_IDS``: what the installed connectors of other exchanges would send, with ``keep`` and ``off``."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack import import_hook
from hummingbot_backpack.workspace.links import installed_hummingbot

PROGRAM = Path(__file__).with_name("sent_ids.py")
FIVE = {"bybit", "bybit_perpetual", "okx_perpetual", "bitget", "bitget_perpetual"}


def sent(setting: str, folder: Path, **more: str) -> dict[str, dict[str, Any]]:
    """Run the five connectors in a process of their own. :return: for each what it would send with an order."""
    left = (import_hook.SWITCH, import_hook.BROKER_SWITCH, "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if name not in left}
    environment[import_hook.BROKER_SWITCH] = setting
    done = subprocess.run(
        [sys.executable, "-P", str(PROGRAM)],
        env={**environment, **more},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    assert set(found) == FIVE
    return found


def identifying(found: dict[str, Any]) -> dict[str, str]:
    """:return: the headers of placing and cancelling an order that say who sent it."""
    wanted = ("referer", "x-channel-api-code")
    return {
        f"{act} {name.lower()}": value
        for act in ("place", "cancel")
        for name, value in found[act].items()
        if name.lower() in wanted
    }


def on_disk() -> dict[str, str]:
    """:return: the digest of each file of the five connectors."""
    places = installed_hummingbot() / "connector"
    files = [file for name in FIVE for file in places.glob(f"*/{name}/*.py")]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_rf02_keep_leaves_hummingbots_ids(tmp_path: Path) -> None:
    found = sent("keep", tmp_path)
    assert {name: identifying(found[name]) for name in FIVE} == {
        "bybit": {"cancel referer": "Hummingbot"},
        "bybit_perpetual": {},  # named with the order, and dropped on the way
        "okx_perpetual": {},
        "bitget": {"place x-channel-api-code": "bntva"},
        "bitget_perpetual": {"place x-channel-api-code": "bntva"},
    }
    assert found["bybit_perpetual"]["id"].startswith("Hummingbot")


def test_rf02_off_sends_none_ids_stay_unique_and_recognised_and_no_file_changes(tmp_path: Path) -> None:
    before = on_disk()
    found = sent("off", tmp_path)
    for name in FIVE:
        assert identifying(found[name]) == {}, name
        assert "Hummingbot" not in json.dumps(found[name]) and "bntva" not in json.dumps(found[name])
        assert found[name]["unique"] == 1000, name
        assert not found[name]["limit"] or found[name]["longest"] <= found[name]["limit"]
        assert any("key" in header.lower() for header in found[name]["place"]), "the other headers are still there"
    assert found["bybit_perpetual"]["recognised"] is True
    assert on_disk() == before


def test_rf02_off_blanks_each_constant_and_nothing_beside_it(tmp_path: Path) -> None:
    code = (
        "import importlib, json\n"
        "from hummingbot_backpack.import_hook import BROKER_IDS as ids\n"
        "from hummingbot.connector.exchange.bybit import bybit_constants as bybit\n"
        "found = [getattr(importlib.import_module(name), constant) for name, constant in ids.items()]\n"
        "print(json.dumps([*found, bybit.HBOT_ORDER_ID_PREFIX]))\n"
    )
    environment = {**os.environ, import_hook.BROKER_SWITCH: "off"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [""] * 5 + ["BYBIT-"]


def test_rf02_the_finder_leaves_the_modules_alone_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = import_hook.BackpackFinder(import_hook.served_packages())
    monkeypatch.setenv(import_hook.BROKER_SWITCH, "keep")
    assert all(finder.find_spec(name) is None for name in import_hook.BROKER_IDS)
    monkeypatch.delenv(import_hook.BROKER_SWITCH)
    assert not import_hook.broker_ids_blanked(), "nothing said is keep"
    monkeypatch.setenv(import_hook.BROKER_SWITCH, "off")
    assert import_hook.broker_ids_blanked()
    monkeypatch.setenv(import_hook.SWITCH, "off")
    assert not import_hook.broker_ids_blanked(), "the hook's own switch goes first"
