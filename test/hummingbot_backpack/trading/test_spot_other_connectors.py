"""The spot market maker on a connector that is not ours: Hummingbot's own, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_rb01_hummingbots_own_connector_is_quoted_on_and_rebalanced() -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test/compare/bundled_spot.py"],
        cwd=root,
        env={**os.environ, "HUMMINGBOT_BACKPACK": "off"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-6000:]
