"""A terminal for programs that need one: a pseudo-terminal, what was shown on it, and typing."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from test.hummingbot_backpack.workspace.commands import Commands

_CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")
_CURSOR_QUESTION, _CURSOR_ANSWER = b"\x1b[6n", b"\x1b[1;1R"


class Terminal:
    """``hummingbot-backpack`` with `arguments` on a pseudo-terminal."""

    rows, columns = 45, 160

    def __init__(self, commands: Commands, *arguments: str | Path) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hummingbot_backpack", *map(str, arguments)],
            env={**commands.environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._shown = b""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """What was shown so far, without the terminal's control sequences."""
        return _CONTROL.sub(b"", self._shown).decode("utf-8", errors="replace")

    def type(self, line: str) -> None:
        self.read(0.5)  # let it take the last keys before the next
        os.write(self._ours, line.encode())
        self.read(0.5)  # a completion menu swallows an Enter that comes with the word
        os.write(self._ours, b"\r")

    def read(self, seconds: float) -> bool:
        """Read for up to `seconds`. :return: whether the program still has the terminal open."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._ours], [], [], left)[0]:
                continue
            try:
                fresh = os.read(self._ours, 65536)
            except OSError:  # Linux: the other side is closed
                return False
            self.took(fresh)
            if _CURSOR_QUESTION in fresh:
                os.write(self._ours, _CURSOR_ANSWER)
        return True

    def took(self, fresh: bytes) -> None:
        """Called with what the program wrote."""
        self._shown += fresh

    def press(self, keys: str) -> None:
        """Send `keys` as they are."""
        os.write(self._ours, keys.encode())

    def reads_until(self, met: Callable[[], bool], seconds: float) -> bool:
        """Read on until `met` holds (a program blocks when nobody reads). :return: whether it was met."""
        deadline = time.monotonic() + seconds
        while not met() and time.monotonic() < deadline:
            if not self.read(0.2):
                break
        return met()

    def shows(self, words: str, seconds: float) -> bool:
        return self.reads_until(lambda: words in self.text, seconds)

    def ends(self, seconds: float) -> int | None:
        """:return: the exit code, or None if it goes on."""
        deadline = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < deadline:
            if not self.read(0.2):
                time.sleep(0.05)
        return self._process.poll()
