"""A workspace for the store, and PBKDF2 with few rounds: what is tested is ours, not the cipher."""

from pathlib import Path

import pytest
from hummingbot.client.config import config_crypt

from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import Workspace

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
