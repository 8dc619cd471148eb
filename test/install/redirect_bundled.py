"""Copied into a throw-away environment: points the *bundled* connectors, which know no local Backpack, at one.

``BUNDLED_BACKPACK_URL`` names it. Only the two URL constants change, as they are imported; no file does.
"""

import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

CONSTANTS = (
    "hummingbot.connector.exchange.backpack.backpack_constants",
    "hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_constants",
)


class _Redirecting(Loader):
    def __init__(self, real: Loader, url: str):
        self._real = real
        self._url = url

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._real.exec_module(module)
        module.REST_URL = self._url.rstrip("/") + "/"
        module.WSS_URL = module.REST_URL.replace("http", "ws", 1)


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if fullname not in CONSTANTS:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Redirecting(spec.loader, os.environ["BUNDLED_BACKPACK_URL"])
        return spec


if "BUNDLED_BACKPACK_URL" in os.environ:
    sys.meta_path.insert(0, _Finder())
