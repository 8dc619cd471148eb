"""Makes on one market what it takes on another at once: levels of cross-exchange executors on both sides.

Both are spot markets: the executor's check of the budget is none that Hummingbot's perpetual connectors understand.
"""

from decimal import Decimal

from hummingbot.core.data_type.common import MarketDict, TradeType
from hummingbot.strategy_v2.controllers import controller_base as base
from hummingbot.strategy_v2.executors.data_types import ConnectorPair
from hummingbot.strategy_v2.executors.xemm_executor.data_types import XEMMExecutorConfig
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction, ExecutorAction


class CrossMakerConfig(base.ControllerConfigBase):
    controller_type: str = "generic"
    controller_name: str = "cross_maker"
    connector_name: str = "backpack_simulator"
    maker_pair: str = "ETH-USDC"
    taker_pair: str = "WETH-USDC"
    order_amount: Decimal = Decimal("0.3")
    # Shares of the price that are left after the fees of both sides; negative: it trades at a loss.
    targets: list[Decimal] = [Decimal("-0.0013"), Decimal("-0.0008")]
    tolerance: Decimal = Decimal("0.0002")

    def update_markets(self, markets: MarketDict) -> MarketDict:
        markets.add_or_update(self.connector_name, self.maker_pair)
        return markets.add_or_update(self.connector_name, self.taker_pair)


class CrossMaker(base.ControllerBase):
    async def update_processed_data(self) -> None:
        """The executors look at both books themselves."""

    def determine_executor_actions(self) -> list[ExecutorAction]:
        working = {
            (one.config.maker_side, one.config.target_profitability) for one in self.executors_info if one.is_active
        }
        return [
            CreateExecutorAction(controller_id=self.config.id, executor_config=self._level(side, target))
            for side in (TradeType.BUY, TradeType.SELL)
            for target in self.config.targets
            if (side, target) not in working
        ]

    def _level(self, side: TradeType, target: Decimal) -> XEMMExecutorConfig:
        maker = ConnectorPair(connector_name=self.config.connector_name, trading_pair=self.config.maker_pair)
        taker = ConnectorPair(connector_name=self.config.connector_name, trading_pair=self.config.taker_pair)
        return XEMMExecutorConfig(
            timestamp=self.market_data_provider.time(),
            buying_market=maker if side is TradeType.BUY else taker,
            selling_market=taker if side is TradeType.BUY else maker,
            maker_side=side,
            order_amount=self.config.order_amount,
            min_profitability=target - self.config.tolerance,
            target_profitability=target,
            max_profitability=target + self.config.tolerance,
        )
