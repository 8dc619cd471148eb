"""Makes ``.venv`` with what a command of the Makefile needs; with nothing to do it returns at once.

Usage: ``python3.12 tools/install.py runtime|test|lint …``. Standard library only: it runs before anything is installed.
Whatever the machine lacks is one sentence, said before anything is downloaded. All files stay inside the checkout.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WORK = ROOT / ".build"
LOG = WORK / "install.log"
CONSTRAINTS = ROOT / "constraints.txt"
EXTRAS = {"runtime": ["hummingbot"], "test": ["hummingbot", "test"], "lint": ["hummingbot", "test", "lint"]}
NEEDED_MEGABYTES = 4000  # environment 1,150, build of Hummingbot and pip's cache the rest
PROGRESS_SECONDS = 15


class Missing(Exception):
    """Something this machine lacks; the text is the sentence to print."""


def stamp_of(kind: str) -> str:
    """:return: a digest of everything that the environment depends on."""
    digest = hashlib.sha256()
    for part in (kind, str(ROOT), sys.executable, sys.version):
        digest.update(part.encode() + b"\0")
    for file in (CONSTRAINTS, ROOT / "setup.py", ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def installed(kind: str) -> bool:
    """:return: whether ``.venv`` already holds ``kind`` (or a larger set of extras), unchanged and working."""
    kinds = list(EXTRAS)
    enough = kinds[kinds.index(kind) :]
    python = VENV / "bin" / "python"
    return python.exists() and any(
        (VENV / f".stamp-{other}").exists() and (VENV / f".stamp-{other}").read_text() == stamp_of(other)
        for other in enough
    )


def check_machine() -> None:
    """:raises Missing: for the first thing that is not there: compiler, headers, disk."""
    again = "and run the command again."
    include = Path(sysconfig.get_paths()["include"])
    if not (include / "Python.h").exists():
        raise Missing(
            f"The headers of Python 3.12 ({include}/Python.h) are missing: install them "
            f"(Debian, Ubuntu: apt-get install python3.12-dev) {again}"
        )
    for variable, fallback in (("CC", "cc"), ("CXX", "c++")):
        command = (os.environ.get(variable) or sysconfig.get_config_var(variable) or fallback).split()
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            source = Path(folder) / "probe.cpp"
            source.write_text("#include <vector>\nint main() { return std::vector<int>(1).at(0); }\n")
            try:
                subprocess.run([*command, "-c", str(source), "-o", f"{source}.o"], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError):
                raise Missing(
                    f"No working C++ compiler was found ({variable}: {' '.join(command)}), and Hummingbot is compiled "
                    "when it is installed: install one (Debian, Ubuntu: apt-get install g++; macOS: xcode-select "
                    "--install) "
                    f"{again}"
                ) from None
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < NEEDED_MEGABYTES:
        raise Missing(
            f"There are {free} MB free under {ROOT}, and the first install needs {NEEDED_MEGABYTES}: make room {again}"
        )


def check_index(python: Path, environment: dict[str, str]) -> None:
    """:raises Missing: if pip cannot see Hummingbot's release; asks for the listing only, downloads no package."""
    # An explicit list of versions is the cheapest question that also tells a mirror without this release.
    probe = [str(python), "-m", "pip", "--retries", "1", "--timeout", "20", "index", "versions", "--pre", "hummingbot"]
    answer = subprocess.run(probe, env=environment, capture_output=True, text=True)
    if answer.returncode != 0:
        raise Missing(
            "The Python package index cannot be reached or does not have Hummingbot: check the network, or set "
            "PIP_INDEX_URL to an index that you can reach, and run the command again."
        )


def pip_environment() -> dict[str, str]:
    """:return: pip's environment: caches and temporary files stay inside the checkout unless the user chose a cache."""
    environment = dict(os.environ)
    environment.setdefault("PIP_CACHE_DIR", str(WORK / "pip-cache"))
    environment["TMPDIR"] = str(WORK / "tmp")
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    environment["PIP_NO_INPUT"] = "1"
    environment.pop("PYTHONPATH", None)
    environment.pop("PYTHONHOME", None)
    return environment


def describe(line: str) -> str | None:
    """:return: what a line of pip's means to somebody waiting, ``None`` for a line that means nothing to them."""
    if "wheel for hummingbot " in line and "finished" not in line:
        return "compiling Hummingbot (about five minutes, this once)"
    for beginning, meaning in (
        ("Collecting ", "collecting packages"),
        ("Downloading ", "downloading packages"),
        ("Installing build dependencies", "preparing builds"),
        ("Installing collected packages", "installing packages"),
    ):
        if line.strip().startswith(beginning):
            return meaning
    return None


def run_pip(command: list[str], environment: dict[str, str]) -> None:
    """Run pip in a process group of its own, telling what it does; a signal to us ends the whole group.

    :raises Missing: when pip fails, with its last words and where all of them are.
    """
    with LOG.open("ab") as log:
        begun = log.tell()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )

        def stop(number: int, frame: FrameType | None) -> None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            print("\nInterrupted; run the command again to continue.", file=sys.stderr)
            sys.exit(128 + number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        started = said_at = time.monotonic()
        doing = said = ""
        while True:
            try:
                code = process.wait(timeout=1)
                break
            except subprocess.TimeoutExpired:
                pass
            with LOG.open("rb") as reading:
                reading.seek(begun)
                for line in reading.read().decode(errors="replace").splitlines():
                    doing = describe(line) or doing
            now = time.monotonic()
            if doing and (doing != said or now - said_at >= PROGRESS_SECONDS):
                print(f"  {now - started:4.0f} s  {doing}", flush=True)
                said, said_at = doing, now
    if code != 0:
        words = [line for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
        errors = [line for line in words if "error" in line.lower()] or words
        raise Missing(f"Installing failed: {errors[-1].strip() if errors else 'pip said nothing'} (all of it: {LOG}).")


def install(kind: str) -> None:
    """Make the environment hold ``kind``; a half-made one is completed, one of another checkout or Python is made
    anew."""
    WORK.mkdir(exist_ok=True)
    (WORK / "tmp").mkdir(exist_ok=True)
    LOG.write_bytes(b"")
    python = VENV / "bin" / "python"
    owner = VENV / ".owner"
    mine = f"{ROOT}\n{sys.executable}\n{sys.version}"
    fresh = not (python.exists() and owner.exists() and owner.read_text() == mine)
    environment = pip_environment()
    if fresh:
        check_machine()
        print(f"Making the virtual environment .venv with {sys.executable} …", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, env=environment)
    try:
        check_index(python, environment)
    except Missing:
        if fresh:
            shutil.rmtree(VENV, ignore_errors=True)
        raise
    owner.write_text(mine)
    print("Installing Hummingbot and this plug-in; the first time this takes several minutes.", flush=True)
    target = f"{ROOT}[{','.join(EXTRAS[kind])}]"
    run_pip([str(python), "-m", "pip", "install", "-c", str(CONSTRAINTS), "-e", target], environment)
    (VENV / f".stamp-{kind}").write_text(stamp_of(kind))
    shutil.rmtree(WORK / "tmp", ignore_errors=True)


def main() -> int:
    kind = sys.argv[1] if len(sys.argv) == 2 else ""
    if kind not in EXTRAS:
        print(f"usage: install.py {'|'.join(EXTRAS)}", file=sys.stderr)
        return 2
    if installed(kind):
        return 0
    try:
        install(kind)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; run the command again to continue.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
