"""Performs the steps of a Dockerfile in a plain folder, where there is no Docker engine.

Of each stage `COPY`, `RUN`, `WORKDIR` and `ENV` are carried out as written, but that absolute paths lie inside the
folder. What an image would bring (`FROM`) must lie there already.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


def instructions(text: str) -> list[tuple[str, str]]:
    """:return: (keyword, rest) of each instruction, continued lines joined, comments left out."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", kept)
    return [
        (word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


@dataclass
class Stage:
    """One stage of a build: what it began from, and where its root lies."""

    image: str
    root: Path
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=dict)

    def inside(self, path: str) -> Path:
        whole = path if path.startswith("/") else f"{self.folder.rstrip('/')}/{path}"
        return self.root / whole.lstrip("/")


class Performed:
    """Performs `text`: the stage that begins from an image gets the root that `roots` names for it.

    :param context: the folder that `docker build` would be given
    :param roots: for each image the folder that stands for its file system
    :raises AssertionError: a step failed; with what it said.
    """

    def __init__(self, text: str, context: Path, roots: dict[str, Path], environment: dict[str, str]) -> None:
        self.stages: dict[str, Stage] = {}
        self.said: list[tuple[str, str]] = []
        """Each RUN step with what it printed."""
        self._context, self._roots, self._environment = context, roots, environment
        for keyword, rest in instructions(text):
            getattr(self, f"_{keyword.lower()}")(rest)

    @property
    def last(self) -> Stage:
        return list(self.stages.values())[-1]

    def _from(self, rest: str) -> None:
        image, _, name = rest.partition(" AS ")
        self.stages[name or image] = Stage(image, self._roots[image])

    def _workdir(self, rest: str) -> None:
        self.last.folder = rest
        self.last.inside(rest).mkdir(parents=True, exist_ok=True)

    def _env(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.last.environment[name] = value

    def _copy(self, rest: str) -> None:
        option, _, paths = rest.partition(" ") if rest.startswith("--from=") else ("", "", rest)
        source, target = paths.split()
        place = self.last.inside(target)
        if option:
            stage = self.stages[option.removeprefix("--from=")]
            place.mkdir(parents=True, exist_ok=True)
            for file in stage.root.glob(source.lstrip("/")):
                shutil.copy(file, place)
        else:
            ignored = shutil.ignore_patterns(
                ".git", ".venv*", ".build", "build", "*.egg-info", "__pycache__", ".*_cache"
            )
            shutil.copytree(self._context / source, place, ignore=ignored, dirs_exist_ok=True)

    def _run(self, rest: str) -> None:
        stage = self.last
        command = re.sub(r"(?<![\w.:/*])/(?=[a-z])", f"{stage.root}/", rest)
        environment = dict(self._environment)
        for name, value in stage.environment.items():
            moved = re.sub(r"(?<![\w.])/(?=[a-z])", f"{stage.root}/", value)
            environment[name] = moved.replace(f"${name}", environment.get(name, ""))
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=stage.inside(stage.folder),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"RUN {rest}\n{done.stdout}\n{done.stderr}"
        self.said.append((rest, done.stdout))
