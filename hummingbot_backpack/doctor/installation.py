"""Checks of the interpreter and of what is installed in it. Nothing heavy of Hummingbot is imported."""

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from hummingbot_backpack import __version__, import_hook
from hummingbot_backpack.doctor.report import Finding, fail, ok, warn
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.links import installed_hummingbot

PYTHON_RUN = ((3, 12),)
HUMMINGBOT_RUN = ("20260922",)
"""The interpreters and the releases of Hummingbot that have been run; outside them doctor warns."""


def check_interpreter() -> Finding:
    detail = f"Python {platform.python_version()} at {sys.executable}, hummingbot-backpack {__version__}"
    if sys.version_info[:2] in PYTHON_RUN:
        return ok("interpreter", detail)
    run = " and ".join(".".join(map(str, pair)) for pair in PYTHON_RUN)
    return warn("interpreter", f"{detail}; only Python {run} has been run: use it if something is odd")


def check_hummingbot() -> Finding:
    try:
        package = installed_hummingbot()
    except UserError as error:
        return fail("hummingbot", str(error))
    try:
        release = version("hummingbot")
    except PackageNotFoundError:  # a source checkout, or the Docker image
        file = package / "VERSION"
        release = file.read_text(encoding="utf-8").strip() if file.is_file() else "unknown"
    if release in HUMMINGBOT_RUN:
        return ok("hummingbot", f"release {release} at {package}", release=release)
    return warn(
        "hummingbot",
        f"release {release} at {package} has not been run with us (run: {', '.join(HUMMINGBOT_RUN)}):"
        " rehearse with it before you trade",
        release=release,
    )


def check_implementations() -> Iterator[Finding]:
    """Say whose code is live for each of the packages that the hook serves."""
    ours = import_hook.served_packages()
    for name in import_hook.SERVED:
        check = f"whose {name.rpartition('.')[2]}"
        try:
            spec = find_spec(name)
        except ImportError as error:
            yield fail(check, f"cannot be found: {error}")
            continue
        origin = spec.origin if spec else None
        if origin is None:
            yield fail(check, "is nowhere: install Hummingbot and hummingbot-backpack again")
        elif name in ours and Path(origin) == ours[name]:
            yield ok(check, f"ours ({origin})", live="ours", file=origin)
        elif not import_hook.enabled():
            why = f"{import_hook.SWITCH} switches ours off: unset it to trade with ours"
            yield warn(check, f"Hummingbot's own ({origin}): {why}", live="bundled", file=origin)
        elif name not in ours:
            yield warn(
                check, f"Hummingbot's own ({origin}): this release of ours brings none", live="bundled", file=origin
            )
        else:
            why = "the import hook did not run: install hummingbot-backpack again in this environment"
            yield fail(check, f"Hummingbot's own ({origin}): {why}", live="bundled", file=origin)
