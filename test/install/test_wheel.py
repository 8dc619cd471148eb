"""The built wheel in a throw-away environment beside Hummingbot: whose classes load, and that Hummingbot's files stay
as they were.

One environment for the module; its tests run in file order, because installing, switching off and removing are a story.
"""

import asyncio
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from hummingbot_backpack import import_hook
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig

pytestmark = pytest.mark.slow

PASSWORD = "only-for-this-test"
ORIGINS = (
    "import importlib.util, json, sys; print(json.dumps([importlib.util.find_spec(n).origin for n in sys.argv[1:]]))"
)
CLASSES = (
    "from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange as S\n"
    "from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_derivative as module\n"
    "P = module.BackpackPerpetualDerivative\n"
    "import sys\n"
    "print(sys.modules[S.__module__].__file__); print(sys.modules[P.__module__].__file__)\n"
)


class Throwaway:
    """A virtual environment with Hummingbot in it, and commands run there with a clean environment."""

    def __init__(self, folder: Path, repository: Path):
        self.folder = folder
        self.repository = repository
        self.python = folder / "bin" / "python"
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", import_hook.SWITCH)
        }
        self.environment.setdefault("PIP_CACHE_DIR", str(repository / ".build" / "pip-cache"))
        self.environment["PYTHONDONTWRITEBYTECODE"] = "1"  # so that two fingerprints of the files can be compared

    def run(self, *command: str | Path, code: int | None = 0, **more: str) -> str:
        done = subprocess.run(
            [str(part) for part in command],
            env={**self.environment, **more},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert code is None or done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if done.returncode else "")

    def pip(self, *arguments: str | Path) -> str:
        return self.run(self.python, "-m", "pip", "-q", *arguments)

    def origins(self, **more: str) -> list[Path]:
        return [
            Path(origin)
            for origin in json.loads(self.run(self.python, "-P", "-c", ORIGINS, *import_hook.SERVED, **more))
        ]

    @property
    def packages(self) -> Path:
        return next(self.folder.glob("lib/python3.*/site-packages"))

    def fingerprint(self) -> dict[str, str]:
        """Every file of Hummingbot's distribution with its digest; compiled bytecode left out."""
        places = [self.packages / "hummingbot", *self.packages.glob("hummingbot-*.dist-info")]
        files = sorted(
            file for place in places for file in place.rglob("*") if file.is_file() and "__pycache__" not in file.parts
        )
        return {str(file.relative_to(self.packages)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def throwaway(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Throwaway]:
    folder = tmp_path_factory.mktemp("throwaway") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    made = Throwaway(folder, repository)
    made.pip("install", "-c", repository / "constraints.txt", "hummingbot==20260922")
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def before(throwaway: Throwaway) -> dict[str, str]:
    return throwaway.fingerprint()


@pytest.fixture(scope="module")
def installed(
    throwaway: Throwaway, before: dict[str, str], repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Throwaway:
    wheels = tmp_path_factory.mktemp("wheels")
    throwaway.pip("wheel", "--no-deps", "--wheel-dir", wheels, repository)
    throwaway.pip("install", "-c", repository / "constraints.txt", next(wheels.glob("hummingbot_backpack-*.whl")))
    return throwaway


async def test_in01_the_wheel_serves_our_classes_and_changes_no_file_of_hummingbot(
    installed: Throwaway, before: dict[str, str]
) -> None:
    tree = installed.packages / "hummingbot_backpack" / "_tree"
    assert all(origin.is_relative_to(tree) for origin in installed.origins())
    for file in installed.run(installed.python, "-P", "-c", CLASSES).split():
        assert Path(file).is_relative_to(tree)
    assert installed.fingerprint() == before


async def test_in01_the_switch_gives_the_bundled_classes_back(installed: Throwaway) -> None:
    bundled = installed.packages / "hummingbot"
    assert all(origin.is_relative_to(bundled) for origin in installed.origins(HUMMINGBOT_BACKPACK="off"))
    for file in installed.run(installed.python, "-P", "-c", CLASSES, HUMMINGBOT_BACKPACK="off").split():
        assert Path(file).is_relative_to(bundled)


async def test_in01_the_wheel_holds_what_a_workspace_needs(installed: Throwaway) -> None:
    tree = installed.packages / "hummingbot_backpack" / "_tree"
    for name in (
        "scripts/v2_with_controllers.py",
        "controllers/market_making/perp_market_maker.py",
        "conf/scripts/perp_maker.yml",
    ):
        assert (tree / name).is_file(), name
    assert not list(tree.rglob("__pycache__")) or installed.environment["PYTHONDONTWRITEBYTECODE"] == "1"


async def test_in01_keys_stored_through_us_serve_the_bundled_connector_off_and_after_removal(
    installed: Throwaway, before: dict[str, str], tmp_path: Path
) -> None:
    async def run(*command: str | Path, **more: str) -> str:
        # Off the event loop: the local Backpack must go on answering while a command runs.
        return await asyncio.to_thread(lambda: installed.run(*command, **more))

    workspace = tmp_path / "workspace"
    ours = installed.folder / "bin" / "hummingbot-backpack"
    await run(ours, "init", workspace)
    secret, key = new_pair()
    await run(
        ours,
        "keys",
        "import",
        "--offline",
        "--workspace",
        workspace,
        BACKPACK_KEY=key,
        BACKPACK_SECRET=secret,
        HBOT_PASSWORD=PASSWORD,
    )
    stored = sorted(file.name for file in (workspace / "conf" / "connectors").glob("*.yml"))
    assert stored == ["backpack.yml", "backpack_perpetual.yml"]

    redirect = Path(__file__).with_name("redirect_bundled.py")
    shutil.copy(redirect, installed.packages / "redirect_bundled.py")
    (installed.packages / "zz_redirect_bundled.pth").write_text("import redirect_bundled\n")
    async with LocalBackpack(SimulatorConfig(port=0, balances={"USDC": "4321"})) as backpack:
        environment = {"BUNDLED_BACKPACK_URL": backpack.url, "HBOT_PASSWORD": PASSWORD}
        off = await run(workspace / "hbot", "balance", "--json", HUMMINGBOT_BACKPACK="off", **environment)
        assert "4321" in off and backpack.ledger(key)
        installed.pip("uninstall", "-y", "hummingbot-backpack")
        assert not list(installed.packages.glob("hummingbot_backpack*"))
        assert all(origin.is_relative_to(installed.packages / "hummingbot") for origin in installed.origins())
        removed = await run(workspace / "hbot", "balance", "--json", **environment)
        assert "4321" in removed
    assert installed.fingerprint() == before


def new_pair() -> tuple[str, str]:
    """A key pair: (secret, public key), both base64."""
    signing = SigningKey.generate()
    return base64.b64encode(bytes(signing)).decode(), base64.b64encode(bytes(signing.verify_key)).decode()
