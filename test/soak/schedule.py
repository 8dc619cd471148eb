"""Which fault strikes when: drawn at random from a seed, so that a run that failed can be had again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ORDER = "/api/v1/order"


@dataclass(frozen=True)
class Strike:
    """:param wait: seconds after the one before"""

    wait: float
    kind: str
    settings: dict[str, Any]

    def __str__(self) -> str:
        rows = ", ".join(f"{name} {value}" for name, value in self.settings.items() if name != "key")
        return f"{self.kind} ({rows})"


def strikes(seed: int, key: str, symbols: list[str]) -> Iterator[Strike]:
    """Every fault of the local Backpack once in a random order, then again in another, without end."""
    source = random.Random(f"{seed}/faults")
    while True:
        kinds = list(_FAULTS)
        source.shuffle(kinds)
        for kind in kinds:
            settings = _FAULTS[kind](source, key, source.choice(symbols))
            yield Strike(source.uniform(0.5, 4.0), kind, settings)


def _seconds(source: random.Random, least: float = 0.5, most: float = 6.0) -> dict[str, Any]:
    return {"seconds": round(source.uniform(least, most), 1)}


def _times(source: random.Random) -> dict[str, Any]:
    return {"times": source.randint(1, 4)}


def _some_stream(source: random.Random) -> dict[str, Any]:
    return {"stream": source.choice(["depth.", "trade.", "bookTicker.", "account.orderUpdate", "account."])}


def _placing(source: random.Random) -> dict[str, Any]:
    return {"path": ORDER, "method": source.choice(["POST", "DELETE"]), **_times(source)}


_FAULTS: dict[str, Any] = {
    "drop_frames": lambda r, key, symbol: {**_some_stream(r), **_seconds(r), "probability": 0.5},
    "duplicate_frames": lambda r, key, symbol: {**_some_stream(r), **_seconds(r)},
    "gap": lambda r, key, symbol: _times(r),
    "disconnect": lambda r, key, symbol: r.choice([{}, {"stream": "depth."}, {"stream": "account."}]),
    "half_open": lambda r, key, symbol: _seconds(r, 2.0),
    "silence": lambda r, key, symbol: {**_some_stream(r), **_seconds(r)},
    "late_frames": lambda r, key, symbol: {**_some_stream(r), **_seconds(r), "value": 0.5, "jitter": 1.0},
    "latency": lambda r, key, symbol: {**_seconds(r), "value": 0.2, "jitter": 0.8},
    "rate_limited": lambda r, key, symbol: {**_seconds(r, 0.5, 2.0), "probability": 0.5},
    "error_before": lambda r, key, symbol: _placing(r),
    "error_after": lambda r, key, symbol: _placing(r),
    "lost_answer": lambda r, key, symbol: _placing(r),
    "cancel_accepted": lambda r, key, symbol: {**_seconds(r), "value": 0.5},
    "clock_skew": lambda r, key, symbol: {**_seconds(r), "value": r.choice([-30, 30])},
    "maintenance": lambda r, key, symbol: _seconds(r, 0.5, 3.0),
    "refuse_private_stream": lambda r, key, symbol: _seconds(r),
    "refuse_rest": lambda r, key, symbol: _seconds(r, 0.5, 3.0),
    "expired_key": lambda r, key, symbol: {**_seconds(r, 0.5, 2.0), "key": key},
    "read_only_key": lambda r, key, symbol: {**_seconds(r, 0.5, 2.0), "key": key},
    "market_state": lambda r, key, symbol: {
        **_seconds(r), "symbol": symbol, "value": r.choice(["PostOnly", "LimitOnly", "CancelOnly", "Closed"]),
    },
    "empty_book": lambda r, key, symbol: {**_seconds(r), "symbol": symbol},
    "flash_move": lambda r, key, symbol: {"symbol": symbol, "value": round(r.uniform(-1.5, 1.5), 2)},
    "liquidation": lambda r, key, symbol: {"key": key},
    "adl": lambda r, key, symbol: {"key": key, "value": r.choice([30, 100])},
}  # fmt: skip
