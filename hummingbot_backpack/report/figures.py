"""What is shown of a report, as rows of words and figures: the terminal, the page and JSON show the same."""

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hummingbot_backpack.market_making.values import BPS
from hummingbot_backpack.records import HORIZONS
from hummingbot_backpack.report.model import CENT, Report, Result
from hummingbot_backpack.report.words import Words

TRADING = ("spread", "adverse", "inventory", "hedge", "fees", "funding")
APART = ("interest", "foreign", "elsewhere", "deposits", "withdrawals", "between")
BANDS = ("7.5", "15")


def money(value: Decimal | None, words: Words, places: int = 2) -> str:
    """With thousands, and a sign where it is a loss; never minus nothing."""
    if value is None:
        return words("not_known")
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{rounded if rounded else abs(rounded):,}"


def quantity(value: Decimal | None, words: Words) -> str:
    return words("not_known") if value is None else f"{value.normalize():f}"


def moment(seconds: float) -> str:
    """Local time, to the second."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def heading(report: Report, words: Words) -> str:
    number = report.sessions[0]
    return f"{words('title', bot=report.bot)}: {words(report.period, number=number)}"


def span(report: Report, words: Words) -> str:
    stretch = words("from_to", begins=moment(report.begins), ends=moment(report.ends))
    return f"{stretch} · {words('sessions')} {len(report.sessions)}"


def part_rows(report: Report, words: Words) -> Iterator[tuple[str, str, str, Decimal | None]]:
    """(name, label, figure, value); the name is "net" or "change" for a sum."""
    parts = report.total.parts
    for name in TRADING:
        value = getattr(parts, name)
        if value or name != "hedge":
            yield name, words(name), money(value, words), value
    yield "net", words("net"), money(parts.net, words), parts.net
    for name in APART:
        value = getattr(parts, name)
        if value:
            label = words(name)
            if name == "foreign":
                label += f" ({report.foreign_fills})"
            yield name, label, money(value, words), value
    left = report.unexplained
    if left is not None and abs(left) >= CENT:
        yield "unexplained", words("unexplained"), money(left, words), left
    yield "change", words("change"), money(report.change, words), report.change


def market_header(words: Words) -> list[str]:
    names = (
        "market",
        "fills",
        "maker",
        "taker",
        "realised",
        "unrealised",
        "fees",
        "funding",
        "net",
        "wear",
        "position",
    )
    return [words(name) for name in names]


def market_row(result: Result, words: Words, label: str | None = None) -> list[str]:
    return [
        label or f"{result.trading_pair} · {result.connector}",
        f"{result.volume.fills:,}",
        money(result.volume.maker, words),
        money(result.volume.taker, words),
        money(result.realised, words),
        money(result.unrealised, words),
        money(result.parts.fees, words),
        money(result.parts.funding, words),
        money(result.parts.net, words),
        "–" if result.wear is None else money(result.wear, words),
        "" if label else quantity(result.position, words),
    ]


def quality_rows(result: Result, words: Words) -> Iterator[tuple[str, str]]:
    """(label, figure) of how a market was quoted and what followed its fills."""
    quoting = result.quoting
    for index, band in enumerate(BANDS):
        share, size = quoting.share(index), quoting.size(index)
        yield words("within", band=band), "–" if share is None else f"{share:.1%}"
        yield words("size_within", band=band), "–" if size is None else f"{size[0]:.6g} / {size[1]:.6g}"
    if quoting.seconds:
        hours, rest = divmod(int(quoting.seconds), 3600)
        yield words("looked"), f"{hours}:{rest // 60:02}:{rest % 60:02}"
    for horizon in HORIZONS:
        volume = result.markout_volume[horizon]
        if volume:
            bps = result.markouts[horizon] / volume * BPS
            figure = words("per_10000", value=f"{bps:.2f}", volume=money(volume, words))
            yield words("markout", seconds=horizon), f"{money(result.markouts[horizon], words)} ({figure})"


def note_lines(report: Report, words: Words) -> list[str]:
    lines = [words(note.name, **note.values) for note in report.notes]
    left = report.unexplained
    if left is not None and abs(left) >= CENT:
        lines.insert(0, words("unexplained_note", amount=money(left, words), quote=report.quote))
    return lines


def as_record(report: Report) -> dict[str, Any]:
    """For JSON: decimals as text, exact; None for what is not known."""

    def text(value: Decimal | None) -> str | None:
        return None if value is None else f"{value:f}"

    def result(one: Result) -> dict[str, Any]:
        return {
            "connector": one.connector,
            "trading_pair": one.trading_pair,
            "parts": {name: text(getattr(one.parts, name)) for name in TRADING},
            "net": text(one.parts.net),
            "realised": text(one.realised),
            "unrealised": text(one.unrealised),
            "fills": one.volume.fills,
            "buys": one.volume.buys,
            "sells": one.volume.sells,
            "volume": text(one.volume.total),
            "maker_volume": text(one.volume.maker),
            "taker_volume": text(one.volume.taker),
            "wear_rate_per_10000": text(one.wear),
            "position": text(one.position),
            "quoting_share_7_5_bps": one.quoting.share(0),
            "quoting_share_15_bps": one.quoting.share(1),
            "markouts": {str(seconds): text(value) for seconds, value in one.markouts.items()},
        }

    words = Words("en")
    return {
        "bot": report.bot,
        "period": report.period,
        "sessions": report.sessions,
        "begins": report.begins,
        "ends": report.ends,
        "running": report.running,
        "quote": report.quote,
        "equity_start": text(report.equity_start),
        "equity_end": text(report.equity_end),
        "account_change": text(report.change),
        "unexplained": text(report.unexplained),
        "foreign_fills": report.foreign_fills,
        "parts": {name: text(getattr(report.total.parts, name)) for name in (*TRADING, *APART)},
        "total": result(report.total),
        "markets": [result(one) for one in report.markets],
        "notes": note_lines(report, words),
    }
