"""Public streams of the perpetual connector: mark price and funding besides books and trades."""

import asyncio
from typing import TYPE_CHECKING, Any

from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_api_order_book_data_source import BackpackAPIOrderBookDataSource
from hummingbot.connector.exchange.backpack.backpack_frames import parse_frame
from hummingbot.core.data_type.funding_info import FundingInfo, FundingInfoUpdate
from hummingbot.core.data_type.perpetual_api_order_book_data_source import PerpetualAPIOrderBookDataSource
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

if TYPE_CHECKING:
    from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_derivative import (
        BackpackPerpetualDerivative,
    )


class BackpackPerpetualAPIOrderBookDataSource(BackpackAPIOrderBookDataSource, PerpetualAPIOrderBookDataSource):
    """See :class:`BackpackAPIOrderBookDataSource`."""

    _connector: "BackpackPerpetualDerivative"

    def __init__(
        self,
        trading_pairs: list[str],
        connector: "BackpackPerpetualDerivative",
        api_factory: WebAssistantsFactory,
        domain: str = CONSTANTS.DEFAULT_DOMAIN,
    ) -> None:
        super().__init__(trading_pairs, connector, api_factory, domain)
        self._funding_info_messages_queue_key = CONSTANTS.FUNDING_EVENT_TYPE

    def _stream_names(self, symbol: str) -> list[str]:
        return [*super()._stream_names(symbol), f"{CONSTANTS.FUNDING_EVENT_TYPE}.{symbol}"]

    async def get_funding_info(self, trading_pair: str) -> FundingInfo:
        """As :meth:`fetch_funding_info`; the mark values the position too."""
        info = await self.fetch_funding_info(trading_pair)
        # From here on the stream is awaited.
        self._connector.on_mark_price(trading_pair, info.mark_price)
        return info

    async def fetch_funding_info(self, trading_pair: str, attempts: int = 4) -> FundingInfo:
        """Mark, index, the running hour's rate and its end, from ``/markPrices``."""
        symbol = await self._connector.exchange_symbol_associated_to_pair(trading_pair)
        rows = await self._connector.public_get(CONSTANTS.MARK_PRICE_PATH_URL, {"symbol": symbol}, attempts)
        price = parsing.mark_price(rows[0])
        return FundingInfo(
            trading_pair=trading_pair,
            index_price=price.index,
            mark_price=price.mark,
            next_funding_utc_timestamp=price.next_funding_time,
            rate=price.rate,
        )

    async def _parse_funding_info_message(
        self, raw_message: dict[str, Any], message_queue: asyncio.Queue[FundingInfoUpdate]
    ) -> None:
        price = parse_frame(raw_message)
        if not isinstance(price, parsing.MarkPrice):
            return
        trading_pair = self._connector.pair_of_symbol(price.symbol)
        if trading_pair is None:
            return
        self._connector.on_mark_price(trading_pair, price.mark)
        message_queue.put_nowait(
            FundingInfoUpdate(
                trading_pair=trading_pair,
                index_price=price.index,
                mark_price=price.mark,
                next_funding_utc_timestamp=price.next_funding_time,
                rate=price.rate,
            )
        )
