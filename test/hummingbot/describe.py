"""Describes the live Backpack packages as JSON, what a caller can name; run as a script with either implementation."""

import importlib
import inspect
import json
import pkgutil
import sys
from types import ModuleType
from typing import Any

PACKAGES = (
    "hummingbot.connector.exchange.backpack",
    "hummingbot.connector.derivative.backpack_perpetual",
    "hummingbot.data_feed.candles_feed.backpack_spot_candles",
    "hummingbot.data_feed.candles_feed.backpack_perpetual_candles",
)
MODULES = ("hummingbot.core.rate_oracle.sources.backpack_rate_source",)


def _parameters(callable_: Any) -> list[str]:
    return [name for name in inspect.signature(callable_).parameters if name not in ("self", "args", "kwargs")]


def _methods(class_: type) -> list[str]:
    """What can be called, inherited or not: a base class may hold it."""
    return sorted(name for name in dir(class_) if not name.startswith("_"))


def _module(module: ModuleType) -> dict[str, Any]:
    classes, functions, constants = {}, {}, []
    for name, thing in vars(module).items():
        if name.startswith("_"):
            continue
        if inspect.isclass(thing) and thing.__module__ == module.__name__:
            classes[name] = {"parameters": _parameters(thing.__init__), "methods": _methods(thing)}
        elif inspect.isfunction(thing) and thing.__module__ == module.__name__:
            functions[name] = _parameters(thing)
        elif name.isupper() and not isinstance(thing, ModuleType) and name != "TYPE_CHECKING":
            constants.append(name)
    return {"classes": classes, "functions": functions, "constants": sorted(constants), "names": sorted(vars(module))}


def describe() -> dict[str, Any]:
    names = [*MODULES]
    for package in PACKAGES:
        found = importlib.import_module(package)
        names += [package, *(f"{package}.{each.name}" for each in pkgutil.iter_modules(found.__path__))]
    modules = {name: _module(importlib.import_module(name)) for name in names if not name.endswith("__main__")}
    settings = {}
    for package, stem in ((PACKAGES[0], "backpack"), (PACKAGES[1], "backpack_perpetual")):
        utils = importlib.import_module(f"{package}.{stem}_utils")
        keys = type(utils.KEYS).model_fields
        settings[stem] = {
            "connector": utils.KEYS.connector,
            "fields": {name: sorted(str(key) for key in field.json_schema_extra or {}) for name, field in keys.items()},
            "example": utils.EXAMPLE_PAIR,
            "centralized": utils.CENTRALIZED,
            "fees": [
                str(utils.DEFAULT_FEES.maker_percent_fee_decimal),
                str(utils.DEFAULT_FEES.taker_percent_fee_decimal),
            ],
            "title": utils.KEYS.model_config["title"],
        }
    return {"modules": modules, "settings": settings, "from": sys.modules[PACKAGES[0]].__path__[0]}


if __name__ == "__main__":
    print(json.dumps(describe()))
