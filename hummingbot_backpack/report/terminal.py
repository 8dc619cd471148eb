"""A report on a terminal."""

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hummingbot_backpack.report import figures
from hummingbot_backpack.report.model import Report
from hummingbot_backpack.report.words import Words

SUMS = ("net", "change")


def show(report: Report, words: Words, console: Console) -> None:
    """Print the whole report."""
    console.print(Text(figures.heading(report, words), style="bold"))
    console.print(Text(figures.span(report, words), style="bright_black"))
    console.print()
    console.print(_parts(report, words))
    console.print()
    console.print(_markets(report, words))
    for result in report.markets:
        rows = list(figures.quality_rows(result, words))
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for label, figure in rows:
            table.add_row(Text(label, style="bright_black"), figure)
        title = Text(f"{result.trading_pair} · {result.connector}", style="bold")
        console.print(Padding(Group(title, table), (1, 0, 0, 0)))
    lines = figures.note_lines(report, words)
    if lines:
        console.print()
        for line in lines:
            console.print(Text(f"• {line}", style="yellow"))


def _parts(report: Report, words: Words) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=words("what_made"), title_justify="left", title_style="bold")
    table.add_column(words("part"))
    table.add_column(words("amount", quote=report.quote), justify="right")
    for name, label, figure, value in figures.part_rows(report, words):
        color = "" if value is None or value == 0 else "red" if value < 0 else "green"
        style = "bold" if name in SUMS else ""
        table.add_row(
            Text(label, style=style), Text(figure, style=f"{style} {color}".strip()), end_section=name == "net"
        )
    return table


def _markets(report: Report, words: Words) -> Table:
    """A column for each market: a row for each would not fit on a terminal."""
    table = Table(box=box.SIMPLE_HEAD, title=words("markets"), title_justify="left", title_style="bold")
    columns = [figures.market_row(result, words) for result in report.markets]
    if len(columns) > 1:
        columns.append(figures.market_row(report.total, words, words("total")))
    header = figures.market_header(words)
    table.add_column(header[0], overflow="fold")
    for column in columns:
        table.add_column(column[0].replace(" · ", "\n"), justify="right", overflow="fold")
    for index, name in enumerate(header[1:], 1):
        table.add_row(name, *(column[index] for column in columns))
    table.caption = f"{words('wear')}: {words('wear_note')}"
    table.caption_justify = "left"
    return table
