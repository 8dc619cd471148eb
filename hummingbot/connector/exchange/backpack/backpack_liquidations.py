"""Which liquidations of the account were seen: one that is over between two looks at the account is not missed."""

# The stream's origins, and what history calls the same. Deleveraging (ADL_AUTOCLOSE, LiquidatePositionOnAdl) is left
# out: it closes a position because somebody else cannot pay, mostly one in profit, and says nothing about the margin
# of this account; so are conversions of collateral and the settlement of a market.
LIQUIDATING_ORIGINS = frozenset(
    {
        "LIQUIDATION_AUTOCLOSE",
        "BACKSTOP_LIQUIDITY_PROVIDER",
        "LiquidatePositionOnBook",
        "LiquidatePositionOnBackstop",
    }
)
# A liquidation is many orders, but they are read again only within seconds.
REMEMBERED = 256


class LiquidationLog:
    """The exchange's orders that liquidated, oldest first. One order is one entry, whatever it was heard from."""

    def __init__(self) -> None:
        self._orders: dict[str, None] = {}

    @property
    def order_ids(self) -> tuple[str, ...]:
        return tuple(self._orders)

    def heed(self, origin: str | None, exchange_order_id: str) -> None:
        """:param origin: of an order or a fill, from the stream or from history; None: the user's own"""
        if origin in LIQUIDATING_ORIGINS:
            self._orders.setdefault(exchange_order_id)
            if len(self._orders) > REMEMBERED:
                del self._orders[next(iter(self._orders))]
