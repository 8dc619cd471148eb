"""A core dump would hold the keys: no process of ours, nor what it starts, writes one."""

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LIMITS = Path("/proc/self/limits")
REPORT = (
    "import resource, sys; import typer; from hummingbot_backpack import cli; "
    "cli.app = lambda **_: print(resource.getrlimit(resource.RLIMIT_CORE)[0]); sys.exit(cli.main())"
)


def allow_core_dumps() -> None:
    """In the child, before it becomes ours: as much as this machine allows."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard if hard != resource.RLIM_INFINITY else 1 << 20, hard))


def test_au03_every_command_begins_without_core_dumps() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REPORT], preexec_fn=allow_core_dumps, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"


@pytest.mark.skipif(not LIMITS.exists(), reason="the limits of another process are only to be read on Linux")
@pytest.mark.parametrize(
    "module", [["hummingbot_backpack", "simulator"], ["hummingbot_backpack.simulator"]], ids=["command", "module"]
)
def test_au03_the_local_backpack_runs_without_core_dumps(module: list[str], tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    process = subprocess.Popen(
        [sys.executable, "-m", *module, "--port", "0", "--port-file", str(port_file)],
        preexec_fn=allow_core_dumps,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not port_file.exists():
            assert process.poll() is None
            time.sleep(0.02)
        limits = Path(f"/proc/{process.pid}/limits").read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    (line,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4] == "0"
