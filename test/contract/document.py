"""The exchange's own OpenAPI document, and the three ways in which the live exchange departs from it."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

METHODS = ("get", "post", "put", "patch", "delete")
DECIMAL = r"^-?\d+(\.\d+)?$"
NAIVE_TIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?$"

GRANTS = (
    "a property that is not required may be null (9 of the 20 recorded bodies)",
    "a request that does not parse gets a plain-text 400",
    "404 and 429 come where none is declared",
)

SI01 = (
    "GET /api/v1/account", "PATCH /api/v1/account",
    "GET /api/v1/account/limits/borrow", "GET /api/v1/account/limits/order", "GET /api/v1/account/limits/withdrawal",
    "GET /api/v1/assets", "GET /api/v1/collateral", "GET /api/v1/borrowLend/positions", "POST /api/v1/borrowLend",
    "GET /api/v1/capital", "GET /api/v1/capital/collateral",
    "GET /api/v1/markets", "GET /api/v1/market", "GET /api/v1/ticker", "GET /api/v1/tickers", "GET /api/v1/depth",
    "GET /api/v1/klines", "GET /api/v1/markPrices", "GET /api/v1/openInterest", "GET /api/v1/fundingRates",
    "GET /api/v1/status", "GET /api/v1/ping", "GET /api/v1/time",
    "GET /api/v1/trades", "GET /api/v1/trades/history",
    "GET /api/v1/order", "POST /api/v1/order", "DELETE /api/v1/order",
    "POST /api/v1/orders", "GET /api/v1/orders", "DELETE /api/v1/orders", "GET /api/v1/position",
    "GET /wapi/v1/history/fills", "GET /wapi/v1/history/funding", "GET /wapi/v1/history/orders",
    "GET /wapi/v1/history/settlement",
)  # fmt: skip
"""What card SI01 names, as the document spells it. More may be served; all that is served is called."""

INVENTED = ("/api/v1/fills", "/api/v1/positions", "/api/v1/funding_payments", "/api/v1/funding")
"""Paths that some bots list and the exchange does not have."""


def document_path(repository: Path) -> Path:
    """Where the document lies (``BACKPACK_OPENAPI``); skips where it is absent."""
    shared = os.environ.get("BACKPACK_SHARED", str(repository.parent / "shared"))
    path = Path(os.environ.get("BACKPACK_OPENAPI", Path(shared) / "backpack" / "backpack_openapi.json"))
    if not path.is_file():
        pytest.skip(f"the exchange's OpenAPI document is not here: {path} (set BACKPACK_OPENAPI)")
    return path


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def operations(document: dict[str, Any]) -> list[str]:
    """``METHOD /path`` of everything the document describes."""
    return [f"{m.upper()} {path}" for path, item in document["paths"].items() for m in item if m in METHODS]


def split(operation: str) -> tuple[str, str]:
    method, _, path = operation.partition(" ")
    return method, path


def granted(document: dict[str, Any]) -> dict[str, Any]:
    """The document that answers are held against: stricter about text formats, and null where null is granted."""
    result = copy.deepcopy(document)
    for schema in result["components"]["schemas"].values():
        _grant(schema)
    for item in result["paths"].values():
        for method in METHODS:
            for response in item.get(method, {}).get("responses", {}).values():
                for content in response.get("content", {}).values():
                    _grant(content["schema"])
    return result


def _grant(schema: Any) -> None:
    if isinstance(schema, list):
        for one in schema:
            _grant(one)
        return
    if not isinstance(schema, dict):
        return
    for value in schema.values():
        _grant(value)
    if schema.get("type") == "string" and schema.get("format") == "decimal":
        schema["pattern"] = DECIMAL
    if schema.get("type") == "string" and schema.get("format") == "naive-date-time":
        schema["pattern"] = NAIVE_TIME
    if schema.get("type") == "integer" and str(schema.get("format", "")).startswith("uint"):
        schema["minimum"] = 0
    properties = schema.get("properties")
    if isinstance(properties, dict) and "type" in schema:
        required = schema.get("required", [])
        for name, value in properties.items():
            if name not in required:
                properties[name] = {"nullable": True, "allOf": [value]}
