"""Hummingbot's interactive client in a terminal, driven as a tester drives it: lines typed, the screen read."""

import re
from collections.abc import Callable

import pyte

from test.hummingbot_backpack.workspace.commands import Commands
from test.hummingbot_backpack.workspace.terminal import Terminal

PROMPT = ">>>"
HIDE_LOGS = "\x14"  # Ctrl-T
ESCAPE = "\x1b"
_ECHO = re.compile(r"^\s*>>>  (\S.*)$")


class Client(Terminal):
    """``hummingbot-backpack client`` on a terminal high enough for a whole report, its log pane folded away."""

    rows, columns = 140, 200

    def __init__(self, commands: Commands) -> None:
        self.companions: list[Client] = []
        self._seen = commands.root.parent / "seen.txt"  # for docs/hummingbot_qa.md
        self._screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self._screen)
        super().__init__(commands, "client", "-w", commands.root)
        assert self.shows_on_screen(PROMPT, 90), self.text
        self.press(HIDE_LOGS)
        self.read(0.5)

    def read(self, seconds: float) -> bool:
        goes_on = super().read(seconds)
        for other in self.companions:  # nobody else reads them, and a client that cannot write stands still
            Terminal.read(other, 0.01)
        return goes_on

    def took(self, fresh: bytes) -> None:
        super().took(fresh)
        self._stream.feed(fresh)

    @property
    def screen(self) -> list[str]:
        """The lines that stand on the screen now, without their padding."""
        return [line.rstrip() for line in self._screen.display]

    def shows_on_screen(self, words: str, seconds: float) -> bool:
        return self.reads_until(lambda: any(words in line for line in self.screen), seconds)

    def said(self, command: str) -> str:
        """:return: what stands under the last command, if that was `command`."""
        lines = self.screen[:-1]  # the last one counts trades for itself
        places = [place for place, line in enumerate(lines) if _ECHO.match(line)]
        if not places or _ECHO.match(lines[places[-1]]).group(1) != command:  # type: ignore[union-attr]
            return ""
        return "\n".join(lines[places[-1] + 1 :])

    def run(self, command: str, until: str | Callable[[str], bool], seconds: float = 30.0) -> str:
        """Type `command` and wait until what it says fulfils `until`. :return: what it said."""
        before = self.said(command)
        self.type(command)
        # Where the same command was the last one, what it said then is no answer to now.
        self.reads_until(lambda: self.said(command) != before, 3)
        met = until if callable(until) else lambda said: until in said
        assert self.reads_until(lambda: met(self.said(command)), seconds), "\n".join(self.screen)
        said = self.said(command)
        with self._seen.open("a") as stream:
            stream.write(f">>> {command}\n" + "\n".join(line for line in said.splitlines() if line.strip(" >")) + "\n")
        return said

    @property
    def input_line(self) -> str:
        """The line that is typed into, with what it asks."""
        return next((line for line in reversed(self.screen) if PROMPT in line), "")

    def type(self, line: str) -> None:
        self.read(0.3)  # the prompt comes before the field is ready for it
        self.press(line)
        self.reads_until(lambda: self.input_line.endswith((line, "*" * len(line))) or not line, 5)
        self.read(0.3)  # a completion menu swallows an Enter that comes with the word
        self.press("\r")

    def answer(self, prompt: str, text: str, seconds: float = 20.0) -> None:
        """Wait until the input line asks `prompt`, and type `text`."""
        asked = self.reads_until(lambda: prompt in self.input_line, seconds)
        assert asked, f"{prompt!r} never came\n" + "\n".join(self.screen)
        self.type(text)
