"""Where an import takes the plain pair from, and wiping it there."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.additions import write_private

KEY_NAME = "BACKPACK_KEY"
SECRET_NAME = "BACKPACK_SECRET"
_NAMES = (KEY_NAME, SECRET_NAME)
_QUOTED = re.compile(r"(?P<mark>['\"])(?P<text>.*?)(?P=mark)\s*(#.*)?$")
_COMMENT = re.compile(r"(^|\s+)#.*")


@dataclass(frozen=True)
class PlainPair:
    """The two halves as they were found, unchecked."""

    public: str
    secret: str = field(repr=False)
    file: Path | None
    """The file that they stand in, or None for the environment."""


def find_plain_pair(env_file: Path | None) -> PlainPair:
    """Take the pair from `env_file` if given, else from the environment, else from ``.env`` in the current folder.

    :raises UserError: a half is missing, or the file cannot be read.
    """
    if env_file is None and any(os.environ.get(name) for name in _NAMES):
        return _both(dict(os.environ), None)
    path = env_file or Path(".env")
    if env_file is None and not path.is_file():
        raise UserError(
            f"There is no pair to import: set {KEY_NAME} and {SECRET_NAME}, or name a file with --env-file."
        )
    return _both(parse_env(_read(path)), path.absolute())


def wipe(path: Path) -> None:
    """Take the two lines out of `path`, after writing over the blocks that held them."""
    text = _read(path)
    kept = [line for line in text.splitlines() if _name(line) not in _NAMES]
    with path.open("r+b") as stream:
        stream.write(b" " * len(text.encode()))
        stream.flush()
        os.fsync(stream.fileno())
    if any(line.strip() for line in kept):
        write_private(path, "\n".join([*kept, ""]))
    else:
        path.unlink()


def _both(values: dict[str, str], file: Path | None) -> PlainPair:
    for name in _NAMES:
        if not values.get(name):
            raise UserError(f"{name} is not set in {file or 'the environment'}.")
    return PlainPair(values[KEY_NAME], values[SECRET_NAME], file)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}.") from error


def _name(line: str) -> str:
    return line.strip().removeprefix("export ").partition("=")[0].strip()


def parse_env(text: str) -> dict[str, str]:
    """:return: what the lines of a ``.env`` file set, without quotes and without comments behind the values"""
    values = {}
    for line in text.splitlines():
        if "=" in line and not line.lstrip().startswith("#"):
            value = line.partition("=")[2].lstrip()
            quoted = _QUOTED.match(value)
            values[_name(line)] = quoted["text"] if quoted else _COMMENT.sub("", value).rstrip()
    return values
