"""Every test has its own data folder (client order ids), settings and shared budgets."""

from collections.abc import Iterator
from pathlib import Path

import hummingbot
import pytest
from hummingbot.connector.exchange.backpack import backpack_limiter, backpack_order_ids, backpack_settings
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(hummingbot, "_data_path", str(tmp_path / "data"))
    monkeypatch.setattr(backpack_settings, "_default_path", lambda: tmp_path / "backpack.yml")
    monkeypatch.setattr(backpack_order_ids, "_spaces", {})
    monkeypatch.setattr(backpack_limiter, "_budgets", {})
    # The one HTTP session of the process belongs to the event loop of the test before.
    monkeypatch.setattr(ConnectionsFactory, "_shared_client", None)
    monkeypatch.setattr(ConnectionsFactory, "_instance", None)
    yield
