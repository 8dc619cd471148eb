"""The state that a running bot publishes for whoever wants to look: one JSON file, written atomically, mode 0600."""

import json
import os
from pathlib import Path
from typing import Any


def publish(path: Path, state: dict[str, Any]) -> None:
    """Replace the file in one step, so that no reader ever sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(state, file, indent=1)
    os.replace(temporary, path)
