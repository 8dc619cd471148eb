"""Adding files to a folder so that a failure on the way leaves nothing half-made."""

import os
import shutil
import tempfile
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
PROGRAM_MODE = 0o700


class Additions:
    """Makes folders, files and links, and remembers them: leaving the ``with`` block by an exception takes them back.

    What was there before is never overwritten, except a link of ours that points elsewhere.
    """

    def __init__(self) -> None:
        self._made: list[Path] = []
        self.added: list[Path] = []
        """Files and links that are new, in order; for the summary."""

    def __enter__(self) -> "Additions":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return
        for path in reversed(self._made):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def folder(self, path: Path) -> None:
        """Make `path` and its parents, for the owner only."""
        for parent in (*reversed(path.parents), path):
            if not parent.is_dir():
                parent.mkdir(mode=FOLDER_MODE)
                self._made.append(parent)

    def file(self, path: Path, text: str, mode: int = FILE_MODE) -> bool:
        """Write `text` to `path` unless something is there. :return: whether it was written."""
        if os.path.lexists(path):
            return False
        self._made.append(path)
        write_private(path, text, mode)
        self.added.append(path)
        return True

    def link(self, path: Path, target: Path) -> None:
        """Link `path` to `target`; a real file of the user's at `path` stays."""
        if not path.exists() and not path.is_symlink():
            try:
                path.symlink_to(target)
            except FileExistsError:  # another command in this workspace was faster
                return
            self._made.append(path)
            self.added.append(path)
        elif path.is_symlink() and Path(os.readlink(path)) != target:
            replace_link(path, target)


def replace_link(path: Path, target: Path) -> None:
    """Point the link `path` to `target` in one step: a bot that runs meanwhile never sees it missing."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    os.replace(fresh, path)


def write_private(path: Path, text: str, mode: int = FILE_MODE) -> None:
    """Write `path` in one step, readable by its owner only: a reader sees the old file or the new, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            os.fchmod(stream.fileno(), mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
