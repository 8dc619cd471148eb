"""How old a position is, and a private stream that does not tell of one, over real sockets against a local Backpack."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_positions import PositionBook
from hummingbot.connector.exchange.backpack import backpack_account_sync
from hummingbot.connector.exchange.backpack.backpack_parsing import PositionRecord
from hummingbot.connector.perpetual_trading import PerpetualTrading

from test.hummingbot.harness import until
from test.hummingbot.scene import PAIR, Scene, staged

D = Decimal
REOPENED = "it has not told in 0 s what became of the position in SOL-USDC"


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(backpack_account_sync, "STREAM_PATIENCE", 0.3)
    async with staged(monkeypatch, is_perpetual=True) as scene:
        yield scene


def record(quantity: str) -> PositionRecord:
    return PositionRecord("SOL_USDC_PERP", D(quantity), D(100), D(110), D("0.001"))


def book() -> tuple[PositionBook, PerpetualTrading, SimpleNamespace]:
    trading, clock = PerpetualTrading([PAIR]), SimpleNamespace(now=0.0)
    return PositionBook(trading, lambda: clock.now), trading, clock


def test_ex02_a_position_is_as_old_as_its_frame_or_the_question() -> None:
    positions, _, clock = book()
    assert positions.age(PAIR) is None
    clock.now = 10
    positions.on_positions([], D(5), asked_at=8)
    assert positions.age(PAIR) == 2
    positions.on_event(PAIR, record("1"), D(5))
    clock.now = 13
    assert positions.age(PAIR) == 3
    positions.on_positions([(PAIR, record("1"))], D(5), asked_at=9)
    assert positions.age(PAIR) == 3
    positions.on_positions([(PAIR, record("1"))], D(5), asked_at=12)
    assert positions.age(PAIR) == 1


def test_po02_an_answer_that_a_later_one_has_overtaken_is_left_alone() -> None:
    positions, trading, clock = book()
    clock.now = 10
    positions.on_positions([(PAIR, record("2"))], D(5), asked_at=9)
    assert positions.on_positions([], D(5), asked_at=8) == []
    assert trading.account_positions[PAIR].amount == 2
    assert positions.age(PAIR) == 1


def test_re02_an_answer_names_what_it_changed() -> None:
    positions, _, clock = book()
    assert positions.on_positions([(PAIR, record("1"))], D(5), asked_at=1) == []
    assert positions.on_positions([(PAIR, record("1"))], D(5), asked_at=2) == []
    assert positions.on_positions([(PAIR, record("2"))], D(5), asked_at=3) == [PAIR]
    assert positions.on_positions([], D(5), asked_at=4) == [PAIR]
    clock.now = 6
    positions.on_event(PAIR, record("3"), D(5))
    assert positions.on_positions([], D(5), asked_at=5) == []


async def test_re02_a_stream_that_is_deaf_to_a_position_is_opened_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    fault = scene.backpack.faults.set("drop_frames", stream="account.positionUpdate")
    scene.buy("2")
    await until(lambda: scene.ledger["positions"])
    assert await scene.connector.refresh_positions()
    assert scene.connector.account_positions[PAIR].amount == 2
    scene.backpack.faults.remove(fault)
    await until(lambda: REOPENED in caplog.text)
    await scene.run.ready()
    scene.sell("2")
    await until(lambda: PAIR not in scene.connector.account_positions)


async def test_re02_a_position_that_the_stream_told_is_no_ground_to_open_it_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    # The answer is first, and the frame comes within the stream's patience.
    fault = scene.backpack.faults.set("late_frames", stream="account.positionUpdate", value=0.1)
    scene.buy("2")
    await until(lambda: scene.ledger["positions"])
    await scene.connector.refresh_positions()
    checks = list(scene.connector._position_checks)
    assert checks
    scene.backpack.faults.remove(fault)
    await asyncio.gather(*checks)
    await scene.connector.refresh_positions()
    assert not scene.connector._position_checks
    assert "Opening the private stream again" not in caplog.text


async def test_re05_positions_that_cannot_be_asked_for_are_said_and_are_no_younger(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    before = scene.connector.position_age(PAIR)
    fault = scene.backpack.faults.set("expired_key")
    assert not await scene.connector.refresh_positions()
    scene.backpack.faults.remove(fault)
    assert "positions could not be fetched" in caplog.text
    assert scene.connector.position_age(PAIR) > before
    assert await scene.connector.refresh_positions()
    assert scene.connector.position_age(PAIR) < 1
