"""Funding payments: every one, once, and asked for when one can be due."""

from collections.abc import Awaitable, Callable
from typing import Any

from hummingbot.connector.exchange.backpack.backpack_parsing import FundingPayment

# A payment shows in the history a little after it was due, in seconds.
SETTLING = 5.0
ATTEMPTS_WITH_POSITION = 3
ATTEMPTS_WHEN_FLAT = 1
PAGE = 20


class FundingLedger:
    """
    :param page: payments of a trading pair, newest first: (trading pair, limit, offset)
    :param has_position: whether a pair is held
    :param next_due: when a pair's next payment is due (seconds), as the mark price stream says; None: not known
    :param now: the exchange's time in seconds
    """

    def __init__(
        self,
        page: Callable[[str, int, int], Awaitable[list[FundingPayment]]],
        has_position: Callable[[str], bool],
        next_due: Callable[[str], float | None],
        now: Callable[[], float],
    ) -> None:
        self._page = page
        self._has_position = has_position
        self._next_due = next_due
        self._now = now
        self._seen: dict[str, float] = {}
        self._upcoming: dict[str, float] = {}
        self._passed: dict[str, float] = {}
        self._attempts: dict[str, tuple[float, int]] = {}

    async def new_payments(self, trading_pair: str, at_once: bool = False) -> list[FundingPayment]:
        """Those since the last seen, oldest first; the very first time none, as they are not this session's.

        :param at_once: ask whether or not one is due, as at the end of a session
        :raises Exception: what ``page`` raises; nothing is lost by it
        """
        due = self._last_due(trading_pair)
        asked_for, attempts = self._attempts.get(trading_pair, (0.0, 0))
        attempts = attempts if asked_for == due else 0
        allowed = ATTEMPTS_WITH_POSITION if self._has_position(trading_pair) else ATTEMPTS_WHEN_FLAT
        seen = self._seen.get(trading_pair)
        if seen is not None and not at_once and (seen >= due or attempts >= allowed):
            return []
        payments = await self._since(trading_pair, seen)
        self._attempts[trading_pair] = (due, attempts + 1)
        if seen is None:
            self._seen[trading_pair] = max([payment.time for payment in payments], default=0.0)
            return []
        fresh = sorted((p for p in payments if p.time > seen), key=lambda payment: payment.time)
        if fresh:
            self._seen[trading_pair] = fresh[-1].time
        return fresh

    def _last_due(self, trading_pair: str) -> float:
        """When the last payment was due that can have settled by now; 0: none is known of."""
        upcoming, announced = self._upcoming.get(trading_pair), self._next_due(trading_pair)
        if upcoming is not None and upcoming <= self._now() - SETTLING:
            self._passed[trading_pair] = upcoming
            upcoming = None
        if upcoming is None and announced is not None:
            # Whatever the interval is (an hour; less on a local Backpack that runs faster), the stream says it.
            self._upcoming[trading_pair] = announced
        return self._passed.get(trading_pair, 0.0)

    async def _since(self, trading_pair: str, seen: float | None) -> list[FundingPayment]:
        payments: list[FundingPayment] = []
        while True:
            page: list[Any] = await self._page(trading_pair, PAGE if seen is not None else 1, len(payments))
            payments += page
            if seen is None or len(page) < PAGE or page[-1].time <= seen:
                return payments
