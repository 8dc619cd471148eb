"""Exact decimal arithmetic on integers.

Every price, quantity and balance of the simulator is an ``int``: amounts of an asset and prices in units of 10**-12,
quantities inside the book in steps, book prices in ticks. Integers add up exactly, so that sums over all accounts are
conserved to the last digit, and they are several times faster than ``Decimal``.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

DIGITS = 12
UNIT = 10**DIGITS
"""Units in 1: an amount of 1 USDC is ``UNIT``."""

_DECIMAL = re.compile(r"[+-]?\d{1,28}(\.\d{1,28})?")


class NotADecimal(ValueError):
    """The text is not a plain decimal number."""


class TooManyDecimals(ValueError):
    """The number does not lie on the grid (of ticks, of steps, of units)."""


def units(text: str | int | Decimal) -> int:
    """Units of 10**-12 in a plain decimal number (no exponent). Raises NotADecimal or TooManyDecimals."""
    plain = format(text, "f") if isinstance(text, Decimal) else str(text)
    if not _DECIMAL.fullmatch(plain):
        raise NotADecimal(plain)
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > DIGITS:
        raise TooManyDecimals(plain)
    return int(whole + fraction.ljust(DIGITS, "0"))


def shown(amount: int) -> str:
    """The shortest decimal text of an amount in units: ``150000000000`` is ``"0.15"``."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), UNIT)
    if not fraction:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:012d}".rstrip("0")


def times(amount: int, factor: int) -> int:
    """Product of two numbers in units, in units, rounded down."""
    return amount * factor // UNIT


def rounded(amount: int, places: int) -> int:
    """The amount rounded half up to so many decimal places, still in units."""
    grain = 10 ** (DIGITS - places)
    return (amount + grain // 2) // grain * grain


@dataclass(frozen=True, slots=True)
class Grid:
    """The lattice that prices (ticks) or quantities (steps) of a market lie on."""

    unit: int
    """Size of one tick or step, in units of 10**-12."""
    places: int
    """Decimal places that padded text shows."""

    @classmethod
    def of(cls, size: str) -> "Grid":
        return cls(units(size), len(size.partition(".")[2]))

    def count(self, amount: int) -> int:
        """Ticks (steps) in an amount of units. Raises TooManyDecimals when it lies between two."""
        count, rest = divmod(amount, self.unit)
        if rest:
            raise TooManyDecimals(shown(amount))
        return count

    def floor(self, amount: int) -> int:
        return amount // self.unit

    def plain(self, count: int) -> str:
        return shown(count * self.unit)

    def padded(self, count: int) -> str:
        return padded(count * self.unit, self.places)


def padded(amount: int, places: int) -> str:
    """Text with exactly so many decimal places; finer digits are cut."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), UNIT)
    if not places:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction // 10 ** (DIGITS - places):0{places}d}"
