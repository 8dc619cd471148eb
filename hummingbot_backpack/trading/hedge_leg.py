"""One market of a maker-taker hedge: its connector seen as plain values, and what is asked of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.common import OrderType, PositionAction, TradeType
from hummingbot.core.event.events import OrderFilledEvent

from hummingbot_backpack.market_making.closing import Levels
from hummingbot_backpack.market_making.guard import CloseForm
from hummingbot_backpack.market_making.hedge_forms import HedgeMarket
from hummingbot_backpack.market_making.hedge_values import HedgeOrder, Intent, Leg
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.values import MarketRule, RestingOrder, Side, Touch
from hummingbot_backpack.trading import observe
from hummingbot_backpack.trading.inventory import charged_fee

UNLIMITED = Decimal(10) ** 12
"""Base; stands for a market without a limit of its own."""
SETTLED_AFTER = 10.0
"""Seconds after which an order of an earlier run can execute no more, where the exchange cannot be asked for it."""


@dataclass(frozen=True)
class LegFill:
    """A fill of one of our orders on a leg's market.

    :param quantity: base of the order that it took
    :param signed: what it did to the account's base, a fee in base taken off
    :param fee: amount, negative for a rebate
    :param time: seconds since the epoch, by the exchange
    """

    order_id: str
    trade_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    signed: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    time: float


@dataclass(frozen=True)
class HedgeLeg:
    """A market of a connector."""

    leg: Leg
    name: str
    connector: ConnectorBase
    trading_pair: str

    @property
    def base(self) -> str:
        return self.trading_pair.split("-")[0]

    @property
    def quote(self) -> str:
        return self.trading_pair.split("-")[1]

    @property
    def is_perpetual(self) -> bool:
        return observe.is_perpetual(self.connector)

    @property
    def any_form(self) -> bool:
        return observe.takes_options(self.connector)

    # What is known ------------------------------------------------------------------------------------------------

    def net(self) -> Decimal | None:
        """Signed position, or on a spot market all the base that the account holds; None: not known."""
        if self.is_perpetual:
            position = observe.net_position(self.connector, self.trading_pair)
            return None if position is None else position[0]
        return observe.total_balance(self.connector, self.base)

    def as_of(self, now: float) -> float | None:
        """When the exchange was asked for the position or told it, on the clock of `now`; None: nobody can say."""
        age = observe.position_age(self.connector, self.trading_pair) if self.is_perpetual else None
        return None if age is None else now - age

    def price(self) -> Decimal | None:
        """About what it trades at; None: not known."""
        return observe.valuation(self.connector, self.trading_pair)

    def rule(self) -> MarketRule | None:
        return observe.market_rule(self.connector, self.trading_pair)

    def state(self) -> MarketState:
        """What the exchange says the market takes; Open where nobody can say."""
        return MarketState.of(observe.market_state(self.connector, self.trading_pair))

    def market(self, rule: MarketRule, taken: Side | None) -> HedgeMarket:
        """What a hedge is decided on.

        :param taken: the side of the book that it would take from; None: nobody looks at its depth
        """
        own = self.own_resting()
        levels = () if taken is None else self.depth(taken, rule, own)
        return HedgeMarket(rule, self.price(), self.touch(rule, own), levels, self.any_form, self.state())

    def own_resting(self) -> list[RestingOrder]:
        """Our orders that the book may show."""
        orders = observe.own_orders(self.connector, self.trading_pair)
        return [
            observe.resting_order(order, cancelling=False)
            for order in orders
            if order.order_type is OrderType.LIMIT_MAKER and not order.is_pending_create
        ]

    def touch(self, rule: MarketRule, own: Iterable[RestingOrder]) -> Touch | None:
        return observe.touch(self.connector, self.trading_pair, rule, own)

    def depth(self, side: Side, rule: MarketRule, own: Iterable[RestingOrder]) -> Levels:
        return observe.depth(self.connector, self.trading_pair, side, rule, own)

    def can(self, side: Side, price: Decimal) -> Decimal | None:
        """Base that the account can buy or sell here, locked funds included; None: no limit of its own (margin is the
        exchange's to judge)."""
        if self.is_perpetual:
            return None
        held = observe.total_balance(self.connector, self.base if side is Side.SELL else self.quote) or Decimal(0)
        return held if side is Side.SELL else held / price

    def fees_bps(self, price: Decimal) -> tuple[Decimal, Decimal]:
        """Maker and taker fee of the account in bps, as far as the connector knows them."""
        rates = getattr(self.connector, "fee_rates", None)
        if rates is not None:
            return Decimal(rates.maker) * 10_000, Decimal(rates.taker) * 10_000
        more: dict[str, Any] = {"position_action": PositionAction.OPEN} if self.is_perpetual else {}
        found = [
            self.connector.get_fee(
                self.base, self.quote, kind, TradeType.BUY, amount=Decimal(1), price=price, is_maker=maker, **more
            )
            for kind, maker in ((OrderType.LIMIT_MAKER, True), (OrderType.MARKET, False))
        ]
        return Decimal(found[0].percent) * 10_000, Decimal(found[1].percent) * 10_000

    def read_fill(self, event: OrderFilledEvent) -> LegFill:
        """A fill event as plain values."""
        price, quantity, side = Decimal(event.price), Decimal(event.amount), observe.side_of(event.trade_type)
        fee, asset = charged_fee(event.trade_fee, self.quote, price, quantity)
        order = self.connector._order_tracker.fetch_order(client_order_id=event.order_id)
        trade = None if order is None else order.order_fills.get(event.exchange_trade_id)
        is_maker = event.order_type is OrderType.LIMIT_MAKER or (trade is not None and not trade.is_taker)
        at = float(event.timestamp if trade is None else trade.fill_timestamp)
        return self.fill(event.order_id, event.exchange_trade_id, side, price, quantity, fee, asset, is_maker, at)

    def fill(
        self,
        order_id: str,
        trade_id: str,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        fee: Decimal,
        fee_asset: str,
        is_maker: bool,
        at: float,
    ) -> LegFill:
        signed = side.sign * quantity
        if fee_asset == self.base and not self.is_perpetual:
            signed -= fee
        return LegFill(order_id, str(trade_id), side, price, quantity, signed, fee, fee_asset, is_maker, at)

    # What is asked ------------------------------------------------------------------------------------------------

    def send(self, order: HedgeOrder) -> str:
        """Give the order to the connector, which sends it in the next turn of the event loop; its id."""
        kind, price, options = order_form(order.form)
        if self.is_perpetual:
            options["position_action"] = PositionAction.CLOSE if order.reduces else PositionAction.OPEN
        place = self.connector.buy if order.side is Side.BUY else self.connector.sell
        return str(place(self.trading_pair, order.size, kind, price, **options))

    async def executed(self, order_id: str) -> Decimal | None:
        """What an order that is over has executed, its fills announced; None: nobody can say now.

        :raises Exception: whatever the connector raises when the exchange does not answer
        """
        connector = self.connector
        order = connector._order_tracker.all_fillable_orders.get(order_id)
        if order is None:
            return None
        if hasattr(connector, "executed_amount"):
            found: Decimal | None = await connector.executed_amount(order)
            if found is None or found == 0:
                return found
        elif order.exchange_order_id is None:
            return order.executed_amount_base
        else:
            found = None
        for update in await connector._all_trade_updates_for_order(order):
            connector._order_tracker.process_trade_update(update)
        return order.executed_amount_base if found is None or order.executed_amount_base >= found else None

    async def settle(self, intent: Intent, now: float) -> bool:
        """Whether a hedge of an earlier run can execute no more; what rests of it is cancelled.

        :raises Exception: whatever the connector raises when the exchange does not answer
        """
        ask = getattr(self.connector, "settle_earlier_order", None)
        if ask is None:
            return now - intent.sent_at > SETTLED_AFTER
        return bool(await ask(self.trading_pair, intent.order_id, intent.sent_at))

    async def refresh(self) -> None:
        """Have positions or balances asked for now.

        :raises Exception: whatever the connector raises when the exchange does not answer
        """
        if self.is_perpetual:
            await self.connector._update_positions()
        else:
            await self.connector._update_balances()

    async def look_for_fills(self) -> None:
        """Have fills that no message told asked for now; they are announced as any other.

        :raises Exception: whatever the connector raises when the exchange does not answer
        """
        await self.connector._update_order_status()

    async def fills_since(self, since: float) -> list[LegFill]:
        """Own fills since a time, oldest first; none where the connector cannot be asked.

        :param since: seconds since the epoch
        :raises Exception: whatever the connector raises when the exchange does not answer
        """
        ask = getattr(self.connector, "own_fills_since", None)
        if ask is None:
            return []
        return [
            self.fill(
                order_id,
                fill.trade_id,
                Side.BUY if fill.side == "Bid" else Side.SELL,
                fill.price,
                fill.quantity,
                fill.fee,
                fill.fee_asset,
                fill.is_maker,
                fill.time,
            )
            for order_id, fill in await ask(self.trading_pair, since)
        ]


def order_form(form: CloseForm) -> tuple[OrderType, Decimal, dict[str, Any]]:
    """Order type, price and options of the connector's `buy` and `sell` for a form of SL05."""
    if form.price is not None:
        return OrderType.LIMIT, form.price, {"time_in_force": "IOC"}
    if form.slippage_bps is not None:
        tolerance = {"slippage_tolerance": form.slippage_bps / 100, "slippage_tolerance_type": "Percent"}
        return OrderType.MARKET, Decimal("NaN"), tolerance
    return OrderType.MARKET, Decimal("NaN"), {}


def room(legs: Sequence[HedgeLeg], touch: Touch | None, hedge_touch: Touch | None) -> Headroom | None:
    """What both accounts can trade and undo; a spot market's balances bound it. None: the prices are not known.

    On one spot market a fill itself brings what undoes it.
    """
    if touch is None or hedge_touch is None:
        return None
    found = []
    for side, price, undone_at in ((Side.BUY, touch.bid, hedge_touch.bid), (Side.SELL, touch.ask, hedge_touch.ask)):
        limits = [legs[0].can(side, price)]
        if len(legs) > 1:
            limits.append(legs[1].can(side.opposite, undone_at))
        found.append(min((limit for limit in limits if limit is not None), default=UNLIMITED))
    return Headroom(*found)
