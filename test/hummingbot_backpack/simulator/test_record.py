"""A recording of a market's public trades drives the local Backpack (card SI04)."""

import asyncio
import sys
from pathlib import Path

import pytest

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.exchange import Exchange
from hummingbot_backpack.simulator.flow.tape import read_tape
from hummingbot_backpack.simulator.record import record
from test.hummingbot_backpack.simulator.conftest import Open

PERP = "SOL_USDC_PERP"


async def test_si04_a_recorded_market_can_be_replayed(open_backpack: Open, tmp_path: Path) -> None:
    real, _ = await open_backpack(flow="calm", speed=20)
    path = tmp_path / "sol.csv.gz"
    script = (
        "from pathlib import Path; from hummingbot_backpack.simulator.record import record; "
        f"record({PERP!r}, Path({str(path)!r}), seconds=1.5, stream_url={real.stream_url!r})"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    async with asyncio.timeout(30):
        assert await process.wait() == 0
    rows = list(read_tape(path))
    told = {
        (trade.price * 0.01, trade.steps * 0.01, -1 if trade.buyer_is_maker else 1)
        for trade in real.exchange.engine.markets[PERP].tape.trades
    }
    assert len(rows) > 5
    for row in rows:
        assert any(
            abs(row.price - price) < 1e-9 and abs(row.quantity - quantity) < 1e-9 and row.side == side
            for price, quantity, side in told
        )
    assert [row.offset_us for row in rows] == sorted(row.offset_us for row in rows)
    exchange = Exchange(SimulatorConfig(flow=path, virtual_clock=True))
    assert exchange.flow is not None and exchange.flow.kind == str(path)


def test_si04_a_recording_overwrites_nothing_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    taken = tmp_path / "taken.csv"
    taken.write_text("mine")
    with pytest.raises(UserError, match="must not exist yet"):
        record(PERP, taken)
    with pytest.raises(UserError, match="must be reachable"):
        record(PERP, tmp_path / "new.csv", seconds=5, stream_url="ws://127.0.0.1:9/")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.csv"]
