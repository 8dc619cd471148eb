from test.hummingbot.conftest import own_workspace

__all__ = ["own_workspace"]
