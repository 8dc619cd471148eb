"""The page for people, in a real browser (Chromium, where there is one)."""

from hummingbot_backpack.simulator.command import Flow as _Flow  # noqa: F401  (placeholder, replaced below)
