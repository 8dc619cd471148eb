"""``hummingbot-backpack logs``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hummingbot_backpack.keys.command import JsonOption, PasswordOption
from hummingbot_backpack.workspace.command import WorkspaceOption

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Read the bot's logs, old and encrypted ones too (`hbot logs` follows the present one).\n\n"
    "\b\nExample:\n  hummingbot-backpack logs list -w ~/backpack-bot",
)


@app.command("list")
def list_logs(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the log files, the newest last.

    \b
    Example:
      hummingbot-backpack logs list -w ~/backpack-bot
    """
    from hummingbot_backpack.workspace.layout import open_workspace

    folder = open_workspace(workspace).root / "logs"
    files = sorted((path for path in folder.glob("*.log*") if path.is_file()), key=lambda path: path.stat().st_mtime)
    rows = [{"file": path.name, "bytes": path.stat().st_size, "encrypted": path.suffix == ".age"} for path in files]
    lines = [f"{row['file']}  {row['bytes']:,} bytes" for row in rows] or [f"There are no logs in {folder}."]
    typer.echo(json.dumps({"logs": rows}) if as_json else "\n".join(lines))


@app.command("open")
def open_log(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of `logs list`, or a path.")],
    workspace: WorkspaceOption = None,
    password_stdin: PasswordOption = False,
) -> None:
    """Print a log, decrypted if it is encrypted.

    \b
    Example:
      hummingbot-backpack logs open logs_perp_maker.log.2026-01-31.age -w ~/backpack-bot
    """
    from hummingbot_backpack.keys.password import ask_password
    from hummingbot_backpack.logs.archive import SUFFIX, read
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    inside = place.root / "logs" / file
    path = inside if inside.is_file() else file.expanduser()
    password = ask_password(password_stdin, new=False) if path.suffix == SUFFIX else ""
    typer.echo(read(path, password), nl=False)
