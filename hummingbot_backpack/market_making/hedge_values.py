"""Plain values of the maker-taker hedge; `hedging` says what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from hummingbot_backpack.market_making.guard import CloseForm, CloseStep
from hummingbot_backpack.market_making.values import ZERO, Side


class Leg(Enum):
    """The market that is quoted, and the one on which its fills are undone."""

    MAKER = "maker"
    HEDGE = "hedge"


class Phase(Enum):
    """The states of the table above."""

    RECOVERING = "recovering"
    BLIND = "blind"
    UNEXPLAINED = "unexplained"
    BALANCED = "balanced"
    OPEN = "open"
    HEDGING = "hedging"
    VERIFYING = "verifying"
    WAITING = "waiting"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Intent:
    """A hedge that was decided on, written down before it leaves.

    :param size: base
    :param filled: base, by its fills so far
    :param ended: it can take no more; what it executed is being asked for
    :param executed: base, for certain; None while that is not known
    :param step: the form it took
    :param sent_at: seconds since the epoch
    """

    order_id: str
    side: Side
    size: Decimal
    step: CloseStep
    sent_at: float
    filled: Decimal = ZERO
    ended: bool = False
    executed: Decimal | None = None

    def to_row(self) -> dict[str, Any]:
        """As it is kept, for JSON."""
        return {
            "order_id": self.order_id,
            "side": self.side.value,
            "size": str(self.size),
            "filled": str(self.filled),
            "step": self.step.name,
            "sent_at": self.sent_at,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Intent":
        """The order that `to_row` wrote down.

        :raises KeyError: if a value is missing
        """
        return cls(
            order_id=row["order_id"],
            side=Side(row["side"]),
            size=Decimal(row["size"]),
            step=CloseStep[row["step"]],
            sent_at=float(row["sent_at"]),
            filled=Decimal(row["filled"]),
        )

    @property
    def outstanding(self) -> Decimal:
        """Base that it has yet to do, or may have done without our knowing."""
        return max(ZERO, (self.size if self.executed is None else self.executed) - self.filled)

    @property
    def resolved(self) -> bool:
        """Whether it can do no more than its fills so far, for certain."""
        return self.filled >= self.size or (self.executed is not None and self.filled >= self.executed)


@dataclass(frozen=True)
class HedgeOrder:
    """A hedge to send now.

    :param reduces: it moves the hedge market's position towards zero and is capped at it, so it goes out reduce-only
    :param cut: the book could take no more of it; the rest follows a little later
    """

    side: Side
    size: Decimal
    reduces: bool
    form: CloseForm
    reason: str
    cut: bool = False


@dataclass(frozen=True)
class HedgeView:
    """What the machine says of itself.

    :param residual: base, signed; None while it is not known
    :param stop: why no quotes may stand, None if they may
    :param alert: what has to be said loudly, None if nothing has to
    """

    phase: Phase
    residual: Decimal | None
    stop: str | None
    alert: str | None


@dataclass(frozen=True)
class HedgeLimits:
    """:param max_residual: base; quotes go above it
    :param deadline: seconds that a residual may stay open
    :param explicable: base; what fills that nobody told of (of quotes that rested while no bot ran) can have done
    """

    max_residual: Decimal
    explicable: Decimal
    deadline: float
