"""Deleting a workspace, and nothing else."""

import shutil
from pathlib import Path

from hummingbot_backpack.import_hook import tree_root
from hummingbot_backpack.workspace.layout import CONNECTORS, FOLDERS, LAUNCHER, Workspace
from hummingbot_backpack.workspace.settings import SETTINGS_FILE


def remove(workspace: Workspace) -> tuple[int, list[str]]:
    """Delete all that belongs to the workspace; in a home that Hummingbot brought, only what is ours.

    :return: the number of files that are gone, and the names that are left in the folder
    """
    paths = _ours_in_a_home(workspace) if workspace.is_home else _all_of(workspace)
    count = 0
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            count += sum(1 for one in path.rglob("*") if one.is_symlink() or one.is_file())
            shutil.rmtree(path)
        elif path.is_symlink() or path.exists():
            count += 1
            path.unlink()
    if workspace.is_home:
        return count, []
    left = sorted(path.name for path in workspace.root.iterdir())
    if not left:
        workspace.root.rmdir()
    return count, left


def _all_of(workspace: Workspace) -> list[Path]:
    return [workspace.root / name for name in (*FOLDERS, "hummingbot", LAUNCHER)]


def _ours_in_a_home(workspace: Workspace) -> list[Path]:
    root, tree = workspace.root, tree_root()
    paths = [workspace.conf / SETTINGS_FILE, root / LAUNCHER, *map(workspace.key_file, CONNECTORS)]
    paths += sorted((root / "data").glob("backpack_*")) + sorted((root / "data").glob("*.records.sqlite"))
    for kind in ("scripts", "controllers"):
        paths += [path for path in (root / kind).rglob("*.py") if path.is_symlink() and tree in path.resolve().parents]
    for file in (tree / "conf").rglob("*.yml"):
        copy = workspace.conf / file.relative_to(tree / "conf")
        if copy.is_file() and copy.read_bytes() == file.read_bytes():
            paths.append(copy)
    return paths
