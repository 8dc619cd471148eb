"""Perpetual market maker: a ladder of post-only quotes around mid, skewed against the position, inside hard limits."""

from decimal import Decimal
from typing import ClassVar

from hummingbot_backpack import trading
from hummingbot_backpack.market_making import setting, settings, step
from hummingbot_backpack.market_making.values import MarketRule

_TABLE = settings.PERP_MARKET_MAKER
_field = trading.controller_config.table_field


class PerpMarketMakerConfig(trading.controller_config.ConfigBase):
    """Settings of the perpetual market maker; units, defaults and what is accepted are in the table they come from."""

    SETTINGS: ClassVar[tuple[setting.Setting, ...]] = _TABLE

    controller_type: str = "market_making"
    controller_name: str = "perp_market_maker"
    connector_name: str = _field(_TABLE, "connector_name")
    trading_pair: str = _field(_TABLE, "trading_pair")
    spread_pct: Decimal = _field(_TABLE, "spread_pct")
    orders_per_side: int = _field(_TABLE, "orders_per_side")
    level_step_bps: Decimal = _field(_TABLE, "level_step_bps")
    order_amount: Decimal | None = _field(_TABLE, "order_amount")
    refresh_interval: Decimal = _field(_TABLE, "refresh_interval")
    refresh_tolerance_bps: Decimal | None = _field(_TABLE, "refresh_tolerance_bps")
    target_position: Decimal = _field(_TABLE, "target_position")
    max_position: Decimal = _field(_TABLE, "max_position")
    position_threshold: Decimal | None = _field(_TABLE, "position_threshold")
    inventory_skew: Decimal = _field(_TABLE, "inventory_skew")
    stop_loss: Decimal | None = _field(_TABLE, "stop_loss")
    take_profit: Decimal | None = _field(_TABLE, "take_profit")
    exit_cooldown: Decimal = _field(_TABLE, "exit_cooldown")
    slippage_protection: bool = _field(_TABLE, "slippage_protection")
    max_slippage_bps: Decimal = _field(_TABLE, "max_slippage_bps")
    max_market_spread_bps: Decimal = _field(_TABLE, "max_market_spread_bps")
    min_depth_pct: Decimal = _field(_TABLE, "min_depth_pct")
    on_thin_book: str = _field(_TABLE, "on_thin_book")
    slippage_mode: str = _field(_TABLE, "slippage_mode")
    dynamic_multiple: Decimal = _field(_TABLE, "dynamic_multiple")
    stop_at_exchange: bool = _field(_TABLE, "stop_at_exchange")
    leverage: int | None = _field(_TABLE, "leverage")
    paused: bool = _field(_TABLE, "paused")
    quote_model: str = _field(_TABLE, "quote_model")
    max_spread_pct: Decimal = _field(_TABLE, "max_spread_pct")
    model_horizon: Decimal = _field(_TABLE, "model_horizon")
    volatility_multiple: Decimal = _field(_TABLE, "volatility_multiple")
    volatility_window: int = _field(_TABLE, "volatility_window")
    risk_aversion: Decimal | None = _field(_TABLE, "risk_aversion")
    order_decay: Decimal | None = _field(_TABLE, "order_decay")
    order_rate: Decimal | None = _field(_TABLE, "order_rate")
    funding_skew: Decimal = _field(_TABLE, "funding_skew")


class PerpMarketMaker(trading.perpetual.PerpetualBase):
    """Quotes one perpetual market by `PerpMarketMakerConfig`."""

    config: PerpMarketMakerConfig

    @property
    def backstop(self) -> float:
        interval = float(self.config.refresh_interval)
        # What a model looks at changes while nothing happens in the market.
        return min(interval, trading.controller.BACKSTOP_SECONDS) if self.settings.model.moves else interval

    def decide(self, seen: step.Observation, rule: MarketRule) -> step.Decision:
        return step.decide(seen, self.settings, rule, self.exit_state, self.close_state)
