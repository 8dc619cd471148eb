"""Each scenario as a test: ours gives the right value, the bundled connector the wrong one that the card names."""

from collections.abc import Mapping

import pytest

from test.compare import load
from test.compare.run import CONTROL, NOT_RUN, Outcome, Row, rows_of, run_both
from test.compare.scene import SCENARIOS

load()
BOTH = tuple[Mapping[str, Outcome], Mapping[str, Outcome]]


@pytest.fixture(scope="module")
def both() -> BOTH:
    """One run of each side for all tests."""
    return run_both()


def _names(control: bool) -> list[str]:
    return [name for name, one in SCENARIOS.items() if (one.card == CONTROL) is control]


@pytest.mark.slow
@pytest.mark.parametrize("name", _names(control=True))
def test_control_is_the_same_on_both(both: BOTH, name: str) -> None:
    bundled, ours = both
    assert bundled[name].value == ours[name].value == SCENARIOS[name].right


@pytest.mark.slow
@pytest.mark.parametrize("name", _names(control=False))
def test_ours_is_right_where_the_bundled_is_wrong(both: BOTH, name: str) -> None:
    bundled, ours = both
    (row,) = rows_of(bundled, ours, [name])
    assert row.ours_is_right, f"{row.scenario.what}: {row.ours.text}, should be {row.scenario.right}"
    assert row.is_shown, f"{row.scenario.what}: bundled {row.bundled.text}, the card says {row.scenario.wrong}"


def _row(bundled: Outcome, ours: Outcome) -> Row:
    return Row(SCENARIOS["po01_sign_of_a_short"], bundled, ours)


def test_a_bundled_run_that_ended_in_an_error_is_not_shown() -> None:
    row = _row(Outcome(None, "ClientConnectorError: …"), Outcome("-0.3"))
    assert row.ours_is_right and not row.is_shown
    assert row.verdict == "not shown"
    assert _row(NOT_RUN, Outcome("-0.3")).verdict == "not shown"


def test_a_bundled_value_that_is_wrong_for_another_reason_is_not_shown() -> None:
    assert not _row(Outcome("none"), Outcome("-0.3")).is_shown
    assert _row(Outcome("+0.3"), Outcome("-0.3")).verdict == "shown"


def test_ours_being_wrong_is_told() -> None:
    assert _row(Outcome("+0.3"), Outcome("+0.3")).verdict == "ours is wrong"


def test_every_scenario_carries_its_card_and_its_wrong_value_is_not_the_right_one() -> None:
    for name, one in SCENARIOS.items():
        assert name.startswith(one.card.lower())
        assert one.card == CONTROL or not one.is_wrong(one.right)
