"""Recorded data of the exchange, which stays outside the repository; tests that need it skip where it is absent."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("BACKPACK_SHARED", Path(__file__).parents[6] / "shared"))


def shared_file(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"recorded data is not here: {path} (BACKPACK_SHARED says where)")
    return path


def json_file(*parts: str) -> Any:
    return json.loads(shared_file(*parts).read_text())


def frames(name: str) -> list[dict[str, Any]]:
    text = shared_file("backpack", "captures", name).read_text()
    return [json.loads(line) for line in text.splitlines() if line.strip()]
