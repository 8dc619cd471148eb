"""One row of a table of settings: what it accepts, and how a value of it is read (card PR01)."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from hummingbot_backpack.market_making.errors import SettingError

Value = str | bool | int | Decimal | None
LARGEST = Decimal(10) ** 12
"""No setting is larger: beyond it are slips of the keyboard, and arithmetic that is not exact any more."""


class Kind(Enum):
    """What a value is; text, numbers and switches are read from YAML, JSON or typed answers alike."""

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
        """Whether it may be absent and has no value then."""
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
        if self.magnitude:
            return noun
        if self.low is not None and self.high is not None:
            lower = f"greater than {self.low}" if self.above else f"at least {self.low}"
            return f"{noun} {lower} and at most {self.high}"
        if self.low is not None:
            return f"{noun} {'greater than' if self.above else 'of at least'} {self.low}"
        return noun

    def refused(self, value: object) -> SettingError:
        """The error for a value that is not acceptable, to be raised: it names setting, value and what it must be."""
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
        if abs(number) > LARGEST:
            raise SettingError(f"{self.name} ({value}) must be at most {LARGEST:f}")
        if self.kind is Kind.WHOLE:
            if number != number.to_integral_value():
                raise self.refused(value)
            return int(number)
        return number


def number(name: str, unit: str, sentence: str, low: str | None, high: str | None = None, **more: Any) -> Setting:
    """A row whose value is a number between two bounds."""
    return Setting(
        name,
        Kind.NUMBER,
        unit,
        sentence,
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
        **more,
    )
