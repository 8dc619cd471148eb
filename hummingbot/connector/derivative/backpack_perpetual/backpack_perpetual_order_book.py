"""A perpetual's order book is one like any other."""

from hummingbot.connector.exchange.backpack.backpack_order_book import BackpackOrderBook


class BackpackPerpetualOrderBook(BackpackOrderBook):
    """See :class:`BackpackOrderBook`."""
