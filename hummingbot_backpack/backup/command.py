"""``backup``, ``restore`` and ``forget``."""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.command import JsonOption, PasswordOption
from hummingbot_backpack.workspace.command import WorkspaceOption


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, such as bot.backup.")],
    workspace: WorkspaceOption = None,
    logs: Annotated[bool, typer.Option("--logs", help="The logs too.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Write over FILE.")] = False,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put the workspace into one encrypted file: configuration, keys, databases, breakers. A bot may run meanwhile.

    It is encrypted with the keystore's password, in the age format. Keep it where this machine is not.

    \b
    Example:
      hummingbot-backpack backup ~/safe/bot-2026-01-31.backup -w ~/backpack-bot
    """
    from hummingbot_backpack.backup.archive import pack
    from hummingbot_backpack.keys.password import ask_password
    from hummingbot_backpack.keys.store import Keystore, verification_file
    from hummingbot_backpack.workspace.launch import enter
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    target = file.expanduser().absolute()
    if target.exists() and not replace:
        raise UserError(f"FILE ({target}) is there already: give another name, or --replace.")
    if not target.parent.is_dir():
        raise UserError(f"FILE ({target}) must be in a folder that is there.")
    known = verification_file(place).exists()
    password = ask_password(password_stdin, new=not known)
    if known:
        enter(place)
        Keystore(place, password)  # refuses a password that is not the store's: nobody could restore it
    packed, count = pack(place, password, logs)
    _write(target, packed)
    record = {"file": str(target), "files": count, "bytes": len(packed)}
    text = f"{target}: {count} files, {len(packed):,} bytes, encrypted with the keystore's password."
    typer.echo(json.dumps(record) if as_json else text)


def _write(target: Path, contents: bytes) -> None:
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(contents)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(f"FILE ({target}) cannot be written: {error.strerror or error}.") from error


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `backup` wrote.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace of a backup, with its keys and its history.

    \b
    Example:
      hummingbot-backpack restore ~/safe/bot-2026-01-31.backup ~/backpack-bot
    """
    from hummingbot_backpack.backup.archive import unpack
    from hummingbot_backpack.keys.password import ask_password
    from hummingbot_backpack.workspace.create import create

    root = folder.expanduser().absolute().resolve()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UserError(f"DIR ({root}) must be new or empty: a restore overwrites nothing.")
    if not root.parent.is_dir():
        raise UserError(f"DIR ({root}) must be in a folder that is there.")
    password = ask_password(password_stdin, new=False)
    # Beside its place first: what is not whole never gets there.
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=f".{root.name}.") as name:
        manifest = unpack(file, password, Path(name))
        if root.exists():
            root.rmdir()
        shutil.copytree(name, root)
    root.chmod(0o700)
    create(root, rehearsal=False)
    text = (
        f"{root} is restored from {file}. Never run it beside the bot that it was copied from: both would take each"
        " other's orders for their own."
    )
    typer.echo(json.dumps({"workspace": str(root), "made": manifest["made"]}) if as_json else text)


def forget(
    workspace: WorkspaceOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete the workspace: configuration, keys, databases, logs. What you put into the folder yourself stays.

    The exchange still accepts the keys until you revoke them there, and keeps its own records.

    \b
    Example:
      hummingbot-backpack forget -w ~/rehearsal
    """
    from hummingbot_backpack.backup.remove import remove
    from hummingbot_backpack.panic import bot
    from hummingbot_backpack.workspace.launch import enter
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("forget asks before it deletes: add --yes where there is no terminal.")
        typer.confirm(f"Delete {place.root} with its keys, databases and logs, for good?", abort=True)
    enter(place)
    running = bot.running(place)
    if running:
        raise UserError(f"A bot runs in {place.root} (process {running[0]}): stop it first, `hbot stop` or `panic`.")
    os.chdir(place.root.parent)
    removed, left = remove(place)
    record = {"removed": removed, "left": left}
    text = f"{place.root}: {removed} files are deleted."
    if left:
        text += f" Yours, left alone: {', '.join(left)}."
    text += " Revoke the keys at Backpack (Settings, API Keys): it accepts them until then."
    typer.echo(json.dumps(record) if as_json else text)
