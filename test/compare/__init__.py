"""The connector that Hummingbot bundles and ours, driven through the same scenarios against the same local Backpack."""


def load() -> None:
    """Fills ``SCENARIOS``, the controls first. Imports the connectors, so not at import time."""
    from test.compare import market_data, orders, account, transport  # noqa: I001

    assert all((account, market_data, orders, transport))
