"""Settings of the perpetual market maker: one table, from which validation, defaults and help texts come (cards PR01
and PR02)."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.values import MarketRule

Value = str | bool | int | Decimal | None


class Kind(Enum):
    TEXT = "text"
    SWITCH = "switch"
    WHOLE = "whole number"
    NUMBER = "number"


@dataclass(frozen=True)
class Setting:
    """One row of the table.

    :param unit: unit of the value, for people
    :param default: value when the setting is absent; None together with `required` means there is none
    :param low, high: bounds; `above` excludes the lower one
    :param live: whether a running bot takes a new value
    :param sentence: what it does
    :param magnitude: a sign is dropped: the value is an amount and the direction is known
    :param choices: the texts that are accepted, where not every text is
    """

    name: str
    kind: Kind
    unit: str
    sentence: str
    default: Value = None
    required: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    above: bool = False
    live: bool = True
    magnitude: bool = False
    choices: tuple[str, ...] = ()

    @property
    def optional(self) -> bool:
        return self.default is None and not self.required

    @property
    def demand(self) -> str:
        """What the value must be, to follow the word "must"."""
        if self.choices:
            return f"be one of {', '.join(self.choices)}"
        if self.kind is Kind.TEXT:
            return "be a text that is not empty"
        if self.kind is Kind.SWITCH:
            return "be true or false"
        noun = "be a whole number" if self.kind is Kind.WHOLE else "be a number"
        if self.low is not None and self.high is not None:
            lower = f"greater than {self.low}" if self.above else f"at least {self.low}"
            return f"{noun} {lower} and at most {self.high}"
        if self.low is not None:
            return f"{noun} {'greater than' if self.above else 'of at least'} {self.low}"
        return noun

    def refused(self, value: object) -> SettingError:
        return SettingError(f"{self.name} ({value}) must {self.demand}")

    def parse(self, value: object) -> Value:
        """Value as it is used, from YAML, JSON or a typed text.

        :raises SettingError: if it is not acceptable
        """
        if value is None or (
            self.optional and isinstance(value, str) and value.strip().lower() in ("", "none", "null")
        ):
            if self.optional:
                return None
            if self.required:
                raise SettingError(f"{self.name} (missing) must be given and {self.demand}")
            return self.default
        if self.kind is Kind.TEXT:
            return self._parse_text(value)
        if self.kind is Kind.SWITCH:
            return self._parse_switch(value)
        return self._parse_number(value)

    def _parse_text(self, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.refused(value)
        if self.choices and value.strip() not in self.choices:
            raise self.refused(value)
        return value.strip()

    def _parse_switch(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in ("true", "yes", "on"):
            return True
        if isinstance(value, str) and value.strip().lower() in ("false", "no", "off"):
            return False
        raise self.refused(value)

    def _parse_number(self, value: object) -> int | Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise self.refused(value)
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            raise self.refused(value) from None
        if not number.is_finite():
            raise self.refused(value)
        if self.magnitude:
            number = abs(number)
        if self.low is not None and (number < self.low or (self.above and number == self.low)):
            raise self.refused(value)
        if self.high is not None and number > self.high:
            raise self.refused(value)
        if self.kind is Kind.WHOLE:
            if number != number.to_integral_value():
                raise self.refused(value)
            return int(number)
        return number


def _number(name: str, unit: str, sentence: str, low: str | None, high: str | None = None, **more: Any) -> Setting:
    return Setting(
        name,
        Kind.NUMBER,
        unit,
        sentence,
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
        **more,
    )


PERP_MARKET_MAKER: tuple[Setting, ...] = (
    Setting("connector_name", Kind.TEXT, "", "Connector whose perpetual market is quoted.", required=True, live=False),
    Setting("trading_pair", Kind.TEXT, "", "Market, as BASE-QUOTE.", required=True, live=False),
    _number(
        "spread_pct",
        "% of mid",
        "Distance between the nearest bid and the nearest ask, in percent of mid.",
        "0",
        "50",
        above=True,
        required=True,
    ),
    Setting("orders_per_side", Kind.WHOLE, "", "Orders on each side.", default=3, low=Decimal(1), high=Decimal(20)),
    _number(
        "level_step_bps",
        "bps of mid",
        "Distance from one level to the next, never less than one tick.",
        "0",
        default=Decimal(5),
    ),
    _number("order_amount", "base", "Size of each order; without it, a share of the account's value.", "0", above=True),
    _number(
        "refresh_interval",
        "s",
        "Quotes are looked at again after this time even if nothing happened.",
        "0.5",
        "3600",
        default=Decimal(10),
    ),
    _number(
        "refresh_tolerance_bps",
        "bps of mid",
        "A resting quote this close to its target stays; without it, a quarter of the half-spread.",
        "0",
    ),
    _number(
        "target_position",
        "base",
        "Size the position may have before it is reduced, beside the threshold.",
        "0",
        default=Decimal(0),
        magnitude=True,
    ),
    _number("max_position", "base", "Size the position never exceeds.", "0", above=True, required=True),
    _number(
        "position_threshold",
        "base",
        "How far the position may exceed its target; without it, a tenth of max_position.",
        "0",
    ),
    _number(
        "inventory_skew",
        "fraction of price",
        "How far quotes move against a full position.",
        "0",
        "1",
        default=Decimal(0),
    ),
    _number("stop_loss", "quote", "Loss at which the position is closed; 0 is off.", "0", magnitude=True),
    _number("take_profit", "quote", "Profit at which the position is closed; 0 is off.", "0", magnitude=True),
    _number("exit_cooldown", "s", "Pause before quoting again after an exit.", "0", default=Decimal(0)),
    Setting(
        "slippage_protection",
        Kind.SWITCH,
        "",
        "Refuse orders that would trade far from the market's mid.",
        default=True,
    ),
    _number(
        "max_slippage_bps",
        "bps",
        "Distance from mid at which a taking order is refused.",
        "1",
        "1000",
        default=Decimal(50),
    ),
    _number(
        "max_market_spread_bps",
        "bps",
        "Market width above which a market order is refused.",
        "1",
        "1000",
        default=Decimal(100),
    ),
    _number(
        "min_depth_pct",
        "% of the order",
        "Part of an order that the book near mid must be able to take.",
        "1",
        "1000",
        default=Decimal(100),
    ),
    Setting(
        "leverage", Kind.WHOLE, "x", "Leverage to set; without it, the account's stays.", low=Decimal(1), live=False
    ),
    Setting("paused", Kind.SWITCH, "", "Quotes are withdrawn; limits and exits stay armed.", default=False),
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
class MakerSettings:
    """The settings as the decisions use them: every default filled in, amounts as magnitudes, 0 exits as None."""

    spread_pct: Decimal
    orders_per_side: int
    level_step_bps: Decimal
    order_amount: Decimal | None
    refresh_tolerance_bps: Decimal | None
    target_position: Decimal
    max_position: Decimal
    position_threshold: Decimal
    inventory_skew: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    exit_cooldown: Decimal
    slippage_protection: bool
    max_slippage_bps: Decimal
    max_market_spread_bps: Decimal
    min_depth_pct: Decimal
    paused: bool

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "MakerSettings":
        """:param values: a table's parsed values by name"""
        chosen = {name: values[name] for name in cls.__dataclass_fields__}
        if chosen["position_threshold"] is None:
            chosen["position_threshold"] = chosen["max_position"] / 10
        for name in ("stop_loss", "take_profit"):
            chosen[name] = chosen[name] or None
        return cls(**chosen)
