"""What a user can get wrong with the connectors ends in one clear sentence each, never in a traceback or a crash."""

import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack.backpack_requests import Reply
from hummingbot.core.data_type.common import OrderType, PositionMode

from test.hummingbot.harness import Keys, Running, local_backpack, perpetual, spot, until
from test.hummingbot.scene import PAIR, Scene, staged

BOTH = pytest.mark.parametrize("is_perpetual", [False, True], ids=["spot", "perpetual"])


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said at WARNING or above; a traceback fails."""
    records = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not any(record.exc_info for record in records), caplog.text
    return [record.getMessage() for record in records]


@pytest.fixture(params=[False, True], ids=["spot", "perpetual"])
async def scene(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async with staged(monkeypatch, is_perpetual=request.param) as scene:
        yield scene


@BOTH
@pytest.mark.parametrize("secret", ["not base64 at all", "c2hvcnQ=", "A" * 43], ids=["text", "short", "cut"])
def test_au03_a_secret_that_is_none_is_one_sentence_that_never_shows_it(is_perpetual: bool, secret: str) -> None:
    with pytest.raises(ValueError) as caught:
        (perpetual if is_perpetual else spot)(Keys("public", secret))
    assert str(caught.value) == (
        "backpack_api_secret must be the base64 of 32 or 64 bytes, as the exchange shows it with a new key."
    )


@BOTH
async def test_re04_a_key_that_the_exchange_does_not_know_is_one_sentence(
    is_perpetual: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = Keys.new()
    async with local_backpack(monkeypatch, strict_keys=True, keys={known.public: {"USDC": "1"}}):
        connector = (perpetual if is_perpetual else spot)(Keys.new())
        async with Running(connector):
            await until(lambda: connector.fatal_error is not None)
            await connector._poll_all()
            assert not connector.ready
    sentences = [line for line in caplog.messages if "The exchange refuses this API key" in line]
    assert len(sentences) == 1, caplog.text
    assert sentences[0].endswith("it must be the right one, and may trade.")


@BOTH
@pytest.mark.parametrize("orders", [1, 3], ids=["one order", "a batch"])
async def test_re04_a_key_that_may_only_read_is_one_sentence_however_the_orders_left(
    is_perpetual: bool, orders: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(monkeypatch, is_perpetual) as scene:
        scene.backpack.faults.set("read_only_key")
        for order_id in [scene.buy("1", "140") for _ in range(orders)]:
            assert "FORBIDDEN" in await scene.failed(order_id)
        assert "FORBIDDEN" in scene.connector.fatal_error
        await scene.connector._poll_all()
        assert scene.connector.fatal_error is not None, "that it may read does not let it trade"
        assert caplog.text.count("The exchange refuses this API key") == 1
        scene.backpack.faults.clear()
        await scene.placed(scene.buy("1", "140"))
        assert scene.connector.fatal_error is None


async def test_re04_a_batch_whose_items_are_refused_for_the_key_says_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = {"operation": "Err", "code": "FORBIDDEN", "message": "Forbidden"}
    original = scene.connector._requests._request_once

    async def request_once(method: Any, path: str, params: Any, body: Any, *rest: Any) -> Any:
        if isinstance(body, list):
            return Reply(200, [item] * len(body))
        return await original(method, path, params, body, *rest)

    monkeypatch.setattr(scene.connector._requests, "_request_once", request_once)
    for order_id in (scene.buy("1", "140"), scene.buy("1", "139")):
        assert "FORBIDDEN" in await scene.failed(order_id)
    assert "FORBIDDEN" in scene.connector.fatal_error


async def test_md10_an_order_for_a_closed_market_is_one_sentence(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.backpack.faults.set("market_state", symbol=scene.symbol, value="Closed")
    await scene.connector._update_trading_rules()
    caplog.clear()
    reason = f"{PAIR} takes no orders now: its market is Closed"
    assert reason in await scene.failed(scene.buy("1", "140"))
    (sentence,) = said(caplog)
    assert sentence == f"BUY LIMIT_MAKER 1.00 {PAIR} at 140.00 was not placed: {reason}."


async def test_or02_too_small_an_order_is_one_sentence(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    await scene.failed(scene.buy("0.001", "140"))
    (sentence,) = said(caplog)
    assert sentence == (
        f"BUY LIMIT_MAKER 0.001 {PAIR} at 140 was not placed: Order amount 0.001 is lower than minimum order size 0.01 "
        f"for the pair {PAIR}. The order will not be created."
    )
    assert scene.ledger["orders_placed"] == 0


async def test_md10_an_order_for_a_market_that_does_not_exist_is_one_sentence(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    await scene.failed(scene.connector.buy("NO-SUCH", Decimal(1), OrderType.LIMIT_MAKER, Decimal(1)))
    (sentence,) = said(caplog)
    assert sentence.endswith("was not placed: the trading rules of NO-SUCH are not known.")


async def test_po04_hedge_mode_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(monkeypatch, is_perpetual=True) as scene:
        caplog.clear()
        scene.connector.set_position_mode(PositionMode.HEDGE)
        (sentence,) = said(caplog)
        assert sentence == (
            "Position mode HEDGE is refused: Backpack has one net position per market: only the ONEWAY position mode "
            "exists."
        )


@pytest.mark.parametrize("leverage", [0, 51, 1000])
async def test_po04_leverage_out_of_range_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, leverage: int
) -> None:
    async with staged(monkeypatch, is_perpetual=True) as scene:
        caplog.clear()
        scene.connector.set_leverage(PAIR, leverage)
        await until(lambda: said(caplog))
        assert said(caplog) == [
            f"backpack_perpetual_simulator: the leverage was not set to {leverage}: leverage ({leverage}) must "
            f"be from 1 to 50 for {PAIR}."
        ]
        assert scene.connector.get_leverage(PAIR) == 10
