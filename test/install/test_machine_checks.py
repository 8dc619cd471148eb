"""What the machine lacks is one sentence, said before anything is downloaded, and leaves nothing half-made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Path:
    """A copy of the files that installing reads, and nothing else."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copytree(repository / "tools", folder / "tools")
    for name in ("setup.py", "pyproject.toml", "constraints.txt", "README.md", "Makefile"):
        shutil.copy(repository / name, folder / name)
    return folder


def install(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    base = {
        name: value for name, value in os.environ.items() if not name.startswith("PIP_") and name not in ("CC", "CXX")
    }
    return subprocess.run(
        [sys.executable, "tools/install.py", "runtime"],
        cwd=checkout,
        env={**base, **environment},
        capture_output=True,
        text=True,
    )


def is_one_sentence(text: str) -> bool:
    return len(text.strip().splitlines()) == 1 and text.strip().endswith(".") and "Traceback" not in text


def test_no_compiler_is_one_sentence_and_nothing_is_made(checkout: Path) -> None:
    done = install(checkout, CXX="no-such-compiler")
    assert done.returncode == 1
    assert is_one_sentence(done.stderr) and "no-such-compiler" in done.stderr and "g++" in done.stderr
    assert not (checkout / ".venv").exists()


def test_an_index_that_cannot_be_reached_is_one_sentence_and_the_environment_goes_again(checkout: Path) -> None:
    # Port 9 (discard) on loopback: refused at once.
    done = install(checkout, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_CONFIG_FILE=os.devnull)
    assert done.returncode == 1
    assert is_one_sentence(done.stderr) and "PIP_INDEX_URL" in done.stderr
    assert not (checkout / ".venv").exists()


def test_too_little_disk_is_one_sentence(checkout: Path) -> None:
    tool = checkout / "tools" / "install.py"
    tool.write_text(tool.read_text().replace("NEEDED_MEGABYTES = ", "NEEDED_MEGABYTES = 1_000_000 * "))
    done = install(checkout)
    assert done.returncode == 1
    assert is_one_sentence(done.stderr) and "MB free" in done.stderr
    assert not (checkout / ".venv").exists()


def test_no_python_3_12_is_one_sentence_that_says_what_to_install(checkout: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "ls", "cat", "env"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        ["sh", "tools/find_python.sh"],
        cwd=checkout,
        env={"PATH": str(tools), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        pytest.skip("this machine has a Python 3.12 in a place that is always looked at")
    assert is_one_sentence(done.stderr) and "Python 3.12" in done.stderr and "install" in done.stderr
    assert done.stdout == ""


def test_a_python_3_12_that_only_pyenv_knows_is_found(checkout: Path, tmp_path: Path) -> None:
    root = tmp_path / "pyenv" / "versions" / "3.12.99" / "bin"
    root.mkdir(parents=True)
    (root / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (root / "python").chmod(0o755)
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "python3.12").write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")
    (broken / "python3.12").chmod(0o755)
    for name in ("sh", "ls"):
        (broken / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        ["sh", "tools/find_python.sh"],
        cwd=checkout,
        env={"PATH": str(broken), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "pyenv")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).exists()


def test_a_second_install_has_nothing_to_do(checkout: Path) -> None:
    sys.path.insert(0, str(checkout / "tools"))
    try:
        import install as tool
    finally:
        sys.path.remove(str(checkout / "tools"))
    assert not tool.installed("runtime")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").touch()
    (checkout / ".venv" / ".stamp-test").write_text(tool.stamp_of("test"))
    assert tool.installed("runtime") and tool.installed("test") and not tool.installed("lint")
    (checkout / "constraints.txt").write_text("changed")
    assert not tool.installed("runtime")
