"""``make audit``: what pip-audit answers, and what it does not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLEAN = {"name": "aiohttp", "version": "3.13.5", "vulns": []}
BAD = {
    "name": "left", "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["1.1"], "description": "…"}],
}  # fmt: skip
SKIPPED = {"name": "inner", "skip_reason": "Dependency not found on PyPI and could not be audited: inner (1)"}


def audit(
    repository: Path, folder: Path, answer: str, code: int = 0, errors: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the tool in a checkout whose pip-audit gives `answer`."""
    tools, place = folder / "tools", folder / ".venvs" / "audit"
    (folder / ".venv" / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    (place / "bin").mkdir(parents=True)
    tools.mkdir()
    for name in ("audit.py", "audit_requirements.txt"):
        shutil.copy(repository / "tools" / name, tools / name)
    shutil.copy(tools / "audit_requirements.txt", place / "requirements.txt")
    (folder / "pip_audit.py").write_text(
        f"import sys; sys.stderr.write({errors!r}); sys.stdout.write({answer!r}); sys.exit({code})"
    )
    (place / "bin" / "python").write_text(f'#!/bin/sh\nPYTHONPATH="{folder}" exec "{sys.executable}" "$@"\n')
    (place / "bin" / "python").chmod(0o755)
    return subprocess.run([sys.executable, str(tools / "audit.py")], capture_output=True, text=True, timeout=60)


def report(*rows: object) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


def test_audit_nothing_known_is_0_and_says_what_was_left_out(repository: Path, tmp_path: Path) -> None:
    done = audit(repository, tmp_path, report(CLEAN, SKIPPED))
    assert done.returncode == 0
    assert done.stdout == "not in the database: inner\n0 known vulnerabilities in 1 packages.\n"


def test_audit_a_vulnerability_is_1_with_its_names_and_its_fix(repository: Path, tmp_path: Path) -> None:
    done = audit(repository, tmp_path, report(CLEAN, BAD), code=1)
    assert done.returncode == 1
    assert "left 1.0: PYSEC-1, CVE-1, fixed in 1.1" in done.stdout


@pytest.mark.parametrize(
    ("answer", "code", "errors"),
    [
        (report(SKIPPED, {**SKIPPED, "name": "other"}), 0, ""),  # an index without a database: "success"
        ("", 1, "Traceback …\nrequests.exceptions.ConnectionError: Name or service not known\n"),
        ("", 2, ""),
    ],
)
def test_audit_a_database_that_gives_no_answer_is_3_and_one_sentence(
    repository: Path, tmp_path: Path, answer: str, code: int, errors: str
) -> None:
    done = audit(repository, tmp_path, answer, code, errors)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1 and "cannot be reached" in done.stderr


def test_audit_without_an_environment_says_what_to_do(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy(repository / "tools" / "audit.py", tmp_path / "tools")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "tools" / "audit.py")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3 and "make install" in done.stderr
