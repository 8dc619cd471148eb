"""Keys, clock, budget and reconnection, over real sockets."""

import asyncio
import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_account_sync

from test.hummingbot.harness import Keys, until
from test.hummingbot.scene import Scene, staged

D = Decimal


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with staged(monkeypatch, is_perpetual=False) as scene:
        yield scene


async def test_au04_expired_request_resynchronises_once_for_rest_and_stream(scene: Scene) -> None:
    scene.backpack.faults.set("clock_skew", value=120)
    await scene.placed(scene.buy("1", "140"))
    scene.backpack.faults.clear()
    scene.backpack.faults.set("clock_skew", value=-120)
    scene.backpack.faults.set("disconnect")
    await until(lambda: not scene.connector.is_user_stream_up)
    await scene.run.ready()


async def test_au05_keys_can_be_replaced_while_running(scene: Scene) -> None:
    fresh = Keys.new()
    order = await scene.placed(scene.buy("1", "145.00"))
    exchange = scene.backpack.exchange
    exchange._by_key[fresh.public] = exchange._by_key[scene.keys.public]
    await scene.connector.replace_keys(fresh.public, fresh.secret)
    await until(lambda: not scene.connector.is_user_stream_up)
    await scene.run.ready()
    scene.trade("Ask", "1", "145.00")
    await until(lambda: order.is_filled)


async def test_au06_no_secret_or_signature_in_any_log(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    signatures = []
    original = scene.connector._backpack_auth.generate_signature

    def generate(*arguments: Any) -> str:
        signatures.append(original(*arguments))
        return str(signatures[-1])

    monkeypatch.setattr(scene.connector._backpack_auth, "generate_signature", generate)
    caplog.set_level(logging.DEBUG)
    scene.backpack.faults.set("error_before", method="POST", path="/api/v1/order")
    monkeypatch.setattr(scene.connector._order_path, "_window", 0.2)
    await scene.failed(scene.buy("1", "140"))
    scene.backpack.faults.set("expired_key", times=3)
    with pytest.raises(OSError):
        await scene.connector.refresh_account()
    scene.backpack.faults.set("disconnect")
    await until(lambda: not scene.connector.is_user_stream_up)
    await scene.run.ready()
    written = caplog.text + "".join(str(record.exc_info) for record in caplog.records)
    assert len(signatures) > 5
    for secret in (scene.keys.secret, *signatures):
        assert secret not in written


async def test_re01_reconciles_before_it_is_ready_again(scene: Scene) -> None:
    order_id = scene.buy("2", "145.00")
    await scene.placed(order_id)
    scene.backpack.faults.set("refuse_private_stream", seconds=0.5)
    await until(lambda: not scene.connector.ready)
    scene.trade("Ask", "0.5", "145.00")
    await scene.run.ready()
    assert scene.run.order(order_id).executed_amount_base == D("0.5")


async def test_re02_stream_that_is_deaf_to_what_rest_shows_is_opened_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backpack_account_sync, "STREAM_PATIENCE", 0.3)
    await scene.placed(scene.buy("2", "145.00"))
    await asyncio.sleep(0.1)
    scene.backpack.faults.set("silence", stream="account.orderUpdate")
    scene.trade("Ask", "0.5", "145.00")
    await scene.connector._update_order_status()
    await until(lambda: "Opening the private stream again" in caplog.text)
    scene.backpack.faults.clear()
    await scene.run.ready()


async def test_re04_key_without_permission_is_one_sentence(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.backpack.faults.set("read_only_key")
    await scene.failed(scene.buy("1", "140"))
    await scene.failed(scene.buy("1", "140"))
    assert caplog.text.count("refuses this API key") == 1


async def test_rl02_polling_costs_the_same_however_many_orders_rest(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []
    original = scene.connector._requests._request_once

    async def request_once(method: Any, path: str, *arguments: Any) -> Any:
        requests.append(path)
        return await original(method, path, *arguments)

    monkeypatch.setattr(scene.connector._requests, "_request_once", request_once)
    counts = []
    for orders in (1, 20):
        ids = [scene.buy("1", "140") for _ in range(orders)]
        for order_id in ids:
            await scene.placed(order_id)
        requests.clear()
        await scene.connector._poll_all()
        counts.append(len(requests))
    assert counts == [4, 4]
