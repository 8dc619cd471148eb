"""The command line: one app whose commands are loaded only when they run.

``hummingbot-backpack --help`` and a mistyped command import neither Hummingbot nor anything of the commands.
"""

import os
import sys
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from hummingbot_backpack import __version__, core_dumps
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import asked_for, choose, spoken

PROGRAM = "hummingbot-backpack"


class LazyCommand(NamedTuple):
    """Where a command lives, ``module:attribute`` (a function or a typer app), and the line that the list shows."""

    target: str
    help: str
    passes_on: bool = False
    """Whether what follows is for another program: the first word of it and everything after."""


COMMANDS = {
    "demo": LazyCommand(
        "hummingbot_backpack.demo.command:demo", "Let a real bot make a market on a local Backpack, and report."
    ),
    "init": LazyCommand("hummingbot_backpack.workspace.command:init", "Make a workspace, or bring one up to date."),
    "hbot": LazyCommand(
        "hummingbot_backpack.workspace.command:hbot",
        "Run Hummingbot's hbot in a workspace, from anywhere.",
        passes_on=True,
    ),
    "client": LazyCommand(
        "hummingbot_backpack.workspace.command:client", "Open Hummingbot's interactive client in a workspace."
    ),
    "keys": LazyCommand("hummingbot_backpack.keys.command:app", "Keep API keys in Hummingbot's encrypted store."),
    "setup": LazyCommand("hummingbot_backpack.interview.command:setup", "Make a configuration by question and answer."),
    "run": LazyCommand(
        "hummingbot_backpack.live.command:run",
        "Convert a classic bot's command line, start it, and follow it.",
        passes_on=True,
    ),
    "watch": LazyCommand("hummingbot_backpack.live.command:watch", "Follow the bot that runs in a workspace."),
    "convert": LazyCommand(
        "hummingbot_backpack.convert.command:convert",
        "Make a configuration of a classic bot's command line.",
        passes_on=True,
    ),
    "logs": LazyCommand("hummingbot_backpack.logs.command:app", "Read logs, old and encrypted ones too."),
    "panic": LazyCommand(
        "hummingbot_backpack.panic.command:panic",
        "Stop the bot, cancel its orders, and go flat, whatever state it is in.",
    ),
    "backup": LazyCommand("hummingbot_backpack.backup.command:backup", "Put a workspace into one encrypted file."),
    "restore": LazyCommand("hummingbot_backpack.backup.command:restore", "Make a workspace of a backup."),
    "forget": LazyCommand("hummingbot_backpack.backup.command:forget", "Delete a workspace, keys and records with it."),
    "doctor": LazyCommand("hummingbot_backpack.doctor.command:doctor", "Check that all is well, and say what to do."),
    "report": LazyCommand(
        "hummingbot_backpack.report.command:report", "Say what a bot made, and what that is made of."
    ),
    "pause": LazyCommand(
        "hummingbot_backpack.operate.command:pause", "Withdraw a running bot's quotes; exits stay armed."
    ),
    "resume": LazyCommand("hummingbot_backpack.operate.command:resume", "Let a paused bot quote again."),
    "flatten": LazyCommand(
        "hummingbot_backpack.operate.command:flatten", "Close a running bot's position and keep it paused."
    ),
    "metrics": LazyCommand(
        "hummingbot_backpack.metrics.command:metrics",
        "Serve Prometheus metrics of a running bot; print a Grafana board.",
    ),
    "simulator": LazyCommand(
        "hummingbot_backpack.simulator.command:simulator",
        "Run the local Backpack: a simulated exchange on this machine.",
    ),
    "record": LazyCommand(
        "hummingbot_backpack.simulator.record:record", "Record a market's trades, to replay on the local Backpack."
    ),
}


def new_app() -> typer.Typer:
    """:return: a typer app as all of ours are: no traceback with local variables, in which a secret could stand."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")


def load(command: LazyCommand) -> Any:
    """:return: the command object behind `command`, imported now."""
    module, attribute = command.target.split(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = new_app()
    context: dict[Any, Any] = {}
    if command.passes_on:
        context = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}
    alone.command(context_settings=context)(found)
    return typer.main.get_command(alone)


class LazyGroup(TyperGroup):
    """Shows the list from the stubs, and loads a command when it is invoked."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and command.name in COMMANDS:
            real = load(COMMANDS[command.name])
            real.name = command.name
            return name, real, rest
        return name, command, rest

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)


def _root(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False,
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="en|zh", help="Language of every command; else the locale's.")
    ] = None,
) -> None:
    """Make markets on Backpack Exchange with Hummingbot.

    \b
    Example:
      hummingbot-backpack init ~/backpack-bot --simulator
      hummingbot-backpack keys new --simulator --workspace ~/backpack-bot
    """
    choose(lang)
    if version:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit()
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit()


def _stub() -> None:
    raise AssertionError("a stub is shown in the list, never run")


def _build() -> typer.Typer:
    built = new_app()
    built.info.cls = LazyGroup
    built.callback(invoke_without_command=True, cls=LazyGroup)(_root)
    for name, command in COMMANDS.items():
        built.command(name, help=command.help)(_stub)
    return built


app = _build()


# Typer carries the classes of its errors with it and shows only some of them.
UsageError: Any = typer.BadParameter.__mro__[1]


def main() -> int:
    """Run the command line. :return: the exit code: a command's own, or 2 after a sentence on stderr."""
    core_dumps.switch_off()
    try:
        code = app(prog_name=PROGRAM, standalone_mode=False)
    except UserError as error:
        _complain(str(error))
        return error.exit_code
    except UsageError as error:
        _complain(usage_sentence(error))
        return 2
    except typer.Abort:
        _complain("stopped at the question, nothing was done.")
        return 1
    return code if isinstance(code, int) else 0


def _complain(sentence: str) -> None:
    print(f"{PROGRAM}: {spoken(sentence, asked_for(sys.argv[1:]))}", file=sys.stderr)


def usage_sentence(error: Any) -> str:
    """:return: what is wrong with the arguments, with the value where an option has one, and where help is"""
    sentence = error.format_message().rstrip(".")
    given = _given(getattr(error, "param", None))
    if given is not None:
        sentence = f"{given[0]} ({given[1]}) cannot be used: {error.message.rstrip('.')}"
    command = error.ctx.command_path if error.ctx is not None else PROGRAM
    return f"{sentence} (see {command} --help)."


def _given(param: Any) -> tuple[str, str] | None:
    """:return: name and value of an option or environment variable as the user gave it, if it was given"""
    for option in getattr(param, "opts", ()):
        for position, argument in enumerate(sys.argv):
            if argument == option and position + 1 < len(sys.argv):
                return option, sys.argv[position + 1]
            if argument.startswith(f"{option}="):
                return option, argument.split("=", 1)[1]
    variable = getattr(param, "envvar", None)
    if isinstance(variable, str) and variable in os.environ:
        return variable, os.environ[variable]
    return None
