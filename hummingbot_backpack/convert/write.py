"""Checking a converted configuration by the very classes that a bot loads it with, and writing it into a workspace."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hummingbot_backpack.convert.mapping import Converted
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE
from hummingbot_backpack.market_making.session_settings import SESSION_SETTINGS
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
CONVERTED = "Made of a classic bot's command line."
_HUMMINGBOTS_OWN = {"id", "controller_name", "controller_type"}
_SCRIPTS_OWN = {"script_file_name", "controllers_config"}
_SUFFIX = {"perp_market_maker": "maker", "spot_market_maker": "maker", "maker_taker_hedge": "hedge"}


def check(
    controller: dict[str, Any], script: Mapping[str, Any] | None = None, flags: Mapping[str, str] | None = None
) -> None:
    """
    :param flags: by setting, what the user wrote that it was made of
    :raises UserError: the first setting that controller or script would refuse, in its own words
    """
    table = TABLES[controller["controller_name"]]
    try:
        parse_settings(table, controller, foreign=_HUMMINGBOTS_OWN)
        require_all(table, controller)
        parse_settings(SESSION_SETTINGS, script or {}, foreign=_SCRIPTS_OWN)
    except SettingError as error:
        flag = (flags or {}).get(str(error).split(" ", 1)[0])
        raise UserError(f"{error}." if flag is None else f"{flag}: {error}.") from None


def write(
    workspace: Workspace, converted: Converted, name: str | None = None, head: str = CONVERTED
) -> tuple[Path, Path]:
    """Write controller and script under names that are free, and that differ (a script and a controller of one name
    are ambiguous to `hbot start`). Without a name, files that say the very same are used again.

    :param name: of the script's file; else the market's
    :param head: the first line of the controller's file: where it comes from
    :return: the script's file and the controller's
    :raises UserError: a setting is refused, or the name is taken
    """
    check(converted.controller, converted.script, converted.flags)
    if name is not None:
        stem = name.removesuffix(".yml")
        if not stem.replace("_", "").replace("-", "").isalnum():
            raise UserError(f"--name ({name}) must be letters, digits, - and _.")
        files = _files(workspace, converted, stem, head)
        there = next((file for file in files if file.exists()), None)
        if there is not None:
            raise UserError(f"--name ({name}) must be free: {there} is there already.")
    else:
        files = _free(workspace, converted, head)
    for file, text in files.items():
        if not file.exists():
            write_private(file, text)
    script, controller = files
    return script, controller


def _files(workspace: Workspace, converted: Converted, stem: str, head: str) -> dict[Path, str]:
    """The two files and what they are to hold."""
    maker = f"{stem}_{_SUFFIX[converted.controller['controller_name']]}"
    controller = {**converted.controller, "id": maker}
    script = {**converted.script, "controllers_config": [f"{maker}.yml"]}
    return {
        workspace.conf / "scripts" / f"{stem}.yml": _text("The script: which controllers run, for how long.", script),
        workspace.conf / "controllers" / f"{maker}.yml": _text(head, controller),
    }


def _free(workspace: Workspace, converted: Converted, head: str) -> dict[Path, str]:
    count = 1
    while True:
        stem = converted.name if count == 1 else f"{converted.name}_{count}"
        files = _files(workspace, converted, stem, head)
        if all(not file.exists() or file.read_text(encoding="utf-8") == text for file, text in files.items()):
            return files
        count += 1


def _text(head: str, values: dict[str, Any]) -> str:
    return f"# {head}\n{yaml.safe_dump(values, sort_keys=False, allow_unicode=True)}"
