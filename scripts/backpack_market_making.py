"""Runs one or more market-making controllers in a session with exact records and a clean end."""

import os

from hummingbot_backpack import trading


class BackpackMarketMakingConfig(trading.configs.SessionConfig):
    """Which controllers, for how long, and what happens at the end."""

    script_file_name: str = os.path.basename(__file__)


class BackpackMarketMaking(trading.session.Session):
    """The session."""
