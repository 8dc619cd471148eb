"""One side of the comparison of connectors: a process that loads ours, or the bundled one, and runs tasks on command.

``python -m benchmarks._side ours|bundled`` reads lines ``{"task": …, …}`` and answers each with one line: the task's
value, or ``{"error": …}``.
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import _connector_tasks as tasks
from test.compare.side import own_workspace, which_side


async def _serve(side: str, answers: Any) -> None:
    loop = asyncio.get_running_loop()
    bench = tasks.Bench(side)
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            call = json.loads(line)
            try:
                answer: Any = await getattr(bench, call.pop("task"))(**call)
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), file=answers, flush=True)
    finally:
        await bench.disconnect()


def main() -> None:
    side = sys.argv[1]
    if which_side() != side:
        sys.exit(f"the connector that was loaded is not the {side} one")
    # Hummingbot logs to the standard output.
    answers, sys.stdout = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory() as folder:
        own_workspace(Path(folder))
        asyncio.run(_serve(side, answers))
        answers.flush()
    # Hummingbot leaves threads behind.
    os._exit(0)


if __name__ == "__main__":
    main()
