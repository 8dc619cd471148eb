"""Every sentence that we can say to a user, read from the code: what a value would fill in is `…`."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = "hummingbot_backpack"
LEAST = 7
"""Letters that a sentence has at least; what is shorter passes another's sentence on."""
ERRORS = ("UserError", "SettingError")
VALUE_ERRORS = ("ValueError", "InsufficientCollateral")
LOGGED = ("warning", "error")
FINDINGS = ("fail", "warn")
CONNECTORS = "connectors"
GAP = "…"


class Sentence(NamedTuple):
    """
    :param kind: refusal, log, doctor, refused, warned, breaker, alert
    :param where: the package below ours that says it
    """

    kind: str
    where: str
    text: str


def sentences(root: Path) -> list[Sentence]:
    """:return: all of them, without repetition, in the order of files"""
    found: dict[Sentence, None] = {}
    words = _words(root / PACKAGE)
    files = [*sorted((root / PACKAGE).rglob("*.py")), *sorted((root / "hummingbot").rglob("*.py"))]
    for file in files:
        parts = file.relative_to(root).parts
        where = CONNECTORS if parts[0] != PACKAGE else parts[1] if len(parts) > 2 else file.stem
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for kind, text in (*_called(tree, where, words), *_preflight(file, tree), *_assigned(tree, where, file.stem)):
            text = " ".join(text.split())
            if sum(letter.isalpha() for letter in text) >= LEAST:
                found[Sentence(kind, where, text)] = None
    return list(found)


def _called(tree: ast.AST, where: str, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ERRORS or (where in ("simulator", CONNECTORS) and name in VALUE_ERRORS):
            yield "refusal", _text(node.args[0], words)
        elif name in LOGGED and isinstance(node.func, ast.Attribute) and where != "simulator":
            yield "log", _text(node.args[0], words)
        elif name in FINDINGS and where == "doctor" and len(node.args) > 1:
            yield "doctor", _text(node.args[1], words)


def _preflight(file: Path, tree: ast.AST) -> Iterator[tuple[str, str]]:
    if not file.stem.endswith("preflight") or file.parent.name != "market_making":
        return
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name.endswith(("lines", "words", "figures")):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
                owner = ast.unparse(node.func).rpartition(".")[0]
                kind = (
                    "warned"
                    if "warned" in owner or "warned" in function.name or "account" in function.name
                    else "refused"
                )
                if owner in ("found", "refused", "warned"):
                    yield kind, _text(node.args[0], {})
            elif isinstance(node, ast.Return) and node.value is not None:
                lists = [one for one in ast.walk(node.value) if isinstance(one, ast.List)]
                for each in lists:
                    for item in each.elts:
                        yield "refused" if "refused" in function.name else "warned", _text(item, {})


def _assigned(tree: ast.AST, where: str, module: str) -> Iterator[tuple[str, str]]:
    """Sentences of alerts and breakers, which are values and no calls."""
    for node in ast.walk(tree):
        if where == "alerts" and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            yield "alert", _text(node.value, {})
        if where != "market_making" or module != "breakers":
            continue
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "reason":
            yield "breaker", _text(node.value, {})
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "trip":
            yield "breaker", _text(node.args[1], {})


def _text(node: ast.AST, words: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        # What logging fills in.
        return node.value.replace("%s", GAP)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, words) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, words) + _text(node.right, words)
    if isinstance(node, ast.IfExp):
        return _text(node.body, words)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "words" and node.args:
        return words.get(ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else "", GAP)
    return GAP


def _words(package: Path) -> dict[str, str]:
    """Name → English sentence of the tables of words."""
    found: dict[str, str] = {}
    for file in package.rglob("words.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if (
                        isinstance(key, ast.Constant)
                        and isinstance(value, ast.Tuple)
                        and isinstance(value.elts[0], ast.Constant)
                    ):
                        text = str(value.elts[0].value)
                        while "{" in text:
                            text = text[: text.index("{")] + GAP + text[text.index("}") + 1 :]
                        found[str(key.value)] = text
    return found
