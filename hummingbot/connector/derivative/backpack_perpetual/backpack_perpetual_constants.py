"""The exchange's constants; perpetuals add what is below."""

from hummingbot.connector.exchange.backpack.backpack_constants import *  # noqa: F403

# Collateral and settlement.
CURRENCY = "USDC"
# Funding is paid on the hour; how often that is looked at, in seconds.
FUNDING_FEE_POLL_INTERVAL = 120
