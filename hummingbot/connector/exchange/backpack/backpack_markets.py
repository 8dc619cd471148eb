"""The markets of one kind: names, states, trading rules, and what an order must not be."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from bidict import bidict
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_parsing import Market, UnreadablePayload
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.common import OrderType

_ALLOWED = {
    "Open": (OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET),
    "LimitOnly": (OrderType.LIMIT, OrderType.LIMIT_MAKER),
    "PostOnly": (OrderType.LIMIT_MAKER,),
}
# Hummingbot's rule wants a number where the exchange sets no limit.
NO_LIMIT = Decimal("1e9")


class Markets:
    """Built from ``/markets``; a row that cannot be read leaves out its own market only.

    :param rows: the body of ``/markets``
    :param kind: SPOT or PERP
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], kind: str) -> None:
        self.unreadable: list[str] = []
        self._by_symbol: dict[str, Market] = {}
        self._by_pair: dict[str, Market] = {}
        for row in rows:
            if row.get("marketType") != kind:
                continue
            try:
                market = parsing.market(row)
            except UnreadablePayload as error:
                self.unreadable.append(f"{row.get('symbol')} ({error})")
                continue
            twin = self._by_pair.get(market.trading_pair)
            # Two markets whose names differ in case only: the one that is not closed has the name.
            if twin is not None and twin.state != "Closed":
                continue
            if twin is not None:
                del self._by_symbol[twin.symbol]
            self._by_symbol[market.symbol] = market
            self._by_pair[market.trading_pair] = market

    def __len__(self) -> int:
        return len(self._by_symbol)

    def replace(self, row: Mapping[str, Any]) -> tuple[Market, Market] | None:
        """Takes over a market's newer row; the old and the new one, or None: no market that is known, or unreadable."""
        old = self._by_symbol.get(str(row.get("symbol")))
        try:
            new = parsing.market(row)
        except UnreadablePayload:
            return None
        if old is None or new.trading_pair != old.trading_pair:
            return None
        self._by_symbol[new.symbol] = self._by_pair[new.trading_pair] = new
        return old, new

    def pair_of(self, symbol: str) -> str | None:
        market = self._by_symbol.get(symbol)
        return None if market is None else market.trading_pair

    def get(self, trading_pair: str) -> Market | None:
        return self._by_pair.get(trading_pair)

    def symbol_map(self) -> bidict[str, str]:
        """Exchange symbol to trading pair."""
        return bidict({market.symbol: market.trading_pair for market in self._by_symbol.values()})

    def trading_rules(self) -> list[TradingRule]:
        return [trading_rule(market) for market in self._by_symbol.values()]


def state_refusal(market: Market, order_type: OrderType) -> str | None:
    """Why a market in this state takes no such order; None: it does."""
    if market.state in ("Closed", "CancelOnly"):
        return f"{market.trading_pair} takes no orders now: its market is {market.state}"
    if order_type not in _ALLOWED.get(market.state, tuple(OrderType)):
        return f"{market.trading_pair} takes no {order_type.name} orders now: its market is {market.state}"
    return None


def refusal(market: Market, order_type: OrderType, amount: Decimal) -> str | None:
    """Why the exchange would refuse such an order whatever the prices; None: it would not."""
    if (reason := state_refusal(market, order_type)) is not None:
        return reason
    if market.max_quantity is not None and amount > market.max_quantity:
        return f"the amount ({amount}) must be at most {market.max_quantity} for {market.trading_pair}"
    return None


def trading_rule(market: Market) -> TradingRule:
    """Hummingbot's rule of a market."""
    allowed = _ALLOWED.get(market.state, ())
    return TradingRule(
        trading_pair=market.trading_pair,
        min_order_size=market.min_quantity,
        max_order_size=NO_LIMIT if market.max_quantity is None else market.max_quantity,
        min_price_increment=market.tick,
        min_base_amount_increment=market.step,
        # The exchange has no least notional.
        min_notional_size=Decimal(0),
        supports_limit_orders=OrderType.LIMIT in allowed,
        supports_market_orders=OrderType.MARKET in allowed,
        buy_order_collateral_token=market.quote,
        sell_order_collateral_token=market.quote if market.kind == "PERP" else market.base,
    )
