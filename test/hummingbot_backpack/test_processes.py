"""Processes that a command starts."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hummingbot_backpack.processes import Child, wait_until


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
@pytest.mark.parametrize("existed", [False, True])
def test_ke01_what_a_child_prints_is_for_its_owner_only(existed: bool, tmp_path: Path) -> None:
    output = tmp_path / "run.out"
    if existed:
        output.write_text("of an earlier run")
    child = Child("a child", [sys.executable, "-c", "print('said')"], output, dict(os.environ), tmp_path)
    assert wait_until(lambda: child.code is not None, 30)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600 and child.last_words() == "said"
