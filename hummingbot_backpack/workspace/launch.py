"""Entering a workspace, and running Hummingbot's own command line in it."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from hummingbot_backpack import core_dumps, import_hook
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import spoken
from hummingbot_backpack.workspace.layout import Workspace, open_workspace
from hummingbot_backpack.workspace.links import ensure_links

PRIVATE_UMASK = 0o077
_STRANGERS = {
    "doctor": "asks public time servers; use `hummingbot-backpack doctor`",
    "update": "asks the servers that Hummingbot's source comes from; run it in Hummingbot's own folder",
}
"""Commands of hbot that talk to others, and so are not for a workspace that reaches nothing but this machine."""


def check_bundled_can_start(workspace: Workspace) -> None:
    """Refuse what would end in a KeyError: the bundled connectors do not know the names of the local Backpack.

    :raises UserError: the plug-in is switched off and key files under those names are there.
    """
    files = workspace.simulator_key_files()
    if files and not import_hook.enabled():
        listed = " and ".join(str(path) for path in files)
        raise UserError(
            f"{import_hook.SWITCH} is off, and Hummingbot's bundled connectors cannot start beside the key files"
            f" of the local Backpack: move away {listed}."
        )


def enter(workspace: Workspace) -> None:
    """Make this process, and those it starts, live in `workspace`; ``import hummingbot`` works from here on.

    Sets path, file mode mask, current folder and the workspace's own variables, and repairs its links.

    :raises UserError: see :func:`check_bundled_can_start`, :func:`~.links.ensure_links`.
    """
    check_bundled_can_start(workspace)
    os.umask(PRIVATE_UMASK)
    core_dumps.switch_off()
    try:
        ensure_links(workspace.root)
    except OSError as error:
        raise UserError(f"The links of {workspace.root} cannot be mended: {error.strerror or error}.") from error
    root = str(workspace.root)
    others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != root]
    os.environ["PYTHONPATH"] = os.pathsep.join([root, *others])
    os.environ.setdefault("HUMMINGBOT_BROKER_IDS", "off")
    # typer's own traceback shows local variables, and one of them may be a password.
    os.environ.setdefault("TYPER_STANDARD_TRACEBACK", "1")
    adopt_password()
    os.chdir(root)
    sys.path[:] = [root, *(entry for entry in sys.path if entry != root)]
    importlib.invalidate_caches()
    hummingbot = importlib.import_module("hummingbot")
    if hummingbot.root_path() != workspace.root:
        raise RuntimeError(f"hummingbot was imported from {hummingbot.root_path()} before {root} was entered")


def adopt_password() -> None:
    """``MASTER_PASSWORD`` is understood; Hummingbot itself takes ``HBOT_PASSWORD`` out of a bot's environment only."""
    password = os.environ.pop("MASTER_PASSWORD", None)
    if password and not os.environ.get("CONFIG_PASSWORD"):
        os.environ.setdefault("HBOT_PASSWORD", password)


def run_hbot(workspace: Workspace, arguments: list[str]) -> None:
    """Run ``hbot`` with `arguments` in `workspace`; it ends the process with its own exit code.

    :raises UserError: what is to be started cannot work; nothing has been started then.
    """
    command = arguments[0] if arguments else ""
    if workspace.rehearsal and command in _STRANGERS and not {"-h", "--help"} & set(arguments):
        raise UserError(f"`hbot {command}` {_STRANGERS[command]}: this workspace reaches nothing but this machine.")
    enter(workspace)
    if command == "start":
        from hummingbot_backpack.workspace.validate import check_start

        check_start(workspace, arguments[1:])
    elif command == "history":
        _take_the_workspaces_rates()
    from hummingbot.cli.main import app

    app(args=arguments, prog_name="hbot")


def _take_the_workspaces_rates() -> None:
    """``hbot history`` values fees without reading the settings, and so asks Hummingbot's default source of prices."""
    helpers: Any = importlib.import_module("hummingbot.client.config.config_helpers")
    helpers.load_client_config_map_from_file()


def main(home: str, arguments: list[str]) -> int:
    """What the workspace's own ``hbot`` runs. :return: the exit code."""
    try:
        run_hbot(open_workspace(Path(home)), arguments)
    except UserError as error:
        print(f"hbot: {spoken(str(error))}", file=sys.stderr)
        return error.exit_code
    return 0
