"""Masking order details: who reads a log then learns what happened, and not at what price and size."""

import json
import logging
import re
from typing import Any

MASK = "•"

# What a number is left for although it stands where a detail could: counts and times are the story.
_COUNTED = (
    r"(?![ \t]*(?:(?:more |other |open |of our |our |new |resting )?"
    r"(?:orders?|quotes?|fills?|trades?|levels?|times|tries|attempts?|requests?|markets?|pairs?|controllers?|fields?"
    r"|lines?|rows?|records?|messages?|buys|sells|bids|asks|kept|placed|cancelled|refused|failed|waiting)"
    r"|ms|s|min|h|seconds?|minutes?|hours?|days?|weeks?)\b)"
)
_TIMED = r"(?![ \t]*(?:ms|s|min|h|seconds?|minutes?|hours?|days?)\b)"
# Not the beginning of a longer word, a time of day, an address or a version.
_END = r"(?!\w|:\d|\.\d|,\d{3}|-\d\d-)"
_SIGN = r"[-+]?"
# What is a detail wherever it stands: decimals (prices, sizes, amounts), whole numbers with commas or an exponent,
# ids, and what is quoted as the exchange quotes its numbers. "per 10,000" is a unit.
_ALWAYS = re.compile(
    rf"(?<![\w.])(?<!\d:)(?<!per ){_SIGN}(?:\d[\d,]*\.\d+(?:[eE][-+]?\d+)?{_END}{_TIMED}"
    rf"|(?:\d{{1,3}}(?:,\d{{3}})+|\d+[eE][-+]?\d+|\d{{6,}}){_END})"
    rf"|(?<=[\"'(\[]['\"]){_SIGN}\d+(?=['\"])|(?<=[\"']){_SIGN}\d+(?=[\"'])"
)
_WORDS = (
    "amounts?|prices?|sizes?|quantity|quantities|qty|position|target|limit|notional|volume|balances?|equity|worth"
    "|values?|fees?|funding|interest|rebates?|net|pnl|realised|unrealised|margin|collateral|costs?|mid|marks?|entry"
    "|bids?|asks?|buys?|sells?|bought|sold|long|short|raw|offset|ratio|quoted|residual|drift|exposure|inventory|ids?"
    "|total|available|free|locked|borrowed|lent|needs?|holds?|held|loss|gain|profit|best|worst|maker|taker"
)
# `entryPrice` and `max_position` are such words too.
_WORD = rf"(?<![^\W_])(?:\w{{1,30}}_|(?-i:[a-z]{{1,20}}(?=[A-Z])))?(?:{_WORDS})(?:_\w+)?"
_LITTLE = r"at most|at|for|of|to|from|down|up|made|than"
# An asset or a pair, but no word that is only written large.
_ASSET = (
    r"(?!(?:BUY|SELL|BID|ASK|LIMIT|MARKET|LIMIT_MAKER|OPEN|CLOSE|API|REST|HTTPS?|UTC|GMT|TLS|SSL|WS|DEBUG|INFO|WARNING"
    r"|ERROR|CRITICAL|NETWORK|EVENT)\b)k?[A-Z][A-Z0-9]{1,11}(?:[-_/][A-Z0-9]{2,12}(?:_PERP)?)?(?![\w])"
)
_BEHIND = re.compile(
    rf"(?P<before>(?:{_WORD}(?:[ \t]+(?:is|was|are|be|now|order|orders|about))*|\b(?:{_LITTLE})"
    rf"|(?-i:(?<![\w]){_ASSET}))"
    rf"(?:[\"']?[ \t]*[:=(][ \t]*[\"'(\[]?|[ \t]+)(?:Decimal\(['\"])?"
    rf"|{MASK}[ \t]*(?:/|±|\||@|×|x|~|\.\.|->|→|-|to|and|or|is now)[ \t]*)"
    rf"{_SIGN}\d+{_END}{_COUNTED}",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?<![\w.,:{MASK}-])(?<!HTTP )(?<!code )(?<!error )(?<!status ){_SIGN}\d+"
    rf"(?=[ \t]+{_ASSET}|[ \t]*(?:@|×)[ \t]*[\d{MASK}]|[ \t]+(?:at[ \t]+{MASK}|x[ \t]+[\d{MASK}])"
    rf"|[ \t]*[/±][ \t]*{MASK}|[ \t]+(?:more|less) than\b)"
)
# What of an event is no detail of an order.
_KEPT = frozenset({"timestamp", "creation_timestamp", "leverage"})


def masked(text: str) -> str:
    """:return: `text` with a dot in the place of every price, size, amount and id; times and counts of orders stay"""
    text = _ALWAYS.sub(MASK, text)
    # A number that was masked shows the next one for what it is: "145 / 146", "17 at 145".
    while True:
        text, behind = _BEHIND.subn(rf"\g<before>{MASK}", text)
        text, before = _BEFORE.subn(MASK, text)
        if not behind + before:
            return text


def masked_event(value: Any, name: str = "") -> Any:
    """:return: what an event says, as JSON has it, without its numbers and ids; its times stay"""
    if isinstance(value, dict):
        return {key: masked_event(one, str(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [masked_event(one, name) for one in value]
    if name in _KEPT or value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) or name.endswith(("order_id", "trade_id")):
        return MASK
    return MASK if re.fullmatch(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?", value) else masked(value)


class MaskingFilter(logging.Filter):
    """Masks the message of every record that passes, arguments, events and traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _message(record), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        said = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # A line whose arguments do not fit it; what is raised here would reach who wrote it.
        return masked(f"{record.msg} {record.args}")
    # Hummingbot's records of events show this and not the message.
    if isinstance(record.__dict__.pop("dict_msg", None), dict):
        return json.dumps(masked_event(json.loads(said)), ensure_ascii=False)
    return masked(said)
