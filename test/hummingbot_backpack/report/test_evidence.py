"""A report reads records as they are: it alters neither the file nor its folder, wherever that is."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.records import Records
from hummingbot_backpack.records.tables import FILLS, SESSIONS

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of the superuser, whom no mode of a file keeps out."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


def written(path: Path, sessions: int) -> Records:
    """Records that are still open, the newest of them in the log only."""
    records = Records(path)
    for started in range(sessions):
        records.begin_session(float(started))
    return records


def content(folder: Path) -> dict[str, bytes]:
    """All files but the index of a log, which readers use too."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith("-shm")}


def counted(path: Path) -> int:
    records = Records(path, read_only=True)
    found = len(records.sessions())
    records.close()
    return found


def test_rp01_records_at_rest_are_read_and_nothing_is_made_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "maker.records.sqlite"
    written(path, 3).close()
    before = content(tmp_path)
    assert list(before) == [path.name]
    assert counted(path) == 3
    assert content(tmp_path) == before and sorted(file.name for file in tmp_path.iterdir()) == [path.name]


def test_rp01_a_running_bots_newest_rows_are_read_and_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "maker.records.sqlite"
    bot = written(path, 2)
    before = content(tmp_path)
    assert before[f"{path.name}-wal"], "the rows are in the log"
    reader = Records(path, read_only=True)
    assert len(reader.sessions()) == 2 and content(tmp_path) == before
    bot.begin_session(9.0)
    assert len(reader.sessions()) == 3
    reader.close()
    bot.begin_session(10.0)
    bot.close()
    assert counted(path) == 4


@pytest.mark.parametrize("index", [True, False])
def test_rp01_what_a_bot_that_was_killed_left_is_read_with_its_log(index: bool, tmp_path: Path) -> None:
    bot = written(tmp_path / "maker.records.sqlite", 2)
    left = tmp_path / "left"
    left.mkdir()
    for file in tmp_path.glob("maker*"):
        if index or not file.name.endswith("-shm"):
            shutil.copy(file, left)
    bot.close()
    before, names = content(left), sorted(file.name for file in left.iterdir())
    assert counted(left / "maker.records.sqlite") == 2
    assert content(left) == before and sorted(file.name for file in left.iterdir()) == names


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that another user can reach."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize("left", [(), ("-wal",), ("-wal", "-shm")])
def test_rp01_records_on_a_place_where_nothing_can_be_written_are_read(left: tuple[str, ...], shared: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "maker.records.sqlite"
        bot = written(path, 2)
        if not left:
            bot.close()
        for ending in ("", *left):
            shutil.copy(f"{path}{ending}", shared)
            (shared / f"{path.name}{ending}").chmod(0o444)
        bot.close()
    shared.chmod(0o555)
    with as_nobody():
        assert not os.access(shared, os.W_OK, effective_ids=True)
        assert counted(shared / path.name) == 2
    assert len(list(shared.iterdir())) == 1 + len(left)


def test_rp01_an_empty_file_and_one_of_another_layout_stay_as_they_are(tmp_path: Path) -> None:
    empty, first = tmp_path / "empty.records.sqlite", tmp_path / "first.records.sqlite"
    empty.touch()
    with closing(sqlite3.connect(first)) as connection, connection:
        connection.execute("CREATE TABLE sessions (id INTEGER PRIMARY KEY, started FLOAT NOT NULL, ended FLOAT)")
        connection.execute("INSERT INTO sessions VALUES (1, 5.0, 6.0)")
    before = content(tmp_path)
    assert counted(empty) == 0 and counted(first) == 1
    records = Records(first, read_only=True)
    assert records.sessions()[0].end_reason is None and records.count(FILLS) == 0
    records.close()
    assert content(tmp_path) == before and before[empty.name] == b""


def test_rp01_a_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "maker.records.sqlite"
    written(path, 1).close()
    records = Records(path, read_only=True)
    with pytest.raises(Exception, match="readonly"), records.engine.begin() as connection:
        connection.execute(SESSIONS.insert().values(started=1.0))
    records.close()


def test_rp01_a_file_that_is_not_there_is_one_sentence_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="must be a readable SQLite database"):
        Records(tmp_path / "none.records.sqlite", read_only=True)
    assert list(tmp_path.iterdir()) == []
