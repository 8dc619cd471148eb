"""Client order ids: uint32 on the wire, never repeated towards Hummingbot.

A wire id is ``instance << 22 | counter``. The instance number is the bot's own, so that two bots on one account never
meet; the counter is shared by the spot and the perpetual connector of a workspace, persisted in blocks, and wraps after
4,194,304 orders. Hummingbot's database keys orders by the id it sees for ever, so that id carries a generation that
grows at each wrap: ``<generation><wire id in ten digits>``. Either is computed from the other without a table: what the
wire brings back belongs to the current generation if its counter has been reached in it, else to the one before.
"""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

COUNTER_BITS = 22
COUNTER_SPAN = 1 << COUNTER_BITS
MAX_INSTANCE = (1 << (32 - COUNTER_BITS)) - 1
MAX_WIRE_ID = (1 << 32) - 1
WIRE_DIGITS = 10
# Ids reserved by one write of the state file; a restart skips what is left of its block.
BLOCK = 256
FILE_NAME = "backpack_order_ids.json"


def wire_id(order_id: str) -> int:
    """The uint32 that the exchange knows an order by.

    :param order_id: the id that Hummingbot sees; a plain uint32, as the bundled connector gave, is taken as it is
    :raises ValueError: not an id of this connector or the bundled one
    """
    number = int(order_id[-WIRE_DIGITS:]) if order_id.isdigit() else -1
    if not 0 <= number <= MAX_WIRE_ID:
        raise ValueError(f"order id ({order_id}) must be digits that end in a uint32.")
    return number


def instance_of(wire: int) -> int:
    """The instance number inside a wire id."""
    return wire >> COUNTER_BITS


class OrderIdSpace:
    """Gives out client order ids; one per state file in a process, shared by its connectors.

    :param path: the state file; created with a drawn instance number when absent
    :param instance: this bot's instance number; None: the one in the state file, else a drawn one
    :param in_use: tells whether a wire id belongs to an order that is still tracked, and must be skipped
    :param now: seconds since the epoch; only a space without a state file asks, see :meth:`_fresh_state`
    """

    def __init__(
        self,
        path: Path,
        instance: int | None = None,
        in_use: Callable[[int], bool] = lambda wire: False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._now = now
        self._in_use = [in_use]
        self._next = 0
        self._end = 0
        self._instance = instance
        self._reserve()

    @property
    def instance(self) -> int:
        assert self._instance is not None
        return self._instance

    def add_user(self, in_use: Callable[[int], bool]) -> None:
        """Adds a connector whose tracked orders must not be met after a wrap."""
        self._in_use.append(in_use)

    def new_id(self) -> str:
        """A fresh id in the form that Hummingbot sees."""
        while True:
            if self._next >= self._end:
                self._reserve()
            position, self._next = self._next, self._next + 1
            wire = self.instance << COUNTER_BITS | position % COUNTER_SPAN
            if not any(used(wire) for used in self._in_use):
                return f"{position // COUNTER_SPAN}{wire:0{WIRE_DIGITS}d}"

    def owns(self, wire: int) -> bool:
        """Whether an order with this wire id was placed by this instance."""
        return instance_of(wire) == self.instance

    def order_id(self, wire: int) -> str:
        """The id that Hummingbot saw for a wire id of this instance; for a foreign one, its plain digits."""
        if not self.owns(wire):
            return str(wire)
        counter = wire % COUNTER_SPAN
        generation, reached = divmod(self._next, COUNTER_SPAN)
        if counter >= reached:
            generation -= 1
        return f"{generation}{wire:0{WIRE_DIGITS}d}"

    def _reserve(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+") as file:
            # Two processes of one workspace reserve one after the other.
            fcntl.flock(file, fcntl.LOCK_EX)
            state = self._read(file.read())
            if self._instance is None:
                self._instance = state["instance"]
            self._next = state["next"]
            self._end = self._next + BLOCK
            file.seek(0)
            file.truncate()
            json.dump({"instance": self._instance, "next": self._end}, file)
            file.flush()
            os.fsync(file.fileno())

    def _read(self, text: str) -> dict[str, int]:
        if not text:
            return self._fresh_state()
        try:
            state = json.loads(text)
            instance, following = state["instance"], state["next"]
            if not (isinstance(instance, int) and 0 <= instance <= MAX_INSTANCE and isinstance(following, int)):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            # Damaged (a full disk, a crash inside the write): as if absent, which never repeats an id.
            return self._fresh_state()
        return {"instance": instance, "next": following}

    def _fresh_state(self) -> dict[str, int]:
        """A beginning that no lost state file can have reached: one generation per hour since the epoch, where a
        counter that wraps within the hour would take more than a thousand orders a second."""
        generation = int(self._now() // 3600)
        return {
            "instance": secrets.randbelow(MAX_INSTANCE + 1),
            "next": generation * COUNTER_SPAN + secrets.randbelow(COUNTER_SPAN),
        }


_spaces: dict[Path, OrderIdSpace] = {}


def shared_order_ids(path: Path, instance: int | None, in_use: Callable[[int], bool]) -> OrderIdSpace:
    """The process's one space for a state file."""
    space = _spaces.get(path)
    if space is None:
        space = _spaces[path] = OrderIdSpace(path, instance, in_use)
    else:
        space.add_user(in_use)
    return space
