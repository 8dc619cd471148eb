"""Collateral between two answers of the exchange: what it said, less the margin by which exposure has grown since.

The exchange locks margin for the largest exposure that a market's open orders can make of its position, so what only
reduces needs none. Its answer and the stream cross each other on the way: wherever that leaves doubt, the smaller need
counts. The exchange's own refusal does no harm, one that is made here by mistake does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.core.data_type.common import PositionAction, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder

ZERO = Decimal(0)
# An older answer is no ground to refuse an order.
COLLATERAL_MAX_AGE = 60.0


class InsufficientCollateral(ValueError):
    """The account's collateral does not carry an order, which was not sent: the class's name is the ``error_type`` of
    the failure event, by which this is told from a refusal of the exchange."""


def exposure(net: Decimal, bids: Decimal, asks: Decimal) -> Decimal:
    """Base for which margin is locked: the position, or what one side of the open orders would make of it.

    :param net: signed position, base
    :param bids, asks: open orders of each side, base
    """
    return max(abs(net), net + bids, asks - net)


@dataclass(frozen=True)
class Asked:
    """What an answer to a request that leaves now will count: the orders that the exchange has.

    :param exposures: base by trading pair; None: positions are not known
    """

    orders: tuple[InFlightOrder, ...]
    exposures: dict[str, Decimal] | None


@dataclass
class _Counted:
    """
    :param executed: base, when the collateral was answered
    """

    order: InFlightOrder
    executed: Decimal


class CollateralModel:
    """
    :param margin_fraction: initial margin per notional of a trading pair; None: not known
    :param positions: signed positions in base by trading pair, flat ones absent; None: not known
    :param mark: mark price of a trading pair; None: not known
    :param now: a monotonic clock in seconds
    """

    def __init__(
        self,
        margin_fraction: Callable[[str], Decimal | None],
        positions: Callable[[], Mapping[str, Decimal] | None],
        mark: Callable[[str], Decimal | None],
        now: Callable[[], float],
    ) -> None:
        self._margin_fraction = margin_fraction
        self._positions = positions
        self._mark = mark
        self._now = now
        self._counted: dict[str, _Counted] = {}
        # Of the last answer: the positions, and the exposure whose margin it had locked.
        self._held: Mapping[str, Decimal] = {}
        self._locked: dict[str, Decimal] | None = None
        self._asked = Asked((), None)
        self.equity: Decimal | None = None
        self.available: Decimal | None = None
        self.answered_at = 0.0

    def add(self, order: InFlightOrder) -> None:
        """An order that is about to be sent."""
        self._counted[order.client_order_id] = _Counted(order, order.executed_amount_base)

    def asking(self, tracked: Iterable[InFlightOrder]) -> Asked:
        """
        :param tracked: the open orders, those that an earlier run left included
        """
        orders = tuple(order for order in tracked if order.exchange_order_id is not None)
        return Asked(orders, self._exposures(orders))

    def on_answer(self, equity: Decimal, available: Decimal, asked: Asked) -> None:
        """``/capital/collateral``, which has locked the margin of positions and resting orders already.

        :param asked: :meth:`asking` of when the request left
        """
        self.equity, self.available, self.answered_at = equity, available, self._now()
        for order in asked.orders:
            self._counted.setdefault(order.client_order_id, _Counted(order, ZERO))
        self._counted = {
            key: _Counted(counted.order, counted.order.executed_amount_base)
            for key, counted in self._counted.items()
            if counted.order.is_open
        }
        self._asked, self._locked = asked, None
        self._note_locked()

    def free(self) -> Decimal | None:
        """Quote that new orders may lock; negative when what was sent since needs more; None: not known."""
        self._note_locked()
        if self.available is None or self._locked is None:
            return self.available
        pairs = self._locked.keys() | {counted.order.trading_pair for counted in self._counted.values()}
        return self.available + sum((self._released(pair, self._locked.get(pair, ZERO)) for pair in pairs), ZERO)

    def left(self, trading_pair: str, available: Decimal) -> Decimal | None:
        """Base by which new orders may raise a market's exposure; None: not known, or not answered for a while.

        :param available: quote that they may lock
        """
        fraction, price = self._margin_fraction(trading_pair), self._price(trading_pair)
        if self.available is None or not self._is_fresh or not fraction or not price:
            return None
        return max(available, ZERO) / (fraction * price)

    def require(self, order: InFlightOrder) -> None:
        """Let an order go that was added, unless it needs margin that is not there.

        :raises InsufficientCollateral: it raises its market's exposure, and the account's collateral does not reach
        """
        free = self.free()
        if free is None or free >= 0 or not self._is_fresh or not self._raises_exposure(order):
            return
        # At once: the next order must not be refused for this one's margin.
        del self._counted[order.client_order_id]
        raise InsufficientCollateral(f"the account's collateral falls {-free:.6f} USDC short of its margin")

    @property
    def _is_fresh(self) -> bool:
        return self._now() - self.answered_at < COLLATERAL_MAX_AGE

    def _note_locked(self) -> None:
        """Once an answer, as soon as positions are known: at the start they may follow it."""
        held = self._positions()
        if self._locked is not None or held is None:
            return
        before, after = self._asked.exposures or {}, self._exposures(self._asked.orders) or {}
        # What happened on the way may be in the answer or not.
        pairs = before.keys() | after.keys()
        self._locked = {pair: max(before.get(pair, ZERO), after.get(pair, ZERO)) for pair in pairs}
        self._held = held

    def _exposures(self, orders: Iterable[InFlightOrder]) -> dict[str, Decimal] | None:
        nets = self._positions()
        if nets is None:
            return None
        orders = list(orders)
        pairs = nets.keys() | {order.trading_pair for order in orders}
        return {pair: exposure(nets.get(pair, ZERO), *_sides(orders, pair)) for pair in pairs}

    def _nets(self, trading_pair: str) -> set[Decimal]:
        """What the position may be: what the stream says, and what our fills have made of the answer's."""
        net = self._held.get(trading_pair, ZERO)
        for counted in self._counted.values():
            if counted.order.trading_pair == trading_pair:
                sign = 1 if counted.order.trade_type is TradeType.BUY else -1
                net += sign * (counted.order.executed_amount_base - counted.executed)
        said = self._positions()
        return {net} if said is None else {net, said.get(trading_pair, ZERO)}

    def _released(self, trading_pair: str, locked: Decimal) -> Decimal:
        """Margin in quote that the answer had locked for a market and that it does not need now, signed."""
        fraction, price = self._margin_fraction(trading_pair), self._price(trading_pair)
        if fraction is None or price is None:
            return ZERO
        bids, asks = _sides([counted.order for counted in self._counted.values()], trading_pair)
        needed = min(exposure(net, bids, asks) for net in self._nets(trading_pair))
        return (locked - needed) * price * fraction

    def _price(self, trading_pair: str) -> Decimal | None:
        """The exchange values exposure at the mark; while that is not known, the lowest price of our orders counts."""
        mark = self._mark(trading_pair)
        if mark is not None and mark.is_finite() and mark > 0:
            return mark
        orders = (counted.order for counted in self._counted.values() if counted.order.trading_pair == trading_pair)
        return min((order.price for order in orders if _rest(order)), default=None)

    def _raises_exposure(self, order: InFlightOrder) -> bool:
        others = [one.order for one in self._counted.values() if one.order.client_order_id != order.client_order_id]
        (bids, asks), (more_bids, more_asks) = _sides(others, order.trading_pair), _sides([order], order.trading_pair)
        return all(
            exposure(net, bids + more_bids, asks + more_asks) > exposure(net, bids, asks)
            for net in self._nets(order.trading_pair)
        )


def _rest(order: InFlightOrder) -> Decimal:
    """Base of an order that can still raise exposure: no reduce-only one, and none without a price, which is position
    or gone before anything could be said of it."""
    if not order.is_open or order.position is PositionAction.CLOSE or order.price is None:
        return ZERO
    return order.amount - order.executed_amount_base if order.price.is_finite() else ZERO


def _sides(orders: Iterable[InFlightOrder], trading_pair: str) -> tuple[Decimal, Decimal]:
    """Base that rests on each side of a market: bids, asks."""
    bids = asks = ZERO
    for order in orders:
        if order.trading_pair == trading_pair:
            if order.trade_type is TradeType.BUY:
                bids += _rest(order)
            else:
                asks += _rest(order)
    return bids, asks
