"""What ``hbot start`` would stumble over later, said before any process is started. The workspace must be entered.

Hummingbot's engine reads the configuration in the detached process, where a mistake ends as a traceback in a log. Here
the same files go through the same classes first. What is not understood is left to Hummingbot to judge.
"""

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.workspace.layout import Workspace
from hummingbot_backpack.workspace.market_check import check_market
from hummingbot_backpack.workspace.settings import SETTINGS_FILE, read_yaml_mapping

_KINDS = {"--v1-strategy": "strategies", "--v2-script": "scripts", "--controller": "controllers"}
_WITH_VALUE = ("--timeout", "--auto-set-permissions")


def check_start(workspace: Workspace, arguments: list[str]) -> None:
    """Check what ``hbot start`` with `arguments` would run: configuration, connector names, keys, markets.

    :raises UserError: the first thing that cannot work.
    """
    if {"-h", "--help"} & set(arguments):
        return
    check_settings(workspace)
    file, kind = start_target(workspace, arguments)
    if file is None:
        return
    folders = [kind] if kind else [name for name in _KINDS.values() if (workspace.conf / name / file).is_file()]
    if len(folders) != 1 or not (workspace.conf / folders[0] / file).is_file():
        return  # missing or ambiguous: hbot says so itself
    path = workspace.conf / folders[0] / file
    if folders[0] == "scripts":
        configs = _script(workspace, path)
    elif folders[0] == "controllers":
        configs = {path: _controller(path)}
    else:
        return
    for where, config in configs.items():
        check_market(workspace, where, config)


def check_settings(workspace: Workspace) -> None:
    """Check ``conf/backpack.yml``, and the environment over it, as the connectors and the alerts will.

    :raises UserError: a value that they refuse.
    """
    from hummingbot_backpack.alerts import settings as alerts

    try:
        alerts.read(workspace.conf)
    except UserError as error:
        raise UserError(f"{workspace.conf / SETTINGS_FILE}: {error}") from None
    try:
        settings: Any = importlib.import_module("hummingbot.connector.exchange.backpack.backpack_settings")
    except ModuleNotFoundError:  # the bundled connector, which reads none
        return
    path = workspace.conf / SETTINGS_FILE
    try:
        settings.load_settings(path)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None


def start_target(workspace: Workspace, arguments: list[str]) -> tuple[str | None, str | None]:
    """:return: the file that ``hbot start`` is given, or runs again, and the folder of `conf` that a flag forces."""
    file, kind = None, None
    rest = iter(arguments)
    for argument in rest:
        if argument in _WITH_VALUE:
            next(rest, None)
        elif argument in _KINDS:
            kind = _KINDS[argument]
        elif not argument.startswith("-"):
            file = file or argument
    if file is not None:
        return file, kind
    try:
        loaded = json.loads((workspace.root / "data" / "bot" / "loaded.json").read_text(encoding="utf-8"))
        return str(loaded["file"]), {"v1-strategy": "strategies", "v2-script": "scripts"}.get(
            loaded["type"], "controllers"
        )
    except (OSError, json.JSONDecodeError, KeyError, TypeError):
        return None, None


def _script(workspace: Workspace, path: Path) -> dict[Path, Any]:
    """Check a script's configuration and those of its controllers.

    :return: what was loaded, by file.
    """
    from hummingbot.cli.strategy_configs import resolve_script_config_class

    values = read_yaml_mapping(path)
    script = values.get("script_file_name")
    if not isinstance(script, str) or not (workspace.root / "scripts" / script).is_file():
        known = sorted(file.name for file in (workspace.root / "scripts").glob("[!_]*.py"))
        raise UserError(f"{path}: script_file_name ({script}) must be one of {', '.join(known)}.")
    try:
        config_class = resolve_script_config_class(script)
    except ValueError:  # a script without a configuration class
        return {}
    configs = {path: _load(config_class, values, path)}
    for name in values.get("controllers_config") or []:
        controller = workspace.conf / "controllers" / str(name)
        if not controller.is_file():
            raise UserError(f"{path}: controllers_config ({name}) must name files in {controller.parent}.")
        configs[controller] = _controller(controller)
    return configs


def _controller(path: Path) -> Any:
    """:return: the configuration in `path`, loaded through its controller's own class."""
    from hummingbot.cli.strategy_configs import controller_config_class

    values = read_yaml_mapping(path)
    kind, name = values.get("controller_type"), values.get("controller_name")
    if not kind or not name:
        raise UserError(f"{path}: {'controller_name' if kind else 'controller_type'} must be set.")
    module = f"controllers.{kind}.{name}"
    try:
        config_class = controller_config_class(values)
    except ModuleNotFoundError as error:
        if error.name and (error.name == module or module.startswith(f"{error.name}.")):
            raise UserError(
                f"{path}: controller_name ({name}) must be a controller in {Path('controllers') / str(kind)}."
            ) from None
        raise UserError(f"{path}: controller {name} needs the package {error.name}: install it.") from None
    return _load(config_class, values, path)


def _load(config_class: Any, values: dict[str, Any], path: Path) -> Any:
    try:
        return config_class(**values)
    except SettingError as error:
        raise UserError(f"{path}: {error}.") from None
    except ValidationError as error:
        raise UserError(f"{path}: {first_sentence(error)}") from None


def first_sentence(error: ValidationError) -> str:
    """:return: the first of pydantic's complaints as one sentence: our classes' own words, or field, value, reason."""
    first = error.errors(include_url=False)[0]
    message = str(first["msg"])
    if first["type"] == "value_error":
        return message.removeprefix("Value error, ")
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{field} must be set."
    if first["type"] == "extra_forbidden":
        return f"{field} is not a setting."
    return f"{field} ({first['input']}) must be right: {message[0].lower()}{message[1:]}."
