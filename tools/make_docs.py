"""Write the pages of docs/ that are made from the code: configuration.md, api.md, troubleshooting.md,
hummingbot_suites.md.

`make docs` writes them; a test compares them with what this would write.
"""

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools.docs_from_code import api, configuration, suites, troubleshooting  # noqa: E402

PAGES: dict[str, Callable[[Path], str]] = {
    "configuration.md": configuration.page,
    "api.md": api.page,
    "troubleshooting.md": troubleshooting.page,
    "hummingbot_suites.md": suites.page,
}


def main() -> None:
    """Write each page that differs."""
    for name, make in PAGES.items():
        file = ROOT / "docs" / name
        text = make(ROOT)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"docs/{name} is written.")
        else:
            print(f"docs/{name} is up to date.")


if __name__ == "__main__":
    main()
