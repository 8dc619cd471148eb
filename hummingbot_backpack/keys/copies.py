"""Copies of stored keys: one JSON file of what the store holds, encrypted as it is there (card KE02)."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import check_pair
from hummingbot_backpack.keys.store import Keystore, verification_file
from hummingbot_backpack.workspace.additions import write_private
from hummingbot_backpack.workspace.layout import CONNECTORS, Workspace

FORMAT = "hummingbot-backpack keys, version 1"


def write_copy(workspace: Workspace, store: Keystore, file: Path, replace: bool) -> tuple[str, ...]:
    """Write every pair of ours to `file`, after each was decrypted once: a copy that cannot be read is none.

    :return: the connector names
    :raises UserError: there are no keys, one is damaged, or `file` is there already
    """
    names = tuple(name for name in CONNECTORS if workspace.key_file(name).exists())
    if not names:
        raise UserError(f"There are no keys in {workspace.root}: store them with `keys import` or `keys new`.")
    if file.exists() and not replace:
        raise UserError(f"FILE ({file}) is there already: give another name, or --replace.")
    for name in names:
        pair = store.read(name)
        check_pair(pair.public, pair.secret)
    content = {
        "format": FORMAT,
        "verification": verification_file(workspace).read_text(encoding="utf-8"),
        "files": {name: workspace.key_file(name).read_text(encoding="utf-8") for name in names},
    }
    try:
        write_private(file, json.dumps(content, indent=1))
    except OSError as error:
        raise UserError(f"FILE ({file}) cannot be written: {error.strerror or error}.") from error
    return names


@dataclass(frozen=True)
class KeyCopy:
    """A copy whose every pair could be read with the password."""

    workspace: Workspace
    files: dict[str, str]
    verification: str

    def taken(self) -> tuple[str, ...]:
        """:return: the names under which the workspace holds something else already"""
        return tuple(
            name
            for name, text in self.files.items()
            if (path := self.workspace.key_file(name)).exists() and path.read_text(encoding="utf-8") != text
        )

    def put_back(self, replace: bool) -> tuple[str, ...]:
        """Write the key files. :raises UserError: one would be overwritten and `replace` is not set."""
        taken = self.taken()
        if taken and not replace:
            raise UserError(
                f"{self.workspace.key_file(taken[0])} holds another pair: use --replace to put the copy in its place."
            )
        proof = verification_file(self.workspace)
        if not proof.exists():
            write_private(proof, self.verification)
        for name, text in self.files.items():
            write_private(self.workspace.key_file(name), text)
        return tuple(self.files)


def read_copy(workspace: Workspace, file: Path, password: str) -> KeyCopy:
    """Read a copy, and prove it: each pair decrypts with `password`, which must be the workspace's too if it has one.

    :raises UserError: it is no copy, is damaged, or a password is wrong
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"FILE ({file}) cannot be read: {error.strerror or error}.") from error
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"FILE ({file}) must be a copy made by `keys backup`.")
    try:
        files = {str(name): str(text) for name, text in content["files"].items()}
        verification = str(content["verification"])
    except (KeyError, AttributeError):
        raise UserError(f"FILE ({file}) is damaged.") from None
    unknown = [name for name in files if name not in CONNECTORS]
    if unknown or not files:
        raise UserError(f"FILE ({file}) is damaged: {unknown[0] if unknown else 'it'} holds no keys of ours.")
    if workspace.rehearsal and any(name not in workspace.connector_names for name in files):
        raise UserError(f"FILE ({file}) holds keys for live trading, and {workspace.root} is for rehearsal.")
    _prove(workspace, files, verification, password)
    if verification_file(workspace).exists():
        Keystore(workspace, password)
    return KeyCopy(workspace, files, verification)


def _prove(workspace: Workspace, files: dict[str, str], verification: str, password: str) -> None:
    """Read the copy as a store of its own."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        aside = Workspace(root, workspace.settings)
        aside.connectors.mkdir(parents=True)
        write_private(verification_file(aside), verification)
        store = Keystore(aside, password)
        for connector, text in files.items():
            write_private(aside.key_file(connector), text)
            pair = store.read(connector)
            check_pair(pair.public, pair.secret)
