"""Where the exchange's inventory is not what the books make: its history is asked why, at once (card SE03)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from hummingbot.connector.connector_base import ConnectorBase

from hummingbot_backpack.trading import inventory, observe

if TYPE_CHECKING:
    from hummingbot_backpack.trading.book_keeping import Market

DIFFER_SECONDS = 1.0
"""A position and the fills that made it are told one after the other; what differs longer, somebody else did."""
ASK_SECONDS = (2.0, 5.0, 15.0, 60.0)
"""While history does not say what, it is asked again after so long."""


class Differences:
    """
    :param markets: of the session, by connector name and trading pair
    :param ask: reads what others did into the books
    """

    def __init__(
        self,
        markets: Mapping[tuple[str, str], "Market"],
        connectors: Mapping[str, ConnectorBase],
        ask: Callable[[], Awaitable[None]],
    ) -> None:
        self._markets = markets
        self._connectors = connectors
        self._ask = ask
        self._since: float | None = None
        self._asked = 0
        self._ask_at = 0.0
        self._asking: asyncio.Future[None] | None = None
        self.in_doubt = False
        """Whether a perpetual's position has been another than the books make for longer than a fill is on its way:
        what the session made is not known then. A spot balance may differ by what lending paid in the meantime."""

    def _differing(self) -> list[tuple["Market", Decimal | None]]:
        found = []
        for (name, pair), market in self._markets.items():
            known = inventory.observed(self._connectors[name], pair)
            if known != market.account.position + market.moved:
                found.append((market, known))
        return found

    def lines(self) -> list[str]:
        """A sentence for each market whose inventory at the exchange is not what the books make."""
        lines = []
        for market, known in self._differing():
            said = "not known" if known is None else str(known)
            lines.append(
                f"{market.trading_pair}: the exchange's position is {said}, our fills make {market.account.position}."
            )
        return lines

    def tick(self, now: float) -> None:
        """Ask where that is due. :param now: seconds since the epoch"""
        differing = [market for market, known in self._differing() if known is not None]
        if not differing:
            self._since, self._asked, self.in_doubt = None, 0, False
            return
        if self._since is None:
            self._since, self._ask_at = now, now + DIFFER_SECONDS
        perpetual = any(observe.is_perpetual(self._connectors[market.connector_name]) for market in differing)
        self.in_doubt = perpetual and now - self._since >= DIFFER_SECONDS
        if now >= self._ask_at and (self._asking is None or self._asking.done()):
            self._ask_at = now + ASK_SECONDS[min(self._asked, len(ASK_SECONDS) - 1)]
            self._asked += 1
            self._asking = asyncio.ensure_future(self._ask())

    async def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
