"""A spot account's balances, put together from the stream, from REST, and from what is lent."""

import time
from collections.abc import Callable, Iterable
from decimal import Decimal

from hummingbot.connector.exchange.backpack.backpack_parsing import BalanceEvent


def _sum(held: BalanceEvent) -> Decimal:
    return Decimal(held.available) + Decimal(held.locked) + Decimal(held.staked)


class SpotBalances:
    """
    :param lent_is_available: orders may use lent funds
    :param now: a monotonic clock in seconds
    """

    def __init__(self, lent_is_available: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._lent_is_available = lent_is_available
        self._now = now
        self._held: dict[str, BalanceEvent] = {}
        self._heard_at: dict[str, float] = {}
        self._lent: dict[str, Decimal] = {}
        self._lent_at: float | None = None
        self.known = False

    @property
    def lent_age(self) -> float | None:
        """Seconds since the lent amounts were last fetched; None: never."""
        return None if self._lent_at is None else self._now() - self._lent_at

    def on_event(self, event: BalanceEvent) -> bool:
        """The stream's values are absolute and newer than whatever REST is still answering.

        :return: whether what is held has changed, and not only what of it is locked
        """
        before = self._held.get(event.asset)
        self._held[event.asset] = event
        self._heard_at[event.asset] = self._now()
        return _sum(event) != (Decimal(0) if before is None else _sum(before))

    def on_capital(self, rows: Iterable[BalanceEvent], asked_at: float) -> None:
        """Takes over ``/capital``: an asset that it leaves out is zero, and none at all is an empty account.

        :param asked_at: when the request left; what the stream said since then stays
        """
        fresh = {row.asset: row for row in rows}
        kept = {asset: held for asset, held in self._held.items() if self._heard_at.get(asset, -1.0) >= asked_at}
        self._held = {**fresh, **kept}
        self.known = True

    def on_lent(self, lent: dict[str, Decimal]) -> None:
        self._lent = lent
        self._lent_at = self._now()

    @property
    def lent(self) -> dict[str, Decimal]:
        """What is lent, by asset."""
        return dict(self._lent)

    def is_lent(self, asset: str) -> bool:
        return asset in self._lent

    def totals(self) -> dict[str, Decimal]:
        return {
            asset: self._part(asset, "available")
            + self._part(asset, "locked")
            + self._part(asset, "staked")
            + self._lent.get(asset, Decimal(0))
            for asset in self._assets()
        }

    def available(self) -> dict[str, Decimal]:
        lent = self._lent if self._lent_is_available else {}
        return {asset: self._part(asset, "available") + lent.get(asset, Decimal(0)) for asset in self._assets()}

    def now(self) -> float:
        return self._now()

    def _assets(self) -> set[str]:
        return self._held.keys() | self._lent.keys()

    def _part(self, asset: str, part: str) -> Decimal:
        held = self._held.get(asset)
        return Decimal(0) if held is None else Decimal(getattr(held, part))
