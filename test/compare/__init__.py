"""The connector that Hummingbot bundles and ours, driven through the same scenarios against the same local Backpack."""

import importlib


def load() -> None:
    """Fills ``SCENARIOS``, the controls first. Imports the connectors, so not at import time."""
    for module in ("market_data", "markets", "orders", "account", "transport"):
        importlib.import_module(f"test.compare.{module}")
