"""What every test may need: where the recorded data lies, and nothing of the user's own environment."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# A loaded machine is no failure of the code.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that is tested."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded data (``BACKPACK_SHARED``, else beside the checkout); skips where it is absent."""
    folder = Path(os.environ.get("BACKPACK_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"the recorded data is not here: {folder} (set BACKPACK_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def stays_in_the_checkout() -> Iterator[None]:
    """A command that runs within a test's own process goes into its workspace; the next test must not begin there."""
    yield
    os.chdir(REPOSITORY)


@pytest.fixture(autouse=True, scope="session")
def without_the_users_settings() -> Iterator[None]:
    """A simulator URL, an instance number or a password of the caller's must not steer a test."""
    names = [
        name
        for name in os.environ
        if name.startswith("BACKPACK_") and name not in ("BACKPACK_SHARED", "BACKPACK_OPENAPI")
    ]
    names += [name for name in ("HBOT_PASSWORD", "MASTER_PASSWORD", "CONFIG_PASSWORD") if name in os.environ]
    kept = {name: os.environ.pop(name) for name in names}
    yield
    os.environ.update(kept)
