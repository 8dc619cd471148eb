"""Settings of the spot market maker (card PR03); what it shares with the perpetual one has the same names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from hummingbot_backpack.market_making.rebalancing import PRESETS, Band, band
from hummingbot_backpack.market_making.setting import Kind, Setting, number
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER, QuotingSettings

_ROWS = {setting.name: setting for setting in PERP_MARKET_MAKER}

SPOT_MARKET_MAKER: tuple[Setting, ...] = (
    replace(_ROWS["connector_name"], sentence="Connector whose spot market is quoted."),
    _ROWS["trading_pair"],
    _ROWS["spread_pct"],
    _ROWS["orders_per_side"],
    _ROWS["level_step_bps"],
    _ROWS["order_amount"],
    _ROWS["refresh_interval"],
    _ROWS["refresh_tolerance_bps"],
    Setting("rebalance", Kind.SWITCH, "", "Trade base back to its share of the account.", default=True),
    number(
        "base_target_pct",
        "% of the account",
        "Share of the account that base should be; without it, the preset's, or 30.",
        "0",
        "100",
    ),
    number(
        "rebalance_threshold_pct",
        "percentage points",
        "How far base's share may be from its target; without it, the preset's, or 15.",
        "0",
        "100",
        above=True,
    ),
    Setting(
        "rebalance_preset",
        Kind.TEXT,
        "",
        "Target and threshold by name; a number that is given wins.",
        choices=tuple(PRESETS),
    ),
    number(
        "rebalance_cooldown",
        "s",
        "Time after which what a rebalancing left is tried again.",
        "1",
        "3600",
        default=Decimal(10),
    ),
    replace(
        _ROWS["inventory_skew"], sentence="How far quotes move at the edge of the threshold, towards base's target."
    ),
    _ROWS["slippage_protection"],
    _ROWS["max_slippage_bps"],
    _ROWS["max_market_spread_bps"],
    _ROWS["min_depth_pct"],
    _ROWS["slippage_mode"],
    _ROWS["dynamic_multiple"],
    replace(_ROWS["paused"], sentence="Quotes are withdrawn, and nothing is rebalanced."),
)


@dataclass(frozen=True)
class SpotSettings(QuotingSettings):
    """The spot market maker's settings as the decisions use them."""

    rebalance: bool
    band: Band
    rebalance_cooldown: Decimal
    slippage_mode: str
    dynamic_multiple: Decimal

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Settings of values that the table accepted; numbers of the band win over its preset.

        :raises KeyError: if a name of the table is missing
        """
        wanted = band(values["base_target_pct"], values["rebalance_threshold_pct"], values["rebalance_preset"])
        return super().from_values({**values, "band": wanted})
