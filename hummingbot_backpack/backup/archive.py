"""What goes into a backup, and how it is packed: a compressed tar inside an age file with a passphrase.

The age format (https://age-encryption.org/v1) is an open one: ``age --decrypt`` and ``tar`` read a backup where this
program is not to be had.
"""

import io
import json
import os
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pyrage import DecryptError, passphrase

from hummingbot_backpack import __version__
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.layout import Workspace
from hummingbot_backpack.workspace.settings import SETTINGS_FILE

MANIFEST = "hummingbot-backpack.json"
FORMAT = 1
ORDER_IDS = "backpack_order_ids.json"
"""Left out: an older counter would give ids out twice. Without it the next bot begins where none can have been."""
_FOLDERS = ("conf", "data", "scripts", "controllers")
_PASSING = ("bot", "requests", "__pycache__")
"""Folders of `data` that describe a running process."""


def files_of(workspace: Workspace, logs: bool) -> Iterator[Path]:
    """What a backup holds: configuration, encrypted keys, databases, safety state, and scripts of the user's own."""
    for name in (*_FOLDERS, *(("logs",) if logs else ())):
        for folder, folders, files in os.walk(workspace.root / name):
            folders[:] = sorted(one for one in folders if one not in _PASSING)
            for file in sorted(files):
                path = Path(folder) / file
                # A leading dot: half of a file that is just being written, but for the keystore's own proof.
                if path.is_symlink() or not path.is_file() or file == ORDER_IDS:
                    continue
                if file.startswith(".") and file != ".password_verification":
                    continue
                if not file.endswith(("-wal", "-shm", "-journal")):
                    yield path


def pack(workspace: Workspace, password: str, logs: bool = False) -> tuple[bytes, int]:
    """:return: the encrypted file and the number of files in it; a running bot goes on meanwhile

    :raises UserError: a file cannot be read
    """
    buffer = io.BytesIO()
    count = 0
    manifest = {"format": FORMAT, "version": __version__, "made": int(time.time()), "rehearsal": workspace.rehearsal}
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        _add(tar, MANIFEST, json.dumps(manifest).encode())
        for path in files_of(workspace, logs):
            try:
                _add(tar, str(path.relative_to(workspace.root)), _contents(path))
            except FileNotFoundError:
                continue  # gone since it was listed
            except (OSError, sqlite3.Error) as error:
                raise UserError(f"{path} cannot be read: {error}.") from error
            count += 1
    return passphrase.encrypt(buffer.getvalue(), password), count


def _contents(path: Path) -> bytes:
    if path.suffix != ".sqlite" or path.stat().st_size == 0:
        return path.read_bytes()
    # SQLite's own backup: whole even while a bot writes.
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as live,
        closing(sqlite3.connect(":memory:")) as copy,
    ):
        live.backup(copy)
        return copy.serialize()


def _add(tar: tarfile.TarFile, name: str, contents: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(contents), 0o600, int(time.time())
    tar.addfile(entry, io.BytesIO(contents))


def unpack(file: Path, password: str, folder: Path) -> dict[str, object]:
    """Put a backup's files into the empty `folder`, for the owner only.

    :return: the backup's manifest
    :raises UserError: the file is none, is damaged, or the password is wrong; the folder may hold a part then
    """
    try:
        encrypted = file.read_bytes()
    except OSError as error:
        raise UserError(f"FILE ({file}) cannot be read: {error.strerror or error}.") from error
    if not encrypted.startswith(b"age-encryption.org/v1"):
        raise UserError(f"FILE ({file}) must be a backup made by `hummingbot-backpack backup`.")
    try:
        packed = passphrase.decrypt(encrypted, password)
    except DecryptError as error:
        wrong = "Decryption failed" in str(error)
        raise UserError("The password is wrong." if wrong else f"FILE ({file}) is damaged ({error}).") from None
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
            tar.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] > FORMAT:
            raise UserError(f"FILE ({file}) was made by a newer hummingbot-backpack ({manifest['version']}).")
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"FILE ({file}) is not a whole backup: {error}.") from None
    (folder / MANIFEST).unlink()
    if not (folder / "conf" / SETTINGS_FILE).is_file():
        raise UserError(f"FILE ({file}) holds no workspace: conf/{SETTINGS_FILE} is missing.")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return dict(manifest)
