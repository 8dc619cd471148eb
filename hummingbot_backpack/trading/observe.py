"""A Hummingbot connector seen as the plain values that decisions take. What is not known comes out as None."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, Protocol

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.common import OrderType, PositionAction, PositionSide, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.data_type.order_book_row import OrderBookRow

from hummingbot_backpack.market_making.closing import Levels
from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.models.shape import Funding
from hummingbot_backpack.market_making.values import MarketRule, RestingOrder, Side, Touch, round_down

MARK_PATIENCE = 10.0
"""Seconds for which a mark counts; the exchange tells it every second, moved or not."""
DEPTH_LEVELS = 100
"""Levels of the book that slippage protection looks at."""
LENT_STALE_SECONDS = 120.0
"""What is lent is not known any more once it was not answered for so long."""


def side_of(trade_type: TradeType) -> Side:
    return Side.BUY if trade_type is TradeType.BUY else Side.SELL


def finite(value: Any) -> Decimal | None:
    """The value as a Decimal, or None if it is absent or not a finite number."""
    if value is None:
        return None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number if number.is_finite() else None


def positive(value: Any) -> Decimal | None:
    """The value as a Decimal, or None if it is not a number above zero."""
    number = finite(value)
    return number if number is not None and number > 0 else None


def market_rule(connector: ConnectorBase, trading_pair: str) -> MarketRule | None:
    """What the exchange accepts on the market, or None while the connector does not know it."""
    rule = connector.trading_rules.get(trading_pair)
    if rule is None:
        return None
    try:
        return MarketRule(
            tick=Decimal(rule.min_price_increment),
            step=Decimal(rule.min_base_amount_increment),
            min_quantity=Decimal(rule.min_order_size),
            min_notional=finite(rule.min_notional_size) or Decimal(0),
        )
    except DecisionError:
        return None


def touch(
    connector: ConnectorBase, trading_pair: str, rule: MarketRule, own: Iterable[RestingOrder] = ()
) -> Touch | None:
    """Best prices of everybody else, or None if a side is empty or crossed (an invalid book is an empty one).

    Quotes that took themselves for the market would chase each other: where ours are the best, placing them moves the
    mid, which moves them. So what we have resting is taken off the book first.

    :param own: our orders that the book may show; those not acknowledged yet do not belong here
    """
    ours = _sizes(own)
    try:
        book = connector.get_order_book(trading_pair)
        bid = _best(book.bid_entries(), Side.BUY, ours, rule)
        ask = _best(book.ask_entries(), Side.SELL, ours, rule)
        return None if bid is None or ask is None else Touch(bid, ask)
    except (KeyError, ValueError, DecisionError):
        return None


def _sizes(own: Iterable[RestingOrder]) -> dict[tuple[Side, Decimal], Decimal]:
    """What is ours (base) at each price of each side."""
    ours: dict[tuple[Side, Decimal], Decimal] = {}
    for order in own:
        ours[order.side, order.price] = ours.get((order.side, order.price), Decimal(0)) + order.remaining
    return ours


def _best(
    rows: Iterable[OrderBookRow], side: Side, ours: Mapping[tuple[Side, Decimal], Decimal], rule: MarketRule
) -> Decimal | None:
    """Best price at which somebody else stands. The book keeps floats; on the tick they are exact again."""
    for row in rows:
        price = round_down(Decimal(str(row.price)) + rule.tick / 2, rule.tick)
        if Decimal(str(row.amount)) - ours.get((side, price), Decimal(0)) >= rule.step / 2:
            return price
    return None


def market_state(connector: ConnectorBase, trading_pair: str) -> str | None:
    """What the exchange says the market takes (`Open`, `PostOnly` …; `Maintenance` while the exchange itself takes
    nothing), None where the connector cannot say."""
    if maintenance(connector) is not None:
        return "Maintenance"
    ask = getattr(connector, "market", None)
    market = ask(trading_pair) if callable(ask) else None
    state: str | None = getattr(market, "state", None)
    return state


def maintenance(connector: ConnectorBase) -> str | None:
    """That the exchange is under maintenance, in one sentence, None if it is not or the connector cannot say."""
    sentence: str | None = getattr(connector, "maintenance", None)
    return sentence


def is_refusal_by_maintenance(event: Any) -> bool:
    """Whether an order failed because the exchange was under maintenance, which says nothing about our orders."""
    return "maintenance" in str(getattr(event, "error_message", None) or "").lower()


def is_refusal_before_sending(event: Any) -> bool:
    """Whether our connector kept an order back because the account's collateral does not carry it; what the exchange
    refuses for lack of margin has another `error_type`."""
    return getattr(event, "error_type", None) == "InsufficientCollateral"


def budget_used(connector: ConnectorBase) -> Decimal:
    """Share of the request budget that is spent, 0 to 1; 0 where the connector cannot say."""
    return Decimal(getattr(connector, "request_budget_used", 0))


def version(connector: ConnectorBase, trading_pair: str) -> tuple[Any, ...]:
    """Differs whenever book, mark, inventory, private stream or the key's refusal have changed; nothing is computed."""
    try:
        book = connector.get_order_book(trading_pair)
        seen: tuple[Any, ...] = (book.snapshot_uid, book.last_diff_uid)
    except (KeyError, ValueError):
        seen = ()
    try:
        seen += (connector.get_funding_info(trading_pair).mark_price,)
    except (KeyError, AttributeError):
        pass
    held: tuple[Any, ...]
    if is_perpetual(connector):
        position = connector.account_positions.get(trading_pair)
        held = (None if position is None else position.amount,)
    else:
        totals, available = connector.get_all_balances(), connector.available_balances
        held = tuple((totals.get(asset), available.get(asset)) for asset in trading_pair.split("-"))
    return (
        *seen,
        *held,
        private_stream_up(connector),
        refusal_of_key(connector),
        market_state(connector, trading_pair),
    )


class Changes(Protocol):
    """Tells of changes of a pair's book, mark, position and balances in the turn in which they happen."""

    def add(self, trading_pair: str, observer: Callable[[], None]) -> None: ...

    def remove(self, trading_pair: str, observer: Callable[[], None]) -> None: ...


def changes(connector: ConnectorBase) -> Changes | None:
    """What our own connectors tell, None for one that has to be looked at."""
    found: Changes | None = getattr(connector, "changes", None)
    return found


def depth(
    connector: ConnectorBase, trading_pair: str, side: Side, rule: MarketRule, own: Iterable[RestingOrder]
) -> Levels:
    """(price, base) of the nearest levels of one side, our own orders taken off."""
    ours = _sizes(own)
    try:
        book = connector.get_order_book(trading_pair)
        rows = islice(book.bid_entries() if side is Side.BUY else book.ask_entries(), DEPTH_LEVELS)
        found = []
        for row in rows:
            price = round_down(Decimal(str(row.price)) + rule.tick / 2, rule.tick)
            left = Decimal(str(row.amount)) - ours.get((side, price), Decimal(0))
            if left > 0:
                found.append((price, left))
        return tuple(found)
    except (KeyError, ValueError):
        return ()


def takes_options(connector: ConnectorBase) -> bool:
    """Whether IOC orders and slippage tolerances reach the exchange: only our own connectors pass them on."""
    return hasattr(connector, "order_ids")


def mark_price(connector: ConnectorBase, trading_pair: str) -> Decimal | None:
    """Mark price; None while it is not known, or not told for `MARK_PATIENCE` by a connector that keeps count."""
    age = getattr(connector, "mark_age", None)
    told = age(trading_pair) if callable(age) else None
    if told is not None and told > MARK_PATIENCE:
        return None
    try:
        return positive(connector.get_funding_info(trading_pair).mark_price)
    except (KeyError, AttributeError):
        return None


def valuation(connector: ConnectorBase, trading_pair: str) -> Decimal | None:
    """Price that inventory is valued at: the mark where the exchange has one, else the mid; None while not known."""
    if hasattr(connector, "get_funding_info"):
        return mark_price(connector, trading_pair)
    try:
        book = connector.get_order_book(trading_pair)
        bid, ask = positive(book.get_price(False)), positive(book.get_price(True))
    except (KeyError, ValueError, OSError):
        return None
    return None if bid is None or ask is None else (bid + ask) / 2


def next_funding(connector: ConnectorBase, trading_pair: str, now: float) -> Funding | None:
    """The funding payment that comes next, or None while it is not known.

    :param now: seconds
    """
    try:
        info = connector.get_funding_info(trading_pair)
        rate, due = finite(info.rate), float(info.next_funding_utc_timestamp)
        return None if rate is None else Funding(rate, due - now)
    except (KeyError, AttributeError, TypeError, ValueError):
        return None


def net_position(connector: ConnectorBase, trading_pair: str) -> tuple[Decimal, Decimal | None] | None:
    """Signed position in base and its average entry, or None while the connector does not know its positions.

    Some connectors give a short's size without a sign, with its side beside it.
    """
    # A connector that cannot say is believed while it calls itself ready; ours knows even while its book does not.
    if not connector.status_dict.get("positions", connector.ready):
        return None
    net, entry = Decimal(0), None
    for position in list(connector.account_positions.values()):
        if position.trading_pair != trading_pair:
            continue
        amount = finite(position.amount)
        if amount is None:
            return None
        net += -abs(amount) if position.position_side is PositionSide.SHORT else amount
        entry = positive(position.entry_price)
    return net, entry if net != 0 else None


def position_age(connector: ConnectorBase, trading_pair: str) -> float | None:
    """Seconds since the exchange was asked for the position or told it, None where the connector cannot say."""
    age = getattr(connector, "position_age", None)
    found: float | None = age(trading_pair) if callable(age) else None
    return found


def private_stream_up(connector: ConnectorBase) -> bool:
    """Whether orders, fills and positions arrive as they happen; a connector that cannot say is believed to."""
    return bool(getattr(connector, "is_user_stream_up", True))


def quotes_without_stream(connector: ConnectorBase) -> bool:
    """Whether the user lets quotes stand while the private stream is down (`quote_without_stream`)."""
    return bool(getattr(getattr(connector, "settings", None), "quote_without_stream", False))


def refusal_of_key(connector: ConnectorBase) -> str | None:
    """The exchange's refusal of the API key in one sentence, None if it refuses nothing or the connector cannot say."""
    refusal: str | None = getattr(connector, "fatal_error", None)
    return refusal


async def settle_funding(connector: ConnectorBase) -> None:
    """Have payments of the last moments announced, where the connector can be asked."""
    ask = getattr(connector, "settle_funding", None)
    if ask is not None:
        await ask()


def equity(connector: ConnectorBase, trading_pair: str) -> Decimal | None:
    """Account value in the collateral asset, or None if the connector does not know it."""
    try:
        asset = connector.get_buy_collateral_token(trading_pair)
        if asset not in connector.get_all_balances():
            return None
        return finite(connector.get_balance(asset))
    except (KeyError, AttributeError, NotImplementedError):
        return None


def exposure_left(connector: ConnectorBase, trading_pair: str) -> Decimal | None:
    """Base by which new orders may raise a market's exposure within the free collateral, at the effective leverage;
    None while the connector does not know it, or where it cannot say."""
    ask = getattr(connector, "exposure_left", None)
    return finite(ask(trading_pair)) if callable(ask) else None


def is_perpetual(connector: ConnectorBase) -> bool:
    """Whether the connector holds positions instead of balances."""
    return hasattr(connector, "account_positions")


def total_balance(connector: ConnectorBase, asset: str) -> Decimal | None:
    """All the account has of an asset, locked and lent included; None while the connector does not know it."""
    if not connector.status_dict.get("account_balance", connector.ready):
        return None
    return finite(connector.get_all_balances().get(asset, 0))


def available_balance(connector: ConnectorBase, asset: str) -> Decimal:
    """What new orders can use of an asset, within the limits that the user set for the connector."""
    return finite(connector.get_available_balance(asset)) or Decimal(0)


def lent_age(connector: ConnectorBase) -> float | None:
    """Seconds since the lent amounts were asked for, 0 where the connector knows of no lending, None: never."""
    age: float | None = getattr(connector, "lent_funds_age", 0.0)
    return age


def lent_assets(connector: ConnectorBase) -> frozenset[str]:
    """What the account has lent some of now, as far as the connector knows."""
    return frozenset(getattr(connector, "lent_funds", ()))


def unknown_funds(connector: ConnectorBase) -> str | None:
    """Why balances are not all there is, None if they are."""
    if not hasattr(connector, "lent_funds_age"):
        return None
    age: float | None = connector.lent_funds_age
    if age is not None and age <= LENT_STALE_SECONDS:
        return None
    asked = "never answered" if age is None else f"last answered {age:.0f} s ago"
    return f"what the account has lent is not known ({asked})"


def own_orders(connector: ConnectorBase, trading_pair: str) -> list[InFlightOrder]:
    """Orders of this bot on the market that may still fill: the active ones and those the connector lost sight of."""
    tracker = connector._order_tracker  # Hummingbot's own executors read it too; there is no public way to lost orders
    return [order for order in tracker.all_updatable_orders.values() if order.trading_pair == trading_pair]


def is_closing(order: InFlightOrder) -> bool:
    """Whether the order is no quote: reduce-only, or one that takes."""
    reduces = getattr(order, "position", PositionAction.NIL) is PositionAction.CLOSE
    return reduces or order.order_type is not OrderType.LIMIT_MAKER


def remaining(order: InFlightOrder) -> Decimal:
    return max(Decimal(0), order.amount - order.executed_amount_base)


def resting_order(order: InFlightOrder, cancelling: bool, gone: bool = False) -> RestingOrder:
    """The order as decisions see it."""
    price = finite(order.price)
    return RestingOrder(
        order_id=order.client_order_id,
        side=side_of(order.trade_type),
        price=price if price is not None else Decimal(0),
        remaining=remaining(order),
        cancelling=cancelling or order.is_pending_cancel_confirmation or not order.is_open,
        shown=not order.is_pending_create,
        gone=gone,
    )
