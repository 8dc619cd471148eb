"""``hbot`` and the state that a workspace gives to the processes in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hummingbot_backpack.import_hook import tree_root
from hummingbot_backpack.keys.pair import new_pair
from hummingbot_backpack.workspace.create import create
from test.hummingbot_backpack.workspace.commands import Commands, one_sentence

STATE = """
import json, os, resource, sys
from pathlib import Path
from hummingbot_backpack.workspace.launch import enter
from hummingbot_backpack.workspace.layout import open_workspace
enter(open_workspace(Path(sys.argv[1])))
import hummingbot
child = "import hummingbot; print(hummingbot.root_path())"
import subprocess
print(json.dumps({
    "root": str(hummingbot.root_path()), "prefix": hummingbot.prefix_path(),
    "umask": os.umask(0), "core": resource.getrlimit(resource.RLIMIT_CORE)[0], "cwd": os.getcwd(),
    "child": subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, cwd="/").stdout.strip(),
    "environment": {name: os.environ.get(name) for name in sys.argv[2:]},
}))
"""


def state(root: Path, *names: str, **environment: str) -> dict[str, object]:
    """:return: what a process that entered the workspace `root` sees."""
    done = subprocess.run(
        [sys.executable, "-c", STATE, str(root), *names],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return create(tmp_path / "a user's $HOME" / "bot", rehearsal=True).workspace.root


def test_in03_a_process_in_the_workspace_and_its_children_take_it_for_hummingbots_home(root: Path) -> None:
    seen = state(root)
    assert {seen[name] for name in ("root", "prefix", "cwd", "child")} == {str(root)}


def test_ke01_what_a_process_in_the_workspace_writes_is_its_owners(root: Path) -> None:
    seen = state(root)
    assert seen["umask"] == 0o077
    assert seen["core"] == 0, "a core dump would hold the keys"


def test_rf02_the_workspaces_variables_are_defaults(root: Path) -> None:
    name = "HUMMINGBOT_BROKER_IDS"
    assert state(root, name)["environment"] == {name: "off"}
    assert state(root, name, HUMMINGBOT_BROKER_IDS="keep")["environment"] == {name: "keep"}


def test_ke01_master_password_is_understood_and_does_not_linger(root: Path) -> None:
    names = ("HBOT_PASSWORD", "MASTER_PASSWORD")
    assert state(root, *names, MASTER_PASSWORD="m")["environment"] == {"HBOT_PASSWORD": "m", "MASTER_PASSWORD": None}
    both = state(root, *names, MASTER_PASSWORD="m", HBOT_PASSWORD="h")["environment"]
    assert both == {"HBOT_PASSWORD": "h", "MASTER_PASSWORD": None}


def test_in03_a_workspace_inside_another_one_is_its_own(root: Path) -> None:
    other = create(root.parent / "other", rehearsal=True).workspace.root
    assert state(other, PYTHONPATH=str(root))["child"] == str(other)
    (root / "hummingbot" / "client").unlink()
    (root / "hummingbot" / "client").symlink_to("/nowhere")
    assert state(root, PYTHONPATH=str(other))["root"] == str(root)
    assert (root / "hummingbot" / "client").resolve() == (other / "hummingbot" / "client").resolve()


def test_in03_hbot_runs_from_anywhere_through_a_link(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "bin" / "hbot"
    link.parent.mkdir()
    link.symlink_to(root / "hbot")
    done = subprocess.run([str(link), "--version"], capture_output=True, text=True, cwd="/", check=True)
    assert done.stdout.startswith("hbot ")


def test_in03_hbot_says_when_its_interpreter_is_gone(root: Path, tmp_path: Path) -> None:
    commands = Commands(root, tmp_path / "hosts")
    script = (root / "hbot").read_text()
    (root / "hbot").write_text(script.replace(f"python={sys.executable}", "python=/gone/python"))
    said = one_sentence(commands.hbot("status"))
    assert "/gone/python is gone" in said and str(root) in said
    create(root, rehearsal=True)
    assert (root / "hbot").read_text() == script, "init puts it right"


def test_in03_an_hbot_of_the_users_own_is_kept(root: Path) -> None:
    (root / "hbot").write_text("#!/bin/sh\necho mine\n")
    create(root, rehearsal=True)
    assert "mine" in (root / "hbot").read_text()


def test_in01_hbot_goes_on_when_we_are_removed(root: Path, tmp_path: Path) -> None:
    blocker = tmp_path / "removed" / "hummingbot_backpack"
    blocker.mkdir(parents=True)
    (blocker / "__init__.py").write_text("raise ModuleNotFoundError('removed')")
    commands = Commands(root, tmp_path / "hosts", PYTHONPATH=str(blocker.parent))
    done = commands.hbot("config", "rate_oracle_source.name")
    assert done.returncode == 0 and "backpack" in done.stdout, done.stderr
    assert "instance_id" in (root / "conf" / "conf_client.yml").read_text(), "the workspace's own settings were read"


def test_in03_a_source_homes_own_package_is_used(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "source"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "hummingbot_quickstart.py").write_text("")
    shutil.copytree(root / "hummingbot", home / "hummingbot", symlinks=True)  # stands for a checkout's package
    commands = Commands(home, tmp_path / "hosts")
    done = commands.ours("init", home)
    assert done.returncode == 0, done.stderr
    done = commands.hbot("status")
    assert done.returncode == 0 and "running: no" in done.stdout, done.stderr
    assert state(home)["root"] == str(home)


def test_in03_commands_outside_a_workspace_say_how_to_name_one(root: Path, tmp_path: Path) -> None:
    commands = Commands(root, tmp_path / "hosts")
    for words in (["hbot", "status"], ["keys", "list"], ["client"]):
        assert "--workspace" in one_sentence(commands.ours(*words))
    done = commands.ours("hbot", "status", BACKPACK_WORKSPACE=str(root))
    assert done.returncode == 0 and "running: no" in done.stdout


def test_in03_hbots_own_codes_and_words_come_through(root: Path, tmp_path: Path) -> None:
    commands = Commands(root, tmp_path / "hosts")
    done = commands.ours("hbot", "-w", root, "logs", "--json", "no-such-bot")
    assert done.returncode == 2 and done.stderr.startswith("Error: "), done.stdout + done.stderr
    assert commands.hbot("--help").stdout.strip().splitlines()[0].strip().startswith("Usage: hbot")


UNLOCK = """
import json, os, sys
from pathlib import Path
from hummingbot_backpack.workspace.launch import enter
from hummingbot_backpack.workspace.layout import open_workspace
enter(open_workspace(Path(sys.argv[1])))
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger
from hummingbot.client.config.security import Security
assert Security.login(ETHKeyFileSecretManger(os.environ["HBOT_PASSWORD"]))
names = ("backpack", "backpack_perpetual")
print(json.dumps([sys.modules["hummingbot.connector.exchange.backpack"].__file__, *map(Security.api_keys, names)]))
"""


def test_in01_keys_stored_through_us_open_for_ours_and_for_the_bundled_connector(tmp_path: Path) -> None:
    root = create(tmp_path / "live", rehearsal=False).workspace.root
    commands = Commands(root, tmp_path / "hosts")
    pair = new_pair()
    done = commands.ours(
        "keys", "import", "--offline", "-w", root, BACKPACK_KEY=pair.public, BACKPACK_SECRET=pair.secret
    )
    assert done.returncode == 0, done.stderr
    wanted = {"backpack_api_key": pair.public, "backpack_api_secret": pair.secret}
    for switch, ours in (("on", True), ("off", False)):
        environment = {**commands.environment, "HUMMINGBOT_BACKPACK": switch}
        done = subprocess.run(
            [sys.executable, "-c", UNLOCK, str(root)], env=environment, capture_output=True, text=True, check=True
        )
        file, *keys = json.loads(done.stdout)
        assert Path(file).is_relative_to(tree_root() / "hummingbot") is ours
        assert keys == [wanted, wanted]
