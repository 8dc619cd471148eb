"""Funding payments: every one, once, and asked for when one can be due."""

from collections.abc import Awaitable, Callable
from typing import Any

from hummingbot.connector.exchange.backpack.backpack_parsing import FundingPayment

HOUR = 3600
# A payment shows in the history a little after the hour.
SETTLING = 5.0
ATTEMPTS_WITH_POSITION = 3
ATTEMPTS_WHEN_FLAT = 1
PAGE = 20


class FundingLedger:
    """
    :param page: payments of a trading pair, newest first: (trading pair, limit, offset)
    :param has_position: whether a pair is held
    :param now: the exchange's time in seconds
    """

    def __init__(
        self,
        page: Callable[[str, int, int], Awaitable[list[FundingPayment]]],
        has_position: Callable[[str], bool],
        now: Callable[[], float],
    ) -> None:
        self._page = page
        self._has_position = has_position
        self._now = now
        self._seen: dict[str, float] = {}
        self._hours: dict[str, tuple[float, int]] = {}

    async def new_payments(self, trading_pair: str) -> list[FundingPayment]:
        """Those since the last seen, oldest first; the very first time none, as they are not this session's.

        :raises Exception: what ``page`` raises; nothing is lost by it
        """
        hour = (self._now() - SETTLING) // HOUR * HOUR
        asked_hour, attempts = self._hours.get(trading_pair, (-1.0, 0))
        attempts = attempts if asked_hour == hour else 0
        allowed = ATTEMPTS_WITH_POSITION if self._has_position(trading_pair) else ATTEMPTS_WHEN_FLAT
        seen = self._seen.get(trading_pair)
        if seen is not None and (seen >= hour or attempts >= allowed):
            return []
        payments = await self._since(trading_pair, seen)
        self._hours[trading_pair] = (hour, attempts + 1)
        if seen is None:
            self._seen[trading_pair] = max([payment.time for payment in payments], default=0.0)
            return []
        fresh = sorted((p for p in payments if p.time > seen), key=lambda payment: payment.time)
        if fresh:
            self._seen[trading_pair] = fresh[-1].time
        return fresh

    async def _since(self, trading_pair: str, seen: float | None) -> list[FundingPayment]:
        payments: list[FundingPayment] = []
        while True:
            page: list[Any] = await self._page(trading_pair, PAGE if seen is not None else 1, len(payments))
            payments += page
            if seen is None or len(page) < PAGE or page[-1].time <= seen:
                return payments
