"""Faults on demand: what can go wrong, switched on by a test, the command line, or over the control endpoint."""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from hummingbot_backpack.simulator.clock import MICROSECONDS, Clock


class Entry(NamedTuple):
    """A kind of fault: what it does, how often it strikes unless told otherwise (None: until cleared)."""

    effect: str
    times: int | None = None


CATALOGUE: dict[str, Entry] = {
    "drop_frames": Entry("frames are not sent"),
    "duplicate_frames": Entry("frames are sent twice"),
    "gap": Entry("a depth frame is lost: the next one's U is not the last u + 1", 1),
    "disconnect": Entry("sockets are closed", 1),
    "half_open": Entry("sockets stay open but send nothing and answer no ping"),
    "silence": Entry("a stream says nothing while the others go on"),
    "late_frames": Entry("frames come value seconds later, and up to jitter more"),
    "latency": Entry("REST calls wait value seconds, and up to jitter more, before they are looked at"),
    "rate_limited": Entry("requests are answered 429"),
    "error_before": Entry("a request is answered 503 and nothing was done", 1),
    "error_after": Entry("a request is carried out and answered 503", 1),
    "lost_answer": Entry("a request is carried out and the connection breaks without an answer", 1),
    "cancel_accepted": Entry("a cancel is answered 202 and carried out value seconds later (0.5)"),
    "clock_skew": Entry("the exchange's clock is value seconds ahead (negative: behind)"),
    "maintenance": Entry("the status says Maintenance and everything else answers 503"),
    "refuse_private_stream": Entry("sockets with private streams are closed, and private subscriptions refused"),
    "refuse_rest": Entry("REST calls break the connection"),
    "expired_key": Entry("the key is refused as unauthorized"),
    "read_only_key": Entry("what changes something is refused as forbidden"),
    "market_state": Entry("the market's orderBookState is value (PostOnly, LimitOnly, CancelOnly, Closed)"),
    "empty_book": Entry("the other makers leave the market and stay away"),
    "flash_move": Entry("the market's fair price moves by value percent at once", 1),
    "liquidation": Entry("the account is liquidated on the book, whatever its margin", 1),
    "adl": Entry("value percent (100) of the account's positions are deleveraged at mark", 1),
}


@dataclass(slots=True)
class Fault:
    """One fault in force. `times` counts down (None: until cleared or its `seconds` are over); the rest narrows it.

    `path` and `stream` are prefixes. `after` puts off its beginning by so many seconds.
    """

    kind: str
    times: int | None = None
    seconds: float | None = None
    after: float = 0.0
    probability: float = 1.0
    value: Any = None
    jitter: float = 0.0
    method: str | None = None
    path: str | None = None
    stream: str | None = None
    key: str | None = None
    symbol: str | None = None
    until_us: int | None = None


_NUMBERS = {"seconds": 0.0, "after": 0.0, "probability": 0.0, "jitter": 0.0}
_TEXTS = ("method", "path", "stream", "key", "symbol")
_NUMERIC_VALUE = {"latency", "late_frames", "cancel_accepted", "clock_skew", "flash_move", "adl"}
MARKET_STATES = ("Open", "PostOnly", "LimitOnly", "CancelOnly", "Closed")


_MOST = 1_000_000_000
"""Seconds, percent: nothing larger makes sense."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked(kind: str, settings: dict[str, Any]) -> Fault:
    """A fault from its settings; ValueError with one sentence about what is wrong."""
    if kind not in CATALOGUE:
        raise ValueError(f"fault ({kind}) must be one of {', '.join(CATALOGUE)}")
    names = [name for name in Fault.__slots__ if name not in ("kind", "until_us")]
    for name, value in settings.items():
        if name not in names:
            raise ValueError(f"setting ({name}) of fault {kind} must be one of {', '.join(names)}")
        if name in _NUMBERS and not (_is_number(value) and 0 <= value <= _MOST):
            raise ValueError(f"{name} ({value}) of fault {kind} must be a number from 0 to {_MOST}")
        if name in _TEXTS and value is not None and not isinstance(value, str):
            raise ValueError(f"{name} ({value}) of fault {kind} must be text")
    times, value = settings.get("times"), settings.get("value")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise ValueError(f"times ({times}) of fault {kind} must be a whole number from 1")
    if not 0 < settings.get("probability", 1) <= 1:
        raise ValueError(f"probability ({settings['probability']}) of fault {kind} must be over 0 and at most 1")
    least, most = (-90, 900) if kind == "flash_move" else (-_MOST, _MOST)
    if kind in _NUMERIC_VALUE and value is not None and not (_is_number(value) and least <= value <= most):
        raise ValueError(f"value ({value}) of fault {kind} must be a number from {least} to {most}")
    if kind in ("clock_skew", "flash_move", "latency", "late_frames") and value is None:
        raise ValueError(f"value (none) of fault {kind} must be given")
    if kind == "market_state" and value not in MARKET_STATES:
        raise ValueError(f"value ({value}) of fault {kind} must be one of {', '.join(MARKET_STATES)}")
    fault = Fault(kind, **settings)
    if "times" not in settings:
        fault.times = CATALOGUE[kind].times if fault.seconds is None else None
    return fault


class Faults:
    """The faults in force. `begin` and `end` carry out those that act by themselves (a disconnect, a market state)."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._random = random.Random(f"{seed}/faults")
        self._active: list[Fault] = []
        self.begin: dict[str, Callable[[Fault], None]] = {}
        self.end: dict[str, Callable[[Fault], None]] = {}

    def set(self, kind: str, **settings: Any) -> Fault:
        """Switch a fault on. Raises ValueError with one sentence when kind or a setting is unknown or out of range."""
        fault = _checked(kind, settings)
        if fault.after:
            self._clock.call_later(fault.after, lambda: self._start(fault))
        else:
            self._start(fault)
        return fault

    def _start(self, fault: Fault) -> None:
        if fault.seconds is not None:
            fault.until_us = self._clock.true_us() + int(fault.seconds * MICROSECONDS)
        self._active.append(fault)
        begin = self.begin.get(fault.kind)
        if begin:
            begin(fault)

    def clear(self, kind: str | None = None) -> None:
        """Switch off all faults, or all of one kind."""
        for fault in [one for one in self._active if kind in (None, one.kind)]:
            self.remove(fault)

    def remove(self, fault: Fault) -> None:
        """Switch off one fault; one that has run out already is none of our business."""
        if fault in self._active:
            self._active.remove(fault)
            end = self.end.get(fault.kind)
            if end:
                end(fault)

    def expire(self) -> None:
        """Drop what has run out."""
        if not self._active:
            return
        now = self._clock.true_us()
        for fault in [one for one in self._active if one.until_us is not None and one.until_us <= now]:
            self.remove(fault)

    @property
    def any(self) -> bool:
        """Whether any fault is in force or has yet to run out."""
        return bool(self._active)

    def in_force(self, kind: str, **context: str | None) -> Fault | None:
        """The first fault of this kind that the context matches, without using it up."""
        for fault in self._active:
            if fault.kind == kind and self._matches(fault, context):
                return fault
        return None

    def fires(self, kind: str, **context: str | None) -> Fault | None:
        """As `in_force`, but rolls the dice of `probability` and counts one use."""
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
        return float(fault.value) + self._random.random() * fault.jitter

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
        """The faults in force as plain values."""
        self.expire()
        return [{name: value for name, value in asdict(fault).items() if value is not None} for fault in self._active]
