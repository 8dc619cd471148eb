"""Looking orders up by client id: right for each, and cheap for many."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_lookups import PAGE, OrderLookups

SYMBOL, OTHER = "SOL_USDC", "SOL_USDC_PERP"


def resting(client_id: int, symbol: str = SYMBOL) -> Any:
    return SimpleNamespace(client_id=client_id, symbol=symbol, exchange_order_id=f"9{client_id}", time=1000.0)


def row(client_id: int, symbol: str = SYMBOL, created: str = "2026-09-01T00:16:40.000") -> dict[str, Any]:
    return {
        "id": f"9{client_id}", "clientId": client_id, "symbol": symbol, "side": "Bid", "status": "Filled",
        "executedQuantity": "1", "quantity": "1", "price": "145", "orderType": "Limit", "createdAt": created,
    }  # fmt: skip


class Account:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open: list[Any] = []
        self.history: list[dict[str, Any]] = []
        self.traded: list[Any] = []
        self.error: BackpackError | None = None

    async def get(self, path: str, params: dict[str, Any]) -> Any:
        self.asked.append("history")
        rows = [one for one in self.history if params.get("symbol") in (None, one["symbol"])]
        return rows[params["offset"] : params["offset"] + params["limit"]]

    async def open_orders(self) -> list[Any]:
        self.asked.append("open orders")
        if self.error is not None:
            raise self.error
        return self.open

    async def open_order(self, symbol: str, client_id: int) -> Any:
        self.asked.append("open order")
        return next((one for one in self.open if (one.symbol, one.client_id) == (symbol, client_id)), None)

    async def order(self, symbol: str, exchange_order_id: str) -> Any:
        self.asked.append("order")
        return SimpleNamespace(client_id=int(exchange_order_id[1:]), symbol=symbol, time=1000.0)

    async def fills(self, since: float, symbol: str | None) -> AsyncIterator[Any]:
        self.asked.append("fills")
        for fill in self.traded:
            yield fill


async def test_or04_orders_of_a_batch_are_looked_up_together() -> None:
    account = Account()
    account.open = [resting(number) for number in range(10)]
    account.history = [row(number) for number in range(10, 18)]
    account.traded = [resting(18), resting(18), resting(3, OTHER)]
    lookups = OrderLookups(account)
    found = await asyncio.gather(*(lookups.find(SYMBOL, number, 0) for number in range(20)))
    assert [None if one is None else one.client_id for one in found] == [*range(19), None]
    assert account.asked == ["open orders", "history", "fills", "order"]


async def test_or04_one_order_is_asked_for_by_its_id() -> None:
    account = Account()
    account.open = [resting(1)]
    assert (await OrderLookups(account).find(SYMBOL, 1, 0)) is account.open[0]
    assert account.asked == ["open order"]


async def test_or01_an_order_of_another_market_or_of_before_is_not_the_one() -> None:
    account = Account()
    account.open = [resting(1, OTHER)]
    account.history = [row(1, OTHER), row(1, created="2020-01-01T00:00:00.000")]
    lookups = OrderLookups(account)
    assert await asyncio.gather(lookups.find(SYMBOL, 1, 1.7e9), lookups.find(SYMBOL, 2, 1.7e9)) == [None, None]


async def test_or04_history_is_read_on_until_it_is_older_than_the_order() -> None:
    account = Account()
    account.history = [row(number) for number in range(1000, 1000 + 2 * PAGE)] + [row(7)]
    record = await OrderLookups(account).find(SYMBOL, 7, 0)
    assert record is not None and record.client_id == 7
    assert account.asked.count("history") == 3


async def test_or04_a_look_up_that_fails_fails_for_all_and_the_next_one_works() -> None:
    account = Account()
    account.error = BackpackError(ErrorKind.TRY_LATER, 503, "", "")
    lookups = OrderLookups(account)
    outcomes = await asyncio.gather(*(lookups.find(SYMBOL, number, 0) for number in (1, 2)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [BackpackError, BackpackError]
    account.error, account.open = None, [resting(1)]
    assert (await lookups.find(SYMBOL, 1, 0)) is account.open[0]
