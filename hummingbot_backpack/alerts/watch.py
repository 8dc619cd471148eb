"""Says each thing once, and once more when it is over."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hummingbot_backpack.alerts.conditions import standing
from hummingbot_backpack.alerts.sender import Message, Receiver
from hummingbot_backpack.language import language, spoken

_logger = logging.getLogger(__name__)

LASTS_SECONDS = 2.0
"""A lost connection or failing requests that are over within this time are nobody's business."""
OVER_SECONDS = 10.0
"""Something is over when it has not been seen for this time: what flaps is said once."""
PATIENT = ("disconnect", "errors")


class Alerts:
    """
    :param bot: named in every message
    :param fill_quote: a larger fill is worth an alert; None: none is
    :param speaks: en or zh, what receivers are told in; None: the locale's. Log and state stay English.
    """

    def __init__(
        self,
        bot: str,
        receivers: Sequence[Receiver],
        fill_quote: Decimal | None = None,
        now: Callable[[], float] = time.time,
        speaks: str | None = None,
    ) -> None:
        self._bot = bot
        self._receivers = list(receivers)
        self._fill_quote = fill_quote
        self._now = now
        self._language = language(speaks)
        if self._receivers:
            spoken("", self._language)  # the catalogue is made now, before anything trades
        self._first: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._said: dict[str, str] = {}

    @property
    def standing(self) -> list[str]:
        """What was said and is not over, as sentences."""
        return list(self._said.values())

    def look(self, state: Mapping[str, Any], key_ages: Mapping[str, int] | None = None) -> None:
        """Compare what the bot publishes with what was said already."""
        now, found = self._now(), standing(state, key_ages)
        for name, sentence in found.items():
            self._last[name] = now
            since = self._first.setdefault(name, now)
            patience = LASTS_SECONDS if name.split("/")[0] in PATIENT else 0.0
            if name not in self._said and now - since >= patience:
                self._said[name] = sentence
                self._send(name, "raised", sentence)
        for name in [each for each in self._first if each not in found]:
            if name not in self._said:
                del self._first[name]
            elif now - self._last[name] >= OVER_SECONDS:
                del self._first[name]
                self._send(name, "cleared", f"It is over: {self._said.pop(name)}")

    def fill(self, trading_pair: str, side: str, quantity: Decimal, price: Decimal) -> None:
        """A fill of ours."""
        notional = quantity * price
        if self._fill_quote is not None and notional > self._fill_quote:
            self.notice("fill", f"A fill of {notional:.2f}: {side} {quantity} {trading_pair} at {price}.")

    def notice(self, name: str, sentence: str) -> None:
        """Say something that happens once and is over: a large fill, a login from a new address."""
        self._send(name, "noticed", sentence)

    def _send(self, name: str, state: str, sentence: str) -> None:
        (_logger.info if state == "cleared" else _logger.warning)("Alert (%s): %s", name, sentence)
        message = Message(name, state, sentence, self._now(), self._bot, self._language)
        for receiver in self._receivers:
            receiver.put(message)

    async def close(self) -> None:
        """Deliver what is waiting, as far as that is quick."""
        await asyncio.gather(*(receiver.close() for receiver in self._receivers))
