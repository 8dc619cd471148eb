"""A listening simulator with a signed client, and an exchange without a network."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.simulator.exchange import Exchange
from test.hummingbot_backpack.simulator.client import Client

SHARED = Path(os.environ.get("BACKPACK_SHARED", Path(__file__).resolve().parents[4] / "shared"))

Open = Callable[..., Awaitable[tuple[LocalBackpack, Client]]]


@pytest.fixture
def shared() -> Path:
    """Folder of the recorded data; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no recorded data at {SHARED} (BACKPACK_SHARED)")
    return SHARED


@pytest.fixture
async def open_backpack() -> AsyncIterator[Open]:
    """Starts simulators with the given settings (no flow, no rate limits unless asked) and a client of each."""
    running: list[LocalBackpack] = []
    async with aiohttp.ClientSession() as session:

        async def start(**settings: Any) -> tuple[LocalBackpack, Client]:
            defaults = {"port": 0, "flow": None, "rate_limit": None, "historical_limit": None}
            backpack = LocalBackpack(SimulatorConfig(**{**defaults, **settings}))
            await backpack.start()
            running.append(backpack)
            return backpack, Client(backpack.url, session)

        yield start
        for backpack in running:
            await backpack.stop()


@pytest.fixture
def exchange() -> Exchange:
    """An exchange on a virtual clock where nothing moves by itself."""
    return Exchange(SimulatorConfig(flow=None, virtual_clock=True))
