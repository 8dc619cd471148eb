"""Daily closing prices out of Hummingbot's own candle feeds, for any connector that has one."""

import asyncio
import logging
import time
from decimal import Decimal

from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory
from hummingbot.data_feed.candles_feed.data_types import CandlesConfig

from hummingbot_backpack.trading import observe

DAYS = 30
PATIENCE_SECONDS = 10.0
_CLOSE = 4  # the column of Hummingbot's candles: timestamp, open, high, low, close …

_logger = logging.getLogger(__name__)


async def daily_closes(connector_name: str, trading_pair: str) -> list[Decimal]:
    """Closes that 30 daily returns are made of, oldest first; empty where they cannot be had, which is said."""
    try:
        config = CandlesConfig(connector=connector_name, trading_pair=trading_pair, interval="1d", max_records=DAYS + 1)
        feed = CandlesFactory.get_candle(config)
        async with asyncio.timeout(PATIENCE_SECONDS):
            rows = await feed.fetch_candles(end_time=int(time.time()), limit=DAYS + 1)
    except Exception as error:  # whatever a feed raises: the advice is left out, the bot is none the worse
        _logger.warning("Daily prices of %s could not be had, so no preset is advised: %s", trading_pair, error)
        return []
    closes = [observe.positive(row[_CLOSE]) for row in rows]
    return [close for close in closes if close is not None][-(DAYS + 1) :]
