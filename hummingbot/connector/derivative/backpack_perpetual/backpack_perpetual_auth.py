"""The signature is the account's, whatever the market."""

from hummingbot.connector.exchange.backpack.backpack_auth import BackpackAuth


class BackpackPerpetualAuth(BackpackAuth):
    """See :class:`BackpackAuth`."""
