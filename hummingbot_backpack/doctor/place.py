"""Checks of a workspace: its links, file modes, keys and the exchange that it points to."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from hummingbot_backpack import import_hook
from hummingbot_backpack.doctor.report import Finding, fail, ok, skip, warn
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.store import (
    KEY_FIELD,
    OLD_AFTER_DAYS,
    SECRET_FIELD,
    age_in_days,
    verification_file,
)
from hummingbot_backpack.workspace.exchange import Refused, Unreachable, get
from hummingbot_backpack.workspace.launch import check_bundled_can_start
from hummingbot_backpack.workspace.layout import CONNECTORS, FOLDERS, Workspace
from hummingbot_backpack.workspace.links import ensure_links
from hummingbot_backpack.workspace.validate import check_settings

CLOCK_WARN_MS = 1000
CLOCK_FAIL_MS = 4000
"""A signed request is valid for 5000 ms by default; the connectors resynchronise, other tools do not."""
_KEPT_PRIVATE = ("conf", "logs", "data")


def check_links(workspace: Workspace) -> Finding:
    kind = "for rehearsal" if workspace.rehearsal else "for live trading"
    try:
        ensure_links(workspace.root)
    except (UserError, OSError) as error:
        return fail("workspace", f"{workspace.root}: {error}")
    missing = [name for name in FOLDERS if not (workspace.root / name).is_dir()]
    if missing:
        return fail(
            "workspace", f"{workspace.root} lacks {missing[0]}: run `hummingbot-backpack init {workspace.root}` again"
        )
    return ok("workspace", f"{workspace.root}, {kind}, its links are in order", rehearsal=workspace.rehearsal)


def check_settings_file(workspace: Workspace) -> Finding:
    try:
        check_settings(workspace)
    except UserError as error:
        return fail("settings", str(error))
    return ok("settings", "conf/backpack.yml is in order")


def check_modes(workspace: Workspace) -> Finding:
    """Take the rights of others off settings, keys, logs and records: Hummingbot writes some for all to read."""
    open_paths = [path for path in _kept_private(workspace.root) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    try:
        for path in open_paths:
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~0o077)
    except OSError as error:
        return fail("file modes", f"{error.filename} can be read by others: chmod go= it as its owner")
    if open_paths:
        names = ", ".join(str(path.relative_to(workspace.root)) for path in open_paths[:3])
        more = f" and {len(open_paths) - 3} more" if len(open_paths) > 3 else ""
        mended = [str(path) for path in open_paths]
        return ok("file modes", f"mended: {names}{more} could be read by others", mended=mended)
    return ok("file modes", "settings, keys, logs and records are yours alone")


def _kept_private(root: Path) -> Iterator[Path]:
    for name in _KEPT_PRIVATE:
        if not (root / name).is_dir():
            continue
        yield root / name
        for path in (root / name).rglob("*"):
            if not path.is_symlink():
                yield path


def check_switch(workspace: Workspace) -> Finding:
    try:
        check_bundled_can_start(workspace)
    except UserError as error:
        return fail("switch", str(error))
    if not import_hook.enabled():
        return warn("switch", f"{import_hook.SWITCH} is off: Hummingbot's bundled connectors are live")
    return ok("switch", "ours are on")


def check_keys(workspace: Workspace) -> Finding:
    """Check that the key files are whole, and how old the pairs are; no password is needed."""
    names = [name for name in CONNECTORS if workspace.key_file(name).exists()]
    if not names:
        how = "keys new" if workspace.rehearsal else "keys import"
        return warn("keys", f"there are none: store a pair with `hummingbot-backpack {how}`")
    if not verification_file(workspace).exists():
        return fail("keys", f"{verification_file(workspace)} is missing: put it back from a backup")
    ages = {}
    for name in names:
        path = workspace.key_file(name)
        try:
            values = yaml.safe_load(path.read_text(encoding="utf-8"))
            whole = isinstance(values, dict) and all(
                isinstance(values.get(half), str) for half in (KEY_FIELD, SECRET_FIELD)
            )
        except (yaml.YAMLError, OSError, UnicodeDecodeError):
            whole = False
        if not whole:
            return fail("keys", f"{path} is damaged: put it back from a backup, or store the pair again")
        ages[name] = age_in_days(path)
    oldest = max(ages.values())
    listed = ", ".join(f"{name} ({days} days)" for name, days in ages.items())
    if oldest > OLD_AFTER_DAYS:
        return warn(
            "keys", f"{listed}: older than {OLD_AFTER_DAYS} days, make a new pair and revoke the old", ages=ages
        )
    return ok("keys", listed, ages=ages)


def check_exchange(workspace: Workspace) -> Finding:
    """Ask the exchange for its time: whether it answers, and whether this machine's clock is right."""
    url = workspace.settings.exchange_url
    before = time.time()
    try:
        theirs = int(get(url, "/api/v1/time"))
    except Unreachable as error:
        what = (
            "start it with `hummingbot-backpack simulator`"
            if workspace.rehearsal
            else "look at the network of this machine, or use --offline"
        )
        return fail("exchange", f"{url} does not answer ({error}): {what}")
    except (Refused, TypeError, ValueError) as error:
        return fail("exchange", f"{url} does not tell its time ({error})")
    after = time.time()
    skew = round((before + after) * 500 - theirs)
    detail = f"{url} answers in {round((after - before) * 1000)} ms, this machine's clock is {abs(skew)} ms off"
    data = {"url": url, "skew_ms": skew}
    if abs(skew) > CLOCK_FAIL_MS:
        return fail("exchange", f"{detail}: set it (NTP), or the exchange refuses what is signed", **data)
    if abs(skew) > CLOCK_WARN_MS:
        return warn("exchange", f"{detail}: set it (NTP)", **data)
    return ok("exchange", detail, **data)


def check_bot(workspace: Workspace) -> Finding:
    """Say whether a bot runs here."""
    file = workspace.root / "data" / "bot" / "bot.pid"
    try:
        number = int(file.read_text(encoding="utf-8"))
        os.kill(number, 0)
    except FileNotFoundError:
        return ok("bot", "none runs")
    except (ValueError, ProcessLookupError):
        return ok("bot", "none runs; the last one did not end by itself (its record is cleared by the next start)")
    except PermissionError:
        return skip("bot", "one of another user's may run")
    return ok("bot", f"one runs (process {number})")
