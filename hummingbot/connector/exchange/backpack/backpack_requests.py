"""REST requests: what is retried and when, and the look-ups that need several of them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.connector.exchange.backpack.backpack_clock import ExchangeClock
from hummingbot.connector.exchange.backpack.backpack_errors import (
    BackpackError,
    ErrorKind,
    error_from_answer,
    error_from_item,
    error_from_transport,
)
from hummingbot.connector.exchange.backpack.backpack_limiter import RequestBudget
from hummingbot.connector.exchange.backpack.backpack_lookups import OrderLookups
from hummingbot.connector.exchange.backpack.backpack_maintenance import Maintenance
from hummingbot.connector.exchange.backpack.backpack_parsing import Fill, OrderRecord
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

RETRY_DELAYS = (1.0, 2.0, 4.0)
PAGE = 1000
_RETRIED_ON_GET = (ErrorKind.AMBIGUOUS, ErrorKind.NOT_SENT, ErrorKind.TRY_LATER)


@dataclass(frozen=True)
class RequestSeen:
    """One attempt at a request.

    :param limit_id: what it counts as: an order, a cancel, or its path
    :param kind: None: answered well
    :param sent: `time.perf_counter()` when it was asked for; its wait for the request budget counts
    :param seconds: until its answer, or until it failed
    """

    method: RESTMethod
    limit_id: str
    signed: bool
    kind: ErrorKind | None
    sent: float
    seconds: float


@dataclass(frozen=True)
class Reply:
    """:param body: None for an answer without one (202, 204, an empty 200)"""

    status: int
    body: Any


class BackpackRequests:
    """
    :param base_url: with a slash at its end
    :param clock: synchronised once when a request is refused for its time
    :param on_signed: told how each signed request ended (None: well), also of those that are tried again
    """

    def __init__(
        self,
        factory: WebAssistantsFactory,
        budget: RequestBudget,
        base_url: str,
        clock: ExchangeClock,
        on_signed: Callable[[RESTMethod, str, BackpackError | None], None] = lambda method, path, error: None,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._factory = factory
        self._budget = budget
        self._clock = clock
        self._on_signed = on_signed
        self._sleep = sleep
        self._throttled = Backoff()
        self._synchronised_at = 0.0
        self._lookups = OrderLookups(self)
        self.maintenance = Maintenance(self._says_maintenance, self._ask_something_signed)
        self.base_url = base_url
        self.observers: list[Callable[[RequestSeen], None]] = []
        """Told of every attempt when it is over; they may do no more than take note."""

    async def request(
        self,
        method: RESTMethod,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        signed: bool = False,
        attempts: int = len(RETRY_DELAYS) + 1,
        limit_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        url: str | None = None,
        leaves: Callable[[], object] | None = None,
    ) -> Reply:
        """One request, and again where that is safe: a GET after 5xx, no answer or 429; a cancel after 429; anything
        once after it was refused for its time. Orders and cancels are never simply repeated.

        :param leaves: called when its turn has come, before anything of it is on its way: until then cancelling this
            call leaves no trace
        :raises BackpackError: with its kind
        :raises ValueError: a signed request without a secret
        """
        failures, synchronised = 0, False
        while True:
            sent, pays_as = time.perf_counter(), limit_id or path
            if leaves is not None:
                async with self._factory.throttler.execute_task(pays_as):
                    leaves()
                pays_as, leaves = CONSTANTS.PAID_LIMIT_ID, None
            try:
                reply = await self._request_once(method, path, params, body, signed, pays_as, headers, url)
            except BackpackError as error:
                self._tell(RequestSeen(method, limit_id or path, signed, error.kind, sent, time.perf_counter() - sent))
                if signed:
                    self._on_signed(method, path, error)
                self.maintenance.on_error(error)
                if error.status == 429:
                    self._budget.pause(self._throttled.delay())
                if error.kind is ErrorKind.CLOCK and not synchronised:
                    synchronised = True
                    await self.synchronise_clock()
                    continue
                failures += 1
                if failures >= attempts or not self._may_repeat(method, error):
                    raise
                await self.pause(RETRY_DELAYS[min(failures, len(RETRY_DELAYS)) - 1])
            else:
                self._throttled.reset()
                self._tell(RequestSeen(method, limit_id or path, signed, None, sent, time.perf_counter() - sent))
                if signed:
                    self._on_signed(method, path, None)
                    if method is not RESTMethod.GET:
                        self.maintenance.on_change_accepted()
                return reply

    async def pause(self, seconds: float) -> None:
        """Sleeps; under maintenance no longer than that lasts, so that whatever waited is asked for at once."""
        if self.maintenance.active:
            await self.maintenance.wait_over(seconds)
        else:
            await self._sleep(seconds)

    async def _says_maintenance(self) -> bool:
        answer = await self.public_get(CONSTANTS.STATUS_PATH_URL, attempts=1)
        return isinstance(answer, dict) and answer.get("status") == CONSTANTS.STATUS_MAINTENANCE

    async def _ask_something_signed(self) -> None:
        await self.get(CONSTANTS.ORDERS_PATH_URL, attempts=1)

    def _tell(self, seen: RequestSeen) -> None:
        for observer in self.observers:
            observer(seen)

    @staticmethod
    def _may_repeat(method: RESTMethod, error: BackpackError) -> bool:
        if method is RESTMethod.GET:
            return error.kind in _RETRIED_ON_GET
        return method is RESTMethod.DELETE and error.status == 429

    async def _request_once(
        self,
        method: RESTMethod,
        path: str,
        params: Mapping[str, Any] | None,
        body: Any,
        signed: bool,
        pays_as: str,
        headers: Mapping[str, str] | None,
        url: str | None,
    ) -> Reply:
        name = f"{method.value} {path}"
        assistant = await self._factory.get_rest_assistant()
        try:
            response = await assistant.execute_request_and_get_response(
                url=url or self.base_url + path,
                throttler_limit_id=pays_as,
                params=dict(params) if params else None,
                data=body,
                method=method,
                is_auth_required=signed,
                return_err=True,
                timeout=CONSTANTS.REQUEST_TIMEOUT,
                headers=dict(headers) if headers else None,
            )
            async with asyncio.timeout(CONSTANTS.REQUEST_TIMEOUT):
                text = await response.text()
        except (TimeoutError, aiohttp.ClientError, OSError, UnicodeError) as error:
            raise error_from_transport(error, name) from error
        if response.status >= 400:
            raise error_from_answer(response.status, text, name)
        if not text or response.status in (202, 204):
            return Reply(response.status, None)
        try:
            return Reply(response.status, json.loads(text))
        except ValueError:
            return Reply(response.status, text)

    async def get(self, path: str, params: Mapping[str, Any] | None = None, attempts: int = 4) -> Any:
        """A signed GET's body."""
        return (await self.request(RESTMethod.GET, path, params, signed=True, attempts=attempts)).body

    async def public_get(self, path: str, params: Mapping[str, Any] | None = None, attempts: int = 4) -> Any:
        """An unsigned GET's body."""
        return (await self.request(RESTMethod.GET, path, params, attempts=attempts)).body

    # === clock ===

    def exchange_time(self) -> float:
        return self._clock.time()

    async def synchronise_clock(self, at_most_every: float = 0.0) -> None:
        """Asks the exchange for its time; a failure keeps what is known.

        :param at_most_every: seconds within which an earlier answer will do
        """
        if self._clock.synchronised and time.monotonic() - self._synchronised_at < at_most_every:
            return
        before = time.perf_counter()
        try:
            answer = await self._request_once(
                RESTMethod.GET,
                CONSTANTS.SERVER_TIME_PATH_URL,
                None,
                None,
                False,
                CONSTANTS.SERVER_TIME_PATH_URL,
                None,
                None,
            )
            server_ms = float(answer.body)
        except (BackpackError, TypeError, ValueError):
            return
        middle = (before + time.perf_counter()) / 2
        # Samples from before a jump of a clock would be averaged with it.
        self._clock.clear_time_offset_ms_samples()
        self._clock.add_time_offset_ms_sample(server_ms - middle * 1e3)
        self._synchronised_at = time.monotonic()

    # === orders ===

    async def send_order(
        self, body: dict[str, Any] | list[dict[str, Any]], leaves: Callable[[], object] = lambda: None
    ) -> Any:
        """:param leaves: see :meth:`request`"""
        path = CONSTANTS.ORDERS_PATH_URL if isinstance(body, list) else CONSTANTS.ORDER_PATH_URL
        orders = body if isinstance(body, list) else [body]
        only_reduces = all(order.get("reduceOnly") for order in orders)
        limit_id = CONSTANTS.REDUCE_LIMIT_ID if only_reduces else CONSTANTS.ORDER_LIMIT_ID
        reply = await self.request(RESTMethod.POST, path, body=body, signed=True, limit_id=limit_id, leaves=leaves)
        for item in reply.body if isinstance(reply.body, list) else ():
            # A batch is answered with 200 also where the key may not trade: its items say so.
            if isinstance(item, dict) and item.get("operation") == "Err":
                error = error_from_item(item)
                self._on_signed(RESTMethod.POST, path, error)
                self.maintenance.on_error(error)
        return reply.body

    async def cancel_order(
        self,
        symbol: str,
        exchange_order_id: str | None,
        client_id: int,
        leaves: Callable[[], object] = lambda: None,
    ) -> OrderRecord | None:
        """Cancels by exactly one id; None: accepted, to be confirmed (202).

        :param leaves: see :meth:`request`
        :raises BackpackError: refused, or without an answer
        """
        body: dict[str, Any] = {"symbol": symbol}
        body |= {"clientId": client_id} if exchange_order_id is None else {"orderId": exchange_order_id}
        reply = await self.request(
            RESTMethod.DELETE,
            CONSTANTS.ORDER_PATH_URL,
            body=body,
            signed=True,
            limit_id=CONSTANTS.CANCEL_LIMIT_ID,
            leaves=leaves,
        )
        return None if reply.body is None else parsing.order_record(reply.body)

    async def open_orders(self, limit_id: str | None = None) -> list[OrderRecord]:
        """All resting orders of the account, whatever their market.

        :param limit_id: what it counts as in the request budget, its path if it is None
        """
        reply = await self.request(RESTMethod.GET, CONSTANTS.ORDERS_PATH_URL, signed=True, limit_id=limit_id)
        return [parsing.order_record(row) for row in reply.body]

    async def order(self, symbol: str, exchange_order_id: str) -> OrderRecord | None:
        """An order by its exchange id: resting, or from history; None: neither knows it (yet)."""
        record = await self._resting(symbol, {"orderId": exchange_order_id})
        if record is not None and record.exchange_order_id == exchange_order_id:
            return record
        return await self._in_history(symbol, exchange_order_id)

    async def _in_history(self, symbol: str, exchange_order_id: str) -> OrderRecord | None:
        rows = await self.get(CONSTANTS.ORDER_HISTORY_PATH_URL, {"orderId": exchange_order_id, "symbol": symbol})
        # Another order's end is no news of this one, whatever the exchange makes of the filter.
        records = (parsing.order_record(row) for row in rows)
        return next((record for record in records if record.exchange_order_id == exchange_order_id), None)

    async def look_up(self, symbol: str, client_id: int, since: float) -> OrderRecord | None:
        """An order by its client id; see :meth:`OrderLookups.find`."""
        return await self._lookups.find(symbol, client_id, since)

    async def open_order(self, symbol: str, client_id: int) -> OrderRecord | None:
        """A resting order by its client id."""
        return await self._resting(symbol, {"clientId": client_id})

    async def _resting(self, symbol: str, one_id: dict[str, Any]) -> OrderRecord | None:
        try:
            return parsing.order_record(await self.get(CONSTANTS.ORDER_PATH_URL, {"symbol": symbol, **one_id}))
        except BackpackError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise

    async def fills(
        self, since: float | None = None, symbol: str | None = None, exchange_order_id: str | None = None
    ) -> AsyncIterator[Fill]:
        """All fills that match, newest first, all pages.

        :param since: seconds, inclusive
        """
        params: dict[str, Any] = {"limit": PAGE, "symbol": symbol, "orderId": exchange_order_id}
        if since is not None:
            params["from"] = int(since * 1e3)
        offset = 0
        while True:
            rows = await self.get(CONSTANTS.MY_TRADES_PATH_URL, {**params, "offset": offset})
            for row in rows:
                fill = parsing.history_fill(row)
                if exchange_order_id in (None, fill.exchange_order_id):
                    yield fill
            if len(rows) < PAGE:
                return
            offset += PAGE
