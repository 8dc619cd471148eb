"""Frames of the streams in, typed values out; the counterpart of ``backpack_parsing`` for the WebSocket."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_parsing import (
    BalanceEvent,
    BookTicker,
    DepthDiff,
    Fill,
    Frame,
    Ignored,
    MarkPrice,
    OrderEvent,
    OrderRecord,
    PositionRecord,
    PublicTrade,
    StreamError,
    UnreadablePayload,
    micros,
)

USER_ORIGIN = "USER"
FILL_EVENT = "orderFill"


def parse_frame(frame: Any) -> Frame:
    """Understands any frame of the exchange.

    The payload's own fields tell what it is, never a part of the stream's name: names hold dots and each other's words.

    :raises UnreadablePayload: a frame that is no frame of the exchange
    """
    try:
        if "error" in frame:
            return StreamError(int(frame["error"]["code"]), str(frame["error"]["message"]))
        stream, data = frame["stream"], frame["data"]
        parse = _ACCOUNT_PARSERS.get(stream) or _PARSERS.get(data.get("e"))
        if parse is None and stream.startswith("account."):
            # A stream scoped to a market carries the market behind the name.
            parse = next((p for name, p in _ACCOUNT_PARSERS.items() if stream.startswith(f"{name}.")), None)
        return Ignored(stream) if parse is None else parse(data)
    except (KeyError, TypeError, ArithmeticError, AttributeError, ValueError, IndexError) as error:
        raise UnreadablePayload(f"frame: {type(error).__name__}: {error}") from error


def _depth(data: Mapping[str, Any]) -> DepthDiff:
    return DepthDiff(data["s"], int(data["U"]), int(data["u"]), data["b"], data["a"], micros(data["T"]))


def _book_ticker(data: Mapping[str, Any]) -> BookTicker:
    return BookTicker(data["s"], int(data["u"]), micros(data["T"]))


def _trade(data: Mapping[str, Any]) -> PublicTrade:
    return PublicTrade(
        data["s"], int(data["t"]), Decimal(data["p"]), Decimal(data["q"]), bool(data["m"]), micros(data["T"])
    )


def _mark_price(data: Mapping[str, Any]) -> MarkPrice:
    return MarkPrice(data["s"], Decimal(data["p"]), Decimal(data["i"]), Decimal(data["f"]), int(data["n"]) // 1000)


def _order(data: Mapping[str, Any]) -> OrderEvent:
    kind, time = data["e"], micros(data["T"])
    origin = data.get("O") or USER_ORIGIN
    quantity, price = data.get("q"), data.get("p")
    order = OrderRecord(
        symbol=data["s"],
        exchange_order_id=str(data["i"]),
        client_id=None if data.get("c") is None else int(data["c"]),
        side=data["S"],
        status=data["X"],
        quantity=None if quantity is None else Decimal(quantity),
        executed=Decimal(data["z"]),
        price=None if price is None else Decimal(price),
        time=time,
        reason=data.get("R"),
        post_only=bool(data.get("y")),
        reduce_only=bool(data.get("r")),
    )
    fill = None
    if kind == FILL_EVENT:
        fill = Fill(
            symbol=order.symbol,
            exchange_order_id=order.exchange_order_id,
            client_id=order.client_id,
            side=order.side,
            trade_id=str(data["t"]),
            price=Decimal(data["L"]),
            quantity=Decimal(data["l"]),
            fee=Decimal(data["n"]),
            fee_asset=data["N"],
            is_maker=bool(data["m"]),
            time=time,
            origin=None if origin == USER_ORIGIN else origin,
        )
    return OrderEvent(kind, order, fill, origin)


def _balance(data: Mapping[str, Any]) -> BalanceEvent:
    return BalanceEvent(data["a"], Decimal(data["A"]), Decimal(data["L"]), Decimal(data["S"]))


def _position(data: Mapping[str, Any]) -> PositionRecord:
    """``B`` is the entry, ``b`` the break-even; ``q`` is net, ``Q`` would count open orders too. Initial frames lack
    ``e``."""
    return PositionRecord(
        symbol=data["s"],
        quantity=Decimal(str(data["q"])),
        entry=Decimal(str(data["B"])),
        mark=Decimal(str(data["M"])),
        unsettled_pnl=Decimal(str(data["P"])),
    )


_PARSERS: dict[str, Callable[[Mapping[str, Any]], Frame]] = {
    CONSTANTS.DIFF_EVENT_TYPE: _depth,
    CONSTANTS.BOOK_TICKER_EVENT_TYPE: _book_ticker,
    CONSTANTS.TRADE_EVENT_TYPE: _trade,
    CONSTANTS.FUNDING_EVENT_TYPE: _mark_price,
}
_ACCOUNT_PARSERS: dict[str, Callable[[Mapping[str, Any]], Frame]] = {
    CONSTANTS.ALL_ORDERS_CHANNEL: _order,
    CONSTANTS.ALL_BALANCES_CHANNEL: _balance,
    CONSTANTS.ALL_POSITIONS_CHANNEL: _position,
}
