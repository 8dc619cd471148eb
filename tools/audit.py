"""``make audit``: the known vulnerabilities of what is in ``.venv``, which pip-audit asks the package index for.

pip-audit gets an environment of its own: its msgpack would overwrite the files of Hummingbot's msgpack-python.
Exit codes: 0 nothing known, 1 vulnerabilities found, 3 the database could not be asked (nothing is known either way).
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PLACE = ROOT / ".venvs" / "audit"
REQUIREMENTS = Path(__file__).with_name("audit_requirements.txt")
FOUND, NOT_ASKED = 1, 3
OURS = "hummingbot-backpack"
TIMEOUT = 900


class NotAsked(Exception):
    """The database gave no answer; the text is the sentence to print."""


def read_report(code: int, output: str, errors: str) -> list[dict[str, Any]]:
    """:return: pip-audit's rows, one for each package. :raises NotAsked: there is none, or none was looked up.

    Behind an index that has no database pip-audit skips every package and calls that a success.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = next((line.strip() for line in reversed(errors.splitlines()) if line.strip()), f"exit code {code}")
        raise NotAsked(
            f"The database of vulnerabilities cannot be reached ({reason[:200]}): nothing is known."
        ) from None
    if not any("vulns" in row for row in rows):
        raise NotAsked(
            f"The database of vulnerabilities cannot be reached (it knew none of {len(rows)} packages):"
            " nothing is known."
        )
    return rows


def lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """One line for each vulnerability, one for what was left out, one for the sum."""
    skipped = sorted(row["name"] for row in rows if "vulns" not in row and row["name"] != OURS)
    found = 0
    for row in rows:
        for one in row.get("vulns", ()):
            found += 1
            names = ", ".join([one["id"], *one.get("aliases", ())])
            fixed = ", ".join(one.get("fix_versions", ())) or "no version"
            yield f"{row['name']} {row['version']}: {names}, fixed in {fixed}"
    if skipped:
        yield f"not in the database: {', '.join(skipped)}"
    yield f"{found} known vulnerabilities in {len(rows) - len(skipped)} packages."


def auditor() -> list[str]:
    """Make pip-audit's environment where it is not there yet. :return: how pip-audit is started.

    :raises NotAsked: it cannot be installed.
    """
    python, stamp = PLACE / "bin" / "python", PLACE / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.create(PLACE, clear=True, with_pip=True)
        environment = {"PIP_CACHE_DIR": str(ROOT / ".build" / "pip-cache"), **os.environ}
        command = [str(python), "-m", "pip", "-q", "install", "--no-deps", "-r", str(REQUIREMENTS)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            words = done.stderr.strip().splitlines() or ["pip said nothing"]
            raise NotAsked(f"pip-audit cannot be installed ({words[-1][:200]}): nothing is known.")
        stamp.write_text(wanted, encoding="utf-8")
    return [str(python), "-m", "pip_audit"]


def main() -> int:
    packages = next(VENV.glob("lib/python3*/site-packages"), None)
    if packages is None:
        print("There is no .venv to audit: run `make install` first.", file=sys.stderr)
        return NOT_ASKED
    try:
        command = [*auditor(), "--path", str(packages), "--progress-spinner", "off", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        rows = read_report(done.returncode, done.stdout, done.stderr)
    except subprocess.TimeoutExpired:
        print(f"The database of vulnerabilities did not answer within {TIMEOUT} s: nothing is known.", file=sys.stderr)
        return NOT_ASKED
    except NotAsked as error:
        print(error, file=sys.stderr)
        return NOT_ASKED
    print("\n".join(lines(rows)))
    return FOUND if any(row.get("vulns") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
