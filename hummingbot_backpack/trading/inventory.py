"""What is held, and what a fill's fee took of it, from a connector's or a sample's point of view."""

from decimal import Decimal

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.trade_fee import TradeFeeBase

from hummingbot_backpack.records import Sample
from hummingbot_backpack.trading import observe


def charged_fee(fee: TradeFeeBase, quote: str, price: Decimal, quantity: Decimal) -> tuple[Decimal, str]:
    """Amount and asset of a fee as the exchange charged it; a fee given only as a rate is charged in quote."""
    if fee.flat_fees:
        asset = fee.flat_fees[0].token
        return sum((flat.amount for flat in fee.flat_fees if flat.token == asset), Decimal(0)), asset
    return price * quantity * fee.percent, fee.percent_token or quote


def observed(connector: ConnectorBase, trading_pair: str) -> Decimal | None:
    """What the connector says is held: a perpetual's signed position, or all of a spot market's base."""
    if hasattr(connector, "account_positions"):
        position = observe.net_position(connector, trading_pair)
        return None if position is None else position[0]
    if not connector.ready:
        return None
    return observe.finite(connector.get_balance(trading_pair.split("-")[0]))


def sampled(sample: Sample, holding: str, perpetual: bool) -> tuple[Decimal, Decimal | None]:
    """Quantity and price in the sample; what it does not list is nothing."""
    if perpetual:
        quantity, mark, _ = sample.positions.get(holding, (Decimal(0), None, None))
        return quantity, mark
    return sample.assets.get(holding, (Decimal(0), None))
