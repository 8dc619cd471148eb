"""Taking an order into the market: reserve, match by price and time, settle, and let the rest lie or expire."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator import checks
from hummingbot_backpack.simulator.accounts import Account, Position
from hummingbot_backpack.simulator.amounts import times
from hummingbot_backpack.simulator.errors import ExchangeError, invalid_order
from hummingbot_backpack.simulator.events import TradeEvent
from hummingbot_backpack.simulator.margin import borrow_margin
from hummingbot_backpack.simulator.orders import ASK, BID, Fill, Order, OrderRequest, SystemOrder, Trade

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState


class Matcher:
    """Executes one order at a time on the engine's books and accounts."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def execute(
        self,
        account: Account,
        request: OrderRequest,
        state: "MarketState",
        revived: Order | None = None,
        system: SystemOrder | None = None,
    ) -> Order:
        """Run an order through the market.

        `revived` is a trigger order whose moment has come: it keeps its id. `system` marks an order of the exchange.
        """
        engine = self._engine
        steps = request.steps or 0
        if request.reduce_only:
            if request.quote_quantity is not None:
                raise invalid_order("Reduce only orders must specify a quantity")
            steps = min(steps, checks.reducible(account, request))
        expiry = self._refused_at_the_door(account, request, state)
        bound, reason = self._bound(state, request)
        reserve = 0 if expiry else self._reservation(account, request, state, steps, bound)
        order = revived or self._born(account, request, steps, system)
        order.steps = steps
        if expiry:
            engine.finish(order, "Expired", "orderExpired", expiry)
            return order
        order.status = "New"
        if reserve:
            engine.ledger.lock(account, state.spec.quote if request.side == BID else state.spec.base, reserve)
            order.reserved = reserve
        engine.tell(order, "orderAccepted")
        if request.time_in_force == "FOK" and self._fillable(order, state, bound) < steps:
            engine.finish(order, "Expired", "orderExpired", "FillOrKill")
            return order
        stopped = self._match(order, state, bound)
        self._conclude(order, state, stopped, reason)
        return order

    def _born(self, account: Account, request: OrderRequest, steps: int, system: SystemOrder | None) -> Order:
        engine = self._engine
        order = Order(engine.next_order_id(), account, request, engine.clock.now_us(), steps)
        if system is None:
            account.orders_placed += 1
        else:
            order.origin, order.system_type, order.fill_type = system
        return order

    def _refused_at_the_door(self, account: Account, request: OrderRequest, state: "MarketState") -> str | None:
        """Why an order expires before it reaches the book, if it does; raises where it is refused outright."""
        if request.post_only and self._crosses(state, request):
            if self._engine.config.post_only_cross == "reject":
                raise invalid_order("Order would immediately match and take")
            return "PostOnlyTaker"
        if state.spec.state == "PostOnly" and not request.post_only and not account.is_house:
            return "PostOnlyMode"
        return None

    @staticmethod
    def _crosses(state: "MarketState", request: OrderRequest) -> bool:
        best = state.book.best_price(-request.side)
        assert request.price is not None
        return best is not None and (request.price - best) * request.side >= 0

    def _bound(self, state: "MarketState", request: OrderRequest) -> tuple[int | None, str]:
        """The worst price at which this order may take, and why what is left of it would expire there."""
        if request.post_only:
            return request.price, ""
        bound = checks.taker_bound(state, request, state.mean_mark())
        reason = "SlippageToleranceExceeded" if request.slippage_tolerance is not None else "PriceImpact"
        if request.price is not None and (bound is None or (bound - request.price) * request.side >= 0):
            return request.price, ""
        return bound, reason

    def _reachable(
        self, account: Account, request: OrderRequest, state: "MarketState", bound: int | None
    ) -> Iterator[tuple[int, int]]:
        """(price, steps) that an order would meet on its way; its own account's orders as its STP treats them."""
        reducible: dict[int, int] = {}
        for order in state.book.resting(-request.side):
            if bound is not None and (order.price - bound) * request.side > 0:
                return
            steps = order.remaining
            if order.account is account and request.self_trade_prevention != "Allow":
                if request.self_trade_prevention != "RejectMaker":
                    return
                continue
            if order.request.reduce_only:
                position = order.account.positions.get(state.spec.symbol)
                left = reducible.get(order.account.id, abs(position.steps) if position else 0)
                steps = min(steps, left)
                reducible[order.account.id] = left - steps
            yield order.price, steps

    def _fillable(self, order: Order, state: "MarketState", bound: int | None) -> int:
        """Steps that would trade at once, up to what the order wants."""
        found = 0
        for _, steps in self._reachable(order.account, order.request, state, bound):
            found += steps
            if found >= order.steps:
                break
        return min(found, order.steps)

    def _reservation(
        self, account: Account, request: OrderRequest, state: "MarketState", steps: int, bound: int | None
    ) -> int:
        """Units to lock for a spot order (0 for perpetuals); raises where funds or margin do not suffice."""
        spec = state.spec
        if spec.is_perpetual:
            if account.is_house or request.reduce_only:
                return 0
            wanted = steps
            if request.quote_quantity is not None:
                wanted = self._affordable(account, request, state, bound)[0]
            if not self._engine.margin.can_carry(account, spec, request.side, wanted):
                raise ExchangeError(400, "INSUFFICIENT_MARGIN", "Insufficient margin")
            return 0
        if request.quote_quantity is not None:
            wanted, cost = self._affordable(account, request, state, bound)
        elif request.is_market:
            wanted, cost = steps, self._cost(account, request, state, steps, bound)
        else:
            wanted, cost = steps, spec.notional(request.price or 0, steps)
        need = cost if request.side == BID else wanted * spec.quantity_grid.unit
        self._ensure_funds(account, request, spec.quote if request.side == BID else spec.base, need)
        return need

    def _ensure_funds(self, account: Account, request: OrderRequest, asset: str, need: int) -> None:
        missing = need - account.available.get(asset, 0)
        if missing <= 0 or account.is_house:
            return
        settler, now = self._engine.settler, self._engine.clock.now_us()
        redeemable = min(missing, account.lent.get(asset, 0)) if request.auto_lend_redeem else 0
        if redeemable < missing and not request.auto_borrow:
            raise ExchangeError(400, "INSUFFICIENT_FUNDS", "Insufficient funds")
        borrowed = missing - redeemable
        if borrowed:
            if account.lent.get(asset, 0) > redeemable:
                raise ExchangeError(400, "BORROW_REQUIRES_LEND_REDEEM", "Borrow requires lend redeem")
            owed = times(borrowed, self._engine.asset_prices[asset])
            if self._engine.margin.summary(account).available < times(owed, borrow_margin(asset)):
                raise ExchangeError(400, "INSUFFICIENT_MARGIN", "Insufficient margin")
        if redeemable:
            settler.lend(account, asset, -redeemable, "SpotMargin", now)
        if borrowed:
            settler.borrow(account, asset, borrowed, "SpotMargin", now)

    def _cost(
        self, account: Account, request: OrderRequest, state: "MarketState", steps: int, bound: int | None
    ) -> int:
        """Quote that a market order for `steps` would trade for, as far as the book and the bound go."""
        cost = 0
        for price, size in self._reachable(account, request, state, bound):
            taken = min(steps, size)
            cost += state.spec.notional(price, taken)
            steps -= taken
            if steps <= 0:
                break
        return cost

    def _affordable(
        self, account: Account, request: OrderRequest, state: "MarketState", bound: int | None
    ) -> tuple[int, int]:
        """(steps, cost) that a market order by quote quantity gets from the book."""
        budget = request.quote_quantity or 0
        steps = cost = 0
        for price, size in self._reachable(account, request, state, bound):
            one = state.spec.notional(price, 1)
            taken = min(size, (budget - cost) // one)
            steps += taken
            cost += taken * one
            if taken < size:
                break
        return steps, cost

    # Matching

    def _match(self, taker: Order, state: "MarketState", bound: int | None) -> str | None:
        """Trade until nothing is left or nothing fits; returns why it stopped early, if for a reason of its own."""
        request, side, book = taker.request, taker.side, state.book
        budget = request.quote_quantity
        if budget is not None:
            taker.steps = self._affordable(taker.account, request, state, bound)[0]
        while taker.remaining > 0:
            maker = book.first_order(-side)
            if maker is None or (bound is not None and (maker.price - bound) * side > 0):
                return None
            if maker.account is taker.account and request.self_trade_prevention != "Allow":
                if request.self_trade_prevention != "RejectTaker":
                    self._engine.finish(maker, "Expired", "orderExpired", "SelfTradePrevention")
                if request.self_trade_prevention != "RejectMaker":
                    return "SelfTradePrevention"
                continue
            self._trade(taker, maker, state, min(taker.remaining, maker.remaining))
            if request.reduce_only and taker.remaining:
                position = taker.account.positions.get(state.spec.symbol)
                left = abs(position.steps) if position and (position.steps > 0) != (side == BID) else 0
                taker.steps = min(taker.steps, taker.executed + left)
        return None

    def _trade(self, taker: Order, maker: Order, state: "MarketState", steps: int) -> None:
        engine, spec, price = self._engine, state.spec, maker.price
        now = engine.clock.now_us()
        engine.unrest(maker, steps, gone=steps == maker.remaining)
        notional = spec.notional(price, steps)
        for order in (maker, taker):
            order.executed += steps
            order.executed_quote += notional
        buyer, seller = (taker, maker) if taker.side == BID else (maker, taker)
        state.trade_id += 1
        fees = self._settle(state, buyer, seller, maker, price, steps, now)
        for order in (maker, taker):
            fee, asset = fees[order.side]
            fill = Fill(state.trade_id, order, price, steps, order is maker, fee, asset, now, order.fill_type)
            self._record(order, fill)
        if state.mirror is not None:
            state.mirror.taken(maker)
            return
        trade = Trade(state.trade_id, spec, price, steps, buyer.id, seller.id, maker is buyer, now)
        state.last_price = price
        state.tape.add(trade)
        engine.triggers.moved(spec.symbol)
        engine.events.append(TradeEvent(trade))

    def fill_resting(self, house: Account, order: Order, state: "MarketState", steps: int) -> None:
        """Let the house take from a resting order that stands outside the book (a mirrored market)."""
        engine, spec = self._engine, state.spec
        taker = Order(
            engine.next_order_id(),
            house,
            OrderRequest(spec, -order.side, True, steps=steps),
            engine.clock.now_us(),
            steps,
        )
        if not spec.is_perpetual:
            asset = spec.quote if taker.side == BID else spec.base
            taker.reserved = spec.notional(order.price, steps) if taker.side == BID else steps * spec.quantity_grid.unit
            engine.ledger.lock(house, asset, taker.reserved)
        self._trade(taker, order, state, steps)

    def _settle(
        self, state: "MarketState", buyer: Order, seller: Order, maker: Order, price: int, steps: int, now: int
    ) -> dict[int, tuple[int, str]]:
        """Move what the trade moves; returns the fee and its asset by side."""
        settler, spec = self._engine.settler, state.spec
        fees: dict[int, tuple[int, str]] = {}
        if not spec.is_perpetual:
            bought, paid = settler.spot_fill(spec, buyer, seller, price, steps)
            for order, asset, amount in ((buyer, spec.base, bought), (seller, spec.quote, paid)):
                settings = order.account.settings
                rate = settings.spot_maker if order is maker else settings.spot_taker
                fees[order.side] = settler.charge(order.account, asset, amount, rate, now), asset
            return fees
        notional = spec.notional(price, steps)
        for order in (buyer, seller):
            account, settings = order.account, order.account.settings
            position = self._change(state, account, order.side, steps, price, now)
            rate = settings.futures_maker if order is maker else settings.futures_taker
            fee = settler.charge(account, spec.quote, notional, rate, now)
            position.fees += fee
            settler.settle(account, spec.quote, "TradingFees", -fee, position, now)
            if not account.is_house:
                settler.cover_shortfall(account, spec.quote, now)
            fees[order.side] = fee, spec.quote
        return fees

    def off_book(
        self,
        account: Account,
        other: Account,
        state: "MarketState",
        side: int,
        steps: int,
        price: int,
        system: SystemOrder,
    ) -> Order:
        """Move part of a position from `account` to `other` at a price in ticks, past the book: no public trade."""
        spec, now = state.spec, self._engine.clock.now_us()
        state.trade_id += 1
        taken: Order | None = None
        for owner, way in ((account, side), (other, -side)):
            request = OrderRequest(spec, way, True, steps=steps)
            order = self._born(owner, request, steps, system)
            order.executed, order.executed_quote = steps, spec.notional(price, steps)
            taken = taken or order
            self._change(state, owner, way, steps, price, now)
            if not owner.is_house:
                self._engine.settler.cover_shortfall(owner, spec.quote, now)
            self._record(order, Fill(state.trade_id, order, price, steps, False, 0, spec.quote, now, order.fill_type))
            if not owner.is_house:
                owner.order_history.append(order)
        self._engine.flush()
        assert taken is not None
        return taken

    def _change(self, state: "MarketState", account: Account, side: int, steps: int, price: int, now: int) -> Position:
        """Change a position, and the market's open interest with it."""
        symbol = state.spec.symbol
        before = account.positions.get(symbol)
        state.open_interest -= max(0, before.steps) if before else 0
        position = self._engine.settler.change_position(account, state.spec, side, steps, price, now)
        after = account.positions.get(symbol)
        state.open_interest += max(0, after.steps) if after else 0
        return position

    def _record(self, order: Order, fill: Fill) -> None:
        """Status, history, events of one side, and what the changed position means for its reduce-only orders."""
        engine, account = self._engine, order.account
        done = order.remaining == 0
        order.status = "Filled" if done else "PartiallyFilled"
        if fill.is_maker and done:
            account.open_orders.pop(order.id, None)
            key = order.market.symbol, order.request.client_id or 0
            if account.by_client_id.get(key) is order:
                del account.by_client_id[key]
        if not account.is_house:
            account.fills.append(fill)
            account.volume += order.market.notional(fill.price, fill.steps)
            if order.side == BID:
                account.buys += 1
            else:
                account.sells += 1
            if fill.is_maker and done:
                account.order_history.append(order)
            engine.tell(order, "orderFill", fill)
            engine.tell_positions()
            if fill.is_maker and done:
                engine.triggers.ended(order)
            if order.market.is_perpetual:
                self.shrink_reduce_only(account, order.market.symbol)

    def shrink_reduce_only(self, account: Account, symbol: str) -> None:
        """Cut resting reduce-only orders down to what is left of the position; expire those with nothing to reduce."""
        position = account.positions.get(symbol)
        for order in [o for o in account.open_orders.values() if o.request.reduce_only and o.market.symbol == symbol]:
            if order.status == "TriggerPending":
                continue
            left = abs(position.steps) if position and (position.steps > 0) == (order.side == ASK) else 0
            if not left:
                self._engine.finish(order, "Expired", "orderExpired", "ReduceOnlyNotReduced")
            elif order.remaining > left:
                cut = order.remaining - left
                self._engine.unrest(order, cut, gone=False)
                order.steps -= cut
                self._engine.tell(order, "orderModified")

    def _conclude(self, order: Order, state: "MarketState", stopped: str | None, bound_reason: str) -> None:
        """What becomes of the order after matching."""
        engine, request = self._engine, order.request
        if order.request.quote_quantity is not None and order.executed == 0:
            engine.finish(order, "Expired", "orderExpired", stopped or "InsufficientLiquidity")
            return
        if order.remaining == 0:
            order.status = "Filled"
            engine.release(order)
            if not order.account.is_house:
                order.account.order_history.append(order)
            engine.tell_balances()
            engine.triggers.ended(order)
            return
        best = state.book.best_price(-order.side)
        if stopped:
            reason = stopped
        elif request.is_market:
            reason = bound_reason if best is not None else "InsufficientLiquidity"
        elif bound_reason and best is not None and (request.price or 0) * order.side >= best * order.side:
            reason = bound_reason
        elif request.time_in_force in ("IOC", "FOK"):
            reason = "ImmediateOrCancel" if request.time_in_force == "IOC" else "FillOrKill"
        else:
            engine.rest(order)
            return
        engine.finish(order, "Expired", "orderExpired", reason)
