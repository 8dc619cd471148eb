"""``python -m hummingbot_backpack.simulator``."""

from hummingbot_backpack.simulator.command import main

main()
