"""Making a workspace, and bringing one up to date."""

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.import_hook import tree_root
from hummingbot_backpack.workspace.additions import PROGRAM_MODE, Additions, write_private
from hummingbot_backpack.workspace.layout import (
    CONF_FOLDERS,
    FOLDERS,
    LAUNCHER,
    LIVE_CONNECTORS,
    Workspace,
    is_hummingbot_home,
    open_workspace,
)
from hummingbot_backpack.workspace.links import ensure_links
from hummingbot_backpack.workspace.settings import (
    DEFAULT_SIMULATOR_URL,
    SETTINGS_FILE,
    check_url,
    new_settings_text,
    with_simulator_url,
)

CLIENT_FILE = "conf_client.yml"
_OURS = {*FOLDERS, "hummingbot", LAUNCHER}

_CLIENT = """\
rate_oracle_source:
  name: backpack
"""
# What Hummingbot would tell or ask others: trading statistics, error logs, and (in the client) the pairs of the
# exchanges that paper trading is set up for. Simulated volume is nobody's statistic.
_CLIENT_REHEARSAL = """\
anonymized_metrics_mode: anonymized_metrics_disabled
send_error_logs: false
fetch_pairs_from_all_exchanges: false
paper_trade:
  paper_trade_exchanges: []
"""

_LAUNCHER_MARK = "Made by hummingbot-backpack"
# The script stays of use when this distribution is removed: then it runs plain Hummingbot.
_LAUNCHER = """\
#!/bin/sh
# Made by hummingbot-backpack: Hummingbot's command line in this workspace.
python={python}
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P) || exit 1
if [ ! -x "$python" ]; then
    echo "hbot: $python is gone: run \\`hummingbot-backpack init\\` on $here with the Python that has Hummingbot." >&2
    exit 2
fi
umask 077
exec "$python" -P -c '
import os, runpy, sys
home = sys.argv.pop(1)
try:
    from hummingbot_backpack.workspace.launch import main
except ModuleNotFoundError:
    sys.path.insert(0, home)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    os.chdir(home)
    sys.argv[0] = "hbot"
    runpy.run_module("hummingbot.cli.main", run_name="__main__")
else:
    sys.exit(main(home, sys.argv[1:]))
' "$here" "$@"
"""


@dataclass
class Created:
    """What :func:`create` did."""

    workspace: Workspace
    existed: bool
    notes: list[str] = field(default_factory=list)


def create(folder: Path, rehearsal: bool, simulator_url: str | None = None) -> Created:
    """Make `folder` a workspace, or bring the one that is there up to date; nothing of the user's is overwritten.

    :param rehearsal: the workspace is to trade on the local Backpack and to reach nothing but this machine.
    :param simulator_url: where the local Backpack listens, for rehearsal; else its default address.
    :raises UserError: it cannot be; then nothing has changed.
    """
    root = folder.expanduser().absolute().resolve()
    if simulator_url is not None and not rehearsal:
        raise UserError("--simulator-url belongs to a workspace for rehearsal: add --simulator.")
    url = check_url(simulator_url, "--simulator-url") if simulator_url is not None else None
    existed = (root / "conf" / SETTINGS_FILE).is_file()
    if existed:
        _check_existing(open_workspace(root), rehearsal)
    else:
        _check_place(root, rehearsal)
    notes: list[str] = []
    try:
        with Additions() as adding:
            _fill(root, rehearsal, url, adding, notes)
        if existed and url is not None:
            settings = root / "conf" / SETTINGS_FILE
            write_private(settings, with_simulator_url(settings.read_text(encoding="utf-8"), url))
    except OSError as error:
        raise UserError(f"{root} cannot be made a workspace: {error.strerror or error}.") from error
    return Created(open_workspace(root), existed, notes)


def _check_existing(workspace: Workspace, rehearsal: bool) -> None:
    if rehearsal and not workspace.rehearsal:
        raise UserError(
            f"{workspace.root} is a workspace for live trading: make another folder for rehearsal,"
            " so that simulated keys never lie beside live ones."
        )


def _check_place(root: Path, rehearsal: bool) -> None:
    """Refuse a place that is something else already."""
    if root.exists() and not root.is_dir():
        raise UserError(f"DIR ({root}) must be a folder, or not exist yet.")
    if not root.is_dir():
        return
    if is_hummingbot_home(root):
        live = [name for name in LIVE_CONNECTORS if (root / "conf" / "connectors" / f"{name}.yml").exists()]
        if rehearsal and (live or (root / "conf" / CLIENT_FILE).exists()):
            raise UserError(
                f"{root} is a home that Hummingbot has run in: make a new folder for rehearsal,"
                " so that nothing of it is changed."
            )
        return
    foreign = sorted(path.name for path in root.iterdir() if path.name not in _OURS)
    if foreign:
        raise UserError(f"DIR ({root}) must be new, empty, a workspace or Hummingbot's home: it holds {foreign[0]}.")


def _fill(root: Path, rehearsal: bool, simulator_url: str | None, adding: Additions, notes: list[str]) -> None:
    home = is_hummingbot_home(root)
    adding.folder(root)
    for name in FOLDERS:
        adding.folder(root / name)
    for name in CONF_FOLDERS:
        adding.folder(root / "conf" / name)
    ensure_links(root, adding)
    examples = tree_root() / "conf"
    for file in sorted(examples.rglob("*.yml")):
        adding.folder((root / "conf" / file.relative_to(examples)).parent)
        adding.file(root / "conf" / file.relative_to(examples), file.read_text(encoding="utf-8"))
    client = root / "conf" / CLIENT_FILE
    fresh_client = adding.file(client, _CLIENT + (_CLIENT_REHEARSAL if rehearsal else ""))
    if home and not fresh_client:
        notes.append(f"{client} is kept: `hbot config rate_oracle_source backpack` takes prices from Backpack.")
    _write_launcher(root / LAUNCHER, adding)
    # Last, because it is what makes the folder a workspace.
    settings = root / "conf" / SETTINGS_FILE
    if not settings.exists():
        adding.file(settings, new_settings_text((simulator_url or DEFAULT_SIMULATOR_URL) if rehearsal else None))


def _write_launcher(path: Path, adding: Additions) -> None:
    text = _LAUNCHER.format(python=shlex.quote(sys.executable))
    if adding.file(path, text, PROGRAM_MODE) or not path.is_file():
        return
    before = path.read_text(encoding="utf-8", errors="replace")
    if _LAUNCHER_MARK in before and before != text:
        write_private(path, text, PROGRAM_MODE)
