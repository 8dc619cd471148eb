"""Breakers in a running bot: what trips them, that they survive a restart, and how they are re-armed."""

import json
import logging
import stat
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from hummingbot.connector.exchange.backpack.backpack_liquidations import REMEMBERED, LiquidationLog

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.breakers import SESSION, MoneyLimits, Result
from hummingbot_backpack.trading.breakers import FILE_NAME, Breakers
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

D = Decimal
LIMITS = MoneyLimits(D(25), D(10), D(5))


def made(net: str, volume: str = "0") -> Result:
    return Result(D(net), D(net), D(volume))


def test_br01_money_breakers_survive_a_restart_and_are_re_armed_explicitly(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    first = Breakers(path, LIMITS, 2.0)
    first.judge(made("-10"))
    held = first.hold_of("maker")
    assert held is not None and held.startswith("drawdown: 10.000000 below the session's high")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Breakers(path, LIMITS, 2.0)
    again.judge(made("0"))
    assert again.hold_of("any") == held
    again.resume(None)
    assert again.hold_of("any") == held
    again.rearm(made("-3"))
    assert again.hold_of("any") is None
    again.judge(made("-12.99"))
    assert again.hold_of("any") is None
    again.judge(made("-13"))
    assert again.hold_of("any") is not None
    assert json.loads(path.read_text())["breakers"][0]["name"] == "drawdown"


def test_br01_re_arming_waits_until_the_result_is_known(tmp_path: Path) -> None:
    found = Breakers(tmp_path / FILE_NAME, LIMITS, 2.0)
    found.judge(made("-25"))
    with pytest.raises(UserError, match="result is not known"):
        found.rearm(Result(None, None, D(0)))
    assert found.hold_of("maker")


MIDNIGHT = 1_800_057_600.0


def test_br01_a_restart_does_not_begin_a_money_limit_anew(tmp_path: Path) -> None:
    path, now = tmp_path / FILE_NAME, [MIDNIGHT + 10 * 3600]

    def run() -> Breakers:
        return Breakers(path, MoneyLimits(D(25), None, D(5)), 2.0, lambda: now[0])

    crashed = run()
    crashed.judge(made("-11", "6000"))
    now[0] += 1
    crashed.judge(made("-12", "6000"))
    now[0] += 9 * 3600
    stopped = run()
    stopped.judge(made("-7.99", "1000"))
    assert stopped.hold_of("maker") is None
    stopped.close()
    now[0] += 60
    last = run()
    last.judge(made("-5.01", "2999"))
    assert "the session lost 25.000000, the limit (max_session_loss) is 25" in str(last.hold_of("maker"))
    assert "of volume" not in "".join(row["reason"] for row in last.listed())
    last.judge(made("-5.01", "3000"))
    assert "10000.00 of volume cost 25.0000 per 10,000" in "".join(row["reason"] for row in last.listed())


def test_br01_the_drawdown_of_the_next_run_counts_from_the_earlier_ones_high(tmp_path: Path) -> None:
    path, now = tmp_path / FILE_NAME, [MIDNIGHT + 3600]
    limits = MoneyLimits(None, D(10), None)
    first = Breakers(path, limits, 2.0, lambda: now[0])
    first.judge(made("8"))
    first.judge(made("3"))
    first.close()
    second = Breakers(path, limits, 2.0, lambda: now[0])
    second.judge(made("-4.99"))
    assert second.hold_of("maker") is None
    second.judge(made("-5"))
    assert "10.000000 below the session's high" in str(second.hold_of("maker"))


@pytest.mark.parametrize(
    ("ends", "begins", "goes_on"),
    [("09:00", "23:59", True), ("23:50", "24:40", True), ("23:50", "24:51", False), ("09:00", "33:00", False)],
)
def test_br01_losses_count_on_within_the_day_or_the_hour(tmp_path: Path, ends: str, begins: str, goes_on: bool) -> None:
    def clock(text: str) -> float:
        hours, minutes = text.split(":")
        return MIDNIGHT + int(hours) * 3600 + int(minutes) * 60

    now = [clock("08:00")]
    path = tmp_path / FILE_NAME
    first = Breakers(path, LIMITS, 2.0, lambda: now[0])
    now[0] = clock(ends)
    first.judge(made("-9"))
    first.close()
    now[0] = clock(begins)
    second = Breakers(path, LIMITS, 2.0, lambda: now[0])
    second.judge(made("-1"))
    assert (second.hold_of("maker") is not None) is goes_on


def test_br01_a_session_that_ended_as_planned_leaves_the_next_one_its_whole_limit(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    first = Breakers(path, LIMITS, 2.0)
    first.judge(made("-9"))
    first.end_count()
    first.judge(made("-9.5"))
    first.close()
    second = Breakers(path, LIMITS, 2.0)
    second.judge(made("-9"))
    assert second.hold_of("maker") is None


def test_br01_an_unknown_result_holds_while_it_lasts(tmp_path: Path) -> None:
    now = [100.0]
    found = Breakers(tmp_path / FILE_NAME, LIMITS, 2.0, lambda: now[0])
    found.judge(Result(None, None, D(0)))
    assert found.hold_of("maker") is None
    now[0] = 102.0
    found.judge(Result(None, None, D(0)))
    assert "result is not known" in str(found.hold_of("maker"))
    found.judge(made("0"))
    assert found.hold_of("maker") is None


def test_br01_a_file_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    for content in (
        "",
        "[]",
        "{}",
        '{"breakers": [{"name": "strange"}]}',
        '{"breakers": 3}',
        '{"breakers": [], "count": {}}',
    ):
        path.write_text(content)
        with pytest.raises(UserError, match="must be readable, since it says what stopped this bot earlier"):
            Breakers(path, LIMITS, 2.0)


def test_br01_manual_holds_survive_a_restart_and_know_whom_they_hold(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    found = Breakers(path, MoneyLimits(), 2.0)
    found.pause(["maker"], "paused by request")
    again = Breakers(path, MoneyLimits(), 2.0)
    assert again.hold_of("other") is None
    assert again.hold_of("maker") == "manual: paused by request, until `hummingbot-backpack resume`"
    again.pause(None, "paused by request")
    again.resume(["maker"])
    assert [row["scope"] for row in again.listed()] == [SESSION]
    again.resume(None)
    assert again.listed() == []


class Liquidated:
    """A connector as breakers see it."""

    def __init__(self, *order_ids: str) -> None:
        self.liquidations = LiquidationLog()
        for order_id in order_ids:
            self.liquidations.heed("LIQUIDATION_AUTOCLOSE", order_id)

    def add_listener(self, *_: object) -> None: ...


def test_br01_a_liquidation_trips_once_in_whichever_run(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    connector = Liquidated("7")

    def run() -> Breakers:
        found = Breakers(path, MoneyLimits(), 2.0)
        found.listen({"perpetual": connector, "spot": Liquidated("7")}, {})
        found.judge(None)
        return found

    first = run()
    assert [row["name"] for row in first.listed()] == ["liquidation"]
    connector.liquidations.heed("LiquidatePositionOnBackstop", "8")
    first.judge(None)
    again = run()
    again.rearm(None)
    again.judge(None)
    assert again.hold_of("maker") is None
    assert run().hold_of("maker") is None
    connector.liquidations.heed("ADL_AUTOCLOSE", "9")
    connector.liquidations.heed(None, "10")
    assert run().hold_of("maker") is None
    connector.liquidations.heed("BACKSTOP_LIQUIDITY_PROVIDER", "11")
    assert "the exchange liquidated a position of the account of perpetual" in str(run().hold_of("maker"))


def test_br01_only_the_newest_liquidations_are_remembered() -> None:
    log = Liquidated(*map(str, range(REMEMBERED + 5))).liquidations
    assert (len(log.order_ids), log.order_ids[0], log.order_ids[-1]) == (REMEMBERED, "5", str(REMEMBERED + 4))


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest.mark.slow
async def test_br01_drawdown_stops_quoting_and_survives_a_restart(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure(inventory_skew=0)
        await bot.start(max_drawdown="1")
        await bot.quotes(4)
        market.hit("Ask", "0.6")
        await until(lambda: bot.controller.view.exchange == D("0.6"))
        market.exchange.set_mark(SYMBOL, "142")
        await bot.quotes(0)
        await until(lambda: [row["name"] for row in bot.state["breakers"]] == ["drawdown"])
        assert bot.state["breakers"][0]["scope"] == "session"
        assert "No quotes; limits and exits stay armed" in caplog.text
        assert market.position(bot) == D("0.6")
        await bot.stop()
        keys, market_position = bot.keys, market.position(bot)
        second = Bot.again(bot)
    async with second as bot:
        market.exchange.set_mark(SYMBOL, "145")
        await bot.start(max_drawdown="1")
        await until(lambda: bot.strategy.ready_to_trade and bot.controller.decision is not None)
        assert bot.controller.decision.breaker.startswith("drawdown: ")
        assert market.position(bot) == market_position and bot.keys is keys
        assert not bot.resting()
        bot.strategy.rearm_breakers()
        bot.controller.wake.set()
        await bot.quotes(4)


@pytest.mark.slow
async def test_br01_a_reject_storm_stops_quoting_for_a_minute(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure(inventory_skew=0)
        await bot.start()
        await bot.quotes(4)
        original = bot.connector._order_request

        def refuse(*arguments: object, **more: object) -> object:
            raise ValueError("the exchange says no")

        bot.connector._order_request = refuse
        for turn in range(12):
            market.quote(str(146 + turn % 2))
            if bot.strategy.breakers.hold_of("maker"):
                break
            await until(lambda turn=turn: bot.controller.seen.touch.mid == 146 + turn % 2)
        await until(lambda: bot.strategy.breakers.hold_of("maker"), what=lambda: caplog.text[-500:])
        held = bot.strategy.breakers.hold_of("maker")
        assert "of the last 20 orders were refused, until it is tried again after 60 s" in held
        await bot.quotes(0)
        bot.connector._order_request = original
        monkeypatch.setattr(bot.strategy.breakers, "_now", lambda real=bot.strategy.breakers._now: real() + 61)
        bot.controller.wake.set()
        await bot.quotes(4)


@pytest.mark.slow
async def test_se05_money_limits_hold_every_controller_of_the_session(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure(inventory_skew=0)
        await bot.start(max_session_loss="1")
        await bot.quotes(4)
        market.hit("Ask", "0.6")
        await until(lambda: bot.controller.view.exchange == D("0.6"))
        market.exchange.set_mark(SYMBOL, "143")
        await until(lambda: bot.strategy.breakers.hold_of("a controller of another market"))
        await bot.quotes(0)
