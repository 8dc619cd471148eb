"""Spot market maker: a ladder of post-only quotes within what the account holds, and base kept at its share of it."""

from decimal import Decimal
from typing import ClassVar

from hummingbot_backpack import trading
from hummingbot_backpack.market_making import setting, spot_settings, spot_step
from hummingbot_backpack.market_making.values import MarketRule

_TABLE = spot_settings.SPOT_MARKET_MAKER
_field = trading.controller_config.table_field


class SpotMarketMakerConfig(trading.controller_config.ConfigBase):
    """Settings of the spot market maker; units, defaults and what is accepted are in the table they come from."""

    SETTINGS: ClassVar[tuple[setting.Setting, ...]] = _TABLE

    controller_type: str = "market_making"
    controller_name: str = "spot_market_maker"
    connector_name: str = _field(_TABLE, "connector_name")
    trading_pair: str = _field(_TABLE, "trading_pair")
    spread_pct: Decimal = _field(_TABLE, "spread_pct")
    orders_per_side: int = _field(_TABLE, "orders_per_side")
    level_step_bps: Decimal = _field(_TABLE, "level_step_bps")
    order_amount: Decimal | None = _field(_TABLE, "order_amount")
    refresh_interval: Decimal = _field(_TABLE, "refresh_interval")
    refresh_tolerance_bps: Decimal | None = _field(_TABLE, "refresh_tolerance_bps")
    rebalance: bool = _field(_TABLE, "rebalance")
    base_target_pct: Decimal | None = _field(_TABLE, "base_target_pct")
    rebalance_threshold_pct: Decimal | None = _field(_TABLE, "rebalance_threshold_pct")
    rebalance_preset: str | None = _field(_TABLE, "rebalance_preset")
    rebalance_cooldown: Decimal = _field(_TABLE, "rebalance_cooldown")
    inventory_skew: Decimal = _field(_TABLE, "inventory_skew")
    slippage_protection: bool = _field(_TABLE, "slippage_protection")
    max_slippage_bps: Decimal = _field(_TABLE, "max_slippage_bps")
    max_market_spread_bps: Decimal = _field(_TABLE, "max_market_spread_bps")
    min_depth_pct: Decimal = _field(_TABLE, "min_depth_pct")
    slippage_mode: str = _field(_TABLE, "slippage_mode")
    dynamic_multiple: Decimal = _field(_TABLE, "dynamic_multiple")
    paused: bool = _field(_TABLE, "paused")


class SpotMarketMaker(trading.spot.SpotBase):
    """Quotes one spot market by `SpotMarketMakerConfig`."""

    config: SpotMarketMakerConfig

    @property
    def backstop(self) -> float:
        return float(self.config.refresh_interval)

    def decide(self, seen: spot_step.SpotSeen, rule: MarketRule) -> spot_step.SpotDecision:
        return spot_step.decide(seen, self.settings, rule, self.rebalancing)
