"""The exchange's candles are the same for perpetuals."""

from hummingbot.data_feed.candles_feed.backpack_spot_candles.constants import *  # noqa: F403
