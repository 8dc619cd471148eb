"""The pages of docs/ that are made from the code say what the code says."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.docs_from_code.api import MARKET_MAKING, SIMULATOR, Function
from tools.docs_from_code.suites import SUITES, overridden
from tools.make_docs import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_page_is_what_make_docs_would_write(name: str, repository: Path) -> None:
    written = (repository / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](repository), f"docs/{name} is out of date: run `make docs`"


def test_pr01_every_setting_of_every_table_has_a_row_with_its_bounds(repository: Path) -> None:
    from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE
    from hummingbot_backpack.market_making.session_settings import SESSION_SETTINGS
    from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER
    from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER

    page = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")
    for table in (PERP_MARKET_MAKER, SPOT_MARKET_MAKER, MAKER_TAKER_HEDGE, SESSION_SETTINGS):
        for row in table:
            assert any(line.startswith(f"| `{row.name}` |") and row.sentence in line for line in page.splitlines()), (
                row.name
            )


def silent(file: Path, only: tuple[str, ...] | None) -> Iterator[str]:
    """Public classes, functions and properties of a module without a docstring."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef | Function) or node.name.startswith("_"):
            continue
        if only is not None and node.name not in only:
            continue
        inner = node.body if isinstance(node, ast.ClassDef) else []
        for one in (node, *(one for one in inner if isinstance(one, Function) and not one.name.startswith("_"))):
            if not ast.get_docstring(one):
                yield f"{file.name}:{one.lineno} {one.name}"


def test_every_row_of_the_reference_says_more_than_its_signature(repository: Path) -> None:
    files = [(file, None) for file in sorted((repository / MARKET_MAKING).rglob("*.py"))]
    files += [(repository / name, classes) for name, classes in SIMULATOR.items()]  # type: ignore[misc]
    assert not [name for file, only in files for name in silent(file, only)]


def test_every_overridden_test_of_hummingbots_suites_has_a_row(repository: Path) -> None:
    from hummingbot.connector.test_support.exchange_connector_test import AbstractExchangeConnectorTests
    from hummingbot.connector.test_support.perpetual_derivative_test import AbstractPerpetualDerivativeTests

    abstract = {
        "spot": AbstractExchangeConnectorTests.ExchangeConnectorTests,
        "perpetual": AbstractPerpetualDerivativeTests.PerpetualDerivativeTests,
    }
    for kind, file in SUITES.items():
        (suite,) = (one for one in ast.parse((repository / file).read_text()).body if isinstance(one, ast.ClassDef))
        ours = {one.name for one in suite.body if isinstance(one, Function) and one.name.startswith("test_")}
        theirs = {name: getattr(abstract[kind], name, None) for name in ours}
        assert None not in theirs.values(), "a test of a name that the suite has not is no override"
        left_open = {name for name, test in theirs.items() if getattr(test, "__isabstractmethod__", False)}
        assert {name for name, _, _ in overridden(repository / file)} == ours - left_open, kind
