"""Which stretch of which session a report is about, and what the accounts held at both of its ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot_backpack.market_making.values import ZERO
from hummingbot_backpack.records import Sample


@dataclass(frozen=True)
class Window:
    """A stretch of one account's session between two samples.

    :param opening: None: not recorded, or the window begins where the session does and no sample was taken
    :param closing: None: not recorded
    """

    account: str
    opening: Sample | None
    closing: Sample | None

    @property
    def first_fill(self) -> int:
        """Own fills of the account that came before."""
        return (self.opening.fills or 0) if self.opening is not None else 0

    @property
    def last_fill(self) -> int | None:
        """Own fills of the account up to the end; None: all."""
        if self.closing is None or (self.closing.kind == "end" and self.closing.fills is None):
            return None
        return self.closing.fills

    @property
    def known(self) -> bool:
        return self.opening is not None and self.closing is not None

    @property
    def change(self) -> Decimal | None:
        """What the account changed by; None: not recorded."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing.equity - self.opening.equity


def window_of(account: str, samples: Sequence[Sample], since: float | None = None) -> Window | None:
    """The window of an account's session from `since` on; all of it when that is None.

    :param samples: of that account and session, oldest first
    :returns: None: nothing of the session lies in it, or no sample says where to cut
    """
    start = next((each for each in samples if each.kind == "start"), None)
    usable = [each for each in samples if each.kind == "end" or (each.kind == "minute" and each.fills is not None)]
    closing = usable[-1] if usable else None
    if since is None or (start is not None and start.time >= since):
        return Window(account, start, closing)
    opening = next((each for each in usable if each.time >= since and each.fills is not None), None)
    if opening is None or closing is None or closing.time <= opening.time:
        return None
    return Window(account, opening, closing)


def held(sample: Sample | None, holding: str, perpetual: bool) -> tuple[Decimal, Decimal | None]:
    """Quantity of a symbol or asset in a sample, and what one was worth; nothing where it is not listed."""
    if sample is None:
        return ZERO, None
    if perpetual:
        quantity, mark, _ = sample.positions.get(holding, (ZERO, None, ZERO))
        return quantity, mark
    return sample.assets.get(holding, (ZERO, None))


def is_perpetual(row: Any) -> bool:
    """Whether a row of `session_markets` is a perpetual; the first layout knew no others."""
    return row.perpetual is None or bool(row.perpetual)


def holding_of(row: Any) -> str:
    """What a sample lists a market's inventory under."""
    base: str = row.trading_pair.split("-")[0]
    return str(row.symbol) if is_perpetual(row) and row.symbol else base
