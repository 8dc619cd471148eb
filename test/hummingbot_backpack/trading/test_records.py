"""What a session leaves on record (card SE04), in Hummingbot's own frame against a local Backpack."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from hummingbot_backpack.market_making.accounting import Fill
from hummingbot_backpack.market_making.values import RestingOrder, Side, Touch
from hummingbot_backpack.records import FillRecord, Records, RecordWriter, rows
from hummingbot_backpack.records import writer as writing
from hummingbot_backpack.records.tables import FILLS
from hummingbot_backpack.trading import book_keeping, markouts
from hummingbot_backpack.trading.markouts import Markouts
from hummingbot_backpack.trading.quoting_time import QuotingClock
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

D = Decimal
PLACE = ("backpack_perpetual_simulator", "SOL-USDC")


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure()
        yield bot


async def test_se04_a_session_records_touch_samples_and_quoting_time(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markouts, "HORIZONS", (1,))
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await bot.recorded(1)
    market.quote("145.2")

    def after_a_second() -> object:
        (row,) = bot.records().rows(FILLS)
        return row.bid_1 is not None and row

    row = await until(after_a_second)
    assert (row.purpose, row.bid, row.ask) == ("quote", "144.50", "145.50")
    assert (row.bid_1, row.ask_1, row.bid_5) == ("144.70", "145.70", None)
    await bot.stop()
    records = bot.records()
    start, end = records.samples()
    assert (start.kind, end.kind, start.fills, end.fills) == ("start", "end", 0, 1)
    assert end.equity == D(market.ledger(bot)["equity"])
    assert end.positions[SYMBOL][0] == D("0.3") and start.positions == {}
    (spent,) = records.quoting()
    assert 0 < spent.both[1] <= spent.seconds
    assert spent.both[0] == 0 and spent.bid_size[1] > 0  # the nearest quotes stand 10 bps from the mid


async def test_se04_without_persistence_nothing_is_on_disk_and_the_figures_are_the_same(
    bot: Bot, market: Market
) -> None:
    await bot.start(persist=False)
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await until(lambda: bot.state["fills"] == 1)
    assert bot.state["persist"] is False
    assert len(list(bot.strategy._keeper._records.fills())) == 1
    await bot.stop()
    assert not list((bot.folder / "data").glob("*.sqlite*"))


async def test_se04_a_fill_of_ours_that_no_event_told_is_booked_from_history(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(book_keeping.account_watch, "OWN_FILL_SECONDS", -60.0)
    await bot.start()
    await bot.quotes(4)
    keeper = bot.strategy._keeper
    bot.connector.remove_listener(book_keeping.MarketEvent.OrderFilled, keeper._on_fill_forwarder)
    market.hit("Ask", "0.3")
    await until(lambda: market.position(bot) == D("0.3"))
    assert bot.state["fills"] == 0
    await keeper.read_histories()
    assert keeper.markets[PLACE].account.position == D("0.3")
    assert "a fill of ours that no event told is booked" in caplog.text
    bot.connector.add_listener(book_keeping.MarketEvent.OrderFilled, keeper._on_fill_forwarder)
    await bot.stop()
    assert bot.state["fills"] == market.ledger(bot)["fill_count"] == 1


async def test_se04_records_that_are_damaged_end_the_bot_with_one_sentence(
    bot: Bot, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    (bot.folder / "data" / "maker.records.sqlite").write_bytes(b"no database" * 400)
    await bot.start()
    await until(lambda: bot.exit_codes)
    assert bot.exit_codes == [1]
    assert "must be a readable SQLite database" in caplog.text
    assert (bot.folder / "data" / "maker.records.sqlite").read_bytes().startswith(b"no database")


def record(number: int) -> FillRecord:
    fill = Fill(Side.BUY, D("145.123456789"), D("0.3"), D("0.01"), "USDC", True, 1.0)
    return FillRecord(*PLACE, str(number), f"o{number}", "x", fill, "quote", D("145"), None)


def test_se04_rows_are_written_by_another_thread_in_order_and_completely_at_the_end(tmp_path: Path) -> None:
    records = Records(tmp_path / "r.sqlite")
    session = records.begin_session(1.0)
    writer = RecordWriter(records)
    assert writer._thread is not None and writer._thread is not threading.current_thread()
    for number in range(500):
        writer.insert(FILLS, rows.fill_row(session, record(number)))
        writer.insert(FILLS, rows.fill_row(session, record(number)))
        writer.touch(record(number).key, 5, "1", "2")
    writer.close()
    found = list(records.rows(FILLS))
    assert [row.trade_id for row in found] == [str(number) for number in range(500)]
    assert {(row.bid_5, row.ask_5, row.bid_1) for row in found} == {("1", "2", None)}


def test_se04_a_disk_that_refuses_is_tried_again_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writing, "RETRY_SECONDS", 0.01)
    caplog.set_level(logging.INFO)
    records = Records(tmp_path / "r.sqlite")
    session = records.begin_session(1.0)
    with sqlite3.connect(tmp_path / "r.sqlite") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON fills BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    writer = RecordWriter(records)
    for number in range(3):
        writer.insert(FILLS, rows.fill_row(session, record(number)))
    for _ in range(500):
        if "tried again: disk full" in caplog.text:
            break
        threading.Event().wait(0.01)
    with sqlite3.connect(tmp_path / "r.sqlite") as connection:
        connection.execute("DROP TRIGGER full")
    writer.close()
    assert writer.lost == 0
    assert len(list(records.fills())) == 3
    assert caplog.text.count("disk full") == 1 and "written again" in caplog.text


async def test_se04_a_fill_that_is_heard_of_late_has_no_touch_for_what_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(markouts, "HORIZONS", (1, 3, 4))
    monkeypatch.setattr(markouts, "PROMPT_SECONDS", 0.5)
    noted: list[tuple[str, int]] = []
    looks: list[tuple[str, str]] = []

    def look(place: tuple[str, str]) -> Touch:
        looks.append(place)
        return Touch(D(1), D(2))

    watch = Markouts(look, lambda key, horizon, touch: noted.append((key, horizon)))
    watch.add("late", PLACE, 2.95)
    watch.add("later", PLACE, 3.95)
    await until(lambda: len(noted) == 2)
    assert sorted(noted) == [("late", 3), ("later", 4)]
    assert len(looks) == 1  # what is due together is looked at once
    watch.stop()
    await asyncio.sleep(0)
    assert len(noted) == 2


def test_se04_quoting_time_counts_what_was_seen_and_no_gap() -> None:
    touch = Touch(D("99.99"), D("100.01"))

    def quotes(distance: str, *sides: Side) -> list[RestingOrder]:
        return [RestingOrder("a", side, D(100) - side.sign * D(distance), D(2)) for side in sides]

    clock = QuotingClock(0.0)
    clock.look(0.0, touch, [])
    clock.look(1.0, touch, quotes("0.07", Side.BUY, Side.SELL))
    clock.look(2.0, touch, quotes("0.12", Side.BUY, Side.SELL))
    clock.look(3.0, touch, quotes("0.07", Side.BUY))
    clock.look(4.0, None, quotes("0.07", Side.BUY, Side.SELL))
    clock.look(60.0, touch, quotes("0.07", Side.BUY, Side.SELL))
    spent = clock.take(60.0, *PLACE)
    assert spent is not None
    assert (spent.seconds, spent.both) == (4.0, (1.0, 2.0))
    assert (spent.bid_size, spent.ask_size) == ((4.0, 6.0), (2.0, 4.0))
    assert clock.take(61.0, *PLACE) is None
