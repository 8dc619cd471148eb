"""What the exchange's refusals say about the API key, decided and over real sockets."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_key_health import KeyHealth
from hummingbot.core.web_assistant.connections.data_types import RESTMethod

from test.hummingbot.harness import Keys, local_backpack, spot

BALANCES = (RESTMethod.GET, CONSTANTS.BALANCE_PATH_URL)
ONE_ORDER = (RESTMethod.POST, CONSTANTS.ORDER_PATH_URL)
BATCH = (RESTMethod.POST, CONSTANTS.ORDERS_PATH_URL)
UNAUTHORIZED = BackpackError(ErrorKind.FATAL, 401, "UNAUTHORIZED", "Unauthorized")
FORBIDDEN = BackpackError(ErrorKind.FATAL, 403, "FORBIDDEN", "Forbidden")
BODY = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100", "quantity": "1"}


def test_re04_a_refused_key_is_well_again_with_any_signed_request_that_works() -> None:
    health = KeyHealth()
    health.on_outcome(*ONE_ORDER, UNAUTHORIZED)
    assert health.refusal == (
        "The exchange refuses this API key (UNAUTHORIZED: Unauthorized): it must be the right one, and may trade."
    )
    health.on_outcome(*BALANCES, None)
    assert health.refusal is None


def test_re04_a_missing_permission_stays_until_what_needs_it_works() -> None:
    health = KeyHealth()
    health.on_outcome(*ONE_ORDER, FORBIDDEN)
    health.on_outcome(*BALANCES, None)
    assert health.refusal is not None
    health.on_outcome(*BATCH, None)
    assert health.refusal is None


@pytest.mark.parametrize("kind", [kind for kind in ErrorKind if kind is not ErrorKind.FATAL])
def test_re04_other_errors_say_nothing_about_the_key(kind: ErrorKind) -> None:
    health, error = KeyHealth(), BackpackError(kind, 500, "", "")
    health.on_outcome(*BALANCES, error)
    assert health.refusal is None
    health.on_outcome(*BALANCES, UNAUTHORIZED)
    health.on_outcome(*BALANCES, error)
    assert health.refusal is not None


@pytest.fixture
async def backpack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    async with local_backpack(monkeypatch) as backpack:
        yield backpack


async def test_re04_fatal_error_names_the_refusal_and_clears_when_requests_work_again(
    backpack: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    connector = spot(Keys.new())
    assert connector.fatal_error is None
    backpack.faults.set("expired_key", times=1)
    with pytest.raises(BackpackError):
        await connector.refresh_account()
    assert "UNAUTHORIZED" in connector.fatal_error
    await connector.refresh_account()
    assert connector.fatal_error is None
    assert "the API key works again" in caplog.text


async def test_au05_another_key_begins_without_the_old_ones_refusal(backpack: Any) -> None:
    connector, fresh = spot(Keys.new()), Keys.new()
    backpack.faults.set("read_only_key", times=1)
    with pytest.raises(BackpackError):
        await connector._requests.send_order(BODY)
    await connector.refresh_account()
    assert "FORBIDDEN" in connector.fatal_error
    await connector.replace_keys(fresh.public, fresh.secret)
    assert connector.fatal_error is None


async def test_re04_a_refused_public_request_says_nothing_about_the_key(
    backpack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = spot(Keys.new())

    async def refuse(*arguments: Any) -> Any:
        raise FORBIDDEN

    monkeypatch.setattr(connector._requests, "_request_once", refuse)
    with pytest.raises(BackpackError):
        await connector.public_get(CONSTANTS.PING_PATH_URL)
    assert connector.fatal_error is None
