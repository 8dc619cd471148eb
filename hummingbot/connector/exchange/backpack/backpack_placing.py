"""Placing and cancelling as Hummingbot asks for it, on top of the order path."""

from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_account_sync import AccountSync
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, is_market_state, is_post_only_cross
from hummingbot.connector.exchange.backpack.backpack_limiter import BackpackThrottler
from hummingbot.connector.exchange.backpack.backpack_maintenance import SENTENCE
from hummingbot.connector.exchange.backpack.backpack_market_watch import FRESH
from hummingbot.connector.exchange.backpack.backpack_markets import refusal, state_refusal
from hummingbot.connector.exchange.backpack.backpack_order_ids import OrderIdSpace, wire_id
from hummingbot.connector.exchange.backpack.backpack_order_path import (
    OrderPath,
    OrderRequest,
    OrderUnresolved,
    OrderWithdrawn,
)
from hummingbot.connector.exchange.backpack.backpack_order_tracker import BackpackOrderTracker
from hummingbot.connector.exchange.backpack.backpack_parsing import Market
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, PositionAction, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.utils.async_utils import safe_ensure_future

_CHOICES = {
    "time_in_force": ("timeInForce", CONSTANTS.TIMES_IN_FORCE),
    "self_trade_prevention": ("selfTradePrevention", CONSTANTS.SELF_TRADE_PREVENTIONS),
    "trigger_by": ("triggerBy", CONSTANTS.TRIGGERS),
    "slippage_tolerance_type": ("slippageToleranceType", CONSTANTS.SLIPPAGE_TOLERANCE_TYPES),
}
DEFAULT_SELF_TRADE_PREVENTION = "RejectMaker"
DEFAULT_TRIGGER = "MarkPrice"
# Stands for a price that nobody knows where Hummingbot needs one: no least notional is above it.
_NO_PRICE = Decimal("1E+15")


def _is_price(price: Decimal | None) -> bool:
    return price is not None and price.is_finite() and price > 0


class OrderPlacing(ExchangePyBase):
    """The part of the connector between Hummingbot's ``buy``, ``sell``, ``cancel`` and the order path."""

    _sync: AccountSync
    _requests: BackpackRequests
    _order_tracker: BackpackOrderTracker
    _throttler: BackpackThrottler

    def _init_placing(self, window: float) -> None:
        self._order_path = OrderPath(self._requests, window, self._requests.pause)
        self._unresolved: dict[str, InFlightOrder] = {}
        self._preparing: set[str] = set()

    @property
    def order_ids(self) -> OrderIdSpace:
        raise NotImplementedError

    def market(self, trading_pair: str) -> Market | None:
        raise NotImplementedError

    async def refresh_market(self, trading_pair: str) -> None:
        raise NotImplementedError

    def suspect_market(self, trading_pair: str) -> None:
        raise NotImplementedError

    def symbol_of_pair(self, trading_pair: str) -> str:
        raise NotImplementedError

    # === placing ===

    def place(
        self,
        trade_type: TradeType,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal,
        **kwargs: Any,
    ) -> str:
        """Gives the order an id and sends it with all others of this turn of the event loop.

        :param kwargs: ``position_action`` (perpetuals), ``time_in_force`` (GTC, IOC, FOK), ``self_trade_prevention``
            (RejectMaker is the default: an order that reduces risk must not be stopped by our own quote; RejectTaker,
            RejectBoth), ``quote_quantity`` (market orders: spend or get about so much quote instead of ``amount``
            base), ``trigger_price`` with ``trigger_by`` (MarkPrice is the default; LastPrice, IndexPrice): the order
            waits at the exchange until that price comes, ``slippage_tolerance`` with ``slippage_tolerance_type``
            (TickSize, Percent; market orders)
        """
        order_id = self.order_ids.new_id()
        safe_ensure_future(
            self._create_order(
                trade_type=trade_type,
                order_id=order_id,
                trading_pair=trading_pair,
                amount=amount,
                order_type=order_type,
                price=price,
                **kwargs,
            )
        )
        return order_id

    async def _create_order(
        self,
        trade_type: TradeType,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal | None = None,
        **kwargs: Any,
    ) -> None:
        reason = self._refusal_before_checks(trading_pair, amount, order_type, price)
        if reason is not None:
            # Hummingbot would raise outside any handler, and whoever asked for the order would wait for ever.
            # It cannot track an amount that is no number, and takes one of zero for filled.
            tracked = amount if amount.is_finite() and amount > 0 else Decimal(1)
            self.start_tracking_order(
                order_id, None, trading_pair, trade_type, price or Decimal("NaN"), tracked, order_type, **kwargs
            )
            self._on_order_failure(
                order_id, trading_pair, amount, trade_type, order_type, price, ValueError(reason), **kwargs
            )
            return
        if order_type is OrderType.MARKET and not _is_price(price):
            price = self._price_for_check(trading_pair) or _NO_PRICE
        await super()._create_order(trade_type, order_id, trading_pair, amount, order_type, price, **kwargs)

    def _refusal_before_checks(
        self, trading_pair: str, amount: Decimal, order_type: OrderType, price: Decimal | None
    ) -> str | None:
        """Why an order cannot even be checked; None: it can."""
        rule = self._trading_rules.get(trading_pair)
        if rule is None:
            return f"the trading rules of {trading_pair} are not known"
        if not (amount.is_finite() and amount > 0):
            return f"the amount ({amount}) must be a number above 0"
        if self.quantize_order_amount(trading_pair, amount) < rule.min_order_size:
            # Hummingbot's own sentence, which it would not log as one.
            return (
                f"Order amount {amount} is lower than minimum order size {rule.min_order_size} for the pair "
                f"{trading_pair}. The order will not be created."
            )
        if order_type is not OrderType.MARKET:
            if not _is_price(price):
                return f"the price ({price}) must be a number above 0 for a {order_type.name} order"
            if self.quantize_order_price(trading_pair, price) <= 0:
                return f"the price ({price}) must be at least {rule.min_price_increment} for {trading_pair}"
        return None

    def _price_for_check(self, trading_pair: str) -> Decimal | None:
        """Hummingbot checks a market order's notional at the book's price, and raises outside any handler when the book
        has none: then the mark, or else the last trade; None: there is no price at all."""
        candidates = [self.mark_of_pair(trading_pair)]
        book = self.order_books.get(trading_pair)
        if book is not None:
            candidates = [self.get_price(trading_pair, False), *candidates, Decimal(str(book.last_trade_price))]
        return next((price for price in candidates if _is_price(price)), None)

    def mark_of_pair(self, trading_pair: str) -> Decimal | None:
        """The mark price; None: it is not known, or the market has none."""
        return None

    def start_tracking_order(
        self,
        order_id: str,
        exchange_order_id: str | None,
        trading_pair: str,
        trade_type: TradeType,
        price: Decimal,
        amount: Decimal,
        order_type: OrderType,
        **kwargs: Any,
    ) -> None:
        """As Hummingbot's; the price that only lets an order pass its check is not the order's."""
        known = Decimal("NaN") if price is _NO_PRICE else price
        super().start_tracking_order(
            order_id, exchange_order_id, trading_pair, trade_type, known, amount, order_type, **kwargs
        )

    async def _place_order_and_process_update(self, order: InFlightOrder, **kwargs: Any) -> str:
        self._preparing.add(order.client_order_id)
        try:
            market = self.market(order.trading_pair)
            if market is not None and state_refusal(market, order.order_type) is not None:
                # It may have opened since: nothing is refused on old knowledge, least of all an order that closes.
                await self.refresh_market(order.trading_pair)
            await self._heed_maintenance(order)
            if order.client_order_id not in self._preparing:
                return ""
        finally:
            self._preparing.discard(order.client_order_id)
        request = self._order_request(
            order.client_order_id,
            order.trading_pair,
            order.amount,
            order.trade_type,
            order.order_type,
            order.price,
            **kwargs,
        )
        try:
            record = await self._order_path.submit(request)
        except OrderWithdrawn:
            return ""
        except OrderUnresolved as error:
            self.logger().warning(f"Nobody can say yet if order {order.client_order_id} stands ({error}); asking on.")
            self._unresolved[order.client_order_id] = order
            return ""
        self._sync.apply_record(order, record)
        return record.exchange_order_id

    async def _heed_maintenance(self, order: InFlightOrder) -> None:
        """An order that only reduces a position is sent all the same, for the exchange itself to refuse: nobody else
        may keep risk open. Its outcome is known when the maintenance is over.

        :raises ValueError: the order would open risk, or may, and the exchange is under maintenance
        """
        maintenance = self._requests.maintenance
        if not maintenance.active or order.position is PositionAction.CLOSE:
            return
        await maintenance.refresh(FRESH)
        if maintenance.active:
            raise ValueError(f"{SENTENCE}, and nothing that opens risk is sent until it is over")

    async def _place_order(
        self,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        trade_type: TradeType,
        order_type: OrderType,
        price: Decimal,
        **kwargs: Any,
    ) -> tuple[str, float]:
        request = self._order_request(order_id, trading_pair, amount, trade_type, order_type, price, **kwargs)
        record = await self._order_path.submit(request)
        return record.exchange_order_id, record.time

    def _order_request(
        self,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        trade_type: TradeType,
        order_type: OrderType,
        price: Decimal | None,
        **kwargs: Any,
    ) -> OrderRequest:
        """
        :raises ValueError: why the order cannot be sent
        """
        symbol, market = self.symbol_of_pair(trading_pair), self.market(trading_pair)
        reason = None if market is None else refusal(market, order_type, amount)
        if reason is not None:
            raise ValueError(reason)
        body: dict[str, Any] = {
            "symbol": symbol,
            "side": CONSTANTS.SIDE_BUY if trade_type is TradeType.BUY else CONSTANTS.SIDE_SELL,
            "clientId": wire_id(order_id),
            "selfTradePrevention": DEFAULT_SELF_TRADE_PREVENTION,
            **self._order_options(**kwargs),
        }
        quote_quantity = kwargs.get("quote_quantity")
        trigger = kwargs.get("trigger_price")
        if order_type is OrderType.MARKET:
            body["orderType"] = "Market"
            if quote_quantity is not None:
                body["quoteQuantity"] = f"{Decimal(quote_quantity):f}"
            elif trigger is None:
                body["quantity"] = f"{amount:f}"
        else:
            if quote_quantity is not None:
                raise ValueError(f"quote_quantity ({quote_quantity}) must go with a MARKET order")
            if price is None or not price.is_finite():
                raise ValueError(f"the price ({price}) must be a number for a {order_type.name} order")
            body |= {"orderType": "Limit", "price": f"{price:f}"}
            if trigger is None:
                body["quantity"] = f"{amount:f}"
            body.setdefault("timeInForce", CONSTANTS.TIME_IN_FORCE_GTC)
            if order_type is OrderType.LIMIT_MAKER:
                body["postOnly"] = True
        if trigger is not None:
            # The exchange wants the quantity of such an order in a field of its own, and no other.
            body |= {"triggerPrice": f"{Decimal(trigger):f}", "triggerQuantity": f"{amount:f}"}
            body.setdefault("triggerBy", DEFAULT_TRIGGER)
        return OrderRequest(body)

    def _order_options(self, **kwargs: Any) -> dict[str, Any]:
        """What the keyword arguments of ``buy`` and ``sell`` put into the payload."""
        options: dict[str, Any] = {}
        for name, (field, choices) in _CHOICES.items():
            value = kwargs.get(name)
            if value is None:
                continue
            if value not in choices:
                raise ValueError(f"{name} ({value}) must be {', '.join(choices)}")
            options[field] = value
        if kwargs.get("slippage_tolerance") is not None:
            options["slippageTolerance"] = f"{Decimal(kwargs['slippage_tolerance']):f}"
        return options

    def _on_order_failure(
        self,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        trade_type: TradeType,
        order_type: OrderType,
        price: Decimal | None,
        exception: Exception,
        **kwargs: Any,
    ) -> None:
        """One line with the reason; that a post-only order would have taken is no more than an ordinary outcome."""
        reason = exception.reason if isinstance(exception, BackpackError) else str(exception) or repr(exception)
        what = f"{trade_type.name} {order_type.name} {amount} {trading_pair} at {price}"
        line = f"{what} was not placed: {reason.rstrip('.')}."
        # Hummingbot's own sentence too, at its own level, for those who search the log file for it.
        self.logger().network(
            f"Error submitting {trade_type.name.lower()} {order_type.name.upper()} order to {self.name_cap} for "
            f"{amount} {trading_pair} {price}."
        )
        if isinstance(exception, BackpackError) and is_post_only_cross(exception):
            self.logger().info(line)
        else:
            self.logger().warning(line)
            if isinstance(exception, BackpackError) and is_market_state(exception):
                self.suspect_market(trading_pair)
            elif isinstance(exception, BackpackError):
                # Most often it is the order; if it is the market, the next one should be refused here.
                safe_ensure_future(self.refresh_market(trading_pair))
        self._update_order_after_failure(order_id, trading_pair, exception)

    @property
    def request_budget_used(self) -> float:
        """Part of the sub-account's request budget that is spent, 0 to 1."""
        return self._throttler.budget.used_share(CONSTANTS.GLOBAL_RATE_LIMIT)

    def unresolved_orders(self) -> list[InFlightOrder]:
        """Orders whose submission has no known outcome."""
        return list(self._unresolved.values())

    async def resolve_again(self, order: InFlightOrder) -> None:
        """Looks once more; the request itself has long run out, so what is not there never will be."""
        try:
            record = await self._sync.look_at(order)
        except BackpackError:
            return
        was_unresolved = self._unresolved.pop(order.client_order_id, None) is not None
        if was_unresolved and record is None and order.exchange_order_id is None:
            self._update_order_after_failure(
                order.client_order_id, order.trading_pair, ValueError("the exchange never got the order")
            )

    def withdraw(self, order: InFlightOrder) -> bool:
        """Takes back an order that has not left for the exchange; False: it has, and must be cancelled there."""
        if order.client_order_id in self._preparing:
            self._preparing.discard(order.client_order_id)
            return True
        return self._order_path.withdraw(wire_id(order.client_order_id))
