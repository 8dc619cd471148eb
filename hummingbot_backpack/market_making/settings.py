"""Settings of the perpetual market maker: one table, from which validation, defaults and help texts come (cards PR01
and PR02)."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.models.rows import FIXED, QUOTE_MODELS, ModelSettings, check_model
from hummingbot_backpack.market_making.setting import Kind, Setting, Value, number
from hummingbot_backpack.market_making.values import MarketRule

PERP_MARKET_MAKER: tuple[Setting, ...] = (
    Setting("connector_name", Kind.TEXT, "", "Connector whose perpetual market is quoted.", required=True, live=False),
    Setting("trading_pair", Kind.TEXT, "", "Market, as BASE-QUOTE.", required=True, live=False),
    number(
        "spread_pct",
        "% of mid",
        "Distance between the nearest bid and the nearest ask, in percent of mid.",
        "0",
        "50",
        above=True,
        required=True,
    ),
    Setting("orders_per_side", Kind.WHOLE, "", "Orders on each side.", default=3, low=Decimal(1), high=Decimal(20)),
    number(
        "level_step_bps",
        "bps of mid",
        "Distance from one level to the next, never less than one tick.",
        "0",
        default=Decimal(5),
    ),
    number("order_amount", "base", "Size of each order; without it, a share of the account's value.", "0", above=True),
    number(
        "refresh_interval",
        "s",
        "Quotes are looked at again after this time even if nothing happened.",
        "0.5",
        "3600",
        default=Decimal(10),
    ),
    number(
        "refresh_tolerance_bps",
        "bps of mid",
        "A resting quote this close to its target stays; without it, a quarter of the half-spread.",
        "0",
    ),
    number(
        "target_position",
        "base",
        "Size the position may have before it is reduced, beside the threshold.",
        "0",
        default=Decimal(0),
        magnitude=True,
    ),
    number("max_position", "base", "Size the position never exceeds.", "0", above=True, required=True),
    number(
        "position_threshold",
        "base",
        "How far the position may exceed its target; without it, a tenth of max_position.",
        "0",
    ),
    number(
        "inventory_skew",
        "fraction of price",
        "How far quotes move against a full position.",
        "0",
        "1",
        default=Decimal(0),
    ),
    number("stop_loss", "quote", "Loss at which the position is closed; 0 is off.", "0", magnitude=True),
    number("take_profit", "quote", "Profit at which the position is closed; 0 is off.", "0", magnitude=True),
    number("exit_cooldown", "s", "Pause before quoting again after an exit.", "0", default=Decimal(0)),
    Setting(
        "slippage_protection",
        Kind.SWITCH,
        "",
        "Refuse orders that would trade far from the market's mid.",
        default=True,
    ),
    number(
        "max_slippage_bps",
        "bps",
        "Distance from mid at which a taking order is refused.",
        "1",
        "1000",
        default=Decimal(50),
    ),
    number(
        "max_market_spread_bps",
        "bps",
        "Market width above which a market order is refused.",
        "1",
        "1000",
        default=Decimal(100),
    ),
    number(
        "min_depth_pct",
        "% of the order",
        "Part of an order that the book near mid must be able to take.",
        "1",
        "1000",
        default=Decimal(100),
    ),
    Setting(
        "on_thin_book",
        Kind.TEXT,
        "",
        "What happens to a market order that the book cannot take: the careful forms of it, or only as much of it.",
        default="refuse",
        choices=("refuse", "cut"),
    ),
    Setting(
        "slippage_mode",
        Kind.TEXT,
        "",
        "Whether the tolerance is max_slippage_bps, or more where the market moves more.",
        default="fixed",
        choices=("fixed", "dynamic"),
    ),
    number(
        "dynamic_multiple",
        "standard deviations",
        "Tolerance in dynamic mode, in standard deviations of one-second returns over the last minute.",
        "0",
        "100",
        above=True,
        default=Decimal(4),
    ),
    Setting(
        "stop_at_exchange",
        Kind.SWITCH,
        "",
        "Rest a reduce-only trigger order a little beyond stop_loss at the exchange, for the time we cannot reach it.",
        default=False,
    ),
    Setting(
        "leverage", Kind.WHOLE, "x", "Leverage to set; without it, the account's stays.", low=Decimal(1), live=False
    ),
    Setting("paused", Kind.SWITCH, "", "Quotes are withdrawn; limits and exits stay armed.", default=False),
    *QUOTE_MODELS,
)


def neighbour(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like `name`."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
    return close[0] if close else names[0]


def parse_settings(
    table: tuple[Setting, ...], values: Mapping[str, object], foreign: Iterable[str] = ()
) -> dict[str, Value]:
    """The settings of a table among `values`, by name; one that is absent stays absent.

    :param foreign: names that somebody else reads (Hummingbot's own fields) and that are left alone
    :raises SettingError: at the first value that is not acceptable, with one sentence; an unknown name gets its nearest
        neighbour
    """
    known = {setting.name for setting in table}
    allowed = known | set(foreign)
    for name, value in values.items():
        if name not in allowed:
            raise SettingError(
                f"{name} ({value}) must be a known setting; the nearest is {neighbour(str(name), allowed)}"
            )
    parsed = {setting.name: setting.parse(values[setting.name]) for setting in table if setting.name in values}
    check_together(parsed)
    return parsed


def require_all(table: tuple[Setting, ...], values: Mapping[str, object]) -> None:
    """:raises SettingError: if a setting that has no default is absent"""
    for setting in table:
        if setting.required and values.get(setting.name) is None:
            setting.parse(None)


def check_together(values: Mapping[str, Value]) -> None:
    """Demands that concern two settings at once.

    :raises SettingError: if one is not met
    """
    target, maximum = values.get("target_position"), values.get("max_position")
    if isinstance(target, Decimal) and isinstance(maximum, Decimal) and target > maximum:
        raise SettingError(f"target_position ({target}) must be at most max_position ({maximum})")
    if "quote_model" in values:
        check_model(values)


def check_against_market(values: Mapping[str, Value], rule: MarketRule, max_leverage: int | None = None) -> None:
    """Demands that only the market can judge.

    :param max_leverage: the market's own limit, None if it is not known
    :raises SettingError: if one is not met
    """
    for name in ("order_amount", "max_position"):
        value = values.get(name)
        if isinstance(value, Decimal) and value < rule.min_quantity:
            raise SettingError(f"{name} ({value}) must be at least the market's minimum of {rule.min_quantity}")
    leverage = values.get("leverage")
    if isinstance(leverage, int) and max_leverage is not None and leverage > max_leverage:
        raise SettingError(f"leverage ({leverage}) must be at most the market's own of {max_leverage}")


@dataclass(frozen=True)
class QuotingSettings:
    """The settings that every market maker has, as the decisions use them: every default filled in."""

    spread_pct: Decimal
    orders_per_side: int
    level_step_bps: Decimal
    order_amount: Decimal | None
    refresh_tolerance_bps: Decimal | None
    slippage_protection: bool
    max_slippage_bps: Decimal
    max_market_spread_bps: Decimal
    min_depth_pct: Decimal
    inventory_skew: Decimal
    paused: bool

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """:param values: a table's parsed values by name"""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class MakerSettings(QuotingSettings):
    """The perpetual market maker's: amounts as magnitudes, exits of 0 as None."""

    target_position: Decimal
    max_position: Decimal
    position_threshold: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    exit_cooldown: Decimal
    on_thin_book: str
    slippage_mode: str
    dynamic_multiple: Decimal
    stop_at_exchange: bool
    model: ModelSettings = field(default=FIXED, kw_only=True)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Settings of values that the table accepted, by their names in it.

        :raises KeyError: if a name of the table is missing
        """
        chosen = {**values, "model": ModelSettings.from_values(values)}
        if chosen["position_threshold"] is None:
            chosen["position_threshold"] = chosen["max_position"] / 10
        for name in ("stop_loss", "take_profit"):
            chosen[name] = chosen[name] or None
        return super().from_values(chosen)
