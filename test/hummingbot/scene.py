"""A started connector, the local Backpack it trades at, and another trader who quotes there a tenth around 145."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.event.events import MarketOrderFailureEvent

from test.hummingbot.harness import Keys, Running, local_backpack, perpetual, spot, until

PAIR = "SOL-USDC"
SPOT_SYMBOL = "SOL_USDC"
PERPETUAL_SYMBOL = "SOL_USDC_PERP"


@dataclass
class Scene:
    backpack: Any
    keys: Keys
    run: Running
    other: Any
    symbol: str

    @property
    def connector(self) -> Any:
        return self.run.connector

    @property
    def account(self) -> Any:
        return self.backpack.exchange.known_account(self.keys.public)

    @property
    def ledger(self) -> dict[str, Any]:
        return self.backpack.ledger(self.keys.public)

    # === the others, and the account's owner by hand ===

    def trade(self, side: str, quantity: str, price: str | None = None) -> Any:
        """An order of another trader; at market without a price."""
        return self.backpack.exchange.order(self.other, self.symbol, side, quantity, price)

    def by_hand(self, side: str, quantity: str, price: str | None = None) -> Any:
        """An order of our account that the bot did not place."""
        return self.backpack.exchange.order(self.account, self.symbol, side, quantity, price)

    def empty_the_book(self) -> None:
        for order in list(self.other.open_orders.values()):
            self.backpack.exchange.engine.cancel(self.other, order)

    # === the bot ===

    def buy(
        self, amount: str, price: str | None = None, action: PositionAction = PositionAction.OPEN, **more: Any
    ) -> str:
        """Post-only at a price, else at market."""
        return self._place(self.connector.buy, amount, price, action, **more)

    def sell(
        self, amount: str, price: str | None = None, action: PositionAction = PositionAction.OPEN, **more: Any
    ) -> str:
        """Post-only at a price, else at market."""
        return self._place(self.connector.sell, amount, price, action, **more)

    def _place(
        self, place: Callable[..., str], amount: str, price: str | None, action: PositionAction, **more: Any
    ) -> str:
        kind = OrderType.MARKET if price is None else OrderType.LIMIT_MAKER
        if self.symbol == PERPETUAL_SYMBOL:
            more["position_action"] = action
        return place(PAIR, Decimal(amount), kind, Decimal(price or "NaN"), **more)

    async def placed(self, order_id: str) -> Any:
        return await until(lambda: (o := self.run.order(order_id)) and o.exchange_order_id and o)

    async def failed(self, order_id: str) -> str:
        """Why the order failed."""
        failure = await until(
            lambda: next((e for e in self.run.of(MarketOrderFailureEvent) if e.order_id == order_id), None)
        )
        return str(failure.error_message)


@contextlib.asynccontextmanager
async def staged(
    monkeypatch: Any, is_perpetual: bool, keys: Keys | None = None, **options: Any
) -> AsyncIterator[Scene]:
    """A scene with a connector that is ready.

    :param options: of the local Backpack
    """
    symbol = PERPETUAL_SYMBOL if is_perpetual else SPOT_SYMBOL
    async with local_backpack(monkeypatch, **options) as backpack:
        other = backpack.exchange.trader("other")
        backpack.exchange.order(other, symbol, "Bid", "100", "144.90")
        backpack.exchange.order(other, symbol, "Ask", "100", "145.10")
        keys = keys or Keys.new()
        async with Running((perpetual if is_perpetual else spot)(keys)) as run:
            await run.ready()
            yield Scene(backpack, keys, run, other, symbol)
