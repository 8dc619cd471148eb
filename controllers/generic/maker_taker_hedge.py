"""Maker-taker hedge: post-only quotes on one market, and every fill of them undone at once on another, or the same."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from hummingbot_backpack import trading
from hummingbot_backpack.market_making import hedge_settings, hedge_step, setting
from hummingbot_backpack.market_making.values import MarketRule

_TABLE = hedge_settings.MAKER_TAKER_HEDGE
_field = trading.controller_config.table_field


class MakerTakerHedgeConfig(trading.controller_config.ConfigBase):
    """Settings of the hedge; units, defaults and what is accepted are in the table they come from."""

    SETTINGS: ClassVar[tuple[setting.Setting, ...]] = _TABLE

    controller_type: str = "generic"
    controller_name: str = "maker_taker_hedge"
    maker_market: str = _field(_TABLE, "maker_market")
    hedge_market: str = _field(_TABLE, "hedge_market")
    order_amount: Decimal = _field(_TABLE, "order_amount")
    edge_bps: Decimal = _field(_TABLE, "edge_bps")
    refresh_interval: Decimal = _field(_TABLE, "refresh_interval")
    refresh_tolerance_bps: Decimal = _field(_TABLE, "refresh_tolerance_bps")
    reference: Decimal | None = _field(_TABLE, "reference")
    max_residual: Decimal | None = _field(_TABLE, "max_residual")
    residual_deadline: Decimal = _field(_TABLE, "residual_deadline")
    slippage_protection: bool = _field(_TABLE, "slippage_protection")
    max_slippage_bps: Decimal = _field(_TABLE, "max_slippage_bps")
    max_market_spread_bps: Decimal = _field(_TABLE, "max_market_spread_bps")
    min_depth_pct: Decimal = _field(_TABLE, "min_depth_pct")
    on_thin_book: str = _field(_TABLE, "on_thin_book")
    slippage_mode: str = _field(_TABLE, "slippage_mode")
    dynamic_multiple: Decimal = _field(_TABLE, "dynamic_multiple")
    paused: bool = _field(_TABLE, "paused")

    @property
    def connector_name(self) -> str:
        return self.markets[0][0]

    @property
    def trading_pair(self) -> str:
        return self.markets[0][1]

    @property
    def markets(self) -> list[tuple[str, str]]:
        maker = hedge_settings.parse_market("maker_market", self.maker_market)
        hedge = hedge_settings.parse_market("hedge_market", self.hedge_market)
        return [maker] if maker == hedge else [maker, hedge]

    @classmethod
    def check_values(cls, values: Mapping[str, Any]) -> None:
        maker, hedge = values.get("maker_market"), values.get("hedge_market")
        if isinstance(maker, str) and isinstance(hedge, str):
            hedge_settings.check_markets(maker, hedge)


class MakerTakerHedge(trading.hedge.HedgeBase):
    """Quotes and hedges by `MakerTakerHedgeConfig`."""

    config: MakerTakerHedgeConfig

    @property
    def backstop(self) -> float:
        return float(self.config.refresh_interval)

    def decide(self, seen: hedge_step.HedgeSeen, rule: MarketRule) -> hedge_step.HedgeDecision:
        return hedge_step.decide(seen, self.settings, rule)
