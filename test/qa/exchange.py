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

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.orders import ASK, BID, Order


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

    def orders(self, key: str, symbol: str | None = None) -> dict[int, Order]:
        """:return: the open orders of the account of `key` by exchange id."""

        def read() -> dict[int, Order]:
            account = self.backpack.exchange.known_account(key)
            opened = account.open_orders.values() if account else []
            return {order.id: order for order in opened if symbol in (None, order.market.symbol)}

        return self.do(read)

    def by_hand(self, key: str, symbol: str, side: str, quantity: str, price: str) -> int:
        """Place a limit order for the account of `key`, as its owner does on the exchange's page. :return: its id."""
        place = self.backpack.exchange.order
        return self.do(lambda: place(self._account(key), symbol, side, quantity, price).id)

    def other(self, symbol: str, side: str, quantity: str, price: str | None = None) -> None:
        """Let another trader place an order; without `price` at market."""

        def place() -> None:
            if symbol not in self._others:
                self._others[symbol] = self.backpack.exchange.trader(f"another in {symbol}")
            self.backpack.exchange.order(self._others[symbol], symbol, side, quantity, price)

        self.do(place)

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

    def pause(self, paused: bool = True) -> None:
        """Freeze the other makers and takers, marks and realisation; or let them go on."""
        self.do(lambda: setattr(self.backpack.exchange, "paused", paused))

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
