"""``python -m test.compare [--markdown] [NAME …]``: the bundled connector and ours, side by side."""

import argparse
import sys
from importlib.metadata import version

from rich.console import Console
from rich.table import Table

from test.compare import load
from test.compare.run import Row, rows_of, run_both
from test.compare.scene import SCENARIOS

HEAD = """# Compared with the bundled connector

Written by `make compare COMPARE_ARGS=--markdown`.

Each row is one scenario: an asynchronous function in `test/compare/` that drives a connector against a local Backpack
over real sockets and returns what it observed. It ran twice, once with the connector that Hummingbot bundles
(`HUMMINGBOT_BACKPACK=off`, its URL constants pointed at the local Backpack) and once with ours. A row counts as *shown*
only if the bundled connector gave the very value that the card's reason predicts; an error of connection, import or
set-up, or any other value, makes it *not shown*, and the command fails. So it does when ours gives anything but the
right value. The control (connect, read the book, place and cancel one order) must come out the same on both, and right.

A value is read as soon as it is right, and otherwise some seconds later. Hummingbot's own poll, at every full two
minutes of the clock, is put off on both sides: what came right by it would be up to two minutes late.

`test/compare/test_compare.py` runs the same scenarios as tests (`make test-slow`).
"""


def _markdown(rows: list[Row]) -> str:
    def cell(text: str) -> str:
        return text.replace("|", "\\|")

    lines = [HEAD, "| card | what | bundled | ours | |", "|---|---|---|---|---|"]
    for row in rows:
        cells = (row.scenario.card, row.scenario.what, row.bundled.text, row.ours.text, row.verdict)
        lines.append(f"| {' | '.join(cell(text) for text in cells)} |")
    return "\n".join(
        [*lines, "", f"{_summary(rows)} The bundled connector is that of hummingbot {version('hummingbot')}."]
    )


def _summary(rows: list[Row]) -> str:
    compared = [row for row in rows if not row.is_control]
    cards = len({row.scenario.card for row in compared})
    shown, right = sum(row.is_shown for row in compared), sum(row.ours_is_right for row in compared)
    not_shown = len(compared) - shown
    return f"{len(compared)} rows of {cards} cards: {shown} shown, {not_shown} not shown; ours right in {right}."


def _print(rows: list[Row]) -> None:
    table = Table()
    for title in ("card", "what", "bundled", "ours", ""):
        table.add_column(title)
    for row in rows:
        good = row.is_shown and row.ours_is_right
        cells = (row.scenario.card, row.scenario.what, row.bundled.text, row.ours.text, row.verdict)
        table.add_row(*cells, style=None if good else "bold red")
    # A pipe has no width; the columns must not be cut there.
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    print(_summary(rows))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m test.compare", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print docs/compare.md")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a scenario, or a card as MD03 (default: all)")
    arguments = parser.parse_args()
    load()
    chosen = [
        name for name, one in SCENARIOS.items()
        if not arguments.names or name in arguments.names or one.card in arguments.names or one.card == "control"
    ]  # fmt: skip
    rows = rows_of(*run_both(chosen), chosen)
    if arguments.markdown:
        print(_markdown(rows))
    else:
        _print(rows)
    return 0 if all(row.is_shown and row.ours_is_right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
