"""A workspace for the store, and PBKDF2 with few rounds: what is tested is ours, not the cipher."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hummingbot.client.config import config_crypt

from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import Workspace
from test.hummingbot_backpack.workspace.local import local_backpack

PASSWORD = "only for this test"


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_crypt, "get_default_work_factor_for_kdf", lambda kdf: 10)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Workspace:
    return create(tmp_path / "rehearsal", rehearsal=True).workspace


@pytest.fixture
def live(tmp_path: Path) -> Workspace:
    return create(tmp_path / "live", rehearsal=False).workspace


@pytest.fixture(scope="session")
def backpack() -> Iterator[LocalBackpack]:
    """A local Backpack that knows every key that signs."""
    with local_backpack(SimulatorConfig(port=0, flow=None)) as running:
        yield running


@pytest.fixture(scope="session")
def strict_backpack() -> Iterator[LocalBackpack]:
    """A local Backpack that knows no key but those it was given, which are none."""
    with local_backpack(SimulatorConfig(port=0, flow=None, strict_keys=True)) as running:
        yield running
