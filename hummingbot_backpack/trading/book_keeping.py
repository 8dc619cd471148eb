"""From Hummingbot's events to exact records and to the running account of each market."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import TradeUpdate
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import FundingPaymentCompletedEvent, MarketEvent, OrderFilledEvent

from hummingbot_backpack.market_making.accounting import Account, Fill
from hummingbot_backpack.market_making.values import RestingOrder, Touch
from hummingbot_backpack.records import (
    FillRecord,
    ForeignFill,
    FundingRecord,
    Records,
    RecordWriter,
    Sample,
    Transfer,
    rows,
)
from hummingbot_backpack.records.tables import FILLS, FOREIGN_FILLS, FUNDING, QUOTING, SAMPLES, TRANSFERS
from hummingbot_backpack.trading import account_watch, inventory, observe
from hummingbot_backpack.trading.differences import Differences
from hummingbot_backpack.trading.markouts import Markouts
from hummingbot_backpack.trading.quoting_time import QuotingClock

_logger = logging.getLogger(__name__)

PERPETUAL_SUFFIX = "_PERP"
SAVE_SECONDS = 60.0
END_SECONDS = 8.0
"""At the end, how long the exchange may take to say what the accounts are worth."""
MARGIN_SECONDS = 15.0
"""How often the account's margin is looked at between two samples."""


@dataclass
class Market:
    """One market of the session.

    :param earlier: sums over all earlier sessions, see `Records.earlier_results`
    :param symbol: the exchange's name of it; None: the connector does not say
    :param holding: what an account's sample lists the inventory under: the symbol of a perpetual, the base of a spot
        market
    :param hedges: whether what is not post-only here is a hedge's own
    """

    connector_name: str
    trading_pair: str
    account: Account
    earlier: dict[str, Decimal]
    symbol: str | None = None
    holding: str = ""
    hedges: bool = False
    moved: Decimal = Decimal(0)
    """What deposits, withdrawals, and others on other markets of the same base, added to the inventory."""
    clock: QuotingClock = field(default_factory=lambda: QuotingClock(time.time()))

    @property
    def quote(self) -> str:
        return self.account.quote


class BookKeeper:
    """Listens to connectors, writes records, keeps accounts.

    It listens until it is closed, so a fill that arrives while the bot stops is recorded like any other.
    """

    def __init__(self, records: Records, session: int) -> None:
        self._records = records
        self._writer = RecordWriter(records)
        self._session = session
        self.markets: dict[tuple[str, str], Market] = {}
        self._connectors: dict[str, ConnectorBase] = {}
        self._seen: set[tuple[Any, ...]] = set()
        self._began = time.time()
        self._saved_at = self._looked_at = self._began
        self._markouts = Markouts(self._touch, self._note_touch)
        self._watch: account_watch.AccountWatch | None = None
        self._opening: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._differences = Differences(self.markets, self._connectors, self.read_histories)
        self._samples: dict[str, Sample] = {}
        self.on_fill: Callable[[FillRecord], None] = lambda record: None
        """Told of each fill of ours, once."""
        self._on_fill_forwarder = SourceInfoEventForwarder(self._on_fill)
        self._on_funding_forwarder = SourceInfoEventForwarder(self._on_funding)

    # Begin --------------------------------------------------------------------------------------------------------

    def open_accounts(self, connectors: Mapping[str, ConnectorBase]) -> bool:
        """Ask what the accounts are worth; False: still asking, come again."""
        if self._opening is None:
            sink = account_watch.Sink(
                sample=self._add_sample,
                foreign=self._add_foreign,
                transfer=self._add_transfer,
                counted=self._counted,
                market_of=self._market_of,
                book=self._book_from_history,
            )
            self._watch = account_watch.AccountWatch(connectors, sink)
            self._opening = asyncio.ensure_future(self._watch.open())
        return self._opening.done()

    def add_market(
        self, connector_name: str, connector: ConnectorBase, trading_pair: str, hedges: bool = False
    ) -> Market | None:
        """Begin a market with the inventory it has now; None while that, or the mark it needs, is not known.

        :param hedges: what is filled here by other than post-only orders undoes fills elsewhere (card HE01)
        """
        base, quote = trading_pair.split("-")
        perpetual = hasattr(connector, "account_positions")
        symbol = connector.symbol_of_pair(trading_pair) if hasattr(connector, "symbol_of_pair") else None
        holding = symbol if perpetual and symbol is not None else base
        watched = None if self._watch is None else self._watch.account_of(connector_name)
        sample = None if watched is None else self._samples.get(watched.name)
        if sample is not None:
            held, mark = inventory.sampled(sample, holding, perpetual)
            mark = mark or observe.valuation(connector, trading_pair)
        else:
            known = inventory.observed(connector, trading_pair)
            if known is None:
                return None
            held, mark = known, observe.valuation(connector, trading_pair)
        if held != 0 and mark is None:
            return None
        earlier = self._records.earlier_results(self._session, connector_name, trading_pair)
        account = Account.opening(quote, held, mark, base)
        market = Market(connector_name, trading_pair, account, earlier, symbol, holding, hedges)
        self.markets[connector_name, trading_pair] = market
        self._records.open_market(
            self._session,
            connector_name,
            trading_pair,
            held,
            mark,
            symbol,
            None if sample is None else sample.account,
            perpetual,
        )
        if connector_name not in self._connectors:
            self._connectors[connector_name] = connector
            connector.add_listener(MarketEvent.OrderFilled, self._on_fill_forwarder)
            connector.add_listener(MarketEvent.FundingPaymentCompleted, self._on_funding_forwarder)
        return market

    # While it runs ------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Count quoting time; every minute write results and look at the accounts. Nothing once it is closed."""
        if not self._connectors:
            return
        for (name, pair), market in self.markets.items():
            market.clock.look(now, self._touch((name, pair)), self._resting(name, pair))
        if now - self._saved_at >= SAVE_SECONDS:
            self._saved_at = self._looked_at = now
            self.save()
            self._refresh("minute")
        elif now - self._looked_at >= MARGIN_SECONDS:
            self._looked_at = now
            self._refresh(None)
        self._differences.tick(now)

    def _refresh(self, kind: str | None) -> None:
        if self._watch is not None and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.ensure_future(self._watch.refresh(kind))

    def save(self) -> None:
        """Write each market's result and quoting time so far."""
        for market in self.markets.values():
            account = market.account
            place = (market.connector_name, market.trading_pair)
            mark = observe.valuation(self._connectors[market.connector_name], market.trading_pair)
            touch = self._touch(place)
            spent = market.clock.take(time.time(), *place)
            if spent is not None:
                self._writer.insert(QUOTING, rows.quoting_row(self._session, spent))
            self._writer.market(
                self._session,
                *place,
                {
                    "closing_position": account.position,
                    "closing_mark": mark,
                    "closing_bid": None if touch is None else touch.bid,
                    "closing_ask": None if touch is None else touch.ask,
                    "realised": account.realised,
                    "unrealised": account.unrealised(mark),
                    "fees": account.fees_quote,
                    "funding": account.funding,
                    "maker_volume": account.maker_volume,
                    "taker_volume": account.taker_volume,
                },
            )

    def accounts(self) -> list[dict[str, str | None]]:
        """What is published of the accounts."""
        return [] if self._watch is None else account_watch.margins(self._watch.accounts)

    async def read_histories(self) -> None:
        """Ask what others, and the exchange itself, did to the accounts."""
        if self._watch is not None:
            await self._watch.read_histories()

    def differences(self) -> list[str]:
        """A sentence for each market whose inventory at the exchange is not what our fills make."""
        return self._differences.lines()

    @property
    def in_doubt(self) -> bool:
        """Whether the exchange holds another position than the books make, so that the result is not known."""
        return self._differences.in_doubt

    # End ----------------------------------------------------------------------------------------------------------

    async def close(self, reason: str) -> None:
        """Look at the accounts a last time, write the end, listen no more."""
        self._markouts.stop()
        await self._differences.close()
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        if self._watch is not None:
            try:
                await asyncio.wait_for(self._watch.refresh("end"), END_SECONDS)
            except TimeoutError:
                _logger.warning("The exchange did not say in time what the account is worth at the end.")
        self.save()
        for connector in self._connectors.values():
            connector.remove_listener(MarketEvent.OrderFilled, self._on_fill_forwarder)
            connector.remove_listener(MarketEvent.FundingPaymentCompleted, self._on_funding_forwarder)
        self._connectors.clear()
        await asyncio.to_thread(self._writer.close)
        self._records.end_session(self._session, time.time(), reason)
        self._records.close()

    # What is heard ------------------------------------------------------------------------------------------------

    def _name_of(self, connector: ConnectorBase) -> str | None:
        return next((name for name, known in self._connectors.items() if known is connector), None)

    def _on_fill(self, _tag: int, connector: ConnectorBase, event: OrderFilledEvent) -> None:
        name = self._name_of(connector)
        market = self.markets.get((name or "", event.trading_pair))
        if name is None or market is None:
            return
        price, quantity = Decimal(event.price), Decimal(event.amount)
        order = connector._order_tracker.fetch_order(client_order_id=event.order_id)
        trade: TradeUpdate | None = None if order is None else order.order_fills.get(event.exchange_trade_id)
        fee, asset = inventory.charged_fee(event.trade_fee, market.quote, price, quantity)
        # Only the trade itself says for certain; a post-only order can be nothing but maker.
        post_only = event.order_type is OrderType.LIMIT_MAKER
        taker = not post_only and (trade is None or trade.is_taker)
        fill = Fill(
            side=observe.side_of(event.trade_type),
            price=price,
            quantity=quantity,
            fee=fee,
            fee_asset=asset,
            is_maker=not taker,
            time=float(trade.fill_timestamp if trade is not None else event.timestamp),
        )
        exchange_order_id = event.exchange_order_id or (order.exchange_order_id if order is not None else "") or ""
        self._book(market, fill, event.order_id, exchange_order_id, event.exchange_trade_id, post_only)

    def _book(
        self, market: Market, fill: Fill, order_id: str, exchange_order_id: str, trade_id: str, post_only: bool
    ) -> bool:
        """:returns: whether it was new"""
        place = (market.connector_name, market.trading_pair)
        key = (*place, order_id, trade_id)
        if key in self._seen:
            return False
        self._seen.add(key)
        age = time.time() - fill.time
        touch = self._touch(place) if age <= SAVE_SECONDS else None
        record = FillRecord(
            *place,
            trade_id,
            order_id,
            exchange_order_id,
            fill,
            "quote" if post_only else "hedge" if market.hedges else "reduce",
            None if touch is None else touch.bid,
            None if touch is None else touch.ask,
        )
        if fill.time < self._began and self._records.has_fill(record):
            return False
        self._writer.insert(FILLS, rows.fill_row(self._session, record))
        market.account.add_fill(fill)
        self._markouts.add(key, place, age)
        self.on_fill(record)
        return True

    def _on_funding(self, _tag: int, connector: ConnectorBase, event: FundingPaymentCompletedEvent) -> None:
        name = self._name_of(connector)
        market = self.markets.get((name or "", event.trading_pair))
        if name is None or market is None:
            return
        amount = Decimal(event.amount)
        record = FundingRecord(name, event.trading_pair, float(event.timestamp), amount, Decimal(event.funding_rate))
        key = ("funding", name, event.trading_pair, record.time)
        if key in self._seen or (record.time < self._began and self._records.has_funding(record)):
            return
        self._seen.add(key)
        self._writer.insert(FUNDING, rows.funding_row(self._session, record))
        market.account.add_funding(amount)
        _logger.info("Funding of %s %s on %s.", amount, market.quote, event.trading_pair)

    # What is looked at ----------------------------------------------------------------------------------------------

    def _resting(self, name: str, pair: str) -> list[RestingOrder]:
        orders = (observe.resting_order(order, False) for order in observe.own_orders(self._connectors[name], pair))
        return [order for order in orders if order.shown]

    def _touch(self, place: tuple[str, str]) -> Touch | None:
        connector = self._connectors.get(place[0])
        rule = None if connector is None else observe.market_rule(connector, place[1])
        if connector is None or rule is None:
            return None
        return observe.touch(connector, place[1], rule, self._resting(*place))

    def _note_touch(self, key: tuple[str, str, str, str], seconds: int, touch: Touch | None) -> None:
        if touch is not None:
            self._writer.touch(key, seconds, str(touch.bid), str(touch.ask))

    # What the account watch finds -------------------------------------------------------------------------------------

    def _add_sample(self, sample: Sample) -> None:
        self._samples[sample.account] = sample
        self._writer.insert(SAMPLES, rows.sample_row(self._session, sample))

    def _of_account(self, account: str) -> list[Market]:
        watched = None if self._watch is None else self._watch.account_of(account)
        names = () if watched is None else watched.connectors
        return [market for market in self.markets.values() if market.connector_name in names]

    def _counted(self, account: str) -> tuple[int, dict[str, Decimal]]:
        markets = self._of_account(account)
        holdings: dict[str, Decimal] = {}
        for market in markets:
            if market.holding not in holdings:
                holdings[market.holding] = market.account.position + market.moved
            else:  # a second spot market of one base: its own trades only
                holdings[market.holding] += market.account.position - self._opened(market)
        return sum(market.account.fills for market in markets), holdings

    def _opened(self, market: Market) -> Decimal:
        sample = next((each for each in self._samples.values() if market.holding in each.assets), None)
        return Decimal(0) if sample is None else sample.assets[market.holding][0]

    def _market_of(self, account: str, symbol: str) -> tuple[str, str] | None:
        for market in self._of_account(account):
            if market.symbol == symbol:
                return market.connector_name, market.trading_pair
        return None

    def _book_from_history(self, name: str, pair: str, found: Any) -> None:
        market = self.markets[name, pair]
        order_id = self._connectors[name].order_ids.order_id(found.client_id)
        fill = account_watch.plain_fill(found)
        if self._book(market, fill, order_id, found.exchange_order_id, found.trade_id, fill.is_maker):
            _logger.warning("%s: a fill of ours that no event told is booked from the exchange's history.", pair)

    def _add_foreign(self, foreign: ForeignFill) -> None:
        """A liquidation, deleveraging, or a trade by hand, in a market of ours is booked like a fill of ours.

        Otherwise the books would value a position that is gone, and money limits would judge gains and losses that
        nobody makes, and not those that were made. What is said of our trading (fills, sides, volume) leaves it out.
        """
        self._writer.insert(FOREIGN_FILLS, rows.foreign_row(self._session, foreign))
        markets = self._of_account(foreign.account)
        for market in markets:
            if market.symbol == foreign.symbol:
                market.account.add_fill(foreign.fill, ours=False)
                return
        for market in markets:  # another market of the same base
            if market.holding == foreign.symbol.split("_")[0] and not foreign.symbol.endswith(PERPETUAL_SUFFIX):
                market.moved += foreign.fill.side.sign * foreign.fill.quantity
                if foreign.fill.fee_asset == market.holding:
                    market.moved -= foreign.fill.fee
                break

    def _add_transfer(self, transfer: Transfer) -> None:
        self._writer.insert(TRANSFERS, rows.transfer_row(self._session, transfer))
        for market in self._of_account(transfer.account):
            if market.holding == transfer.asset:
                market.moved += transfer.amount
                break
