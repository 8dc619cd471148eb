"""The sequence rule of the depth stream, without I/O: when a book is right, and when it must be fetched anew."""

from dataclasses import dataclass, field

from hummingbot.connector.exchange.backpack.backpack_parsing import DepthDiff, DepthSnapshot

# Diffs that are kept while a snapshot is on its way. A busy market sends a few hundred a second.
BUFFER_LIMIT = 10_000


@dataclass(frozen=True)
class Step:
    """What to do with the book.

    :param snapshot: replace the whole book by this, before the diffs
    :param diffs: apply these, in this order
    :param lost: the book has just become invalid: empty it, and fetch a snapshot
    """

    snapshot: DepthSnapshot | None = None
    diffs: list[DepthDiff] = field(default_factory=list)
    lost: bool = False


NOTHING = Step()


class DepthSynchroniser:
    """One market. Starts invalid, buffering; a snapshot that fits makes it valid; a gap makes it invalid.

    The rule (the exchange's documentation): drop ``u <= L``; the first that is kept must have ``U <= L + 1 <= u``;
    afterwards each ``U`` is the previous ``u`` plus one. A snapshot may be ahead of the socket: then there is nothing
    to apply yet, and the next diff has to reach it.
    """

    def __init__(self) -> None:
        self._last_id: int | None = None
        self._buffer: list[DepthDiff] = []

    @property
    def valid(self) -> bool:
        return self._last_id is not None

    @property
    def last_id(self) -> int | None:
        """The id of the last engine event in the book; None while it is invalid."""
        return self._last_id

    def reset(self) -> bool:
        """Forgets everything, as on a new connection. Returns whether the book was valid."""
        was_valid = self.valid
        self._last_id = None
        self._buffer.clear()
        return was_valid

    def on_diff(self, diff: DepthDiff) -> Step:
        if self._last_id is None:
            self._keep(diff)
            return NOTHING
        if diff.last_id <= self._last_id:
            return NOTHING
        if diff.first_id > self._last_id + 1:
            self.reset()
            self._keep(diff)
            return Step(lost=True)
        self._last_id = diff.last_id
        return Step(diffs=[diff])

    def on_snapshot(self, snapshot: DepthSnapshot) -> Step | None:
        """Takes a snapshot; None when it does not reach what was buffered, and another one is needed."""
        if self._last_id is not None and snapshot.last_id <= self._last_id:
            return NOTHING
        last_id = snapshot.last_id
        kept: list[DepthDiff] = []
        for diff in self._buffer:
            if diff.last_id <= last_id:
                continue
            if diff.first_id > last_id + 1:
                return None
            kept.append(diff)
            last_id = diff.last_id
        self._last_id = last_id
        self._buffer.clear()
        return Step(snapshot=snapshot, diffs=kept)

    def _keep(self, diff: DepthDiff) -> None:
        if self._buffer and diff.first_id > self._buffer[-1].last_id + 1:
            # What lies before a hole can never be joined with what lies behind it.
            self._buffer.clear()
        if len(self._buffer) >= BUFFER_LIMIT:
            self._buffer.clear()
        self._buffer.append(diff)
