"""``hummingbot-backpack doctor``."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from hummingbot_backpack.doctor.report import Finding

_STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "skip": "bright_black"}


def doctor(
    workspace: WorkspaceOption = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: neither for the time nor for an answer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check that all is well: one line for each check, and what to do where it is not.

    Exit code 0 when all is well, 1 when something failed. Rights of others on your files are taken off in passing.
    With HBOT_PASSWORD set, keys are decrypted, and the account's open orders compared with this workspace's records.

    \b
    Example:
      hummingbot-backpack doctor -w ~/backpack-bot
      hummingbot-backpack doctor --offline --json
    """
    from rich.console import Console
    from rich.text import Text

    from hummingbot_backpack.doctor.report import as_record, healthy
    from hummingbot_backpack.language import spoken

    findings = examine(workspace, offline)
    if as_json:
        typer.echo(json.dumps(as_record(findings), indent=2))
    else:
        console = Console(soft_wrap=True, highlight=False)
        width = max(len(finding.check) for finding in findings)
        for finding in findings:
            status = Text(f"{finding.status:<4}", style=_STYLES[finding.status])
            console.print(status, f"{finding.check:<{width}} ", spoken(finding.detail), markup=False)
    if not healthy(findings):
        raise typer.Exit(1)


def examine(folder: Path | None, offline: bool) -> "list[Finding]":
    """Run all checks; those of a workspace only where there is one.

    :raises UserError: a workspace was named, and there is none.
    """
    from hummingbot_backpack import import_hook
    from hummingbot_backpack.doctor import account, installation, place
    from hummingbot_backpack.doctor.broker_ids import check_broker_ids
    from hummingbot_backpack.doctor.report import Status, skip
    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.workspace.layout import WORKSPACE_VARIABLE, open_workspace

    findings = [installation.check_interpreter(), installation.check_hummingbot()]
    findings += installation.check_implementations()
    try:
        workspace = open_workspace(folder)
    except UserError:
        if folder is not None or os.environ.get(WORKSPACE_VARIABLE):
            raise
        setting = os.environ.get(import_hook.BROKER_SWITCH, "keep")
        findings += [
            check_broker_ids(setting),
            skip("workspace", "this folder is none: --workspace names one"),
        ]
        return findings
    findings.append(check_broker_ids(os.environ.get(import_hook.BROKER_SWITCH, "off")))
    checks = (
        place.check_switch,
        place.check_links,
        place.check_settings_file,
        place.check_modes,
    )
    findings += [check(workspace) for check in checks]
    keys = place.check_keys(workspace)
    exchange = skip("exchange", "not asked (--offline)") if offline else place.check_exchange(workspace)
    reached = exchange.status in (Status.OK, Status.WARN)
    findings += [keys, place.check_bot(workspace), exchange, *account.check_account(workspace, keys, reached)]
    return findings
