"""What Hummingbot's abstract connector suites want to know about this exchange, for spot and perpetuals alike."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aioresponses import aioresponses
from aioresponses.core import RequestCall
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder

BASE = "https://api.backpack.exchange/"
D = Decimal
Callback = Callable[..., Any]


def nothing(*args: Any, **kwargs: Any) -> None:
    return None


def endpoint(path: str) -> re.Pattern[str]:
    """A path with any query."""
    return re.compile(rf"^{re.escape(BASE + path)}(\?.*)?$")


class BackpackSuite:
    """Mixed into Hummingbot's abstract suites; MARKET_KIND and SUFFIX tell the connectors apart.

    The status poll asks for all open orders and all recent fills at once, so these are what is answered here."""

    MARKET_KIND = "SPOT"
    SUFFIX = ""
    FEE_ASSET = "COINALPHA"

    base_asset: str
    quote_asset: str
    trading_pair: str
    # As the bundled connector gave them: a uint32 and nothing else.
    client_order_id_prefix = "7"
    exchange_order_id_prefix = "2000"
    expected_exchange_order_id = "59669287267"
    expected_fill_trade_id = "2959284"
    expected_partial_fill_price = D("10500")
    expected_partial_fill_amount = D("0.5")
    expected_latest_price = 9999.9
    expected_supported_order_types = [OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET]
    is_order_fill_http_update_included_in_status_update = True
    is_order_fill_http_update_executed_during_websocket_order_event_processing = False

    # === addresses ===

    all_symbols_url = BASE + "api/v1/markets"
    trading_rules_url = BASE + "api/v1/markets"
    latest_prices_url = endpoint("api/v1/ticker")
    network_status_url = BASE + "api/v1/ping"
    order_creation_url = BASE + "api/v1/order"
    balance_url = BASE + "api/v1/capital"
    network_status_request_successful_mock_response = "pong"

    def exchange_symbol_for_tokens(self, base_token: str, quote_token: str) -> str:
        return f"{base_token}_{quote_token}{self.SUFFIX}"

    @property
    def symbol(self) -> str:
        return self.exchange_symbol_for_tokens(self.base_asset, self.quote_asset)

    # === markets ===

    def market_row(self, **changes: Any) -> dict[str, Any]:
        perpetual = self.MARKET_KIND == "PERP"
        return {
            "symbol": self.symbol,
            "baseSymbol": self.base_asset,
            "quoteSymbol": self.quote_asset,
            "marketType": self.MARKET_KIND,
            "orderBookState": "Open",
            "visible": True,
            "filters": {
                "price": {"tickSize": "0.0001", "minPrice": "0.0001", "maxPrice": None},
                "quantity": {"stepSize": "0.01", "minQuantity": "0.01", "maxQuantity": None},
            },
            "imfFunction": {"base": "0.02", "factor": "0", "type": "sqrt"} if perpetual else None,
            **changes,
        }

    @property
    def all_symbols_request_mock_response(self) -> list[dict[str, Any]]:
        return [self.market_row()]

    @property
    def trading_rules_request_mock_response(self) -> list[dict[str, Any]]:
        return [self.market_row()]

    @property
    def all_symbols_including_invalid_pair_mock_response(self) -> tuple[str, list[dict[str, Any]]]:
        other = self.market_row(symbol="INVALID_PAIR_RFQ", baseSymbol="INVALID", quoteSymbol="PAIR", marketType="RFQ")
        return "INVALID-PAIR", [self.market_row(), other]

    @property
    def trading_rules_request_erroneous_mock_response(self) -> list[dict[str, Any]]:
        return [self.market_row(filters={"price": {}})]

    @property
    def expected_logged_error_for_erroneous_trading_rule(self) -> str:
        return f"Error parsing the trading pair rule of {self.symbol} (market: KeyError: 'quantity'). Skipping."

    @property
    def latest_prices_request_mock_response(self) -> dict[str, str]:
        return {"symbol": self.symbol, "lastPrice": str(self.expected_latest_price)}

    # === payloads ===

    def order_row(self, order: InFlightOrder | None = None, **changes: Any) -> dict[str, Any]:
        return {
            "id": self.expected_exchange_order_id if order is None else order.exchange_order_id,
            "clientId": None if order is None else int(order.client_order_id[-10:]),
            "symbol": self.symbol,
            "side": "Bid" if order is None or order.trade_type is TradeType.BUY else "Ask",
            "orderType": "Limit",
            "status": "New",
            "quantity": "100" if order is None else f"{order.amount:f}",
            "executedQuantity": "0",
            "price": "10000",
            "createdAt": 1640780000000,
            **changes,
        }

    def fill_row(self, order: InFlightOrder, price: Decimal, quantity: Decimal) -> dict[str, Any]:
        (fee,) = self.expected_fill_fee.flat_fees  # type: ignore[attr-defined]
        return {
            "clientId": str(int(order.client_order_id[-10:])),
            "fee": str(fee.amount),
            "feeSymbol": fee.token,
            "isMaker": False,
            "orderId": order.exchange_order_id,
            "price": str(price),
            "quantity": str(quantity),
            "side": "Bid" if order.trade_type is TradeType.BUY else "Ask",
            "symbol": self.symbol,
            "systemOrderType": None,
            "timestamp": "2021-12-29T12:13:20.000",
            "tradeId": int(self.expected_fill_trade_id),
        }

    @property
    def order_creation_request_successful_mock_response(self) -> dict[str, Any]:
        return self.order_row()

    def order_frame(self, order: InFlightOrder, event: str, status: str, **changes: Any) -> dict[str, Any]:
        data = {
            "e": event, "E": 1640780000000000, "T": 1640780000000000, "s": self.symbol, "O": "USER", "V": "RejectMaker",
            "c": int(order.client_order_id[-10:]), "i": order.exchange_order_id, "X": status, "f": "GTC", "o": "LIMIT",
            "S": "Bid" if order.trade_type is TradeType.BUY else "Ask", "q": str(order.amount), "p": str(order.price),
            "z": "0", "Z": "0", "r": False, "y": False, "t": None, **changes,
        }  # fmt: skip
        return {"stream": "account.orderUpdate", "data": data}

    def order_event_for_new_order_websocket_update(self, order: InFlightOrder) -> dict[str, Any]:
        return self.order_frame(order, "orderAccepted", "New")

    def order_event_for_canceled_order_websocket_update(self, order: InFlightOrder) -> dict[str, Any]:
        return self.order_frame(order, "orderCancelled", "Cancelled")

    def order_event_for_full_fill_websocket_update(self, order: InFlightOrder) -> dict[str, Any]:
        (fee,) = self.expected_fill_fee.flat_fees  # type: ignore[attr-defined]
        return self.order_frame(
            order, "orderFill", "Filled", z=str(order.amount), l=str(order.amount), L=str(order.price), m=False,
            n=str(fee.amount), N=fee.token, t=int(self.expected_fill_trade_id),
        )  # fmt: skip

    def trade_event_for_full_fill_websocket_update(self, order: InFlightOrder) -> None:
        """A fill and its order's new state are one frame."""

    # === what was sent ===

    def _all_executed_requests(self, api_mock: aioresponses, url: Any) -> list[RequestCall]:
        """The suite's decorators are shared by the connectors' classes and remember both connectors' requests."""
        calls = super()._all_executed_requests(api_mock, url)  # type: ignore[misc]
        key = self.exchange._backpack_auth.api_key  # type: ignore[attr-defined]
        return [call for call in calls if call.kwargs["headers"].get("X-API-Key") == key]

    def validate_auth_credentials_present(self, request_call: RequestCall) -> None:
        headers = request_call.kwargs["headers"]
        assert {"X-API-Key", "X-Signature", "X-Timestamp", "X-Window"} <= set(headers)
        assert "X-BROKER-ID" not in headers

    def validate_order_creation_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        body = json.loads(request_call.kwargs["data"])
        assert body["symbol"] == self.symbol
        assert body["side"] == ("Bid" if order.trade_type is TradeType.BUY else "Ask")
        assert body["orderType"] == "Limit"
        assert D(body["quantity"]) == D("100")
        assert D(body["price"]) == D("10000")
        assert str(body["clientId"]) == str(int(order.client_order_id[-10:]))

    def validate_order_cancelation_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        body = json.loads(request_call.kwargs["data"])
        assert body == {"symbol": self.symbol, "orderId": order.exchange_order_id}

    def validate_order_status_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        params = request_call.kwargs["params"] or {}
        assert params in ({}, {"symbol": self.symbol, "orderId": order.exchange_order_id})

    def validate_trades_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        assert request_call.kwargs["params"]["limit"] == "1000"

    # === answers ===

    def configure_successful_cancelation_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> str:
        mock_api.delete(
            self.order_creation_url, body=json.dumps(self.order_row(order, status="Cancelled")), callback=callback
        )
        return self.order_creation_url

    def configure_erroneous_cancelation_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> str:
        mock_api.delete(self.order_creation_url, status=400, callback=callback)
        return self.order_creation_url

    def configure_order_not_found_error_cancelation_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> str:
        body = json.dumps({"code": "RESOURCE_NOT_FOUND", "message": "Not Found"})
        mock_api.delete(self.order_creation_url, status=404, body=body, callback=callback)
        return self.order_creation_url

    def configure_one_successful_one_erroneous_cancel_all_response(
        self, successful_order: InFlightOrder, erroneous_order: InFlightOrder, mock_api: aioresponses
    ) -> list[str]:
        return [
            self.configure_successful_cancelation_response(successful_order, mock_api),
            self.configure_erroneous_cancelation_response(erroneous_order, mock_api),
        ]

    def _answer(
        self,
        mock_api: aioresponses,
        order: InFlightOrder,
        status: str,
        callback: Callback = nothing,
        **changes: Any,
    ) -> re.Pattern[str]:
        """Resting orders are in the list of all; others are gone from it and are known to history."""
        row = self.order_row(order, status=status, **changes)
        resting = status in ("New", "PartiallyFilled")
        self._answer_no_fills(mock_api)
        mock_api.get(endpoint("api/v1/orders"), body=json.dumps([row] if resting else []), repeat=True)
        if resting:
            return self._done(callback, endpoint("api/v1/orders"))
        missing = json.dumps({"code": "RESOURCE_NOT_FOUND", "message": "Not Found"})
        mock_api.get(endpoint("api/v1/order"), status=404, body=missing, repeat=True)
        mock_api.get(endpoint("wapi/v1/history/orders"), body=json.dumps([row]), callback=callback, repeat=True)
        return endpoint("wapi/v1/history/orders")

    @staticmethod
    def _done(callback: Callback, url: re.Pattern[str]) -> re.Pattern[str]:
        callback()
        return url

    def configure_completely_filled_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        return self._answer(mock_api, order, "Filled", callback, executedQuantity=str(order.amount))

    def configure_canceled_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        return self._answer(mock_api, order, "Cancelled", callback)

    def configure_open_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        return self._answer(mock_api, order, "New", callback)

    def configure_partially_filled_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        executed = str(self.expected_partial_fill_amount)
        return self._answer(mock_api, order, "PartiallyFilled", callback, executedQuantity=executed)

    def configure_http_error_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        self._answer_no_fills(mock_api)
        mock_api.get(endpoint("api/v1/orders"), status=401, callback=callback, repeat=True)
        return endpoint("api/v1/orders")

    def configure_order_not_found_error_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> list[re.Pattern[str]]:
        self._answer_no_fills(mock_api)
        missing = json.dumps({"code": "RESOURCE_NOT_FOUND", "message": "Not Found"})
        mock_api.get(endpoint("api/v1/order"), status=404, body=missing, repeat=True)
        mock_api.get(endpoint("wapi/v1/history/orders"), body="[]", callback=callback, repeat=True)
        return [endpoint("wapi/v1/history/orders")]

    def configure_partial_fill_trade_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        row = self.fill_row(order, self.expected_partial_fill_price, self.expected_partial_fill_amount)
        return self._answer_fills(mock_api, [row], callback)

    def configure_full_fill_trade_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        assert order.price is not None
        return self._answer_fills(mock_api, [self.fill_row(order, order.price, order.amount)], callback)

    def configure_erroneous_http_fill_trade_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = nothing
    ) -> re.Pattern[str]:
        mock_api.get(endpoint("wapi/v1/history/fills"), status=400, callback=callback)
        return endpoint("wapi/v1/history/fills")

    @staticmethod
    def _answer_no_fills(mock_api: aioresponses) -> None:
        """Unless the test has said which fills there are."""
        fills = endpoint("wapi/v1/history/fills")
        if not any(match.url_or_pattern == fills for match in mock_api._matches.values()):
            mock_api.get(fills, body="[]", repeat=True)

    @staticmethod
    def _answer_fills(mock_api: aioresponses, rows: list[Any], callback: Callback) -> re.Pattern[str]:
        fills = endpoint("wapi/v1/history/fills")
        for key in [key for key, match in mock_api._matches.items() if match.url_or_pattern == fills]:
            del mock_api._matches[key]
        mock_api.get(fills, body=json.dumps(rows), callback=callback)
        return fills
