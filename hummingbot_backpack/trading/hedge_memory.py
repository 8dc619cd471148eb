"""What a hedge remembers over a restart, and what it has cost so far: both are kept together, so that they agree."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot_backpack.market_making.hedge_cost import HedgeCost
from hummingbot_backpack.market_making.hedging import Hedger
from hummingbot_backpack.trading import residuals
from hummingbot_backpack.trading.hedge_leg import HedgeLeg, LegFill

_logger = logging.getLogger(__name__)

REMEMBERED_FILLS = 200
"""Fills whose ids are kept, so that a later start counts none of them again."""
FILLS_OVERLAP = 10.0
"""Seconds before the newest counted fill from which on fills are asked for at a start: no fill is told later than
that, and no more than the remembered ones come in that time."""
_COST = ("maker_volume", "cash", "base")


class HedgeMemory:
    """
    :param path: the workspace's file of residuals
    :param controller_id: whose part of it this is
    :param markets: (connector, trading pair) of the legs; what was kept for others is not used
    """

    def __init__(self, path: Path, controller_id: str, markets: list[tuple[str, str]]) -> None:
        self._path = path
        self._id = controller_id
        self._markets = [list(one) for one in markets]
        self._counted: deque[str] = deque(maxlen=REMEMBERED_FILLS)
        self._last: dict[str, Any] | None = None
        self._newest: float | None = None
        self._unwritten = False
        self.cost = HedgeCost()

    def load(self) -> dict[str, Any] | None:
        """What an earlier run kept, for the machine; None: nothing.

        :raises UserError: it cannot be read
        """
        kept = residuals.load(self._path, self._id)
        if kept is None:
            return None
        if kept.get("markets") != self._markets:
            _logger.warning("%s: what was kept belongs to other markets; it is not used.", self._id)
            return None
        self.cost = HedgeCost(**{name: Decimal(kept["cost"][name]) for name in _COST})
        self._counted.extend(kept["counted"])
        self._newest = kept["newest"]
        return kept

    def keep(self, hedger: Hedger) -> None:
        """Write what has changed. A disk that is full is no ground to leave a residual open: it is said once."""
        kept = {
            "markets": self._markets,
            **hedger.to_keep(),
            "cost": {name: str(getattr(self.cost, name)) for name in _COST},
            "newest": self._newest,
            "counted": list(self._counted),
        }
        if kept == self._last:
            return
        try:
            residuals.keep(self._path, self._id, kept)
            self._last, self._unwritten = kept, False
        except OSError as error:
            if not self._unwritten:
                self._unwritten = True
                _logger.error("%s: the residual could not be written: %s", self._id, error)

    async def settle(self) -> None:
        """Until what was written last is on the disk."""
        await asyncio.to_thread(residuals.settle, self._path)

    def count(self, leg: HedgeLeg, fill: LegFill) -> None:
        """Book a fill in the cost, once."""
        key = f"{leg.leg.value} {fill.order_id} {fill.trade_id}"
        if key in self._counted:
            return
        self._counted.append(key)
        self._newest = fill.time if self._newest is None else max(self._newest, fill.time)
        fee = fill.fee
        if fill.fee_asset not in (leg.base, leg.quote):
            _logger.warning("%s: a fee of %s %s is not in the cost.", self._id, fee, fill.fee_asset)
            fee = Decimal(0)
        self.cost.on_fill(fill.side, fill.price, fill.quantity, fee, fill.fee_asset == leg.base, fill.is_maker)

    async def count_missed(self, legs: Iterable[HedgeLeg]) -> None:
        """Fills since the last record belong to the cost as well, those that came while no bot ran included."""
        if self._newest is None:
            return
        since = self._newest - FILLS_OVERLAP
        for leg in legs:
            try:
                for fill in await leg.fills_since(since):
                    self.count(leg, fill)
            except Exception as error:
                _logger.warning("%s: fills of before the start are not in the cost (%s).", self._id, error)
