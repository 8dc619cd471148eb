"""Reading records without altering them: neither the file nor what lies beside it. A bot may be writing meanwhile."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from hummingbot_backpack.records.tables import VERSION

_NOT_WITHOUT_WRITING = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


class Reading:
    """A way to one file of records that a reader cannot alter.

    What a release before ours wrote, and what needs more than reading to be read, is copied aside; :meth:`close`
    deletes the copy.

    :param path: SQLite file
    :raises sqlite3.Error: it is none, is damaged, or cannot be read; OSError: there is no room for a copy
    """

    def __init__(self, path: Path) -> None:
        self._aside: tempfile.TemporaryDirectory[str] | None = None
        self.copied = False
        """Whether it is a copy that is read, which may be brought up to date."""
        try:
            self._open(path)
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path) -> None:
        log, index = (path.with_name(f"{path.name}-{ending}") for ending in ("wal", "shm"))
        if not log.exists():
            # Nobody writes. Without "immutable" SQLite would make a log and an index, or refuse where it cannot.
            self._address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        elif index.exists():
            # With the index the newest rows are read from the log, which a running bot goes on writing.
            self._address = f"{path.absolute().as_uri()}?mode=ro"
        else:
            self._copy_files(path, log)
        try:
            version = self._version()
        except sqlite3.OperationalError as error:
            if self.copied or not log.exists() or error.sqlite_errorcode & 0xFF not in _NOT_WITHOUT_WRITING:
                raise
            # On a place where nothing can be written, the index of a bot that is gone is of no use.
            self._copy_files(path, log)
            version = self._version()
        if version < VERSION and not self.copied:
            self._copy_rows(path.name)

    def connect(self) -> sqlite3.Connection:
        """:return: a new connection, for any thread"""
        return sqlite3.connect(self._address, uri=True, check_same_thread=False)

    def close(self) -> None:
        if self._aside is not None:
            self._aside.cleanup()

    def _version(self) -> int:
        with closing(self.connect()) as connection:
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def _copy_files(self, path: Path, log: Path) -> None:
        folder = self._make_aside()
        for file in (path, log):
            shutil.copyfile(file, folder / file.name)
        self._address = (folder / path.name).as_uri()

    def _copy_rows(self, name: str) -> None:
        copy = self._make_aside() / name
        with closing(self.connect()) as original, closing(sqlite3.connect(copy)) as target:
            original.backup(target)
        self._address = copy.as_uri()

    def _make_aside(self) -> Path:
        self._aside = tempfile.TemporaryDirectory(prefix="backpack-records-")
        self.copied = True
        return Path(self._aside.name)
