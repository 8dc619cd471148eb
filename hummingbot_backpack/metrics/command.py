"""``hummingbot-backpack metrics``."""

import ipaddress
from pathlib import Path
from typing import Annotated

import typer

from hummingbot_backpack.workspace.command import WorkspaceOption

PORT = 9464
BOARD = "grafana.json"
STATE = "backpack_state.json"


def metrics(
    workspace: WorkspaceOption = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: a free one, printed.")] = PORT,
    address: Annotated[str, typer.Option("--address", help="Where to listen; anything but loopback is said.")] = (
        "127.0.0.1"
    ),
    board: Annotated[bool, typer.Option("--board", help="Print the Grafana board, and no more.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Print the metrics, and no more.")] = False,
) -> None:
    """Serve Prometheus metrics of the bot that runs in a workspace, until Ctrl-C.

    The bot is asked nothing: the metrics are read from what it publishes each second. It may start and stop meanwhile.

    \b
    Example:
      hummingbot-backpack metrics -w ~/backpack-bot
      hummingbot-backpack metrics --board > board.json
    """
    if board:
        typer.echo((Path(__file__).parent / BOARD).read_text(encoding="utf-8"), nl=False)
        return
    from prometheus_client import CollectorRegistry, generate_latest, start_http_server

    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.metrics.collector import StateCollector
    from hummingbot_backpack.workspace.layout import open_workspace

    registry = CollectorRegistry()
    registry.register(StateCollector(open_workspace(workspace).root / "data" / STATE))
    if once:
        typer.echo(generate_latest(registry).decode(), nl=False)
        return
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise UserError(f"--address ({address}) must be an IP address of this machine.") from None
    try:
        server, thread = start_http_server(port, addr=address, registry=registry)
    except OSError as error:
        raise UserError(f"--port ({port}) cannot be listened on at {address}: {error.strerror}.") from None
    bound = server.server_address[1]
    typer.echo(f"Metrics at http://{address}:{bound}/metrics (Ctrl-C ends)")
    if not loopback:
        typer.echo("Whoever reaches this address sees positions and results; nothing asks for a password.", err=True)
    try:
        thread.join()
    except KeyboardInterrupt:
        server.shutdown()
