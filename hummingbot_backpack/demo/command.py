"""``hummingbot-backpack demo``: what ``make demo`` runs once everything is installed."""

import shutil
import time
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hummingbot_backpack.demo.figures import Figures, disagreements
from hummingbot_backpack.demo.kinds import KINDS
from hummingbot_backpack.demo.session import Plan, Run
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.processes import Interrupted, Signals

MEGABYTES = 200
NANO = Decimal("1e-9")
FRACTIONS = {"volume": 6, "fees": 6, "position": 6, "pnl": 6}
NAMES = {
    "pnl": "PnL at mark (USDC)",
    "open_orders": "open orders",
    "volume": "volume (USDC)",
    "fees": "fees (USDC)",
    "position": "position (SOL)",
}


def demo(
    kind: Annotated[str, typer.Option("--kind", envvar="DEMO", help="What it does: perp, spot or hedge.")] = "perp",
    seconds: Annotated[
        float, typer.Option(envvar="DEMO_SECONDS", help="How long the bot trades, in seconds: 10 to 86400.")
    ] = 120.0,
    flow: Annotated[
        Path | None,
        typer.Option(envvar="DEMO_FLOW", help="A recording of trades (CSV, may be gzipped) to drive the market with."),
    ] = None,
    speed: Annotated[
        float, typer.Option(envvar="DEMO_SPEED", help="How many times faster the market runs: 0.1 to 100.")
    ] = 1.0,
    folder: Annotated[Path, typer.Option(help="Where the workspace and the logs go; replaced by each run.")] = Path(
        ".demo"
    ),
) -> None:
    """Let a real Hummingbot bot make a market on a local Backpack, then check its books against the exchange's.

    Starts the simulated exchange on a free port, makes a workspace, stores a key pair in Hummingbot's encrypted
    store, starts the bot through hbot, and prints what it did. Nothing leaves this machine. Exits 1 when the two
    books differ.

    \b
    Example:
      DEMO_SECONDS=60 make demo
      make demo DEMO=spot
      hummingbot-backpack demo --flow trades.csv.gz --speed 5
    """
    plan = checked(kind, seconds, flow, speed, folder)
    console = Console(width=100) if not Console().is_terminal else Console()
    interrupted = None
    with Signals() as signals:
        run = Run(plan, lambda text: console.print(text, highlight=False))
        agreed = False
        try:
            public_key = set_up(run, console)
            try:
                run.watch()
            except Interrupted as request:
                interrupted = request
                console.print("\nInterrupted; stopping the bot, then the report.")
            code = run.stop_bot()
            agreed = report(run, public_key, code, console)
        except Interrupted as request:
            interrupted = request
            console.print("\nInterrupted; nothing is left running.")
        finally:
            signals.hold()
            run.close()
    if interrupted is not None:
        raise typer.Exit(128 + interrupted.number)
    if not agreed:
        raise typer.Exit(1)


def checked(kind: str, seconds: float, flow: Path | None, speed: float, folder: Path) -> Plan:
    """:raises UserError: for the first value that cannot be run"""
    if kind not in KINDS:
        raise UserError(f"DEMO ({kind}) must be one of {', '.join(KINDS)}.")
    if not 10 <= seconds <= 86_400:
        raise UserError(f"DEMO_SECONDS ({seconds:g}) must be from 10 to 86400.")
    if not 0.1 <= speed <= 100:
        raise UserError(f"DEMO_SPEED ({speed:g}) must be from 0.1 to 100.")
    if flow is not None and not flow.is_file():
        raise UserError(f"DEMO_FLOW ({flow}) must be a file of recorded trades.")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "workspace").exists())):
        raise UserError(
            f"--folder ({folder}) must be a folder of an earlier demonstration, an empty one, or not exist."
        )
    free = shutil.disk_usage(folder.resolve().parent).free // 1_000_000
    if free < MEGABYTES:
        raise UserError(
            f"There are {free} MB free where {folder} would go, and the demonstration needs {MEGABYTES}: make room."
        )
    return Plan(KINDS[kind], folder.resolve(), seconds, flow.resolve() if flow else None, speed)


def set_up(run: Run, console: Console) -> str:
    """:return: the public key of the account that the bot trades on"""
    plan, begun = run.plan, time.monotonic()
    run.prepare()
    console.print("[bold]1/4[/] Starting the local Backpack, a simulated exchange on this machine …")
    run.start_simulator()
    console.print(f"    it listens at {run.url}; open it in a browser to watch the market", highlight=False)
    console.print("[bold]2/4[/] Making a workspace, and a key pair in Hummingbot's encrypted store …")
    public_key = run.make_workspace()
    console.print("[bold]3/4[/] Starting the bot (hbot start demo.yml) …")
    run.start_bot()
    length = "until the recording ends" if plan.flow else f"for {plan.seconds:g} s"
    first = time.monotonic() - begun
    console.print(
        f"[bold]4/4[/] First quote after {first:.0f} s. It {plan.kind.doing}, {length}; Ctrl-C ends it.",
        highlight=False,
    )
    return public_key


def report(run: Run, public_key: str, code: int, console: Console) -> bool:
    """Print what the bot did and whether its books and the exchange's agree.

    :return: whether every figure agrees, the position kept its limit and the bot ended well"""
    kind, state, ledger = run.plan.kind, run.state(), run.ledger(public_key)
    mark = kind.mark(ledger, state)
    exchange, bot = kind.figures(ledger, mark), run.bot_figures(mark)
    different = disagreements(bot, exchange)
    table = Table(title="The bot's books and the exchange's")
    for heading in ("", "the bot", "the exchange", ""):
        table.add_column(heading, justify="left" if not heading else "right")
    for field in fields(Figures):
        mine, theirs = getattr(bot, field.name), getattr(exchange, field.name)
        row = (shown(field.name, mine), shown(field.name, theirs))
        table.add_row(
            NAMES.get(field.name, field.name), *row, "[red]differs[/]" if field.name in different else "[green]equal[/]"
        )
    console.print()
    console.print(table)
    promise = kind.promise(ledger, state)
    console.print(
        f"quotes: {state['quotes_placed']} placed, {state['quotes_kept']} kept, {state['quotes_cancelled']} cancelled",
        highlight=False,
    )
    console.print(promise.sentence if promise.kept else f"[red]{promise.sentence}[/]", highlight=False)
    console.print(f"files: {run.workspace} (log: logs/logs_demo.log)", highlight=False, soft_wrap=True)
    if different:
        console.print(f"[red]The books differ: {', '.join(different)}.[/]")
    if code != 0:
        console.print(f"[red]The bot ended with code {code}.[/] Its last words:\n{run.bot_words()}", markup=True)
    fine = promise.kept and not different and code == 0
    if fine:
        console.print(
            f"[green]{exchange.buys} buys and {exchange.sells} sells; "
            "the bot's books and the exchange's agree to six decimals.[/]",
            highlight=False,
        )
    return fine


def shown(name: str, value: Any) -> str:
    """:return: a figure as the table shows it"""
    # Rounded twice: of two equal values at half a millionth one may be a trillionth below it.
    return f"{value.quantize(NANO):,.{FRACTIONS[name]}f}" if name in FRACTIONS else str(value)
