"""A step that fails, or a key that is refused, leaves no quote behind that nobody looks after."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from test.hummingbot_backpack.trading.bot import Bot, Market, local_backpack, until


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure()
        await bot.start()
        await bot.quotes(4)
        yield bot


async def test_li02_a_step_that_fails_withdraws_every_quote(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: Any) -> Any:
        raise ZeroDivisionError("unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr(bot.controller, "decide", fail)
        bot.controller.wake.set()
        await bot.quotes(0)
        await until(lambda: market.ledger(bot)["open_orders"] == [])
        assert "maker: the step failed, quotes are withdrawn: unforeseen" in caplog.text
    bot.controller.wake.set()
    await bot.quotes(4)


async def test_li02_a_withdrawal_that_fails_is_said_once_and_tried_again(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = []

    def fail(*arguments: Any) -> Any:
        attempts.append(arguments)
        raise ZeroDivisionError("unforeseen")

    def step_again() -> bool:
        bot.controller.wake.set()
        return len(attempts) >= 3

    monkeypatch.setattr(bot.controller, "step", lambda hands: 1 / 0)
    with monkeypatch.context() as patch:
        patch.setattr(bot.controller._hands, "carry_out", fail)
        await until(step_again)
        assert caplog.text.count("the quotes could not be withdrawn: unforeseen") == 1
    bot.controller.wake.set()
    await bot.quotes(0)


async def test_re04_a_refused_key_stops_quoting_until_the_exchange_takes_it_again(bot: Bot, market: Market) -> None:
    refusal = market.backpack.faults.set("expired_key")
    with pytest.raises(OSError):
        await bot.connector.refresh_account()
    await until(lambda: "UNAUTHORIZED" in bot.controller.decision.quoting.reason)
    market.backpack.faults.remove(refusal)
    await bot.connector.refresh_account()
    await until(lambda: bot.connector.fatal_error is None)
    await until(lambda: "UNAUTHORIZED" not in bot.controller.decision.quoting.reason)
    await bot.quotes(4)
