"""Post-only levels whose fills are held as one position: the side that adds to it stops at a limit, and all of it is
closed at market when its result leaves a band."""

from decimal import Decimal

from hummingbot.core.data_type.common import MarketDict, PositionAction, PriceType, TradeType
from hummingbot.strategy_v2.controllers import controller_base as base
from hummingbot.strategy_v2.executors.order_executor.data_types import ExecutionStrategy, OrderExecutorConfig
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction, ExecutorAction, StopExecutorAction


class PositionMakerConfig(base.ControllerConfigBase):
    controller_type: str = "generic"
    controller_name: str = "position_maker"
    connector_name: str = "backpack_perpetual_simulator"
    trading_pair: str = "SOL-USDC"
    leverage: int = 5
    spreads: list[Decimal] = [Decimal("0.0005"), Decimal("0.001")]
    order_amount: Decimal = Decimal("0.3")
    max_position: Decimal = Decimal("1")
    refresh_seconds: float = 4
    band_pct: Decimal = Decimal("0.0005")

    def update_markets(self, markets: MarketDict) -> MarketDict:
        return markets.add_or_update(self.connector_name, self.trading_pair)


class PositionMaker(base.ControllerBase):
    async def update_processed_data(self) -> None:
        self.processed_data = {
            "mid": self.market_data_provider.get_price_by_type(
                self.config.connector_name, self.config.trading_pair, PriceType.MidPrice
            )
        }

    def determine_executor_actions(self) -> list[ExecutorAction]:
        mid = self.processed_data.get("mid")
        if mid is None or not Decimal(mid).is_finite():
            return []
        now = self.market_data_provider.time()
        active = [one for one in self.executors_info if one.is_active]
        connector = self.market_data_provider.get_connector(self.config.connector_name)
        position = connector.account_positions.get(self.config.trading_pair)
        held = Decimal(0) if position is None else position.amount
        if held and self._is_out_of_band() and not any(one.custom_info.get("level_id") == "close" for one in active):
            side = TradeType.SELL if held > 0 else TradeType.BUY
            return [self._order("close", side, abs(held), None, PositionAction.CLOSE)]
        stops: list[ExecutorAction] = [
            StopExecutorAction(controller_id=self.config.id, executor_id=one.id, keep_position=True)
            for one in active
            # What is reported is up to a second old: to stop an executor that has just ended would bring it back.
            if one.custom_info.get("order_id") in connector.in_flight_orders
            and not one.is_trading
            and now - one.timestamp > self.config.refresh_seconds
        ]
        working = {one.custom_info.get("level_id") for one in active}
        orders: list[ExecutorAction] = []
        for side, sign in ((TradeType.BUY, 1), (TradeType.SELL, -1)):
            if held * sign >= self.config.max_position:
                continue
            for level, spread in enumerate(self.config.spreads):
                name = f"{side.name}_{level}"
                if name not in working:
                    price = Decimal(mid) * (1 - sign * spread)
                    orders.append(self._order(name, side, self.config.order_amount, price, PositionAction.OPEN))
        return [*stops, *orders]

    def _is_out_of_band(self) -> bool:
        return any(
            one.amount_quote > 0 and abs(one.unrealized_pnl_quote / one.amount_quote) > self.config.band_pct
            for one in self.positions_held
        )

    def _order(
        self, level_id: str, side: TradeType, amount: Decimal, price: Decimal | None, action: PositionAction
    ) -> CreateExecutorAction:
        return CreateExecutorAction(
            controller_id=self.config.id,
            executor_config=OrderExecutorConfig(
                timestamp=self.market_data_provider.time(),
                connector_name=self.config.connector_name,
                trading_pair=self.config.trading_pair,
                side=side,
                amount=amount,
                price=price,
                position_action=action,
                execution_strategy=ExecutionStrategy.MARKET if price is None else ExecutionStrategy.LIMIT_MAKER,
                leverage=self.config.leverage,
                level_id=level_id,
            ),
        )
