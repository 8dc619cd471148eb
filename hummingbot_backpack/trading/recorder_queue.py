"""A queue between connectors and Hummingbot's recorder, which writes SQLite on the event loop at every order event.

Each write takes 3 to 4 ms, before or after our own listeners as it happens. In the queue they wait until nothing else
does, at most `LATEST_SECONDS`, and are written in the order in which they happened; at a stop all of them are. A crash
loses what waited. Only the instances of our own script's run are touched, and they get back what they had.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.connector.utils import TradeFillOrderDetails
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import (
    BuyOrderCreatedEvent,
    MarketEvent,
    OrderFilledEvent,
    SellOrderCreatedEvent,
)

_logger = logging.getLogger(__name__)

LATEST_SECONDS = 0.5
"""Nothing waits longer than this, whatever else does."""
QUIET_SECONDS = 0.02
"""How often it is looked whether something else waits."""
GAP_SECONDS = 0.002
"""Between two writes: what has come in meanwhile is taken up, through all the turns of the event loop that it needs."""

Write = Callable[[], None]


class DeferredWriter:
    """Writes, first come first served, one a turn of the event loop, while nothing else waits.

    :param busy: whether something else waits
    :param clock: seconds, never set back
    """

    def __init__(self, busy: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._busy = busy
        self._clock = clock
        self._waiting: deque[tuple[float, Write]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, write: Write) -> None:
        """Have it written soon."""
        self._waiting.append((self._clock() + LATEST_SECONDS, write))
        self._look_again(QUIET_SECONDS)

    def turn(self) -> bool:
        """Write the next one if nothing else waits, or if it has waited long enough.

        :returns: whether one was written
        """
        if not self._waiting or (self._busy() and self._clock() < self._waiting[0][0]):
            return False
        self._write()
        return True

    def flush(self) -> None:
        """Write all of them now."""
        while self._waiting:
            self._write()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write(self) -> None:
        _, write = self._waiting.popleft()
        try:
            write()
        except Exception as error:
            # As Hummingbot's own events do: one record that cannot be written is no reason to lose the others.
            _logger.error("A record could not be written: %s", error, exc_info=True)

    def _look_again(self, seconds: float) -> None:
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._look_again(GAP_SECONDS if self.turn() else QUIET_SECONDS)


class RecorderQueue:
    """Stands between some connectors and the recorder that listens to them.

    :param recorder: Hummingbot's, of this run
    :param connectors: whose events wait; those it does not listen to are left alone
    """

    def __init__(self, recorder: MarketsRecorder, connectors: Iterable[ConnectorBase], writer: DeferredWriter) -> None:
        self._writer = writer
        self._recorder = recorder
        # With every event the recorder writes the state of all of a connector's orders: the last one says it all.
        recorder.save_market_states = self._save_states_once
        # Hummingbot's publishers keep no reference to their listeners.
        self._stands_for: list[tuple[MarketEvent, SourceInfoEventForwarder, SourceInfoEventForwarder]] = [
            (event, own, SourceInfoEventForwarder(self._deferred(own))) for event, own in recorder._event_pairs
        ]
        listened = list(recorder._markets)
        self._connectors = [connector for connector in connectors if connector in listened]
        for connector in self._connectors:
            for event, own, ours in self._stands_for:
                connector.remove_listener(event, own)
                connector.add_listener(event, ours)

    def _deferred(self, own: SourceInfoEventForwarder) -> Callable[[int, ConnectorBase, Any], None]:
        record = own._to_function

        def defer(tag: int, market: ConnectorBase, event: Any) -> None:
            _tell_connector(market, event)
            self._writer.put(lambda: record(tag, market, event))

        return defer

    def _save_states_once(self, *arguments: Any, **options: Any) -> None:
        if len(self._writer) == 0:
            type(self._recorder).save_market_states(self._recorder, *arguments, **options)

    def close(self) -> None:
        """Write everything, and let the recorder listen itself again."""
        self._writer.flush()
        vars(self._recorder).pop("save_market_states", None)
        for connector in self._connectors:
            for event, own, ours in self._stands_for:
                connector.remove_listener(event, ours)
                connector.add_listener(event, own)
        self._connectors = []


def _tell_connector(market: ConnectorBase, event: Any) -> None:
    """What the recorder tells a connector of each record, so that it knows its own fills: that cannot wait."""
    if isinstance(event, OrderFilledEvent):
        fill = TradeFillOrderDetails(market.display_name, event.exchange_trade_id, event.trading_pair)
        market.add_trade_fills_from_market_recorder({fill})
    elif isinstance(event, BuyOrderCreatedEvent | SellOrderCreatedEvent):
        market.add_exchange_order_ids_from_market_recorder({event.exchange_order_id: event.order_id})
