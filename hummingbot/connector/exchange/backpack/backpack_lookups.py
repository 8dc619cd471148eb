"""Looks orders up by their client ids, those of a batch together: a batch without an answer must not cost the request
budget that its cancels will need."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_parsing import Fill, OrderRecord, order_record

# How far order history is read back, newest first: what is looked for was placed seconds ago.
PAGE = 100
PAGES = 30
# What is asked for within so many seconds is searched together.
TOGETHER = 0.01


class AccountQueries(Protocol):
    """What can be asked of the account; each raises :class:`BackpackError`."""

    async def get(self, path: str, params: dict[str, Any]) -> Any: ...

    async def open_orders(self) -> list[OrderRecord]: ...

    async def open_order(self, symbol: str, client_id: int) -> OrderRecord | None: ...

    async def order(self, symbol: str, exchange_order_id: str) -> OrderRecord | None: ...

    def fills(self, since: float, symbol: str | None) -> AsyncIterator[Fill]: ...


@dataclass(frozen=True)
class _Wanted:
    symbol: str
    client_id: int
    since: float
    outcome: asyncio.Future[OrderRecord | None]

    def is_meant_by(self, record: OrderRecord | Fill) -> bool:
        return record.client_id == self.client_id and record.symbol == self.symbol


class OrderLookups:
    """
    :param account: see :class:`AccountQueries`
    """

    def __init__(self, account: AccountQueries) -> None:
        self._account = account
        self._waiting: list[_Wanted] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def find(self, symbol: str, client_id: int, since: float) -> OrderRecord | None:
        """Searches resting orders, then history, then fills; whatever is asked for at the same time is searched
        together. None: it is nowhere (yet).

        :param since: seconds; older orders may have had the same id
        :raises BackpackError: somewhere could not be searched
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(TOGETHER, self._start)
        wanted = _Wanted(symbol, client_id, since, loop.create_future())
        self._waiting.append(wanted)
        return await wanted.outcome

    def _start(self) -> None:
        waiting, self._waiting = self._waiting, []
        task = asyncio.ensure_future(self._answer(waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, waiting: list[_Wanted]) -> None:
        try:
            left = [one for one in waiting if not one.outcome.done()]
            for search in (self._among_resting, self._in_history, self._among_fills):
                await search(left)
                left = [one for one in left if not one.outcome.done()]
                if not left:
                    return
            for one in left:
                one.outcome.set_result(None)
        except BaseException as error:
            for one in waiting:
                if not one.outcome.done():
                    one.outcome.set_exception(error)
            if not isinstance(error, Exception):
                raise

    async def _among_resting(self, wanted: list[_Wanted]) -> None:
        if len(wanted) == 1:
            record = await self._account.open_order(wanted[0].symbol, wanted[0].client_id)
            if record is not None:
                _tell(wanted, record)
            return
        for record in await self._account.open_orders():
            _tell(wanted, record)

    async def _in_history(self, wanted: list[_Wanted]) -> None:
        """It has no filter for client ids."""
        oldest, symbols = min(one.since for one in wanted), {one.symbol for one in wanted}
        params: dict[str, Any] = {"symbol": symbols.pop()} if len(symbols) == 1 else {}
        for page in range(PAGES):
            rows = await self._account.get(
                CONSTANTS.ORDER_HISTORY_PATH_URL, {**params, "limit": PAGE, "offset": page * PAGE}
            )
            records = [order_record(row) for row in rows]
            for record in records:
                _tell([one for one in wanted if record.time >= one.since], record)
            if len(rows) < PAGE or records[-1].time < oldest or all(one.outcome.done() for one in wanted):
                return

    async def _among_fills(self, wanted: list[_Wanted]) -> None:
        """Fills show an order before its history does."""
        oldest, symbols = min(one.since for one in wanted), {one.symbol for one in wanted}
        asked: set[str] = set()
        async for fill in self._account.fills(oldest, symbols.pop() if len(symbols) == 1 else None):
            if fill.exchange_order_id not in asked and any(one.is_meant_by(fill) for one in wanted):
                asked.add(fill.exchange_order_id)
                record = await self._account.order(fill.symbol, fill.exchange_order_id)
                if record is not None:
                    _tell(wanted, record)


def _tell(wanted: list[_Wanted], record: OrderRecord) -> None:
    for one in wanted:
        if one.is_meant_by(record) and not one.outcome.done():
            one.outcome.set_result(record)
