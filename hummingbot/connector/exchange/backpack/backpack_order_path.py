"""The way of an order to the exchange: what is sent, in batches; what the answer means; and what to do without one.

Knows nothing of Hummingbot: requests in, outcomes out, through an exchange that can ``send`` and ``look_up``.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_errors import (
    BackpackError,
    ErrorKind,
    error_from_item,
    error_from_transport,
)
from hummingbot.connector.exchange.backpack.backpack_parsing import OrderRecord, UnreadablePayload, order_record

# A signed request can be acted on until its window ends; a second more covers the exchange's own handling.
LOOKUP_MARGIN = 1.0
# The first look-up is the likeliest to find it; later ones come less and less often, down to the last interval.
LOOKUP_INTERVALS = (0.5, 0.5, 1.0, 1.0, 2.0)
# A look-up that fails is repeated for so long before the order is given over to the poller, in seconds.
LOOKUP_PATIENCE = 120.0


@dataclass(frozen=True)
class OrderRequest:
    """:param body: the payload as it is sent, without None values"""

    body: dict[str, Any]

    @property
    def symbol(self) -> str:
        return str(self.body["symbol"])

    @property
    def client_id(self) -> int:
        return int(self.body["clientId"])

    @property
    def is_maker(self) -> bool:
        """Post-only orders are not held back for 100 ms at the exchange, so they never share a batch with others."""
        return bool(self.body.get("postOnly"))


class OrderUnresolved(Exception):
    """Nobody could say whether the order stands. It stays tracked; the poller decides."""


class OrderWithdrawn(Exception):
    """The order was taken back before it left."""


class Exchange(Protocol):
    async def send_order(self, body: dict[str, Any] | list[dict[str, Any]], leaves: Callable[[], None]) -> Any:
        """Sends to ``/order`` or, a list, to ``/orders``; raises :class:`BackpackError`. Calls ``leaves`` when its turn
        has come: until then a cancelled call has sent nothing."""

    async def look_up(self, symbol: str, client_id: int, since: float) -> OrderRecord | None:
        """Searches open orders, then order history, then fills; None: nothing there. Raises :class:`BackpackError`."""

    def exchange_time(self) -> float:
        """The exchange's time in seconds, as far as known."""


@dataclass
class _Waiting:
    request: OrderRequest
    outcome: asyncio.Future[OrderRecord]


@dataclass
class _Batch:
    """Orders of one request, which waits for its turn until it has left."""

    entries: list[_Waiting]
    left_at: float | None = None
    """When it left, by the exchange's clock; None: it has not."""


class OrderPath:
    """
    :param exchange: see :class:`Exchange`
    :param window: seconds for which a signed request is valid
    :param sleep: injected for tests
    """

    def __init__(
        self,
        exchange: Exchange,
        window: float,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._exchange = exchange
        self._window = window
        self._sleep = sleep
        self._waiting: list[_Waiting] = []
        self._tasks: dict[asyncio.Task[None], _Batch] = {}

    async def submit(self, request: OrderRequest) -> OrderRecord:
        """Sends the order with all others of this turn of the event loop.

        :return: the order as the exchange has it, whatever its state
        :raises BackpackError: the order does not stand (refused, or never arrived)
        :raises OrderUnresolved: it may stand
        :raises OrderWithdrawn: see :meth:`withdraw`
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(request, loop.create_future())
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append(waiting)
        return await waiting.outcome

    def withdraw(self, client_id: int) -> bool:
        """Takes back an order that still waits for its turn, as it may for a minute when the request budget is spent.

        :return: whether it will never leave; False: it has left, or was never asked for
        """
        for entry in self._waiting:
            if self._take_back(entry, client_id):
                return True
        for task, batch in list(self._tasks.items()):
            if batch.left_at is not None or not any(self._take_back(entry, client_id) for entry in batch.entries):
                continue
            # The request is made anew with the others, if there are any.
            del self._tasks[task]
            task.cancel()
            rest = [entry for entry in batch.entries if not entry.outcome.done()]
            batch.entries = []
            if rest:
                self._start(rest)
            return True
        return False

    @staticmethod
    def _take_back(entry: _Waiting, client_id: int) -> bool:
        if entry.request.client_id != client_id or entry.outcome.done():
            return False
        entry.outcome.set_exception(OrderWithdrawn())
        return True

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for is_maker in (True, False):
            group = [entry for entry in waiting if entry.request.is_maker is is_maker and not entry.outcome.done()]
            for start in range(0, len(group), CONSTANTS.MAX_BATCH_SIZE):
                self._start(group[start : start + CONSTANTS.MAX_BATCH_SIZE])

    def _start(self, entries: list[_Waiting]) -> None:
        batch = _Batch(entries)
        task = asyncio.ensure_future(self._send(batch))
        self._tasks[task] = batch
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _send(self, batch: _Batch) -> None:
        try:
            answers = await self._answers(batch)
        except asyncio.CancelledError:
            for entry in batch.entries:
                entry.outcome.cancel()
            raise
        except (BackpackError, ValueError) as error:
            # What cannot be signed has not been sent.
            answers = [error] * len(batch.entries)
        except Exception as error:
            # Whatever it was, nobody may wait for these orders for ever, nor take them for failed.
            answers = [error_from_transport(error)] * len(batch.entries)
        left_at = self._exchange.exchange_time() if batch.left_at is None else batch.left_at
        pairs = zip(batch.entries, answers, strict=True)
        await asyncio.gather(*(self._conclude(entry, answer, left_at) for entry, answer in pairs))

    async def _answers(self, batch: _Batch) -> list[Any]:
        """One answer, or error, for each order."""

        def leaves() -> None:
            batch.left_at = self._exchange.exchange_time()

        requests = [entry.request for entry in batch.entries]
        body: Any = [request.body for request in requests] if len(requests) > 1 else requests[0].body
        answer = await self._exchange.send_order(body, leaves)
        if len(requests) == 1:
            return [answer]
        if not isinstance(answer, list) or len(answer) != len(requests):
            raise BackpackError(ErrorKind.AMBIGUOUS, 200, "", f"a batch answer of another length: {answer!r:.200}")
        items = [item if isinstance(item, dict) else {} for item in answer]
        if any(
            item.get("operation") != "Err" and not _is_of(item, one) for item, one in zip(items, requests, strict=True)
        ):
            # In another order than asked for: only ids say which is whose, and a refusal has none.
            told = {item["clientId"]: item for item in items if item.get("clientId") is not None}
            return [told.get(one.client_id, _not_told()) for one in requests]
        return [error_from_item(item) if item.get("operation") == "Err" else item for item in items]

    async def _conclude(self, entry: _Waiting, answer: Any, left_at: float) -> None:
        try:
            record = await self._record(entry.request, answer, left_at)
        except asyncio.CancelledError:
            entry.outcome.cancel()
            raise
        except Exception as error:
            if not entry.outcome.done():
                entry.outcome.set_exception(error)
        else:
            if not entry.outcome.done():
                entry.outcome.set_result(record)

    async def _record(self, request: OrderRequest, answer: Any, left_at: float) -> OrderRecord:
        if isinstance(answer, BackpackError):
            if answer.kind is not ErrorKind.AMBIGUOUS:
                raise answer
            return await self._resolve(request, answer, left_at)
        if isinstance(answer, Exception):
            raise answer
        try:
            record = order_record(answer)
        except UnreadablePayload as error:
            return await self._resolve(request, error_from_transport(error), left_at)
        if record.client_id not in (None, request.client_id) or record.symbol != request.symbol:
            return await self._resolve(request, _not_told(), left_at)
        return record

    async def _resolve(self, request: OrderRequest, cause: BackpackError, left_at: float) -> OrderRecord:
        """Finds out what became of an order without an answer. Never sends it again.

        :param left_at: when it was sent; it cannot be older, however long its answer was waited for
        """
        now = self._exchange.exchange_time()
        since, deadline = left_at - self._window, now + self._window + LOOKUP_MARGIN
        for interval in itertools.chain(LOOKUP_INTERVALS, itertools.repeat(LOOKUP_INTERVALS[-1])):
            # Asked before looking: what is not there after the request ran out never will be.
            ran_out = self._exchange.exchange_time() > deadline
            try:
                record = await self._exchange.look_up(request.symbol, request.client_id, since)
            except Exception as error:
                # One that cannot be read is no answer either, and says nothing of the order.
                if self._exchange.exchange_time() > deadline + LOOKUP_PATIENCE:
                    why = error.reason if isinstance(error, BackpackError) else repr(error)
                    raise OrderUnresolved(f"{cause.reason}; looking it up: {why}") from error
            else:
                if record is not None:
                    return record
                if ran_out:
                    raise BackpackError(ErrorKind.NOT_SENT, cause.status, cause.code, f"{cause.message} (not found)")
            await self._sleep(interval)
        raise AssertionError("the intervals do not end")


def _is_of(item: dict[str, Any], request: OrderRequest) -> bool:
    """Whether it is the order that was asked for; one without a client id is believed to be."""
    return item.get("operation") != "Err" and item.get("clientId") in (None, request.client_id)


def _not_told() -> BackpackError:
    return BackpackError(ErrorKind.AMBIGUOUS, 200, "", "the answer does not tell of this order")
