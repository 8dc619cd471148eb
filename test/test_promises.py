"""The list of promises and the tests keep each other honest."""

import re
from pathlib import Path

ROW = re.compile(r"^\| ([A-Z]{2}\d\d) \| .+ \| (.*) \| (built|first cut|decided|not yet) \|$", re.MULTILINE)
NAME = re.compile(r"def test_((?:[a-z]{2}\d\d_)+)")


def promises(repository: Path) -> dict[str, tuple[list[str], str]]:
    """Card → (the files named beside it, its state)."""
    text = (repository / "docs" / "behaviour.md").read_text()
    return {card: (re.findall(r"`(.+?)`", files), state) for card, files, state in ROW.findall(text)}


def cards_tested(file: Path) -> set[str]:
    return {card.upper() for names in NAME.findall(file.read_text()) for card in re.findall(r"[a-z]{2}\d\d", names)}


def test_every_promise_that_is_kept_names_files_whose_tests_carry_its_card(repository: Path) -> None:
    listed = promises(repository)
    assert len(listed) > 50
    for card, (files, state) in listed.items():
        assert files or state == "not yet", card
        for file in files:
            assert card in cards_tested(repository / file), f"{file} has no test of {card}"


def test_every_card_in_a_tests_name_is_a_promise(repository: Path) -> None:
    listed = promises(repository)
    for file in (repository / "test").rglob("test_*.py"):
        assert cards_tested(file) <= set(listed), file
