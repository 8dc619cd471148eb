"""Hummingbot's encrypted store, as far as our connectors' keys are concerned.

One file for each connector name, ``conf/connectors/<name>.yml``; each value is encrypted by itself (AES-128-CTR, key
from the password by PBKDF2-SHA256 with 1,000,000 rounds). ``conf/.password_verification`` holds a known word, encrypted
too. The workspace must have been entered: Hummingbot computes its paths when it is imported.
"""

import json
from binascii import Error as NotHexadecimal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair
from hummingbot_backpack.workspace.additions import write_private
from hummingbot_backpack.workspace.layout import Workspace
from hummingbot_backpack.workspace.settings import read_yaml_mapping

KEY_FIELD = "backpack_api_key"
SECRET_FIELD = "backpack_api_secret"
OLD_AFTER_DAYS = 90
_STORED = "# stored by hummingbot-backpack at "


def verification_file(workspace: Workspace) -> Path:
    return workspace.conf / ".password_verification"


def stored_at(path: Path) -> datetime:
    """:return: when the pair in key file `path` was stored; Hummingbot notes no time, so else the file's."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(_STORED):
            try:
                return datetime.fromisoformat(line.removeprefix(_STORED).strip())
            except ValueError:
                break
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def age_in_days(path: Path, now: datetime | None = None) -> int:
    """:return: the age of the pair in key file `path` in whole days."""
    return max(0, ((now or datetime.now(UTC)) - stored_at(path)).days)


class Keystore:
    """The store of one workspace, opened with its password."""

    def __init__(self, workspace: Workspace, password: str) -> None:
        """:raises UserError: the password is wrong, or the store is damaged. A store that is not there yet is made by
        the first :meth:`store`."""
        from hummingbot.client.config.config_crypt import PASSWORD_VERIFICATION_WORD, ETHKeyFileSecretManger

        self._workspace = workspace
        self._manager: Any = ETHKeyFileSecretManger(password)
        self._word = PASSWORD_VERIFICATION_WORD
        proof = verification_file(workspace)
        self._new = not proof.exists()
        if not self._new:
            word = self._decrypt(
                proof.read_text(encoding="utf-8", errors="replace").strip(), proof, "The password is wrong."
            )
            if word != self._word:
                raise UserError(f"{proof} is damaged: put it back from a backup.")

    def keep(self, file: Path, pair: KeyPair) -> None:
        """Keep `pair` encrypted in `file`, where no connector looks for it; see :meth:`kept`."""
        _write_all({file: _file_text(file.stem, self._encrypted(pair))})

    def kept(self, file: Path) -> KeyPair | None:
        """:return: the pair in `file`, None if there is none. :raises UserError: it is damaged."""
        return self._read(file) if file.exists() else None

    def _encrypted(self, pair: KeyPair) -> dict[str, str]:
        return {
            KEY_FIELD: self._manager.encrypt_secret_value(KEY_FIELD, pair.public),
            SECRET_FIELD: self._manager.encrypt_secret_value(SECRET_FIELD, pair.secret),
        }

    def store(self, connectors: tuple[str, ...], pair: KeyPair, replace: bool = False) -> list[Path]:
        """Write `pair` under each of `connectors`, all or none.

        :raises UserError: one has keys already and `replace` is not set.
        """
        files = [self._workspace.key_file(connector) for connector in connectors]
        taken = [path for path in files if path.exists()]
        if taken and not replace:
            raise UserError(f"{taken[0]} holds a pair already: use --replace to put this one in its place.")
        values = self._encrypted(pair)
        texts = {path: _file_text(name, values) for name, path in zip(connectors, files, strict=True)}
        if self._new:
            texts = {
                verification_file(self._workspace): self._manager.encrypt_secret_value(self._word, self._word),
                **texts,
            }
        _write_all(texts)
        self._new = False
        return files

    def read(self, connector: str) -> KeyPair:
        """:raises UserError: there is no pair under that name, or its file is damaged."""
        path = self._workspace.key_file(connector)
        if not path.exists():
            raise UserError(
                f"There are no keys for {connector} in {self._workspace.root}: store them with `keys import`."
            )
        return self._read(path)

    def _read(self, path: Path) -> KeyPair:
        values = read_yaml_mapping(path)
        halves = []
        for name in (KEY_FIELD, SECRET_FIELD):
            value = values.get(name)
            if not isinstance(value, str):
                raise UserError(f"{path} is damaged: {name} is missing.")
            halves.append(self._decrypt(value, path, f"{path} was encrypted with another password, or is damaged."))
        return KeyPair(*halves)

    def _decrypt(self, text: str, path: Path, mismatch: str) -> str:
        try:
            return str(self._manager.decrypt_secret_value("", text))
        except (NotHexadecimal, json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
            pass
        except ValueError as error:
            if str(error) == "MAC mismatch":
                raise UserError(mismatch) from None
        raise UserError(f"{path} is damaged: put it back from a backup.") from None


def remove(workspace: Workspace, connectors: tuple[str, ...]) -> list[Path]:
    """Delete the key files of `connectors`. :return: those that were there."""
    files = [path for path in map(workspace.key_file, connectors) if path.exists()]
    for path in files:
        path.unlink()
    return files


def _file_text(connector: str, values: dict[str, str]) -> str:
    """:return: a key file in the form that Hummingbot writes and reads, with the time in a comment."""
    title = f"###   {connector} config   ###"
    rule = "#" * len(title)
    lines = [rule, title, rule, f"{_STORED}{datetime.now(UTC).isoformat(timespec='seconds')}", ""]
    for name, value in {"connector": connector, **values}.items():
        lines += [f"{name}: {value}", ""]
    return "\n".join(lines)


def _write_all(texts: dict[Path, str]) -> None:
    """Write all files or, where one fails, put back what was there."""
    try:
        _write_or_put_back(texts)
    except OSError as error:
        raise UserError(f"The keys cannot be stored, and nothing has changed: {error.strerror or error}.") from error


def _write_or_put_back(texts: dict[Path, str]) -> None:
    before = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(path, text)
    except BaseException:
        for path, text_before in before.items():
            if text_before is None:
                path.unlink(missing_ok=True)
            else:
                write_private(path, text_before)
        raise
