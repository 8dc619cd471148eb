"""What the spot and the perpetual connector have in common: everything but balances, positions and funding."""

from abc import abstractmethod
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack import backpack_web_utils as web_utils
from hummingbot.connector.exchange.backpack.backpack_account_history import AccountHistory
from hummingbot.connector.exchange.backpack.backpack_account_sync import AccountSync
from hummingbot.connector.exchange.backpack.backpack_account_watch import AccountWatch
from hummingbot.connector.exchange.backpack.backpack_auth import BackpackAuth
from hummingbot.connector.exchange.backpack.backpack_cancels import OrderCancelling, OrderCancels
from hummingbot.connector.exchange.backpack.backpack_clock import ExchangeClock
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_fees import FeeRates
from hummingbot.connector.exchange.backpack.backpack_key_health import KeyHealth
from hummingbot.connector.exchange.backpack.backpack_limiter import BackpackThrottler, RequestBudget, shared_budget
from hummingbot.connector.exchange.backpack.backpack_maintenance import SENTENCE
from hummingbot.connector.exchange.backpack.backpack_market_names import MarketNames
from hummingbot.connector.exchange.backpack.backpack_order_book_tracker import BackpackOrderBookTracker
from hummingbot.connector.exchange.backpack.backpack_order_ids import FILE_NAME as ORDER_IDS_FILE
from hummingbot.connector.exchange.backpack.backpack_order_ids import OrderIdSpace, shared_order_ids, wire_id
from hummingbot.connector.exchange.backpack.backpack_order_tracker import BackpackOrderTracker
from hummingbot.connector.exchange.backpack.backpack_parsing import Account, Fill
from hummingbot.connector.exchange.backpack.backpack_placing import OrderPlacing
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests, RequestSeen
from hummingbot.connector.exchange.backpack.backpack_settings import load_settings
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.data_type.trade_fee import TradeFeeBase
from hummingbot.core.utils.async_utils import safe_ensure_future
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

CLOCK_INTERVAL = 300.0


class BackpackExchangeBase(MarketNames, AccountWatch, OrderPlacing, OrderCancelling, ExchangePyBase):
    """See :class:`BackpackExchange` for the parameters.

    Subclasses name themselves and their kind of market, and keep what the account holds.
    """

    web_utils = web_utils
    NAME = ""

    def __init__(
        self,
        backpack_api_key: str,
        backpack_api_secret: str,
        balance_asset_limit: dict[str, dict[str, Decimal]] | None = None,
        rate_limits_share_pct: Decimal = Decimal("100"),
        trading_pairs: list[str] | None = None,
        trading_required: bool = True,
        domain: str = CONSTANTS.DEFAULT_DOMAIN,
    ) -> None:
        self.settings = load_settings()
        self._domain = domain
        self._trading_pairs = trading_pairs if trading_pairs is not None else []
        self._trading_required = trading_required
        self._rest_base = web_utils.rest_base(domain, self.settings.simulator_url)
        self._clock_of_exchange = ExchangeClock()
        self._share = min(Decimal(rate_limits_share_pct), self.settings.limit_share)
        self._backpack_auth = BackpackAuth(
            api_key=backpack_api_key,
            secret_key=backpack_api_secret,
            time_provider=self._clock_of_exchange,
            window_ms=self.settings.signature_window,
            broker_id=self.settings.broker_id,
        )
        self._key_health = KeyHealth()
        self._init_markets()
        self._account: Account | None = None
        self._order_ids: OrderIdSpace | None = None
        self._init_watching()
        super().__init__(balance_asset_limit, self._share)
        self._set_order_book_tracker(
            BackpackOrderBookTracker(self._orderbook_ds, self._trading_pairs, domain, on_change=self.changes.tell)
        )
        self.real_time_balance_update = True
        self._fee_rates = FeeRates(self.trade_fee_schema())
        self._sync = AccountSync(self, self._order_tracker, self._requests)
        self._cancels = OrderCancels(self, self._order_tracker, self._requests, self._sync)
        self._throttler.to_cancel = lambda: len(self._order_tracker.active_orders)
        self._init_placing(self.settings.signature_window / 1e3)
        self._init_account()

    @abstractmethod
    def _init_account(self) -> None:
        """Makes what keeps the account's holdings; last of all in the constructor."""

    # === names and construction ===

    @property
    def name(self) -> str:
        return self.NAME if self._domain == CONSTANTS.DEFAULT_DOMAIN else f"{self.NAME}_{self._domain}"

    @property
    def authenticator(self) -> BackpackAuth:
        return self._backpack_auth

    @property
    def rate_limits_rules(self) -> list[Any]:
        return CONSTANTS.RATE_LIMITS

    @property
    def domain(self) -> str:
        return self._domain

    @property
    def client_order_id_max_length(self) -> int:
        return CONSTANTS.MAX_ORDER_ID_LEN

    @property
    def client_order_id_prefix(self) -> str:
        return CONSTANTS.HBOT_ORDER_ID_PREFIX

    @property
    def trading_rules_request_path(self) -> str:
        return CONSTANTS.EXCHANGE_INFO_PATH_URL

    @property
    def trading_pairs_request_path(self) -> str:
        return CONSTANTS.EXCHANGE_INFO_PATH_URL

    @property
    def check_network_request_path(self) -> str:
        return CONSTANTS.PING_PATH_URL

    @property
    def trading_pairs(self) -> list[str]:
        return self._trading_pairs

    @property
    def is_cancel_request_in_exchange_synchronous(self) -> bool:
        return True

    @property
    def is_trading_required(self) -> bool:
        return self._trading_required

    @property
    def order_ids(self) -> OrderIdSpace:
        """The workspace's client order ids, one space for all connectors of the process."""
        if self._order_ids is None:
            from hummingbot import data_path  # type: ignore[attr-defined]

            self._order_ids = shared_order_ids(
                Path(data_path()) / ORDER_IDS_FILE, self.settings.instance, self._is_wire_id_tracked
            )
        return self._order_ids

    def _is_wire_id_tracked(self, wire: int) -> bool:
        return any(wire_id(order_id) == wire for order_id in self._order_tracker.active_orders)

    def supported_order_types(self) -> list[OrderType]:
        return [OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET]

    def _create_web_assistants_factory(self) -> WebAssistantsFactory:
        # Hummingbot's constructor has just made a clock and a limiter of its own.
        self._time_synchronizer = self._clock_of_exchange
        budget: RequestBudget = shared_budget(self._rest_base, self._backpack_auth.api_key)
        self._throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, self._share, budget)
        factory = web_utils.build_api_factory(
            throttler=self._throttler,
            time_synchronizer=self._time_synchronizer,
            domain=self._domain,
            auth=self._backpack_auth,
        )
        self._requests = BackpackRequests(
            factory, budget, self._rest_base, self._clock_of_exchange, self._on_signed_request
        )
        self._requests.maintenance.observers.append(self._on_maintenance)
        return factory

    def _create_order_tracker(self) -> BackpackOrderTracker:
        return BackpackOrderTracker(connector=self)

    async def start_network(self) -> None:
        self._throttler.claim()
        await super().start_network()

    async def stop_network(self) -> None:
        await super().stop_network()
        self._throttler.release()

    # === requests ===

    async def _api_request(
        self,
        path_url: str,
        overwrite_url: str | None = None,
        method: RESTMethod = RESTMethod.GET,
        params: dict[str, Any] | None = None,
        data: Any = None,
        is_auth_required: bool = False,
        return_err: bool = False,
        limit_id: str | None = None,
        headers: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        reply = await self._requests.request(
            method, path_url, params, data, is_auth_required, limit_id=limit_id, headers=headers, url=overwrite_url
        )
        return reply.body

    async def _make_network_check_request(self) -> None:
        try:
            await self._requests.public_get(self.check_network_request_path, attempts=1)
        except BackpackError as error:
            # Hummingbot only counts it as not connected.
            sentence = f"{self.name}: the exchange cannot be reached ({error.reason})."
            self._complain("the connection", sentence, error)
            raise
        self._satisfied("the connection")

    async def public_get(self, path: str, params: dict[str, Any] | None = None, attempts: int = 4) -> Any:
        """An unsigned GET's body; for the data sources."""
        return await self._requests.public_get(path, params, attempts)

    @property
    def account_history(self) -> AccountHistory:
        """What the account is worth and what moved it; asks the exchange anew each time."""
        return AccountHistory(self._requests)

    @property
    def request_observers(self) -> list[Callable[[RequestSeen], None]]:
        """Told of every attempt at a request when it is over."""
        return self._requests.observers

    @property
    def fatal_error(self) -> str | None:
        """The exchange's refusal of the API key in one sentence; None: it refuses nothing, or no longer does."""
        return self._key_health.refusal

    @property
    def maintenance(self) -> str | None:
        """That the exchange is under maintenance, in one sentence; None: it is not, as far as it says."""
        return SENTENCE if self._requests.maintenance.active else None

    def _on_maintenance(self) -> None:
        if self._requests.maintenance.active:
            self.logger().warning(f"{self.name}: {SENTENCE}; what opens risk is not sent until it is over.")
        else:
            self.logger().warning(f"{self.name}: the exchange's maintenance is over.")
            # What was asked for meanwhile has failed, and the private stream may have been away. After its end the
            # connector takes nothing over any more: the next run does.
            if self._status_polling_task is not None:
                safe_ensure_future(self._poll_all())
        # Whoever waits to close goes in this turn of the event loop.
        self.changes.tell_all()

    def _on_signed_request(self, method: RESTMethod, path: str, error: BackpackError | None) -> None:
        self._key_health.on_outcome(method, path, error)
        self._tell_about_key()

    def _tell_about_key(self) -> None:
        refusal = self._key_health.refusal
        if refusal is None:
            self._satisfied("the API key")
        else:
            self._complain("the API key", refusal)

    async def replace_keys(self, api_key: str, api_secret: str) -> None:
        """Uses another pair from now on, without forgetting an order; the private stream comes back with it.

        :raises ValueError: a secret that is none; the old pair stays
        """
        self._backpack_auth.replace_keys(api_key, api_secret)
        self._key_health.forget()
        self._complaints.pop("the API key", None)
        await self._user_stream_tracker.data_source.reopen("the API key was replaced")

    async def ensure_clock(self) -> None:
        """Asks the exchange for its time unless that is known."""
        if not self._clock_of_exchange.synchronised:
            await self._requests.synchronise_clock()

    async def synchronise_clock(self) -> None:
        """Asks the exchange for its time now."""
        await self._requests.synchronise_clock()

    async def _update_time_synchronizer(self, pass_on_non_cancelled_error: bool = False) -> None:
        await self._requests.synchronise_clock(at_most_every=CLOCK_INTERVAL)

    def _is_request_exception_related_to_time_synchronizer(self, request_exception: Exception) -> bool:
        return isinstance(request_exception, BackpackError) and request_exception.kind is ErrorKind.CLOCK

    def _is_order_not_found_during_status_update_error(self, status_update_exception: Exception) -> bool:
        return _is_not_found(status_update_exception)

    def _is_order_not_found_during_cancelation_error(self, cancelation_exception: Exception) -> bool:
        return _is_not_found(cancelation_exception)

    # === prices ===

    async def get_last_traded_prices(self, trading_pairs: list[str]) -> dict[str, float]:
        """A price for each pair that was asked; NaN where nothing was traded. One request however many they are:
        Hummingbot's tracker asks every five seconds for all markets that trade seldom."""
        if len(trading_pairs) == 1:
            return {trading_pairs[0]: await self._get_last_traded_price(trading_pairs[0])}
        symbols = {pair: await self.exchange_symbol_associated_to_pair(pair) for pair in trading_pairs}
        tickers = await self.public_get(CONSTANTS.TICKER_BOOK_PATH_URL)
        prices = {row["symbol"]: float(row["lastPrice"]) for row in tickers}
        return {pair: prices.get(symbol, float("nan")) for pair, symbol in symbols.items()}

    async def _get_last_traded_price(self, trading_pair: str) -> float:
        symbol = await self.exchange_symbol_associated_to_pair(trading_pair)
        ticker = await self.public_get(CONSTANTS.TICKER_PRICE_CHANGE_PATH_URL, {"symbol": symbol})
        # 204: nothing was traded.
        return float("nan") if ticker is None else float(ticker["lastPrice"])

    # === fees ===

    async def _update_trading_fees(self) -> None:
        await self.refresh_account()

    async def refresh_account(self) -> Account:
        """Asks for fee rates and leverage, and keeps them."""
        account = parsing.account(await self._requests.get(CONSTANTS.ACCOUNT_PATH_URL))
        self._account = account
        self._on_account(account)
        return account

    @abstractmethod
    def _on_account(self, account: Account) -> None:
        """Takes over what the account says."""

    @abstractmethod
    def fee_of_fill(self, order: InFlightOrder, fill: Fill) -> TradeFeeBase:
        """The fee as it was charged."""

    @property
    def fee_rates(self) -> FeeRates:
        """The rates that are in force, and whether they are the account's own."""
        return self._fee_rates

    # === orders: see OrderPlacing ===

    def buy(
        self,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType = OrderType.LIMIT,
        price: Decimal = s_decimal_NaN,
        **kwargs: Any,
    ) -> str:
        """Places a buy order; see :meth:`OrderPlacing.place` for the keyword arguments."""
        return self.place(TradeType.BUY, trading_pair, amount, order_type, price, **kwargs)

    def sell(
        self,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType = OrderType.LIMIT,
        price: Decimal = s_decimal_NaN,
        **kwargs: Any,
    ) -> str:
        """Places a sell order; see :meth:`OrderPlacing.place` for the keyword arguments."""
        return self.place(TradeType.SELL, trading_pair, amount, order_type, price, **kwargs)


def _is_not_found(error: Exception) -> bool:
    return isinstance(error, BackpackError) and error.kind is ErrorKind.NOT_FOUND
