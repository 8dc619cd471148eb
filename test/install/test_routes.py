"""The documented routes of installing beside the wheel: conda's file, a Hummingbot source home, the Docker image.

There is neither conda nor a Docker engine here: the environment file's packages are resolved by pip, and the
Dockerfile is linted and its steps are performed on the image's layout in a plain folder.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from hummingbot_backpack import import_hook
from hummingbot_backpack.simulator import SimulatorConfig
from hummingbot_backpack.workspace.links import installed_hummingbot
from test.hummingbot_backpack.workspace.local import local_backpack
from test.install.dockerfile import Performed, instructions
from test.third_party.environments import interpreter

pytestmark = pytest.mark.slow

HUMMINGBOT = "hummingbot==20260922"
IMAGES = ("python:3.12-slim", "hummingbot/hummingbot:version-2.16.0")
CONDA = "opt/conda/envs/hummingbot"
PASSWORD = "only for this test"
OURS = re.compile(r"^(hummingbot|__editable__.*hummingbot|zz_redirect)", re.IGNORECASE)


def clean_environment(**more: str) -> dict[str, str]:
    unwanted = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", import_hook.SWITCH, import_hook.BROKER_SWITCH)
    return {**{name: value for name, value in os.environ.items() if name not in unwanted}, "NO_COLOR": "1", **more}


def run(*command: str | Path, folder: Path, code: int | None = 0, **more: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=clean_environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert code is None or done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sources(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hummingbot's sources as a checkout has them, compiled: its sdist, with the compiled modules of the installed one.

    Compiling takes five minutes and gives the same files.
    """
    store = repository / ".build" / "sdist"
    if not list(store.glob("hummingbot-*.tar.gz")):
        command = ("pip", "download", "-q", "--no-deps", "--no-binary", "hummingbot", "-d", store, HUMMINGBOT)
        run(sys.executable, "-m", *command, folder=repository)
    folder = tmp_path_factory.mktemp("sources")
    with tarfile.open(next(store.glob("hummingbot-*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    home = next(folder.iterdir())
    package = installed_hummingbot()
    for file in package.rglob("*.so"):
        shutil.copy(file, home / "hummingbot" / file.relative_to(package))
    return home


def conda_like(folder: Path) -> Path:
    """An environment as the image's: all that Hummingbot needs, but neither Hummingbot nor us. :return: its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = next(folder.glob("lib/python3*/site-packages"))
    for place in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if OURS.match(place.name):
            continue
        # Links: an environment is a gigabyte.
        copy: Any = os.link if place.stat().st_dev == packages.stat().st_dev else shutil.copy2
        if place.is_dir():
            shutil.copytree(place, packages / place.name, copy_function=copy, symlinks=True)
        else:
            copy(place, packages / place.name)
    return folder / "bin" / "python"


def name_of(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement)[0].lower().replace("_", "-")


def needed(repository: Path) -> set[str]:
    """:return: the names of the packages that setup.py says we need."""
    text = (repository / "setup.py").read_text()
    listed = text[text.index("install_requires=") : text.index("extras_require=")]
    return {name_of(found) for found in re.findall(r'"([\w.-]+[<>=][^"]*)"', listed)}


def test_conda_file_names_what_setup_needs_and_resolves(repository: Path) -> None:
    """Neither conda nor micromamba is on PyPI: what is left for pip is resolved by pip."""
    wanted = yaml.safe_load((repository / "conda_env.yml").read_text())
    assert wanted["channels"] == ["conda-forge"] and "python=3.12" in wanted["dependencies"]
    assert {"pip", "cxx-compiler"} <= {entry for entry in wanted["dependencies"] if isinstance(entry, str)}
    listed = next(entry["pip"] for entry in wanted["dependencies"] if isinstance(entry, dict))
    assert listed[0] == "-c constraints.txt" and HUMMINGBOT in listed
    assert needed(repository) <= {name_of(entry) for entry in listed[1:]}, "a package that setup.py needs is missing"
    packages = [part for entry in listed for part in entry.split(" ")]
    said = run(sys.executable, "-m", "pip", "install", "--dry-run", *packages, folder=repository)
    assert "Would install" not in said, "what is installed here, pinned, is what the file asks for"


def test_dockerfile_names_what_the_image_lacks(repository: Path) -> None:
    """Ours goes in without its requirements: what Hummingbot does not need itself must be named."""
    steps = [rest for word, rest in instructions((repository / "Dockerfile").read_text()) if word == "RUN"]
    named = {name_of(found) for step in steps for found in re.findall(r'"([\w.-]+[<>=][^"]*)"', step)}
    hummingbots = {name_of(requirement) for requirement in metadata.requires("hummingbot") or ()}
    bundled = {"pynacl"}  # Hummingbot's own Backpack connector signs with it
    assert needed(repository) <= named | hummingbots | bundled


def test_dockerfile_lints(repository: Path) -> None:
    hadolint = interpreter("hadolint").with_name("hadolint")
    run(hadolint, repository / "Dockerfile", folder=repository)


def test_dockerfile_steps_make_an_image_in_which_ours_is_live(repository: Path, sources: Path, tmp_path: Path) -> None:
    builder, image = tmp_path / "builder", tmp_path / "image"
    builder.mkdir()
    conda_like(image / CONDA)
    shutil.copytree(sources, image / "home" / "hummingbot")
    # An image's Python finds Hummingbot where it stands.
    packages = next((image / CONDA).glob("lib/python3*/site-packages"))
    (packages / "hummingbot_home.pth").write_text(f"{image / 'home' / 'hummingbot'}\n")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    roots = dict(zip(IMAGES, (builder, image), strict=True))
    made = Performed((repository / "Dockerfile").read_text(), repository, roots, clean_environment(PATH=path))
    step, said = made.said[-1]
    assert step == "hummingbot-backpack doctor --offline"
    assert said.count("ours (") == 5 and "fail" not in said.split(), said
    home = image / "home" / "hummingbot"
    assert (home / "conf" / "backpack.yml").is_file() and (home / "scripts" / "v2_with_controllers.py").exists()
    assert not list(packages.glob("hummingbot-*.dist-info")), "no second Hummingbot"


def test_dockerfile_begins_from_pinned_images(repository: Path) -> None:
    images = [
        rest.partition(" AS ")[0]
        for word, rest in instructions((repository / "Dockerfile").read_text())
        if word == "FROM"
    ]
    assert tuple(images) == IMAGES


@pytest.fixture
def home(repository: Path, sources: Path, tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "hummingbot"
    shutil.copytree(sources, home)
    yield home
    pid = home / "data" / "bot" / "bot.pid"
    if pid.exists():
        run(home / "hbot", "stop", "--force", "--timeout", "20", folder=home, code=None, HBOT_PASSWORD=PASSWORD)


def test_a_bot_starts_in_a_hummingbot_source_home(repository: Path, home: Path, tmp_path: Path) -> None:
    python = conda_like(tmp_path / "env")
    wheels = tmp_path / "wheels"
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", wheels, repository, folder=tmp_path)
    wheel = next(wheels.glob("*.whl"))
    run(python, "-m", "pip", "install", "-q", "--no-deps", wheel, folder=tmp_path)
    ours = python.with_name("hummingbot-backpack")
    before = {file: file.stat().st_mtime_ns for file in (home / "hummingbot").rglob("*.py")}
    with local_backpack(SimulatorConfig(port=0)) as backpack:
        run(ours, "init", ".", "--simulator", "--simulator-url", backpack.url, folder=home)
        key = json.loads(run(ours, "keys", "new", "--json", folder=home, HBOT_PASSWORD=PASSWORD))["public_key"]
        run("./hbot", "start", "perp_maker.yml", folder=home, HBOT_PASSWORD=PASSWORD)
        deadline = time.monotonic() + 90
        while not backpack.ledger(key)["fill_count"] and time.monotonic() < deadline:
            time.sleep(0.2)
        assert backpack.ledger(key)["fill_count"], (home / "data" / "bot" / "bot.log").read_text()
        run("./hbot", "stop", folder=home, HBOT_PASSWORD=PASSWORD)
        assert backpack.ledger(key)["open_orders"] == []
    assert {file: file.stat().st_mtime_ns for file in (home / "hummingbot").rglob("*.py")} == before
