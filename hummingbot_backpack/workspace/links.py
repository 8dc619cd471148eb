"""The links of a workspace: to the installed Hummingbot, and to our scripts and controllers.

``root_path()`` of Hummingbot is two folders above the file that ``import hummingbot`` finds. A workspace therefore
holds a *copy* of the package's ``__init__.py``, and links to everything else beside it.
"""

import shutil
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.import_hook import tree_root
from hummingbot_backpack.workspace.additions import Additions, write_private
from hummingbot_backpack.workspace.layout import is_hummingbot_home

_RUNNER = "v2_with_controllers.py"
_OUR_SCRIPT = "backpack_market_making.py"


def is_overlay(folder: Path) -> bool:
    """:return: whether ``folder/hummingbot`` is made of links, as in a workspace."""
    return (folder / "hummingbot" / "client").is_symlink()


def installed_hummingbot() -> Path:
    """:return: the folder of the installed package `hummingbot`, whatever workspace stands on the path.

    :raises UserError: Hummingbot is not installed for this interpreter.
    """
    path = [entry for entry in sys.path if not is_overlay(Path(entry or "."))]
    spec = PathFinder.find_spec("hummingbot", path)
    if spec is None or spec.origin is None:  # installed by an import hook (an editable install), or as nothing but ours
        spec = find_spec("hummingbot") if "hummingbot" not in sys.modules else None
    if spec is None or spec.origin is None:
        raise UserError(
            f"Hummingbot is not installed for {sys.executable}: install it with"
            " `pip install 'hummingbot-backpack[hummingbot]'`."
        )
    return Path(spec.origin).resolve().parent


def ensure_links(root: Path, additions: Additions | None = None) -> None:
    """Make the links of the workspace `root` what they must be: after an upgrade, or a new place of the interpreter.

    Cheap when nothing changed. Files of the user's own are never touched.
    """
    adding = additions or Additions()
    if not is_hummingbot_home(root):
        _ensure_overlay(root / "hummingbot", installed_hummingbot(), adding)
    _ensure_ours(root, adding)


def _ensure_overlay(overlay: Path, package: Path, adding: Additions) -> None:
    adding.folder(overlay)
    wanted = {path.name: path for path in package.iterdir() if path.name not in ("__init__.py", "__pycache__")}
    for name, target in wanted.items():
        link = overlay / name
        if not link.is_symlink() and link.exists():
            raise UserError(f"{link} must be a link to {target}: move it away.")
        adding.link(link, target)
    for path in overlay.iterdir():
        # A name with a dot is a link that another command is just about to put in place.
        if path.is_symlink() and path.name not in wanted and not path.name.startswith("."):
            path.unlink(missing_ok=True)
    source = (package / "__init__.py").read_text(encoding="utf-8")
    if adding.file(overlay / "__init__.py", source):
        return
    if (overlay / "__init__.py").read_text(encoding="utf-8") != source:
        write_private(overlay / "__init__.py", source)
        shutil.rmtree(overlay / "__pycache__", ignore_errors=True)


def _ensure_ours(root: Path, adding: Additions) -> None:
    tree = tree_root()
    for kind in ("scripts", "controllers"):
        source = tree / kind
        folders = {root / kind}
        for file in sorted(source.rglob("*.py")):
            place = root / kind / file.relative_to(source)
            folders.add(place.parent)
            adding.folder(place.parent)
            if file.name != "__init__.py":
                adding.link(place, file)
        for folder in sorted(folders):
            adding.folder(folder)
            adding.file(folder / "__init__.py", "")
            _drop_dangling(folder)
    # `hbot start` on a controller file runs scripts/v2_with_controllers.py, which PyPI's Hummingbot does not bring.
    runner = root / "scripts" / _RUNNER
    if not (tree / "scripts" / _RUNNER).exists() and (tree / "scripts" / _OUR_SCRIPT).exists():
        adding.link(runner, tree / "scripts" / _OUR_SCRIPT)


def _drop_dangling(folder: Path) -> None:
    """Take away links to scripts and controllers that we no longer bring."""
    for path in folder.iterdir():
        if path.is_symlink() and not path.exists():
            path.unlink(missing_ok=True)
