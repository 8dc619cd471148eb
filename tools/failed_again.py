"""Runs the files in which the last test run failed once more, one test at a time.

Many tests let several processes play against each other in real time; with other tests beside them on two cores, one
may miss its time without anything being wrong. What fails again alone is wrong. More than a few files are no accident.

Usage: ``python tools/failed_again.py [pytest's arguments]``, from the checkout.
"""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTE = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
ACCIDENTS = 5


def failed_files(note: Path) -> list[str]:
    """:return: the files of the tests that pytest noted as failed, in order; empty without a note"""
    try:
        noted = json.loads(note.read_text())
    except FileNotFoundError:
        return []
    return sorted({name.split("::")[0] for name in noted})


def main(arguments: list[str]) -> int:
    files = failed_files(NOTE)
    if not files:
        print("No test failed in the last run.", file=sys.stderr)
        return 1
    if len(files) > ACCIDENTS:
        print(f"{len(files)} files failed, which is no accident: {', '.join(files)}", file=sys.stderr)
        return 1
    print(f"Once more, one test at a time: {', '.join(files)}")
    return int(pytest.main([*arguments, *files]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
