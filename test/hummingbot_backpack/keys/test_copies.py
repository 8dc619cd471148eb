"""``keys backup`` and ``keys restore``: where the copy is, and what it may be put beside."""

import json
from pathlib import Path

import pytest

from hummingbot_backpack.workspace.layout import Workspace
from test.hummingbot_backpack.keys.conftest import Run
from test.hummingbot_backpack.workspace.commands import Commands


@pytest.mark.slow
def test_ke02_a_relative_path_of_a_copy_is_meant_from_where_the_user_stands(tmp_path: Path) -> None:
    commands = Commands(tmp_path / "rehearsal", tmp_path / "hosts")
    root = commands.root
    assert commands.ours("init", root, "--simulator").returncode == 0
    assert commands.ours("keys", "new", "-w", root).returncode == 0
    stored = {path.name: path.read_text() for path in (root / "conf" / "connectors").glob("*.yml")}
    saved = commands.ours("keys", "backup", "safe.keys", "--json", "-w", root)
    assert saved.returncode == 0, saved.stderr
    copy = tmp_path / "safe.keys"
    assert copy.is_file() and not (root / "safe.keys").exists()
    assert json.loads(saved.stdout)["file"] == str(copy)
    for name in stored:
        (root / "conf" / "connectors" / name).unlink()
    restored = commands.ours("keys", "restore", "safe.keys", "-w", root)
    assert restored.returncode == 0, restored.stderr
    assert {path.name: path.read_text() for path in (root / "conf" / "connectors").glob("*.yml")} == stored
    refused = commands.ours("keys", "restore", "none.keys", "-w", root)
    assert refused.returncode == 2 and str(tmp_path / "none.keys") in refused.stderr


@pytest.mark.usefixtures("few_rounds", "in_this_process")
def test_in01_a_copy_of_simulated_keys_goes_beside_live_ones_only_when_insisted(
    live: Workspace, rehearsal: Workspace, run: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "safe.keys"
    run("new", workspace=rehearsal)
    assert run("backup", copy, workspace=rehearsal)[0] == 0
    run("new", workspace=live)
    before = sorted(live.connectors.iterdir())
    code, out, err = run("restore", copy, workspace=live)
    assert (code, out) == (2, "") and "is a workspace for live trading" in err and "--force" in err
    assert err.count("\n") == 1 and sorted(live.connectors.iterdir()) == before
    assert run("restore", copy, "--force", workspace=live)[0] == 0
    assert len(list(live.connectors.iterdir())) == 4
    assert run("restore", copy, workspace=rehearsal)[0] == 0, "where they belong nobody has to insist"
