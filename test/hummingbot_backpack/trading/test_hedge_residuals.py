"""What a hedge keeps over a restart reaches the disk, and no hedge waits for it."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.trading import residuals


def wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Disk:
    """Stands before `os.fsync`: what was forced, as it stood then, and by which thread; it can be slow, or fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.forced: list[tuple[str, str]] = []
        self.threads: set[int] = set()
        self.free = threading.Event()
        self.free.set()
        self.error: OSError | None = None
        monkeypatch.setattr(residuals.os, "fsync", self.fsync)

    def fsync(self, descriptor: int) -> None:
        assert self.free.wait(10)
        if self.error is not None:
            raise self.error
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        content = "" if os.path.isdir(name) else os.pread(descriptor, 1 << 20, 0).decode()
        self.threads.add(threading.get_ident())
        self.forced.append((Path(name).name, content))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / residuals.FILE_NAME


def test_he02_file_and_folder_are_forced_to_the_disk_by_another_thread(disk: Disk, path: Path) -> None:
    residuals.keep(path, "maker", {"residual": "0.06"})
    wait(lambda: len(disk.forced) == 2)
    (name, content), (folder, _) = disk.forced
    assert (name, json.loads(content)["maker"]["residual"], folder) == (path.name, "0.06", path.parent.name)
    assert threading.get_ident() not in disk.threads


def test_he02_no_hedge_waits_for_a_slow_disk(disk: Disk, path: Path) -> None:
    disk.free.clear()
    for turn in range(50):
        residuals.keep(path, "maker", {"turn": turn})
        assert json.loads(path.read_text())["maker"]["turn"] == turn
    assert disk.forced == []
    disk.free.set()
    residuals.settle(path)
    assert json.loads(disk.forced[-2][1])["maker"]["turn"] == 49
    assert len(disk.forced) <= 8, "what is written in one moment is forced together"


def test_he02_what_is_written_while_the_disk_is_busy_is_forced_after_it(disk: Disk, path: Path) -> None:
    residuals.keep(path, "maker", {"turn": 0})
    disk.free.clear()
    wait(lambda: path not in residuals._awaited)  # it is being forced now
    residuals.keep(path, "maker", {"turn": 1})
    disk.free.set()
    residuals.settle(path)
    assert [json.loads(content)["maker"]["turn"] for _, content in disk.forced if content][-1] == 1


def test_he02_a_disk_that_refuses_is_said_once(disk: Disk, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk.error = OSError(5, "Input/output error")
    for turn in range(2):
        residuals.keep(path, "maker", {"turn": turn})
        residuals.settle(path)
    said = [line.message for line in caplog.records]
    assert said == ["backpack_residuals.json could not be forced to the disk: [Errno 5] Input/output error"]
    disk.error = None
    residuals.keep(path, "maker", {"turn": 2})
    residuals.settle(path)
    assert json.loads(disk.forced[0][1])["maker"]["turn"] == 2


def test_he02_a_file_that_a_power_failure_emptied_is_no_first_start(path: Path) -> None:
    path.touch()
    with pytest.raises(UserError, match="must be readable: it says what is not hedged yet"):
        residuals.load(path, "maker")
