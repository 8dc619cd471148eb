"""Hummingbot's abstract exchange suite, for the spot connector. What is overridden says which card it stands for."""

import asyncio
from decimal import Decimal
from typing import Any

from aioresponses import aioresponses
from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange
from hummingbot.connector.exchange.backpack.backpack_markets import NO_LIMIT
from hummingbot.connector.test_support.exchange_connector_test import AbstractExchangeConnectorTests
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount, TradeFeeBase

from test.hummingbot.connector.exchange.backpack.suite import BackpackSuite, endpoint
from test.hummingbot.harness import Keys

D = Decimal


class BackpackExchangeSuite(BackpackSuite, AbstractExchangeConnectorTests.ExchangeConnectorTests):
    def create_exchange_instance(self) -> BackpackExchange:
        keys = Keys.new()
        return BackpackExchange(keys.public, keys.secret, trading_pairs=[self.trading_pair])

    @property
    def expected_trading_rule(self) -> TradingRule:
        return TradingRule(
            trading_pair=self.trading_pair,
            min_order_size=D("0.01"),
            max_order_size=NO_LIMIT,
            min_price_increment=D("0.0001"),
            min_base_amount_increment=D("0.01"),
            min_notional_size=D(0),
            buy_order_collateral_token=self.quote_asset,
            sell_order_collateral_token=self.base_asset,
        )

    @property
    def expected_fill_fee(self) -> TradeFeeBase:
        return DeductedFromReturnsTradeFee(
            percent_token=self.base_asset, flat_fees=[TokenAmount(token=self.base_asset, amount=D("0.001"))]
        )

    @property
    def balance_request_mock_response_for_base_and_quote(self) -> dict[str, Any]:
        return {
            self.base_asset: {"available": "10", "locked": "5", "staked": "0"},
            self.quote_asset: {"available": "2000", "locked": "0", "staked": "0"},
        }

    @property
    def balance_request_mock_response_only_base(self) -> dict[str, Any]:
        return {self.base_asset: {"available": "10", "locked": "5", "staked": "0"}}

    @property
    def balance_event_websocket_update(self) -> dict[str, Any]:
        data = {"e": "balanceUpdate", "E": 1, "T": 1, "a": self.base_asset, "A": "10", "L": "5", "S": "0"}
        return {"stream": "account.balanceUpdate", "data": data}

    def _configure_balance_response(self, response: Any, mock_api: aioresponses, callback: Any = None) -> str:
        mock_api.get(endpoint("api/v1/capital"), payload=response)
        mock_api.get(endpoint("api/v1/borrowLend/positions"), payload=[])
        return self.balance_url

    @aioresponses()
    async def test_cancel_order_not_found_in_the_exchange(self, mock_api: aioresponses) -> None:
        """OR06: not found leads to a look-up. The suite wants it counted towards losing the order."""
        order = self._tracked_order()
        self.configure_order_not_found_error_cancelation_response(order, mock_api)
        self.configure_canceled_order_status_response(order, mock_api)
        self.exchange.cancel(self.trading_pair, order.client_order_id)
        await asyncio.sleep(0.1)
        assert order.is_cancelled
        assert not self.exchange._order_tracker._order_not_found_records

    @aioresponses()
    async def test_update_order_status_when_request_fails_marks_order_as_not_found(
        self, mock_api: aioresponses
    ) -> None:
        """OR05: a failed query says nothing about the order. The suite wants it counted towards losing it."""
        order = self._tracked_order()
        self.configure_http_error_order_status_response(order, mock_api)
        await self.exchange._status_polling_loop_fetch_updates()
        assert order.is_open
        assert not self.exchange._order_tracker._order_not_found_records

    def _tracked_order(self) -> Any:
        self.exchange._set_current_timestamp(1640780000)
        self.exchange.start_tracking_order(
            order_id=self.client_order_id_prefix + "1",
            exchange_order_id=self.expected_exchange_order_id,
            trading_pair=self.trading_pair,
            order_type=OrderType.LIMIT,
            trade_type=TradeType.BUY,
            price=D("10000"),
            amount=D("1"),
        )
        return self.exchange.in_flight_orders[self.client_order_id_prefix + "1"]
