"""The exchange itself: one command after the other, Clear → Match → Settle, telling what happened in typed events.

No I/O and no wall clock: time comes from the injected clock, events go to `sink` at the end of each command.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator import checks
from hummingbot_backpack.simulator.accounts import Account, Deposit, Ledger, Settings
from hummingbot_backpack.simulator.amounts import UNIT, units
from hummingbot_backpack.simulator.book import OrderBook
from hummingbot_backpack.simulator.clock import Clock
from hummingbot_backpack.simulator.errors import ExchangeError, invalid_order, not_found
from hummingbot_backpack.simulator.events import (
    BalanceEvent,
    DepthEvent,
    Event,
    OrderEvent,
    PositionEvent,
    TouchEvent,
)
from hummingbot_backpack.simulator.margin import Margin
from hummingbot_backpack.simulator.markets import Market
from hummingbot_backpack.simulator.matching import Matcher
from hummingbot_backpack.simulator.orders import ASK, BID, Fill, Order, OrderRequest
from hummingbot_backpack.simulator.settlement import Settler
from hummingbot_backpack.simulator.tape import MarketTape
from hummingbot_backpack.simulator.triggers import Triggers

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.config import SimulatorConfig
    from hummingbot_backpack.simulator.mirror.market import MirroredMarket


@dataclass(slots=True)
class MarketState:
    """One market while it runs."""

    spec: Market
    update_id: int
    trade_id: int
    tape: MarketTape
    book: OrderBook = field(default_factory=OrderBook)
    last_price: int | None = None
    index: int = 0
    touch: tuple[tuple[int, int] | None, tuple[int, int] | None] = (None, None)
    open_interest: int = 0
    mean_marks: list[int] = field(default_factory=list)
    mirror: "MirroredMarket | None" = None

    def mean_mark(self) -> int | None:
        """Mean of the marks of the last five minutes, in units."""
        return sum(self.mean_marks) // len(self.mean_marks) if self.mean_marks else None

    def mid(self) -> int | None:
        """Mid price in units, None where a side is empty."""
        bid, ask = self.book.best_price(BID), self.book.best_price(ASK)
        return None if bid is None or ask is None else (bid + ask) * self.spec.price_grid.unit // 2


class Engine:
    """Accounts, markets and the commands that change them."""

    def __init__(self, clock: Clock, markets: Iterable[Market], config: "SimulatorConfig") -> None:
        self.clock = clock
        self.config = config
        self.sink: Callable[[list[Event]], None] = lambda events: None
        self.events: list[Event] = []
        self.ledger = Ledger()
        self.settler = Settler(self.ledger)
        self.accounts: dict[int, Account] = {}
        self.markets: dict[str, MarketState] = {}
        self.marks: dict[str, int] = {}
        self.asset_prices: dict[str, int] = {"USDC": UNIT}
        for number, market in enumerate(markets):
            start = market.mark_grained(market.start_price)
            first = 4_330_360_995 + 1_000_000_000 * number
            state = MarketState(market, first, 2_959_284 + number, MarketTape(market), index=start)
            self.markets[market.symbol] = state
            self.marks[market.symbol] = start
            self.asset_prices.setdefault(market.base, start)
        specs = {symbol: state.spec for symbol, state in self.markets.items()}
        self.margin = Margin(specs, self.marks, self.asset_prices)
        self.matcher = Matcher(self)
        self.triggers = Triggers(self)
        self._order_ids = itertools.count(59_669_287_267)
        self._account_ids = itertools.count(1_813_870)
        self._changed_books: dict[str, MarketState] = {}

    # Accounts

    def open_account(self, name: str, settings: Settings, balances: dict[str, str], is_house: bool = False) -> Account:
        """A new account with the given starting balances (decimal text per asset)."""
        account = Account(next(self._account_ids), name, settings, is_house)
        self.accounts[account.id] = account
        for asset, amount in balances.items():
            if asset not in self.asset_prices:
                raise ValueError(f"balance of {asset} must be in one of {', '.join(self.asset_prices)}")
            self.ledger.deposit(account, asset, units(amount))
            account.deposit_rows.append(Deposit(asset, units(amount), self.clock.now_us()))
        account.equity_start = self.margin.plain_equity(account)
        self.flush()
        return account

    def deposit(self, account: Account, asset: str, amount: int) -> None:
        self.ledger.deposit(account, asset, amount)
        account.deposit_rows.append(Deposit(asset, amount, self.clock.now_us()))
        account.later_deposits[asset] = account.later_deposits.get(asset, 0) + amount
        self.flush()

    # Orders

    def place(self, account: Account, request: OrderRequest) -> Order:
        """Take an order; returns it as it stands after matching. Raises ExchangeError where it is refused."""
        state = self.markets[request.market.symbol]
        if not account.is_house:
            checks.check_state(state, request)
            checks.check_price(state, request)
            checks.check_quantity(state, request)
            if account.liquidating and not request.reduce_only:
                raise ExchangeError(400, "ACCOUNT_LIQUIDATING", "Account is being liquidated")
            if len(account.open_orders) >= self.config.max_open_orders:
                raise ExchangeError(400, "ORDER_LIMIT", "Too many open orders")
        try:
            if request.trigger is not None:
                return self.triggers.place(account, request)
            order = self.matcher.execute(account, request, state)
            if state.mirror is not None and not account.is_house:
                state.mirror.restore()
            self.triggers.run()
            return order
        finally:
            self.flush()

    def next_order_id(self) -> int:
        return next(self._order_ids)

    def find_order(self, account: Account, symbol: str, order_id: int | None, client_id: int | None) -> Order:
        """A resting (or pending) order by either id; raises the exchange's 404."""
        order: Order | None
        if order_id is not None:
            order = account.open_orders.get(order_id)
        else:
            order = account.by_client_id.get((symbol, client_id if client_id is not None else -1))
        if order is None or not order.is_open or order.market.symbol != symbol:
            raise not_found()
        return order

    def cancel(self, account: Account, order: Order) -> Order:
        """Take an open order off the book."""
        if order.market.state == "Closed":
            raise invalid_order("Market is closed")
        self.finish(order, "Cancelled", "orderCancelled")
        account.orders_cancelled += 1
        self.flush()
        return order

    def cancel_all(self, account: Account, symbol: str, kind: str | None = None) -> list[Order]:
        """Cancel all open orders of a market: resting ones, conditional ones, or (None) both."""
        chosen = [
            order
            for order in account.open_orders.values()
            if order.market.symbol == symbol
            and (kind is None or (kind == "ConditionalOrder") == (order.status == "TriggerPending"))
        ]
        for order in chosen:
            self.finish(order, "Cancelled", "orderCancelled")
            account.orders_cancelled += 1
        self.flush()
        return chosen

    def finish(self, order: Order, status: str, event: str, reason: str | None = None) -> None:
        """End an order: off the book, reservation back, into the history."""
        account = order.account
        if account.open_orders.pop(order.id, None) is not None and order.status != "TriggerPending":
            self.unrest(order, order.remaining, gone=True)
        if order.request.client_id is not None:
            key = order.market.symbol, order.request.client_id
            if account.by_client_id.get(key) is order:
                del account.by_client_id[key]
        self.release(order)
        order.status = status
        order.expiry_reason = reason
        if not account.is_house:
            account.order_history.append(order)
        self.tell(order, event)
        self.triggers.ended(order)

    def release(self, order: Order) -> None:
        """Give back what a spot order still has reserved."""
        if order.reserved:
            market = order.market
            self.ledger.lock(order.account, market.quote if order.side == BID else market.base, -order.reserved)
            order.reserved = 0

    def rest(self, order: Order) -> None:
        """Put an order on the book."""
        order.account.open_orders[order.id] = order
        if order.request.client_id is not None:
            order.account.by_client_id[order.market.symbol, order.request.client_id] = order
        state = self.markets[order.market.symbol]
        if state.mirror is not None and not order.account.is_house:
            state.mirror.rest(order)
        else:
            state.book.add(order)
            self._changed_books[order.market.symbol] = state
        if order.market.is_perpetual and not order.request.reduce_only:
            key = order.market.symbol, order.side
            order.account.resting_steps[key] = order.account.resting_steps.get(key, 0) + order.remaining

    def unrest(self, order: Order, steps: int, gone: bool) -> None:
        """Take a quantity of a resting order off the book: traded, shrunk or cancelled."""
        state = self.markets[order.market.symbol]
        if state.mirror is None or order.account.is_house:
            state.book.reduce(order, steps, gone)
            self._changed_books[order.market.symbol] = state
        elif gone:
            state.mirror.leave(order)
        if order.market.is_perpetual and not order.request.reduce_only:
            order.account.resting_steps[order.market.symbol, order.side] -= steps

    # Market control

    def set_state(self, symbol: str, state: str) -> None:
        """Change a market's orderBookState. Closing a market expires what rests there."""
        market = self.markets[symbol]
        market.spec.state = state
        if state == "Closed":
            for side in (BID, ASK):
                for order in list(market.book.resting(side)):
                    order.system_type = "OrderBookClosed"
                    self.finish(order, "Cancelled", "orderCancelled")
        self.flush()

    def set_mark(self, symbol: str, mark: int) -> None:
        """Set the mark of a perpetual (units of quote)."""
        self.marks[symbol] = self.markets[symbol].spec.mark_grained(mark)
        self.triggers.moved(symbol)

    def set_index(self, asset: str, price: int) -> None:
        """Set the index price of an asset: of all its markets, and of it as collateral."""
        self.asset_prices[asset] = price
        for state in self.markets.values():
            if state.spec.base == asset:
                state.index = price
                self.triggers.moved(state.spec.symbol)

    # Events

    def tell(self, order: Order, name: str, fill: Fill | None = None) -> None:
        """Note an order event, and the balances that it changed right behind it, as the exchange sends them."""
        if not order.account.is_house:
            now = self.clock.now_us()
            self.events.append(
                OrderEvent(name, order, order.status, order.steps, order.executed, order.executed_quote, fill, now)
            )
        self.tell_balances()

    def tell_balances(self) -> None:
        touched = self.ledger.touched
        if not touched:
            return
        now = self.clock.now_us()
        for (_, asset), account in touched.items():
            if not account.is_house:
                self.events.append(
                    BalanceEvent(account, asset, account.available.get(asset, 0), account.locked.get(asset, 0), now)
                )
        touched.clear()

    def tell_positions(self) -> None:
        touched = self.settler.touched_positions
        if not touched:
            return
        for account, position, name in touched.values():
            self.events.append(self.position_event(account, position.market.symbol, name, position.id))
        touched.clear()

    def position_event(self, account: Account, symbol: str, name: str | None, position_id: int) -> PositionEvent:
        """The position as it is now, for the stream."""
        market, mark = self.markets[symbol].spec, self.marks[symbol]
        exposure = self.margin.exposure(account, market)
        position = account.positions.get(symbol)
        realized = position.realized if position else 0
        if position is None:
            for closed in reversed(account.closed_positions):
                if closed.id == position_id:
                    realized = closed.realized
                    break
        return PositionEvent(
            name, account, market, position_id,
            position.steps if position else 0,
            position.entry_price() if position else 0,
            position.break_even_price() if position else 0,
            mark, realized, position.unrealized(mark) if position else 0,
            exposure.steps, exposure.imf, exposure.mmf, self.clock.now_us(),
        )  # fmt: skip

    def flush(self) -> None:
        """End of a command: announce balances, positions and book changes, and hand the events out."""
        self.tell_balances()
        self.tell_positions()
        if self._changed_books:
            for state in self._changed_books.values():
                self._tell_book(state)
            self._changed_books.clear()
        if self.events:
            events, self.events = self.events, []
            self.sink(events)

    def _tell_book(self, state: MarketState) -> None:
        bids, asks = state.book.take_changes()
        if state.mirror is not None:
            return
        state.update_id += 1
        now = self.clock.now_us()
        touch = state.book.best(BID), state.book.best(ASK)
        if touch != state.touch:
            state.touch = touch
            self.events.append(TouchEvent(state.spec, state.update_id, touch[0], touch[1], now))
        self.events.append(DepthEvent(state.spec, state.update_id, bids, asks, now))
