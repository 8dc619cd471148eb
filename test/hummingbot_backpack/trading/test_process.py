import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.client.hummingbot_application import HummingbotApplication

from hummingbot_backpack.trading import process


def application(monkeypatch: pytest.MonkeyPatch, headless: bool) -> tuple[list[Any], list[Any], list[Any]]:
    """Signals sent, exit codes registered, and stops asked for."""
    sent: list[Any] = []
    registered: list[Any] = []
    stopped: list[Any] = []
    fake = SimpleNamespace(headless_mode=headless, stop=lambda: stopped.append(True))
    monkeypatch.setattr(HummingbotApplication, "main_application", classmethod(lambda cls, **_: fake))
    monkeypatch.setattr(process.os, "kill", lambda *arguments: sent.append(arguments))
    monkeypatch.setattr(process.atexit, "register", lambda *arguments: registered.append(arguments[1:]))
    return sent, registered, stopped


@pytest.mark.parametrize(("code", "registered"), [(0, []), (1, [(1,)])])
def test_se01_the_engine_is_asked_to_wind_down_and_the_code_is_kept(
    code: int, registered: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, codes, stopped = application(monkeypatch, headless=True)
    process.end_bot(code)
    assert sent == [(os.getpid(), signal.SIGTERM)]
    assert codes == registered
    assert not stopped


def test_se01_the_interactive_client_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, codes, stopped = application(monkeypatch, headless=False)
    process.end_bot(1)
    assert stopped == [True]
    assert not sent and not codes
