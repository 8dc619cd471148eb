"""Collateral between two answers of the exchange: what it said, less the margin of what was ordered since, once."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.core.data_type.common import PositionAction, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder

ZERO = Decimal(0)


@dataclass
class _Counted:
    """
    :param executed: when the collateral was asked for
    :param in_answer: whether the answer counts the order
    """

    order: InFlightOrder
    executed: Decimal
    in_answer: bool


class CollateralModel:
    """
    :param margin_fraction: initial margin per notional of a trading pair; None: not known
    """

    def __init__(self, margin_fraction: Callable[[str], Decimal | None]) -> None:
        self._margin_fraction = margin_fraction
        self._counted: dict[str, _Counted] = {}
        self.equity: Decimal | None = None
        self.available: Decimal | None = None
        self.answered_at = 0.0

    def add(self, order: InFlightOrder) -> None:
        """An order that is about to be sent."""
        if order.position is not PositionAction.CLOSE:
            self._counted[order.client_order_id] = _Counted(order, ZERO, in_answer=False)

    def resting_ids(self) -> set[str]:
        """The orders that an answer to a request that leaves now will count: those the exchange has."""
        return {key for key, counted in self._counted.items() if counted.order.exchange_order_id is not None}

    def on_answer(self, equity: Decimal, available: Decimal, counted_ids: set[str], now: float) -> None:
        """``/capital/collateral``, which has locked the margin of positions and resting orders already.

        :param counted_ids: :meth:`resting_ids` of when the request left
        """
        self.equity, self.available, self.answered_at = equity, available, now
        kept = {}
        for key, counted in self._counted.items():
            if not counted.order.is_open:
                continue
            kept[key] = _Counted(counted.order, counted.order.executed_amount_base, in_answer=key in counted_ids)
        self._counted = kept

    def free(self) -> Decimal | None:
        """Quote that new orders may lock; negative when what was sent since needs more; None: not known."""
        if self.available is None:
            return None
        return self.available + self._reserved(then=True) - self._reserved(then=False)

    def _reserved(self, then: bool) -> Decimal:
        """Margin of the counted orders, at the answer or now. Bids and asks of a market cannot both add to its
        exposure, so the larger side counts."""
        sides: dict[tuple[str, TradeType], Decimal] = {}
        for counted in self._counted.values():
            order = counted.order
            if then:
                amount = order.amount - counted.executed if counted.in_answer else ZERO
            elif order.is_open:
                amount = order.amount - counted.executed
            else:
                # What was executed of it since is position now, whose margin stays locked.
                amount = order.executed_amount_base - counted.executed
            fraction = self._margin_fraction(order.trading_pair)
            if fraction is None or order.price is None or not order.price.is_finite():
                continue
            key = (order.trading_pair, order.trade_type)
            sides[key] = sides.get(key, ZERO) + amount * order.price * fraction
        larger: dict[str, Decimal] = {}
        for (pair, _), margin in sides.items():
            larger[pair] = max(larger.get(pair, ZERO), margin)
        return sum(larger.values(), ZERO)
