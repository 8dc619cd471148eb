"""The order path against an exchange that can be told what to do."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_order_path import (
    OrderPath,
    OrderRequest,
    OrderUnresolved,
    OrderWithdrawn,
)
from hummingbot.connector.exchange.backpack.backpack_parsing import OrderRecord, UnreadablePayload, order_record
from hypothesis import given, settings
from hypothesis import strategies as st

WINDOW = 5.0


def body(client_id: int, maker: bool = True) -> dict[str, Any]:
    return {"symbol": "SOL_USDC", "clientId": client_id, "side": "Bid", **({"postOnly": True} if maker else {})}


def row(client_id: int, status: str = "New") -> dict[str, Any]:
    return {
        "operation": "Ok", "id": str(1000 + client_id), "clientId": client_id, "symbol": "SOL_USDC", "side": "Bid",
        "status": status, "quantity": "1", "executedQuantity": "0", "price": "1", "createdAt": 1,
    }  # fmt: skip


def ambiguous() -> BackpackError:
    return BackpackError(ErrorKind.AMBIGUOUS, 503, "", "Unknown error")


class FakeExchange:
    """Its clock moves only when somebody sleeps."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self.answer = answer
        self.sent: list[Any] = []
        self.resting: dict[int, dict[str, Any]] = {}
        self.looked_up: list[float] = []
        self.since: list[float] = []
        self.look_up_errors = 0
        self.now = 100.0
        self.turn = asyncio.Event()
        self.turn.set()

    async def send_order(self, body: Any, leaves: Callable[[], None]) -> Any:
        await self.turn.wait()
        leaves()
        self.sent.append(body)
        await asyncio.sleep(0)
        answer = self.answer(body)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def look_up(self, symbol: str, client_id: int, since: float) -> OrderRecord | None:
        self.looked_up.append(self.now)
        self.since.append(since)
        if self.look_up_errors:
            self.look_up_errors -= 1
            raise ambiguous()
        found = self.resting.get(client_id)
        return None if found is None else order_record(found)

    def exchange_time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def path(exchange: FakeExchange) -> OrderPath:
    return OrderPath(exchange, WINDOW, exchange.sleep)


def accept(sent: Any) -> Any:
    return [row(one["clientId"]) for one in sent] if isinstance(sent, list) else row(sent["clientId"])


async def submit(exchange: FakeExchange, *bodies: dict[str, Any]) -> list[Any]:
    orders = path(exchange)
    return list(await asyncio.gather(*(orders.submit(OrderRequest(one)) for one in bodies), return_exceptions=True))


async def test_or08_one_turn_is_one_request_and_a_single_order_no_batch() -> None:
    exchange = FakeExchange(accept)
    records = await submit(exchange, body(1), body(2), body(3))
    assert [record.client_id for record in records] == [1, 2, 3]
    assert [len(sent) for sent in exchange.sent] == [3]
    alone = FakeExchange(accept)
    await submit(alone, body(1))
    assert alone.sent == [body(1)]


async def test_or08_makers_do_not_wait_with_takers_and_batches_end_at_twenty() -> None:
    exchange = FakeExchange(accept)
    await submit(exchange, *(body(number, maker=number % 2 == 0) for number in range(50)))
    assert sorted(len(sent) for sent in exchange.sent) == [5, 5, 20, 20]
    assert all(len({"postOnly" in one for one in sent}) == 1 for sent in exchange.sent)


async def test_or08_one_bad_item_fails_alone() -> None:
    def answer(sent: Any) -> Any:
        rows = accept(sent)
        rows[1] = {"operation": "Err", "code": "INSUFFICIENT_FUNDS", "message": "Insufficient funds"}
        return rows

    first, second, third = await submit(FakeExchange(answer), body(1), body(2), body(3))
    assert (first.client_id, third.client_id) == (1, 3)
    assert isinstance(second, BackpackError) and second.kind is ErrorKind.REJECTED


async def test_or04_accepted_behind_a_503_is_found_and_not_sent_again() -> None:
    exchange = FakeExchange(lambda sent: ambiguous())
    exchange.resting[1] = row(1)
    (record,) = await submit(exchange, body(1))
    assert record.exchange_order_id == "1001"
    assert len(exchange.sent) == 1


async def test_or04_not_found_fails_only_when_the_request_has_run_out() -> None:
    exchange = FakeExchange(lambda sent: ambiguous())
    (error,) = await submit(exchange, body(1))
    assert isinstance(error, BackpackError) and error.kind is ErrorKind.NOT_SENT
    assert exchange.looked_up[-1] > 100 + WINDOW + 1
    assert len(exchange.sent) == 1


async def test_or04_an_order_that_appears_late_is_found() -> None:
    exchange = FakeExchange(lambda sent: ambiguous())
    orders = path(exchange)
    outcome = asyncio.ensure_future(orders.submit(OrderRequest(body(1))))
    while exchange.now < 103:
        await asyncio.sleep(0)
    exchange.resting[1] = row(1)
    assert (await outcome).exchange_order_id == "1001"


async def test_or04_each_item_of_an_ambiguous_batch_is_resolved_for_itself() -> None:
    exchange = FakeExchange(lambda sent: ambiguous())
    exchange.resting[2] = row(2)
    first, second = await submit(exchange, body(1), body(2))
    assert isinstance(first, BackpackError)
    assert second.exchange_order_id == "1002"


async def test_or04_failing_look_ups_go_on_and_then_leave_it_to_the_poller() -> None:
    exchange = FakeExchange(lambda sent: ambiguous())
    exchange.look_up_errors, exchange.resting[1] = 5, row(1)
    (record,) = await submit(exchange, body(1))
    assert record.exchange_order_id == "1001"
    silent = FakeExchange(lambda sent: ambiguous())
    silent.look_up_errors = 10**9
    (error,) = await submit(silent, body(1))
    assert isinstance(error, OrderUnresolved)


@pytest.mark.parametrize("kind", [ErrorKind.REJECTED, ErrorKind.NOT_SENT, ErrorKind.TRY_LATER, ErrorKind.FATAL])
async def test_or04_a_certain_refusal_is_not_looked_up(kind: ErrorKind) -> None:
    exchange = FakeExchange(lambda sent: BackpackError(kind, 400, "X", "no"))
    (error,) = await submit(exchange, body(1))
    assert isinstance(error, BackpackError) and error.kind is kind
    assert not exchange.looked_up


@pytest.mark.parametrize("answer", [None, {}, {"id": "1"}, "ok"])
async def test_or04_an_answer_that_cannot_be_read_is_ambiguous(answer: Any) -> None:
    exchange = FakeExchange(lambda sent: answer)
    exchange.resting[1] = row(1)
    (record,) = await submit(exchange, body(1))
    assert record.exchange_order_id == "1001"


async def test_or08_a_batch_answer_of_another_length_is_ambiguous() -> None:
    exchange = FakeExchange(lambda sent: accept(sent)[:1])
    exchange.resting = {1: row(1), 2: row(2)}
    records = await submit(exchange, body(1), body(2))
    assert [record.client_id for record in records] == [1, 2]


@settings(max_examples=60, deadline=None)
@given(
    plan=st.lists(
        st.tuples(st.booleans(), st.sampled_from(["ok", "refused", "lost", "never"])), min_size=1, max_size=30
    )
)
def test_or08_every_order_gets_its_own_outcome(plan: list[tuple[bool, str]]) -> None:
    """Whatever happens to single items or whole requests: who was accepted is tracked, who was not has failed."""
    fate = {number: what for number, (_, what) in enumerate(plan)}

    def answer(sent: Any) -> Any:
        bodies = sent if isinstance(sent, list) else [sent]
        fates = [fate[one["clientId"]] for one in bodies]
        for one, what in zip(bodies, fates, strict=True):
            if what in ("ok", "lost"):
                exchange.resting[one["clientId"]] = row(one["clientId"])
        if "lost" in fates or "never" in fates:
            return ambiguous()
        refused = {"operation": "Err", "code": "INVALID_ORDER", "message": "no"}
        if not isinstance(sent, list):
            return row(sent["clientId"]) if fates == ["ok"] else BackpackError(ErrorKind.REJECTED, 400, "", "no")
        return [row(one["clientId"]) if what == "ok" else refused for one, what in zip(bodies, fates, strict=True)]

    exchange = FakeExchange(answer)
    outcomes = asyncio.run(submit(exchange, *(body(number, maker) for number, (maker, _) in enumerate(plan))))
    for number, outcome in enumerate(outcomes):
        if fate[number] in ("ok", "lost"):
            assert outcome.client_id == number
        else:
            assert isinstance(outcome, BackpackError)


async def waiting(exchange: FakeExchange, count: int) -> tuple[OrderPath, list[asyncio.Future[Any]]]:
    """Orders of one turn that wait for the request budget."""
    exchange.turn.clear()
    found = path(exchange)
    orders = [asyncio.ensure_future(found.submit(OrderRequest(body(number)))) for number in range(1, count + 1)]
    await asyncio.sleep(0.01)
    return found, orders


async def test_or11_orders_that_wait_for_their_turn_can_be_taken_back_and_never_leave() -> None:
    exchange = FakeExchange(accept)
    found, orders = await waiting(exchange, 3)
    assert [found.withdraw(number) for number in (1, 2, 3)] == [True, True, True]
    assert found.withdraw(1) is False, "once"
    exchange.turn.set()
    outcomes = await asyncio.gather(*orders, return_exceptions=True)
    assert all(isinstance(outcome, OrderWithdrawn) for outcome in outcomes)
    await asyncio.sleep(0.01)
    assert exchange.sent == []


async def test_or11_what_is_not_taken_back_leaves_without_the_others() -> None:
    exchange = FakeExchange(accept)
    found, orders = await waiting(exchange, 3)
    assert found.withdraw(2)
    await asyncio.sleep(0.01)
    exchange.turn.set()
    outcomes = await asyncio.gather(*orders, return_exceptions=True)
    assert [one["clientId"] for one in exchange.sent[0]] == [1, 3]
    assert len(exchange.sent) == 1
    assert [getattr(outcome, "client_id", None) for outcome in outcomes] == [1, None, 3]


async def test_or11_what_has_left_cannot_be_taken_back() -> None:
    exchange = FakeExchange(accept)
    found = path(exchange)
    order = asyncio.ensure_future(found.submit(OrderRequest(body(1))))
    while not exchange.sent:
        await asyncio.sleep(0)
    assert found.withdraw(1) is False
    assert (await order).exchange_order_id == "1001"
    assert found.withdraw(1) is False


async def test_or11_an_order_of_this_very_turn_can_be_taken_back() -> None:
    exchange = FakeExchange(accept)
    found = path(exchange)
    orders = [asyncio.ensure_future(found.submit(OrderRequest(body(number)))) for number in (1, 2)]
    await asyncio.sleep(0)
    assert found.withdraw(1)
    outcomes = await asyncio.gather(*orders, return_exceptions=True)
    assert isinstance(outcomes[0], OrderWithdrawn)
    assert [one["clientId"] for one in exchange.sent] == [2]


async def test_or08_a_batch_answered_in_another_order_gives_each_order_its_own_id() -> None:
    exchange = FakeExchange(lambda sent: accept(sent)[::-1])
    records = await submit(exchange, body(1), body(2), body(3))
    assert [(record.client_id, record.exchange_order_id) for record in records] == [
        (1, "1001"), (2, "1002"), (3, "1003"),
    ]  # fmt: skip
    assert exchange.looked_up == []


async def test_or08_whose_refusal_it_is_in_another_order_is_looked_up() -> None:
    refusal = {"operation": "Err", "code": "INSUFFICIENT_FUNDS", "message": "Insufficient funds"}
    exchange = FakeExchange(lambda sent: [row(3), refusal, row(1)])
    first, second, third = await submit(exchange, body(1), body(2), body(3))
    assert (first.exchange_order_id, third.exchange_order_id) == ("1001", "1003")
    assert isinstance(second, BackpackError) and second.kind is ErrorKind.NOT_SENT


async def test_or04_an_answer_about_another_order_is_none() -> None:
    exchange = FakeExchange(lambda sent: row(7))
    exchange.resting[1] = row(1)
    (record,) = await submit(exchange, body(1))
    assert record.exchange_order_id == "1001"


async def test_or04_an_order_is_looked_for_from_when_it_left_however_long_its_answer_took() -> None:
    exchange = FakeExchange(lambda sent: ambiguous())
    answer = exchange.answer

    def slowly(sent: Any) -> Any:
        exchange.now += 25
        return answer(sent)

    exchange.answer = slowly
    await submit(exchange, body(1))
    assert max(exchange.since) <= 100.0
    assert exchange.looked_up[-1] > 125 + WINDOW + 1, "and until it has run out for certain"


@pytest.mark.parametrize("strange", [KeyError("id"), RuntimeError("x"), UnreadablePayload("x")])
async def test_or04_a_look_up_that_cannot_be_read_says_nothing_of_the_order(strange: Exception) -> None:
    exchange = FakeExchange(lambda sent: ambiguous())
    exchange.resting[1] = row(1)
    look_up, failures = exchange.look_up, [strange, strange]

    async def strangely(symbol: str, client_id: int, since: float) -> OrderRecord | None:
        if failures:
            raise failures.pop()
        return await look_up(symbol, client_id, since)

    exchange.look_up = strangely  # type: ignore[method-assign]
    (record,) = await submit(exchange, body(1))
    assert record.exchange_order_id == "1001"


async def test_or04_whatever_goes_wrong_nobody_waits_for_ever() -> None:
    exchange = FakeExchange(lambda sent: RuntimeError("nobody thought of it"))
    exchange.resting[1] = row(1)
    async with asyncio.timeout(5):
        found, lost = await submit(exchange, body(1), body(2))
    assert found.exchange_order_id == "1001"
    assert isinstance(lost, BackpackError) and lost.kind is ErrorKind.NOT_SENT
    unsigned = FakeExchange(lambda sent: ValueError("there is no secret"))
    async with asyncio.timeout(5):
        (error,) = await submit(unsigned, body(1))
    assert isinstance(error, ValueError) and unsigned.looked_up == []
