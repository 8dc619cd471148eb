"""``init``: the workspace as it must be, made wholly or not at all."""

import os
from pathlib import Path

import pytest
import yaml

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.import_hook import tree_root
from hummingbot_backpack.workspace import create as create_module
from hummingbot_backpack.workspace import links, settings
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import WORKSPACE_VARIABLE, open_workspace
from hummingbot_backpack.workspace.links import installed_hummingbot


def everything(folder: Path) -> dict[str, str]:
    """:return: every path under `folder` with what it is: a link's target, a file's text."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = f"-> {os.readlink(path)}"
        else:
            found[str(path.relative_to(folder))] = path.read_text() if path.is_file() else "folder"
    return found


def test_in03_the_home_holds_the_five_folders_and_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        root = create(tmp_path / "a" / "bot", rehearsal=False).workspace.root
    finally:
        os.umask(before)
    for name in ("conf", "logs", "data", "scripts", "controllers", "conf/connectors", "conf/strategies"):
        assert (root / name).is_dir()
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            wanted = 0o700 if path.is_dir() or path.name == "hbot" else 0o600
            assert path.stat().st_mode & 0o777 == wanted, path


def test_in03_hummingbot_is_a_copy_of_its_init_beside_links(tmp_path: Path) -> None:
    root = create(tmp_path / "bot", rehearsal=False).workspace.root
    package = installed_hummingbot()
    assert not (root / "hummingbot").is_symlink()
    assert not (root / "hummingbot" / "__init__.py").is_symlink()
    assert (root / "hummingbot" / "__init__.py").read_bytes() == (package / "__init__.py").read_bytes()
    linked = {path.name: path.resolve() for path in (root / "hummingbot").iterdir() if path.is_symlink()}
    assert linked == {path.name: path for path in package.iterdir() if path.name not in ("__init__.py", "__pycache__")}


def test_in03_scripts_and_controllers_are_links_and_packages(tmp_path: Path) -> None:
    root = create(tmp_path / "bot", rehearsal=False).workspace.root
    for kind in ("scripts", "controllers"):
        for file in (tree_root() / kind).rglob("*.py"):
            place = root / kind / file.relative_to(tree_root() / kind)
            assert (place.parent / "__init__.py").is_file()
            if file.name != "__init__.py":
                assert place.is_symlink() and place.resolve() == file
    if list((tree_root() / "scripts").glob("*.py")):
        assert (root / "scripts" / "v2_with_controllers.py").is_file()


def test_in03_examples_are_copies(tmp_path: Path) -> None:
    root = create(tmp_path / "bot", rehearsal=False).workspace.root
    for file in (tree_root() / "conf").rglob("*.yml"):
        copy = root / "conf" / file.relative_to(tree_root() / "conf")
        assert not copy.is_symlink() and copy.read_bytes() == file.read_bytes()


def test_in03_prices_come_from_backpack(tmp_path: Path) -> None:
    root = create(tmp_path / "bot", rehearsal=False).workspace.root
    client = yaml.safe_load((root / "conf" / "conf_client.yml").read_text())
    assert client == {"rate_oracle_source": {"name": "backpack"}}


def test_in03_a_rehearsal_tells_nobody_anything(tmp_path: Path) -> None:
    made = create(tmp_path / "bot", rehearsal=True)
    client = yaml.safe_load((made.workspace.conf / "conf_client.yml").read_text())
    assert client["anonymized_metrics_mode"] == "anonymized_metrics_disabled"
    assert client["send_error_logs"] is False
    assert client["paper_trade"] == {"paper_trade_exchanges": []}
    assert client["rate_oracle_source"] == {"name": "backpack"}
    assert made.workspace.rehearsal
    assert made.workspace.settings.exchange_url == "http://127.0.0.1:18490"


def test_or01_the_instance_number_is_drawn_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([7, 1023])
    monkeypatch.setattr(settings.secrets, "randbelow", lambda span: {1024: next(drawn)}[span])
    for number in (7, 1023):
        file = create(tmp_path / str(number), rehearsal=False).workspace.conf / "backpack.yml"
        assert yaml.safe_load(file.read_text())["instance"] == number
    create(tmp_path / "7", rehearsal=False)
    assert yaml.safe_load((tmp_path / "7" / "conf" / "backpack.yml").read_text())["instance"] == 7


def test_in03_running_again_overwrites_nothing_of_the_users(tmp_path: Path) -> None:
    root = create(tmp_path / "bot", rehearsal=True).workspace.root
    (root / "conf" / "conf_client.yml").write_text("mine: true\n")
    (root / "scripts" / "mine.py").write_text("# mine\n")
    example = next(iter((root / "conf").rglob("*.yml")))
    example.write_text(example.read_text() + "# mine\n")
    before = everything(root)
    assert create(root, rehearsal=True).existed
    assert create(root, rehearsal=False).workspace.rehearsal, "it stays a workspace for rehearsal"
    assert everything(root) == before


def test_in03_running_again_completes_what_is_missing(tmp_path: Path) -> None:
    root = create(tmp_path / "bot", rehearsal=True).workspace.root
    before = everything(root)
    (root / "hbot").unlink()
    (root / "logs").rmdir()
    (root / "hummingbot" / "client").unlink()
    (root / "hummingbot" / "core").unlink()
    (root / "hummingbot" / "core").symlink_to("/somewhere/else")
    create(root, rehearsal=True)
    assert everything(root) == before


@pytest.mark.parametrize("exists", ["not", "empty", "half made"])
def test_in03_a_failure_on_the_way_leaves_nothing(exists: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "deep" / "bot"
    if exists != "not":
        root.mkdir(parents=True)
    if exists == "half made":
        (root / "data").mkdir()
        (root / "data" / "kept").write_text("kept")
    before = everything(tmp_path)

    def full(simulator_url: str | None) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(create_module, "new_settings_text", full)
    with pytest.raises(UserError, match="No space left on device"):
        create(root, rehearsal=True)
    assert everything(tmp_path) == before


def test_in03_a_place_that_is_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="must be a folder"):
        create(tmp_path / "file", rehearsal=False)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    with pytest.raises(UserError, match=r"it holds thesis\.tex"):
        create(tmp_path / "full", rehearsal=False)
    assert everything(tmp_path) == {"file": "", "full": "folder", "full/thesis.tex": ""}


def test_in03_a_live_workspace_does_not_become_one_for_rehearsal(tmp_path: Path) -> None:
    root = create(tmp_path / "bot", rehearsal=False).workspace.root
    before = everything(root)
    with pytest.raises(UserError, match="live trading"):
        create(root, rehearsal=True)
    assert everything(root) == before


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://"])
def test_in03_a_simulator_url_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--simulator-url"):
        create(tmp_path / "bot", rehearsal=True, simulator_url=url)
    with pytest.raises(UserError, match="add --simulator"):
        create(tmp_path / "bot", rehearsal=False, simulator_url="http://127.0.0.1:1")
    assert not (tmp_path / "bot").exists()


def test_si06_the_simulators_address_is_a_setting_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = create(tmp_path / "bot", rehearsal=True, simulator_url="http://127.0.0.1:1/").workspace.root
    assert open_workspace(root).settings.simulator_url == "http://127.0.0.1:1"
    create(root, rehearsal=True, simulator_url="http://127.0.0.1:2")
    assert open_workspace(root).settings.simulator_url == "http://127.0.0.1:2"
    assert open_workspace(root).rehearsal
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:3")
    assert open_workspace(root).settings.exchange_url == "http://127.0.0.1:3"


class TestHummingbotsOwnHome:
    """A source checkout, or the Docker image: the home exists, and our files are added to it."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        home = tmp_path / "hummingbot-source"
        for file, text in {
            "bin/hummingbot_quickstart.py": "# theirs\n",
            "hummingbot/__init__.py": "# theirs\n",
            "scripts/v2_with_controllers.py": "# theirs\n",
            "controllers/__init__.py": "# theirs\n",
            "conf/controllers/mine.yml": "# mine\n",
            "setup.py": "# theirs\n",
        }.items():
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_text(text)
        return home

    def test_in03_our_files_are_added_and_nothing_is_changed(self, home: Path) -> None:
        before = everything(home)
        assert create(home, rehearsal=False).workspace.is_home
        after = everything(home)
        assert {name: after[name] for name in before} == before
        assert "hummingbot/client" not in after, "there the package itself is the home's"
        assert {"hbot", "conf/backpack.yml", "conf/conf_client.yml", "conf/connectors", "logs"} <= set(after)

    def test_in03_a_failure_leaves_the_home_as_it_was(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = everything(home)
        monkeypatch.setattr(create_module, "_write_launcher", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(UserError):
            create(home, rehearsal=False)
        assert everything(home) == before

    def test_in03_settings_that_are_there_are_kept_and_said(self, home: Path) -> None:
        (home / "conf" / "conf_client.yml").write_text("mine: true\n")
        assert "rate_oracle_source" in create(home, rehearsal=False).notes[0]
        assert (home / "conf" / "conf_client.yml").read_text() == "mine: true\n"

    def test_in03_a_home_that_has_been_used_is_not_for_rehearsal(self, home: Path) -> None:
        (home / "conf" / "conf_client.yml").write_text("mine: true\n")
        before = everything(home)
        with pytest.raises(UserError, match="new folder for rehearsal"):
            create(home, rehearsal=True)
        assert everything(home) == before


class TestFinding:
    def test_in03_a_workspace_is_named_by_option_environment_or_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        roots = [create(tmp_path / name, rehearsal=False).workspace.root for name in "abc"]
        monkeypatch.chdir(roots[0])
        assert open_workspace().root == roots[0]
        monkeypatch.setenv(WORKSPACE_VARIABLE, str(roots[1]))
        assert open_workspace().root == roots[1]
        assert open_workspace(roots[2]).root == roots[2]

    def test_in03_a_folder_that_is_none_says_how_to_make_one(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="hummingbot-backpack init"):
            open_workspace(tmp_path)

    @pytest.mark.parametrize(
        "text", ["- a list\n", "rehearsal: [", "rehearsal: perhaps\n", "simulator_url: nonsense\n"]
    )
    def test_in03_settings_that_cannot_be_read_are_one_sentence(self, text: str, tmp_path: Path) -> None:
        root = create(tmp_path / "bot", rehearsal=False).workspace.root
        (root / "conf" / "backpack.yml").write_text(text)
        with pytest.raises(UserError) as refused:
            open_workspace(root)
        assert "\n" not in str(refused.value)


class TestUpgrade:
    """Hummingbot changes under the workspace: another release, another place."""

    @pytest.fixture
    def packages(self, tmp_path: Path) -> tuple[Path, Path]:
        old, new = tmp_path / "old" / "hummingbot", tmp_path / "new" / "hummingbot"
        for package, names in ((old, ("client", "gone")), (new, ("client", "fresh"))):
            for name in names:
                (package / name).mkdir(parents=True)
            (package / "__pycache__").mkdir()
            (package / "__init__.py").write_text(f"# {package}\n")
        return old, new

    def test_in03_the_links_follow_an_upgrade(
        self, packages: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        overlay = tmp_path / "bot" / "hummingbot"
        for package, other in (("client", "gone"), ("client", "fresh")):
            current = packages[0] if other == "gone" else packages[1]
            monkeypatch.setattr(links, "installed_hummingbot", lambda current=current: current)
            (create if other == "gone" else _ensure)(tmp_path / "bot", rehearsal=False)
            assert {path.name for path in overlay.iterdir()} == {"__init__.py", package, other}
            assert (overlay / package).resolve() == current / package
            assert (overlay / "__init__.py").read_text() == f"# {current}\n"

    def test_in03_a_real_folder_in_a_links_place_is_named(
        self, packages: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(links, "installed_hummingbot", lambda: packages[0])
        root = create(tmp_path / "bot", rehearsal=False).workspace.root
        (root / "hummingbot" / "fresh").mkdir()
        monkeypatch.setattr(links, "installed_hummingbot", lambda: packages[1])
        with pytest.raises(UserError, match="hummingbot/fresh must be a link"):
            links.ensure_links(root)

    def test_in03_links_of_ours_that_lead_nowhere_go_and_the_users_scripts_stay(self, tmp_path: Path) -> None:
        root = create(tmp_path / "bot", rehearsal=False).workspace.root
        (root / "scripts" / "old.py").symlink_to(tmp_path / "no-longer-brought.py")
        (root / "scripts" / "mine.py").write_text("# mine\n")
        links.ensure_links(root)
        names = {path.name for path in (root / "scripts").iterdir()}
        assert "mine.py" in names and "old.py" not in names


def _ensure(root: Path, rehearsal: bool) -> None:
    links.ensure_links(root)


def test_in03_without_hummingbot_the_sentence_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links.PathFinder, "find_spec", lambda name, path=None: None)
    monkeypatch.setattr(links, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install"):
        create(tmp_path / "bot", rehearsal=False)
    assert everything(tmp_path) == {}
