"""The exchange has one address for all its markets: these are the spot connector's own functions."""

from hummingbot.connector.exchange.backpack.backpack_web_utils import (
    build_api_factory,
    build_api_factory_without_time_synchronizer_pre_processor,
    create_throttler,
    get_current_server_time,
    private_rest_url,
    public_rest_url,
)

__all__ = [
    "build_api_factory",
    "build_api_factory_without_time_synchronizer_pre_processor",
    "create_throttler",
    "get_current_server_time",
    "private_rest_url",
    "public_rest_url",
]
