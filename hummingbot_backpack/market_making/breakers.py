"""What stops quoting beside exits and limits, why, and until when (card BR01). Exits and limits stay armed under all.

Where money was lost (session loss, drawdown, cost, a liquidation) quoting stays off until somebody says otherwise;
where something was only not known or refused, it comes back by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from hummingbot_backpack.market_making.accounting import wear_rate
from hummingbot_backpack.market_making.values import BPS, ZERO, require_finite, require_not_negative, require_positive

WEAR_COUNTS_FROM = BPS
"""Quote volume after which the cost per 10,000 of it is judged."""
REJECTS_OF = 20
REJECTS_WITHIN_SECONDS = 60.0
REJECTS_SHARE = Decimal("0.5")
REJECTS_PAUSE_SECONDS = 60.0
"""Quotes stay away this long after too many of our orders were refused; then they are tried again."""


class Breaker(Enum):
    """What can stop quoting. The value is the name that users and files see."""

    SESSION_LOSS = "session loss"
    DRAWDOWN = "drawdown"
    COST = "cost"
    REJECTS = "rejects"
    DATA = "data"
    LIQUIDATION = "liquidation"
    MANUAL = "manual"

    @property
    def lost_money(self) -> bool:
        """Whether it stays until it is re-armed explicitly."""
        return self in (Breaker.SESSION_LOSS, Breaker.DRAWDOWN, Breaker.COST, Breaker.LIQUIDATION)


UNTIL_REARMED = "re-armed by `hummingbot-backpack resume --breakers`"
UNTIL_RESUMED = "`hummingbot-backpack resume`"
UNTIL_KNOWN = "it is known again"


@dataclass(frozen=True)
class Trip:
    """A breaker that holds.

    :param scope: what stops: `session` for every controller of the bot, else one controller's id
    :param since: seconds since the epoch
    :param until: what ends it, for people
    :param over_at: seconds since the epoch at which it ends by itself, None if something else ends it
    """

    breaker: Breaker
    scope: str
    reason: str
    since: float
    until: str
    over_at: float | None = None

    @property
    def sentence(self) -> str:
        """What holds, why, and until when, without a full stop: what the breaker stage of a decision says."""
        return f"{self.breaker.value}: {self.reason}, until {self.until}"


SESSION = "session"


@dataclass(frozen=True)
class MoneyLimits:
    """Limits on what a session may lose; None is off.

    :param session_loss, drawdown: quote, magnitudes
    :param wear_rate: quote per 10,000 of volume
    """

    session_loss: Decimal | None = None
    drawdown: Decimal | None = None
    wear_rate: Decimal | None = None

    def __post_init__(self) -> None:
        for name, value in self.named():
            if value is not None:
                require_positive(name, value)

    def named(self) -> tuple[tuple[str, Decimal | None], ...]:
        """The settings' names and values."""
        return (
            ("max_session_loss", self.session_loss),
            ("max_drawdown", self.drawdown),
            ("max_wear_rate", self.wear_rate),
        )

    @property
    def off(self) -> tuple[str, ...]:
        """Names of the limits that are not set."""
        return tuple(name for name, value in self.named() if value is None)

    @property
    def any(self) -> bool:
        """Whether at least one limit is set."""
        return len(self.off) < len(self.named())


@dataclass(frozen=True)
class Result:
    """What all controllers of a session have made together, quote.

    :param net: realised + unrealised − fees + funding; None while a position is open and its mark is not known
    :param price_result: realised + unrealised − fees, of which wear is made
    """

    net: Decimal | None
    price_result: Decimal | None
    volume: Decimal

    def __post_init__(self) -> None:
        for name, value in (("net", self.net), ("price_result", self.price_result)):
            if value is not None:
                require_finite(name, value)
        require_not_negative("volume", self.volume)

    def after(self, earlier: "Result") -> "Result":
        """This and what was made before it together; not known unless both are."""

        def both(mine: Decimal | None, before: Decimal | None) -> Decimal | None:
            return None if mine is None or before is None else mine + before

        return Result(
            both(self.net, earlier.net),
            both(self.price_result, earlier.price_result),
            self.volume + earlier.volume,
        )


NOTHING = Result(ZERO, ZERO, ZERO)


@dataclass(frozen=True)
class Watermark:
    """From where losses count: the session's start, or the last time the money breakers were re-armed.

    :param high: highest net result since then, quote
    """

    base: Result = NOTHING
    high: Decimal = ZERO

    @classmethod
    def at(cls, result: Result) -> "Watermark":
        """Losses count from this result on.

        :raises DecisionError: if the result is not known
        """
        require_finite("net", Decimal("NaN") if result.net is None else result.net)
        return cls(result, result.net or ZERO)


RESTART_SECONDS = 3600.0
"""A run that begins so soon after another was last heard of goes on with its losses whatever the day."""
DAY_SECONDS = 86400.0


@dataclass(frozen=True)
class Count:
    """Losses as they stand, to be gone on with after a restart.

    :param result: what has been made since the counting's first run began
    :param began: when that was, seconds since the epoch
    :param seen: when this was last so, seconds since the epoch
    """

    result: Result
    mark: Watermark
    began: float
    seen: float

    def goes_on(self, now: float) -> bool:
        """Whether a run that begins now is counted with what was before it: on the same day (UTC), or at once."""
        return now // DAY_SECONDS == self.began // DAY_SECONDS or now - self.seen < RESTART_SECONDS


def judge_money(limits: MoneyLimits, result: Result, mark: Watermark, now: float) -> tuple[tuple[Trip, ...], Watermark]:
    """The money breakers that a result trips, bounds included, and the watermark for the next look.

    A result that is not known trips nothing and moves nothing: see `unjudged`.

    :param now: seconds since the epoch
    """
    if result.net is None or result.price_result is None:
        return (), mark
    mark = replace(mark, high=max(mark.high, result.net))
    trips: list[Trip] = []

    def trip(breaker: Breaker, reason: str) -> None:
        trips.append(Trip(breaker, SESSION, reason, now, UNTIL_REARMED))

    loss = (mark.base.net or ZERO) - result.net
    if limits.session_loss is not None and loss >= limits.session_loss:
        trip(
            Breaker.SESSION_LOSS, f"the session lost {loss:.6f}, the limit (max_session_loss) is {limits.session_loss}"
        )
    fall = mark.high - result.net
    if limits.drawdown is not None and fall >= limits.drawdown:
        trip(Breaker.DRAWDOWN, f"{fall:.6f} below the session's high, the limit (max_drawdown) is {limits.drawdown}")
    volume = result.volume - mark.base.volume
    if limits.wear_rate is not None and volume >= WEAR_COUNTS_FROM:
        wear = wear_rate(result.price_result - (mark.base.price_result or ZERO), volume)
        if wear >= limits.wear_rate:
            trip(
                Breaker.COST,
                f"{volume:.2f} of volume cost {wear:.4f} per 10,000, the limit (max_wear_rate) is {limits.wear_rate}",
            )
    return tuple(trips), mark


def unjudged(
    limits: MoneyLimits, result: Result, unknown_since: float | None, patience: float, now: float
) -> Trip | None:
    """Quoting goes on for `patience` seconds while limits are set that an unknown result leaves unjudged.

    :param unknown_since: since when the result is not known, seconds since the epoch; None if it is
    """
    if result.net is not None or not limits.any or unknown_since is None or now - unknown_since < patience:
        return None
    names = " and ".join(name for name, value in limits.named() if value is not None)
    reason = f"the session's result is not known, so {names} cannot be judged"
    return Trip(Breaker.DATA, SESSION, reason, unknown_since, UNTIL_KNOWN)


def judge_rejects(outcomes: Sequence[tuple[float, bool]], scope: str, now: float) -> Trip | None:
    """Half of the last 20 orders refused, all of them within a minute: trying again at once makes it worse.

    :param outcomes: (seconds since the epoch, whether the order was refused), oldest first
    """
    last = outcomes[-REJECTS_OF:]
    if len(last) < REJECTS_OF or now - last[0][0] > REJECTS_WITHIN_SECONDS:
        return None
    refused = sum(refused for _, refused in last)
    if refused < REJECTS_OF * REJECTS_SHARE:
        return None
    until = f"it is tried again after {REJECTS_PAUSE_SECONDS:.0f} s"
    reason = f"{refused} of the last {REJECTS_OF} orders were refused"
    return Trip(Breaker.REJECTS, scope, reason, now, until, now + REJECTS_PAUSE_SECONDS)


def judge_data(
    missing: str | None, missing_since: float | None, patience: float, scope: str, now: float
) -> Trip | None:
    """Book or position not known for longer than `patience` seconds.

    :param missing: what is not known, for people; None if all is
    :param missing_since: seconds since the epoch
    """
    if missing is None or missing_since is None or now - missing_since < patience:
        return None
    return Trip(Breaker.DATA, scope, missing, missing_since, UNTIL_KNOWN)


def standing(trips: Sequence[Trip], now: float) -> tuple[Trip, ...]:
    """The trips that still hold.

    :param now: seconds since the epoch
    """
    return tuple(trip for trip in trips if trip.over_at is None or now < trip.over_at)


def hold(trips: Sequence[Trip], controller_id: str) -> str | None:
    """Why a controller may not quote, None if it may; what lost money comes first."""
    mine = [trip for trip in trips if trip.scope in (SESSION, controller_id)]
    mine.sort(key=lambda trip: not trip.breaker.lost_money)
    return mine[0].sentence if mine else None
