"""What `setup` knows of the market and the account before it asks: public requests, and two signed ones with keys."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot_backpack.keys.pair import KeyPair
from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.rebalancing import daily_volatility
from hummingbot_backpack.market_making.values import MarketRule, Touch
from hummingbot_backpack.workspace.exchange import Refused, Unreachable, get
from hummingbot_backpack.workspace.layout import Workspace

PUBLISHED_FEES = {"PERP": (Decimal(2), Decimal(5)), "SPOT": (Decimal(8), Decimal(10))}
"""Maker and taker of the exchange's first tier, bps: while the account's own are not known."""
DAYS = 30


@dataclass(frozen=True)
class Facts:
    """:param touch: None while a side of the book is empty
    :param volatility_pct: standard deviation of daily returns, percent; None where there are too few days
    :param maker_bps, taker_bps: fees, negative is a rebate
    :param equity: the account's value in quote, None without keys
    """

    pair: str
    kind: str
    rule: MarketRule
    touch: Touch | None
    volatility_pct: Decimal | None
    maker_bps: Decimal
    taker_bps: Decimal
    equity: Decimal | None

    @property
    def base(self) -> str:
        return self.pair.split("-")[0]

    @property
    def quote(self) -> str:
        return self.pair.split("-")[1]


def open_markets(workspace: Workspace, kind: str) -> dict[str, dict[str, Any]]:
    """:return: the open markets of a kind (PERP or SPOT) by Hummingbot's name. :raises Unreachable, Refused:"""
    rows = get(workspace.settings.exchange_url, "/api/v1/markets")
    return {
        f"{row['baseSymbol']}-{row['quoteSymbol']}".upper(): row
        for row in rows
        if row.get("marketType") == kind and row.get("orderBookState") == "Open"
    }


def gather(workspace: Workspace, pair: str, row: dict[str, Any], keys: KeyPair | None) -> Facts:
    """:param row: of `open_markets`
    :raises Unreachable, Refused: the exchange's public answers are not to be had
    """
    url, symbol, kind = workspace.settings.exchange_url, row["symbol"], row["marketType"]
    price, quantity = row["filters"]["price"], row["filters"]["quantity"]
    rule = MarketRule(Decimal(price["tickSize"]), Decimal(quantity["stepSize"]), Decimal(quantity["minQuantity"]))
    depth = get(url, f"/api/v1/depth?symbol={symbol}")
    maker, taker, equity = _account(workspace, kind, keys)
    return Facts(pair, kind, rule, _touch(depth), _volatility(url, symbol), maker, taker, equity)


def _touch(depth: dict[str, Any]) -> Touch | None:
    try:
        return Touch(Decimal(depth["bids"][-1][0]), Decimal(depth["asks"][0][0]))  # bids come ascending
    except (IndexError, DecisionError):
        return None


def _volatility(url: str, symbol: str) -> Decimal | None:
    try:
        now = int(get(url, "/api/v1/time")) // 1000
        rows = get(url, f"/api/v1/klines?symbol={symbol}&interval=1d&startTime={now - (DAYS + 1) * 86400}")
    except (Refused, Unreachable, ValueError):
        return None
    return daily_volatility([Decimal(row["close"]) for row in rows if row["close"] is not None])


def _account(workspace: Workspace, kind: str, keys: KeyPair | None) -> tuple[Decimal, Decimal, Decimal | None]:
    """Fees and value; the published fees and nothing where there are no keys, or the exchange refuses them."""
    from hummingbot_backpack.keys.proof import signed_get

    maker, taker = PUBLISHED_FEES[kind]
    if keys is None:
        return maker, taker, None
    try:
        account = signed_get(workspace, keys, "accountQuery", "/api/v1/account")
        collateral = signed_get(workspace, keys, "collateralQuery", "/api/v1/capital/collateral")
    except (Refused, Unreachable, ValueError):
        return maker, taker, None
    prefix = "futures" if kind == "PERP" else "spot"
    equity = Decimal(collateral["netEquity"])
    return Decimal(account[f"{prefix}MakerFee"]), Decimal(account[f"{prefix}TakerFee"]), equity
