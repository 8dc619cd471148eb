"""What a running bot measures of itself, for metrics and alerts: requests, orders, latency, age of data (card MO01)."""

import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent

from hummingbot_backpack.trading import observe

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper ends, seconds."""
REMEMBERED_REQUESTS = 100
REMEMBERED_ORDERS = 20
ORDERS_WITHIN = 60.0
PROMPT_SECONDS = 1.0
"""An order later than this after a step was not asked for by it."""
ORDERS = ("order", "reduce")
CANCEL = "cancel"
HARMLESS = ("rejected", "not found")
"""Answers of the exchange that say something about an order, nothing about the connection."""


class Histogram:
    """Counts by upper end, as Prometheus has them, but not cumulative."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds

    def state(self) -> dict[str, Any]:
        return {"ends": list(BUCKETS), "counts": list(self.counts), "sum": self.sum}


class Measures:
    """Listens and counts; nothing here computes more than a sum where something happens."""

    def __init__(self, connectors: Mapping[str, ConnectorBase], markets: Iterable[tuple[str, str]]) -> None:
        self._connectors = dict(connectors)
        self._markets = list(markets)
        self._steps: dict[tuple[str, str], Callable[[], float]] = {}
        self.requests: Counter[str] = Counter()
        self.orders: Counter[str] = Counter()
        self._recent: deque[bool] = deque(maxlen=REMEMBERED_REQUESTS)
        self._placed: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED_ORDERS)
        self.latency = {
            name: Histogram() for name in ("decision_to_wire", "book_to_cancel", "order_request", "cancel_request")
        }
        self._changed: dict[tuple[str, str], float] = {}
        self._woke: dict[tuple[str, str], float] = {}
        self._taken: list[Callable[[], None]] = []

    def begin(self, steps: Mapping[tuple[str, str], Callable[[], float]]) -> None:
        """:param steps: by market, when its controller's latest step began (`time.perf_counter()`)"""
        self._steps = dict(steps)
        for name, connector in self._connectors.items():
            observers = getattr(connector, "request_observers", None)
            if observers is not None:
                observers.append(self._on_request)
                self._taken.append(partial(observers.remove, self._on_request))
            for event, what in (
                (MarketEvent.BuyOrderCreated, "created"),
                (MarketEvent.SellOrderCreated, "created"),
                (MarketEvent.OrderFailure, "rejected"),
                (MarketEvent.OrderCancelled, "cancelled"),
            ):
                forwarder = SourceInfoEventForwarder(partial(self._on_order, what))
                connector.add_listener(event, forwarder)
                self._taken.append(partial(connector.remove_listener, event, forwarder))
            changes = observe.changes(connector)
            for market in self._markets:
                if changes is not None and market[0] == name:
                    note = partial(self._on_change, market)
                    changes.add(market[1], note)
                    self._taken.append(partial(changes.remove, market[1], note))

    def end(self) -> None:
        for undo in self._taken:
            undo()
        self._taken.clear()

    # What happens -------------------------------------------------------------------------------------------------

    def _on_change(self, market: tuple[str, str]) -> None:
        now = time.perf_counter()
        self._changed[market] = now
        step = self._steps.get(market)
        if step is None or self._woke.get(market, 0.0) <= step():
            self._woke[market] = now  # the first change since the last step: what the next one answers

    def _on_order(self, what: str, _tag: int, _connector: ConnectorBase, event: Any) -> None:
        self.orders[what] += 1
        if what != "cancelled" and not observe.is_refusal_by_maintenance(event):
            self._placed.append((time.monotonic(), what == "rejected"))

    def _on_request(self, seen: Any) -> None:
        kind = "ok" if seen.kind is None else seen.kind.value
        self.requests[kind] += 1
        self._recent.append(seen.kind is not None and kind not in HARMLESS)
        step, market = max(((began(), market) for market, began in self._steps.items()), default=(0.0, None))
        prompt = 0 <= seen.sent - step <= PROMPT_SECONDS
        if seen.limit_id in ORDERS:
            self.latency["order_request"].add(seen.seconds)
            if prompt:
                self.latency["decision_to_wire"].add(seen.sent - step)
        elif seen.limit_id == CANCEL:
            self.latency["cancel_request"].add(seen.seconds)
            woke = None if market is None else self._woke.get(market)
            if prompt and woke is not None and woke <= step:
                self.latency["book_to_cancel"].add(seen.sent - woke)

    # What it comes to ---------------------------------------------------------------------------------------------

    @property
    def error_share(self) -> float | None:
        """Of the last hundred requests, those that failed for the connection's sake; None before there are as many."""
        return sum(self._recent) / len(self._recent) if len(self._recent) == REMEMBERED_REQUESTS else None

    @property
    def reject_share(self) -> float | None:
        """Of the last twenty orders, those refused; None unless all came within a minute."""
        if len(self._placed) < REMEMBERED_ORDERS or time.monotonic() - self._placed[0][0] > ORDERS_WITHIN:
            return None
        return sum(refused for _, refused in self._placed) / len(self._placed)

    def state(self) -> dict[str, Any]:
        """As plain values for JSON."""
        now = time.perf_counter()
        return {
            "requests": dict(self.requests),
            "orders": dict(self.orders),
            "latency": {name: histogram.state() for name, histogram in self.latency.items()},
            "error_share": self.error_share,
            "reject_share": self.reject_share,
            "data_age": [
                {"connector": name, "trading_pair": pair, "seconds": now - self._changed[name, pair]}
                for name, pair in self._markets
                if (name, pair) in self._changed
            ],
            "connections": [
                {"connector": name, "private_stream": observe.private_stream_up(connector), "ready": connector.ready}
                for name, connector in self._connectors.items()
            ],
        }
