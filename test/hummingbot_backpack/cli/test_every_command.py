"""What holds for each command: an example in its help, JSON where it is offered, and exit codes that mean something."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack import cli
from hummingbot_backpack.keys.pair import new_pair
from hummingbot_backpack.workspace.create import create


def leaves() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command that can be run, by the words that call it."""
    for name, lazy in cli.COMMANDS.items():
        yield from _below((name,), cli.load(lazy))


def _below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    for name, below in inner.items():
        yield from _below((*words, name), below)


ALL = dict(leaves())
TALKS_JSON = {words for words, command in ALL.items() if any("--json" in one.opts for one in command.params)}
FOR_PEOPLE = {
    ("demo",), ("init",), ("hbot",), ("client",), ("setup",), ("run",), ("logs", "open"), ("metrics",), ("simulator",),
    ("record",),
}  # fmt: skip
"""What asks, follows, prints another program's words, a log or metrics, or only says where something is now."""


def run(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", [cli.PROGRAM, *words])
    try:
        code = cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    streams = capsys.readouterr()
    return code, streams.out, streams.err


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_of_each_command_has_an_example_of_that_command(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run((*words, "--help"), monkeypatch, capsys)
    assert (code, err) == (0, "")
    assert "Example:" in out
    example = out.split("Example:", 1)[1]
    called = re.compile(rf"(?:hummingbot-backpack {' '.join(words)}\b|make {words[0]}\b)")
    assert called.search(" ".join(example.split())), example


def test_each_command_that_answers_a_machine_offers_json() -> None:
    assert set(ALL) == TALKS_JSON | FOR_PEOPLE
    assert not TALKS_JSON & FOR_PEOPLE


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_an_unknown_option_is_one_sentence_and_exit_code_2(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if cli.COMMANDS[words[0]].passes_on:
        pytest.skip("what it does not know is another program's")
    code, out, err = run((*words, "--no-such-option"), monkeypatch, capsys)
    assert (code, out, err.count("\n")) == (2, "", 1), out + err
    assert "--no-such-option" in err


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace for rehearsal with keys, in which no bot has run, and nothing of whose exchange answers."""
    from hummingbot.client.config import config_crypt

    from hummingbot_backpack.keys.store import Keystore
    from hummingbot_backpack.workspace.layout import SIMULATOR_CONNECTORS

    monkeypatch.setattr(config_crypt, "get_default_work_factor_for_kdf", lambda kdf: 10)
    monkeypatch.setenv("HBOT_PASSWORD", "only for this test")
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("hummingbot_backpack.workspace.launch.enter", lambda workspace: None)
    made = create(tmp_path / "rehearsal", rehearsal=True).workspace
    Keystore(made, "only for this test").store(SIMULATOR_CONNECTORS, new_pair())
    monkeypatch.chdir(tmp_path)
    return made.root


ANSWERS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("keys", "new"): ("--replace",),
    ("keys", "list"): (),
    ("keys", "show"): (),
    ("keys", "backup"): ("copy.keys",),
    ("keys", "remove"): ("--yes",),
    ("convert",): ("--dry-run", "--", "--symbol", "SOL_USDC", "--spread", "0.2"),
    ("logs", "list"): (),
    ("backup",): ("bot.backup",),
    ("doctor",): ("--offline",),
    ("forget",): ("--yes",),
}
"""Commands whose answer needs neither a bot nor an exchange, with what they are called with."""


@pytest.mark.parametrize("words", ANSWERS, ids=" ".join)
def test_json_is_one_document_on_standard_output(
    words: tuple[str, ...], workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--json", "--workspace", str(workspace))
    code, out, err = run((*words, *options, *ANSWERS[words]), monkeypatch, capsys)
    assert code in (0, 1), out + err
    assert isinstance(json.loads(out), dict), out


# panic keeps trying for a while; its own tests have it.
NEEDED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("restore",): ("none.backup", "new"),
    ("keys", "restore"): ("none.keys",),
}


@pytest.mark.parametrize("words", sorted(TALKS_JSON - set(ANSWERS) - {("panic",)}), ids=" ".join)
def test_without_a_bot_or_exchange_a_command_that_needs_one_says_so_with_code_2_and_no_half_json(
    words: tuple[str, ...], workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = NEEDED.get(words, ())
    place = () if words == ("restore",) else ("--workspace", str(workspace))
    code, out, err = run((*words, "--json", *place, *more), monkeypatch, capsys)
    assert (code, out) == (2, ""), out + err
    assert err.splitlines()[-1].startswith(f"{cli.PROGRAM}: ") and "Traceback" not in err, err
