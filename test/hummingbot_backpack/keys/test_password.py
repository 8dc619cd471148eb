"""The keystore's password: from a prompt, standard input or the environment, never from an argument."""

import io
import sys
from collections.abc import Iterator

import pytest

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.password import ask_password


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A terminal whose user types the answers that the test puts in."""
    answers: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: answers.pop(0))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    yield answers


@pytest.mark.parametrize("name", ["HBOT_PASSWORD", "MASTER_PASSWORD", "CONFIG_PASSWORD"])
def test_ke01_the_environment_gives_the_password(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "p")
    assert ask_password(False, new=False) == "p"


def test_ke01_hbot_password_wins_over_master_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_PASSWORD", "m")
    monkeypatch.setenv("HBOT_PASSWORD", "h")
    assert ask_password(False, new=False) == "h"


def test_ke01_standard_input_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HBOT_PASSWORD", "h")
    monkeypatch.setattr(sys, "stdin", io.StringIO(" with spaces \nmore\n"))
    assert ask_password(True, new=False) == " with spaces "


def test_ke02_empty_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(UserError, match="--password-stdin"):
        ask_password(True, new=False)


def test_ke01_a_prompt_asks_twice_for_a_new_store(prompts: list[str]) -> None:
    prompts[:] = ["p", "p"]
    assert ask_password(False, new=True) == "p"
    prompts[:] = ["p", "q"]
    with pytest.raises(UserError, match="differ"):
        ask_password(False, new=True)
    prompts[:] = [""]
    with pytest.raises(UserError, match="empty"):
        ask_password(False, new=False)


def test_ke02_without_a_terminal_the_sentence_names_the_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(UserError, match=r"HBOT_PASSWORD.*--password-stdin"):
        ask_password(False, new=False)
