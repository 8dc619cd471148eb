"""What may be run a second time, and what may not."""

import json
from pathlib import Path

import pytest

from tools import failed_again


def noted(folder: Path, *names: str) -> Path:
    note = folder / "lastfailed"
    note.write_text(json.dumps(dict.fromkeys(names, True)))
    return note


def test_in01_the_files_of_failed_tests_are_named_once(tmp_path: Path) -> None:
    note = noted(tmp_path, "test/b/test_b.py::test_x[1]", "test/a/test_a.py::test_y", "test/b/test_b.py::test_x[2]")
    assert failed_again.failed_files(note) == ["test/a/test_a.py", "test/b/test_b.py"]


def test_in01_nothing_is_run_again_where_nothing_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_again, "NOTE", tmp_path / "absent")
    monkeypatch.setattr(pytest, "main", lambda *_: pytest.fail("ran"))
    assert failed_again.main([]) == 1


def test_in01_many_failures_are_no_accident_and_get_no_second_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"test/test_{number}.py::test_it" for number in range(failed_again.ACCIDENTS + 1)]
    monkeypatch.setattr(failed_again, "NOTE", noted(tmp_path, *names))
    monkeypatch.setattr(pytest, "main", lambda *_: pytest.fail("ran"))
    assert failed_again.main([]) == 1


def test_in01_what_fails_again_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_again, "NOTE", noted(tmp_path, "test/test_a.py::test_it"))
    ran: list[list[str]] = []

    def main(arguments: list[str]) -> int:
        ran.append(arguments)
        return 1

    monkeypatch.setattr(pytest, "main", main)
    assert failed_again.main(["-m", "slow"]) == 1
    assert ran == [["-m", "slow", "test/test_a.py"]]
