"""House makers who show exactly the levels that they are told: the other side of a recording."""

from typing import TYPE_CHECKING

from sortedcontainers import SortedDict

from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.orders import ASK, BID, Order, OrderRequest

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState

MOST_ORDERS = 8
"""Orders per level; more growth joins the newest."""


class LevelMakers:
    """Keeps given levels in the book.

    What a level loses goes from behind the queue, what it gains queues up behind: other accounts' orders keep their
    place. Orders of others that the levels have reached or passed are taken in full: the market was there.
    """

    def __init__(self, engine: "Engine", state: "MarketState", maker: Account, taker: Account) -> None:
        self._engine, self._state, self._maker, self._taker = engine, state, maker, taker
        self._wanted: dict[int, SortedDict] = {BID: SortedDict(), ASK: SortedDict()}
        self._orders: dict[tuple[int, int], list[Order]] = {}
        self._behind = False
        self.away = False
        """True while the makers stay out (an emptied book)."""

    def withdraw(self) -> None:
        """Take every quote off the book."""
        for orders in self._orders.values():
            for order in orders:
                if order.is_open:
                    self._engine.cancel(self._maker, order)
        self._orders.clear()
        self._behind = True

    def quote(self, fair: float) -> None:
        """Make up for what has traded. The levels are the recording's, whatever the fair price."""
        self.show({}, {})

    def show(self, bids: dict[int, int], asks: dict[int, int]) -> None:
        """Change levels: price in ticks to steps, 0 for one that goes; the others are made whole as far as needed."""
        changed = {BID: set(bids), ASK: set(asks)}
        for side, levels in ((BID, bids), (ASK, asks)):
            for price, steps in levels.items():
                if steps:
                    self._wanted[side][-side * price] = steps
                else:
                    self._wanted[side].pop(-side * price, None)
        if self.away or self._state.spec.state in ("Closed", "CancelOnly"):
            self._behind = True
            return
        if self._behind:
            self._behind = False
            for side in (BID, ASK):
                changed[side] |= {-side * key for key in self._wanted[side]}
                changed[side] |= {price for way, price in self._orders if way == side}
        # The side that makes room goes first, and what comes is placed before what goes: the touch never flickers.
        best_bid, best_ask = self._best(BID), self._state.book.best_price(ASK)
        rises = best_bid is not None and best_ask is not None and best_bid >= best_ask
        for side in (ASK, BID) if rises else (BID, ASK):
            self._clear(side)
            for price in changed[side]:
                self._grow(side, price)
            for price in changed[side]:
                self._shrink(side, price)
            self._make_whole(side)

    def _best(self, side: int) -> int | None:
        levels = self._wanted[side]
        return -side * levels.peekitem(0)[0] if levels else None

    def _clear(self, side: int) -> None:
        """Take what others quote at or beyond this side's best level."""
        best, spec = self._best(side), self._state.spec
        if best is None or spec.state not in ("Open", "LimitOnly"):
            return
        steps = 0
        for order in self._state.book.resting(-side):
            if (best - order.price) * side < 0:
                break
            if order.account is not self._maker:
                steps += order.remaining
        if steps:
            request = OrderRequest(spec, side, False, price=best, steps=steps, time_in_force="IOC")
            self._engine.place(self._taker, request)

    def _standing(self, side: int, price: int) -> tuple[list[Order], int]:
        """Open orders of a level, oldest first, and their steps."""
        orders = [order for order in self._orders.get((side, price), ()) if order.is_open]
        return orders, sum(order.remaining for order in orders)

    def _grow(self, side: int, price: int) -> bool:
        """Bring a level up to its size; true if it was smaller."""
        wanted = self._wanted[side].get(-side * price, 0)
        orders, steps = self._standing(side, price)
        missing = wanted - steps
        if missing <= 0:
            return False
        opposite = self._state.book.best_price(-side)
        if opposite is not None and (price - opposite) * side >= 0:
            # Somebody stands in the way who cannot be taken now (a market that is post-only).
            self._behind = True
            return False
        if len(orders) >= MOST_ORDERS:
            newest = orders.pop()
            missing += newest.remaining
            self._engine.cancel(self._maker, newest)
        request = OrderRequest(self._state.spec, side, False, price=price, steps=missing)
        orders.append(self._engine.place(self._maker, request))
        self._orders[side, price] = orders
        return True

    def _shrink(self, side: int, price: int) -> None:
        """Bring a level down to its size, newest orders first."""
        orders, steps = self._standing(side, price)
        excess = steps - self._wanted[side].get(-side * price, 0)
        while excess > 0:
            newest = orders[-1]
            if newest.remaining <= excess:
                excess -= newest.remaining
                self._engine.cancel(self._maker, orders.pop())
            else:
                self._engine.unrest(newest, excess, gone=False)
                newest.steps -= excess
                self._engine.flush()
                excess = 0
        if orders:
            self._orders[side, price] = orders
        else:
            self._orders.pop((side, price), None)

    def _make_whole(self, side: int) -> None:
        """Takers eat from the best level outwards: make levels whole until one already is."""
        for key in self._wanted[side]:
            if not self._grow(side, -side * key):
                return
