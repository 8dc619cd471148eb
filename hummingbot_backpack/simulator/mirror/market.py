"""A mirrored market: the real book stands in the engine's book, our own resting orders wait beside it.

What this can tell: whether a quote would have been reached. What it cannot: how the others would have answered to it. A
resting order of ours fills only after what was ahead of it when it came has traded, or when the real book has crossed
it; what our takers took is put back at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Settings
from hummingbot_backpack.simulator.amounts import UNIT, shown, units
from hummingbot_backpack.simulator.events import DepthEvent, TouchEvent, TradeEvent
from hummingbot_backpack.simulator.orders import ASK, BID, Order, OrderRequest, Trade

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState

FUNDS = shown(10**12 * UNIT)

Levels = dict[int, int]
"""Price in ticks to steps."""


@dataclass(slots=True)
class Waiting:
    """A resting order of ours, and the steps that must trade at its price before it."""

    order: Order
    ahead: int


class MirroredMarket:
    """Keeps one market of the engine equal to the real one."""

    def __init__(self, engine: "Engine", state: "MarketState") -> None:
        self._engine, self._state = engine, state
        funds = dict.fromkeys(engine.asset_prices, FUNDS)
        free = Settings(futures_maker=0, futures_taker=0, spot_maker=0, spot_taker=0, leverage=50 * UNIT)
        self._account = engine.open_account(f"the real {state.spec.symbol}", free, funds, is_house=True)
        self._sizes: dict[int, Levels] = {BID: {}, ASK: {}}
        self._orders: dict[tuple[int, int], Order] = {}
        self._waiting: dict[int, Waiting] = {}
        self._taken: set[tuple[int, int]] = set()
        self._touch: tuple[tuple[int, int] | None, tuple[int, int] | None] = (None, None)
        state.mirror = self

    # Our own resting orders (called by the engine)

    def rest(self, order: Order) -> None:
        self._waiting[order.id] = Waiting(order, self._sizes[order.side].get(order.price, 0))

    def leave(self, order: Order) -> None:
        self._waiting.pop(order.id, None)

    def taken(self, order: Order) -> None:
        """Something traded with this order: if it is a level of the real book, it is to be restored."""
        if order.account is self._account:
            self._taken.add((order.side, order.price))

    def restore(self) -> None:
        """Put back what our takers took: they do not move the market."""
        taken, self._taken = self._taken, set()
        for side, price in taken:
            self._place(side, price)

    # The real market (called by the source)

    def reset(self, update_id: int, bids: Levels, asks: Levels) -> None:
        """Become a snapshot."""
        gone = {side: dict.fromkeys(self._sizes[side], 0) for side in (BID, ASK)}
        self.apply(update_id, {**gone[BID], **bids}, {**gone[ASK], **asks})

    def withdraw(self) -> None:
        """The real book is unknown: nobody stands here until it is known again."""
        self.reset(self._state.update_id, {}, {})

    def apply(self, update_id: int, bids: Levels, asks: Levels) -> None:
        """Take over changed levels with their update id, and fill what they have crossed."""
        changed = [(side, price) for side, levels in ((BID, bids), (ASK, asks)) for price in levels]
        for side, levels in ((BID, bids), (ASK, asks)):
            for price, steps in levels.items():
                if steps:
                    self._sizes[side][price] = steps
                else:
                    self._sizes[side].pop(price, None)
        # What goes makes room before what comes.
        for side, price in sorted(changed, key=lambda one: one[1] in self._sizes[one[0]]):
            self._place(side, price)
        self._state.update_id = update_id
        self._announce(update_id, bids, asks)
        self._fill_crossed()
        if not self._state.spec.is_perpetual:
            mid = self._state.mid()
            if mid is not None:
                self._engine.set_index(self._state.spec.base, mid)

    def _place(self, side: int, price: int) -> None:
        """Make the level of the engine's book what the real one is."""
        steps = self._sizes[side].get(price, 0)
        order = self._orders.get((side, price))
        if order is not None and order.is_open:
            if order.remaining == steps:
                return
            self._engine.cancel(self._account, order)
        self._orders.pop((side, price), None)
        if steps:
            request = OrderRequest(self._state.spec, side, False, price=price, steps=steps)
            self._orders[side, price] = self._engine.place(self._account, request)

    def _announce(self, update_id: int, bids: Levels, asks: Levels) -> None:
        engine, spec, now = self._engine, self._state.spec, self._engine.clock.now_us()
        touch = self._state.book.best(BID), self._state.book.best(ASK)
        if touch != self._touch:
            self._touch = touch
            engine.events.append(TouchEvent(spec, update_id, touch[0], touch[1], now))
        engine.events.append(DepthEvent(spec, update_id, bids, asks, now))
        engine.flush()

    def trade(self, trade_id: int, price: int, steps: int, buyer_id: int, seller_id: int, buyer_is_maker: bool) -> None:
        """A real trade: tell it, and let our orders on the side that was hit have what reached them."""
        engine, state = self._engine, self._state
        state.last_price = price
        now = engine.clock.now_us()
        public = Trade(trade_id, state.spec, price, steps, buyer_id, seller_id, buyer_is_maker, now)
        state.tape.add(public)
        engine.events.append(TradeEvent(public))
        engine.triggers.moved(state.spec.symbol)
        side = BID if buyer_is_maker else ASK
        left = steps
        for one in self._reached(side, price):
            passed = left
            if one.order.price == price:
                passed = max(0, left - one.ahead)
                one.ahead = max(0, one.ahead - left)
            filled = min(one.order.remaining, passed)
            if filled:
                left -= filled
                engine.matcher.fill_resting(self._account, one.order, state, filled)
        engine.triggers.run()
        engine.flush()

    def _reached(self, side: int, price: int) -> list[Waiting]:
        """Our orders of a side at a price or better, best and oldest first."""
        reached = [
            one for one in self._waiting.values() if one.order.side == side and (one.order.price - price) * side >= 0
        ]
        return sorted(reached, key=lambda one: (-side * one.order.price, one.order.id))

    def _fill_crossed(self) -> None:
        for side in (BID, ASK):
            opposite = self._state.book.best_price(-side)
            if opposite is None:
                continue
            for one in self._reached(side, opposite):
                self._engine.matcher.fill_resting(self._account, one.order, self._state, one.order.remaining)
        self._engine.flush()


def parsed_levels(state: "MarketState", rows: Iterable[tuple[str, str]]) -> Levels:
    """Levels of a frame or a body on the market's grids."""
    price, quantity = state.spec.price_grid, state.spec.quantity_grid
    return {price.count(units(p)): quantity.count(units(q)) for p, q in rows}
