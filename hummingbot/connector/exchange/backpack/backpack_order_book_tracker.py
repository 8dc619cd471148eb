"""Keeps the books of all markets: each on its own, none waiting for another."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType
from hummingbot.core.data_type.order_book_tracker import OrderBookTracker
from hummingbot.logger import HummingbotLogger

if TYPE_CHECKING:
    from hummingbot.connector.exchange.backpack.backpack_api_order_book_data_source import (
        BackpackAPIOrderBookDataSource,
    )


class _StraightThrough(asyncio.Queue[OrderBookMessage]):
    """The end of Hummingbot's queue of changes, without the wait: whoever puts a change in has it applied."""

    def __init__(self, apply: Callable[[OrderBookMessage], None]) -> None:
        super().__init__()
        self._apply = apply

    def put_nowait(self, item: OrderBookMessage) -> None:
        self._apply(item)


class BackpackOrderBookTracker(OrderBookTracker):
    """Hummingbot's tracker with these differences: books start empty and are filled in parallel by the data source,
    which retries what fails; snapshots and diffs come in one order and go straight into the book; and it is ready only
    while every book is valid."""

    _data_source: "BackpackAPIOrderBookDataSource"
    _logger: HummingbotLogger | None = None

    def __init__(
        self,
        data_source: "BackpackAPIOrderBookDataSource",
        trading_pairs: list[str],
        domain: str,
        on_change: Callable[[str], None],
    ) -> None:
        """
        :param on_change: called with the pair whose book has changed
        """
        super().__init__(data_source, trading_pairs, domain)
        self._order_book_diff_stream = _StraightThrough(self._apply_or_invalidate)
        self._on_change = on_change

    @classmethod
    def logger(cls) -> HummingbotLogger:
        if cls._logger is None:
            cls._logger = logging.getLogger(HummingbotLogger.logger_name_for_class(cls))
        return cls._logger

    @property
    def ready(self) -> bool:
        return super().ready and all(self._data_source.is_valid(pair) for pair in self._trading_pairs)

    async def add_trading_pair(self, trading_pair: str) -> bool:
        """Starts a market while running; False when it is there already or is no market."""
        if trading_pair in self._order_books:
            self.logger().warning(f"Trading pair {trading_pair} is already being tracked")
            return False
        self._open_book(trading_pair)
        if not await self._data_source.subscribe_to_trading_pair(trading_pair):
            self._order_books.pop(trading_pair, None)
            return False
        if trading_pair not in self._trading_pairs:
            self._trading_pairs.append(trading_pair)
        await self._data_source.wait_until_valid(trading_pair)
        return True

    async def remove_trading_pair(self, trading_pair: str) -> bool:
        """Stops a market while running; False when it is not there."""
        if trading_pair not in self._order_books:
            self.logger().warning(f"Trading pair {trading_pair} is not being tracked")
            return False
        await self._data_source.unsubscribe_from_trading_pair(trading_pair)
        self._order_books.pop(trading_pair, None)
        self._metrics.remove_pair_metrics(trading_pair)
        if trading_pair in self._trading_pairs:
            self._trading_pairs.remove(trading_pair)
        return True

    async def _init_order_books(self) -> None:
        for trading_pair in self._trading_pairs:
            self._open_book(trading_pair)
        await asyncio.gather(*(self._data_source.wait_until_valid(pair) for pair in list(self._trading_pairs)))
        self._order_books_initialized.set()

    def _open_book(self, trading_pair: str) -> None:
        # A strategy may hold the book of before a reconnect: it stays the same object.
        if trading_pair not in self._order_books:
            self._order_books[trading_pair] = self._data_source.order_book_create_function()

    def _apply_or_invalidate(self, message: OrderBookMessage) -> None:
        try:
            self._apply(message)
        except Exception:
            self.logger().exception(f"A change of the order book of {message.trading_pair} could not be applied.")
            self._data_source.invalidate(message.trading_pair, "a change that could not be applied")

    async def _order_book_diff_router(self) -> None:
        """Changes are applied as they come."""

    async def _order_book_snapshot_router(self) -> None:
        """Snapshots come through the diff stream, in their place among the diffs."""

    def _apply(self, message: OrderBookMessage) -> None:
        order_book = self._order_books.get(message.trading_pair)
        if order_book is None:
            return
        metrics = self._metrics.get_or_create_pair_metrics(message.trading_pair)
        if message.type is OrderBookMessageType.SNAPSHOT:
            order_book.apply_snapshot(message.bids, message.asks, message.update_id)
            metrics.snapshots_processed += 1
            self._metrics.total_snapshots_processed += 1
        else:
            bids, asks = message.bids, message.asks
            if order_book.is_crossed_by(bids, asks):
                self._data_source.on_crossed(message.trading_pair)
            order_book.apply_diffs(bids, asks, message.update_id)
            metrics.diffs_processed += 1
            self._metrics.total_diffs_processed += 1
        self._on_change(message.trading_pair)
