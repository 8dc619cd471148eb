"""The local Backpack: a simulated exchange that speaks Backpack's REST and stream protocol on this machine."""

from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.server import LocalBackpack

__all__ = ["LocalBackpack", "SimulatorConfig"]
