import random
from decimal import Decimal

from hummingbot.connector.exchange.backpack.backpack_depth import DepthSynchroniser
from hummingbot.connector.exchange.backpack.backpack_order_book import BackpackOrderBook, diff_message, snapshot_message
from hummingbot.connector.exchange.backpack.backpack_parsing import DepthDiff, DepthSnapshot
from hypothesis import given, settings
from hypothesis import strategies as st


def diff(first: int, last: int | None = None, bids: list[list[str]] | None = None) -> DepthDiff:
    return DepthDiff("SOL_USDC", first, first if last is None else last, bids or [], [], 0.0)


def synchronised(last_id: int = 10) -> DepthSynchroniser:
    book = DepthSynchroniser()
    assert book.on_snapshot(DepthSnapshot(last_id, [], [])) is not None
    return book


def test_md01_buffered_diffs_follow_the_snapshot_they_reach() -> None:
    book = DepthSynchroniser()
    diffs = [diff(8, 9), diff(10, 12), diff(13)]
    for one in diffs:
        assert book.on_diff(one).diffs == []
    step = book.on_snapshot(DepthSnapshot(10, [], []))
    assert step is not None
    assert step.diffs == diffs[1:]
    assert book.last_id == 13


def test_md01_snapshot_that_does_not_reach_the_buffer_is_not_taken() -> None:
    book = DepthSynchroniser()
    book.on_diff(diff(20))
    assert book.on_snapshot(DepthSnapshot(18, [], [])) is None
    assert not book.valid
    step = book.on_snapshot(DepthSnapshot(19, [], []))
    assert step is not None and step.diffs


def test_md01_snapshot_ahead_of_the_socket_waits_for_it() -> None:
    book = DepthSynchroniser()
    book.on_diff(diff(5))
    assert book.on_snapshot(DepthSnapshot(7, [], [])) is not None
    assert book.on_diff(diff(6)).diffs == []
    assert book.on_diff(diff(7)).diffs == []
    assert book.on_diff(diff(8)).diffs == [diff(8)]


def test_md03_gap_in_depth_requests_a_snapshot() -> None:
    book = synchronised(10)
    assert book.on_diff(diff(12)).lost
    assert not book.valid
    assert not book.on_diff(diff(13)).lost, "said once"


def test_md03_after_a_gap_the_diffs_behind_it_are_kept() -> None:
    book = synchronised(10)
    book.on_diff(diff(12))
    book.on_diff(diff(13))
    step = book.on_snapshot(DepthSnapshot(12, [], []))
    assert step is not None
    assert step.diffs == [diff(13)]


def test_md05_old_diffs_are_dropped() -> None:
    book = synchronised(10)
    assert book.on_diff(diff(9)).diffs == []
    assert book.on_diff(diff(10)).diffs == []
    assert book.valid


def test_md05_book_ignores_diffs_older_than_its_snapshot() -> None:
    book = BackpackOrderBook()
    old = diff_message("A-B", diff(90, bids=[["100", "32"]]))
    new = diff_message("A-B", diff(101, bids=[["99", "5"]]))
    snapshot = snapshot_message("A-B", DepthSnapshot(100, [["100", "7"]], []), 0.0)
    book.restore_from_snapshot_and_diffs(snapshot, [old, new])
    assert [(row.price, row.amount) for row in book.bid_entries()] == [(100, 7), (99, 5)]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9), loss=st.floats(0, 0.3), frames=st.integers(1, 60))
def test_md03_book_is_right_or_known_to_be_invalid(seed: int, loss: float, frames: int) -> None:
    """An exchange sends numbered changes; some are lost, snapshots come late. Whenever the synchroniser calls the book
    valid and up to ``last_id``, it equals the exchange's book of that id."""
    chance = random.Random(seed)
    exchange: dict[Decimal, str] = {}
    history = {0: dict(exchange)}
    book: dict[Decimal, str] = {}
    synchroniser = DepthSynchroniser()

    def apply(levels: list[list[str]]) -> None:
        for price, size in levels:
            if Decimal(size) == 0:
                book.pop(Decimal(price), None)
            else:
                book[Decimal(price)] = size

    update_id = 0
    for _ in range(frames):
        first = update_id + 1
        update_id += chance.randint(1, 3)
        changes = {}
        for number in range(first, update_id + 1):
            price, size = Decimal(chance.randint(90, 99)), str(chance.randint(0, 3))
            changes[price] = size
            if size == "0":
                exchange.pop(price, None)
            else:
                exchange[price] = size
            history[number] = dict(exchange)
        if chance.random() >= loss:
            levels = [[str(price), size] for price, size in changes.items()]
            for one in synchroniser.on_diff(diff(first, update_id, levels)).diffs:
                apply(one.bids)
        if not synchroniser.valid and chance.random() < 0.5:
            at = max(0, update_id - chance.randint(0, 4))
            snapshot = DepthSnapshot(at, [[str(price), size] for price, size in history[at].items()], [])
            step = synchroniser.on_snapshot(snapshot)
            if step is not None and step.snapshot is not None:
                book.clear()
                apply(step.snapshot.bids)
                for one in step.diffs:
                    apply(one.bids)
        if synchroniser.last_id is not None:
            assert book == history[synchroniser.last_id]
