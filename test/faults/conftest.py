"""Every row has its own data folder, settings and shared budgets, as the connectors' own tests have."""

from test.hummingbot.conftest import own_workspace

__all__ = ["own_workspace"]
