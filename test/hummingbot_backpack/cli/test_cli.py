"""The command line itself: fast, lazy, and honest about errors."""

import subprocess
import sys
from importlib import import_module

import pytest
import typer

from hummingbot_backpack import __version__, cli
from hummingbot_backpack.errors import UserError

HEAVY = ("hummingbot", "aiohttp", "pandas", "numpy", "yaml", "nacl", "sqlalchemy")  # typer itself brings pydantic in


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line in this process. :return: its exit code."""
    monkeypatch.setattr(sys, "argv", [cli.PROGRAM, *arguments])
    try:
        return cli.main()
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], [], ["no-such-command"]])
def test_in02_the_list_of_commands_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from hummingbot_backpack.cli import main\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("HEAVY []\n")


def test_in02_help_lists_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--help") == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_in02_every_command_has_help_with_an_example(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, name, "--help") == 0
    shown = capsys.readouterr().out
    assert "Usage: hummingbot-backpack" in shown
    assert "Example" in shown or "EXAMPLE" in shown


@pytest.mark.parametrize(
    "group,expected",
    [("keys", {"backup", "import", "list", "new", "remove", "restore", "rotate", "show"}), ("logs", {"list", "open"})],
)
def test_in02_every_command_of_a_group_has_help_with_an_example(
    group: str, expected: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = import_module(f"hummingbot_backpack.{group}.command").app.registered_commands
    names = {command.name or command.callback.__name__ for command in commands}
    assert names == expected
    for name in names:
        assert run(monkeypatch, group, name, "--help") == 0
        assert f"hummingbot-backpack {group} {name}" in capsys.readouterr().out


def test_in02_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.strip() == f"hummingbot-backpack {__version__}"


def test_in02_a_mistyped_command_gets_its_neighbour(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "docter") == 2
    assert "doctor" in capsys.readouterr().err


def test_in02_a_user_error_is_one_sentence_and_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise UserError("The moon (full) must be new.")

    monkeypatch.setattr("hummingbot_backpack.doctor.command.doctor", refuse)
    assert run(monkeypatch, "doctor") == 2
    streams = capsys.readouterr()
    assert streams.err == "hummingbot-backpack: The moon (full) must be new.\n"
    assert streams.out == ""


def test_au06_no_app_shows_local_variables_in_a_traceback() -> None:
    apps = [cli.app]
    for command in cli.COMMANDS.values():
        module, attribute = command.target.split(":")
        found = getattr(import_module(module), attribute)
        apps += [found] if isinstance(found, typer.Typer) else []
    assert len(apps) > 1
    assert not any(app.pretty_exceptions_enable for app in apps)
    assert not cli.new_app().pretty_exceptions_enable


@pytest.mark.parametrize(
    ("arguments", "variable", "said"),
    [
        (["demo", "--seconds", "soon"], None, "--seconds (soon) cannot be used"),
        (["simulator", "--port=x"], None, "--port (x) cannot be used"),
        (["demo"], "soon", "DEMO_SECONDS (soon) cannot be used"),
        (["init"], None, "Missing argument 'DIR'"),
    ],
)
def test_in02_an_argument_that_cannot_be_is_one_sentence_with_its_value(
    arguments: list[str],
    variable: str | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if variable is not None:
        monkeypatch.setenv("DEMO_SECONDS", variable)
    assert run(monkeypatch, *arguments) == 2
    written = capsys.readouterr().err
    assert said in written and "--help" in written and len(written.strip().splitlines()) == 1
