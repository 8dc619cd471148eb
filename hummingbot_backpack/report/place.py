"""Where a workspace keeps records, and what to say when it has none."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hummingbot_backpack.errors import UserError

ENDING = ".records.sqlite"
STATE = "backpack_state.json"


@dataclass(frozen=True)
class Place:
    """
    :param without_records: bots that left a database of Hummingbot's and no records of ours
    :param not_persisted: whether the last session kept its records in memory only
    """

    bot: str
    records: Path
    others: tuple[str, ...]
    without_records: tuple[str, ...]
    not_persisted: bool


def find(data: Path, bot: str | None = None) -> Place:
    """Find the records of a bot: the one that is named, else the one that was written last.

    :param data: the workspace's `data/`
    :raises UserError: there are none, with the reason
    """
    found = {path.name.removesuffix(ENDING): path for path in data.glob(f"*{ENDING}")}
    foreign = tuple(
        sorted(
            path.stem
            for path in data.glob("*.sqlite")
            if not path.name.endswith(ENDING) and path.stem not in found and _has_fills(path)
        )
    )
    memory_only = _memory_only(data / STATE)
    if bot is not None and bot not in found:
        if bot in foreign:
            raise UserError(_foreign_sentence(bot))
        known = ", ".join(sorted(found)) or "none"
        raise UserError(f"--bot ({bot}) must be one that has records here: {known}.")
    if not found:
        if memory_only:
            raise UserError(
                "the last session ran with persist: false, which keeps its records in memory only, so none are left to"
                " report: set persist: true in its configuration to keep them."
            )
        if foreign:
            raise UserError(_foreign_sentence(", ".join(foreign)))
        raise UserError(f"{data} holds no records: no bot has run here yet with the script backpack_market_making.")
    name = bot if bot is not None else max(found, key=lambda each: _written(found[each]))
    others = tuple(sorted(set(found) - {name}))
    return Place(name, found[name], others, foreign, memory_only)


def _foreign_sentence(names: str) -> str:
    return (
        f"{names} ran under another script than backpack_market_making: Hummingbot's database has its fills with prices"
        " cut after six decimals, without maker or taker, book or account, so no report can be made of them."
    )


def _written(path: Path) -> float:
    log = path.with_name(f"{path.name}-wal")
    return max(each.stat().st_mtime for each in (path, log) if each.exists())


def _has_fills(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM TradeFill LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return False


def _memory_only(state: Path) -> bool:
    try:
        return json.loads(state.read_text(encoding="utf-8")).get("persist") is False
    except (OSError, ValueError, AttributeError):
        return False
