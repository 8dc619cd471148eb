"""Settings of the maker-taker hedge (card PR03); what it shares with the market makers has the same names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.hedge_values import HedgeLimits
from hummingbot_backpack.market_making.setting import Kind, Setting, number
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER, QuotingSettings
from hummingbot_backpack.market_making.values import ZERO

_ROWS = {setting.name: setting for setting in PERP_MARKET_MAKER}
QUOTED_ORDERS = 2
"""Orders that can be filled before anybody can act: one that rests, and one that was not cancelled in time."""

MAKER_TAKER_HEDGE: tuple[Setting, ...] = (
    Setting(
        "maker_market", Kind.TEXT, "", "Market that is quoted, as connector:BASE-QUOTE.", required=True, live=False
    ),
    Setting(
        "hedge_market",
        Kind.TEXT,
        "",
        "Market on which every fill is undone, as connector:BASE-QUOTE; the same, or another of the same base.",
        required=True,
        live=False,
    ),
    replace(
        _ROWS["order_amount"],
        sentence="Size of the one order on each side.",
        required=True,
    ),
    number("edge_bps", "bps of the touch", "How far behind the best bid and ask we quote.", "0", default=ZERO),
    replace(_ROWS["refresh_interval"]),
    replace(
        _ROWS["refresh_tolerance_bps"],
        sentence="A resting quote this close to its target stays.",
        default=ZERO,
    ),
    number(
        "reference",
        "base, signed",
        "Base on both markets together that hedging restores; without it, what is held at the first start, kept.",
        None,
    ),
    number(
        "max_residual",
        "base",
        "Quotes are withdrawn while more than this is not hedged; without it, two orders.",
        "0",
        above=True,
    ),
    number(
        "residual_deadline",
        "s",
        "Time after which what is not hedged withdraws the quotes and goes out at market.",
        "0",
        "3600",
        above=True,
        default=Decimal(5),
    ),
    _ROWS["slippage_protection"],
    _ROWS["max_slippage_bps"],
    _ROWS["max_market_spread_bps"],
    _ROWS["min_depth_pct"],
    _ROWS["on_thin_book"],
    _ROWS["slippage_mode"],
    _ROWS["dynamic_multiple"],
    replace(_ROWS["paused"], sentence="Quotes are withdrawn; hedging goes on."),
)


def parse_market(name: str, value: str) -> tuple[str, str]:
    """Connector and trading pair of a `connector:BASE-QUOTE`; what was typed in capitals is understood.

    :raises SettingError: if it is none
    """
    connector, _, pair = value.partition(":")
    base, _, quote = pair.partition("-")
    if not (connector.strip() and base.strip() and quote.strip()) or ":" in pair:
        raise SettingError(f"{name} ({value}) must name a connector and a market, such as backpack_perpetual:SOL-USDC")
    return connector.strip().lower(), pair.strip().upper()


def check_markets(maker_market: str, hedge_market: str) -> None:
    """Demands on the two markets together.

    :raises SettingError: if one is not met
    """
    (_, maker), (_, hedge) = parse_market("maker_market", maker_market), parse_market("hedge_market", hedge_market)
    base = maker.split("-")[0]
    if base != hedge.split("-")[0]:
        raise SettingError(f"hedge_market ({hedge_market}) must have the base asset of maker_market, {base}")


@dataclass(frozen=True)
class HedgeSettings(QuotingSettings):
    """The hedge's settings as the decisions use them: one order on each side, nothing skewed."""

    edge_bps: Decimal
    limits: HedgeLimits
    reference: Decimal | None
    on_thin_book: str
    slippage_mode: str
    dynamic_multiple: Decimal

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Settings of values that the table accepted; without `max_residual` it is two orders.

        :raises KeyError: if a name of the table is missing
        """
        two = values["order_amount"] * QUOTED_ORDERS
        limit = values["max_residual"] or two
        return super().from_values(
            {
                **values,
                "spread_pct": ZERO,
                "orders_per_side": 1,
                "level_step_bps": ZERO,
                "inventory_skew": ZERO,
                "limits": HedgeLimits(limit, max(limit, two), float(values["residual_deadline"])),
            }
        )
