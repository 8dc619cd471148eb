"""An order book with price-time priority. Prices in ticks, quantities in steps; it knows nothing of accounts."""

from collections.abc import Iterator

from sortedcontainers import SortedDict

from hummingbot_backpack.simulator.orders import BID, Order


class Level:
    """Orders at one price, oldest first (a dict keeps insertion order and removes in constant time)."""

    __slots__ = ("orders", "steps")

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.steps = 0


class OrderBook:
    """Both sides of one market, and what changed since `take_changes` was last called."""

    def __init__(self) -> None:
        # Keyed by -price for bids, so that the best level of either side comes first.
        self._bids: SortedDict = SortedDict()
        self._asks: SortedDict = SortedDict()
        self._changed_bids: dict[int, int] = {}
        self._changed_asks: dict[int, int] = {}

    def _levels(self, side: int) -> SortedDict:
        return self._bids if side == BID else self._asks

    def add(self, order: Order) -> None:
        levels, key = self._levels(order.side), -order.side * order.price
        level = levels.get(key)
        if level is None:
            level = levels[key] = Level()
        level.orders[order.id] = order
        level.steps += order.remaining
        self._mark(order.side, order.price, level.steps)

    def reduce(self, order: Order, steps: int, gone: bool) -> None:
        """Take `steps` of an order off its level; with `gone` the order leaves the book."""
        levels, key = self._levels(order.side), -order.side * order.price
        level = levels[key]
        level.steps -= steps
        if gone:
            del level.orders[order.id]
            if not level.orders:
                del levels[key]
        self._mark(order.side, order.price, level.steps)

    def _mark(self, side: int, price: int, steps: int) -> None:
        (self._changed_bids if side == BID else self._changed_asks)[price] = steps

    def take_changes(self) -> tuple[dict[int, int], dict[int, int]]:
        """Changed levels (price to absolute steps, 0 gone) of bids and asks since the last call."""
        changes = self._changed_bids, self._changed_asks
        if self._changed_bids:
            self._changed_bids = {}
        if self._changed_asks:
            self._changed_asks = {}
        return changes

    def best(self, side: int) -> tuple[int, int] | None:
        """Best (price, steps) of a side."""
        levels = self._levels(side)
        if not levels:
            return None
        key, level = levels.peekitem(0)
        return -side * key, level.steps

    def best_price(self, side: int) -> int | None:
        levels = self._levels(side)
        return -side * levels.peekitem(0)[0] if levels else None

    def first_order(self, side: int) -> Order | None:
        """The order that trades next on a side."""
        levels = self._levels(side)
        if not levels:
            return None
        return next(iter(levels.peekitem(0)[1].orders.values()))

    def depth(self, side: int, limit: int | None = None) -> list[tuple[int, int]]:
        """(price, steps) from the best outwards."""
        levels = self._levels(side)
        keys = levels.islice(0, limit) if limit is not None else iter(levels)
        return [(-side * key, levels[key].steps) for key in keys]

    def resting(self, side: int) -> Iterator[Order]:
        """Orders of a side in the sequence in which they would trade."""
        for level in self._levels(side).values():
            yield from level.orders.values()
