"""Processes that a command starts: in sessions of their own, ended together, never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType

PR_SET_PDEATHSIG = 1  # prctl(2)
POLL_SECONDS = 0.1


def is_alive(process: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent to notice does not."""
    import psutil

    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


class Interrupted(Exception):
    """The user (Ctrl-C) or the system asked us to stop; ``number`` is the signal's."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


class Signals:
    """While open, the first SIGINT, SIGTERM or SIGHUP raises :class:`Interrupted`; later ones wait until the end is
    reached."""

    WATCHED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __enter__(self) -> "Signals":
        self._before = {number: signal.signal(number, self._raise) for number in self.WATCHED}
        return self

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.hold()
        raise Interrupted(number)

    def hold(self) -> None:
        """From now on signals are ignored: the end is under way and takes bounded time."""
        for number in self.WATCHED:
            signal.signal(number, signal.SIG_IGN)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _die_with_parent() -> None:
    """Runs in the child: it gets SIGTERM when we are killed outright (Linux; elsewhere only an orderly end reaches
    it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One child process in a session of its own, its output in a file that only its owner can read."""

    def __init__(
        self, name: str, command: Sequence[str | Path], output: Path, environment: dict[str, str], folder: Path
    ):
        self.name = name
        self.output = output
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            os.fchmod(handle.fileno(), 0o600)  # one of an earlier run may be there
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    @property
    def code(self) -> int | None:
        """The exit code, ``None`` while it runs."""
        return self._process.poll()

    def last_words(self, lines: int = 12) -> str:
        """:return: the end of what it printed."""
        return "\n".join(self.output.read_text(errors="replace").splitlines()[-lines:])

    def end(self, patience: float) -> int:
        """Ask it to stop, wait ``patience`` seconds, then kill it and whatever it started.

        :return: its exit code, negative for a signal
        """
        if self.code is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self._process.wait()


def wait_until(met: Callable[[], bool], seconds: float, give_up: Callable[[], bool] = lambda: False) -> bool:
    """Poll ``met`` until it holds, ``seconds`` have passed, or ``give_up`` holds.

    :return: whether it was met
    """
    deadline = time.monotonic() + seconds
    while not met():
        if give_up() or time.monotonic() > deadline:
            return met()
        time.sleep(POLL_SECONDS)
    return True
