"""The simulator against the exchange's own OpenAPI document: thousands of signed calls that schemathesis makes up."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from nacl.signing import SigningKey
from urllib3 import HTTPResponse

from test.contract.document import GRANTS, INVENTED, SI01, document_path, granted, load, split
from test.contract.generated import NOT_FOUND, Contract, settings_of_the_simulator
from test.contract.running import Signer, ThreadedBackpack

CALLS = 2_000
PER_OPERATION = 60
MUST_HAVE_ROWS = (
    "GET /api/v1/markets", "GET /api/v1/tickers", "GET /api/v1/trades", "GET /api/v1/klines", "GET /api/v1/markPrices",
    "GET /api/v1/openInterest", "GET /api/v1/fundingRates", "GET /api/v1/orders", "DELETE /api/v1/orders",
    "POST /api/v1/orders", "GET /api/v1/position", "GET /api/v1/borrowLend/positions", "GET /wapi/v1/history/fills",
    "GET /wapi/v1/history/orders", "GET /wapi/v1/history/funding", "GET /wapi/v1/history/settlement",
)  # fmt: skip
"""Lists that must not have been empty throughout, or nothing of them was checked."""


@pytest.fixture(scope="module")
def document(repository: Path) -> dict[str, Any]:
    return load(document_path(repository))


@pytest.fixture(scope="module")
def running() -> Iterator[ThreadedBackpack]:
    with ThreadedBackpack(settings_of_the_simulator()) as backpack:
        yield backpack


def check(document: dict[str, Any], running: ThreadedBackpack, per_operation: int) -> tuple[Contract, str]:
    """Generated calls to everything that is served; asserts what holds of any number of them."""
    contract = Contract(document, running)
    served, missing = contract.served()
    contract.live()
    for operation in served:
        contract.generate(operation, per_operation)
    paths = {split(one)[1] for one in served}
    report = [
        contract.table(),
        f"served: {len(paths)} of the document's {len(document['paths'])} paths, {len(served)} operations",
        f"not served (404 `{NOT_FOUND}`): " + ", ".join(sorted(missing)),
        "granted: " + "; ".join(GRANTS),
    ]
    assert not contract.problems, "\n\n".join(f"{kind}\n  {text}" for kind, text in contract.problems.items())
    assert set(SI01) <= set(served), sorted(set(SI01) - set(served))
    return contract, "\n".join(report)


def test_si01_a_few_hundred_generated_calls_get_answers_that_keep_to_the_document(
    document: dict[str, Any], running: ThreadedBackpack
) -> None:
    contract, _ = check(document, running, 8)
    assert sum(tally.good for tally in contract.tallies.values()) >= 100


@pytest.mark.slow
def test_si01_no_generated_call_gets_an_answer_that_breaks_the_document(
    document: dict[str, Any], running: ThreadedBackpack, capsys: pytest.CaptureFixture[str]
) -> None:
    contract, report = check(document, running, PER_OPERATION)
    with capsys.disabled():
        print("\n" + report)
    assert [one for one, tally in contract.tallies.items() if not tally.good] == []
    assert [one for one in MUST_HAVE_ROWS if not contract.tallies[one].rows] == []
    assert sum(tally.calls for tally in contract.tallies.values()) >= CALLS


def test_si01_paths_that_are_not_served_or_do_not_exist_get_the_exchanges_404(
    document: dict[str, Any], running: ThreadedBackpack
) -> None:
    contract = Contract(document, running)
    served, missing = contract.served()
    for operation in (*missing, *(f"GET {path}" for path in INVENTED), "GET /nothing", "PUT /api/v1/nothing/at/all"):
        method, path = split(operation)
        answer = requests.request(method, running.url + path, timeout=10)
        beside = any(split(one)[1] == path for one in served)
        expected = (405, "method not allowed") if beside else (404, NOT_FOUND)
        assert (answer.status_code, answer.text) == expected, operation
        assert answer.headers["Content-Type"].startswith("text/plain"), operation


def test_si01_no_signed_operation_answers_without_a_signature_or_with_that_of_another_key(
    document: dict[str, Any], running: ThreadedBackpack
) -> None:
    contract = Contract(document, running)
    served, _ = contract.served()
    signed = [one for one in served if contract.instruction(one)]
    assert len(signed) >= 20
    for operation in signed:
        method, path = split(operation)
        unsigned = requests.request(method, running.url + path, timeout=10)
        assert unsigned.status_code in (400, 401) and set(unsigned.json()) == {"code", "message"}, operation
        signer = Signer(str(contract.instruction(operation)), SigningKey.generate())
        request = signer(requests.Request(method, running.url + path).prepare())
        request.headers["X-API-Key"] = Signer("", SigningKey.generate()).public_key
        with requests.Session() as session:
            forged = session.send(request, timeout=10)
        expected = {"code": "INVALID_CLIENT_REQUEST", "message": "Invalid signature"}
        assert (forged.status_code, forged.json()) == (400, expected), operation


def test_si01_the_recorded_bodies_break_the_document_only_where_null_is_granted(
    document: dict[str, Any], shared: Path
) -> None:
    """Where document and recording disagree otherwise the recording would win; there is no such place."""
    file = shared / "backpack" / "captures" / "rest_recorded_bodies.json"
    if not file.is_file():
        pytest.skip(f"the recordings are not here: {file}")
    recorded = json.loads(file.read_text(encoding="utf-8"))
    strict, lenient = schemathesis.openapi.from_dict(document), schemathesis.openapi.from_dict(granted(document))
    refused = {"strict": [], "lenient": []}  # type: dict[str, list[str]]
    for name, body in recorded.items():
        found = re.match(r"(GET|POST|DELETE) ([^ ?]+)", name)
        if found is None:
            continue
        for kind, schema in (("strict", strict), ("lenient", lenient)):
            operation = schema[found[2]][found[1].lower()]
            response = requests.Response()
            response.status_code, response.url = 200, "http://recorded"
            is_text = "text/plain" in name
            content_type = "text/plain; charset=utf-8" if is_text else "application/json; charset=utf-8"
            response.raw = HTTPResponse(headers={"Content-Type": content_type})
            payload = body["body"] if isinstance(body, dict) and "body" in body else body
            response._content = (payload if is_text else json.dumps(payload)).encode()
            response.request = requests.Request(found[1], response.url).prepare()
            if not operation.is_valid_response(response):
                refused[kind].append(name)
    assert refused["lenient"] == []
    assert len(refused["strict"]) == 9 and len(recorded) - 1 >= 20
