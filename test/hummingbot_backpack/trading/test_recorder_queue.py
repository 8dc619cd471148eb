"""The queue before Hummingbot's recorder: nothing is lost, the order stays, and nobody waits for SQLite."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.client.config.client_config_map import DBSqliteMode, MarketDataCollectionConfigMap
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.model.order import Order
from hummingbot.model.order_status import OrderStatus
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType
from hummingbot.model.trade_fill import TradeFill

from hummingbot_backpack.trading.recorder_queue import LATEST_SECONDS, DeferredWriter, RecorderQueue
from test.hummingbot_backpack.trading.bot import Bot, Market, until
from test.hummingbot_backpack.trading.test_session import bot, market

__all__ = ["bot", "market"]


class Waiting:
    """A clock that only the test moves, and whether somebody else waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.busy = True


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def writer(waiting: Waiting) -> DeferredWriter:
    return DeferredWriter(lambda: waiting.busy, lambda: waiting.now)


async def test_se04_records_wait_while_something_else_does_and_no_longer_than_half_a_second(
    writer: DeferredWriter, waiting: Waiting
) -> None:
    written: list[int] = []
    for number in range(3):
        writer.put(lambda number=number: written.append(number))
        waiting.now += 0.1
    assert not writer.turn() and not written
    waiting.now = 100.0 + LATEST_SECONDS
    assert writer.turn() and written == [0]  # the first has waited long enough, the others have not
    assert not writer.turn()
    waiting.busy = False
    assert writer.turn() and writer.turn() and not writer.turn()
    assert written == [0, 1, 2]


async def test_se04_records_are_written_by_themselves_when_nothing_waits(
    writer: DeferredWriter, waiting: Waiting
) -> None:
    written: list[int] = []
    waiting.busy = False
    for number in range(5):
        writer.put(lambda number=number: written.append(number))
    assert not written
    await until(lambda: written == list(range(5)))


async def test_se04_a_stop_writes_everything_and_one_bad_record_costs_no_other(
    writer: DeferredWriter, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[int] = []
    writer.put(lambda: written.append(1))
    writer.put(lambda: written.append(1 // 0))
    writer.put(lambda: written.append(3))
    writer.flush()
    assert written == [1, 3] and len(writer) == 0
    assert "A record could not be written: " in caplog.text


def recorder(path: Path, connector: Any) -> MarketsRecorder:
    """Hummingbot's own, with a database of its own."""
    mode = DBSqliteMode()
    client = SimpleNamespace(db_mode=SimpleNamespace(get_url=mode.get_url))
    manager = SQLConnectionManager(client, SQLConnectionType.TRADE_FILLS, str(path), called_from_migrator=True)
    made = MarketsRecorder(manager, [connector], "maker.yml", "maker", MarketDataCollectionConfigMap())
    made.start()
    return made


NOW = {"id", "last_update_timestamp"}
"""Columns that hold the time of writing, or a number of the table's own."""


def rows(recorder: MarketsRecorder) -> dict[str, list[dict[str, Any]]]:
    """Everything in the tables, in the order in which it was written."""
    found = {}
    with recorder.sql_manager.get_new_session() as session:
        for table in (Order, OrderStatus, TradeFill):
            columns = [column.name for column in table.__table__.columns]
            left_out = NOW - {"id"} if table is Order else NOW | {"timestamp"}
            found[table.__tablename__] = [
                {name: getattr(row, name) for name in columns if name not in left_out}
                for row in session.query(table).all()
            ]
    return found


async def test_se04_the_database_is_the_same_with_the_queue_as_without(
    bot: Bot, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MarketsRecorder, "_shared_instance", None)
    await bot.start()
    direct = recorder(tmp_path / "direct.sqlite", bot.connector)
    queued = recorder(tmp_path / "queued.sqlite", bot.connector)
    writer = DeferredWriter(lambda: True, lambda: 0.0)
    queue = RecorderQueue(queued, [bot.connector], writer)
    await bot.quotes(4)
    for turn in range(6):
        market.hit("Bid" if turn % 2 else "Ask", "0.4")
        market.quote(str(145 + turn % 3))
        await until(lambda: bot.controller.view.exchange == market.position(bot))
        await bot.quotes(4)
    await bot.stop()
    assert len(writer) > 20
    queue.close()
    left, right = rows(direct), rows(queued)
    assert left["TradeFill"] and len(left["OrderStatus"]) > len(left["Order"]) > 12
    assert left == right
    # The recorder listens itself again.
    assert bot.connector.get_listeners(queued._event_pairs[0][0]).count(queued._event_pairs[0][1]) == 1
    direct.stop()
    queued.stop()


async def test_se04_our_script_puts_the_queue_in_and_writes_all_of_it_at_its_stop(
    bot: Bot, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[MarketsRecorder] = []
    stand_in = MarketsRecorder.get_instance()

    def instance(*_: Any, **__: Any) -> Any:
        return made[0] if made else stand_in

    monkeypatch.setattr(MarketsRecorder, "get_instance", instance)
    await bot.start()
    made.append(recorder(tmp_path / "db.sqlite", bot.connector))
    await bot.quotes(4)
    event, own = made[0]._event_pairs[0]
    assert own not in bot.connector.get_listeners(event)
    market.hit("Ask", "0.3")
    await until(lambda: market.position(bot) > 0)
    await bot.stop()
    assert own in bot.connector.get_listeners(event)
    found = rows(made[0])
    assert len(found["TradeFill"]) == 1
    assert [row["status"] for row in found["OrderStatus"]].count("OrderCancelled") == len(found["Order"]) - 1
    made[0].stop()
