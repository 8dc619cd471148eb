import asyncio
from decimal import Decimal

import pytest
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_marks import MarkWatch

PAIR = "SOL-USDC"
MARK = Decimal(145)


async def test_ex02_the_mark_of_a_position_is_asked_for_only_while_its_stream_is_silent() -> None:
    now, held, asked = [0.0], [PAIR], []

    async def ask(trading_pair: str) -> None:
        asked.append(now[0])
        watch.on_mark(trading_pair, MARK, streamed=False)

    async def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] == 6:
            watch.on_mark(PAIR, MARK, streamed=True)
        if now[0] == 10:
            held.clear()
        if now[0] == 14:
            raise asyncio.CancelledError

    watch = MarkWatch(lambda: list(held), ask, sleep, lambda: now[0])
    assert watch.age(PAIR) is None and not watch.is_silent(PAIR)
    assert watch.on_mark(PAIR, MARK, streamed=True)
    assert not watch.on_mark(PAIR, MARK, streamed=True)
    with pytest.raises(asyncio.CancelledError):
        await watch.watch()
    # At 10 it would be silent again, but there is no position any more.
    assert asked == [4.0, 5.0]
    assert watch.age(PAIR) == 8.0
