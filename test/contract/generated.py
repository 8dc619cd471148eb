"""Calls that schemathesis makes up from the document, helped here and there so that some of them succeed."""

import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from nacl.signing import SigningKey
from requests.structures import CaseInsensitiveDict
from schemathesis import Case, GenerationMode

from hummingbot_backpack.simulator import SimulatorConfig
from test.contract.document import granted, operations, split
from test.contract.running import Signer, ThreadedBackpack

PERPS, SPOTS, ASSETS = ("SOL_USDC_PERP", "BTC_USDC_PERP"), ("SOL_USDC",), ("USDC", "SOL")
OF_ASSETS = re.compile(r"borrowLend|limits/(borrow|withdrawal)|interest|dust|convertDust")
INSTRUCTION = re.compile(r"\*\*Instruction:\*\*\s*`(\w+)`")
NOT_FOUND = "not found"

schemathesis.openapi.format("decimal", st.decimals(min_value=-10, max_value=1000, places=3).map(str))


@dataclass
class Tally:
    """What came of the calls to one operation."""

    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    rows: int = 0
    """Members of the lists that were answered: an empty list proves little."""

    @property
    def good(self) -> int:
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)


class Contract:
    """Runs generated calls against a simulator and holds every answer against the document."""

    def __init__(self, document: dict[str, Any], running: ThreadedBackpack) -> None:
        self._document = document
        self._asked = schemathesis.openapi.from_dict(document)
        self._granted = schemathesis.openapi.from_dict(granted(document))
        self._running = running
        self._session = requests.Session()
        self._key = SigningKey.generate()
        self.tallies: dict[str, Tally] = {}
        self.problems: dict[str, str] = {}
        self._client_ids = iter(range(1, 2**31))

    # What is served

    def instruction(self, operation: str) -> str | None:
        """The instruction that the document wants signed, None for a public operation."""
        method, path = split(operation)
        item = self._document["paths"][path][method.lower()]
        if not any(
            one["in"] == "header" and one["name"].upper() == "X-SIGNATURE" for one in item.get("parameters", [])
        ):
            return None
        found = INSTRUCTION.search(item.get("description", ""))
        if operation == "POST /api/v1/orders":
            return "orderExecute"  # the document names none; the official client signs each item so
        assert found, f"the document names no instruction for {operation}"
        return found.group(1)

    def served(self) -> tuple[list[str], list[str]]:
        """(served, not served) of the document's operations, by the 404 of a path and the 405 of a method."""
        served, missing = [], []
        for operation in operations(self._document):
            method, path = split(operation)
            answer = self._session.request(method, self._running.url + path)
            if (answer.status_code, answer.text) in ((404, NOT_FOUND), (405, "method not allowed")):
                missing.append(operation)
            else:
                served.append(operation)
        return served, missing

    def call(self, operation: str, body: Any = None, **params: Any) -> requests.Response:
        """A call of our own making, signed if need be."""
        method, path = split(operation)
        return self._session.request(
            method, self._running.url + path, params=params, auth=self._auth(operation),
            data=None if body is None else json.dumps(body),
        )  # fmt: skip

    def _auth(self, operation: str) -> Signer | None:
        instruction = self.instruction(operation)
        return None if instruction is None else Signer(instruction, self._key)

    # A life before the calls, so that answers have something in them

    def live(self) -> None:
        """Fills on both sides, open and closed positions, cancelled orders, a loan and a lend, funding."""
        for body in (
            {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Market", "quantity": "2"},
            {"symbol": "SOL_USDC", "side": "Ask", "orderType": "Market", "quantity": "1"},
            {"symbol": "BTC_USDC_PERP", "side": "Bid", "orderType": "Market", "quantity": "0.01"},
            {"symbol": "BTC_USDC_PERP", "side": "Ask", "orderType": "Market", "quantity": "0.01"},
            {"symbol": "SOL_USDC_PERP", "side": "Ask", "orderType": "Market", "quantity": "3", "clientId": 7},
        ):
            answer = self.call("POST /api/v1/order", body)
            assert answer.status_code == 200 and answer.json()["status"] == "Filled", answer.text
        for side, symbol, quantity in (("Lend", "USDC", "1000"), ("Borrow", "SOL", "1")):
            answer = self.call("POST /api/v1/borrowLend", {"symbol": symbol, "side": side, "quantity": quantity})
            assert answer.status_code == 200, answer.text
        for _ in range(3):
            order = self.resting_order("SOL_USDC")
            self.call("DELETE /api/v1/order", {"symbol": "SOL_USDC", "orderId": order})
        exchange = self._running.backpack.exchange
        self._running.run(exchange.perpetuals.pay_funding)
        self._running.run(exchange.lending.pay_interest)

    def resting_order(self, symbol: str, **more: Any) -> str:
        """The id of a new order that rests far from the market."""
        price = "60000" if symbol.startswith("BTC") else "100"
        quantity = "0.0001" if symbol.startswith("BTC") else "0.1"
        body = {
            "symbol": symbol, "side": "Bid", "orderType": "Limit", "price": price, "quantity": quantity,
            "postOnly": True, **({} if symbol.endswith("PERP") else {"autoLendRedeem": True}), **more,
        }  # fmt: skip
        answer = self.call("POST /api/v1/order", body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    # Generated calls

    def generate(self, operation: str, count: int) -> None:
        """About `count` calls: most valid by the document and half of those helped, the rest deliberately invalid."""
        method, path = split(operation)
        described = self._asked[path][method.lower()]
        self._generate(operation, described.as_strategy(generation_mode=GenerationMode.POSITIVE), count * 3 // 4, True)
        try:
            self._generate(operation, described.as_strategy(generation_mode=GenerationMode.NEGATIVE), count // 4, False)
        except Unsatisfiable:
            pass

    def _generate(self, operation: str, cases: st.SearchStrategy[Case], count: int, helped: bool) -> None:
        self.tallies.setdefault(operation, Tally())
        dice = random.Random(operation)

        @settings(
            max_examples=count, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases)
        def one(case: Case) -> None:
            if helped and dice.random() < 0.7:
                self._help(operation, case, dice)
            self._send(operation, case)

        one()

    def _send(self, operation: str, case: Case) -> None:
        tally = self.tallies[operation]
        case.headers = CaseInsensitiveDict()
        arguments: dict[str, Any] = {"base_url": self._running.url, "session": self._session}
        auth = self._auth(operation)
        if auth is not None:
            arguments["auth"] = auth
        try:
            response = case.call(**arguments)
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError):
            return
        tally.calls += 1
        tally.statuses[response.status_code] += 1
        complaint = self._complaint(operation, case, response)
        if complaint:
            kind = f"{operation} -> {response.status_code}: {complaint[:160]}"
            self.problems.setdefault(kind, f"{complaint[:1200]}\n  {str(case.as_curl_command())[:700]}")
        elif response.status_code == 200 and response.content[:1] == b"[":
            tally.rows += len(json.loads(response.content))

    def _complaint(self, operation: str, case: Case, response: Any) -> str | None:
        """What is wrong with an answer, None if nothing is."""
        method, path = split(operation)
        status, text = response.status_code, response.text
        kind = ",".join(response.headers.get("content-type", []))
        if status >= 500:
            return f"a server error: {text[:200]}"
        if status == 400 and kind.startswith("text/plain"):
            return None if text.strip() else "a plain-text 400 without text"
        declared = self._document["paths"][path][method.lower()]["responses"]
        if str(status) not in declared:
            if status == 429 or (status == 404 and kind.startswith("application/json")):
                declared = {str(status): None}
                body = json.loads(text)
                if set(body) == {"code", "message"} and all(isinstance(one, str) for one in body.values()):
                    return None
            return f"status {status} is not declared: {text[:200]}"
        try:
            self._granted[path][method.lower()].validate_response(response)
        except BaseException as error:
            if not isinstance(error, Exception):
                raise
            inner = getattr(error, "exceptions", None) or [error]
            return "; ".join(re.sub(r"\s+", " ", str(getattr(one, "message", one))) for one in inner)
        return None

    def _help(self, operation: str, case: Case, dice: random.Random) -> None:
        """Put names, ids and numbers that exist in the place of made-up ones."""
        method, path = split(operation)
        if path in ("/api/v1/order", "/api/v1/orders") and method == "POST":
            batch = path.endswith("s")
            items = case.body if batch and isinstance(case.body, list) else [case.body]
            helped = [self._order(one, dice) for one in items[:5]]
            case.body = cast(Any, helped if batch else helped[0])
            return
        if isinstance(case.body, dict):
            self._help_body(operation, case.body, dice)
        query = case.query
        if not isinstance(query, dict):
            return
        for name in ("subaccountId", "strategyId", "positionId", "id", "source", "country", "clientId"):
            query.pop(name, None)
        perpetual = path.endswith("fundingRates") or (path.endswith("markPrices") and "symbol" in query)
        if "symbol" in query or path.endswith(("/order", "/market", "/depth", "/ticker", "/trades", "/klines")):
            if OF_ASSETS.search(path):
                query["symbol"] = dice.choice(ASSETS)
            else:
                query["symbol"] = dice.choice(PERPS if perpetual else PERPS + SPOTS)
        if path == "/api/v1/order":
            client_id = next(self._client_ids)
            order = self.resting_order(query["symbol"], clientId=client_id)
            query.pop("orderId", None)
            query.update({"clientId": client_id} if dice.random() < 0.3 else {"orderId": order})
        elif "orderId" in query:
            query["orderId"] = self.resting_order("SOL_USDC")
        now = int(time.time())
        bounds = {"limit": (100, 1000), "offset": (0, 3), "from": (0, now * 1000), "to": (now * 1000, now * 2000)}
        for name, (low, high) in bounds.items():
            if name in query and not (path.endswith("depth") and name == "limit"):
                query[name] = dice.randint(low, high)
        if path.endswith("klines"):
            query["startTime"] = now - dice.randint(1, 5000)
            query.pop("endTime", None)
        if "price" in query:
            query["price"] = "101.5"

    def _help_body(self, operation: str, body: dict[str, Any], dice: random.Random) -> None:
        _, path = split(operation)
        body.pop("subaccountId", None)
        if path == "/api/v1/order":
            body["symbol"] = dice.choice(PERPS + SPOTS)
            order = self.resting_order(body["symbol"])
            body.pop("clientId", None)
            body["orderId"] = order
        elif OF_ASSETS.search(path):
            body["symbol"] = dice.choice(ASSETS)
            body["quantity"] = dice.choice(("0.1", "0.5", "-0.01"))
        elif "symbol" in body:
            body["symbol"] = dice.choice(PERPS + SPOTS)
            self.resting_order(body["symbol"])
        if "leverageLimit" in body:
            body["leverageLimit"] = dice.choice(("1", "5", "10.5", "20"))
        for name in ("strategyId", "clientStrategyId"):
            body.pop(name, None)

    def _order(self, generated: Any, dice: random.Random) -> dict[str, Any]:
        """An order that could be taken, with as many of the generated flags as go together."""
        flags = generated if isinstance(generated, dict) else {}
        symbol = dice.choice(PERPS + SPOTS)
        order: dict[str, Any] = {
            "symbol": symbol,
            "side": dice.choice(("Bid", "Ask")),
            "orderType": dice.choice(("Limit", "Limit", "Market")),
            "quantity": "0.001" if symbol.startswith("BTC") else dice.choice(("0.01", "1", "2.50")),
        }
        for name in ("selfTradePrevention", "timeInForce", "autoLend", "autoLendRedeem", "autoBorrow", "clientId"):
            if name in flags and (name != "clientId" or 0 <= flags[name] < 2**32):
                order[name] = flags[name]
        if order["orderType"] == "Market":
            if dice.random() < 0.4:
                del order["quantity"]
                order["quoteQuantity"] = dice.choice(("100", "250.5"))
            return order
        near = ("85000", "86000", "87000.5") if symbol.startswith("BTC") else ("140", "145.01", "150.5")
        order["price"] = dice.choice(near)
        kind = dice.random()
        if kind < 0.25:
            del order["quantity"]
            order |= {"triggerPrice": dice.choice(near), "triggerQuantity": "0.01", "triggerBy": "MarkPrice"}
            if symbol.startswith("BTC"):
                order["triggerQuantity"] = "50%"
        elif kind < 0.5:
            order["postOnly"] = True
            order["timeInForce"] = "GTC"
        elif kind < 0.6 and symbol.endswith("PERP"):
            order["reduceOnly"] = True
        elif kind < 0.75:
            order |= {"takeProfitTriggerPrice": near[2], "stopLossTriggerPrice": near[0], "stopLossLimitPrice": near[0]}
        return order

    def table(self) -> str:
        """Per operation: calls, answered 2xx, by status, rows seen."""
        lines = [f"{'operation':<48}{'calls':>7}{'2xx':>7}{'rows':>8}  statuses"]
        for operation, tally in sorted(self.tallies.items()):
            statuses = " ".join(f"{status}:{count}" for status, count in sorted(tally.statuses.items()))
            lines.append(f"{operation:<48}{tally.calls:>7}{tally.good:>7}{tally.rows:>8}  {statuses}")
        total, good = sum(one.calls for one in self.tallies.values()), sum(one.good for one in self.tallies.values())
        lines.append(f"{'total':<48}{total:>7}{good:>7}")
        return "\n".join(lines)


def settings_of_the_simulator() -> SimulatorConfig:
    """A rich key, no rate limit, no speed bump, a market sixty times as fast so that funding and interest come."""
    return SimulatorConfig(
        port=0, flow="calm", taker_delay=0.0, rate_limit=None, historical_limit=None, speed=60.0,
        balances={"USDC": "100000000", "SOL": "100000"},
    )  # fmt: skip
