"""Serves our connectors in place of the ones that Hummingbot bundles, without touching a file of Hummingbot's.

A ``.pth`` line in site-packages calls :func:`install` when the interpreter starts. It puts one finder in front of
``sys.meta_path`` that answers for exactly the modules of :data:`SERVED`. Removing the distribution removes the line,
and the bundled connectors are back; so they are while the environment says ``HUMMINGBOT_BACKPACK=off``.

When asked (``HUMMINGBOT_BROKER_IDS=off``), the same finder blanks the broker ids of :data:`BROKER_IDS` in memory, as
their modules are loaded.

Nothing of Hummingbot is imported here, and nothing heavy: this runs in every Python process of the environment.
"""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

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

BROKER_SWITCH = "HUMMINGBOT_BROKER_IDS"
"""Environment variable; ``off`` blanks the ids of :data:`BROKER_IDS`, ``keep`` (the default) leaves them."""

BROKER_IDS = {
    "hummingbot.connector.exchange.bybit.bybit_constants": "HBOT_BROKER_ID",
    "hummingbot.connector.derivative.bybit_perpetual.bybit_perpetual_constants": "HBOT_BROKER_ID",
    "hummingbot.connector.derivative.okx_perpetual.okx_perpetual_constants": "HBOT_BROKER_ID",
    "hummingbot.connector.exchange.bitget.bitget_constants": "API_CODE",
    "hummingbot.connector.derivative.bitget_perpetual.bitget_perpetual_constants": "API_CODE",
}
"""The constants that the switch blanks, by module. On Bybit perpetual the constant is the prefix of order ids, too."""

_SENDERS = {
    "hummingbot.connector.exchange.bybit.bybit_exchange": "BybitExchange",
    "hummingbot.connector.exchange.bitget.bitget_exchange": "BitgetExchange",
    "hummingbot.connector.derivative.bitget_perpetual.bitget_perpetual_derivative": "BitgetPerpetualDerivative",
}
"""The connectors that send such a constant as a header: a blank one is left out of the request. (Bybit perpetual and
OKX perpetual name it with their orders too, but drop it on the way.)"""

_PACKAGE = Path(__file__).resolve().parent


def tree_root() -> Path:
    """:return: the folder that holds our ``hummingbot/``, ``controllers/``, ``scripts/`` and ``conf/``.

    In an installed wheel that is a folder inside this package; in a checkout it is the checkout itself.
    """
    bundled = _PACKAGE / "_tree"
    return bundled if bundled.is_dir() else _PACKAGE.parent


def enabled() -> bool:
    """:return: whether the switch is on (it is unless the environment says otherwise)."""
    return not says_off(os.environ.get(SWITCH, "on"))


def says_off(value: str) -> bool:
    """:return: whether the `value` of one of the two switches means off."""
    return value.strip().lower() in ("off", "0", "false", "no")


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


def broker_ids_blanked() -> bool:
    """:return: whether broker ids are blanked as their modules are loaded; the hook's own switch goes first."""
    return enabled() and says_off(os.environ.get(BROKER_SWITCH, "keep"))


class _Blanking(SourceFileLoader):
    """Loads a module of Hummingbot as it stands, then takes the broker id out of the module in memory."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        constant = BROKER_IDS.get(module.__name__)
        if constant is None:
            _leave_blank_headers_out(getattr(module, _SENDERS[module.__name__], None))
        elif hasattr(module, constant):  # another release may know none
            setattr(module, constant, "")


def _leave_blank_headers_out(connector: Any) -> None:
    """Let the requests of the class `connector` go without those headers whose value is blank."""
    if connector is None:
        return
    request = connector._api_request

    async def _api_request(self: Any, *args: Any, headers: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        kept = headers and {name: value for name, value in headers.items() if value != ""}
        return await request(self, *args, headers=kept or None, **kwargs)

    connector._api_request = _api_request


class BackpackFinder(MetaPathFinder):
    """Answers for :data:`SERVED`, and for the modules with a broker id while that is to be blanked; for nothing else.

    Submodules of what is served are found through their package's ``__path__``.
    """

    def __init__(self, files: dict[str, Path]):
        self._files = files

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if fullname in BROKER_IDS or fullname in _SENDERS:
            return self._blanked(fullname, path) if broker_ids_blanked() else None
        file = self._files.get(fullname)
        if file is None or not enabled():
            return None
        folders = [str(file.parent)] if file.name == "__init__.py" else None
        return spec_from_file_location(fullname, file, submodule_search_locations=folders)

    @staticmethod
    def _blanked(fullname: str, path: Any) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Blanking(fullname, spec.loader.path)
        return spec


def install() -> None:
    """Put the finder in front, once. Called by the ``.pth`` line; harmless to call again."""
    if enabled() and not any(isinstance(finder, BackpackFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, BackpackFinder(served_packages()))
