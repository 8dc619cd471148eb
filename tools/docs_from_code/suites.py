"""docs/hummingbot_suites.md: which tests of Hummingbot's own connector suites are overridden, from their docstrings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HEAD = """\
# Hummingbot's own connector suites

Made from the tests by `make docs`. Hummingbot ships an abstract test suite for spot connectors and one for perpetual connectors; its own
connectors are tested by them, and ours run both, each whole. The tests below are overridden: what they want is not what a card promises
([behaviour.md](behaviour.md)), or the exchange has no such thing. Each runs under its own name and tests what the card says.

| suite | overridden test | card | why |
|---|---|---|---|
"""
FOLDER = "test/hummingbot/connector"
SUITES = {
    "spot": f"{FOLDER}/exchange/backpack/test_backpack_exchange_suite.py",
    "perpetual": f"{FOLDER}/derivative/backpack_perpetual/test_backpack_perpetual_derivative_suite.py",
}
REASON = re.compile(r"([A-Z]{2}\d\d(?:, [A-Z]{2}\d\d)*): (.+)", re.DOTALL)


def overridden(file: Path) -> Iterator[tuple[str, str, str]]:
    """Name, cards and reason of each overridden test of a suite's file; the abstract ones have no reason to give.

    :raises ValueError: a test's docstring does not begin with its card
    """
    for suite in ast.parse(file.read_text(encoding="utf-8")).body:
        for test in suite.body if isinstance(suite, ast.ClassDef) else ():
            if not isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) or not test.name.startswith("test_"):
                continue
            said = ast.get_docstring(test)
            if said is None:
                continue
            found = REASON.fullmatch(said)
            if found is None:
                raise ValueError(f"{file.name}: the docstring of {test.name} must begin with its card and a colon")
            yield test.name, found[1], " ".join(found[2].split())


def page(root: Path) -> str:
    """The text of docs/hummingbot_suites.md.

    :raises ValueError: see :func:`overridden`
    """
    rows = [
        f"| [{kind}](../{file}) | `{name}` | {cards} | {why} |\n"
        for kind, file in SUITES.items()
        for name, cards, why in overridden(root / file)
    ]
    return HEAD + "".join(rows)
