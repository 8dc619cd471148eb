"""Finds the Chinese of an English sentence by its template, so that whoever raises an error writes one language."""

import re
from functools import cache
from itertools import chain
from string import Formatter

from hummingbot_backpack.chinese import alerts, command_line, exchange, keys, places, reasons, settings, trading

CATALOGUE = tuple(
    chain.from_iterable(
        module.SENTENCES.items()
        for module in (alerts, command_line, exchange, keys, places, reasons, settings, trading)
    )
)
"""(English, Chinese) templates with the same ``{fields}``, without the full stop at the end. A field that is itself
one of our sentences is written ``{field:zh}`` in the Chinese one; one without blanks, such as a figure, is written
``{field:w}`` in the English one where it stands at an end, so that it takes no part of a longer sentence."""


class _Field(str):
    """What stood in a field."""

    def __format__(self, wanted: str) -> str:
        return in_chinese(str(self)) if wanted == "zh" else str(self)


def in_chinese(sentence: str) -> str:
    """:return: `sentence` in Chinese, or as it is if it is none of ours"""
    bare = sentence.removesuffix(".")
    for pattern, chinese in _patterns():
        found = pattern.fullmatch(bare)
        if found is not None:
            fields = {name: _Field(value) for name, value in found.groupdict().items()}
            return chinese.format(**fields) + ("。" if bare != sentence else "")
    return sentence


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The templates, the most particular first: those with the most text of their own."""
    found = []
    for english, chinese in CATALOGUE:
        pattern, seen, text = "", set[str](), 0
        for literal, field, form, _ in Formatter().parse(english):
            pattern += re.escape(literal)
            text += len(literal)
            if field is not None:
                anything = r"\S+?" if form == "w" else ".*?"
                pattern += f"(?P={field})" if field in seen else f"(?P<{field}>{anything})"
                seen.add(field)
        found.append((text, re.compile(pattern, re.DOTALL), chinese))
    return tuple((pattern, chinese) for _, pattern, chinese in sorted(found, key=lambda row: -row[0]))
