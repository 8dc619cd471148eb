"""The classic settings, as users run them, on a recorded tape and on the worst six hours of a month with a crash."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import pytest

from hummingbot_backpack.demo.figures import disagreements
from test.markets.classic import SETTLED_SECONDS, ClassicRun, Outcome, Trade, excursions, worst_hours

TAPE, BARS = "eth_perp_2024-08-08_trades.csv.gz", "btc_perp_2022-01_1m.csv.gz"
TAPE_SPEED, BARS_SPEED = 5, 40
CENT = Decimal("0.01")
SKEWS = (0, 0.002)


def recorded(shared: Path, name: str) -> Path:
    found = shared / "market_data" / name
    if not found.is_file():
        pytest.skip(f"the recording is not here: {found}")
    return found


def runs(folder: Path, flow: Path, speed: float) -> list[Outcome]:
    """Both settings side by side, each on a local Backpack of its own."""
    made = [ClassicRun(folder / f"skew_{skew}", flow, speed, inventory_skew=skew) for skew in SKEWS]
    with ThreadPoolExecutor(len(made)) as pool:
        return list(pool.map(ClassicRun.outcome, made))


def show(outcome: Outcome) -> None:
    """For whoever reads the run's output: what it came to."""
    outside = excursions(outcome.path, _bound(outcome))
    longest = max((one[-1].time - one[0].time for one in outside), default=0.0)
    print(
        f"skew {outcome.settings['inventory_skew']}: {outcome.bot.fills} fills, volume {outcome.bot.volume:.2f}, "
        f"PnL {outcome.bot.pnl:+.4f}, largest position {outcome.peak}, {len(outside)} times above target + threshold, "
        f"the longest {longest:.2f} s"
    )


def _bound(outcome: Outcome) -> Decimal:
    return Decimal(outcome.settings["target_position"] + outcome.settings["position_threshold"])


def check(outcome: Outcome) -> None:
    show(outcome)
    assert outcome.bot.fills > 20, outcome.log
    # The position limit, as the exchange saw it at its worst moment.
    sizes = [abs(size) for size in accumulate(trade.signed for trade in outcome.path)]
    assert outcome.peak == max(sizes) <= outcome.settings["max_position"]
    # Above target + threshold only until a reduction, or one of our own quotes, has brought it back.
    bound = _bound(outcome)
    for outside in excursions(outcome.path, bound):
        answered = next((trade for trade in outside if trade.reduces), outside[-1])
        assert answered.time - outside[0].time <= SETTLED_SECONDS, outside
    assert sizes[-1] <= bound
    # The report's numbers are the exchange's.
    assert disagreements(outcome.bot, outcome.exchange) == []
    published = outcome.published
    assert (published["fills"], published["open_orders"]) == (outcome.exchange.fills, 0)
    for name, exact in (
        ("volume", outcome.exchange.volume),
        ("fees", outcome.exchange.fees),
        ("position", outcome.exchange.position),
    ):
        assert abs(Decimal(published[name]) - exact) < CENT, name
    # Its profit is at its own last mark; the exchange's, a moment later, may be another.
    moved = Decimal(published["mark"] or 0) - (Decimal(0) if outcome.mark is None else outcome.mark)
    assert abs(Decimal(published["pnl"]) - outcome.exchange.pnl + moved * -outcome.exchange.position) < CENT


def test_li01_excursions_are_told_from_the_fills() -> None:
    path = [
        Trade(t, Decimal(signed), signed in ("-3", "2")) for t, signed in enumerate(["1", "2", "1", "-3", "-4", "2"])
    ]
    assert [[trade.time for trade in one] for one in excursions(path, Decimal(2))] == [[1, 2, 3], [4, 5]]


def test_se04_the_worst_hours_are_found_by_their_fall(tmp_path: Path, shared: Path) -> None:
    begin, fall = worst_hours(recorded(shared, BARS), tmp_path / "worst.csv")
    assert len((tmp_path / "worst.csv").read_text().splitlines()) == 1 + 6 * 60
    print(begin, fall)


@pytest.mark.slow
def test_li02_the_classic_settings_on_the_recorded_tape(tmp_path: Path, shared: Path) -> None:
    for outcome in runs(tmp_path, recorded(shared, TAPE), TAPE_SPEED):
        check(outcome)


@pytest.mark.slow
def test_li02_the_classic_settings_in_the_worst_six_hours_of_a_crash(tmp_path: Path, shared: Path) -> None:
    """Six hours in nine minutes."""
    worst_hours(recorded(shared, BARS), tmp_path / "worst.csv")
    for outcome in runs(tmp_path, tmp_path / "worst.csv", BARS_SPEED):
        check(outcome)
