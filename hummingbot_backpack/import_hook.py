"""Serves our connectors in place of the ones that Hummingbot bundles, without touching a file of Hummingbot's.

A ``.pth`` line in site-packages calls :func:`install` when the interpreter starts. It puts one finder in front of
``sys.meta_path`` that answers for exactly the modules of :data:`SERVED`. Removing the distribution removes the line,
and the bundled connectors are back; so they are while the environment says ``HUMMINGBOT_BACKPACK=off``.

Nothing of Hummingbot is imported here, and nothing heavy: this runs in every Python process of the environment.
"""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

SWITCH = "HUMMINGBOT_BACKPACK"
"""Environment variable; ``off``, ``0``, ``false`` or ``no`` gives the bundled connectors back."""

SERVED = (
    "hummingbot.connector.exchange.backpack",
    "hummingbot.connector.derivative.backpack_perpetual",
    "hummingbot.data_feed.candles_feed.backpack_spot_candles",
    "hummingbot.data_feed.candles_feed.backpack_perpetual_candles",
    "hummingbot.core.rate_oracle.sources.backpack_rate_source",
)
"""The modules that come from us: two connectors, two candle feeds, the rate source."""

_PACKAGE = Path(__file__).resolve().parent


def tree_root() -> Path:
    """:return: the folder that holds our ``hummingbot/``, ``controllers/``, ``scripts/`` and ``conf/``.

    In an installed wheel that is a folder inside this package; in a checkout it is the checkout itself.
    """
    bundled = _PACKAGE / "_tree"
    return bundled if bundled.is_dir() else _PACKAGE.parent


def enabled() -> bool:
    """:return: whether the switch is on (it is unless the environment says otherwise)."""
    return os.environ.get(SWITCH, "on").strip().lower() not in ("off", "0", "false", "no")


def served_packages() -> dict[str, Path]:
    """:return: for each served module its file (``__init__.py`` for a package); what is not there is left out."""
    root = tree_root()
    found = {}
    for name in SERVED:
        place = root.joinpath(*name.split("."))
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                found[name] = file
                break
    return found


class BackpackFinder(MetaPathFinder):
    """Answers for :data:`SERVED` and for nothing else; submodules are found through their package's ``__path__``."""

    def __init__(self, files: dict[str, Path]):
        self._files = files

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        file = self._files.get(fullname)
        if file is None or not enabled():
            return None
        folders = [str(file.parent)] if file.name == "__init__.py" else None
        return spec_from_file_location(fullname, file, submodule_search_locations=folders)


def install() -> None:
    """Put the finder in front, once. Called by the ``.pth`` line; harmless to call again."""
    if enabled() and not any(isinstance(finder, BackpackFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, BackpackFinder(served_packages()))
