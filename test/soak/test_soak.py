"""Two minutes of the soak; ``make soak`` runs ten."""

import random
from pathlib import Path

import pytest

from test.soak.run import Soak, problems


@pytest.mark.slow
def test_re01_two_minutes_of_faults_leave_both_books_equal_and_memory_flat(tmp_path: Path) -> None:
    lines: list[str] = []
    seed = random.randrange(1_000_000)
    outcome = Soak(tmp_path, 120, seed, lines.append).run()
    print(outcome)
    assert not problems(outcome), "\n".join([*problems(outcome), f"SOAK_SEED={seed}", str(outcome), *lines])
