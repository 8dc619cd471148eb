"""Commands of ``keys`` in this process, and PBKDF2 with few rounds: what is tested is ours, not the cipher."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hummingbot.client.config import config_crypt

from hummingbot_backpack import cli
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import Workspace
from test.hummingbot_backpack.workspace.local import local_backpack

PASSWORD = "only for this test"


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_crypt, "get_default_work_factor_for_kdf", lambda kdf: 10)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hummingbot_backpack.workspace.launch.enter", lambda workspace: None)
    monkeypatch.setenv("HBOT_PASSWORD", PASSWORD)


class Run:
    """Runs commands of ``keys``; all that was said is kept, to be searched for secrets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.said = ""

    def __call__(self, *arguments: str | Path, workspace: Workspace) -> tuple[int, str, str]:
        """:return: exit code, standard output, standard error."""
        words = [cli.PROGRAM, "keys", *map(str, arguments), "--workspace", str(workspace.root)]
        self._monkeypatch.setattr(sys, "argv", words)
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        streams = self._capsys.readouterr()
        self.said += streams.out + streams.err
        return code, streams.out, streams.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


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
