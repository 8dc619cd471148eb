"""What rests at the exchange is looked up there, and a look-up never hangs a stop."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_account_watch, backpack_requests
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_order_ids import COUNTER_BITS, MAX_INSTANCE, wire_id
from hummingbot.core.data_type.common import OrderType

from hummingbot_backpack.trading.stopping import cancel_everything
from test.hummingbot.harness import Keys, Running, local_backpack, spot, until

PAIR, SYMBOL, D = "SOL-USDC", "SOL_USDC", Decimal


@dataclass
class Scene:
    backpack: Any
    keys: Keys
    run: Running

    async def rests(self) -> Any:
        order_id = self.run.connector.buy(PAIR, D(1), OrderType.LIMIT_MAKER, D("140"))
        return await until(lambda: (o := self.run.order(order_id)) and o.exchange_order_id and o)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with local_backpack(monkeypatch) as backpack:
        keys = Keys.new()
        async with Running(spot(keys)) as run:
            await run.ready()
            yield Scene(backpack, keys, run)


async def test_or11_own_orders_that_rest_at_the_exchange_are_listed_and_no_others(scene: Scene) -> None:
    connector, exchange = scene.run.connector, scene.backpack.exchange
    order = await scene.rests()
    account = exchange.known_account(scene.keys.public)
    another_bots = (connector.order_ids.instance + 1) % MAX_INSTANCE << COUNTER_BITS
    exchange.order(account, SYMBOL, "Bid", "1", "139")
    exchange.order(account, SYMBOL, "Bid", "1", "138", clientId=another_bots)
    exchange.order(account, "SOL_USDC_PERP", "Bid", "1", "137", clientId=wire_id(connector.order_ids.new_id()))
    assert await connector.own_resting_orders() == [
        f"backpack_simulator SOL-USDC buy 1 at 140, client id {order.client_order_id}, "
        f"exchange id {order.exchange_order_id}"
    ]
    # Hummingbot may have given the order up; the exchange has not.
    connector._order_tracker._in_flight_orders.clear()
    assert len(await connector.own_resting_orders()) == 1
    assert len(await cancel_everything([connector], 3)) == 1


async def test_or11_an_order_that_cannot_be_cancelled_is_listed_once(scene: Scene) -> None:
    order = await scene.rests()
    scene.backpack.faults.set("refuse_rest", method="DELETE")
    (line,) = await cancel_everything([scene.run.connector], 0.5)
    assert order.client_order_id in line


async def test_or11_the_look_up_does_not_outlast_its_patience(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backpack_account_watch, "LOOK_UP_PATIENCE", 0.1)
    released = asyncio.Event()

    async def never(*arguments: Any) -> Any:
        await released.wait()

    monkeypatch.setattr(scene.run.connector._requests, "_request_once", never)
    with pytest.raises(BackpackError) as caught:
        await scene.run.connector.own_resting_orders()
    assert (caught.value.kind, caught.value.reason) == (ErrorKind.AMBIGUOUS, "no answer in time")
    released.set()


async def test_or11_an_exchange_that_cannot_be_asked_is_said(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backpack_requests, "RETRY_DELAYS", (0.01, 0.02, 0.04))
    scene.backpack.faults.set("error_before", method="GET", path="/api/v1/orders", times=20)
    (line,) = await cancel_everything([scene.run.connector], 0.5)
    assert "the exchange could not be asked for open orders" in line
