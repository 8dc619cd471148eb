"""``hummingbot-backpack report``."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hummingbot_backpack.convert.command import LangOption
from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from rich.console import Console

    from hummingbot_backpack.records import Records
    from hummingbot_backpack.report.model import Report
    from hummingbot_backpack.report.place import Place

WORTH_A_BAR = 20_000
"""Fills from which on a bar shows how far the reading is."""


def report(
    workspace: WorkspaceOption = None,
    today: Annotated[bool, typer.Option("--today", help="Since midnight, this machine's time.")] = False,
    session: Annotated[
        int | None, typer.Option("--session", metavar="N", help="One session; 0 is the last, -1 the one before.")
    ] = None,
    sessions: Annotated[bool, typer.Option("--sessions", help="List the sessions on record, and no more.")] = False,
    bot: Annotated[
        str | None, typer.Option("--bot", metavar="NAME", help="Whose records; else the bot that wrote last.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write one page with charts, and CSV files beside it."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="NAME", help="Write NAME-fills.csv, NAME-trades.csv, NAME-parts.csv."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    lang: LangOption = None,
) -> None:
    """Say what the bot made, what that is made of, and whether it is what the account says.

    All sessions, unless told otherwise. A running bot may be reported on: its last minute on record counts.

    \b
    Example:
      hummingbot-backpack report -w ~/backpack-bot --today
      hummingbot-backpack report --session 0 --html report.html
    """
    from rich.console import Console

    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.language import language
    from hummingbot_backpack.records import Records
    from hummingbot_backpack.report import place
    from hummingbot_backpack.report.figures import as_record
    from hummingbot_backpack.report.terminal import show
    from hummingbot_backpack.report.words import Words
    from hummingbot_backpack.workspace.layout import open_workspace

    words = Words(language(lang))
    if today and session is not None:
        raise UserError("--today and --session must not be given together.")
    found = place.find(open_workspace(workspace).root / "data", bot)
    records = Records(found.records, read_only=True)
    try:
        if sessions:
            _list(records, as_json)
            return
        made = _make(records, found, today, session, csv or (html.with_suffix("") if html else None))
        if html is not None:
            from hummingbot_backpack.report import page

            page.write(made, words, html)
    except OSError as error:
        option = f"--csv ({csv})" if csv is not None and error.filename != str(html) else f"--html ({html})"
        raise UserError(f"{option} cannot be written: {error.strerror or error}.") from None
    finally:
        records.close()
    if as_json:
        typer.echo(json.dumps(as_record(made), indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        show(made, words, console)
        for path in _written(html, csv):
            console.print(f"{path}", style="bright_black", soft_wrap=True)


def _make(records: "Records", found: "Place", today: bool, session: int | None, stem: Path | None) -> "Report":
    from contextlib import ExitStack

    from rich.console import Console
    from rich.progress import Progress

    from hummingbot_backpack.records.tables import FILLS
    from hummingbot_backpack.report.collect import Collector
    from hummingbot_backpack.report.files import CsvFiles

    since = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    number = _number_of(records, session)
    with ExitStack() as stack:
        collector = Collector(records, found.bot)
        count = records.count(FILLS, number)
        if count >= WORTH_A_BAR:
            bar = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
            task = bar.add_task("Fills", total=count)
            collector.progress = lambda read: bar.update(task, completed=read)
        files = stack.enter_context(CsvFiles(stem)) if stem is not None else None
        if files is not None:
            collector.on_fill, collector.on_match = files.fill, files.match
        period = "today" if today else "all" if session is None else "session"
        made = collector.collect(period, number, since if today else None)
        if found.without_records:
            made.note("elsewhere_bots", names=", ".join(found.without_records))
        if found.not_persisted:
            made.note("not_persisted")
        if files is not None:
            files.parts(made)
    return made


def _number_of(records: "Records", session: int | None) -> int | None:
    """The number of a session; 0 and below count back from the last."""
    if session is None or session > 0:
        return session
    rows = records.sessions()
    return rows[session - 1].id if len(rows) >= 1 - session else session


def _written(html: Path | None, csv: Path | None) -> list[Path]:
    stem = csv or (html.with_suffix("") if html else None)
    beside = (
        [] if stem is None else [stem.with_name(f"{stem.name}-{kind}.csv") for kind in ("fills", "trades", "parts")]
    )
    return [*([html] if html else []), *beside]


def _list(records: "Records", as_json: bool) -> None:
    from rich.table import Table

    from hummingbot_backpack.records.tables import FILLS
    from hummingbot_backpack.report.figures import moment

    rows = [
        {
            "session": row.id,
            "started": row.started,
            "ended": row.ended,
            "end_reason": row.end_reason,
            "fills": records.count(FILLS, row.id),
        }
        for row in records.sessions()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=None)
    for name in ("session", "started", "ended", "fills", "end reason"):
        table.add_column(name, justify="right" if name in ("session", "fills") else "left")
    for row in rows:
        ended = "–" if row["ended"] is None else moment(row["ended"])
        table.add_row(str(row["session"]), moment(row["started"]), ended, f"{row['fills']:,}", row["end_reason"] or "–")
    _console().print(table)


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False)
