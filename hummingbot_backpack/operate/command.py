"""``pause``, ``resume`` and ``flatten``: what a running bot is asked for without stopping it (card BR03)."""

import json
from typing import Annotated, Any

import typer

from hummingbot_backpack.workspace.command import WorkspaceOption

ANSWER_SECONDS = 15.0
"""The bot itself gives up waiting for an effect after less than this, and says so."""

ControllerOption = Annotated[
    list[str] | None,
    typer.Option("--controller", "-c", metavar="ID", help="Only this controller; more than once for several."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="The outcome as JSON.")]


def pause(workspace: WorkspaceOption = None, controller: ControllerOption = None, as_json: JsonOption = False) -> None:
    """Withdraw the quotes of a running bot; limits and exits stay armed. Holds, over restarts too, until `resume`.

    \b
    Example:
      hummingbot-backpack pause -w ~/backpack-bot
      hummingbot-backpack pause --controller sol_perp_maker
    """
    _ask(workspace, "pause", as_json, ANSWER_SECONDS, controllers=controller)


def resume(
    workspace: WorkspaceOption = None,
    controller: ControllerOption = None,
    breakers: Annotated[
        bool, typer.Option("--breakers", help="Also re-arm the breakers that money tripped: losses count from now on.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Let a paused bot quote again.

    \b
    Example:
      hummingbot-backpack resume -w ~/backpack-bot
      hummingbot-backpack resume --breakers
    """
    _ask(workspace, "resume", as_json, ANSWER_SECONDS, controllers=controller, breakers=breakers)


def flatten(
    workspace: WorkspaceOption = None,
    controller: ControllerOption = None,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long to wait until it is flat.")] = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Withdraw the quotes of a running bot, close its position, and keep it paused until `resume`.

    On a spot market that is rebalanced, base goes back to its target; on one that is not, what is held stays. What
    sells all of it is `panic --flatten`.

    \b
    Example:
      hummingbot-backpack flatten -w ~/backpack-bot
    """
    _ask(workspace, "flatten", as_json, timeout + ANSWER_SECONDS, controllers=controller, seconds=timeout)


def _ask(folder: Any, kind: str, as_json: bool, patience: float, **arguments: Any) -> None:
    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.language import spoken
    from hummingbot_backpack.operate.requests import send, wait_for
    from hummingbot_backpack.workspace.layout import open_workspace

    root = open_workspace(folder).root
    answer = wait_for(root, send(root, kind, **arguments), patience)
    if as_json:
        typer.echo(json.dumps(answer, indent=1))
    elif not answer["ok"] and "controllers" not in answer:
        # Nothing was begun: what was asked cannot be done.
        raise UserError("; ".join(answer["lines"]))
    else:
        for line in answer.get("lines", []):
            controller, colon, told = line.partition(": ")
            typer.echo(f"{controller}{colon}{spoken(told)}", err=not answer["ok"])
    if not answer["ok"]:
        raise typer.Exit(1)
