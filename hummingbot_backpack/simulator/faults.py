"""Faults on demand: what can go wrong, switched on by a test, the command line, or over the control endpoint."""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

CATALOGUE: dict[str, str] = {
    "drop_frames": "public and private frames are not sent",
    "duplicate_frames": "frames are sent twice",
    "gap": "depth frames are lost: the next frame's U is not the last u + 1",
    "disconnect": "sockets are closed at once",
    "half_open": "sockets stay open but neither send nor answer pings",
    "silence": "a stream goes silent while the others go on",
    "latency": "answers (and, with stream, frames) come later by value seconds, plus up to jitter",
    "rate_limited": "requests are answered 429",
    "error_before": "requests are answered 503 and nothing was done",
    "error_after": "requests are carried out and answered 503",
    "lost_answer": "requests are carried out and the connection breaks without an answer",
    "cancel_accepted": "cancels are answered 202 and carried out value seconds later",
    "clock_skew": "the exchange's clock is value seconds ahead (negative: behind)",
    "maintenance": "the status says Maintenance and orders get 503",
    "refuse_private_stream": "private subscriptions are refused and open ones closed",
    "refuse_rest": "every REST call breaks the connection",
    "expired_key": "the key is refused as unauthorized",
    "read_only_key": "orders, cancels and settings are refused as forbidden",
    "market_state": "the market's orderBookState becomes value",
    "empty_book": "everybody else's orders leave the market's book and stay away",
    "flash_move": "the market's price moves by value percent at once",
    "liquidation": "the account is liquidated whatever its margin",
    "adl": "value percent of the account's position is deleveraged at mark",
}


@dataclass(slots=True)
class Fault:
    """One fault in force. `times` counts down (None: until cleared or `until_us`); the rest narrows what it hits."""

    kind: str
    times: int | None = None
    seconds: float | None = None
    probability: float = 1.0
    value: Any = None
    jitter: float = 0.0
    method: str | None = None
    path: str | None = None
    stream: str | None = None
    key: str | None = None
    symbol: str | None = None
    until_us: int | None = None


class Faults:
    """The faults in force. Listeners carry out those that are done once (a disconnect, a market state)."""

    def __init__(self, now_us: Callable[[], int], seed: int) -> None:
        self._now_us = now_us
        self._random = random.Random(f"{seed}/faults")
        self._active: list[Fault] = []
        self.listeners: dict[str, Callable[[Fault], None]] = {}
        self.enders: dict[str, Callable[[Fault], None]] = {}

    def set(self, kind: str, **settings: Any) -> Fault:
        """Switch a fault on: `times`, `seconds`, `probability`, `value`, `jitter`, and what it is limited to.

        Raises ValueError with one sentence when kind or a setting is unknown or out of range.
        """
        if kind not in CATALOGUE:
            raise ValueError(f"fault ({kind}) must be one of {', '.join(CATALOGUE)}")
        unknown = set(settings) - set(Fault.__slots__) - {"until_us"}
        if unknown:
            raise ValueError(
                f"setting ({sorted(unknown)[0]}) of fault {kind} must be one of {', '.join(Fault.__slots__)}"
            )
        fault = Fault(kind, **settings)
        if not 0 < fault.probability <= 1:
            raise ValueError(f"probability ({fault.probability}) must be over 0 and at most 1")
        if fault.seconds is not None:
            fault.until_us = self._now_us() + int(fault.seconds * 1_000_000)
        self._active.append(fault)
        listener = self.listeners.get(kind)
        if listener:
            listener(fault)
        return fault

    def clear(self, kind: str | None = None) -> None:
        """Switch off all faults, or all of one kind."""
        gone = [fault for fault in self._active if kind in (None, fault.kind)]
        self._active = [fault for fault in self._active if fault not in gone]
        self._end(gone)

    def _end(self, gone: list[Fault]) -> None:
        for fault in gone:
            ender = self.enders.get(fault.kind)
            if ender:
                ender(fault)

    def remove(self, fault: Fault) -> None:
        if fault in self._active:
            self._active.remove(fault)
            self._end([fault])

    def expire(self) -> None:
        """Drop what has run out."""
        if not self._active:
            return
        now = self._now_us()
        for fault in [one for one in self._active if one.until_us is not None and one.until_us <= now]:
            self.remove(fault)

    @property
    def any(self) -> bool:
        return bool(self._active)

    def in_force(self, kind: str, **context: str | None) -> Fault | None:
        """The first fault of this kind that the context matches, without using it up."""
        for fault in self._active:
            if fault.kind == kind and self._matches(fault, context):
                return fault
        return None

    def fires(self, kind: str, **context: str | None) -> Fault | None:
        """As `in_force`, but counts one use and rolls the dice of `probability`."""
        if not self._active:
            return None
        self.expire()
        fault = self.in_force(kind, **context)
        if fault is None or (fault.probability < 1 and self._random.random() >= fault.probability):
            return None
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.remove(fault)
        return fault

    def delay(self, fault: Fault) -> float:
        """Seconds that a latency fault adds."""
        return float(fault.value or 0) + self._random.random() * fault.jitter

    @staticmethod
    def _matches(fault: Fault, context: dict[str, str | None]) -> bool:
        for name, value in context.items():
            wanted = getattr(fault, name)
            if wanted is None:
                continue
            if value is None or (not value.startswith(wanted) if name in ("path", "stream") else value != wanted):
                return False
        return True

    def listed(self) -> list[dict[str, Any]]:
        self.expire()
        return [{name: value for name, value in asdict(fault).items() if value is not None} for fault in self._active]
