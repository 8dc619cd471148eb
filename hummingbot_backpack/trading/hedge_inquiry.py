"""Asking the exchange what became of hedges, until that is certain: an earlier run's, and those that left a rest."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from hummingbot_backpack.market_making.hedging import Hedger
from hummingbot_backpack.trading import steady
from hummingbot_backpack.trading.hedge_leg import HedgeLeg

_logger = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 0.25
"""Pause before the exchange is asked again what became of a hedge."""
SILENT_SECONDS = 2.0
"""A hedge of which nothing was heard for so long is looked at, whether its end was announced or not."""

MISSED_SECONDS = 1.0
"""Fill and position are told within milliseconds of each other. Where they have differed for so long, a fill was lost
more likely than not: it is asked for, instead of being waited for while a leg is naked."""
MISSED_AGAIN_SECONDS = 4.0


class HedgeInquiry:
    """
    :param controller_id: begins what is said in the log
    :param legs: the maker leg first; the last one is hedged on
    :param changed: called in the turn in which something has become certain
    """

    def __init__(
        self, controller_id: str, legs: Sequence[HedgeLeg], hedger: Hedger, changed: Callable[[], None]
    ) -> None:
        self._id = controller_id
        self._legs = legs
        self._hedger = hedger
        self._changed = changed
        self._verifying: asyncio.Task[None] | None = None
        self._missed: asyncio.Task[None] | None = None
        self._missed_at = float("-inf")
        self._said: dict[str, str] = {}

    @property
    def _hedge_leg(self) -> HedgeLeg:
        return self._legs[-1]

    async def recover(self) -> None:
        """Until it is certain that no earlier hedge can execute any more, and the positions have been asked since."""
        hedger = self._hedger
        while True:
            try:
                for intent in list(hedger.earlier.values()):
                    if await self._hedge_leg.settle(intent, steady.now()):
                        hedger.on_earlier_settled(intent.order_id)
                if not hedger.earlier:
                    await asyncio.gather(*(leg.refresh() for leg in self._legs))
                    return
            except Exception as error:
                if self._is_news("recover", error):
                    _logger.warning("%s: what an earlier run left could not be asked (%s).", self._id, error)
            await asyncio.sleep(ASK_AGAIN_SECONDS)

    def on_end(self, order_id: str) -> None:
        """A hedge can take no more, as far as its connector knows."""
        order = self._hedge_leg.connector._order_tracker.fetch_order(client_order_id=order_id)
        # Ours say that an order failed only once it is certain that it never stood; others may only not know better.
        never_stood = order is not None and order.is_failure and order.exchange_order_id is None
        self._hedger.on_ended(order_id, refused=never_stood and self._hedge_leg.any_form)
        if self._hedger.to_verify() and (self._verifying is None or self._verifying.done()):
            self._verifying = asyncio.ensure_future(self._verify())

    def look_at_silent(self, now: float) -> None:
        """An end that nobody announced."""
        tracker = self._hedge_leg.connector._order_tracker
        for intent in list(self._hedger.intents.values()):
            if not intent.ended and now - intent.sent_at > SILENT_SECONDS:
                order = tracker.all_fillable_orders.get(intent.order_id)
                if order is not None and order.is_done:
                    self.on_end(intent.order_id)

    def look_for_missed(self, now: float) -> None:
        """A fill that was not told while the exchange's position holds it, or a position that was not."""
        since = self._hedger.disagree_since
        if since is None or now - since < MISSED_SECONDS or now - self._missed_at < MISSED_AGAIN_SECONDS:
            return
        if self._missed is None or self._missed.done():
            self._missed_at = now
            self._missed = asyncio.ensure_future(self._look_for_fills())

    async def _look_for_fills(self) -> None:
        for leg in self._legs:
            try:
                await leg.look_for_fills()
                if leg.is_perpetual:
                    await leg.refresh()
            except Exception as error:
                if self._is_news("missed", error):
                    _logger.warning("%s: fills of %s could not be asked for (%s).", self._id, leg.name, error)

    async def _verify(self) -> None:
        """Ask what hedges that are over have executed."""
        hedger = self._hedger
        while waiting := hedger.to_verify():
            for intent in waiting:
                try:
                    executed = await self._hedge_leg.executed(intent.order_id)
                except Exception as error:
                    executed = None
                    if self._is_news("verify", error):
                        _logger.warning(
                            "%s: what became of hedge %s could not be asked (%s).", self._id, intent.order_id, error
                        )
                if executed is not None:
                    hedger.on_executed(intent.order_id, executed)
                    self._changed()
            if hedger.to_verify():
                await asyncio.sleep(ASK_AGAIN_SECONDS)

    def _is_news(self, about: str, error: Exception) -> bool:
        said, self._said[about] = self._said.get(about), str(error)
        return said != str(error)

    def cancel(self) -> None:
        for task in (self._verifying, self._missed):
            if task is not None:
                task.cancel()
