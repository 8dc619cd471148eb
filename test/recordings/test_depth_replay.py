"""The recorded depth of a real market through the wire format: after every update the connector's book equals one that
was built independently, or is known to be invalid."""

import asyncio
import contextlib
import gzip
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_api_order_book_data_source, backpack_streams
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from test.hummingbot.conftest import own_workspace
from test.hummingbot.harness import Keys, Running, perpetual, until
from test.recordings.depth_exchange import PAIR, DepthExchange

__all__ = ["own_workspace"]

pytestmark = pytest.mark.slow
UPDATES = 6586


class Replay:
    """The exchange that plays back, the connector that listens, and what was seen of its book."""

    def __init__(self, exchange: DepthExchange, connector: Any) -> None:
        self.exchange, self.connector = exchange, connector
        self.source, self.book = connector._orderbook_ds, connector.order_books[PAIR]
        self.equal = self.invalid = self.behind = 0

    async def settled(self) -> None:
        """What was sent has been read and applied."""
        await self.exchange.hear()
        queue = self.source._message_queue["depth"]
        diffs = self.connector.order_book_tracker._order_book_diff_stream
        while True:
            await until(lambda: queue.empty() and diffs.empty(), 5)
            # The router takes a message and applies it in one turn; a socket that ends may add one in it.
            await asyncio.sleep(0)
            if queue.empty() and diffs.empty():
                return

    async def look(self, sent: bool) -> None:
        """Compares the whole book with the exchange's.

        :param sent: False: the last frame was lost, so the book may still be the one of before it, and no other
        """
        await self.settled()
        last_id = self.source._feeds[PAIR].synchroniser.last_id
        if last_id is None:
            assert not self.source.is_valid(PAIR) and not self.connector.ready
            assert not list(self.book.bid_entries()) and not list(self.book.ask_entries()), "an invalid book is empty"
            self.invalid += 1
        elif last_id == self.exchange.last_id:
            self.compare()
            self.equal += 1
        else:
            assert not sent, "the book is behind although every frame has come, and does not know it"
            self.behind += 1

    def compare(self) -> None:
        assert [(row.price, row.amount) for row in self.book.bid_entries()] == sorted(
            self.exchange.bids.items(), reverse=True
        ), f"bids after update {self.exchange.last_id}"
        assert [(row.price, row.amount) for row in self.book.ask_entries()] == sorted(self.exchange.asks.items()), (
            f"asks after update {self.exchange.last_id}"
        )


@pytest.fixture
def recorded(shared: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The recording's snapshot and its updates."""
    with gzip.open(shared / "market_data" / "eth_perp_2024-08-08_depth.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    updates = [row for row in rows if row["type"] == "diff"]
    assert len(updates) == UPDATES
    return next(row for row in rows if row["type"] == "snapshot"), updates


@contextlib.asynccontextmanager
async def replaying(book: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replay]:
    # The real delays (a second and more) are another test's; here many losses must fit into a minute.
    monkeypatch.setattr(backpack_api_order_book_data_source, "SNAPSHOT", (0.0, 0.02))
    monkeypatch.setattr(backpack_streams, "Backoff", lambda: Backoff((0.02,)))
    exchange = DepthExchange(book)
    async with exchange.serve() as url:
        monkeypatch.setenv("BACKPACK_SIMULATOR_URL", url)
        connector = perpetual(Keys("", ""), [PAIR], trading_required=False)
        async with Running(connector):
            await until(lambda: connector.ready, 15, lambda: str(connector.status_dict))
            yield Replay(exchange, connector)
        await ConnectionsFactory().close()


async def test_md01_recorded_depth_gives_the_same_book_at_every_update(
    recorded: tuple[dict[str, Any], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, updates = recorded
    async with replaying(book, monkeypatch) as replay:
        for update in updates:
            await replay.exchange.send(replay.exchange.advance(update))
            await replay.look(sent=True)
        assert replay.exchange.snapshots == 1
        assert (replay.equal, replay.invalid) == (UPDATES, 0)


async def test_md01_md03_md05_recorded_depth_with_losses_is_right_or_known_to_be_invalid(
    recorded: tuple[dict[str, Any], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(20240808)
    book, updates = recorded
    happened = dict.fromkeys(("lost", "doubled", "swapped", "old snapshot", "reconnected"), 0)
    old: dict[str, Any] | None = None
    held: str | None = None
    async with replaying(book, monkeypatch) as replay:
        exchange = replay.exchange
        for number, update in enumerate(updates):
            if number % 50 == 0:
                old = exchange.depth()
            frame = exchange.advance(update)
            what = chance.choices((*happened, "sent"), (8, 8, 8, 4, 1, 971))[0]
            if what in happened:
                happened[what] += 1
            if what == "old snapshot" and old is not None:
                # The next gap is answered with a snapshot of up to fifty updates ago, which does not reach.
                exchange.lag = [old]
            if what == "reconnected":
                await exchange.disconnect()
            elif held is not None:
                # Two frames change places.
                await exchange.send(frame)
                await exchange.send(held)
                held = None
            elif what == "swapped":
                held = frame
            elif what != "lost":
                await exchange.send(frame)
                if what == "doubled":
                    await exchange.send(frame)
            await replay.look(sent=what not in ("lost", "swapped") and exchange.is_heard)
            if not replay.source.is_valid(PAIR):
                # The recording's updates lie 52 ms apart.
                await asyncio.sleep(0.01)
        await until(lambda: exchange.is_heard and replay.source.is_valid(PAIR))
        await exchange.send(exchange.advance({**updates[-1], "time_us": updates[-1]["time_us"] + 1}))
        await until(lambda: replay.source._feeds[PAIR].synchroniser.last_id == exchange.last_id)
        await replay.settled()
        replay.compare()
        assert min(happened.values()) >= 3, happened
        assert exchange.snapshots > happened["lost"]
        assert replay.equal > 0.7 * UPDATES, (replay.equal, replay.invalid, replay.behind)
        assert replay.invalid > 0
