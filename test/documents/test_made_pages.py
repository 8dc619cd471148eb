"""The pages of docs/ that are made from the code say what the code says."""

from pathlib import Path

import pytest

from tools.make_docs import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_page_is_what_make_docs_would_write(name: str, repository: Path) -> None:
    written = (repository / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](repository), f"docs/{name} is out of date: run `make docs`"


def test_pr01_every_setting_of_every_table_has_a_row_with_its_bounds(repository: Path) -> None:
    from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE
    from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER
    from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER
    from hummingbot_backpack.trading.configs import SESSION_SETTINGS

    page = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")
    for table in (PERP_MARKET_MAKER, SPOT_MARKET_MAKER, MAKER_TAKER_HEDGE, SESSION_SETTINGS):
        for row in table:
            assert any(line.startswith(f"| `{row.name}` |") and row.sentence in line for line in page.splitlines()), (
                row.name
            )
