"""Turns what a command printed on a terminal into a picture for the README.

Usage: ``FORCE_COLOR=1 COLUMNS=100 make demo | python tools/picture.py docs/images/demo.svg "make demo"``.
The text is passed on.
"""

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text


def main(target: str, title: str) -> None:
    printed = []
    for line in sys.stdin:
        sys.stdout.write(line)
        sys.stdout.flush()
        printed.append(line.rstrip("\n"))
    shown = Text.from_ansi("\n".join(printed))
    width = max(100, *(line.cell_len for line in shown.split()))
    console = Console(record=True, file=io.StringIO(), width=width, force_terminal=True)
    console.print(shown)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    # The page that shows the picture must not fetch a font from a third party for it.
    picture = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title=title), flags=re.DOTALL)
    Path(target).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
