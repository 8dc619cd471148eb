"""``hummingbot-backpack convert``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from hummingbot_backpack.convert.mapping import Converted
    from hummingbot_backpack.language import Words
    from hummingbot_backpack.workspace.layout import Workspace

LangOption = Annotated[str | None, typer.Option("--lang", metavar="en|zh", help="Language; else the locale's.")]
EnvFileOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A classic bot's .env: ENABLE_DATABASE and the streams' proxy.")
]
NameOption = Annotated[str | None, typer.Option(metavar="NAME", help="Name of the script's file; else the market's.")]


def convert(
    ctx: typer.Context,
    workspace: WorkspaceOption = None,
    env_file: EnvFileOption = None,
    name: NameOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, write nothing.")] = False,
    lang: LangOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a configuration of a classic bot's command line, and say what means something else here.

    What follows -- is the classic command line, with or without `python run.py`.

    \b
    Example:
      hummingbot-backpack convert -w ~/bot -- --market-type perp --symbol SOL_USDC_PERP --spread 0.1 --max-position 5
    """
    from hummingbot_backpack.convert.words import CONVERT
    from hummingbot_backpack.convert.write import check, write
    from hummingbot_backpack.language import Words, language
    from hummingbot_backpack.workspace.layout import open_workspace

    words = Words(CONVERT, language(lang))
    place = open_workspace(workspace)
    converted = converted_from(ctx.args, place, env_file, words)
    files: tuple[Path, ...] = ()
    if dry_run:
        check(converted.controller, converted.script, converted.flags)
    else:
        files = write(place, converted, name)
    if as_json:
        typer.echo(json.dumps(_record(converted, files)))
        return
    show_differences(converted, words)
    for file in files:
        typer.echo(words("written", file=file))
    if files:
        typer.echo(words("start", command=f"{place.root / 'hbot'} start {files[0].name}"))
    else:
        typer.echo(words("not_written"))


def converted_from(arguments: list[str], place: "Workspace", env_file: Path | None, words: "Words") -> "Converted":
    """:raises UserError: as `classic.read` and `mapping.convert`"""
    from hummingbot_backpack.convert.classic import read
    from hummingbot_backpack.convert.environment import read_env_file
    from hummingbot_backpack.convert.mapping import convert as to_ours

    environment = read_env_file(env_file, words) if env_file is not None else {}
    return to_ours(read(arguments, environment, words), place.rehearsal, words)


def show_differences(converted: "Converted", words: "Words") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=words("meanings"), title_justify="left", show_lines=False)
    for column in ("column_flag", "column_ours", "column_meaning"):
        # Chinese has no blanks to break a line at: what is too long would be cut off.
        table.add_column(words(column), overflow="fold")
    for difference in converted.differences:
        table.add_row(difference.flag, difference.ours, difference.meaning)
    Console().print(table)


def _record(converted: "Converted", files: tuple[Path, ...]) -> dict[str, Any]:
    return {
        "controller": converted.controller,
        "script": converted.script,
        "differences": [vars(difference) for difference in converted.differences],
        "files": [str(file) for file in files],
    }
