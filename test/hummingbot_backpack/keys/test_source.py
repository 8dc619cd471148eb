"""Where the plain pair comes from, and that it can be wiped there."""

from pathlib import Path

import pytest

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.source import find_plain_pair, wipe

ENV = """\
# my old bot
export BACKPACK_KEY="public half"
BACKPACK_SECRET = 'secret half'
LOG_LEVEL=INFO
"""


def test_ke01_the_environment_gives_the_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKPACK_KEY", "a")
    monkeypatch.setenv("BACKPACK_SECRET", "b")
    found = find_plain_pair(None)
    assert (found.public, found.secret, found.file) == ("a", "b", None)
    assert "b" not in repr(found).replace("public", "")


def test_ke01_an_env_file_gives_the_pair_with_quotes_and_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(ENV)
    for named in (None, tmp_path / ".env"):
        found = find_plain_pair(named)
        assert (found.public, found.secret, found.file) == ("public half", "secret half", tmp_path / ".env")


@pytest.mark.parametrize("secret", ["c2VjcmV0", "'c2VjcmV0'", '"c2VjcmV0"'])
@pytest.mark.parametrize("comment", ["", "  # from the old machine", "\t# it's old"])
def test_ke01_a_comment_behind_a_value_is_no_part_of_it(secret: str, comment: str, tmp_path: Path) -> None:
    file = tmp_path / "keys.env"
    file.write_text(f"BACKPACK_KEY = cHVibGlj{comment}\nBACKPACK_SECRET={secret}{comment}\n")
    found = find_plain_pair(file)
    assert (found.public, found.secret) == ("cHVibGlj", "c2VjcmV0")


def test_ke02_a_value_that_is_only_a_comment_is_none(tmp_path: Path) -> None:
    (tmp_path / "keys.env").write_text("BACKPACK_KEY= # to be filled in\nBACKPACK_SECRET='a # b'\n")
    with pytest.raises(UserError, match="BACKPACK_KEY is not set"):
        find_plain_pair(tmp_path / "keys.env")


def test_ke01_a_named_file_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKPACK_KEY", "a")
    monkeypatch.setenv("BACKPACK_SECRET", "b")
    (tmp_path / "keys.env").write_text(ENV)
    assert find_plain_pair(tmp_path / "keys.env").public == "public half"


@pytest.mark.parametrize("missing", ["BACKPACK_KEY", "BACKPACK_SECRET"])
def test_ke02_a_missing_half_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {"BACKPACK_KEY", "BACKPACK_SECRET"} - {missing}:
        monkeypatch.setenv(name, "a")
    with pytest.raises(UserError, match=missing):
        find_plain_pair(None)


def test_ke02_no_pair_anywhere_says_where_it_could_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="--env-file"):
        find_plain_pair(None)
    with pytest.raises(UserError, match="cannot be read"):
        find_plain_pair(tmp_path / "absent.env")


def test_ke01_wiping_takes_the_two_lines_and_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(ENV)
    wipe(file)
    assert file.read_text() == "# my old bot\nLOG_LEVEL=INFO\n"
    assert file.stat().st_mode & 0o077 == 0


def test_ke01_wiping_a_file_of_nothing_else_deletes_it(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("BACKPACK_KEY=a\n\nBACKPACK_SECRET=b\n")
    wipe(file)
    assert not file.exists()
