"""Reduce-only orders that shrink, and market orders without a book, over real sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import OrderCancelledEvent, SellOrderCompletedEvent

from test.hummingbot.harness import Keys, Running, local_backpack, perpetual, until

PAIR, SYMBOL, D = "SOL-USDC", "SOL_USDC_PERP", Decimal


@dataclass
class Scene:
    backpack: Any
    run: Running
    other: Any
    keys: Keys

    @property
    def connector(self) -> Any:
        return self.run.connector

    def by_hand(self, side: str, quantity: str) -> None:
        self.backpack.exchange.order(self.backpack.exchange.known_account(self.keys.public), SYMBOL, side, quantity)

    async def resting_reduce_only(self) -> Any:
        """A long of 2 and a resting reduce-only sell of 2."""
        self.by_hand("Bid", "2")
        await until(lambda: self.connector.account_positions.get(PAIR))
        order_id = self.connector.sell(
            PAIR, D(2), OrderType.LIMIT_MAKER, D("146"), position_action=PositionAction.CLOSE
        )
        return await until(lambda: (o := self.run.order(order_id)) and o.exchange_order_id and o)

    def empty_the_book(self) -> None:
        for order in list(self.other.open_orders.values()):
            self.backpack.exchange.engine.cancel(self.other, order)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with local_backpack(monkeypatch) as backpack:
        other, keys = backpack.exchange.trader("other"), Keys.new()
        backpack.exchange.order(other, SYMBOL, "Bid", "100", "144.90")
        backpack.exchange.order(other, SYMBOL, "Ask", "100", "145.10")
        async with Running(perpetual(keys)) as run:
            await run.ready()
            yield Scene(backpack, run, other, keys)


async def test_or09_a_reduce_only_order_shrinks_with_the_position_and_fills_at_its_new_amount(scene: Scene) -> None:
    order = await scene.resting_reduce_only()
    scene.by_hand("Ask", "1.5")
    await until(lambda: order.amount == D("0.5"), what=lambda: f"{order.amount}")
    assert order.current_state is OrderState.OPEN
    scene.empty_the_book()
    scene.backpack.exchange.order(scene.other, SYMBOL, "Bid", "0.5", "146")
    completed = (await until(lambda: scene.run.of(SellOrderCompletedEvent)))[0]
    assert (completed.order_id, completed.base_asset_amount) == (order.client_order_id, D("0.5"))


async def test_or09_a_shrunk_amount_that_the_stream_did_not_tell_is_polled(scene: Scene) -> None:
    order = await scene.resting_reduce_only()
    scene.backpack.faults.set("silence", stream="account.orderUpdate")
    scene.by_hand("Ask", "1.5")
    await scene.connector._update_order_status()
    assert order.amount == D("0.5")


async def test_or09_a_reduce_only_order_without_a_position_expires(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    order = await scene.resting_reduce_only()
    scene.by_hand("Ask", "2")
    await until(lambda: scene.run.of(OrderCancelledEvent))
    assert order.current_state is OrderState.CANCELED
    assert "ReduceOnlyNotReduced" in caplog.text


async def test_or02_a_market_order_without_a_book_takes_the_mark(scene: Scene) -> None:
    scene.backpack.exchange.set_mark(SYMBOL, "150")
    await until(lambda: scene.connector.get_funding_info(PAIR).mark_price == D("150"))
    scene.empty_the_book()
    await until(lambda: scene.connector.get_price(PAIR, False).is_nan())
    order_id = scene.connector.buy(PAIR, D(1), OrderType.MARKET, D("NaN"), position_action=PositionAction.OPEN)
    order = await until(lambda: scene.run.order(order_id))
    assert order.price == D("150")
    await until(lambda: not order.is_pending_create and not order.is_open)
    assert scene.backpack.ledger(scene.keys.public)["orders_placed"] == 1
