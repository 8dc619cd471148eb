"""Everything that a rehearsal needs and a live bot has already: workspace, local Backpack, keys."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import Words
from hummingbot_backpack.processes import Child, wait_until
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.exchange import Refused, Unreachable, get
from hummingbot_backpack.workspace.layout import Workspace, open_workspace

FOLDER = "backpack-rehearsal"
PASSWORD = "rehearsal"
"""Of a keystore that holds nothing but keys of the local Backpack: it protects nothing, and need not be typed."""
START_SECONDS = 15.0


@dataclass
class Rehearsal:
    """:param simulator: the local Backpack, where it was started here
    :param said: what was done, for the user
    """

    workspace: Workspace
    environment: dict[str, str]
    simulator: Child | None = None
    said: list[str] = field(default_factory=list)


def prepare(folder: Path | None, words: Words) -> Rehearsal:
    """Make or take a workspace for rehearsal, have a local Backpack run, and have keys.

    :raises UserError: the workspace is for live trading, or something does not start
    """
    root = (folder or Path(FOLDER)).expanduser().absolute()
    there = (root / "conf" / "backpack.yml").is_file()
    workspace = open_workspace(root) if there else create(root, rehearsal=True).workspace
    if not workspace.rehearsal:
        raise UserError(words("live_workspace", root=workspace.root))
    environment = {**os.environ, "HBOT_PASSWORD": os.environ.get("HBOT_PASSWORD") or PASSWORD}
    made = Rehearsal(workspace, environment, said=[words("workspace_made", root=workspace.root)])
    try:
        _have_a_simulator(made, words)
        _have_keys(made)
    except BaseException:
        if made.simulator is not None:
            made.simulator.end(START_SECONDS)
        raise
    return made


def _have_a_simulator(made: Rehearsal, words: Words) -> None:
    url = made.workspace.settings.exchange_url
    try:
        get(url, "/api/v1/time")
        made.said.append(words("simulator_there", url=url))
        made.environment["BACKPACK_SIMULATOR_URL"] = url
        return
    except (Unreachable, Refused):
        pass
    data = made.workspace.root / "data"
    port_file = data / "simulator.port"
    port_file.unlink(missing_ok=True)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "hummingbot_backpack.simulator",
        "--port",
        "0",
        "--port-file",
        port_file,
    ]
    output = made.workspace.root / "logs" / "simulator.out"
    child = Child("the local Backpack", command, output, made.environment, made.workspace.root)
    if not wait_until(port_file.exists, START_SECONDS, lambda: child.code is not None):
        child.end(START_SECONDS)
        raise UserError(words("simulator_failed", words=child.last_words()))
    made.simulator = child
    url = f"http://127.0.0.1:{int(port_file.read_text())}"
    made.environment["BACKPACK_SIMULATOR_URL"] = url
    made.said.append(words("simulator_started", url=url))


def _have_keys(made: Rehearsal) -> None:
    if made.workspace.simulator_key_files():
        return
    command = [sys.executable, "-m", "hummingbot_backpack", "keys", "new", "--json", "-w", str(made.workspace.root)]
    done = subprocess.run(command, env=made.environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UserError(done.stderr.strip().removeprefix("hummingbot-backpack: "))
    json.loads(done.stdout)
