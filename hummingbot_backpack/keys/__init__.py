"""API keys in Hummingbot's own encrypted store; there is no second one."""
