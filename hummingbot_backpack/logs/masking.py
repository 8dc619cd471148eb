"""Masking order details: who reads a log then learns what happened, and not at what price and size."""

import logging
import re

MASK = "•"
# Decimal numbers (prices, sizes, amounts) and long whole ones (ids); a time of day, a count, a version's date stay.
_DETAIL = re.compile(r"(?<![\w.:-])[-+]?(?:\d[\d,]*\.\d+(?:[eE][-+]?\d+)?|\d{6,})(?![\w:])")


def masked(text: str) -> str:
    """:return: `text` with a dot in the place of every price, size, amount and id"""
    return _DETAIL.sub(MASK, text)


class MaskingFilter(logging.Filter):
    """Masks the message of every record that passes, arguments and traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        return True
