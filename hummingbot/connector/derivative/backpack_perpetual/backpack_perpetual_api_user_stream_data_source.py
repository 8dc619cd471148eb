"""The private stream of the perpetual connector: positions besides orders and balances."""

from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_api_user_stream_data_source import BackpackAPIUserStreamDataSource


class BackpackPerpetualAPIUserStreamDataSource(BackpackAPIUserStreamDataSource):
    """See :class:`BackpackAPIUserStreamDataSource`."""

    def _channels(self) -> list[str]:
        return [*super()._channels(), CONSTANTS.ALL_POSITIONS_CHANNEL]
