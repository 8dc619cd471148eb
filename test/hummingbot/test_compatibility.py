"""Whoever used the bundled connectors, or knows Hummingbot's, finds every name where it was."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from test.hummingbot import describe

pytestmark = pytest.mark.slow

LEFT_OUT = {
    "BROKER_ID": "no broker id is sent unless the user sets one (RF01)",
    "ORDER_NOT_EXIST_ERROR_CODE": "errors have kinds, in one table (D6)",
    "ORDER_NOT_EXIST_MESSAGE": "the same",
    "UNKNOWN_ORDER_ERROR_CODE": "the same",
    "UNKNOWN_ORDER_MESSAGE": "the same",
    "SINGLE_ORDERS_CHANNEL": "the account's one stream tells of all markets",
    "SINGLE_POSITIONS_CHANNEL": "the same",
    "FUNDING_RATE_PATH_URL": "mark, rate and time come in one answer of /markPrices",
    "REQUEST_WEIGHT": "every request weighs one",
    "DEFAULT_WINDOW_MS": "a setting (AU04), with its default among the constants",
    "HEARTBEAT_TIME_INTERVAL": "read by nobody; left over from a stream with listen keys",
    "LISTEN_KEY_KEEP_ALIVE_INTERVAL": "the same",
    "LISTEN_KEY_RETRY_INTERVAL": "the same",
    "MAX_RETRIES": "the same",
    "UPDATE_ORDER_STATUS_MIN_INTERVAL": "read by nobody",
    "backpack_order_type": "called by the bundled connector alone; an order's payload is one place",
    "to_hb_order_type": "called by nobody",
    "subscribe_funding_info": "a market's mark price is subscribed with its book (MD08)",
}


@pytest.fixture(scope="module")
def bundled() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, describe.__file__],
        env={**os.environ, "HUMMINGBOT_BACKPACK": "off"},
        capture_output=True,
        text=True,
        check=True,
        # Beside the checkout, whose `hummingbot/` would win.
        cwd="/",
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert "site-packages" in found["from"]
    return found


@pytest.fixture(scope="module")
def ours(repository: Path) -> dict[str, Any]:
    found = describe.describe()
    assert found["from"].startswith(str(repository))
    return found


def missing(bundled: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Every name of the bundled packages that ours lack."""
    found = []
    for name, theirs in bundled["modules"].items():
        mine = ours["modules"].get(name)
        if mine is None:
            found.append(f"module {name}")
            continue
        there = {*mine["names"], *LEFT_OUT}
        for kind in ("constants", "functions", "classes"):
            found += [f"{name}.{one}" for one in theirs[kind] if one not in there]
        for function, parameters in theirs["functions"].items():
            taken = mine["functions"].get(function, parameters)
            found += [f"{name}.{function}({one})" for one in parameters if one not in taken]
        for class_, theirs_of in theirs["classes"].items():
            of = mine["classes"].get(class_, theirs_of)
            if of["parameters"][: len(theirs_of["parameters"])] != theirs_of["parameters"]:
                found.append(f"{name}.{class_}{tuple(theirs_of['parameters'])}, ours takes {tuple(of['parameters'])}")
            found += [
                f"{name}.{class_}.{one}" for one in theirs_of["methods"] if one not in {*of["methods"], *LEFT_OUT}
            ]
    return found


def test_every_module_class_function_and_parameter_of_the_bundled_connectors_is_there(
    bundled: dict[str, Any], ours: dict[str, Any]
) -> None:
    assert missing(bundled, ours) == []


def test_stored_keys_examples_and_kinds_are_the_bundled_ones(bundled: dict[str, Any], ours: dict[str, Any]) -> None:
    assert ours["settings"] == bundled["settings"]


def test_symbols_map_by_coroutines_as_hummingbots_contract_has_it() -> None:
    from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_derivative import (
        BackpackPerpetualDerivative,
    )
    from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange

    for connector in (BackpackExchange, BackpackPerpetualDerivative):
        assert inspect.iscoroutinefunction(connector.exchange_symbol_associated_to_pair)
        assert inspect.iscoroutinefunction(connector.trading_pair_associated_to_exchange_symbol)
