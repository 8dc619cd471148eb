"""Levels around mid, each a position executor with its three barriers."""

from decimal import Decimal

from hummingbot.strategy_v2.controllers import market_making_controller_base as base
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig


class SimpleMakerConfig(base.MarketMakingControllerConfigBase):
    controller_name: str = "simple_maker"


class SimpleMaker(base.MarketMakingControllerBase):
    def get_executor_config(self, level_id: str, price: Decimal, amount: Decimal) -> PositionExecutorConfig:
        return PositionExecutorConfig(
            timestamp=self.market_data_provider.time(),
            level_id=level_id,
            connector_name=self.config.connector_name,
            trading_pair=self.config.trading_pair,
            entry_price=price,
            amount=amount,
            triple_barrier_config=self.config.triple_barrier_config,
            leverage=self.config.leverage,
            side=self.get_trade_type_from_level_id(level_id),
        )
