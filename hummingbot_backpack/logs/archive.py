"""Rotated logs, encrypted with the keystore's password: age files, which ``logs open`` reads."""

import os
import re
from pathlib import Path

from pyrage import DecryptError, passphrase

from hummingbot_backpack.errors import UserError

SUFFIX = ".age"
KEPT = 7
"""Rotated files of one log that are kept, as many as Hummingbot keeps."""
_ROTATED = re.compile(r"\.log\.\d{4}-\d{2}-\d{2}(_[\d-]+)?$")


def rotated(folder: Path) -> list[Path]:
    """:return: plain files that a log left when it was rotated"""
    return sorted(path for path in folder.glob("*.log.*") if _ROTATED.search(path.name))


def encrypt(path: Path, password: str) -> Path:
    """Put `path` into an encrypted file beside it, and delete it; takes a second or two.

    :return: the encrypted file
    """
    target = path.with_name(path.name + SUFFIX)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(passphrase.encrypt(path.read_bytes(), password))
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, target)
    path.unlink()
    return target


def prune(folder: Path, kept: int = KEPT) -> None:
    """Delete the oldest encrypted files of each log beyond `kept`."""
    by_log: dict[str, list[Path]] = {}
    for path in sorted(folder.glob(f"*.log.*{SUFFIX}")):
        by_log.setdefault(path.name.split(".log.")[0], []).append(path)
    for paths in by_log.values():
        for path in paths[:-kept]:
            path.unlink(missing_ok=True)


def read(path: Path, password: str) -> str:
    """:return: the text of a log, encrypted or plain. :raises UserError: it cannot be read."""
    try:
        contents = path.read_bytes()
    except OSError as error:
        raise UserError(f"FILE ({path}) cannot be read: {error.strerror or error}.") from error
    if path.suffix == SUFFIX:
        try:
            contents = passphrase.decrypt(contents, password)
        except DecryptError as error:
            wrong = "Decryption failed" in str(error)
            raise UserError("The password is wrong." if wrong else f"FILE ({path}) is damaged ({error}).") from None
    return contents.decode("utf-8", errors="replace")
