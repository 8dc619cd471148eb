"""The streams: who listens to what, and getting each frame there. A frame is serialised once for all its listeners."""

import asyncio
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import orjson

from hummingbot_backpack.simulator import frames
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.errors import ExchangeError
from hummingbot_backpack.simulator.events import (
    BalanceEvent,
    DepthEvent,
    Event,
    LiquidationEvent,
    OrderEvent,
    PositionEvent,
    TouchEvent,
    TradeEvent,
)
from hummingbot_backpack.simulator.sessions import Session, Topic, text_frame
from hummingbot_backpack.simulator.tape import INTERVALS

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.exchange import Exchange

DEPTH_WINDOWS = {"200ms": 0.2, "600ms": 0.6, "1000ms": 1.0}
PRIVATE = re.compile(r"account\.(orderUpdate|positionUpdate|rfqUpdate)(\.(?P<symbol>.+))?|account\.balanceUpdate")
PUBLIC = ("bookTicker", "trade", "ticker", "markPrice", "openInterest", "depth", "liquidation")

INVALID_STREAM = {"code": 4006, "message": "Invalid stream"}
PARSE_ERROR = {"code": 4002, "message": "Parse error"}
INVALID_DEPTH_WINDOW = {"code": 4008, "message": "Invalid depth window"}
INVALID_SIGNATURE = {"code": 4003, "message": "Invalid signature"}

FLUSH_AFTER = 0.001
"""Seconds in which frames gather before they are written together."""


class Hub:
    """Subscriptions of all sockets, and the engine's sink."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self.topics: dict[Topic, dict[Session, None]] = {}
        self.sessions: dict[Session, None] = {}
        self._flushing = False
        self._aggregates: dict[str, tuple[list[int], dict[int, int], dict[int, int], int]] = {}
        exchange.engine.sink = self.deliver

    # Subscribing

    def handle(self, session: Session, text: str) -> None:
        """One message of a client. There is no acknowledgement; only refusals are answered."""
        try:
            message = orjson.loads(text)
            method, names = message["method"], message["params"]
            if method not in ("SUBSCRIBE", "UNSUBSCRIBE") or not isinstance(names, list):
                raise ValueError
            if not all(isinstance(name, str) for name in names):
                raise ValueError
        except (ValueError, TypeError, KeyError):
            self._refuse(session, PARSE_ERROR)
            return
        if method == "UNSUBSCRIBE":
            for name in names:
                self._leave(session, name)
            return
        for name in names:
            refusal = self._malformed(name)
            if refusal:
                self._refuse(session, refusal)
                return
        account: Account | None = None
        if any(name.startswith("account.") for name in names):
            if self._exchange.faults.in_force("refuse_private_stream"):
                self._refuse(session, INVALID_SIGNATURE)
                return
            try:
                account = self._signer(message.get("signature"))
            except ExchangeError as error:
                self._refuse(session, {"code": INVALID_SIGNATURE["code"], "message": error.message})
                return
        for name in names:
            self._join(session, name, account)

    def _refuse(self, session: Session, error: dict[str, Any]) -> None:
        self._send([session], orjson.dumps({"id": None, "error": error}))

    @staticmethod
    def _malformed(name: str) -> dict[str, Any] | None:
        """The refusal of a stream name that cannot exist. A symbol that does not exist is no refusal but silence."""
        kind, _, rest = name.partition(".")
        if kind == "account":
            return None if PRIVATE.fullmatch(name) else INVALID_STREAM
        if kind == "liquidation" and not rest:
            return None
        if kind == "kline":
            interval, _, symbol = rest.partition(".")
            return None if interval in INTERVALS and symbol else INVALID_STREAM
        if kind == "depth":
            window, dot, _ = rest.partition(".")
            if dot and window.endswith("ms") and window[:-2].isdigit() and window not in DEPTH_WINDOWS:
                return INVALID_DEPTH_WINDOW
        return None if kind in PUBLIC and rest else INVALID_STREAM

    def _signer(self, signature: Any) -> Account:
        fields = signature if isinstance(signature, list) else []
        if len(fields) != 4 or not all(isinstance(one, str) for one in fields):
            raise ExchangeError(400, "INVALID_CLIENT_REQUEST", "Invalid signature")
        key, value, timestamp, window = fields
        self._exchange.verifier.check(key, value, timestamp, window, "subscribe", [{}])
        return self._exchange.account_of(key)

    def _join(self, session: Session, name: str, account: Account | None) -> None:
        private = name.startswith("account.")
        topic = name, account.id if private and account else 0
        if topic in session.topics:
            return
        session.topics.add(topic)
        self.topics.setdefault(topic, {})[session] = None
        match = PRIVATE.fullmatch(name)
        if account is not None and match and name.startswith("account.positionUpdate"):
            self._position_snapshot(session, name, account, match["symbol"])

    def _position_snapshot(self, session: Session, name: str, account: Account, symbol: str | None) -> None:
        """Current positions on subscribing: the frames have no `e`."""
        for own, position in account.positions.items():
            if symbol in (None, own):
                event = self._exchange.engine.position_event(account, own, None, position.id)
                data = frames.position_update(event, self._exchange.clock.now_us())
                self._send([session], orjson.dumps({"data": data, "stream": name}, option=orjson.OPT_SORT_KEYS))

    def _leave(self, session: Session, name: str) -> None:
        for topic in [one for one in session.topics if one[0] == name]:
            session.topics.discard(topic)
            self._forget(topic, session)

    def _forget(self, topic: Topic, session: Session) -> None:
        listeners = self.topics.get(topic)
        if listeners is not None:
            listeners.pop(session, None)
            if not listeners:
                del self.topics[topic]

    def add(self, session: Session) -> None:
        self.sessions[session] = None

    def remove(self, session: Session) -> None:
        self.sessions.pop(session, None)
        for topic in session.topics:
            self._forget(topic, session)
        session.topics.clear()

    # Sending

    def has(self, name: str) -> bool:
        return (name, 0) in self.topics

    def publish(self, name: str, data: dict[str, Any], account: int = 0) -> None:
        """Send data to everyone who listens to a stream (serialised once)."""
        listeners = self.topics.get((name, account))
        if not listeners:
            return
        frame = orjson.dumps({"data": data, "stream": name}, option=orjson.OPT_SORT_KEYS)
        faults = self._exchange.faults
        copies = 1
        if faults.any:
            if faults.fires("silence", stream=name) or faults.fires("drop_frames", stream=name):
                return
            if data["e"] == "depth" and faults.fires("gap", stream=name, symbol=data["s"]):
                return
            if faults.fires("duplicate_frames", stream=name):
                copies = 2
            late = faults.fires("late_frames", stream=name)
            if late:
                waiting = list(listeners)
                self._exchange.clock.call_later(faults.delay(late), lambda: self._send(waiting, frame, copies))
                return
        self._send(listeners, frame, copies)

    def _send(self, listeners: Iterable[Session], payload: bytes, copies: int = 1) -> None:
        frame = text_frame(payload) * copies
        for session in listeners:
            session.send(frame)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_later(FLUSH_AFTER, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        for session in list(self.sessions):
            session.flush()

    def deliver(self, events: list[Event]) -> None:
        """The engine's events as frames; nothing is rendered that nobody listens to."""
        if not self.topics:
            return
        for event in events:
            if isinstance(event, DepthEvent):
                self._depth(event)
            elif isinstance(event, TouchEvent):
                name = f"bookTicker.{event.market.symbol}"
                if self.has(name):
                    self.publish(name, frames.book_ticker(event, self._now()))
            elif isinstance(event, TradeEvent):
                name = f"trade.{event.trade.market.symbol}"
                if self.has(name):
                    self.publish(name, frames.trade(event.trade, self._now()))
            elif isinstance(event, OrderEvent):
                self._private("account.orderUpdate", event.order.account, event.order.market.symbol, event)
            elif isinstance(event, BalanceEvent):
                self._private("account.balanceUpdate", event.account, None, event)
            elif isinstance(event, PositionEvent):
                self._private("account.positionUpdate", event.account, event.market.symbol, event)
            elif isinstance(event, LiquidationEvent):
                for name in ("liquidation", f"liquidation.{event.market.symbol}"):
                    if self.has(name):
                        self.publish(name, frames.liquidation(event, self._now()))

    def _now(self) -> int:
        return self._exchange.clock.now_us()

    def _private(
        self, stream: str, account: Account, symbol: str | None, event: OrderEvent | BalanceEvent | PositionEvent
    ) -> None:
        names = [stream] if symbol is None else [stream, f"{stream}.{symbol}"]
        data: dict[str, Any] | None = None
        for name in names:
            if (name, account.id) not in self.topics:
                continue
            if data is None:
                if isinstance(event, OrderEvent):
                    data = frames.order_update(event, self._now(), self._exchange.config.upper_expiry_reasons)
                elif isinstance(event, BalanceEvent):
                    data = frames.balance_update(event, self._now())
                else:
                    data = frames.position_update(event, self._now())
            self.publish(name, data, account.id)

    def _depth(self, event: DepthEvent) -> None:
        symbol = event.market.symbol
        name = f"depth.{symbol}"
        if self.has(name):
            self.publish(name, frames.depth(event, self._now()))
        for window in DEPTH_WINDOWS:
            name = f"depth.{window}.{symbol}"
            if not self.has(name):
                self._aggregates.pop(name, None)
                continue
            aggregate = self._aggregates.get(name)
            if aggregate is None:
                aggregate = self._aggregates[name] = [event.update_id, 0], {}, {}, event.time_us
            aggregate[0][1] = event.update_id
            aggregate[1].update(event.bids)
            aggregate[2].update(event.asks)

    def send_aggregates(self, window: str) -> None:
        """The changes of a window in one frame: U < u, levels ascending on both sides."""
        for symbol, market in self._exchange.specs.items():
            name = f"depth.{window}.{symbol}"
            aggregate = self._aggregates.pop(name, None)
            if aggregate is None or not self.has(name):
                continue
            (first, last), bids, asks, time_us = aggregate
            self.publish(
                name,
                {
                    "E": self._now(),
                    "T": time_us,
                    "U": first,
                    "a": frames.levels(market, dict(sorted(asks.items()))),
                    "b": frames.levels(market, dict(sorted(bids.items()))),
                    "e": "depth",
                    "s": symbol,
                    "u": last,
                },
            )
