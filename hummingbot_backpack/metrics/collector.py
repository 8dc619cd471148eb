"""From the published state to Prometheus. A bot that is gone or silent is `up 0`, and its old figures are not shown."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

STALE_AFTER = 10.0
"""Seconds after which a state that is not renewed says nothing any more."""
MARKET = ("connector", "trading_pair", "controller")
PREFIX = "hummingbot_backpack_"

GAUGES = {
    "position_base": "Signed position, base.",
    "average_entry_price": "Average price of what is open, quote per base.",
    "mark_price": "Mark price, quote per base.",
    "bid_price": "Best bid of everybody else.",
    "ask_price": "Best ask of everybody else.",
    "spread_bps": "Width of the market in basis points of its mid.",
    "open_orders": "Own orders that may still fill.",
    "realised_quote": "Realised profit of the session, quote, before fees.",
    "unrealised_quote": "Profit of what is open, at mark, quote.",
    "net_pnl_quote": "Realised + unrealised − fees + funding of the session, quote.",
    "wear_rate": "−(realised + unrealised − fees) per 10,000 of volume; positive is a loss.",
    "funding_quote": "Funding received in the session, quote.",
    "fees_quote": "Fees of the session charged in quote.",
    "residual_base": "What a hedge has not undone, base.",
}
COUNTERS = {
    "quotes_placed": "Quotes placed.",
    "quotes_kept": "Quotes kept though their target had moved.",
    "quotes_cancelled": "Quotes cancelled.",
    "buys": "Fills that bought.",
    "sells": "Fills that sold.",
    "maker_volume_quote": "Volume as maker, quote.",
    "taker_volume_quote": "Volume as taker, quote.",
}
LATENCIES = {
    "decision_to_wire": "From the beginning of a decision to the order request that it asks for.",
    "book_to_cancel": "From a change of the market to the cancel request that answers it.",
    "order_request": "From an order request to its answer.",
    "cancel_request": "From a cancel request to its answer.",
}


def read(path: Path) -> dict[str, Any] | None:
    """The published state; None: there is none, or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_alive(state: Mapping[str, Any], now: float) -> bool:
    """Whether the bot that wrote the state still runs and writes."""
    if not state.get("running") or now - float(state.get("time") or 0) > STALE_AFTER:
        return False
    try:
        os.kill(int(state["pid"]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, KeyError, ValueError):
        pass
    return True


class StateCollector:
    """Reads the state at each scrape.

    :param path: `data/backpack_state.json` of a workspace
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Every family, each scrape, so that a board never misses one."""
        state = read(self._path)
        now = self._now()
        alive = state is not None and is_alive(state, now)
        yield GaugeMetricFamily(f"{PREFIX}up", "Whether the bot runs and publishes.", value=float(alive))
        age = -1.0 if state is None else max(0.0, now - float(state.get("time") or 0))
        yield GaugeMetricFamily(
            f"{PREFIX}state_age_seconds", "Age of the published state; -1: there is none.", value=age
        )
        shown = state if alive and state is not None else {}
        yield from _markets(shown)
        yield from _account(shown)
        yield from _measures(shown.get("measures") or {})
        breakers = GaugeMetricFamily(f"{PREFIX}breaker", "A breaker that holds.", labels=("name", "scope"))
        for breaker in shown.get("breakers") or ():
            breakers.add_metric((breaker["name"], breaker["scope"]), 1.0)
        yield breakers
        yield GaugeMetricFamily(
            f"{PREFIX}alerts", "Alerts that were raised and are not over.", value=len(shown.get("alerts") or ())
        )


def _values(controller: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of a controller by the name of their metric; None where they are not known."""
    market, result = controller.get("market") or {}, controller.get("result") or {}
    quotes, fees = controller.get("quotes") or {}, result.get("fees") or {}
    quote = str(controller.get("trading_pair", "-")).split("-")[-1]
    return {
        "position_base": controller.get("position", result.get("position")),
        "average_entry_price": result.get("average_entry"),
        "mark_price": market.get("mark"),
        "bid_price": market.get("bid"),
        "ask_price": market.get("ask"),
        "spread_bps": market.get("spread_bps"),
        "open_orders": controller.get("open_orders"),
        "realised_quote": result.get("realised"),
        "unrealised_quote": result.get("unrealised"),
        "net_pnl_quote": result.get("net_pnl"),
        "wear_rate": result.get("wear_rate_per_10000"),
        "funding_quote": result.get("funding"),
        "fees_quote": fees.get(quote, "0" if result else None),
        "residual_base": controller.get("residual"),
        "quotes_placed": quotes.get("placed"),
        "quotes_kept": quotes.get("kept"),
        "quotes_cancelled": quotes.get("cancelled"),
        "buys": result.get("buys"),
        "sells": result.get("sells"),
        "maker_volume_quote": result.get("maker_volume"),
        "taker_volume_quote": result.get("taker_volume"),
    }


def _markets(state: Mapping[str, Any]) -> Iterator[Metric]:
    families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {
        name: GaugeMetricFamily(PREFIX + name, text, labels=MARKET) for name, text in GAUGES.items()
    }
    families |= {name: CounterMetricFamily(PREFIX + name, text, labels=MARKET) for name, text in COUNTERS.items()}
    for controller in state.get("controllers") or ():
        labels = (controller["connector"], controller["trading_pair"], controller["id"])
        for name, value in _values(controller).items():
            if value is not None and value != "not known":
                families[name].add_metric(labels, float(value))
    yield from families.values()


def _account(state: Mapping[str, Any]) -> Iterator[Metric]:
    equity = GaugeMetricFamily(f"{PREFIX}equity", "What the account is worth at market prices.", labels=("account",))
    fraction = GaugeMetricFamily(f"{PREFIX}margin_fraction", "Equity over exposure.", labels=("account",))
    maintenance = GaugeMetricFamily(
        f"{PREFIX}maintenance_fraction", "The margin fraction under which it is liquidated.", labels=("account",)
    )
    for account in state.get("accounts") or ():
        for family, name in ((equity, "equity"), (fraction, "margin_fraction"), (maintenance, "maintenance")):
            if account.get(name) is not None:
                family.add_metric((account["account"],), float(account[name]))
    yield from (equity, fraction, maintenance)


def _measures(measures: Mapping[str, Any]) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        f"{PREFIX}requests", "Requests by how they ended: ok, or the kind of error.", labels=("outcome",)
    )
    for kind, count in (measures.get("requests") or {}).items():
        requests.add_metric((kind,), count)
    yield requests
    orders = CounterMetricFamily(f"{PREFIX}orders", "Orders created, rejected, cancelled.", labels=("outcome",))
    for kind, count in (measures.get("orders") or {}).items():
        orders.add_metric((kind,), count)
    yield orders
    age = GaugeMetricFamily(
        f"{PREFIX}data_age_seconds", "Since the market last changed.", labels=("connector", "trading_pair")
    )
    for each in measures.get("data_age") or ():
        age.add_metric((each["connector"], each["trading_pair"]), each["seconds"])
    yield age
    stream = GaugeMetricFamily(f"{PREFIX}private_stream_up", "Whether it is connected.", labels=("connector",))
    for each in measures.get("connections") or ():
        stream.add_metric((each["connector"],), float(each["private_stream"]))
    yield stream
    for name, text in LATENCIES.items():
        family = HistogramMetricFamily(f"{PREFIX}{name}_seconds", text)
        found = (measures.get("latency") or {}).get(name)
        if found is not None:
            total, buckets = 0, []
            for end, count in zip([*map(str, found["ends"]), "+Inf"], found["counts"], strict=True):
                total += count
                buckets.append((end, total))
            family.add_metric((), buckets, found["sum"])
        yield family
