"""Candles of the exchange's perpetual markets."""

from hummingbot.connector.exchange.backpack import backpack_constants as EXCHANGE
from hummingbot.data_feed.candles_feed.backpack_spot_candles.backpack_spot_candles import BackpackSpotCandles


class BackpackPerpetualCandles(BackpackSpotCandles):
    """See :class:`BackpackSpotCandles`."""

    NAME = "backpack_perpetual"
    MARKET_KIND = "PERP"
    SYMBOL_SUFFIX = "_PERP"


class BackpackSimulatorPerpetualCandles(BackpackPerpetualCandles):
    """The local Backpack's."""

    NAME = "backpack_perpetual_simulator"
    DOMAIN = EXCHANGE.SIMULATOR_DOMAIN
