"""What the public and the private stream have in common: connecting, subscribing, coming back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.connector.exchange.backpack.backpack_errors import error_from_transport
from hummingbot.core.web_assistant.connections.data_types import WSJSONRequest
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from hummingbot.core.web_assistant.ws_assistant import WSAssistant


async def connected_stream(api_factory: WebAssistantsFactory, url: str) -> WSAssistant:
    """A connected socket that answers the exchange's pings, sends its own, and ends when these stay unanswered."""
    ws = await api_factory.get_ws_assistant()
    # No timeout for each message besides: it would set and clear a timer at every frame.
    await ws.connect(ws_url=url, ping_timeout=CONSTANTS.WS_HEARTBEAT_TIME_INTERVAL)
    return ws


async def send_subscription(
    ws: WSAssistant, names: list[str], method: str = "SUBSCRIBE", is_private: bool = False
) -> None:
    """Sends one frame; the exchange acknowledges none."""
    await ws.send(WSJSONRequest(payload={"method": method, "params": names}, is_auth_required=is_private))


async def keep_listening(source: Any, listen_once: Callable[[Backoff], Awaitable[None]], what: str) -> None:
    """Runs ``listen_once`` for ever, with growing delays between failures; one log line each, no traceback: a lost
    connection is an ordinary event.

    :param source: the data source, for its logger and its sleep
    :param listen_once: connects and listens; it resets the backoff once that worked
    """
    backoff = Backoff()
    while True:
        try:
            await listen_once(backoff)
            why = "the connection ended"
        except asyncio.CancelledError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            why = error_from_transport(error).reason if isinstance(error, aiohttp.ClientError) else str(error)
        except Exception as error:
            why = str(error) or type(error).__name__
        delay = backoff.delay()
        source.logger().warning(f"Connection to the {what} lost ({why}). Connecting again in {delay:.1f} s.")
        await source._sleep(delay)
