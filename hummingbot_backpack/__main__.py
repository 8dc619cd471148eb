"""``python -m hummingbot_backpack`` is the command line."""

import sys

from hummingbot_backpack.cli import main

if __name__ == "__main__":
    sys.exit(main())
