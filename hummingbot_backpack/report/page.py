"""A report as one HTML page that needs nothing else: it holds its charts and their library, opens offline, prints."""

import os
from collections.abc import Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from hummingbot_backpack.market_making.values import BPS
from hummingbot_backpack.records import HORIZONS
from hummingbot_backpack.report import figures
from hummingbot_backpack.report.model import Report, Result
from hummingbot_backpack.report.words import Words

GREEN, RED, BLUE, ORANGE, GREY = "#2a9d72", "#d1495b", "#3a7ca5", "#e08e2b", "#8a8f98"
SUMS = ("net", "change")
WIDE, WIDER = 10, 14
"""Characters that fit into a tile in the full size, and in the middle one."""
LABEL = 15
"""Characters of a line below a bar."""
STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


def write(report: Report, words: Words, path: Path) -> None:
    """Write the page, for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(render(report, words))


def render(report: Report, words: Words) -> str:
    """:return: the page"""
    title = figures.heading(report, words)
    drawn = "\n".join(_drawn(words(name), chart) for name, chart in _charts(report, words).items())
    notes = "".join(f"<li>{escape(line)}</li>" for line in figures.note_lines(report, words))
    noted = f"<section class=notes><h2>{escape(words('notes'))}</h2><ul>{notes}</ul></section>" if notes else ""
    quality = "".join(_quality(result, words) for result in report.markets)
    return f"""<!doctype html>
<html lang="{words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<script>{get_plotlyjs()}</script>
</head>
<body>
<main>
<header><h1>{escape(title)}</h1><p>{escape(figures.span(report, words))}</p></header>
{_tiles(report, words)}
<div class=columns>
<section><h2>{escape(words("what_made"))}</h2>{_parts(report, words)}
<p class=small>{escape(words("definition"))}</p></section>
<section class=first>{_drawn("", _waterfall(report, words))}</section>
</div>
<section class=charts>{drawn}</section>
<section><h2>{escape(words("markets"))}</h2><div class=scroll>{_markets(report, words)}</div>
<p class=small>{escape(words("wear"))}: {escape(words("wear_note"))}</p></section>
<section><h2>{escape(words("quality"))}</h2><div class=cards>{quality}</div></section>
{noted}
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _drawn(name: str, chart: go.Figure) -> str:
    options = {"displayModeBar": False, "responsive": True}
    caption = f"<figcaption>{escape(name)}</figcaption>" if name else ""
    return f"<figure>{caption}{chart.to_html(full_html=False, include_plotlyjs=False, config=options)}</figure>"


def _tiles(report: Report, words: Words) -> str:
    total = report.total
    shares = [result.quoting.share(0) for result in report.markets]
    share = shares[0] if len(shares) == 1 else None
    tiles = [
        (words("net"), figures.money(total.parts.net, words), _sign(total.parts.net), report.quote),
        (words("change"), figures.money(report.change, words), _sign(report.change), report.quote),
        (words("volume"), figures.money(total.volume.total, words), "", report.quote),
        (words("fills"), f"{total.volume.fills:,}", "", f"{total.volume.buys:,} / {total.volume.sells:,}"),
        (words("wear"), "–" if total.wear is None else figures.money(total.wear, words), "", words("wear_note")),
    ]
    if share is not None:
        tiles.append((words("within", band="7.5"), f"{share:.1%}", "", ""))
    return "<div class=tiles>" + "".join(
        f"<div><span>{escape(label)}</span><b class='{kind}{_size(figure)}'>{escape(figure)}</b>"
        f"<i>{escape(unit)}</i></div>"
        for label, figure, kind, unit in tiles
    ) + "</div>"  # fmt: skip


def _size(figure: str) -> str:
    """A wide figure is written smaller: one that is broken over two lines is misread."""
    return " longer" if len(figure) > WIDER else " long" if len(figure) > WIDE else ""


def _sign(value: Any) -> str:
    return "" if not value else "loss" if value < 0 else "gain"


def _parts(report: Report, words: Words) -> str:
    rows = "".join(
        f"<tr class='{'sum' if name in SUMS else ''}'><th>{escape(label)}</th>"
        f"<td class='{_sign(value)}'>{escape(figure)}</td></tr>"
        for name, label, figure, value in figures.part_rows(report, words)
    )
    return (
        f"<table class=parts><thead><tr><th>{escape(words('part'))}</th>"
        f"<td>{escape(words('amount', quote=report.quote))}</td></tr></thead><tbody>{rows}</tbody></table>"
    )


def _markets(report: Report, words: Words) -> str:
    header = "".join(f"<th>{escape(name)}</th>" for name in figures.market_header(words))
    rows = [figures.market_row(result, words) for result in report.markets]
    if len(rows) > 1:
        rows.append(figures.market_row(report.total, words, words("total")))
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table class=markets><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"


def _quality(result: Result, words: Words) -> str:
    rows = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(figure)}</td></tr>"
        for label, figure in figures.quality_rows(result, words)
    )
    return f"<div><h3>{escape(result.trading_pair)} · {escape(result.connector)}</h3><table>{rows}</table></div>"


# Charts -----------------------------------------------------------------------------------------------------------


def _charts(report: Report, words: Words) -> dict[str, go.Figure]:
    series = report.series
    charts: dict[str, go.Figure] = {}
    if len(series.equity) > 1:
        points = sorted(series.equity)
        charts["equity"] = _figure(
            go.Scatter(x=[_when(each) for each, _ in points], y=[value for _, value in points], line_color=BLUE)
        )
    if series.fees:
        lines = [
            _running(getattr(series, name), series.bin_seconds, words(name), color)
            for name, color in (("spread", GREEN), ("adverse", RED), ("fees", ORANGE))
        ]
        charts["cumulative"] = _figure(*lines)
        charts["inventory_time"] = _figure(
            *(
                go.Scatter(
                    x=[_when(place * series.bin_seconds) for place in sorted(held)],
                    y=[held[place] for place in sorted(held)],
                    name=name,
                    line_shape="hv",
                )
                for name, held in series.positions.items()
            )
        )
        charts["volume_time"] = _figure(
            _bars(series.maker, series.bin_seconds, words("maker"), BLUE),
            _bars(series.taker, series.bin_seconds, words("taker"), ORANGE),
        ).update_layout(barmode="stack", bargap=0)
        charts["curve"] = _curve(report, words)
    return charts


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds)


def _figure(*traces: Any) -> go.Figure:
    chart = go.Figure(list(traces))
    chart.update_layout(
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": GREY, "size": 12},
        colorway=[BLUE, ORANGE, GREEN, RED],
        legend={"orientation": "h", "y": 1.12},
        showlegend=len(traces) > 1,
        hovermode="x unified",
    )
    chart.update_xaxes(gridcolor="rgba(138,143,152,.2)", automargin=True)
    chart.update_yaxes(
        gridcolor="rgba(138,143,152,.2)", zerolinecolor="rgba(138,143,152,.6)", automargin=True, tickformat=",.6~f"
    )
    return chart


def _waterfall(report: Report, words: Words) -> go.Figure:
    rows = [row for row in figures.part_rows(report, words) if row[3] is not None]
    if report.change is None:
        rows = [row for row in rows if row[0] != "change"]
    chart = _figure(
        go.Waterfall(
            x=["<br>".join(wrap(label, LABEL)) for _, label, _, _ in rows],
            y=[0 if name in SUMS else float(value or 0) for name, _, _, value in rows],
            measure=["total" if name in SUMS else "relative" for name, *_ in rows],
            text=[figure for _, _, figure, _ in rows],
            textposition="outside",
            increasing_marker_color=GREEN,
            decreasing_marker_color=RED,
            totals_marker_color=BLUE,
            connector_line_color="rgba(138,143,152,.5)",
            cliponaxis=False,
        )
    )
    return chart.update_layout(height=340, margin={"t": 28})


def _running(values: Mapping[int, float], width: float, name: str, color: str) -> go.Scatter:
    total, heights = 0.0, []
    places = sorted(values)
    for place in places:
        total += values[place]
        heights.append(total)
    return go.Scatter(x=[_when(place * width) for place in places], y=heights, name=name, line_color=color)


def _bars(values: Mapping[int, float], width: float, name: str, color: str) -> go.Bar:
    places = sorted(values)
    return go.Bar(
        x=[_when((place + 0.5) * width) for place in places],
        y=[values[place] for place in places],
        width=width * 1000,
        name=name,
        marker_color=color,
        marker_line_width=0,
    )


def _curve(report: Report, words: Words) -> go.Figure:
    """Average of `±(mid then − price)`, in bps of the volume: spread at 0 s, and what is left of it later."""
    lines = []
    for result in report.markets:
        if not result.quoted_volume:
            continue
        captured = result.quoted_spread / result.quoted_volume * BPS
        points = [(0, float(captured))]
        for horizon in HORIZONS:
            if result.markout_volume[horizon]:
                moved = result.markouts[horizon] / result.markout_volume[horizon] * BPS
                points.append((horizon, float(captured + moved)))
        lines.append(
            go.Scatter(
                x=[str(seconds) for seconds, _ in points],
                y=[value for _, value in points],
                mode="lines+markers",
                name=result.trading_pair,
            )
        )
    chart = _figure(*lines)
    chart.update_xaxes(title=words("seconds_after"), type="category")
    return chart.update_yaxes(title=words("bps"))
