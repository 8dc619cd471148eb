"""A real bot's masked logs, searched for what the exchange knows of its orders and fills."""

import os
import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack.simulator import SimulatorConfig
from test.hummingbot_backpack.workspace.bot_place import Place, wait_for
from test.hummingbot_backpack.workspace.local import local_backpack

SIZE = "17"
"""A whole number that nothing else in a log is."""
_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with local_backpack(SimulatorConfig(port=0, balances={"USDC": "1000000"})) as backpack:
        made = Place(
            tmp_path,
            backpack,
            0.05,
            {"log_detail": "masked", "log_level": "DEBUG", "status_interval": 2},
            order_amount=SIZE,
            max_position=500,
            position_threshold=500,
        )
        yield made
        if not made.gone():
            os.kill(made.process, signal.SIGKILL)


def details(ledger: dict[str, Any]) -> set[str]:
    """Prices, sizes and ids of all orders and fills, as a log could write them."""
    found = {str(order) for order in ledger["open_orders"]}
    for row in ledger["fills"]:
        found |= {str(row[name]) for name in ("price", "quantity", "orderId", "id", "tradeId", "fee") if row.get(name)}
        found |= {f"{Decimal(row[name]).normalize():f}" for name in ("price", "quantity")}
    return found


def lines_of(place: Place) -> list[str]:
    files = [*(place.root / "logs").glob("*.log*"), *(place.root / "data" / "bot").glob("*.log")]
    return [_PREFIX.sub("", line) for file in files for line in file.read_text(errors="replace").splitlines()]


@pytest.mark.slow
def test_lo01_a_masked_bot_writes_no_price_size_or_id_of_its_orders_and_fills(place: Place) -> None:
    wait_for(lambda: place.state().get("fills", 0) >= 3)
    wait_for(lambda: sum("EVENT_LOG" in line for line in lines_of(place)) >= 8)
    known = details(place.ledger) | {SIZE}
    assert place.commands.hbot("stop").returncode == 0
    known |= details(place.ledger)
    assert len(known) > 10
    told = [
        line
        for line in lines_of(place)
        if any(re.search(rf"(?<![\w.:-]){re.escape(detail)}(?!\w|[.:-]\d)", line) for detail in known)
    ]
    assert told == []
    assert any("6 quotes of •" in line for line in lines_of(place)), "the story stays"
