"""Payload in, typed values out; no I/O, no clock, no state.

Times are seconds since the epoch, amounts are Decimal. A payload that lacks what it must hold raises
:class:`UnreadablePayload`: a missing field is never a default.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any

Levels = list[list[str]]


class UnreadablePayload(ValueError):
    """A payload of a known kind that cannot be understood."""


@dataclass(frozen=True)
class Market:
    """A row of ``/markets``. Prices in quote per base, quantities in base; None: the exchange sets no limit.

    :param trading_pair: Hummingbot's name, upper case
    :param state: Open, PostOnly, LimitOnly, CancelOnly or Closed
    :param min_multiplier: a limit price below this times the active price is refused; likewise ``max_multiplier``
    :param initial_margin: base of the initial margin fraction of a perpetual; its inverse is the highest leverage
    """

    symbol: str
    trading_pair: str
    base: str
    quote: str
    kind: str
    state: str
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None
    min_price: Decimal | None
    max_price: Decimal | None
    min_multiplier: Decimal | None
    max_multiplier: Decimal | None
    initial_margin: Decimal | None


@dataclass(frozen=True)
class DepthSnapshot:
    last_id: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True)
class DepthDiff:
    """``first_id`` to ``last_id`` are the engine events it covers; sizes are absolute, zero removes the level."""

    symbol: str
    first_id: int
    last_id: int
    bids: Levels
    asks: Levels
    time: float


@dataclass(frozen=True)
class BookTicker:
    symbol: str
    update_id: int
    time: float


@dataclass(frozen=True)
class PublicTrade:
    symbol: str
    trade_id: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool
    time: float


@dataclass(frozen=True)
class MarkPrice:
    """:param rate: the fraction for the running hour; positive: longs pay"""

    symbol: str
    mark: Decimal
    index: Decimal
    rate: Decimal
    next_funding_time: int


@dataclass(frozen=True)
class Fill:
    """:param origin: why, when it was not the user's own order (liquidation, ADL, …); None: the user's own"""

    symbol: str
    exchange_order_id: str
    client_id: int | None
    side: str
    trade_id: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    time: float
    origin: str | None


@dataclass(frozen=True)
class OrderRecord:
    """An order as the exchange knows it, from REST or from its own stream."""

    symbol: str
    exchange_order_id: str
    client_id: int | None
    side: str
    status: str
    quantity: Decimal | None
    executed: Decimal
    price: Decimal | None
    time: float
    reason: str | None
    post_only: bool
    reduce_only: bool


@dataclass(frozen=True)
class OrderEvent:
    """:param kind: orderAccepted, orderFill, orderModified, …"""

    kind: str
    order: OrderRecord
    fill: Fill | None
    origin: str


@dataclass(frozen=True)
class BalanceEvent:
    asset: str
    available: Decimal
    locked: Decimal
    staked: Decimal


@dataclass(frozen=True)
class PositionRecord:
    """:param quantity: signed, negative when short
    :param unsettled_pnl: what the exchange's ten-second job has not booked yet; not the PnL of the position
    """

    symbol: str
    quantity: Decimal
    entry: Decimal
    mark: Decimal
    unsettled_pnl: Decimal


@dataclass(frozen=True)
class StreamError:
    code: int
    message: str


@dataclass(frozen=True)
class Ignored:
    """A frame that is understood and that nothing here needs."""

    stream: str


@dataclass(frozen=True)
class Account:
    """Fee rates are fractions, a rebate is negative."""

    spot_maker: Decimal
    spot_taker: Decimal
    perpetual_maker: Decimal
    perpetual_taker: Decimal
    leverage: Decimal
    liquidating: bool


@dataclass(frozen=True)
class FundingPayment:
    """:param amount: quote; positive was received"""

    symbol: str
    time: float
    rate: Decimal
    amount: Decimal


Frame = (
    DepthDiff
    | BookTicker
    | PublicTrade
    | MarkPrice
    | OrderEvent
    | BalanceEvent
    | PositionRecord
    | StreamError
    | Ignored
)


def _readable[Result](parse: Callable[..., Result]) -> Callable[..., Result]:
    @wraps(parse)
    def checked(*arguments: Any) -> Result:
        try:
            return parse(*arguments)
        except (KeyError, TypeError, InvalidOperation, IndexError, AttributeError, ValueError) as error:
            raise UnreadablePayload(f"{parse.__name__}: {type(error).__name__}: {error}") from error

    return checked


def micros(value: int) -> float:
    """Seconds from the stream's microseconds."""
    return int(value) / 1e6


def iso_time(text: str) -> float:
    """Seconds from the exchange's ISO-8601, which is UTC without saying so."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _time(value: Any) -> float:
    return iso_time(value) if isinstance(value, str) and not value.isdigit() else int(value) / 1e3


def _maybe(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _client_id(value: Any) -> int | None:
    return None if value is None else int(value)


@_readable
def market(row: Mapping[str, Any]) -> Market:
    """A row of ``/markets``."""
    price, quantity = row["filters"]["price"], row["filters"]["quantity"]
    margin = row.get("imfFunction")
    return Market(
        symbol=str(row["symbol"]),
        trading_pair=f"{row['baseSymbol']}-{row['quoteSymbol']}".upper(),
        base=str(row["baseSymbol"]).upper(),
        quote=str(row["quoteSymbol"]).upper(),
        kind=row["marketType"],
        state=row["orderBookState"],
        tick=Decimal(price["tickSize"]),
        step=Decimal(quantity["stepSize"]),
        min_quantity=Decimal(quantity["minQuantity"]),
        max_quantity=_maybe(quantity.get("maxQuantity")),
        min_price=_maybe(price.get("minPrice")),
        max_price=_maybe(price.get("maxPrice")),
        min_multiplier=_maybe(price.get("minMultiplier")),
        max_multiplier=_maybe(price.get("maxMultiplier")),
        initial_margin=None if margin is None else Decimal(margin["base"]),
    )


@_readable
def depth_snapshot(body: Mapping[str, Any]) -> DepthSnapshot:
    """``/depth``, whose bids come in ascending order: levels have no order here."""
    return DepthSnapshot(int(body["lastUpdateId"]), body["bids"], body["asks"])


@_readable
def order_record(row: Mapping[str, Any]) -> OrderRecord:
    """An order of ``/order``, ``/orders`` or ``/wapi/v1/history/orders``."""
    return OrderRecord(
        symbol=row["symbol"],
        exchange_order_id=str(row["id"]),
        client_id=_client_id(row.get("clientId")),
        side=row["side"],
        status=row["status"],
        quantity=_maybe(row.get("quantity")),
        executed=Decimal(row["executedQuantity"] or 0),
        price=_maybe(row.get("price")),
        time=_time(row["createdAt"]),
        reason=row.get("expiryReason"),
        post_only=bool(row.get("postOnly")),
        reduce_only=bool(row.get("reduceOnly")),
    )


@_readable
def history_fill(row: Mapping[str, Any]) -> Fill:
    """A row of ``/wapi/v1/history/fills``; the client id is text there."""
    return Fill(
        symbol=row["symbol"],
        exchange_order_id=str(row["orderId"]),
        client_id=_client_id(row.get("clientId") or None),
        side=row["side"],
        trade_id=str(row["tradeId"]),
        price=Decimal(row["price"]),
        quantity=Decimal(row["quantity"]),
        fee=Decimal(row["fee"]),
        fee_asset=row["feeSymbol"],
        is_maker=bool(row["isMaker"]),
        time=iso_time(row["timestamp"]),
        origin=row.get("systemOrderType"),
    )


@_readable
def position(row: Mapping[str, Any]) -> PositionRecord:
    """A row of ``/position``."""
    return PositionRecord(
        symbol=row["symbol"],
        quantity=Decimal(row["netQuantity"]),
        entry=Decimal(row["entryPrice"]),
        mark=Decimal(row["markPrice"]),
        unsettled_pnl=Decimal(row["pnlUnrealized"]),
    )


@_readable
def account(body: Mapping[str, Any]) -> Account:
    """``/account``, whose fees are basis points."""
    bps = Decimal(10_000)
    return Account(
        spot_maker=Decimal(body["spotMakerFee"]) / bps,
        spot_taker=Decimal(body["spotTakerFee"]) / bps,
        perpetual_maker=Decimal(body["futuresMakerFee"]) / bps,
        perpetual_taker=Decimal(body["futuresTakerFee"]) / bps,
        leverage=Decimal(body["leverageLimit"]),
        liquidating=bool(body["liquidating"]),
    )


@_readable
def capital(body: Mapping[str, Any]) -> list[BalanceEvent]:
    """``/capital``: an object by asset that leaves zero balances and lent funds out."""
    return [
        BalanceEvent(asset, Decimal(row["available"]), Decimal(row["locked"]), Decimal(row["staked"]))
        for asset, row in body.items()
    ]


@_readable
def lent(rows: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """``/borrowLend/positions``: what is lent, by asset; what is borrowed is none of it."""
    quantities = {row["symbol"]: Decimal(row["netQuantity"]) for row in rows}
    return {asset: quantity for asset, quantity in quantities.items() if quantity > 0}


@_readable
def funding_payment(row: Mapping[str, Any]) -> FundingPayment:
    """A row of ``/wapi/v1/history/funding``."""
    return FundingPayment(
        symbol=row["symbol"],
        time=iso_time(row["intervalEndTimestamp"]),
        rate=Decimal(row["fundingRate"]),
        amount=Decimal(row["quantity"]),
    )


@_readable
def mark_price(row: Mapping[str, Any]) -> MarkPrice:
    """A row of ``/markPrices``."""
    return MarkPrice(
        symbol=row["symbol"],
        mark=Decimal(row["markPrice"]),
        index=Decimal(row["indexPrice"]),
        rate=Decimal(row["fundingRate"]),
        next_funding_time=int(row["nextFundingTimestamp"]) // 1000,
    )
