"""The local Backpack of a QA session, on a thread of its own, and the hands of a person who trades on it."""

import asyncio
import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from nacl.signing import SigningKey

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig, wire
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.orders import ASK, BID


@dataclass(frozen=True)
class Pair:
    """A key pair in the exchange's form."""

    public: str
    secret: str

    @classmethod
    def new(cls) -> Self:
        key = SigningKey.generate()
        return cls(base64.b64encode(bytes(key.verify_key)).decode(), base64.b64encode(bytes(key)).decode())


class Exchange:
    """A running local Backpack; everything is done and read on its own thread, between its turns."""

    def __init__(self, backpack: LocalBackpack, loop: asyncio.AbstractEventLoop) -> None:
        self.backpack = backpack
        self._loop = loop
        self._others: dict[str, Account] = {}

    @property
    def url(self) -> str:
        return self.backpack.url

    def do[T](self, what: Callable[[], T]) -> T:
        async def run() -> T:
            return what()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(20)

    def ledger(self, key: str) -> dict[str, Any]:
        return self.do(lambda: self.backpack.ledger(key))

    def orders(self, key: str) -> list[dict[str, Any]]:
        """:return: the open orders of the account of `key` as the exchange shows them."""

        def read() -> list[dict[str, Any]]:
            account = self.backpack.exchange.known_account(key)
            return [wire.order(order) for order in account.open_orders.values()] if account else []

        return self.do(read)

    def bots(self, key: str) -> list[dict[str, Any]]:
        """:return: those of them that a bot placed: it gives every order a number."""
        return [order for order in self.orders(key) if order["clientId"]]

    def placed(self, key: str) -> list[int]:
        """:return: the numbers of all orders that bots ever placed with `key`."""

        def read() -> list[int]:
            account = self._account(key)
            orders = [*account.order_history, *account.open_orders.values()]
            return [order.request.client_id for order in orders if order.request.client_id]

        return self.do(read)

    def funding(self, key: str) -> list[Decimal]:
        """:return: the funding payments of the account, positive is received."""

        def read() -> list[Decimal]:
            account = self._account(key)
            return [Decimal(wire.funding(one, account)["quantity"]) for one in account.funding]

        return self.do(read)

    def fills(self, key: str) -> list[dict[str, Any]]:
        """:return: every fill of the account, oldest first."""
        return self.do(lambda: [wire.fill(fill) for fill in self._account(key).fills])

    def by_hand(self, key: str, symbol: str, side: str, quantity: str, price: str) -> int:
        """Place a limit order for the account of `key`, as its owner does on the exchange's page. :return: its id."""
        place = self.backpack.exchange.order
        return self.do(lambda: place(self._account(key), symbol, side, quantity, price).id)

    def close(self, key: str, symbol: str) -> None:
        """Close the account's position at market, by hand; nothing where there is none."""

        def reduce() -> None:
            account = self._account(key)
            net = Decimal(self.backpack.ledger(key)["positions"].get(symbol, {"netQuantity": "0"})["netQuantity"])
            if net:
                side = "Ask" if net > 0 else "Bid"
                self.backpack.exchange.order(account, symbol, side, str(abs(net)), reduceOnly=True)

        self.do(reduce)

    def book(self, symbol: str, mid: str, step: str = "0.5", quantity: str = "20") -> None:
        """Let the other trader quote five levels a side around `mid`, and nothing else."""

        def quote() -> None:
            for order in list(self._other(symbol).open_orders.values()):
                self.backpack.exchange.engine.cancel(self._other(symbol), order)
            for level in range(1, 6):
                for side, sign in (("Bid", -1), ("Ask", 1)):
                    price = str(Decimal(mid) + sign * level * Decimal(step))
                    self.backpack.exchange.order(self._other(symbol), symbol, side, quantity, price)

        self.do(quote)

    def take(self, key: str, symbol: str, side: str, quantity: str | None = None) -> tuple[Decimal, Decimal] | None:
        """Let the other trader take from the best order that the bot of `key` has on `side`.

        :param quantity: None takes all of it
        :return: price and quantity, or None when there is no such order at the moment
        """

        def hit() -> tuple[Decimal, Decimal] | None:
            account = self._account(key)
            wanted = [
                order
                for order in account.open_orders.values()
                if order.market.symbol == symbol and wire.order(order)["side"] == side and wire.order(order)["clientId"]
            ]
            if not wanted:
                return None
            rows = [wire.order(order) for order in wanted]
            row = (max if side == "Bid" else min)(rows, key=lambda row: Decimal(row["price"]))
            left = Decimal(row["quantity"]) - Decimal(row["executedQuantity"])
            amount = Decimal(quantity) if quantity is not None else left
            mine = "Ask" if side == "Bid" else "Bid"
            place = self.backpack.exchange.order
            place(self._other(symbol), symbol, mine, str(amount), row["price"], timeInForce="IOC")
            return Decimal(row["price"]), amount

        return self.do(hit)

    def _other(self, symbol: str) -> Account:
        if symbol not in self._others:
            self._others[symbol] = self.backpack.exchange.trader(f"another in {symbol}")
        return self._others[symbol]

    def touch(self, symbol: str) -> tuple[Decimal, Decimal]:
        """:return: best bid and ask."""

        def read() -> tuple[Decimal, Decimal]:
            state = self.backpack.exchange.engine.markets[symbol]
            bid, ask = state.book.best_price(BID), state.book.best_price(ASK)
            assert bid is not None and ask is not None
            return tuple(Decimal(state.spec.price_grid.plain(price)) for price in (bid, ask))  # type: ignore[return-value]

        return self.do(read)

    def fault(self, kind: str, **settings: Any) -> None:
        self.do(lambda: self.backpack.faults.set(kind, **settings))

    def mend(self) -> None:
        self.do(self.backpack.faults.clear)

    def _account(self, key: str) -> Account:
        account = self.backpack.exchange.known_account(key)
        assert account is not None, "the key has not signed anything yet"
        return account


@contextmanager
def running_exchange(config: SimulatorConfig) -> Iterator[Exchange]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local Backpack", daemon=True)
    thread.start()
    backpack = LocalBackpack(config)
    try:
        asyncio.run_coroutine_threadsafe(backpack.start(), loop).result(20)
        try:
            yield Exchange(backpack, loop)
        finally:
            asyncio.run_coroutine_threadsafe(backpack.stop(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
