"""The breakers of a running bot: fed by events and accounts, shared by its controllers, kept over restarts (card BR01).

What is kept is `data/backpack_breakers.json`: what holds, and, where money limits are set, what has been made of them.
A file that cannot be read is no empty one: the bot then does not start.
"""

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making import breakers as decisions
from hummingbot_backpack.market_making.breakers import (
    NOTHING,
    SESSION,
    Breaker,
    Count,
    MoneyLimits,
    Result,
    Trip,
    Watermark,
)
from hummingbot_backpack.trading import observe, state

FILE_NAME = "backpack_breakers.json"
KEEP_SECONDS = 1.0
"""What was made is kept at most so often while it changes, ..."""
KEEP_STILL_SECONDS = 60.0
"""... and so often while it does not, so that the next run knows when this one was last heard of."""
KEEP_LIQUIDATIONS = 4096
"""So many orders with which the exchange liquidated are remembered: more than all connectors together list."""
_POST_ONLY_WORDS = ("immediately match", "post only", "post-only", "postonly", "would have taken")

_logger = logging.getLogger(__name__)


class Breakers:
    """
    :param path: where what must survive a restart is kept
    :param patience: seconds for which something may be unknown
    :param now: seconds since the epoch
    :raises UserError: the file is there and cannot be read
    """

    def __init__(self, path: Path, limits: MoneyLimits, patience: float, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._limits = limits
        self._patience = patience
        self._now = now
        self._mark = Watermark()
        self._began = now()
        self._earlier, self._total = NOTHING, NOTHING
        self._kept: tuple[Result, float] = (NOTHING, self._began)
        self._counts = limits.any
        self._liquidations: dict[str, None] = {}
        self._trips = self._load()
        self._unknown_since: float | None = None
        self._orders: dict[tuple[str, str], deque[tuple[float, bool]]] = {}
        self._markets: dict[tuple[str, str], str] = {}
        self._connectors: dict[str, ConnectorBase] = {}
        self._accepted = SourceInfoEventForwarder(self._on_accepted)
        self._refused = SourceInfoEventForwarder(self._on_refused)
        for trip in self._trips:
            _logger.warning("A breaker of an earlier run still holds (%s): %s.", trip.scope, trip.sentence)

    # What is kept -------------------------------------------------------------------------------------------------

    def _load(self) -> list[Trip]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._liquidations = dict.fromkeys(map(str, kept.get("liquidations", ())))
            if kept.get("count") is not None:
                self._go_on(_count(kept["count"]))
            return [
                Trip(
                    Breaker(row["name"]), row["scope"], row["reason"], float(row["since"]), row["until"], row["over_at"]
                )
                for row in kept["breakers"]
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise UserError(
                f"{self._path} must be readable, since it says what stopped this bot earlier ({error}); look at it, "
                "and remove it only if nothing should hold."
            ) from None

    def _go_on(self, count: Count) -> None:
        """A limit is not made anew by a restart: what was lost shortly before counts on."""
        if not self._counts or not count.goes_on(self._now()):
            return
        self._earlier = self._total = count.result
        self._mark, self._began = count.mark, count.began
        made = (count.result.net or Decimal(0)) - (count.mark.base.net or Decimal(0))
        _logger.info("Money limits go on from an earlier run, which made %.6f.", made)

    def _save(self) -> None:
        kept: dict[str, Any] = {
            "version": 1,
            "breakers": [_row(trip) for trip in self._trips if trip.breaker is not Breaker.DATA],
            "liquidations": list(self._liquidations),
        }
        if self._counts:
            now = self._now()
            kept["count"] = _count_row(Count(self._total, self._mark, self._began, now))
            self._kept = (self._total, now)
        state.publish(self._path, kept)

    def end_count(self) -> None:
        """The session is over as planned: the next run is another session, with limits of its own."""
        self._counts = False
        self._save()

    # What feeds them ----------------------------------------------------------------------------------------------

    def listen(self, connectors: Mapping[str, ConnectorBase], markets: Mapping[tuple[str, str], str]) -> None:
        """:param markets: controller ids by connector name and trading pair"""
        self._markets.update(markets)
        for name, connector in connectors.items():
            if name not in self._connectors:
                self._connectors[name] = connector
                connector.add_listener(MarketEvent.BuyOrderCreated, self._accepted)
                connector.add_listener(MarketEvent.SellOrderCreated, self._accepted)
                connector.add_listener(MarketEvent.OrderFailure, self._refused)

    def close(self) -> None:
        if self._counts:
            self._save()
        for connector in self._connectors.values():
            connector.remove_listener(MarketEvent.BuyOrderCreated, self._accepted)
            connector.remove_listener(MarketEvent.SellOrderCreated, self._accepted)
            connector.remove_listener(MarketEvent.OrderFailure, self._refused)
        self._connectors.clear()

    def _on_accepted(self, _tag: int, connector: ConnectorBase, event: Any) -> None:
        self._note(connector, event.order_id, refused=False)

    def _on_refused(self, _tag: int, connector: ConnectorBase, event: Any) -> None:
        """An order that the exchange refused counts, for lack of margin too; one that our connector kept back for that
        was never sent."""
        words = str(getattr(event, "error_message", None) or "").lower()
        # That a post-only order would have taken is an ordinary outcome (OR07).
        ordinary = any(part in words for part in _POST_ONLY_WORDS) or observe.is_refusal_before_sending(event)
        if not ordinary and not observe.is_refusal_by_maintenance(event):
            self._note(connector, event.order_id, refused=True)

    def _note(self, connector: ConnectorBase, order_id: str, refused: bool) -> None:
        name = next((name for name, known in self._connectors.items() if known is connector), None)
        order = connector._order_tracker.fetch_order(client_order_id=order_id)
        if name is None or order is None or observe.is_closing(order):
            return
        controller_id = self._markets.get((name, order.trading_pair))
        if controller_id is None:
            return
        now = self._now()
        outcomes = self._orders.setdefault((name, order.trading_pair), deque(maxlen=decisions.REJECTS_OF))
        outcomes.append((now, refused))
        trip = decisions.judge_rejects(tuple(outcomes), controller_id, now)
        if trip is not None:
            outcomes.clear()
            self._trip(trip)

    def judge(self, result: Result | None) -> None:
        """Look at what the session has made (None: nobody keeps accounts), and at what is over."""
        now = self._now()
        standing = decisions.standing(self._trips, now)
        for trip in self._trips:
            if trip not in standing:
                _logger.info("Breaker over (%s): %s.", trip.scope, trip.breaker.value)
        if len(standing) < len(self._trips):
            self._trips = list(standing)
            self._save()
        for name, connector in self._connectors.items():
            self._judge_liquidations(name, connector, now)
        if result is not None:
            self._judge_money(result, now)

    def _judge_liquidations(self, name: str, connector: ConnectorBase, now: float) -> None:
        """Each of the exchange's orders trips once, in whichever run: what was re-armed is not tripped by history."""
        log = getattr(connector, "liquidations", None)
        news = [order_id for order_id in log.order_ids if order_id not in self._liquidations] if log is not None else []
        reason = None
        if getattr(connector, "is_liquidating", False):
            reason = f"the exchange is liquidating the account of {name}"
        elif news:
            reason = f"the exchange liquidated a position of the account of {name}"
        if news:
            known = [*self._liquidations, *news]
            self._liquidations = dict.fromkeys(known[-KEEP_LIQUIDATIONS:])
        if reason is None:
            return
        tripped = self._trip(Trip(Breaker.LIQUIDATION, SESSION, reason, now, decisions.UNTIL_REARMED))
        if news and not tripped:
            self._save()

    def _judge_money(self, result: Result, now: float) -> None:
        self._unknown_since = None if result.net is not None else self._unknown_since or now
        unjudged = decisions.unjudged(self._limits, result, self._unknown_since, self._patience, now)
        blind = next((trip for trip in self._trips if trip.breaker is Breaker.DATA), None)
        if unjudged is not None:
            self._trip(unjudged)
        elif blind is not None:
            self._trips.remove(blind)
            _logger.info("Breaker over (%s): the session's result is known again.", blind.scope)
        total = result.after(self._earlier)
        trips, self._mark = decisions.judge_money(self._limits, total, self._mark, now)
        for trip in trips:
            self._trip(trip)
        if total.net is not None and total.price_result is not None:
            self._total = total
            still = total == self._kept[0]
            if self._counts and now - self._kept[1] >= (KEEP_STILL_SECONDS if still else KEEP_SECONDS):
                self._save()

    def _trip(self, trip: Trip) -> bool:
        """:returns: whether it did not hold already"""
        if any((known.breaker, known.scope) == (trip.breaker, trip.scope) for known in self._trips):
            return False
        self._trips.append(trip)
        self._save()
        say = _logger.warning if trip.breaker is Breaker.MANUAL else _logger.error
        say("Breaker (%s): %s. No quotes; limits and exits stay armed.", trip.scope, trip.sentence)
        return True

    # What others ask ----------------------------------------------------------------------------------------------

    def hold_of(self, controller_id: str) -> str | None:
        """Why a controller may not quote now, None if it may."""
        return decisions.hold(decisions.standing(self._trips, self._now()), controller_id)

    def pause(self, controller_ids: Iterable[str] | None, reason: str) -> None:
        """Hold these controllers, or all of them, until `resume`."""
        for scope in [SESSION] if controller_ids is None else controller_ids:
            self._trip(Trip(Breaker.MANUAL, scope, reason, self._now(), decisions.UNTIL_RESUMED))

    def resume(self, controller_ids: Iterable[str] | None) -> None:
        """Let these controllers, or all of them, go; one of a bot that was paused as a whole stays paused."""
        scopes = None if controller_ids is None else set(controller_ids)
        before = len(self._trips)
        self._trips = [
            trip
            for trip in self._trips
            if trip.breaker is not Breaker.MANUAL or (scopes is not None and trip.scope not in scopes)
        ]
        if len(self._trips) < before:
            self._save()

    def rearm(self, result: Result | None) -> None:
        """Clear the breakers that money or refusals tripped; losses count from this result on.

        :raises UserError: the result is not known, so nobody could say from where
        """
        if result is not None:
            if result.net is None:
                raise UserError("The session's result is not known now, so its breakers cannot be re-armed yet.")
            self._total = result.after(self._earlier)
            self._mark = Watermark.at(self._total)
        for trip in self._trips:
            if trip.breaker is not Breaker.MANUAL:
                _logger.warning("Breaker re-armed (%s): %s.", trip.scope, trip.breaker.value)
        self._trips = [trip for trip in self._trips if trip.breaker is Breaker.MANUAL]
        self._orders.clear()
        self._save()

    def listed(self, more: Iterable[Trip] = ()) -> list[dict[str, Any]]:
        """Everything that holds, for JSON.

        :param more: what controllers do not know
        """
        return [_row(trip) for trip in (*decisions.standing(self._trips, self._now()), *more)]


def _result_row(result: Result) -> dict[str, str]:
    return {"net": str(result.net), "price_result": str(result.price_result), "volume": str(result.volume)}


def _result(row: Mapping[str, str]) -> Result:
    return Result(Decimal(row["net"]), Decimal(row["price_result"]), Decimal(row["volume"]))


def _count_row(count: Count) -> dict[str, Any]:
    return {
        "made": _result_row(count.result),
        "from": _result_row(count.mark.base),
        "high": str(count.mark.high),
        "began": count.began,
        "seen": count.seen,
    }


def _count(row: Mapping[str, Any]) -> Count:
    mark = Watermark(_result(row["from"]), Decimal(row["high"]))
    return Count(_result(row["made"]), mark, float(row["began"]), float(row["seen"]))


def _row(trip: Trip) -> dict[str, Any]:
    return {
        "name": trip.breaker.value,
        "scope": trip.scope,
        "reason": trip.reason,
        "since": trip.since,
        "until": trip.until,
        "over_at": trip.over_at,
    }
