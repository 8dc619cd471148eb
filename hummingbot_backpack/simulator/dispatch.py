"""From a request to an answer: route, parse, verify, limit, run, and turn refusals into the exchange's bodies."""

import inspect
import logging
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from hummingbot_backpack.simulator import control
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.errors import ExchangeError, PlainError, invalid_request
from hummingbot_backpack.simulator.rest import account, history, public, trading
from hummingbot_backpack.simulator.rest.calls import Answer, Call, Route, Routes, as_json, as_text

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.exchange import Exchange
    from hummingbot_backpack.simulator.streams import Hub

ROUTES: Routes = {**public.ROUTES, **account.ROUTES, **trading.ROUTES, **history.ROUTES}
CONTROL_ROUTES: Routes = control.ROUTES
PATHS = {path for _, path in (*ROUTES, *CONTROL_ROUTES)}

logger = logging.getLogger(__name__)


class MinuteBudget:
    """So many requests in any sixty seconds, per name."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._used: dict[str, deque[int]] = {}

    def spend(self, name: str, now_us: int) -> bool:
        """Count one; False when there was none left."""
        if self._limit is None:
            return True
        used = self._used.setdefault(name, deque())
        while used and used[0] <= now_us - 60_000_000:
            used.popleft()
        if len(used) >= self._limit:
            return False
        used.append(now_us)
        return True


class Dispatcher:
    """Answers requests. `None` stands for a connection that breaks without an answer."""

    def __init__(self, exchange: "Exchange", hub: "Hub") -> None:
        self._exchange, self._hub = exchange, hub
        self._budget = MinuteBudget(exchange.config.rate_limit)
        self._historical = MinuteBudget(exchange.config.historical_limit)

    async def answer(
        self, method: str, path: str, query: Mapping[str, list[str]], body: bytes, headers: Mapping[str, str]
    ) -> Answer | None:
        control_route = CONTROL_ROUTES.get((method, path))
        if control_route is not None:
            return await self._run(control_route, query, body, headers)
        route = ROUTES.get((method, path))
        if route is None:
            return as_text("method not allowed", 405) if path in PATHS else as_text("not found", 404)
        faults = self._exchange.faults
        if not faults.any:
            return await self._run(route, query, body, headers)
        return await self._run_faulty(route, method, path, query, body, headers)

    async def _run_faulty(
        self,
        route: Route,
        method: str,
        path: str,
        query: Mapping[str, list[str]],
        body: bytes,
        headers: Mapping[str, str],
    ) -> Answer | None:
        faults, where = self._exchange.faults, {"method": method, "path": path, "key": headers.get("X-API-Key")}
        if faults.fires("refuse_rest", **where):
            return None
        late = faults.fires("latency", **where)
        if late:
            await self._exchange.clock.sleep(faults.delay(late))
        if faults.fires("rate_limited", **where):
            return _refusal(ExchangeError(429, "TOO_MANY_REQUESTS", "Too many requests"))
        if faults.fires("error_before", **where):
            return _refusal(ExchangeError(503, "SERVER_ERROR", "Unknown error"))
        if path != "/api/v1/status" and faults.in_force("maintenance"):
            return _refusal(ExchangeError(503, "MAINTENANCE", "The exchange is under maintenance"))
        answer = await self._run(route, query, body, headers)
        if faults.fires("lost_answer", **where):
            return None
        if faults.fires("error_after", **where):
            return _refusal(ExchangeError(503, "SERVER_ERROR", "Unknown error"))
        return answer

    async def _run(
        self, route: Route, query: Mapping[str, list[str]], body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        try:
            call = self._call(route, query, body, headers)
            answer = route.handler(call)
            return await answer if inspect.isawaitable(answer) else answer
        except ExchangeError as error:
            return _refusal(error)
        except PlainError as error:
            return as_text(error.text, error.status)
        except Exception:
            logger.exception("a request to the local Backpack ended in an error")
            return _refusal(ExchangeError(500, "SERVER_ERROR", "Internal server error"))

    def _call(self, route: Route, query: Mapping[str, list[str]], body: bytes, headers: Mapping[str, str]) -> Call:
        params = {name: values[-1] for name, values in query.items()}
        parsed: Any = None
        if body:
            try:
                parsed = orjson.loads(body)
            except orjson.JSONDecodeError as error:
                raise PlainError(f"parse request payload error: {error}") from None
        now = self._exchange.clock.now_us()
        if route.historical and not self._historical.spend("", now):
            raise ExchangeError(429, "TOO_MANY_REQUESTS", "Too many requests")
        signer: Account | None = None
        if route.instruction is not None:
            signer = self._signer(route, params, parsed, headers)
            if not self._budget.spend(str(signer.id), now):
                raise ExchangeError(429, "TOO_MANY_REQUESTS", "Too many requests")
        return Call(self._exchange, params, query, parsed, signer)

    def _signer(self, route: Route, params: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> Account:
        """The account of a rightly signed request; an account that is new is made here."""
        assert route.instruction is not None
        groups: list[Mapping[str, object]]
        if isinstance(body, list):
            most = self._exchange.config.batch_limit
            if len(body) > most:  # before the signature: that of a million orders would keep everybody waiting
                raise invalid_request(f"Batch size must not exceed {most}")
            groups = [one for one in body if isinstance(one, dict)]
        elif isinstance(body, dict):
            groups = [{**params, **body}]
        else:
            groups = [params]
        key = self._exchange.verifier.check(
            headers.get("X-API-Key"), headers.get("X-Signature"), headers.get("X-Timestamp"), headers.get("X-Window"),
            route.instruction, groups,
        )  # fmt: skip
        faults = self._exchange.faults
        if faults.any:
            if faults.fires("expired_key", key=key):
                raise ExchangeError(401, "UNAUTHORIZED", "Unauthorized")
            if route.changes and faults.fires("read_only_key", key=key):
                raise ExchangeError(403, "FORBIDDEN", "Forbidden")
        return self._exchange.account_of(key)


def _refusal(error: ExchangeError) -> Answer:
    return as_json({"code": error.code, "message": error.message}, error.status)
