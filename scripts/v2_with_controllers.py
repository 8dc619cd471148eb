"""Runs controllers and nothing beside: what `hbot start` runs when it is given a controller's file."""

import os

from hummingbot_backpack import trading


class V2WithControllersConfig(trading.configs.ControllersConfig):
    """Which controllers, and the losses at which one or all of them stop."""

    script_file_name: str = os.path.basename(__file__)


class V2WithControllers(trading.script.Controllers):
    """The controllers."""
