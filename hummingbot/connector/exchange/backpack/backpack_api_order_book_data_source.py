"""Public streams: order books by the sequence rule, trades; the perpetual connector adds mark prices."""

import asyncio
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_order_book as order_book
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack import backpack_web_utils as web_utils
from hummingbot.connector.exchange.backpack.backpack_backoff import SNAPSHOT, Backoff
from hummingbot.connector.exchange.backpack.backpack_depth import DepthSynchroniser, Step
from hummingbot.connector.exchange.backpack.backpack_frames import parse_frame
from hummingbot.connector.exchange.backpack.backpack_streams import connected_stream, keep_listening, send_subscription
from hummingbot.core.data_type.order_book_message import OrderBookMessage
from hummingbot.core.data_type.order_book_tracker_data_source import OrderBookTrackerDataSource
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from hummingbot.core.web_assistant.ws_assistant import WSAssistant
from hummingbot.logger import HummingbotLogger

if TYPE_CHECKING:
    from hummingbot.connector.exchange.backpack.backpack_exchange_base import BackpackExchangeBase

DEPTH_LIMIT = 1000
# A market without a depth frame for so long is compared with the exchange's own book, in seconds.
SILENCE_CHECK = 30.0
# A book is stale when its own ticker has been ahead of it, or it has looked crossed, for so long, in seconds.
STALE_AFTER = 1.0
WATCH_INTERVAL = 0.5
AHEAD, CROSSED = "its own ticker is ahead of it", "it was crossed"


class _MarketFeed:
    """What is known of one market's streams."""

    def __init__(self) -> None:
        self.synchroniser = DepthSynchroniser()
        self.valid = asyncio.Event()
        self.resync: asyncio.Task[None] | None = None
        self.last_depth = 0.0
        self.compared_at = 0.0
        self.ticker_id = 0
        # Why the book is suspected of being stale, and since when.
        self.suspicions: dict[str, float] = {}

    def suspect(self, now: float, why: str) -> None:
        self.suspicions.setdefault(why, now)

    def trust(self) -> None:
        self.suspicions.clear()


class BackpackAPIOrderBookDataSource(OrderBookTrackerDataSource):
    """
    :param trading_pairs: the markets to follow; the list is shared with the connector and the tracker
    :param connector: maps names and sends the REST requests
    """

    _logger: HummingbotLogger | None = None

    def __init__(
        self,
        trading_pairs: list[str],
        connector: "BackpackExchangeBase",
        api_factory: WebAssistantsFactory,
        domain: str = CONSTANTS.DEFAULT_DOMAIN,
    ) -> None:
        super().__init__(trading_pairs)
        self._connector = connector
        self._api_factory = api_factory
        self._domain = domain
        self._trade_messages_queue_key = CONSTANTS.TRADE_EVENT_TYPE
        self._diff_messages_queue_key = CONSTANTS.DIFF_EVENT_TYPE
        self._order_book_create_function = order_book.BackpackOrderBook
        self._feeds: dict[str, _MarketFeed] = {}
        self._output: asyncio.Queue[OrderBookMessage] | None = None
        self._resubscribe: asyncio.Task[None] | None = None
        self._refusals = Backoff(SNAPSHOT)
        self._watching: asyncio.Task[None] | None = None

    # === what the tracker asks ===

    def is_valid(self, trading_pair: str) -> bool:
        """Whether the market's book equals the exchange's as far as anyone can know."""
        feed = self._feeds.get(trading_pair)
        return feed is not None and feed.synchroniser.valid

    async def wait_until_valid(self, trading_pair: str) -> None:
        await self._feed(trading_pair).valid.wait()

    def invalidate(self, trading_pair: str, why: str) -> None:
        """Empties the book at once and fetches it anew."""
        if self._feed(trading_pair).synchroniser.reset():
            self.logger().warning(f"The order book of {trading_pair} is invalid ({why}); fetching it again.")
            self._start_resync(trading_pair, lost=True)

    def on_crossed(self, trading_pair: str) -> None:
        """The tracker saw a change that crosses the other side: the book is not the exchange's any more."""
        self._feed(trading_pair).suspect(self._time(), CROSSED)

    async def get_last_traded_prices(self, trading_pairs: list[str], domain: str | None = None) -> dict[str, float]:
        return await self._connector.get_last_traded_prices(trading_pairs=trading_pairs)

    # === connection ===

    async def listen_for_subscriptions(self) -> None:
        await keep_listening(self, self._listen_once, "public streams")

    async def _listen_once(self, backoff: Backoff) -> None:
        ws: WSAssistant | None = None
        try:
            ws = await self._connected_websocket_assistant()
            self._ws_assistant = ws
            await self._subscribe_channels(ws)
            backoff.reset()
            self._refusals.reset()
            self._watching = asyncio.ensure_future(self._watch(ws))
            await self._process_websocket_messages(ws)
        finally:
            self._ws_assistant = None
            if self._watching is not None:
                self._watching.cancel()
            await self._on_order_stream_interruption(ws)

    async def _connected_websocket_assistant(self) -> WSAssistant:
        return await connected_stream(self._api_factory, web_utils.stream_url(self._domain))

    async def _subscribe_channels(self, ws: WSAssistant) -> None:
        for trading_pair in list(self._trading_pairs):
            await self._subscribe(ws, trading_pair)

    async def _subscribe(self, ws: WSAssistant, trading_pair: str) -> bool:
        """One frame a market, so that a refusal stands alone; then the snapshot, which the rule wants afterwards."""
        symbol = await self._symbol(trading_pair)
        if symbol is None:
            return False
        await send_subscription(ws, self._stream_names(symbol))
        feed = self._feed(trading_pair)
        feed.last_depth, feed.compared_at = 0.0, self._time()
        feed.trust()
        self._start_resync(trading_pair, lost=feed.synchroniser.reset())
        return True

    async def _symbol(self, trading_pair: str) -> str | None:
        try:
            return await self._connector.exchange_symbol_associated_to_pair(trading_pair)
        except KeyError:
            self.logger().error(f"{trading_pair} is no market of {self._connector.display_name}: it is not followed.")
            return None

    def _stream_names(self, symbol: str) -> list[str]:
        events = (CONSTANTS.DIFF_EVENT_TYPE, CONSTANTS.TRADE_EVENT_TYPE, CONSTANTS.BOOK_TICKER_EVENT_TYPE)
        return [f"{event}.{symbol}" for event in events]

    async def subscribe_to_trading_pair(self, trading_pair: str) -> bool:
        if await self._symbol(trading_pair) is None:
            return False
        self.add_trading_pair(trading_pair)
        # Without a connection the next one subscribes it.
        return self._ws_assistant is None or await self._subscribe(self._ws_assistant, trading_pair)

    async def unsubscribe_from_trading_pair(self, trading_pair: str) -> bool:
        self.remove_trading_pair(trading_pair)
        feed = self._feeds.pop(trading_pair, None)
        if feed is not None and feed.resync is not None:
            feed.resync.cancel()
        symbol = await self._symbol(trading_pair)
        if self._ws_assistant is None or symbol is None:
            return False
        await send_subscription(self._ws_assistant, self._stream_names(symbol), method="UNSUBSCRIBE")
        return True

    async def _on_order_stream_interruption(self, websocket_assistant: WSAssistant | None = None) -> None:
        """Whatever the books held is worth nothing from here on."""
        if self._resubscribe is not None:
            self._resubscribe.cancel()
        for trading_pair, feed in self._feeds.items():
            if feed.resync is not None:
                feed.resync.cancel()
                feed.resync = None
            if feed.synchroniser.reset():
                self._emit_invalid(trading_pair)
        await super()._on_order_stream_interruption(websocket_assistant)

    # === messages ===

    async def _process_websocket_messages(self, websocket_assistant: WSAssistant) -> None:
        """As Hummingbot's, but what changes a book goes there at once, not through a queue and another task first."""
        async for response in websocket_assistant.iter_messages():
            message = response.data
            # The last of a connection that ends is empty.
            if message is None:
                continue
            channel = self._channel_originating_message(message)
            if channel == self._diff_messages_queue_key and self._output is not None:
                await self._apply_diff(message, self._output)
            elif channel in self._get_messages_queue_keys():
                self._message_queue[channel].put_nowait(message)
            else:
                await self._process_message_for_unknown_channel(message, websocket_assistant)

    async def _apply_diff(self, message: dict[str, Any], output: asyncio.Queue[OrderBookMessage]) -> None:
        try:
            await self._parse_order_book_diff_message(message, output)
        except parsing.UnreadablePayload as error:
            self.logger().error(f"A change of an order book cannot be read ({error}): {message!r:.300}")

    def _channel_originating_message(self, event_message: dict[str, Any]) -> str:
        data = event_message.get("data") if isinstance(event_message, dict) else None
        return str(data.get("e", "")) if isinstance(data, dict) else ""

    async def _process_message_for_unknown_channel(
        self, event_message: dict[str, Any], websocket_assistant: WSAssistant
    ) -> None:
        frame = parse_frame(event_message)
        if isinstance(frame, parsing.StreamError):
            self.logger().warning(f"A public stream was refused ({frame.code}: {frame.message}); asking again.")
            if self._resubscribe is None or self._resubscribe.done():
                self._resubscribe = asyncio.ensure_future(self._subscribe_silent(websocket_assistant))
        elif isinstance(frame, parsing.BookTicker):
            trading_pair = self._connector.pair_of_symbol(frame.symbol)
            if trading_pair in self._feeds:
                self._feeds[trading_pair].ticker_id = frame.update_id

    async def _subscribe_silent(self, ws: WSAssistant) -> None:
        """After a refusal, which names no stream: asks again for the markets that have not been heard."""
        await self._sleep(self._refusals.delay())
        for trading_pair in list(self._trading_pairs):
            if self._feed(trading_pair).last_depth == 0.0 and self._ws_assistant is ws:
                await self._subscribe(ws, trading_pair)

    # === staleness ===

    async def _watch(self, ws: WSAssistant) -> None:
        while True:
            await self._sleep(WATCH_INTERVAL)
            now = self._time()
            for trading_pair in [pair for pair in self._trading_pairs if pair in self._feeds]:
                try:
                    self._look_for_staleness(trading_pair, now)
                    await self._compare_silent(ws, trading_pair, now)
                except asyncio.CancelledError:
                    raise
                except Exception as error:
                    self.logger().warning(f"The order book of {trading_pair} could not be compared ({error}).")

    def _look_for_staleness(self, trading_pair: str, now: float) -> None:
        feed = self._feeds[trading_pair]
        last_id = feed.synchroniser.last_id
        if last_id is None:
            feed.trust()
            return
        if feed.ticker_id > last_id:
            # A ticker may overtake the depth frames of its own change, but not for long.
            feed.suspect(now, AHEAD)
        else:
            # A book that was crossed does not look it afterwards: only a new one ends that suspicion.
            feed.suspicions.pop(AHEAD, None)
        why = next((why for why, since in feed.suspicions.items() if now - since >= STALE_AFTER), None)
        if why is not None:
            feed.trust()
            self.invalidate(trading_pair, why)

    async def _compare_silent(self, ws: WSAssistant, trading_pair: str, now: float) -> None:
        """A quiet market is not a dead stream: only if the exchange's book has moved is the market subscribed again."""
        feed = self._feeds[trading_pair]
        last_id = feed.synchroniser.last_id
        if last_id is None or now - max(feed.last_depth, feed.compared_at) < SILENCE_CHECK:
            return
        feed.compared_at = now
        snapshot = await self._snapshot(trading_pair, limit=5)
        if snapshot.last_id > last_id == feed.synchroniser.last_id:
            self.logger().warning(f"The depth stream of {trading_pair} is silent while its book moves; asking again.")
            await self._subscribe(ws, trading_pair)

    async def listen_for_order_book_diffs(
        self, ev_loop: asyncio.AbstractEventLoop, output: asyncio.Queue[OrderBookMessage]
    ) -> None:
        self._output = output
        await super().listen_for_order_book_diffs(ev_loop, output)

    async def listen_for_order_book_snapshots(
        self, ev_loop: asyncio.AbstractEventLoop, output: asyncio.Queue[OrderBookMessage]
    ) -> None:
        """The sequence rule says when a snapshot is needed; none is fetched by the clock."""

    async def _parse_order_book_diff_message(
        self, raw_message: dict[str, Any], message_queue: asyncio.Queue[OrderBookMessage]
    ) -> None:
        diff = parse_frame(raw_message)
        if not isinstance(diff, parsing.DepthDiff):
            return
        trading_pair = self._connector.pair_of_symbol(diff.symbol)
        if trading_pair is None or trading_pair not in self._feeds:
            return
        feed = self._feeds[trading_pair]
        feed.last_depth = self._time()
        step = feed.synchroniser.on_diff(diff)
        if step.lost:
            self.logger().warning(
                f"The order book of {trading_pair} has a gap before update {diff.first_id}; fetching it again."
            )
            self._start_resync(trading_pair, lost=True)
        self._emit(trading_pair, step, message_queue)

    async def _parse_trade_message(
        self, raw_message: dict[str, Any], message_queue: asyncio.Queue[OrderBookMessage]
    ) -> None:
        trade = parse_frame(raw_message)
        if not isinstance(trade, parsing.PublicTrade):
            return
        trading_pair = self._connector.pair_of_symbol(trade.symbol)
        if trading_pair is not None:
            message_queue.put_nowait(order_book.trade_message(trading_pair, trade))

    # === snapshots ===

    async def _order_book_snapshot(self, trading_pair: str) -> OrderBookMessage:
        return order_book.snapshot_message(trading_pair, await self._snapshot(trading_pair), self._time())

    async def _request_order_book_snapshot(self, trading_pair: str, limit: int = DEPTH_LIMIT) -> dict[str, Any]:
        symbol = await self._connector.exchange_symbol_associated_to_pair(trading_pair)
        return await self._connector.public_get(
            CONSTANTS.SNAPSHOT_PATH_URL, {"symbol": symbol, "limit": limit}, attempts=1
        )

    async def _snapshot(self, trading_pair: str, limit: int = DEPTH_LIMIT) -> parsing.DepthSnapshot:
        return parsing.depth_snapshot(await self._request_order_book_snapshot(trading_pair, limit))

    def _start_resync(self, trading_pair: str, lost: bool) -> None:
        if lost:
            self._emit_invalid(trading_pair)
        feed = self._feed(trading_pair)
        if feed.resync is None or feed.resync.done():
            feed.resync = asyncio.ensure_future(self._resynchronise(trading_pair, announce=lost))

    async def _resynchronise(self, trading_pair: str, announce: bool) -> None:
        feed, backoff, failed = self._feed(trading_pair), Backoff(SNAPSHOT), False
        while not feed.synchroniser.valid:
            await self._sleep(backoff.delay())
            try:
                step = feed.synchroniser.on_snapshot(await self._snapshot(trading_pair))
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if not failed:
                    self.logger().warning(f"No order book of {trading_pair} yet ({error}); asking until there is one.")
                    failed = True
                continue
            if step is not None:
                feed.trust()
                self._emit(trading_pair, step, self._output)
        feed.valid.set()
        if announce or failed:
            self.logger().info(f"The order book of {trading_pair} is valid again.")

    def _emit(self, trading_pair: str, step: Step, output: asyncio.Queue[OrderBookMessage] | None) -> None:
        if output is None:
            return
        if step.snapshot is not None:
            output.put_nowait(order_book.snapshot_message(trading_pair, step.snapshot, self._time()))
        for diff in step.diffs:
            output.put_nowait(order_book.diff_message(trading_pair, diff))

    def _emit_invalid(self, trading_pair: str) -> None:
        if self._output is not None:
            self._output.put_nowait(order_book.invalidation_message(trading_pair, self._time()))

    def _feed(self, trading_pair: str) -> _MarketFeed:
        if trading_pair not in self._feeds:
            self._feeds[trading_pair] = _MarketFeed()
        return self._feeds[trading_pair]
