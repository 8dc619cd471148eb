"""Hummingbot's abstract perpetual suite. What is overridden says which card it stands for."""

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aioresponses import aioresponses
from aioresponses.core import RequestCall
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_derivative import BackpackPerpetualDerivative
from hummingbot.connector.exchange.backpack.backpack_markets import NO_LIMIT
from hummingbot.connector.exchange.backpack.backpack_parsing import BalanceEvent
from hummingbot.connector.test_support.perpetual_derivative_test import AbstractPerpetualDerivativeTests
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.common import OrderType, PositionAction, PositionMode, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.data_type.trade_fee import TokenAmount, TradeFeeBase, TradeFeeSchema

from test.hummingbot.connector.exchange.backpack.suite import BASE, BackpackSuite, endpoint, nothing
from test.hummingbot.harness import Keys

D = Decimal


class BackpackPerpetualDerivativeSuite(BackpackSuite, AbstractPerpetualDerivativeTests.PerpetualDerivativeTests):
    MARKET_KIND = "PERP"
    SUFFIX = "_PERP"

    balance_url = BASE + "api/v1/capital/collateral"
    funding_info_url = endpoint("api/v1/markPrices")
    funding_payment_url = endpoint("wapi/v1/history/funding")
    expected_supported_position_modes = [PositionMode.ONEWAY]
    empty_funding_payment_mock_response: list[Any] = []
    # Tests that pin something else than the perpetual collateral are overridden below.
    balance_request_mock_response_for_base_and_quote: dict[str, Any] = {}
    balance_request_mock_response_only_base: dict[str, Any] = {}
    balance_event_websocket_update: dict[str, Any] = {}

    def create_exchange_instance(self) -> BackpackPerpetualDerivative:
        keys = Keys.new()
        return BackpackPerpetualDerivative(keys.public, keys.secret, trading_pairs=[self.trading_pair])

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
            sell_order_collateral_token=self.quote_asset,
        )

    @property
    def expected_fill_fee(self) -> TradeFeeBase:
        """FI04: by what the order did; some of the suite's tests leave that open."""
        order = self.exchange._order_tracker.find(self.client_order_id_prefix + "1")
        return TradeFeeBase.new_perpetual_fee(
            fee_schema=TradeFeeSchema(),
            position_action=PositionAction.NIL if order is None else order.position,
            percent_token="USDC",
            flat_fees=[TokenAmount(token="USDC", amount=D("0.001"))],
        )

    def validate_order_creation_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        super().validate_order_creation_request(order, request_call)
        body = json.loads(request_call.kwargs["data"])
        assert body.get("reduceOnly", False) is (order.position is PositionAction.CLOSE)

    def _expected_initial_status_dict(self) -> dict[str, bool]:
        return {**super()._expected_initial_status_dict(), "positions": False}

    # === balances ===

    @aioresponses()
    async def test_update_balances(self, mock_api: aioresponses) -> None:
        """BA02: a perpetual account has collateral; the suite wants a base and a quote balance."""
        mock_api.get(self.balance_url, payload={"netEquity": "15", "netEquityAvailable": "10"})
        await self.exchange._update_balances()
        assert self.exchange.get_balance("USDC") == 15
        assert self.exchange.get_available_balance("USDC") == 10

    @aioresponses()
    async def test_user_stream_balance_update(self, mock_api: aioresponses) -> None:
        """BA01: a balance event has the collateral fetched anew; the suite wants the event's own base balance."""
        mock_api.get(self.balance_url, payload={"netEquity": "15", "netEquityAvailable": "10"})
        self.exchange._on_frame(BalanceEvent("USDC", D("10"), D("5"), D("0")))
        await self.exchange._collateral_refresh
        assert self.exchange.get_balance("USDC") == 15
        assert self.exchange.get_available_balance("USDC") == 10

    # === positions, funding ===

    def position_event_for_full_fill_websocket_update(self, order: InFlightOrder, unrealized_pnl: float) -> Any:
        """PO03: the PnL is quantity × (mark − entry), whatever the exchange's own field says."""
        sign = 1 if order.trade_type is TradeType.BUY else -1
        quantity = order.amount * sign
        assert order.price is not None
        mark = order.price + D(unrealized_pnl) / quantity
        data = {
            "e": "positionOpened", "E": 1, "T": 1, "s": self.symbol, "q": str(quantity), "Q": "9", "b": "1",
            "B": str(order.price), "M": str(mark), "P": "0.001", "p": "0", "i": 1, "f": "0.02", "m": "0.01", "n": "1",
            "l": "0",
        }  # fmt: skip
        return {"stream": "account.positionUpdate", "data": data}

    @property
    def funding_info_mock_response(self) -> list[dict[str, Any]]:
        return [
            {
                "symbol": self.symbol,
                "indexPrice": str(self.target_funding_info_index_price),
                "markPrice": str(self.target_funding_info_mark_price),
                "fundingRate": str(self.target_funding_info_rate),
                "nextFundingTimestamp": self.target_funding_info_next_funding_utc_timestamp * 1000,
            }
        ]

    def funding_info_event_for_websocket_update(self) -> dict[str, Any]:
        data = {
            "e": "markPrice", "E": 1, "T": 1, "s": self.symbol,
            "i": str(self.target_funding_info_index_price_ws_updated),
            "p": str(self.target_funding_info_mark_price_ws_updated),
            "f": str(self.target_funding_info_rate_ws_updated),
            "n": self.target_funding_info_next_funding_utc_timestamp_ws_updated * 1000,
        }  # fmt: skip
        return {"stream": f"markPrice.{self.symbol}", "data": data}

    @property
    def funding_payment_mock_response(self) -> list[dict[str, Any]]:
        return []

    @aioresponses()
    async def test_funding_payment_polling_loop_sends_update_event(self, mock_api: aioresponses) -> None:
        """FU01: each payment is announced once, and asked for when it can be due. The suite wants every poll to ask."""
        mock_api.get(self.funding_payment_url, payload=[])
        await self.exchange._update_all_funding_payments(fire_event_on_new=False)
        assert self.funding_payment_logger.event_log == []
        payment = {
            "fundingRate": "0.0000125",
            "intervalEndTimestamp": "2026-09-11T20:00:00",
            "quantity": "-0.25",
            "subaccountId": 0,
            "symbol": self.exchange_trading_pair,
            "userId": 1,
        }
        mock_api.get(self.funding_payment_url, payload=[payment], repeat=True)
        for _ in range(2):
            await self.exchange.settle_funding()
            (event,) = self.funding_payment_logger.event_log
            assert (event.trading_pair, event.amount) == (self.trading_pair, D("-0.25"))

    def test_get_buy_and_sell_collateral_tokens(self) -> None:
        assert self.exchange.get_buy_collateral_token(self.trading_pair) == "USDC"
        assert self.exchange.get_sell_collateral_token(self.trading_pair) == "USDC"

    # === position mode, leverage ===

    def configure_successful_set_position_mode(self, *args: Any, **kwargs: Any) -> None:
        """The exchange has no such request."""

    def configure_failed_set_position_mode(self, *args: Any, **kwargs: Any) -> tuple[str, str]:
        return "", ""

    def test_set_position_mode_failure(self) -> None:
        """PO04: HEDGE is refused with the reason, without a request. The suite takes it for supported."""
        self.exchange.set_position_mode(PositionMode.HEDGE)
        assert any(
            record.levelname == "ERROR" and "only the ONEWAY position mode exists" in record.getMessage()
            for record in self.log_records
        )

    def test_set_position_mode_success(self) -> None:
        """PO04: ONEWAY is what the exchange has. The suite wants a switch to HEDGE to succeed."""
        self.exchange.set_position_mode(PositionMode.ONEWAY)
        self.async_run_with_timeout(asyncio.sleep(0))
        assert self.exchange.position_mode is PositionMode.ONEWAY

    def _account(self, leverage: int) -> dict[str, Any]:
        fees = dict.fromkeys(("spotMakerFee", "spotTakerFee", "futuresMakerFee", "futuresTakerFee"), "1")
        return {**fees, "leverageLimit": str(leverage), "liquidating": False}

    def configure_successful_set_leverage(
        self, leverage: int, mock_api: aioresponses, callback: Callable[..., Any] = nothing
    ) -> None:
        mock_api.get(BASE + "api/v1/account", payload=self._account(10))
        mock_api.get(BASE + "api/v1/position", payload=[])
        mock_api.patch(BASE + "api/v1/account", body="")
        mock_api.get(BASE + "api/v1/account", payload=self._account(leverage), callback=callback)

    def configure_failed_set_leverage(
        self, leverage: int, mock_api: aioresponses, callback: Callable[..., Any] = nothing
    ) -> tuple[str, str]:
        mock_api.get(BASE + "api/v1/account", payload=self._account(10))
        mock_api.get(BASE + "api/v1/position", payload=[])
        error = {"code": "INVALID_CLIENT_REQUEST", "message": "no"}
        mock_api.patch(BASE + "api/v1/account", status=400, payload=error, callback=callback)
        return BASE + "api/v1/account", "INVALID_CLIENT_REQUEST: no"

    # === orders ===

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
        await self.exchange._update_order_status()
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
            position_action=PositionAction.OPEN,
        )
        return self.exchange.in_flight_orders[self.client_order_id_prefix + "1"]
