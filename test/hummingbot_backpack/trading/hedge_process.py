"""``python -m …hedge_process FOLDER``: a hedging bot as a process of its own, which can be killed at any point.

The pair comes as JSON over stdin, so that it stands in no process list. SIGTERM stops it in good order.
"""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

import hummingbot
import pytest
from hummingbot.connector.exchange.backpack import backpack_settings

from test.hummingbot.harness import Keys
from test.hummingbot_backpack.trading.hedge_bot import HedgeBot


async def run(folder: Path, keys: Keys) -> None:
    monkeypatch = pytest.MonkeyPatch()
    hummingbot._data_path = str(folder / "data")
    monkeypatch.setattr(backpack_settings, "_default_path", lambda: folder / "backpack.yml")
    bot = HedgeBot(folder, monkeypatch)
    bot.keys = keys
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await bot.start()
    await stop.wait()
    await bot.stop()
    await bot.leave()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(run(Path(sys.argv[1]), Keys(**json.load(sys.stdin))))


if __name__ == "__main__":
    main()
