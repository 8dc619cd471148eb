"""What the code can say, read from its text."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import hummingbot_backpack

SOURCE = Path(hummingbot_backpack.__file__).parent
LEFT_OVER = re.compile(r"[a-z']{2,}( [a-z']{2,}){2,}")
"""Three English words in a row."""


def sentences(text: ast.expr, number: Iterator[int]) -> list[str]:
    """What an expression can say, a numbered mark in each field; one that stands in another function says nothing."""
    match text:
        case ast.Constant(value=str() as value):
            return [value]
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in product(*(sentences(value, number) for value in values))]
        case ast.FormattedValue():
            return [f"‹{next(number)}›"]
        case ast.IfExp(body=body, orelse=orelse):
            return [*sentences(body, number), *sentences(orelse, number)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(parts) for parts in product(sentences(left, number), sentences(right, number))]
    return []


def is_layout(sentence: str) -> bool:
    """Nothing but fields and names: nothing to translate."""
    return not any(word.isalpha() and word.islower() for word in sentence.split())
