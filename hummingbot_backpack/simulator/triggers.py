"""Orders that wait for a price: trigger orders, and the take profits and stop losses that come with an order."""

from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.amounts import UNIT, units
from hummingbot_backpack.simulator.errors import ExchangeError
from hummingbot_backpack.simulator.orders import ASK, BID, Attached, Order, OrderRequest, Trigger

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState

REASONS = {
    "INSUFFICIENT_FUNDS": "InsufficientFunds",
    "INSUFFICIENT_MARGIN": "InsufficientMargin",
    "BORROW_REQUIRES_LEND_REDEEM": "BorrowRequiresLendRedeem",
    "INVALID_PRICE": "InvalidPrice",
    "INVALID_QUANTITY": "InvalidQuantity",
}


class Triggers:
    """Pending orders of all accounts by market. They are looked at between commands, never inside a match."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._pending: dict[str, dict[int, Order]] = {}
        self._moved: dict[str, None] = {}

    def place(self, account: Account, request: OrderRequest, related_id: int | None = None) -> Order:
        """Put a trigger order aside until its price comes."""
        engine, trigger = self._engine, request.trigger
        assert trigger is not None
        now = self._price(engine.markets[request.market.symbol], trigger.by)
        trigger.rises = trigger.price >= now
        order = Order(engine.next_order_id(), account, request, engine.clock.now_us(), 0, "TriggerPending")
        order.related_id = related_id
        if related_id is None:
            account.orders_placed += 1
        account.open_orders[order.id] = order
        if request.client_id is not None:
            account.by_client_id[request.market.symbol, request.client_id] = order
        self._pending.setdefault(request.market.symbol, {})[order.id] = order
        engine.tell(order, "triggerPlaced")
        return order

    def _price(self, state: "MarketState", by: str | None) -> int:
        """What a trigger watches, in units; without a choice it is the last price."""
        if by == "MarkPrice":
            return self._engine.marks[state.spec.symbol]
        if by == "IndexPrice" or state.last_price is None:
            return state.index
        return state.last_price * state.spec.price_grid.unit

    def moved(self, symbol: str) -> None:
        """Note that a price of a market changed."""
        if symbol in self._pending:
            self._moved[symbol] = None

    def run(self) -> None:
        """Fire what is due; what that trades may fire more."""
        while self._moved:
            symbol = next(iter(self._moved))
            del self._moved[symbol]
            state = self._engine.markets[symbol]
            for order in list(self._pending.get(symbol, {}).values()):
                trigger = order.request.trigger
                if order.status != "TriggerPending" or trigger is None:
                    self._forget(order)
                    continue
                price = self._price(state, trigger.by)
                if price >= trigger.price if trigger.rises else price <= trigger.price:
                    self._fire(order, state)

    def _forget(self, order: Order) -> None:
        pending = self._pending.get(order.market.symbol)
        if pending is not None:
            pending.pop(order.id, None)
            if not pending:
                del self._pending[order.market.symbol]

    def _fire(self, order: Order, state: "MarketState") -> None:
        engine, account, request = self._engine, order.account, order.request
        self._forget(order)
        account.open_orders.pop(order.id, None)
        order.triggered_us = engine.clock.now_us()
        request.steps = self._steps(order)
        reason: str | None = None
        if state.spec.state in ("Closed", "CancelOnly"):
            reason = "Unknown"
        elif not request.steps:
            reason = "StopWithoutPosition" if request.reduce_only else "InvalidQuantity"
        else:
            try:
                engine.matcher.execute(account, request, state, revived=order)
            except ExchangeError as error:
                reason = "ReduceOnlyNotReduced" if request.reduce_only else REASONS.get(error.code, "Unknown")
        if reason:
            engine.finish(order, "TriggerFailed", "triggerFailed", reason)
        self._cancel_siblings(order)

    def _steps(self, order: Order) -> int:
        """The quantity that a fired trigger order gets: an amount, or a percentage of what it closes."""
        market, trigger = order.market, order.request.trigger
        assert trigger is not None
        if not trigger.quantity.endswith("%"):
            steps = market.quantity_grid.floor(units(trigger.quantity))
        else:
            share = units(trigger.quantity[:-1]) // 100
            if market.is_perpetual:
                position = order.account.positions.get(market.symbol)
                steps = abs(position.steps) * share // UNIT if position else 0
            else:
                held = order.account.available.get(market.base, 0)
                steps = market.quantity_grid.floor(held * share // UNIT)
        if order.request.reduce_only:
            position = order.account.positions.get(market.symbol)
            closes = position is not None and (position.steps > 0) == (order.side == ASK)
            steps = min(steps, abs(position.steps)) if position and closes else 0
        return steps

    # Take profit and stop loss that came with an order

    def ended(self, order: Order) -> None:
        """When an order is over: place its take profit and stop loss for what it traded."""
        self._forget(order)
        request = order.request
        if not order.executed or (request.take_profit is None and request.stop_loss is None):
            return
        for attached in (request.take_profit, request.stop_loss):
            if attached is not None:
                self.place(order.account, self._closing(order, attached), related_id=order.id)

    @staticmethod
    def _closing(order: Order, attached: Attached) -> OrderRequest:
        market, limit = order.market, attached.limit_price
        return OrderRequest(
            market,
            ASK if order.side == BID else BID,
            is_market=limit is None,
            price=None if limit is None else market.price_grid.floor(limit),
            reduce_only=True if market.is_perpetual else None,
            trigger=Trigger(attached.trigger_price, attached.by, market.quantity_grid.plain(order.executed)),
        )

    def _cancel_siblings(self, order: Order) -> None:
        """Of a take profit and a stop loss of the same order, the one that fires ends the other."""
        if order.related_id is None:
            return
        for other in list(order.account.open_orders.values()):
            if other.related_id == order.related_id and other.status == "TriggerPending":
                self._engine.finish(other, "Cancelled", "orderCancelled")
