"""The import hook in the environment that runs the tests (an editable install); the wheel's turn is in
``test_wheel.py``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hummingbot_backpack import import_hook

ORIGINS = """
import importlib.util, json, sys
print(json.dumps({name: importlib.util.find_spec(name).origin for name in sys.argv[1:]}))
"""


def run(code: str, *arguments: str, switch: str | None = None, folder: Path | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in (import_hook.SWITCH, "PYTHONPATH")}
    if switch is not None:
        environment[import_hook.SWITCH] = switch
    # -P: the folder we stand in must not be a source of modules.
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments], env=environment, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_in01_each_served_module_comes_from_our_tree(tmp_path: Path) -> None:
    origins = json.loads(run(ORIGINS, *import_hook.SERVED, folder=tmp_path))
    tree = import_hook.tree_root() / "hummingbot"
    assert set(origins) == set(import_hook.SERVED)
    for origin in origins.values():
        assert Path(origin).is_relative_to(tree), origin


@pytest.mark.parametrize("switch", ["off", "OFF", "0", "false", "no"])
def test_in01_the_switch_gives_the_bundled_modules_back(tmp_path: Path, switch: str) -> None:
    origins = json.loads(run(ORIGINS, *import_hook.SERVED, switch=switch, folder=tmp_path))
    for origin in origins.values():
        assert "site-packages" in origin and not Path(origin).is_relative_to(import_hook.tree_root() / "hummingbot")


def test_in01_starting_the_interpreter_imports_nothing_of_hummingbot(tmp_path: Path) -> None:
    loaded = run(
        "import sys; print([m for m in sys.modules if m == 'hummingbot' or m.startswith('hummingbot.')])",
        folder=tmp_path,
    )
    assert loaded.strip() == "[]"


def test_in01_the_finder_answers_for_exactly_the_five_modules(tmp_path: Path) -> None:
    finder = import_hook.BackpackFinder(import_hook.served_packages())
    assert len(import_hook.SERVED) == 5
    for name in import_hook.SERVED:
        spec = finder.find_spec(name)
        assert spec is not None and spec.name == name
    for other in (
        "hummingbot",
        "hummingbot.connector",
        "hummingbot.connector.exchange.binance",
        "hummingbot.connector.exchange",
        "json",
    ):
        assert finder.find_spec(other) is None


def test_in01_a_class_of_the_bundled_name_loads_from_us_with_its_submodules(tmp_path: Path) -> None:
    code = (
        "from hummingbot.client.settings import AllConnectorSettings\n"
        "settings = AllConnectorSettings.get_connector_settings()\n"
        "import importlib\n"
        "for name in ('backpack', 'backpack_perpetual'):\n"
        "    setting = settings[name]\n"
        "    module = importlib.import_module(setting.module_path())\n"
        "    print(getattr(module, setting.class_name()).__name__, module.__file__)\n"
    )
    printed = run(code, folder=tmp_path).split("\n")
    lines = [line.split() for line in printed if line.startswith("Backpack")]
    assert [line[0] for line in lines] == ["BackpackExchange", "BackpackPerpetualDerivative"]
    for line in lines:
        assert Path(line[1]).is_relative_to(import_hook.tree_root())


def test_in01_the_hook_installs_once() -> None:
    import_hook.install()
    import_hook.install()
    assert sum(isinstance(finder, import_hook.BackpackFinder) for finder in sys.meta_path) == 1
