"""The exchange under maintenance: noticed, said once, nothing opened meanwhile, and everything goes on when it ends."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind, error_from_item
from hummingbot.connector.exchange.backpack.backpack_maintenance import INTERVAL, LONGEST_PAUSE, RELAPSE, Maintenance
from hummingbot.connector.exchange.backpack.backpack_requests import RequestSeen
from hummingbot.core.data_type.common import PositionAction
from hummingbot.core.data_type.in_flight_order import OrderState

from test.hummingbot.harness import until
from test.hummingbot.scene import Scene, staged


def refused(status: int | None = 503, code: str = "MAINTENANCE") -> BackpackError:
    return BackpackError(ErrorKind.AMBIGUOUS, status, code, "x")


class Exchange:
    """Virtual time, and an exchange that says and does what it is told."""

    def __init__(self) -> None:
        self.time = 0.0
        self.status: bool | BackpackError = True
        self.answer: BackpackError | None = refused()
        self.asked: list[float] = []
        self.turns: list[bool] = []
        self.maintenance = Maintenance(self._says_so, self._answers, self._sleep, lambda: self.time)
        self.maintenance.observers.append(lambda: self.turns.append(self.maintenance.active))
        self.gate = asyncio.Event()

    async def _says_so(self) -> bool:
        self.asked.append(self.time)
        if isinstance(self.status, BackpackError):
            raise self.status
        return self.status

    async def _answers(self) -> None:
        if self.answer is not None:
            raise self.answer

    async def _sleep(self, seconds: float) -> None:
        await self.gate.wait()
        self.time += seconds
        await asyncio.sleep(0)

    async def lasts(self, looks: int) -> None:
        """Lets it look so many times more."""
        seen = len(self.asked)
        self.gate.set()
        while len(self.asked) < seen + looks:
            await asyncio.sleep(0)
        self.gate.clear()

    async def ends(self) -> None:
        self.status, self.answer = False, None
        self.gate.set()
        while self.maintenance.active:
            await asyncio.sleep(0)
        self.gate.clear()


async def test_d6_maintenance_begins_with_the_exchanges_word_and_ends_when_it_answers() -> None:
    exchange = Exchange()
    exchange.maintenance.on_error(refused())
    exchange.maintenance.on_error(refused(400))
    assert exchange.maintenance.active
    await exchange.lasts(looks=5)
    assert exchange.asked == [INTERVAL * number for number in range(1, 6)]
    exchange.status = False
    await exchange.lasts(looks=2)
    assert exchange.maintenance.active, "its status alone does not prove that it answers"
    await exchange.ends()
    assert exchange.turns == [True, False]


@pytest.mark.parametrize("answer", [None, refused(400, "INVALID_SIGNATURE"), refused(401, "UNAUTHORIZED")])
async def test_d6_a_status_that_cannot_be_read_decides_nothing(answer: BackpackError | None) -> None:
    exchange = Exchange()
    exchange.maintenance.on_error(refused())
    exchange.status = refused(404, "")
    await exchange.lasts(looks=2)
    exchange.answer = refused(None, "")
    await exchange.lasts(looks=2)
    assert exchange.maintenance.active, "no answer is none"
    exchange.answer = answer
    await exchange.lasts(looks=1)
    await asyncio.sleep(0)
    assert not exchange.maintenance.active


async def test_d6_an_order_that_is_carried_out_ends_it_whatever_the_status_says() -> None:
    exchange = Exchange()
    exchange.maintenance.on_error(refused())
    exchange.maintenance.on_change_accepted()
    exchange.maintenance.on_change_accepted()
    assert exchange.turns == [True, False]


async def test_rl01_maintenance_that_is_back_at_once_is_looked_at_less_and_less_often() -> None:
    exchange, pauses = Exchange(), []
    for _ in range(7):
        exchange.status, exchange.answer = True, refused()
        began = exchange.time
        exchange.maintenance.on_error(refused())
        await exchange.ends()
        pauses.append(exchange.time - began)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE, LONGEST_PAUSE]
    exchange.time += RELAPSE
    began = exchange.time
    exchange.maintenance.on_error(refused())
    await exchange.ends()
    assert exchange.time - began == INTERVAL


async def test_d6_another_503_makes_us_ask_for_the_status_but_not_often() -> None:
    exchange = Exchange()
    exchange.status = False
    for _ in range(5):
        exchange.maintenance.on_error(refused(503, "SERVER_ERROR"))
        exchange.maintenance.on_error(refused(500, "SERVER_ERROR"))
        await asyncio.sleep(0)
    assert (len(exchange.asked), exchange.maintenance.active) == (1, False)
    exchange.time, exchange.status = 20.0, True
    exchange.maintenance.on_error(refused(503, ""))
    await asyncio.sleep(0.01)
    assert exchange.maintenance.active


async def test_d6_waiting_for_its_end_has_one() -> None:
    exchange = Exchange()
    assert await exchange.maintenance.wait_over(60)
    exchange.maintenance.on_error(refused())
    assert not await exchange.maintenance.wait_over(0.01)
    waiting = asyncio.ensure_future(exchange.maintenance.wait_over(60))
    await exchange.ends()
    assert await waiting


def test_d6_maintenance_as_an_item_of_a_batch_is_a_refusal() -> None:
    assert error_from_item({"operation": "Err", "code": "MAINTENANCE", "message": "x"}).kind is ErrorKind.TRY_LATER


# === over a real socket ===


@pytest.fixture(params=[False, True], ids=["spot", "perpetual"])
async def scene(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scene]:
    caplog.set_level(logging.INFO)
    async with staged(monkeypatch, is_perpetual=request.param) as scene:
        yield scene


async def maintained(scene: Scene) -> Callable[[], None]:
    """Maintenance has begun, and the connector knows. :return: ends it."""
    fault = scene.backpack.faults.set("maintenance")
    with pytest.raises(BackpackError):
        await scene.connector._requests.get(CONSTANTS.BALANCE_PATH_URL, attempts=1)
    assert scene.connector.maintenance == "the exchange is under maintenance"
    return lambda: scene.backpack.faults.remove(fault)


async def over(scene: Scene) -> None:
    await until(lambda: scene.connector.maintenance is None, 5)


def sent(scene: Scene) -> list[RequestSeen]:
    found: list[RequestSeen] = []
    scene.connector.request_observers.append(found.append)
    return found


async def test_d6_maintenance_is_one_line_at_its_beginning_and_one_at_its_end(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    end = await maintained(scene)
    await scene.connector._ask(scene.connector._polls())
    for _ in range(3):
        with pytest.raises(BackpackError):
            await scene.connector._make_network_check_request()
    end()
    await over(scene)
    lines = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    name = scene.connector.name
    assert lines == [
        f"{name}: the exchange is under maintenance; what opens risk is not sent until it is over.",
        f"{name}: the exchange's maintenance is over.",
    ]


async def test_d7_under_maintenance_what_opens_is_refused_here_and_what_closes_is_left_to_the_exchange(
    scene: Scene,
) -> None:
    is_perpetual = scene.symbol.endswith("PERP")
    if is_perpetual:
        await scene.placed(scene.buy("1"))
        await until(lambda: scene.ledger["positions"])
    end, seen = await maintained(scene), sent(scene)
    assert "the exchange is under maintenance" in await scene.failed(scene.buy("1", "140"))
    assert not [one for one in seen if one.method.value == "POST"]
    if is_perpetual:
        order_id = scene.sell("1", action=PositionAction.CLOSE)
        await until(lambda: [one for one in seen if one.method.value == "POST"])
        assert not scene.run.order(order_id).is_done, "nobody knows yet"
        end()
        assert "MAINTENANCE" in await scene.failed(order_id)
        await scene.placed(scene.sell("1", action=PositionAction.CLOSE))
        assert len([one for one in seen if one.limit_id == CONSTANTS.REDUCE_LIMIT_ID]) == 2
    else:
        end()
        await over(scene)
    assert (await scene.placed(scene.buy("1", "140"))).current_state is OrderState.OPEN


async def test_or04_an_order_that_maintenance_met_is_looked_up_when_it_is_over(scene: Scene) -> None:
    fault = scene.backpack.faults.set("maintenance")
    order_id = scene.buy("1", "140")
    await until(lambda: scene.connector.maintenance is not None)
    await asyncio.sleep(0)
    assert not scene.run.order(order_id).is_done
    scene.backpack.faults.remove(fault)
    assert "MAINTENANCE" in await scene.failed(order_id)
    assert not scene.account.open_orders


async def test_d7_nothing_is_refused_on_old_knowledge_of_maintenance(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = await maintained(scene)
    end()
    monkeypatch.setattr(scene.connector._requests.maintenance, "_looked_at", -RELAPSE)
    assert (await scene.placed(scene.buy("1", "140"))).current_state is OrderState.OPEN


async def test_or06_a_cancel_under_maintenance_waits_once_and_goes_when_it_is_over(scene: Scene) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    fault, seen = scene.backpack.faults.set("maintenance"), sent(scene)
    first = asyncio.ensure_future(scene.connector._execute_order_cancel(order))
    await until(lambda: scene.connector.maintenance is not None)
    asked = [first, *(asyncio.ensure_future(scene.connector._execute_order_cancel(order)) for _ in range(3))]
    await until(lambda: order.client_order_id in scene.connector._cancels._waiting)
    scene.backpack.faults.remove(fault)
    assert await asyncio.gather(*asked) == [order.client_order_id] * 4
    assert order.current_state is OrderState.CANCELED
    assert not scene.account.open_orders
    assert len([one for one in seen if one.limit_id == CONSTANTS.CANCEL_LIMIT_ID]) == 2


async def test_re01_a_connector_that_hummingbot_restarts_meanwhile_finds_out_what_became_of_its_cancels(
    scene: Scene,
) -> None:
    order = await scene.placed(scene.buy("1", "140"))
    end = await maintained(scene)
    scene.connector.cancel("SOL-USDC", order.client_order_id)
    await until(lambda: order.client_order_id in scene.connector._cancels._waiting)
    await scene.connector.stop_network()
    end()
    await until(lambda: not scene.account.open_orders, 5)
    await scene.connector.start_network()
    await until(lambda: order.current_state is OrderState.CANCELED, 15)
    await scene.run.ready()
    await scene.placed(scene.buy("1", "140"))


async def test_rl01_maintenance_costs_two_requests_a_second_at_the_most(scene: Scene) -> None:
    await scene.placed(scene.buy("1", "140"))
    end, seen = await maintained(scene), sent(scene)
    orders = list(scene.connector._order_tracker.active_orders.values())
    for order in itertools.chain(*itertools.repeat(orders, 5)):
        scene.connector.cancel("SOL-USDC", order.client_order_id)
    looks: list[Any] = []
    scene.connector.request_observers.append(
        lambda one: looks.append(one) if one.limit_id == CONSTANTS.STATUS_PATH_URL else None
    )
    await until(lambda: len(looks) >= 3)
    watching = (CONSTANTS.STATUS_PATH_URL, CONSTANTS.ORDERS_PATH_URL)
    assert len([one for one in seen if one.limit_id in watching]) <= 2 * len(looks) + 4
    assert not [one for one in seen if one.limit_id == CONSTANTS.CANCEL_LIMIT_ID]
    end()
    await until(lambda: not scene.account.open_orders)
