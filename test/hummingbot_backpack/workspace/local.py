"""A local Backpack beside the test, on a thread of its own: commands under test run as processes meanwhile."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig


@contextmanager
def local_backpack(config: SimulatorConfig) -> Iterator[LocalBackpack]:
    """Run a local Backpack while the block lasts; what is read from it is read between its turns."""
    backpack = LocalBackpack(config)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local Backpack", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(backpack.start(), loop).result(10)
        try:
            yield backpack
        finally:
            asyncio.run_coroutine_threadsafe(backpack.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
