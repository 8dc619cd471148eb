"""A report as values: what the terminal, the page, the files and JSON show."""

from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot_backpack.market_making.accounting import wear_rate
from hummingbot_backpack.market_making.values import ZERO
from hummingbot_backpack.records import HORIZONS
from hummingbot_backpack.report.parts import Parts

CENT = Decimal("0.005")
"""Less than this is nothing to the cent."""


@dataclass
class Volume:
    """Quote, and counts."""

    maker: Decimal = ZERO
    taker: Decimal = ZERO
    buys: int = 0
    sells: int = 0

    @property
    def total(self) -> Decimal:
        return self.maker + self.taker

    @property
    def fills(self) -> int:
        return self.buys + self.sells

    def add(self, other: "Volume") -> None:
        self.maker += other.maker
        self.taker += other.taker
        self.buys += other.buys
        self.sells += other.sells


@dataclass
class Quoting:
    """Seconds looked at, and of these quoted on both sides within 7.5 and 15 bps; base × seconds per side inside."""

    seconds: float = 0.0
    both: list[float] = field(default_factory=lambda: [0.0, 0.0])
    bid_size: list[float] = field(default_factory=lambda: [0.0, 0.0])
    ask_size: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def share(self, band: int) -> float | None:
        return self.both[band] / self.seconds if self.seconds else None

    def size(self, band: int) -> tuple[float, float] | None:
        """Average base on bid and ask, over all the time looked at."""
        if not self.seconds:
            return None
        return self.bid_size[band] / self.seconds, self.ask_size[band] / self.seconds

    def add(self, other: "Quoting") -> None:
        self.seconds += other.seconds
        for index in range(2):
            self.both[index] += other.both[index]
            self.bid_size[index] += other.bid_size[index]
            self.ask_size[index] += other.ask_size[index]


@dataclass
class Result:
    """One market, or all of them.

    :param markouts: seconds to the sum of `±q(mid then − mid at the fill)`, and the volume that it is of
    :param position: at the end; None over several markets
    """

    connector: str
    trading_pair: str
    parts: Parts = field(default_factory=Parts)
    volume: Volume = field(default_factory=Volume)
    realised: Decimal = ZERO
    unrealised: Decimal = ZERO
    position: Decimal | None = None
    average_entry: Decimal | None = None
    price: Decimal | None = None
    quoting: Quoting = field(default_factory=Quoting)
    markouts: dict[int, Decimal] = field(default_factory=lambda: dict.fromkeys(HORIZONS, ZERO))
    markout_volume: dict[int, Decimal] = field(default_factory=lambda: dict.fromkeys(HORIZONS, ZERO))
    quoted_spread: Decimal = ZERO
    quoted_volume: Decimal = ZERO

    @property
    def wear(self) -> Decimal | None:
        """Per 10,000 of volume, positive is a loss: −(realised + unrealised − fees); None without volume."""
        if not self.volume.total:
            return None
        return wear_rate(self.realised + self.unrealised + self.parts.fees, self.volume.total)

    def add(self, other: "Result") -> None:
        self.parts.add(other.parts)
        self.volume.add(other.volume)
        self.realised += other.realised
        self.unrealised += other.unrealised
        self.quoting.add(other.quoting)
        for horizon in HORIZONS:
            self.markouts[horizon] += other.markouts[horizon]
            self.markout_volume[horizon] += other.markout_volume[horizon]
        self.quoted_spread += other.quoted_spread
        self.quoted_volume += other.quoted_volume


@dataclass
class Series:
    """What the charts draw; each is downsampled while it is read."""

    equity: list[tuple[float, float]] = field(default_factory=list)
    bin_seconds: float = 1.0
    spread: dict[int, float] = field(default_factory=dict)
    adverse: dict[int, float] = field(default_factory=dict)
    fees: dict[int, float] = field(default_factory=dict)
    maker: dict[int, float] = field(default_factory=dict)
    taker: dict[int, float] = field(default_factory=dict)
    positions: dict[str, dict[int, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """Something the reader must know, by its name in `words`, with what is filled in."""

    name: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Report:
    """
    :param period: "all", "today" or "session"
    :param begins: seconds since the epoch
    :param change: what the accounts changed by; None: not recorded for all of it
    """

    bot: str
    period: str
    sessions: list[int]
    begins: float
    ends: float
    running: bool
    quote: str
    total: Result
    markets: list[Result]
    foreign_fills: int = 0
    change: Decimal | None = None
    equity_start: Decimal | None = None
    equity_end: Decimal | None = None
    notes: list[Note] = field(default_factory=list)
    series: Series = field(default_factory=Series)

    @property
    def unexplained(self) -> Decimal | None:
        """What the parts leave of the account's change; None where that is not recorded."""
        return None if self.change is None else self.change - self.total.parts.total

    def note(self, name: str, **values: object) -> None:
        found = Note(name, {key: str(value) for key, value in values.items()})
        if found not in self.notes:
            self.notes.append(found)
