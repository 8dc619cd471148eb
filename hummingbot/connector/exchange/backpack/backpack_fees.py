"""Fee rates: the account's own as soon as they are known, the published first tier until then."""

from decimal import Decimal

from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.trade_fee import TradeFeeSchema


class FeeRates:
    """Fractions of the notional; a rebate is negative.

    :param schema: the published rates, or what the user has set in Hummingbot's fee overrides
    """

    def __init__(self, schema: TradeFeeSchema) -> None:
        self.maker = Decimal(schema.maker_percent_fee_decimal)
        self.taker = Decimal(schema.taker_percent_fee_decimal)
        self.are_own = False

    def set(self, maker: Decimal, taker: Decimal) -> None:
        """Takes over what the account says."""
        self.maker, self.taker, self.are_own = maker, taker, True

    def rate(self, order_type: OrderType, is_maker: bool | None) -> Decimal:
        """The caller's word on maker or taker holds; without it, only a post-only order is sure to be a maker."""
        if is_maker is None:
            is_maker = order_type is OrderType.LIMIT_MAKER
        return self.maker if is_maker else self.taker
