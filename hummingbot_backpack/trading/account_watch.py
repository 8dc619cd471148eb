"""What the accounts of a session are worth, and what moved them besides our own orders (card SE04)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from hummingbot.connector.connector_base import ConnectorBase

from hummingbot_backpack.market_making.accounting import Fill
from hummingbot_backpack.market_making.values import Side
from hummingbot_backpack.records import ForeignFill, Sample, Transfer

_logger = logging.getLogger(__name__)

OPEN_SECONDS = 5.0
"""At the start, how long the exchange may take to say what an account is worth."""
OVERLAP_SECONDS = 10.0
"""History may show what happened a little later."""
OWN_FILL_SECONDS = 5.0
"""A fill of ours that history shows and no event has told after this time is booked from history."""
COLLATERAL = "USDC"
"""The unit of equity; one of it is worth one, whatever a price feed says."""
ATTEMPTS = 3


@dataclass
class Watched:
    """One account.

    :param name: the connector that asks for it
    :param own: whether a client order id is ours
    :param since: when the session began for it, seconds
    """

    name: str
    history: Any
    connectors: dict[str, ConnectorBase]
    own: Callable[[int], bool]
    since: float = 0.0
    asked: float = 0.0
    value: Any = None
    seen: set[tuple[str, ...]] = field(default_factory=set)
    liquidation_fees: Mapping[tuple[str, str], Decimal] | None = None
    """By symbol and position, what the exchange has charged for liquidations and is booked; None: not known yet."""

    @property
    def margin(self) -> tuple[Decimal | None, Decimal | None]:
        """Margin fraction and what it must not fall under; None: not known, or nothing is open."""
        if self.value is None:
            return None, None
        return self.value.margin_fraction, self.value.maintenance


@dataclass(frozen=True)
class Sink:
    """Where the watch puts what it finds.

    :param counted: own fills of the session so far, and what our books say an account's holdings are: symbol or asset
        to quantity, of the markets that the session trades
    :param market_of: (connector, pair) of a symbol that the session trades on an account
    :param book: takes a fill of ours that no event told
    """

    sample: Callable[[Sample], None]
    foreign: Callable[[ForeignFill], None]
    transfer: Callable[[Transfer], None]
    counted: Callable[[str], tuple[int, Mapping[str, Decimal]]]
    market_of: Callable[[str, str], tuple[str, str] | None]
    book: Callable[[str, str, Any], None]


def accounts_of(connectors: Mapping[str, ConnectorBase]) -> list[Watched]:
    """The accounts behind the connectors: spot and perpetual share one. Connectors that cannot say are left out."""
    found: dict[Any, Watched] = {}
    for name, connector in connectors.items():
        history = getattr(connector, "account_history", None)
        if history is None:
            continue
        key = (connector.domain, connector.authenticator.api_key)
        if key in found:
            found[key].connectors[name] = connector
        else:
            found[key] = Watched(name, history, {name: connector}, connector.order_ids.owns)
    return list(found.values())


class AccountWatch:
    """Asks for value and history of each account; at the start, every minute, at the end."""

    def __init__(self, connectors: Mapping[str, ConnectorBase], sink: Sink) -> None:
        self.accounts = accounts_of(connectors)
        self._sink = sink
        self._complained: set[str] = set()

    def account_of(self, connector_name: str) -> Watched | None:
        """The account behind a connector; None: it cannot say what it is worth."""
        return next((each for each in self.accounts if connector_name in each.connectors), None)

    async def open(self) -> None:
        """The first sample of each account; without an answer in time the session begins without, and says so."""
        await asyncio.gather(*(self._open(account) for account in self.accounts))

    async def _open(self, account: Watched) -> None:
        async def ask() -> None:
            account.value = await account.history.value()
            account.since = account.asked = account.value.time

        if await self._try(account, "value at the start", asyncio.wait_for(ask(), OPEN_SECONDS)):
            self._sink.sample(_sample(account, "start", 0))
            account.seen = {_movement_key(each) for each in await self._movements(account, account.since)}
            await self._try(account, "liquidation fees", self._charged(account))

    async def read_histories(self) -> None:
        """Ask only what moved the accounts."""
        known = [account for account in self.accounts if account.since]
        await asyncio.gather(*(self._try(account, "history", self._history(account)) for account in known))

    async def refresh(self, kind: str | None) -> None:
        """Ask again. :param kind: of the sample that is recorded; None: only look at the value"""
        await asyncio.gather(*(self._refresh(account, kind) for account in self.accounts))

    async def _refresh(self, account: Watched, kind: str | None) -> None:
        # Without a beginning there is nothing to compare a sample with; the margin is looked at all the same.
        if kind is None or not account.since:
            await self._try(account, "value", self._value(account))
            return
        await self._try(account, "history", self._history(account))
        for attempt in range(ATTEMPTS):
            before = self._sink.counted(account.name)[0]
            if not await self._try(account, "value", self._value(account)):
                return
            fills, holdings = self._sink.counted(account.name)
            agrees = before == fills and account.value.consistent and _agrees(account.value, holdings)
            if agrees or attempt == ATTEMPTS - 1:
                self._sink.sample(_sample(account, kind, fills if agrees else None))
                return
            await asyncio.sleep(0.2)

    async def _value(self, account: Watched) -> None:
        account.value = await account.history.value()

    async def _try(self, account: Watched, what: str, asking: Awaitable[Any]) -> bool:
        try:
            await asking
        except (OSError, TimeoutError, ValueError) as error:
            if what not in self._complained:
                self._complained.add(what)
                reason = getattr(error, "reason", None) or str(error) or "no answer in time"
                _logger.warning("%s: the account's %s could not be fetched: %s", account.name, what, reason)
            return False
        self._complained.discard(what)
        return True

    async def _history(self, account: Watched) -> None:
        await self._value(account)  # first: what arrives is priced by it
        since, now = max(account.since, account.asked - OVERLAP_SECONDS), account.value.time
        for fill in await self._with_liquidation_fees(account, await account.history.fills(since)):
            self._take_fill(account, fill)
        for payment in await account.history.funding(since):
            if self._sink.market_of(account.name, payment.symbol) is None:
                reference = f"{payment.symbol}/{payment.time}"
                transfer = Transfer(
                    account.name, "funding", reference, COLLATERAL, payment.amount, Decimal(1), payment.time
                )
                self._take(account, ("funding", reference), transfer)
        for each in await self._movements(account, since):
            price = Decimal(1) if each.asset == COLLATERAL else account.value.assets.get(each.asset, (None, None))[1]
            self._take(
                account,
                _movement_key(each),
                Transfer(account.name, each.kind, each.reference, each.asset, each.amount, price, each.time),
            )
        account.asked = now

    async def _charged(self, account: Watched) -> dict[str, Decimal]:
        """What was charged for liquidations since the last look, by symbol; nothing at the first."""
        fees = await account.history.liquidation_fees()
        before, account.liquidation_fees = account.liquidation_fees, fees
        charged: dict[str, Decimal] = {}
        if before is None:
            return charged
        for (symbol, position), fee in fees.items():
            earlier = before.get((symbol, position), Decimal(0))
            charged[symbol] = charged.get(symbol, Decimal(0)) + fee - earlier
        return charged

    async def _with_liquidation_fees(self, account: Watched, fills: list[Any]) -> list[Any]:
        """What a liquidation costs is in no fill, only with the position: it is made part of the newest fill's fee."""

        def new(fill: Any) -> bool:
            return account.history.is_liquidation(fill) and _fill_key(fill) not in account.seen

        if not any(map(new, fills)):
            return fills
        charged = await self._charged(account)
        last = {fill.symbol: number for number, fill in enumerate(fills) if new(fill) and fill.fee_asset == COLLATERAL}
        return [
            replace(fill, fee=fill.fee + charged.get(fill.symbol, Decimal(0)))
            if last.get(fill.symbol) == number
            else fill
            for number, fill in enumerate(fills)
        ]

    async def _movements(self, account: Watched, since: float) -> list[Any]:
        return list(await account.history.movements(since))

    def _take(self, account: Watched, key: tuple[str, ...], transfer: Transfer) -> None:
        if key in account.seen:
            return
        account.seen.add(key)
        self._sink.transfer(transfer)
        if transfer.kind in ("deposit", "withdrawal"):
            _logger.info("%s: a %s of %s %s.", account.name, transfer.kind, abs(transfer.amount), transfer.asset)

    def _take_fill(self, account: Watched, fill: Any) -> None:
        market = self._sink.market_of(account.name, fill.symbol)
        if market is not None and fill.client_id is not None and account.own(fill.client_id):
            if account.value.time - fill.time > OWN_FILL_SECONDS:
                self._sink.book(*market, fill)
            return
        key = _fill_key(fill)
        if key in account.seen:
            return
        account.seen.add(key)
        self._sink.foreign(
            ForeignFill(account.name, fill.symbol, fill.trade_id, fill.exchange_order_id, fill.origin, plain_fill(fill))
        )
        _logger.warning(
            "%s: %s %s %s at %s is not ours%s.",
            account.name, fill.side, fill.quantity, fill.symbol, fill.price,
            f" ({fill.origin})" if fill.origin else "",
        )  # fmt: skip


def plain_fill(fill: Any) -> Fill:
    """A connector's fill as decisions see it."""
    return Fill(
        side=Side.BUY if fill.side == "Bid" else Side.SELL,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        is_maker=fill.is_maker,
        time=fill.time,
    )


def _fill_key(fill: Any) -> tuple[str, ...]:
    return ("fill", fill.symbol, fill.exchange_order_id, fill.trade_id)


def _movement_key(movement: Any) -> tuple[str, ...]:
    return (movement.kind, movement.reference)


def _agrees(value: Any, holdings: Mapping[str, Decimal]) -> bool:
    def held(name: str) -> Decimal:
        if name in value.positions:
            return Decimal(value.positions[name].quantity)
        return Decimal(value.assets.get(name, (Decimal(0), None))[0])

    return all(held(name) == quantity for name, quantity in holdings.items())


def _sample(account: Watched, kind: str, fills: int | None) -> Sample:
    value = account.value
    assets = {
        name: (quantity, Decimal(1) if name == COLLATERAL else price)
        for name, (quantity, price) in value.assets.items()
    }
    equity = sum((quantity * price for quantity, price in assets.values()), value.unbooked) - value.owed
    return Sample(
        account=account.name,
        kind=kind,
        time=value.time,
        equity=equity,
        assets=assets,
        positions={
            symbol: (record.quantity, record.mark, record.unsettled_pnl) for symbol, record in value.positions.items()
        },
        fills=fills,
        margin_fraction=value.margin_fraction,
        maintenance=value.maintenance,
    )


def margins(accounts: Iterable[Watched]) -> list[dict[str, str | None]]:
    """What is published of each account, as text: equity, margin fraction, maintenance."""

    def text(value: Decimal | None) -> str | None:
        return None if value is None else f"{value:f}"

    return [
        {
            "account": account.name,
            "equity": None if account.value is None else text(account.value.equity),
            "margin_fraction": text(account.margin[0]),
            "maintenance": text(account.margin[1]),
        }
        for account in accounts
    ]
