"""Packaging: our tree inside our own package, and the ``.pth`` line that switches the import hook on."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
TREE = ("hummingbot", "controllers", "scripts", "conf")
PTH_NAME = "hummingbot_backpack.pth"
# site executes a line of a .pth only if it begins with "import"; a broken installation must not break the interpreter.
PTH_LINE = (
    'import sys; exec("try:\\n import hummingbot_backpack.import_hook as hook; hook.install()\\n'
    "except Exception as error:\\n print('hummingbot-backpack: the import hook failed:', error, file=sys.stderr)\")\n"
)


class BuildWithTree(build_py):
    """Copies ``hummingbot/``, ``controllers/``, ``scripts/`` and ``conf/`` into the package and writes the ``.pth``.

    Setuptools has no option for a ``.pth``. A regular build collects ``build_lib``; an editable wheel ignores that and
    is collected from the ``install`` command's ``install_lib`` (and serves the tree from the checkout).
    """

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            target = Path(self.get_finalized_command("install").install_lib)
        else:
            target = Path(self.build_lib)
            tree = target / "hummingbot_backpack" / "_tree"
            shutil.rmtree(tree, ignore_errors=True)
            for name in TREE:
                shutil.copytree(HERE / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        target.mkdir(parents=True, exist_ok=True)
        (target / PTH_NAME).write_text(PTH_LINE)


def version() -> str:
    found = re.search(r'__version__ = "(.+)"', (HERE / "hummingbot_backpack" / "__init__.py").read_text())
    assert found, "no version in hummingbot_backpack/__init__.py"
    return found.group(1)


setup(
    name="hummingbot-backpack",
    version=version(),
    description="Market making on Backpack Exchange with Hummingbot, and a local simulated exchange to rehearse on",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["hummingbot_backpack", "hummingbot_backpack.*"]),
    package_data={"hummingbot_backpack": ["py.typed", "**/*.html", "**/*.css", "**/*.js", "**/*.json"]},
    # No upper bound: Hummingbot's image and its source checkouts bring whatever conda resolved; `doctor` warns there.
    python_requires=">=3.12",
    install_requires=[
        "PyNaCl>=1.5",
        # aioresponses, and with it Hummingbot's own test suites, fails on 3.14.
        "aiohttp>=3.10,<3.14",
        "orjson>=3.10",
        "plotly>=6",
        "prometheus_client>=0.20",
        "psutil>=5",
        "pydantic>=2",
        "pyrage>=1.4",
        "PyYAML>=6",
        "rich>=13",
        "sortedcontainers>=2.4",
        "SQLAlchemy>=1.4",
        "typer>=0.15",
    ],
    extras_require={
        # An extra, not a requirement: beside a source checkout or in the Docker image a second Hummingbot must not
        # appear.
        # Only releases that were run are named.
        "hummingbot": ["hummingbot==20260922"],
        "test": [
            "aioresponses>=0.7.9",
            "hypothesis",
            "pyte",  # reads the screens of Hummingbot's interactive client
            "pytest",
            "pytest-asyncio",
            "pytest-cov",
            "pytest-xdist",
            "schemathesis",
        ],
        "lint": ["mypy", "pandas-stubs", "ruff", "types-PyYAML"],
    },
    entry_points={"console_scripts": ["hummingbot-backpack=hummingbot_backpack.cli:main"]},
    cmdclass={"build_py": BuildWithTree},
    classifiers=[
        "License :: OSI Approved :: Apache Software License",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3.12",
        "Topic :: Office/Business :: Financial :: Investment",
    ],
)
