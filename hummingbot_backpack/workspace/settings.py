"""``conf/backpack.yml``: the workspace's own settings, which the connectors read as well."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from hummingbot_backpack.errors import UserError

SETTINGS_FILE = "backpack.yml"
DEFAULT_SIMULATOR_URL = "http://127.0.0.1:18490"
LIVE_URL = "https://api.backpack.exchange"
SIMULATOR_VARIABLE = "BACKPACK_SIMULATOR_URL"
INSTANCES = 1024
"""Instance numbers run from 0 to one less than this; the number is part of every order id the bot sends."""

_HEAD = """\
# Settings of hummingbot-backpack in this workspace. An environment variable of the upper-cased name with BACKPACK_ in
# front wins over a line here (BACKPACK_INSTANCE, BACKPACK_SIMULATOR_URL ...).

# This bot's part of every order id. Two bots on one account need two numbers.
instance: {instance}
"""
_REHEARSAL = """
# A workspace for rehearsal: it trades on the local Backpack and reaches nothing but this machine.
rehearsal: true
simulator_url: {url}
"""


@dataclass(frozen=True)
class Settings:
    """What ``conf/backpack.yml`` says, environment variables applied."""

    rehearsal: bool
    simulator_url: str

    @property
    def exchange_url(self) -> str:
        """The exchange that the workspace points to, without a trailing slash."""
        return self.simulator_url if self.rehearsal else LIVE_URL


UNREADABLE = Settings(rehearsal=False, simulator_url=DEFAULT_SIMULATOR_URL)
"""For what must be done whatever the file says."""


def new_settings_text(simulator_url: str | None) -> str:
    """:return: a new ``conf/backpack.yml`` with a drawn instance number; for rehearsal if `simulator_url` is given."""
    text = _HEAD.format(instance=secrets.randbelow(INSTANCES))
    return text + _REHEARSAL.format(url=simulator_url) if simulator_url else text


def with_simulator_url(text: str, url: str) -> str:
    """:return: the settings `text` with another ``simulator_url``; its comments and other lines stay."""
    lines = [line for line in text.splitlines() if not line.startswith("simulator_url:")]
    return "\n".join([*lines, f"simulator_url: {url}", ""])


def read_settings(path: Path) -> Settings:
    """Read `path`; a key that is not there has its default.

    :raises UserError: the file is not a YAML mapping, or a value is not what it must be.
    """
    values = read_yaml_mapping(path)
    rehearsal = values.get("rehearsal", False)
    if not isinstance(rehearsal, bool):
        raise UserError(f"rehearsal ({rehearsal}) in {path} must be true or false.")
    url = os.environ.get(SIMULATOR_VARIABLE) or values.get("simulator_url") or DEFAULT_SIMULATOR_URL
    return Settings(rehearsal=rehearsal, simulator_url=check_url(str(url), "simulator_url"))


def check_url(url: str, name: str) -> str:
    """:return: `url` without a trailing slash. :raises UserError: it is no HTTP address (called `name` there)."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"{name} ({url}) must be an address such as {DEFAULT_SIMULATOR_URL}.")
    return url.rstrip("/")


def read_yaml_mapping(path: Path) -> dict[str, Any]:
    """:return: the mapping in the YAML file `path`. :raises UserError: it is unreadable, or something else."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UserError(f"{path} is not valid YAML" + (f" (line {mark.line + 1})." if mark else ".")) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise UserError(f"{path} must hold `name: value` lines.")
    return values
