"""What is recorded, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.accounting import Fill


@dataclass(frozen=True)
class FillRecord:
    """A fill with what identifies it.

    :param purpose: "quote", "reduce" (ours to get rid of risk) or "hedge" (a hedge's own); None: not recorded
    :param bid: best bid of everybody else when the fill was heard of; None: the book was not known
    """

    connector: str
    trading_pair: str
    trade_id: str
    order_id: str
    exchange_order_id: str
    fill: Fill
    purpose: str | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.connector, self.trading_pair, self.order_id, self.trade_id


@dataclass(frozen=True)
class FundingRecord:
    """A funding payment, positive when received."""

    connector: str
    trading_pair: str
    time: float
    amount: Decimal
    rate: Decimal


@dataclass(frozen=True)
class ForeignFill:
    """A fill of the account that is not ours.

    :param symbol: the exchange's name of the market
    :param origin: why, when the exchange itself traded; None: by hand, or another bot
    """

    account: str
    symbol: str
    trade_id: str
    order_id: str
    origin: str | None
    fill: Fill


@dataclass(frozen=True)
class Transfer:
    """What came into the account, or left it, other than by trading.

    :param kind: "deposit", "withdrawal", "interest" or "funding" (of a market that the session does not trade)
    :param amount: signed: what it added, in units of `asset`
    :param price: quote per unit of the asset then; None: not known
    """

    account: str
    kind: str
    reference: str
    asset: str
    amount: Decimal
    price: Decimal | None
    time: float


@dataclass(frozen=True)
class Sample:
    """What the account held at a moment.

    :param kind: "start", "minute" or "end"
    :param equity: everything at market prices, open positions at mark, in the collateral's currency
    :param assets: asset to (quantity, quote per unit)
    :param positions: symbol to (signed quantity, mark, PnL that the exchange has not yet booked)
    :param fills: own fills of the session that it counts; None where that was not certain
    """

    account: str
    kind: str
    time: float
    equity: Decimal
    assets: Mapping[str, tuple[Decimal, Decimal]]
    positions: Mapping[str, tuple[Decimal, Decimal, Decimal]]
    fills: int | None = None
    margin_fraction: Decimal | None = None
    maintenance: Decimal | None = None


@dataclass(frozen=True)
class QuotingTime:
    """Seconds looked at, and of these with both sides inside a band; size inside as base × seconds."""

    connector: str
    trading_pair: str
    time: float
    seconds: float
    both: tuple[float, float]
    bid_size: tuple[float, float]
    ask_size: tuple[float, float]
