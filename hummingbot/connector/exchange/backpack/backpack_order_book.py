"""An order book that never goes back, and the messages that feed it."""

from typing import Any

from hummingbot.connector.exchange.backpack import backpack_frames as frames
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType
from hummingbot.core.data_type.order_book_row import OrderBookRow


class BackpackOrderBook(OrderBook):
    """Hummingbot's book re-applies the last diffs over each new snapshot, older ones too; this one keeps to the ids."""

    def restore_from_snapshot_and_diffs(self, snapshot: OrderBookMessage, diffs: list[OrderBookMessage]) -> None:
        """Replaces the book by the snapshot and the diffs that are newer than it."""
        self.apply_snapshot(snapshot.bids, snapshot.asks, snapshot.update_id)
        for diff in diffs:
            if diff.update_id > snapshot.update_id:
                self.apply_diffs(diff.bids, diff.asks, diff.update_id)

    def is_crossed_by(self, bids: list[OrderBookRow], asks: list[OrderBookRow]) -> bool:
        """Whether a change would make the best bid reach the best ask. To be asked before it is applied: Hummingbot's
        book then silently deletes the levels of the other side, and never looks crossed."""
        return self._reaches(bids, asks, True) or self._reaches(asks, bids, False)

    def _reaches(self, new: list[OrderBookRow], other: list[OrderBookRow], new_is_bid: bool) -> bool:
        sign = 1 if new_is_bid else -1
        reach = max((row.price * sign for row in new if row.amount > 0), default=None)
        if reach is None:
            return False
        removed = {row.price for row in other if row.amount == 0}
        if any(row.price * sign <= reach for row in other if row.amount > 0):
            return True
        for row in self.ask_entries() if new_is_bid else self.bid_entries():
            if row.price * sign > reach:
                return False
            if row.price not in removed:
                return True
        return False

    @classmethod
    def snapshot_message_from_exchange(
        cls, msg: dict[str, Any], timestamp: float, metadata: dict[str, Any] | None = None
    ) -> OrderBookMessage:
        """
        :param msg: the body of ``/depth``
        :param timestamp: seconds
        :param metadata: holds ``trading_pair``
        """
        return snapshot_message({**msg, **(metadata or {})}["trading_pair"], parsing.depth_snapshot(msg), timestamp)

    @classmethod
    def diff_message_from_exchange(
        cls, msg: dict[str, Any], timestamp: float | None = None, metadata: dict[str, Any] | None = None
    ) -> OrderBookMessage:
        """
        :param msg: a frame of the depth stream
        :param timestamp: seconds; None: the frame's own
        :param metadata: holds ``trading_pair``
        """
        diff = frames.parse_frame(msg)
        assert isinstance(diff, parsing.DepthDiff)
        return diff_message({**msg, **(metadata or {})}["trading_pair"], diff, timestamp)

    @classmethod
    def trade_message_from_exchange(
        cls, msg: dict[str, Any], metadata: dict[str, Any] | None = None
    ) -> OrderBookMessage:
        """
        :param msg: a frame of the trade stream
        :param metadata: holds ``trading_pair``
        """
        trade = frames.parse_frame(msg)
        assert isinstance(trade, parsing.PublicTrade)
        return trade_message({**msg, **(metadata or {})}["trading_pair"], trade)


def snapshot_message(trading_pair: str, snapshot: parsing.DepthSnapshot, timestamp: float) -> OrderBookMessage:
    content = {
        "trading_pair": trading_pair,
        "update_id": snapshot.last_id,
        "bids": snapshot.bids,
        "asks": snapshot.asks,
    }
    return OrderBookMessage(OrderBookMessageType.SNAPSHOT, content, timestamp=timestamp)


def invalidation_message(trading_pair: str, timestamp: float) -> OrderBookMessage:
    """Empties the book: to Hummingbot an invalid book is one without prices."""
    return snapshot_message(trading_pair, parsing.DepthSnapshot(0, [], []), timestamp)


def diff_message(trading_pair: str, diff: parsing.DepthDiff, timestamp: float | None = None) -> OrderBookMessage:
    content = {
        "trading_pair": trading_pair,
        "first_update_id": diff.first_id,
        "update_id": diff.last_id,
        "bids": diff.bids,
        "asks": diff.asks,
    }
    return OrderBookMessage(OrderBookMessageType.DIFF, content, timestamp=diff.time if timestamp is None else timestamp)


def trade_message(trading_pair: str, trade: parsing.PublicTrade) -> OrderBookMessage:
    side = TradeType.SELL if trade.buyer_is_maker else TradeType.BUY
    content = {
        "trading_pair": trading_pair,
        "trade_type": float(side.value),
        "trade_id": trade.trade_id,
        "update_id": trade.trade_id,
        "price": str(trade.price),
        "amount": str(trade.quantity),
    }
    return OrderBookMessage(OrderBookMessageType.TRADE, content, timestamp=trade.time)
