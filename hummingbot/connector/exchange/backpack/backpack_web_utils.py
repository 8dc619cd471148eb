"""Where the exchange is, and the web assistants that reach it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_connections import connections_for
from hummingbot.connector.exchange.backpack.backpack_limiter import BackpackThrottler, RequestBudget
from hummingbot.connector.exchange.backpack.backpack_settings import load_settings
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.connector.utils import TimeSynchronizerRESTPreProcessor
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


def rest_base(domain: str = CONSTANTS.DEFAULT_DOMAIN, simulator_url: str | None = None) -> str:
    """The REST base with a slash at its end.

    :param domain: ``exchange``, or ``simulator`` for the local Backpack
    :param simulator_url: where that listens; None: as the settings say
    """
    if domain == CONSTANTS.SIMULATOR_DOMAIN:
        return f"{simulator_url or load_settings().simulator_url}/"
    return CONSTANTS.REST_URL.format(domain)


def stream_url(domain: str = CONSTANTS.DEFAULT_DOMAIN, simulator_url: str | None = None) -> str:
    """The one WebSocket address, for public and private streams alike."""
    if domain == CONSTANTS.SIMULATOR_DOMAIN:
        parts = urlsplit(rest_base(domain, simulator_url))
        return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, "/", "", ""))
    return CONSTANTS.WSS_URL.format(domain)


def public_rest_url(path_url: str, domain: str = CONSTANTS.DEFAULT_DOMAIN) -> str:
    """Full URL of a public endpoint."""
    return rest_base(domain) + path_url


def private_rest_url(path_url: str, domain: str = CONSTANTS.DEFAULT_DOMAIN) -> str:
    """Full URL of a signed endpoint."""
    return rest_base(domain) + path_url


def build_api_factory(
    throttler: AsyncThrottlerBase | None = None,
    time_synchronizer: TimeSynchronizer | None = None,
    domain: str = CONSTANTS.DEFAULT_DOMAIN,
    time_provider: Callable[[], Any] | None = None,
    auth: AuthBase | None = None,
) -> WebAssistantsFactory:
    """A factory whose requests wait for the limiter and, once, for the exchange's clock."""
    throttler = throttler or create_throttler()
    synchronizer = time_synchronizer or TimeSynchronizer()
    provider = time_provider or (lambda: get_current_server_time(throttler=throttler, domain=domain))
    return WebAssistantsFactory(
        throttler=throttler,
        auth=auth,
        connections_factory=connections_for(rest_base(domain)),
        rest_pre_processors=[TimeSynchronizerRESTPreProcessor(synchronizer=synchronizer, time_provider=provider)],
    )


def build_api_factory_without_time_synchronizer_pre_processor(
    throttler: AsyncThrottlerBase, domain: str = CONSTANTS.DEFAULT_DOMAIN
) -> WebAssistantsFactory:
    """For asking the time itself."""
    return WebAssistantsFactory(throttler=throttler, connections_factory=connections_for(rest_base(domain)))


def create_throttler(budget: RequestBudget | None = None) -> BackpackThrottler:
    """A limiter with the exchange's limits."""
    return BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget)


async def get_current_server_time(
    throttler: AsyncThrottlerBase | None = None,
    domain: str = CONSTANTS.DEFAULT_DOMAIN,
) -> float:
    """The exchange's time in milliseconds."""
    factory = build_api_factory_without_time_synchronizer_pre_processor(throttler or create_throttler(), domain)
    assistant = await factory.get_rest_assistant()
    answer = await assistant.execute_request(
        url=public_rest_url(CONSTANTS.SERVER_TIME_PATH_URL, domain),
        method=RESTMethod.GET,
        throttler_limit_id=CONSTANTS.SERVER_TIME_PATH_URL,
        timeout=CONSTANTS.REQUEST_TIMEOUT,
    )
    return float(answer)
