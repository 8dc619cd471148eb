"""From Hummingbot's events to exact records and to the running account of each market."""

import logging
import time
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import TradeUpdate
from hummingbot.core.data_type.trade_fee import TradeFeeBase
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import FundingPaymentCompletedEvent, MarketEvent, OrderFilledEvent

from hummingbot_backpack.market_making.accounting import Account, Fill
from hummingbot_backpack.records import FillRecord, FundingRecord, Records
from hummingbot_backpack.trading import observe

_logger = logging.getLogger(__name__)


def charged_fee(fee: TradeFeeBase, quote: str, price: Decimal, quantity: Decimal) -> tuple[Decimal, str]:
    """Amount and asset of a fee as the exchange charged it; a fee given only as a rate is charged in quote."""
    if fee.flat_fees:
        asset = fee.flat_fees[0].token
        return sum((flat.amount for flat in fee.flat_fees if flat.token == asset), Decimal(0)), asset
    return price * quantity * fee.percent, fee.percent_token or quote


@dataclass
class Market:
    """One market of the session.

    :param earlier: sums over all earlier sessions, see `Records.earlier_results`
    """

    connector_name: str
    trading_pair: str
    account: Account
    earlier: dict[str, Decimal]

    @property
    def quote(self) -> str:
        return self.account.quote


class BookKeeper:
    """Listens to connectors, writes records, keeps accounts.

    It listens until it is closed, so a fill that arrives while the bot stops is recorded like any other.
    """

    def __init__(self, records: Records, session: int) -> None:
        self._records = records
        self._session = session
        self.markets: dict[tuple[str, str], Market] = {}
        self._connectors: dict[str, ConnectorBase] = {}
        self._on_fill_forwarder = SourceInfoEventForwarder(self._on_fill)
        self._on_funding_forwarder = SourceInfoEventForwarder(self._on_funding)

    def add_market(self, connector_name: str, connector: ConnectorBase, trading_pair: str) -> Market | None:
        """Begin a market with the position it has now; None while that, or the mark it needs, is not known."""
        position = observe.net_position(connector, trading_pair)
        if position is None:
            return None
        mark = observe.valuation(connector, trading_pair)
        if position[0] != 0 and mark is None:
            return None
        quote = trading_pair.split("-")[1]
        earlier = self._records.earlier_results(self._session, connector_name, trading_pair)
        market = Market(connector_name, trading_pair, Account.opening(quote, position[0], mark), earlier)
        self.markets[connector_name, trading_pair] = market
        self._records.open_market(self._session, connector_name, trading_pair, position[0], mark)
        if connector_name not in self._connectors:
            self._connectors[connector_name] = connector
            connector.add_listener(MarketEvent.OrderFilled, self._on_fill_forwarder)
            connector.add_listener(MarketEvent.FundingPaymentCompleted, self._on_funding_forwarder)
        return market

    def close(self, reason: str) -> None:
        """Write the end, listen no more."""
        self.save()
        self._records.end_session(self._session, time.time(), reason)
        for connector in self._connectors.values():
            connector.remove_listener(MarketEvent.OrderFilled, self._on_fill_forwarder)
            connector.remove_listener(MarketEvent.FundingPaymentCompleted, self._on_funding_forwarder)
        self._connectors.clear()
        self._records.close()

    def save(self) -> None:
        """Write each market's result so far."""
        for market in self.markets.values():
            account = market.account
            mark = observe.valuation(self._connectors[market.connector_name], market.trading_pair)
            self._records.save_market(
                self._session,
                market.connector_name,
                market.trading_pair,
                {
                    "closing_position": account.position,
                    "closing_mark": mark,
                    "realised": account.realised,
                    "unrealised": account.unrealised(mark),
                    "fees": account.fees_quote,
                    "funding": account.funding,
                    "maker_volume": account.maker_volume,
                    "taker_volume": account.taker_volume,
                },
            )

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
        fee, asset = charged_fee(event.trade_fee, market.quote, price, quantity)
        # Only the trade itself says for certain; a post-only order can be nothing but maker.
        taker = event.order_type is not OrderType.LIMIT_MAKER and (trade is None or trade.is_taker)
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
        record = FillRecord(name, event.trading_pair, event.exchange_trade_id, event.order_id, exchange_order_id, fill)
        if self._records.add_fill(self._session, record):
            market.account.add_fill(fill)

    def _on_funding(self, _tag: int, connector: ConnectorBase, event: FundingPaymentCompletedEvent) -> None:
        name = self._name_of(connector)
        market = self.markets.get((name or "", event.trading_pair))
        if name is None or market is None:
            return
        amount = Decimal(event.amount)
        record = FundingRecord(name, event.trading_pair, float(event.timestamp), amount, Decimal(event.funding_rate))
        if self._records.add_funding(self._session, record):
            market.account.add_funding(amount)
            _logger.info("Funding of %s %s on %s.", amount, market.quote, event.trading_pair)
