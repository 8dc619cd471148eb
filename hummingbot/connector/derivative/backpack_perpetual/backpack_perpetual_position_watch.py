"""Asking for positions, and finding out that the private stream does not tell of them."""

import asyncio
from decimal import Decimal
from typing import Any

from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_constants as CONSTANTS
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_positions import PositionBook
from hummingbot.connector.exchange.backpack import backpack_account_sync
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_account_watch import AccountWatch
from hummingbot.connector.exchange.backpack.backpack_parsing import Account


class PositionWatch(AccountWatch):
    """The part of the perpetual connector that asks for positions."""

    _positions: PositionBook
    _account: Account | None
    _trading_pairs: list[str]
    _position_checks: set[asyncio.Task[Any]]

    def position_age(self, trading_pair: str) -> float | None:
        """Seconds since the exchange last said what the position is: since its frame came, or since the request that
        was answered left; None: not yet."""
        return self._positions.age(trading_pair)

    async def refresh_positions(self) -> bool:
        """Asks for the positions now; that it fails is said, and False."""
        return await self._ask({"positions": self._update_positions})

    async def open_position_symbols(self) -> list[str]:
        """Symbols of all markets in which the account holds a position, those that nobody here trades included.

        :raises BackpackError: the exchange could not be asked
        """
        rows = await self._requests.get(CONSTANTS.POSITIONS_PATH_URL)
        return sorted(record.symbol for record in map(parsing.position, rows) if record.quantity)

    async def _update_positions(self) -> None:
        asked_at = self._positions.now()
        rows = await self._requests.get(CONSTANTS.POSITIONS_PATH_URL)
        records = []
        for record in map(parsing.position, rows):
            trading_pair = self.pair_of_symbol(record.symbol)
            if trading_pair is not None and trading_pair in self._trading_pairs:
                records.append((trading_pair, record))
        leverage = self._account.leverage if self._account is not None else Decimal(1)
        for trading_pair in self._positions.on_positions(records, leverage, asked_at):
            if self.is_user_stream_up:
                self._expect_position(trading_pair, asked_at)
        self.changes.tell_all()

    def _expect_position(self, trading_pair: str, asked_at: float) -> None:
        """What an answer changed, a live stream tells within seconds; if not, it is deaf and is opened again."""
        patience = backpack_account_sync.STREAM_PATIENCE

        async def check() -> None:
            await self._sleep(patience)
            if self.is_user_stream_up and not self._positions.heard_since(trading_pair, asked_at):
                await self.reopen_user_stream(
                    f"it has not told in {patience:.0f} s what became of the position in {trading_pair}"
                )

        task = asyncio.ensure_future(check())
        self._position_checks.add(task)
        task.add_done_callback(self._position_checks.discard)

    async def stop_network(self) -> None:
        for task in list(self._position_checks):
            task.cancel()
        await super().stop_network()
