"""What a value is on the wire: keys in their order, JSON types, casing, units, and whether decimals are padded."""

import re
from typing import Any

DECIMAL = re.compile(r"-?\d+(\.\d+)?")
TIMES = {
    "iso seconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    "iso milliseconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"),
    "iso microseconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}"),
    "spaced seconds": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
}


def shape(value: Any) -> Any:
    """A comparable description; of a list the first member stands for all."""
    if isinstance(value, dict):
        return [(key, shape(one)) for key, one in value.items()]
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    if value is None or isinstance(value, bool):
        return type(value).__name__
    if isinstance(value, int):
        return "microseconds" if value > 10**15 else "milliseconds" if value > 10**12 else "number"
    text = str(value)
    for name, pattern in TIMES.items():
        if pattern.fullmatch(text):
            return name
    if DECIMAL.fullmatch(text):
        return "decimal text"
    if re.fullmatch(r"[\w.]+_[A-Z]+(_[A-Z]+)?", text):
        return "symbol"
    return f"text {'UPPER' if text.isupper() else 'Camel' if text[:1].isupper() else 'lower'}"


def unpadded(value: Any) -> bool:
    """No decimal text anywhere in it ends in needless zeros."""
    if isinstance(value, dict):
        return all(unpadded(one) for one in value.values())
    if isinstance(value, list):
        return all(unpadded(one) for one in value)
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return "." not in value or not value.endswith("0")
    return True


def masked(value: dict[str, Any], *names: str) -> list[tuple[str, Any]]:
    """Keys in order with their values, those that differ from run to run described instead."""
    return [(key, shape(one) if key in names else one) for key, one in value.items()]
