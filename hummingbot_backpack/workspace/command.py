"""``init``, ``hbot`` and ``client``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "perp_maker.yml"
"""The example that runs as it is in a workspace for rehearsal."""

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", metavar="DIR", help="The workspace; else what BACKPACK_WORKSPACE names, else this folder."
    ),
]


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new or empty folder, a workspace, Hummingbot's home.")
    ],
    simulator: Annotated[
        bool, typer.Option("--simulator", help="For rehearsal: the local Backpack, and nothing but this machine.")
    ] = False,
    simulator_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the local Backpack listens, if not at its default port.")
    ] = None,
) -> None:
    """Make a workspace: the folder that a bot's settings, keys, logs and records live in.

    Safe to run again: it repairs links and adds what is new; nothing of yours is overwritten.

    \b
    Example:
      hummingbot-backpack init ~/backpack-bot
      hummingbot-backpack init ~/rehearsal --simulator
    """
    from hummingbot_backpack.workspace.create import create
    from hummingbot_backpack.workspace.layout import LAUNCHER, LIVE_CONNECTORS

    made = create(folder, simulator, simulator_url)
    workspace = made.workspace
    kind = f"for rehearsal at {workspace.settings.simulator_url}" if workspace.rehearsal else "for live trading"
    typer.echo(f"{workspace.root} is {'up to date' if made.existed else 'made'}: a workspace {kind}.")
    for note in made.notes:
        typer.echo(note)
    if not made.existed:
        place = shlex.quote(str(workspace.root))
        steps = [f"hummingbot-backpack keys {'new' if workspace.rehearsal else 'import'} -w {place}"]
        if workspace.rehearsal:
            steps.append("hummingbot-backpack simulator   (in another terminal)")
        else:
            steps.append(f"in conf/controllers: connector_name: {LIVE_CONNECTORS[-1]}, and sizes that you mean")
        steps.append(f"{shlex.quote(str(workspace.root / LAUNCHER))} start {EXAMPLE}")
        typer.echo("Next:\n" + "\n".join(f"  {step}" for step in steps))


def hbot(ctx: typer.Context, workspace: WorkspaceOption = None) -> None:
    """Run Hummingbot's own command line in a workspace, as the `hbot` in it does.

    `start` first checks the configuration, and starts nothing that cannot work.

    \b
    Example:
      hummingbot-backpack hbot -w ~/rehearsal start perp_maker.yml
      hummingbot-backpack hbot -w ~/rehearsal status
    """
    from hummingbot_backpack.workspace.launch import run_hbot
    from hummingbot_backpack.workspace.layout import open_workspace

    run_hbot(open_workspace(workspace), ctx.args)


def client(workspace: WorkspaceOption = None) -> None:
    """Open Hummingbot's interactive client in a workspace.

    The password comes from HBOT_PASSWORD (or MASTER_PASSWORD), else the client asks.

    \b
    Example:
      hummingbot-backpack client -w ~/rehearsal
    """
    from hummingbot_backpack.workspace.client import run_client
    from hummingbot_backpack.workspace.layout import open_workspace

    run_client(open_workspace(workspace))
