"""The worst moments for a fault: each sets the stage, lets the fault strike in the middle of something, and waits until
it is over. What holds afterwards is not theirs to say."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from test.faults.stage import PAIR, PATIENCE, Stage
from test.hummingbot.harness import until

Moment = Callable[[Stage, "Fault"], Awaitable[None]]


class Fault:
    """A fault with its settings.

    :param kind: as the catalogue calls it
    """

    def __init__(self, kind: str, **settings: object) -> None:
        self.kind, self.settings = kind, settings

    def strike(self, stage: Stage) -> None:
        stage.strike(self.kind, **self.settings)

    async def healed(self, stage: Stage) -> None:
        await stage.healed(self.kind)


async def _started(stage: Stage) -> None:
    await stage.start().__aenter__()
    await stage.run.ready()


async def mid_place(stage: Stage, fault: Fault) -> None:
    """Two quotes leave in one request, while two others rest."""
    await _started(stage)
    await stage.quotes()
    fault.strike(stage)
    placed = stage.buy("1", "140"), stage.sell("1", "151")
    await fault.healed(stage)
    await stage.decided(*placed)


async def mid_single_place(stage: Stage, fault: Fault) -> None:
    """One quote leaves alone, and is hit the moment it rests."""
    await _started(stage)
    fault.strike(stage)
    placed = stage.buy("2", "145.00")
    await until(lambda: stage.account.open_orders or stage.is_decided(placed), 10)
    if stage.account.open_orders:
        stage.take("0.5")
    await fault.healed(stage)
    await stage.decided(placed)


async def mid_take(stage: Stage, fault: Fault) -> None:
    """A market order leaves, which is filled before anybody could ask about it."""
    await _started(stage)
    fault.strike(stage)
    placed = stage.buy("1.5")
    await fault.healed(stage)
    await stage.decided(placed)


async def mid_cancel(stage: Stage, fault: Fault) -> None:
    """Both quotes are being cancelled when one of them is hit."""
    await _started(stage)
    orders = await stage.quotes()
    fault.strike(stage)
    for order_id in orders:
        stage.connector.cancel(PAIR, order_id)
    await asyncio.sleep(0)
    if stage.account.open_orders:
        stage.take("0.5")
    await fault.healed(stage)
    await _withdrawn(stage)


async def _withdrawn(stage: Stage) -> None:
    """As a strategy does it: what still rests is cancelled again, until it is gone."""

    async def again() -> None:
        while stage.account.open_orders:
            await stage.connector.cancel_all(10)

    await asyncio.wait_for(again(), PATIENCE)


async def mid_fill(stage: Stage, fault: Fault) -> None:
    """A quote is hit before, during and after the fault."""
    await _started(stage)
    await stage.quotes()
    stage.take("0.3")
    fault.strike(stage)
    stage.take("0.5")
    await asyncio.sleep(0)
    stage.take("0.4")
    await fault.healed(stage)
    if stage.account.open_orders:
        stage.take("0.2")


async def mid_position(stage: Stage, fault: Fault) -> None:
    """Long 2 from a market order, with both quotes resting."""
    await _started(stage)
    await stage.decided(stage.buy("2"))
    await stage.quotes()
    fault.strike(stage)
    await fault.healed(stage)


async def position_while_away(stage: Stage, fault: Fault) -> None:
    """Long 2, with both quotes resting, and all sockets are gone when it strikes."""
    await _started(stage)
    await stage.decided(stage.buy("2"))
    await stage.quotes()
    stage.backpack.faults.set("disconnect")
    await until(lambda: not stage.connector.is_user_stream_up)
    fault.strike(stage)
    await until(lambda: stage.connector.is_user_stream_up, PATIENCE)
    await fault.healed(stage)


async def position_at_stop(stage: Stage, fault: Fault) -> None:
    """Long 2 when the bot stops; it strikes before the bot starts again."""
    await _started(stage)
    await stage.decided(stage.buy("2"))
    await stage.connector.cancel_all(5)
    await stage.run.__aexit__(None, None, None)
    kept = stage.connector.tracking_states
    fault.strike(stage)
    stage.start(kept)
    await stage.run.__aenter__()
    await fault.healed(stage)


def _touch(stage: Stage) -> tuple[Decimal, Decimal] | None:
    """Best bid and ask; None while the book is not valid, or crossed."""
    bid, ask = (stage.connector.get_price(PAIR, is_buy) for is_buy in (False, True))
    return (bid, ask) if bid.is_finite() and ask.is_finite() and bid < ask else None


async def mid_quote(stage: Stage, fault: Fault) -> None:
    """In a market that moves, with quotes that rest a hundredth away from it."""
    await _started(stage)
    bid, ask = await until(lambda: _touch(stage), PATIENCE)
    lower = stage.connector.quantize_order_price(PAIR, bid * Decimal("0.99"))
    upper = stage.connector.quantize_order_price(PAIR, ask * Decimal("1.01"))
    await stage.decided(stage.buy("1", str(lower)), stage.sell("1", str(upper)))
    fault.strike(stage)
    await fault.healed(stage)
    await until(lambda: _touch(stage), PATIENCE)


async def at_start(stage: Stage, fault: Fault) -> None:
    """The bot starts into the fault, with a position or holding that it has never seen."""
    stage.exchange.order(stage.account, stage.symbol, "Bid", "1")
    fault.strike(stage)
    await stage.start().__aenter__()
    await fault.healed(stage)


async def at_stop(stage: Stage, fault: Fault) -> None:
    """The bot is stopped while its quotes rest and one is hit; then it starts again with what Hummingbot kept."""
    await _started(stage)
    await stage.quotes()
    fault.strike(stage)
    stage.take("0.5")
    await stage.connector.cancel_all(2)
    await stage.run.__aexit__(None, None, None)
    kept = stage.connector.tracking_states
    if stage.account.open_orders:
        stage.take("0.2")
    stage.start(kept)
    await stage.run.__aenter__()
    await fault.healed(stage)


async def during_reconnect(stage: Stage, fault: Fault) -> None:
    """All sockets are gone; before they are back a quote is hit, one is cancelled and one placed."""
    await _started(stage)
    bid, ask = await stage.quotes()
    stage.backpack.faults.set("disconnect")
    await until(lambda: not stage.connector.is_user_stream_up)
    fault.strike(stage)
    if stage.account.open_orders:
        stage.take("0.5")
    stage.connector.cancel(PAIR, ask)
    placed = stage.buy("1", "140")
    await until(lambda: stage.connector.is_user_stream_up, PATIENCE)
    if stage.account.open_orders:
        stage.take("0.2")
    await fault.healed(stage)
    await stage.decided(bid, placed)
