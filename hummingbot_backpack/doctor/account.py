"""Checks that need the keystore's password: whether keys and secrets are pairs, and whose orders rest."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from hummingbot_backpack import import_hook
from hummingbot_backpack.doctor.report import Finding, Status, fail, ok, skip, warn
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair, check_pair
from hummingbot_backpack.keys.password import known_password
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.processes import is_alive
from hummingbot_backpack.workspace.exchange import Refused, Unreachable
from hummingbot_backpack.workspace.layout import CONNECTORS, Workspace

NAMED = 3
"""Strange orders that are named; there may be many."""


def check_account(workspace: Workspace, keys: Finding, reached: bool) -> Iterator[Finding]:
    """Decrypt the pairs and look at the account's orders; nothing where there are no keys, or damaged ones.

    :param keys: what was found of the key files
    :param reached: whether the exchange answers and may be asked
    """
    names = [name for name in CONNECTORS if workspace.key_file(name).exists()]
    if not names or keys.status is Status.FAIL:
        return
    password = known_password()
    if password is None:
        yield skip(
            "pairs",
            "HBOT_PASSWORD is not set: whether keys and secrets belong together, and whether orders rest that this"
            " workspace never placed, was not looked at",
        )
        return
    pairs: dict[str, KeyPair] = {}
    try:
        store = Keystore(workspace, password)
        stored = {name: store.read(name) for name in names}
    except UserError as error:
        yield fail("pairs", str(error).rstrip("."))
        return
    for name, pair in stored.items():
        try:
            pairs[name] = check_pair(pair.public, pair.secret)
        except UserError as error:
            yield fail("pairs", f"{workspace.key_file(name)} holds no pair: {str(error).rstrip('.')}")
            return
    yield ok("pairs", f"keys and secrets belong together ({', '.join(names)})")
    ours = {pair.public: pair for name, pair in pairs.items() if name in workspace.connector_names}
    if reached and import_hook.enabled():
        yield from _check_orders(workspace, list(ours.values()))


def _check_orders(workspace: Workspace, pairs: list[KeyPair]) -> Iterator[Finding]:
    """Warn of open orders with this instance's number that this workspace has no record of (card OR01)."""
    from hummingbot.connector.exchange.backpack.backpack_order_ids import instance_of

    from hummingbot_backpack.keys.proof import OPEN_ORDERS, signed_get
    from hummingbot_backpack.panic.account import own_instance

    try:
        instance = own_instance(workspace)
    except UserError:
        return  # said by the check of the settings
    if instance is None:
        return
    rows: list[dict[str, Any]] = []
    try:
        for pair in pairs:
            rows += signed_get(workspace, pair, *OPEN_ORDERS)
    except Unreachable:
        return
    except (Refused, ValueError, TypeError) as error:
        yield warn("orders", f"the exchange does not show the account's open orders ({error})")
        return
    resting = {
        int(row["clientId"]): row
        for row in rows
        if row.get("clientId") and instance_of(int(row["clientId"])) == instance
    }
    strange = sorted(set(resting) - _recorded(workspace, set(resting)))
    if not strange:
        yield ok("orders", f"{len(resting)} of this workspace's instance ({instance}) rest, all placed by it")
        return
    named = ", ".join(f"{resting[wire].get('symbol')} {resting[wire].get('id')}" for wire in strange[:NAMED])
    yield warn(
        "orders",
        f"{len(strange)} open orders with this workspace's instance ({instance}) were never placed here"
        f" ({named}{', …' if len(strange) > NAMED else ''}): give each bot of the account its own number",
        instance=instance,
        strange=[str(resting[wire].get("id")) for wire in strange],
    )


def _recorded(workspace: Workspace, wires: set[int]) -> set[int]:
    """:return: those that Hummingbot's databases here know, and those that a running bot may be about to record"""
    from hummingbot.connector.exchange.backpack.backpack_order_ids import COUNTER_SPAN, WIRE_DIGITS

    found = {wire for wire in wires if (_ahead(workspace, wire % COUNTER_SPAN))}
    texts = {f"{wire:0{WIRE_DIGITS}d}" for wire in wires}
    for file in sorted((workspace.root / "data").glob("*.sqlite")):
        try:
            with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as database:
                ids = database.execute(f'SELECT substr(id, -{WIRE_DIGITS}) FROM "Order"')
                found |= {int(text) for (text,) in ids if text in texts}
        except sqlite3.Error:
            continue  # no database of Hummingbot's, or one that knows nothing
    return found


def _ahead(workspace: Workspace, counter: int) -> bool:
    """Whether a running bot has just reserved that counter: it records an order a moment after it has placed it."""
    from hummingbot.connector.exchange.backpack.backpack_order_ids import BLOCK, COUNTER_SPAN, FILE_NAME

    data = workspace.root / "data"
    if not any(process is not None and is_alive(process) for process in _processes(data)):
        return False
    end = _number(data / FILE_NAME, "next")
    return end is not None and 0 < (end - counter) % COUNTER_SPAN <= 2 * BLOCK


def _processes(data: Path) -> Iterator[int | None]:
    """The processes that may be a bot's: the engine's, and the one that last published its state."""
    try:
        yield int((data / "bot" / "bot.pid").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        pass
    yield _number(data / "backpack_state.json", "pid")


def _number(file: Path, name: str) -> int | None:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))[name]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, int) else None
