"""Runs scenarios with whichever connector Python finds: ``python -m test.compare.side ours|bundled [NAME …]``.

One line of JSON for each goes to the file that ``COMPARE_RESULTS`` names.
"""

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import hummingbot
from hummingbot.connector.exchange.backpack import backpack_exchange

from test.compare import load
from test.compare.scene import BUNDLED, OURS, SCENARIOS, Scenario, open_scene

WITHIN = 45.0


def which_side() -> str:
    """The side that is really loaded, by where its code lies."""
    inside = Path(hummingbot.__file__).resolve().parent in Path(backpack_exchange.__file__).resolve().parents
    return BUNDLED if inside else OURS


async def _outcome(one: Scenario, side: str) -> dict[str, Any]:
    started = time.monotonic()
    outcome: dict[str, Any] = {"name": one.name, "value": None, "error": None}
    try:
        async with asyncio.timeout(WITHIN), open_scene(one, side) as scene:
            outcome["value"] = await one.run(scene)
    except Exception as error:
        outcome["error"] = f"{type(error).__name__}: {error}"
    return {**outcome, "seconds": round(time.monotonic() - started, 2)}


async def _run(side: str, names: list[str], results: Path) -> None:
    with results.open("a", encoding="utf-8") as file:
        for name in names:
            one = SCENARIOS[name]
            outcome = await _outcome(one, side)
            print(json.dumps(outcome), file=file, flush=True)
            if one.card == "control" and outcome["value"] != one.right:
                # Nothing that follows would say anything about the connector.
                return


def own_workspace(folder: Path) -> None:
    """Neither settings nor order counters of whoever runs this."""
    vars(hummingbot)["_data_path"] = str(folder)
    if which_side() == OURS:
        from hummingbot.connector.exchange.backpack import backpack_settings

        vars(backpack_settings)["_default_path"] = lambda: folder / "backpack.yml"


def main() -> None:
    side, *names = sys.argv[1:]
    load()
    if which_side() != side:
        sys.exit(f"the connector that was loaded is not the {side} one: {backpack_exchange.__file__}")
    logging.getLogger().setLevel(logging.DEBUG)
    with tempfile.TemporaryDirectory() as folder:
        own_workspace(Path(folder))
        asyncio.run(_run(side, names or list(SCENARIOS), Path(os.environ["COMPARE_RESULTS"])))
        # Hummingbot leaves threads behind.
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
