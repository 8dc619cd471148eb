"""What the account is worth, and what moved it other than our own orders: for records and reports.

Nothing here is asked by itself: whoever keeps records asks, as often as it needs.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_liquidations import LIQUIDATING_ORIGINS
from hummingbot.connector.exchange.backpack.backpack_parsing import Fill, FundingPayment, PositionRecord
from hummingbot.connector.exchange.backpack.backpack_requests import PAGE, BackpackRequests

# Collateral and positions are two requests; between them marks may move and PnL may be booked.
ATTEMPTS = 6
AGAIN_AFTER = 0.15
SAME = Decimal("0.000001")
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class AccountValue:
    """One moment of an account.

    :param assets: asset to (quantity with what is locked and lent, the exchange's price of one)
    :param owed: value of what is borrowed
    :param unbooked: PnL of open positions that no balance holds yet
    :param positions: by symbol, the other connector's markets included
    :param margin_fraction: None without exposure
    :param consistent: whether the positions are those that the balances were taken with
    """

    time: float
    assets: Mapping[str, tuple[Decimal, Decimal]]
    owed: Decimal
    unbooked: Decimal
    positions: Mapping[str, PositionRecord]
    margin_fraction: Decimal | None
    maintenance: Decimal | None
    consistent: bool

    @property
    def equity(self) -> Decimal:
        """Everything at market prices, without the haircuts of collateral."""
        return sum((held * price for held, price in self.assets.values()), self.unbooked) - self.owed


@dataclass(frozen=True)
class Movement:
    """A deposit, a withdrawal (negative) or interest (signed as received)."""

    kind: str
    reference: str
    asset: str
    amount: Decimal
    time: float


class AccountHistory:
    """
    :param requests: signed
    """

    def __init__(self, requests: BackpackRequests, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep) -> None:
        self._requests = requests
        self._sleep = sleep

    async def value(self) -> AccountValue:
        """:raises BackpackError: the exchange does not say. :raises UnreadablePayload: it says what cannot be read"""
        attempts = ATTEMPTS
        while True:
            body = await self._requests.get(CONSTANTS.COLLATERAL_PATH_URL)
            rows = await self._requests.get(CONSTANTS.POSITIONS_PATH_URL)
            value = account_value(body, rows, self._requests.exchange_time())
            attempts -= 1
            if value.consistent or not attempts:
                return value
            await self._sleep(AGAIN_AFTER)

    async def fills(self, since: float) -> list[Fill]:
        """Every fill of the account, whoever's, oldest first."""
        return sorted([fill async for fill in self._requests.fills(since)], key=lambda fill: fill.time)

    @staticmethod
    def is_liquidation(fill: Fill) -> bool:
        """Whether the exchange took the account's position apart."""
        return fill.origin in LIQUIDATING_ORIGINS

    async def liquidation_fees(self) -> dict[tuple[str, str], Decimal]:
        """What liquidations of positions, open and past, have cost beside the fills' own fees, by symbol and id."""
        rows = await self._requests.get(CONSTANTS.PAST_POSITIONS_PATH_URL, {"limit": PAGE, "offset": 0})
        try:
            return {(row["symbol"], str(row["id"])): Decimal(row["liquidationFees"]) for row in rows}
        except (KeyError, TypeError, ArithmeticError) as error:
            raise parsing.UnreadablePayload(f"past position: {type(error).__name__}: {error}") from error

    async def funding(self, since: float) -> list[FundingPayment]:
        """Payments of all markets from then on, oldest first."""
        found = [
            payment
            async for row in self._rows(CONSTANTS.FUNDING_PAYMENTS_PATH_URL, since, "intervalEndTimestamp")
            if (payment := parsing.funding_payment(row)).time >= since
        ]
        return found[::-1]

    async def movements(self, since: float) -> list[Movement]:
        """Confirmed deposits and withdrawals, and interest, from then on."""
        found = []
        for kind, path, sign in (
            ("deposit", CONSTANTS.DEPOSITS_PATH_URL, 1),
            ("withdrawal", CONSTANTS.WITHDRAWALS_PATH_URL, -1),
        ):
            async for row in self._rows(path, since, "createdAt"):
                if row.get("status") == CONFIRMED:
                    found.append(transfer_movement(kind, row, sign))
        interest = [row async for row in self._rows(CONSTANTS.INTEREST_PATH_URL, since, "timestamp")]
        found += [interest_movement(row) for row in interest]
        return sorted((each for each in found if each.time >= since), key=lambda each: each.time)

    async def _rows(self, path: str, since: float, when: str) -> AsyncIterator[dict[str, Any]]:
        """Rows newest first, page by page, until one is older than that."""
        offset = 0
        while True:
            rows = await self._requests.get(path, {"limit": PAGE, "offset": offset})
            for row in rows:
                yield row
            if len(rows) < PAGE or parsing.iso_time(rows[-1][when]) < since:
                return
            offset += PAGE


def account_value(body: Mapping[str, Any], rows: list[Mapping[str, Any]], time: float) -> AccountValue:
    """From ``/capital/collateral`` and ``/position``.

    :raises UnreadablePayload: a field is missing or is no number
    """
    try:
        assets = {
            row["symbol"]: (Decimal(row["totalQuantity"]), Decimal(row["assetMarkPrice"])) for row in body["collateral"]
        }
        unbooked = Decimal(body["pnlUnrealized"])
        unsettled = Decimal(body.get("unsettledEquity") or 0)
        fraction = body.get("marginFraction")
        positions = {record.symbol: record for record in map(parsing.position, rows)}
        owed = Decimal(body["borrowLiability"])
        maintenance = Decimal(body["mmf"]) if body.get("mmf") is not None else None
    except (KeyError, TypeError, ArithmeticError) as error:
        raise parsing.UnreadablePayload(f"collateral: {type(error).__name__}: {error}") from error
    counted = sum((record.unsettled_pnl for record in positions.values()), Decimal(0))
    return AccountValue(
        time=time,
        assets=assets,
        owed=owed,
        unbooked=unbooked + unsettled,
        positions=positions,
        margin_fraction=None if fraction is None else Decimal(fraction),
        maintenance=maintenance,
        consistent=abs(counted - unbooked) <= SAME,
    )


def transfer_movement(kind: str, row: Mapping[str, Any], sign: int) -> Movement:
    """A row of ``/wapi/v1/capital/deposits`` or ``…/withdrawals``."""
    try:
        return Movement(
            kind, str(row["id"]), row["symbol"], sign * Decimal(row["quantity"]), parsing.iso_time(row["createdAt"])
        )
    except (KeyError, TypeError, ArithmeticError, ValueError) as error:
        raise parsing.UnreadablePayload(f"{kind}: {type(error).__name__}: {error}") from error


def interest_movement(row: Mapping[str, Any]) -> Movement:
    """A row of ``/wapi/v1/history/interest``, which has no id of its own."""
    try:
        reference = "/".join(str(row.get(name)) for name in ("timestamp", "paymentType", "symbol", "positionId"))
        return Movement(
            "interest", reference, row["symbol"], Decimal(row["quantity"]), parsing.iso_time(row["timestamp"])
        )
    except (KeyError, TypeError, ArithmeticError, ValueError) as error:
        raise parsing.UnreadablePayload(f"interest: {type(error).__name__}: {error}") from error
