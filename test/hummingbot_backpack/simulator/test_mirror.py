"""Paper trading, proven by mirroring a second local Backpack (card SI07)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.simulator.events import DepthEvent
from hummingbot_backpack.simulator.exchange import Exchange
from test.hummingbot_backpack.simulator.conftest import Open

PERP = "SOL_USDC_PERP"
Books = dict[int, tuple[list[tuple[int, int]], list[tuple[int, int]]]]


@asynccontextmanager
async def mirror_of(real: LocalBackpack, symbol: str = PERP) -> AsyncIterator[LocalBackpack]:
    """A mirror that has its first snapshot."""
    config = SimulatorConfig(port=0, mirror=(symbol,), mirror_url=real.url, mirror_stream_url=real.stream_url)
    mirror = await LocalBackpack.mirroring(config)
    async with mirror:
        await caught_up(real, mirror, symbol)
        yield mirror


async def caught_up(real: LocalBackpack, mirror: LocalBackpack, symbol: str = PERP) -> None:
    """Wait until the mirror is at the real market's update id and listens."""
    real_market, mirrored = real.exchange.engine.markets[symbol], mirror.exchange.engine.markets[symbol]
    async with asyncio.timeout(20):
        while mirrored.update_id != real_market.update_id or not real.hub.has(f"trade.{symbol}"):
            await asyncio.sleep(0.005)


def books_of(exchange: Exchange, symbol: str) -> Books:
    """Records both sides of the book at each update id."""
    books: Books = {}
    market, deliver = exchange.engine.markets[symbol], exchange.engine.sink

    def note(events: list[Any]) -> None:
        for event in events:
            if isinstance(event, DepthEvent) and event.market.symbol == symbol:
                books[event.update_id] = market.book.depth(1), market.book.depth(-1)
        deliver(events)

    exchange.engine.sink = note
    return books


@pytest.mark.parametrize("symbol", [PERP, "SOL_USDC"])
async def test_si07_the_mirrored_book_is_the_real_one_at_every_update_id(open_backpack: Open, symbol: str) -> None:
    real, _ = await open_backpack(flow="jump", speed=20)
    theirs = books_of(real.exchange, symbol)
    async with mirror_of(real, symbol) as mirror:
        ours = books_of(mirror.exchange, symbol)
        account = mirror.exchange.trader("paper")
        async with asyncio.timeout(30):
            while len(ours) < 300:
                mirror.exchange.order(account, symbol, "Bid", "0.5", None)
                mirror.exchange.order(account, symbol, "Ask", "0.5", None)
                await asyncio.sleep(0.02)
    assert account.buys > 5 and account.sells > 5
    first, last = min(ours), max(ours)
    assert list(range(first, last + 1)) == sorted(ours)
    different = [update for update in ours if ours[update] != theirs[update]]
    assert not different


async def traded(real: LocalBackpack, mirror: LocalBackpack, side: str, quantity: str) -> None:
    """A taker on the real market, seen by the mirror."""
    before = len(mirror.exchange.engine.markets[PERP].tape.trades)
    real.exchange.order(real.exchange.trader("taker"), PERP, side, quantity, None)
    async with asyncio.timeout(10):
        while len(mirror.exchange.engine.markets[PERP].tape.trades) == before:
            await asyncio.sleep(0.005)
    await caught_up(real, mirror)


async def real_market(open_backpack: Open) -> tuple[LocalBackpack, Any]:
    real, _ = await open_backpack()
    maker = real.exchange.trader("maker")
    real.exchange.order(maker, PERP, "Bid", "2", "144")
    real.exchange.order(maker, PERP, "Ask", "2", "146")
    return real, maker


async def test_si07_a_resting_order_fills_only_after_what_was_ahead_of_it_has_traded(open_backpack: Open) -> None:
    real, maker = await real_market(open_backpack)
    async with mirror_of(real) as mirror:
        account = mirror.exchange.trader("paper")
        order = mirror.exchange.order(account, PERP, "Bid", "1", "144", postOnly=True)
        real.exchange.order(maker, PERP, "Bid", "5", "144")
        await caught_up(real, mirror)
        await traded(real, mirror, "Ask", "2")
        assert order.executed == 0
        await traded(real, mirror, "Ask", "0.4")
        assert (order.executed, order.status) == (40, "PartiallyFilled")
        assert account.fills[-1].is_maker
        assert mirror.exchange.engine.markets[PERP].book.best(1) == (14400, 460)


async def test_si07_an_order_better_than_the_real_touch_fills_with_the_next_trade(open_backpack: Open) -> None:
    real, _ = await real_market(open_backpack)
    async with mirror_of(real) as mirror:
        order = mirror.exchange.order(mirror.exchange.trader("paper"), PERP, "Bid", "1", "144.5", postOnly=True)
        assert mirror.exchange.engine.markets[PERP].book.best(1) == (14400, 200)
        await traded(real, mirror, "Ask", "0.3")
        assert order.executed == 30


async def test_si07_an_order_that_the_real_book_crosses_is_filled(open_backpack: Open) -> None:
    real, maker = await real_market(open_backpack)
    async with mirror_of(real) as mirror:
        order = mirror.exchange.order(mirror.exchange.trader("paper"), PERP, "Ask", "1", "145", postOnly=True)
        real.exchange.order(maker, PERP, "Bid", "3", "145.2")
        await caught_up(real, mirror)
        assert order.status == "Filled"


async def test_si07_a_taker_gets_the_real_sizes_and_does_not_move_them(open_backpack: Open) -> None:
    real, _ = await real_market(open_backpack)
    async with mirror_of(real) as mirror:
        account = mirror.exchange.trader("paper")
        order = mirror.exchange.order(account, PERP, "Bid", "3", "146", timeInForce="IOC")
        assert order.executed == 200
        assert mirror.exchange.engine.markets[PERP].book.best(-1) == (14600, 200)
        assert not mirror.exchange.engine.markets[PERP].tape.trades


async def test_si07_marks_index_and_funding_rate_are_the_real_ones(open_backpack: Open) -> None:
    real, _ = await real_market(open_backpack)
    async with mirror_of(real) as mirror:
        real.exchange.set_mark(PERP, "151.25")
        async with asyncio.timeout(10):
            while mirror.exchange.engine.marks[PERP] != real.exchange.engine.marks[PERP]:
                await asyncio.sleep(0.02)
        assert mirror.exchange.perpetuals.rate_text(PERP) == real.exchange.perpetuals.rate_text(PERP)
        assert mirror.exchange.perpetuals.next_funding_us == real.exchange.perpetuals.next_funding_us


async def test_si07_a_gap_or_a_lost_connection_ends_in_the_real_book_again(open_backpack: Open) -> None:
    real, maker = await real_market(open_backpack)
    async with mirror_of(real) as mirror:
        for fault in ("gap", "disconnect"):
            real.faults.set(fault)
            real.exchange.order(maker, PERP, "Bid", "1", "143")
            real.exchange.order(maker, PERP, "Bid", "1", "142")
            async with asyncio.timeout(20):
                while mirror.exchange.engine.markets[PERP].book.depth(1) != real.exchange.engine.markets[
                    PERP
                ].book.depth(1):
                    await asyncio.sleep(0.02)


async def test_si07_an_unknown_market_is_one_sentence(open_backpack: Open) -> None:
    real, _ = await open_backpack()
    config = SimulatorConfig(port=0, mirror=("NO_SUCH",), mirror_url=real.url, mirror_stream_url=real.stream_url)
    with pytest.raises(ValueError, match=r"mirror \(NO_SUCH\) must be a market of"):
        await LocalBackpack.mirroring(config)
