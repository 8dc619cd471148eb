"""The plainest script: every few seconds all orders are cancelled, and a bid and an ask placed around mid."""

import os
from decimal import Decimal

from hummingbot.core.data_type.common import MarketDict, OrderType, PriceType, TradeType
from hummingbot.core.data_type.order_candidate import OrderCandidate
from hummingbot.strategy.strategy_v2_base import StrategyV2Base, StrategyV2ConfigBase


class SimpleQuotesConfig(StrategyV2ConfigBase):
    script_file_name: str = os.path.basename(__file__)
    connector_name: str = "backpack_simulator"
    trading_pair: str = "SOL-USDC"
    order_amount: Decimal = Decimal("0.3")
    half_spread: Decimal = Decimal("0.0006")
    refresh_seconds: int = 4

    def update_markets(self, markets: MarketDict) -> MarketDict:
        return markets.add_or_update(self.connector_name, self.trading_pair)


class SimpleQuotes(StrategyV2Base):
    def __init__(self, connectors: dict, config: SimpleQuotesConfig) -> None:
        super().__init__(connectors, config)
        self._due = 0.0

    def on_tick(self) -> None:
        if self.current_timestamp < self._due:
            return
        self._due = self.current_timestamp + self.config.refresh_seconds
        name, pair = self.config.connector_name, self.config.trading_pair
        for order in self.get_active_orders(name):
            self.cancel(name, pair, order.client_order_id)
        connector = self.connectors[name]
        mid = connector.get_price_by_type(pair, PriceType.MidPrice)
        if not mid.is_finite():
            return
        candidates = [
            OrderCandidate(pair, True, OrderType.LIMIT, side, self.config.order_amount, mid * (1 + sign * half))
            for side, sign, half in (
                (TradeType.BUY, -1, self.config.half_spread),
                (TradeType.SELL, 1, self.config.half_spread),
            )
        ]
        for one in connector.budget_checker.adjust_candidates(candidates, all_or_none=True):
            if one.amount > 0:
                place = self.buy if one.order_side is TradeType.BUY else self.sell
                place(name, pair, one.amount, one.order_type, one.price)
