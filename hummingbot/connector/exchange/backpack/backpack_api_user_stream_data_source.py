"""The private stream: orders, balances, and for perpetuals positions."""

import asyncio
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_web_utils as web_utils
from hummingbot.connector.exchange.backpack.backpack_auth import BackpackAuth
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.connector.exchange.backpack.backpack_frames import parse_frame
from hummingbot.connector.exchange.backpack.backpack_parsing import StreamError, UnreadablePayload
from hummingbot.connector.exchange.backpack.backpack_streams import connected_stream, keep_listening, send_subscription
from hummingbot.core.data_type.user_stream_tracker_data_source import UserStreamTrackerDataSource
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from hummingbot.core.web_assistant.ws_assistant import WSAssistant
from hummingbot.logger import HummingbotLogger

if TYPE_CHECKING:
    from hummingbot.connector.exchange.backpack.backpack_exchange_base import BackpackExchangeBase


class BackpackAPIUserStreamDataSource(UserStreamTrackerDataSource):
    """
    :param auth: signs the subscription
    :param connector: is told when the stream begins and ends, and synchronises its clock on a refusal
    """

    _logger: HummingbotLogger | None = None

    def __init__(
        self,
        auth: BackpackAuth,
        trading_pairs: list[str],
        connector: "BackpackExchangeBase",
        api_factory: WebAssistantsFactory,
        domain: str = CONSTANTS.DEFAULT_DOMAIN,
    ) -> None:
        super().__init__()
        self._auth = auth
        self._trading_pairs = trading_pairs
        self._connector = connector
        self._api_factory = api_factory
        self._domain = domain
        self._subscribed = False

    @property
    def subscribed(self) -> bool:
        """Whether the stream is up and its subscription has not been refused. The exchange acknowledges nothing, so
        this is as much as can be known: something, a pong at least, came after the subscription, and no refusal."""
        return self._subscribed and self.last_recv_time > 0

    async def reopen(self, why: str) -> None:
        """Closes the socket; listening goes on with a new one."""
        if self._ws_assistant is not None:
            self.logger().warning(f"Opening the private stream again: {why}.")
            await self._ws_assistant.disconnect()

    async def listen_for_user_stream(self, output: asyncio.Queue[dict[str, Any]]) -> None:
        async def listen_once(backoff: Backoff) -> None:
            try:
                self._ws_assistant = await self._connected_websocket_assistant()
                await self._subscribe_channels(self._ws_assistant)
                # Its pong shows that the subscription was read.
                await self._send_ping(self._ws_assistant)
                self._subscribed = True
                self._connector.on_user_stream_subscribed()
                await self._process_websocket_messages(self._ws_assistant, output)
            finally:
                lived = self._subscribed and self.last_recv_time > 0
                self._subscribed = False
                await self._on_user_stream_interruption(self._ws_assistant)
                self._ws_assistant = None
                self._connector.on_user_stream_interrupted()
                if lived:
                    backoff.reset()

        await keep_listening(self, listen_once, "private stream")

    async def _connected_websocket_assistant(self) -> WSAssistant:
        return await connected_stream(self._api_factory, web_utils.stream_url(self._domain))

    async def _subscribe_channels(self, websocket_assistant: WSAssistant) -> None:
        # The signature carries our clock: it must have been set before.
        await self._connector.ensure_clock()
        await send_subscription(websocket_assistant, self._channels(), is_private=True)

    def _channels(self) -> list[str]:
        return [CONSTANTS.ALL_ORDERS_CHANNEL, CONSTANTS.ALL_BALANCES_CHANNEL]

    async def _process_event_message(self, event_message: dict[str, Any], queue: asyncio.Queue[dict[str, Any]]) -> None:
        if not isinstance(event_message, dict):
            # The socket closes.
            return
        try:
            refusal = parse_frame(event_message) if "error" in event_message else None
        except UnreadablePayload:
            refusal = None
        if isinstance(refusal, StreamError):
            self._subscribed = False
            # Most often our clock; if it is the key, every signed request says so too.
            await self._connector.synchronise_clock()
            raise ConnectionError(f"the subscription was refused, {refusal.code}: {refusal.message}")
        await super()._process_event_message(event_message, queue)
