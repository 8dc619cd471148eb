"""Checking a converted configuration by the very classes that a bot loads it with, and writing it into a workspace."""

from pathlib import Path
from typing import Any

import yaml

from hummingbot_backpack.convert.mapping import Converted
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE
from hummingbot_backpack.market_making.setting import Setting
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER, parse_settings, require_all
from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER
from hummingbot_backpack.workspace.additions import write_private
from hummingbot_backpack.workspace.layout import Workspace

TABLES: dict[str, tuple[Setting, ...]] = {
    "perp_market_maker": PERP_MARKET_MAKER,
    "spot_market_maker": SPOT_MARKET_MAKER,
    "maker_taker_hedge": MAKER_TAKER_HEDGE,
}
_HUMMINGBOTS_OWN = {"id", "controller_name", "controller_type"}
_SUFFIX = {"perp_market_maker": "maker", "spot_market_maker": "maker", "maker_taker_hedge": "hedge"}


def check(controller: dict[str, Any]) -> None:
    """:raises UserError: the first setting that the controller would refuse, in its own words"""
    table = TABLES[controller["controller_name"]]
    try:
        parse_settings(table, controller, foreign=_HUMMINGBOTS_OWN)
        require_all(table, controller)
    except SettingError as error:
        raise UserError(f"{error}.") from None


def write(workspace: Workspace, converted: Converted, name: str | None = None) -> tuple[Path, Path]:
    """Write controller and script under names that are free, and that differ (a script and a controller of one name
    are ambiguous to `hbot start`).

    :param name: of the script's file; else the market's
    :return: the script's file and the controller's
    :raises UserError: a setting is refused, or the name is taken
    """
    check(converted.controller)
    stem = _free(workspace, converted, name)
    suffix = _SUFFIX[converted.controller["controller_name"]]
    controller_file = workspace.conf / "controllers" / f"{stem}_{suffix}.yml"
    script_file = workspace.conf / "scripts" / f"{stem}.yml"
    controller = {**converted.controller, "id": f"{stem}_{suffix}"}
    script = {**converted.script, "controllers_config": [controller_file.name]}
    write_private(controller_file, _text("Made of a classic bot's command line.", controller))
    write_private(script_file, _text("The script: which controllers run, for how long.", script))
    return script_file, controller_file


def _free(workspace: Workspace, converted: Converted, name: str | None) -> str:
    suffix = _SUFFIX[converted.controller["controller_name"]]

    def taken(stem: str) -> Path | None:
        files = (workspace.conf / "scripts" / f"{stem}.yml", workspace.conf / "controllers" / f"{stem}_{suffix}.yml")
        return next((file for file in files if file.exists()), None)

    if name is not None:
        stem = name.removesuffix(".yml")
        if not stem.replace("_", "").replace("-", "").isalnum():
            raise UserError(f"--name ({name}) must be letters, digits, - and _.")
        there = taken(stem)
        if there is not None:
            raise UserError(f"--name ({name}) must be free: {there} is there already.")
        return stem
    stem, count = converted.name, 1
    while taken(stem) is not None:
        count += 1
        stem = f"{converted.name}_{count}"
    return stem


def _text(head: str, values: dict[str, Any]) -> str:
    return f"# {head}\n{yaml.safe_dump(values, sort_keys=False, allow_unicode=True)}"
