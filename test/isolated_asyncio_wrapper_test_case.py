"""The base class that Hummingbot's own test suites import under this name, and that its package leaves out."""

import asyncio
import unittest
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")
# Turns of the event loop after a coroutine, so that what it set in motion comes to its end.
SETTLING_TURNS = 50


class IsolatedAsyncioWrapperTestCase(unittest.IsolatedAsyncioTestCase):
    """An asyncio test case whose synchronous tests may run coroutines too."""

    def setUp(self) -> None:
        super().setUp()
        self.local_event_loop = asyncio.get_event_loop()

    def run_async_with_timeout(self, coroutine: Awaitable[Result], timeout: float = 1.0) -> Result:
        """Runs a coroutine to its end in the test's own event loop."""

        async def run() -> Result:
            result = await asyncio.wait_for(coroutine, timeout)
            for _ in range(SETTLING_TURNS):
                await asyncio.sleep(0)
            return result

        return self.local_event_loop.run_until_complete(run())
