"""docs/troubleshooting.md knows what is really said."""

import re
import sys
from pathlib import Path

import pytest

from hummingbot_backpack import cli
from tools.docs_from_code.causes import CAUSES
from tools.docs_from_code.sentences import GAP, sentences


def templates(repository: Path) -> list[re.Pattern[str]]:
    """The page's sentences as what they match."""
    page = (repository / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", page, re.MULTILINE)
    return [
        re.compile(re.escape(row).replace(re.escape(GAP), ".+"), re.DOTALL)
        for row in rows
        if re.search("[a-z]{4}", row)
    ]


def test_every_sentence_of_the_code_has_a_cause_and_no_cause_is_left_over(repository: Path) -> None:
    found = sentences(repository)
    assert len(found) > 250
    used = set()
    for sentence in found:
        piece = next((piece for piece, _, _ in CAUSES if piece in sentence.text), None)
        assert piece is not None, f"nothing is said of: {sentence.text}"
        used.add(piece)
    assert used == {piece for piece, _, _ in CAUSES}
    assert all(cause and remedy for _, cause, remedy in CAUSES)


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "list", "-w", "nowhere"), ("restore", "none.backup", "new"),
        ("demo", "--seconds", "1"), ("simulator", "--speed", "0"), ("simulator", "--fault", "none"),
        ("record", "SOL_USDC", "missing/file.csv"), ("report", "-w", "nowhere"), ("init", "file"),
        ("convert", "--", "--cli"), ("keys", "import", "-w", "rehearsal"), ("report", "-w", "rehearsal"),
        ("pause", "-w", "rehearsal"), ("panic", "--market", "SOL_USDC", "-w", "rehearsal"),
        ("metrics", "--address", "here", "-w", "rehearsal"), ("forget", "-w", "rehearsal"),
        ("keys", "show", "-w", "rehearsal"), ("logs", "open", "none", "-w", "rehearsal"), ("watch", "-w", "rehearsal"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_a_command_really_says_is_on_the_page(
    words: tuple[str, ...], repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from hummingbot_backpack.workspace.create import create

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("HBOT_PASSWORD", "only for this test")
    monkeypatch.setattr("hummingbot_backpack.workspace.launch.enter", lambda workspace: None)
    (tmp_path / "file").touch()
    if "rehearsal" in words:
        create(tmp_path / "rehearsal", rehearsal=True)
    monkeypatch.setattr(sys, "argv", [cli.PROGRAM, *words])
    assert cli.main() == 2
    said = capsys.readouterr().err.strip().removeprefix(f"{cli.PROGRAM}: ")
    assert any(template.search(said) for template in templates(repository)), said
