"""``python -m test.soak``: SOAK_SECONDS (600) of faults, SOAK_SEED (drawn, and printed)."""

import os
import random
import sys
import tempfile
from pathlib import Path

from test.soak.run import Soak, problems


def main() -> int:
    seconds = float(os.environ.get("SOAK_SECONDS", "600"))
    seed = int(os.environ.get("SOAK_SEED", random.randrange(1_000_000)))
    folder = Path(os.environ.get("SOAK_FOLDER") or tempfile.mkdtemp(prefix="soak-"))
    print(f"{seconds:.0f} s, SOAK_SEED={seed}, logs in {folder}", flush=True)
    outcome = Soak(folder, seconds, seed, lambda line: print(line, flush=True)).run()
    print(outcome)
    found = problems(outcome)
    for line in found:
        print(f"! {line}")
    print("FAILED" if found else "All books agree.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
