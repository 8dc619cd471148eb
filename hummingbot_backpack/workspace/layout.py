"""Where things lie in a workspace, and how one is found."""

import os
from dataclasses import dataclass
from pathlib import Path

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.settings import SETTINGS_FILE, Settings, read_settings

WORKSPACE_VARIABLE = "BACKPACK_WORKSPACE"
FOLDERS = ("conf", "logs", "data", "scripts", "controllers")
CONF_FOLDERS = ("connectors", "strategies", "scripts", "controllers")
LAUNCHER = "hbot"

LIVE_CONNECTORS = ("backpack", "backpack_perpetual")
SIMULATOR_CONNECTORS = ("backpack_simulator", "backpack_perpetual_simulator")
CONNECTORS = LIVE_CONNECTORS + SIMULATOR_CONNECTORS
"""The names under which Hummingbot knows our connectors: spot and perpetual, each live and on the local Backpack."""


def is_hummingbot_home(folder: Path) -> bool:
    """:return: whether `folder` is a home that Hummingbot brought itself: a source checkout, or the Docker image's."""
    return (folder / "bin" / "hummingbot_quickstart.py").is_file() and (folder / "hummingbot" / "__init__.py").is_file()


@dataclass(frozen=True)
class Workspace:
    """A folder that Hummingbot takes for its home."""

    root: Path
    settings: Settings

    @property
    def conf(self) -> Path:
        return self.root / "conf"

    @property
    def connectors(self) -> Path:
        """The encrypted key files, one for each connector name."""
        return self.conf / "connectors"

    @property
    def is_home(self) -> bool:
        return is_hummingbot_home(self.root)

    @property
    def rehearsal(self) -> bool:
        """Whether the workspace trades on the local Backpack only."""
        return self.settings.rehearsal

    @property
    def connector_names(self) -> tuple[str, ...]:
        """The names that keys are stored under here, spot before perpetual."""
        return SIMULATOR_CONNECTORS if self.rehearsal else LIVE_CONNECTORS

    def key_file(self, connector: str) -> Path:
        return self.connectors / f"{connector}.yml"

    def simulator_key_files(self) -> list[Path]:
        """:return: the key files whose names the bundled connector does not know."""
        return [path for path in map(self.key_file, SIMULATOR_CONNECTORS) if path.exists()]


def find_root(folder: Path | None = None) -> Path:
    """Find a workspace: `folder` if given, else what ``BACKPACK_WORKSPACE`` names, else the current folder.

    :raises UserError: there is none
    """
    named = folder or (Path(os.environ[WORKSPACE_VARIABLE]) if os.environ.get(WORKSPACE_VARIABLE) else None)
    root = (named or Path.cwd()).expanduser().absolute().resolve()
    if not (root / "conf" / SETTINGS_FILE).is_file():
        raise UserError(
            f"{root} is not a workspace: make one with `hummingbot-backpack init DIR`, go into it,"
            f" or name it with --workspace or {WORKSPACE_VARIABLE}."
        )
    return root


def open_workspace(folder: Path | None = None) -> Workspace:
    """Find a workspace as :func:`find_root` does, and read its settings.

    :raises UserError: there is none, or its settings cannot be read
    """
    root = find_root(folder)
    return Workspace(root, read_settings(root / "conf" / SETTINGS_FILE))
