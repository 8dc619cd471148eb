"""The spot connector."""

import asyncio
from decimal import Decimal
from typing import Any

from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_api_order_book_data_source import BackpackAPIOrderBookDataSource
from hummingbot.connector.exchange.backpack.backpack_api_user_stream_data_source import BackpackAPIUserStreamDataSource
from hummingbot.connector.exchange.backpack.backpack_balances import SpotBalances
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError
from hummingbot.connector.exchange.backpack.backpack_exchange_base import BackpackExchangeBase
from hummingbot.connector.exchange.backpack.backpack_parsing import Account, BalanceEvent, Fill, Frame
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.data_type.trade_fee import TokenAmount, TradeFeeBase
from hummingbot.data_feed.candles_feed.backpack_spot_candles import BackpackSimulatorSpotCandles, BackpackSpotCandles
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory

# Several balance events follow one order; what is lent is asked for once after them, in seconds.
LENT_DEBOUNCE = 1.0


class BackpackExchange(BackpackExchangeBase):
    """Backpack Exchange, spot.

    :param backpack_api_key: base64 of the public key; empty, with an empty secret: public data only
    :param backpack_api_secret: base64 of the 32-byte seed
    :param rate_limits_share_pct: per cent of the sub-account's request budget
    :param domain: ``exchange``, or ``simulator`` for the local Backpack
    :raises ValueError: a secret or a setting that cannot be used
    """

    NAME = "backpack"
    MARKET_KIND = "SPOT"

    def _init_account(self) -> None:
        self._balances = SpotBalances(lent_is_available=self.settings.lend_redeem)
        self._lent_refresh: asyncio.Task[None] | None = None

    @property
    def status_dict(self) -> dict[str, bool]:
        """Hummingbot's, but an empty account is ready too."""
        return {**super().status_dict, "account_balance": not self.is_trading_required or self._balances.known}

    @property
    def lent_funds(self) -> dict[str, Decimal]:
        """What is lent, by asset; part of the balances."""
        return self._balances.lent

    @property
    def lent_funds_age(self) -> float | None:
        """Seconds since the amounts that are lent, and count as balance, were last fetched; None: never."""
        return self._balances.lent_age

    def _create_order_book_data_source(self) -> BackpackAPIOrderBookDataSource:
        return BackpackAPIOrderBookDataSource(
            trading_pairs=self._trading_pairs,
            connector=self,
            api_factory=self._web_assistants_factory,
            domain=self._domain,
        )

    def _create_user_stream_data_source(self) -> BackpackAPIUserStreamDataSource:
        return BackpackAPIUserStreamDataSource(
            auth=self._backpack_auth,
            trading_pairs=self._trading_pairs,
            connector=self,
            api_factory=self._web_assistants_factory,
            domain=self._domain,
        )

    async def get_all_pairs_prices(self) -> list[dict[str, Any]]:
        """The tickers of all markets of every kind, as the exchange sends them; for the rate source."""
        return list(await self.public_get(CONSTANTS.TICKER_BOOK_PATH_URL))

    # === balances ===

    def _on_frame(self, frame: Frame) -> None:
        if isinstance(frame, BalanceEvent):
            moved = self._balances.on_event(frame)
            self._publish_balances()
            # An account that lends what is idle shows the other half of it only when it is asked.
            if moved or self._balances.is_lent(frame.asset):
                self._refresh_lent_soon()
        else:
            super()._on_frame(frame)

    async def _update_balances(self) -> None:
        asked_at = self._balances.now()
        capital, _ = await asyncio.gather(self._requests.get(CONSTANTS.BALANCE_PATH_URL), self._update_lent())
        self._balances.on_capital(parsing.capital(capital), asked_at)
        self._publish_balances()

    async def _update_lent(self) -> None:
        """Keeps the last amounts when they cannot be fetched: unknown is never zero."""
        try:
            rows = await self._requests.get(CONSTANTS.BORROW_LEND_POSITIONS_PATH_URL)
        except BackpackError as error:
            age = self._balances.lent_age
            since = "never known" if age is None else f"{age:.0f} s old"
            sentence = f"{self.name}: lent funds could not be fetched ({error.reason}); {since}."
            self._complain("lent funds", sentence, error)
            return
        self._satisfied("lent funds")
        self._balances.on_lent(parsing.lent(rows))

    def _refresh_lent_soon(self) -> None:
        async def refresh() -> None:
            await self._sleep(LENT_DEBOUNCE)
            await self._update_lent()
            self._publish_balances()

        if self._lent_refresh is None or self._lent_refresh.done():
            self._lent_refresh = asyncio.ensure_future(refresh())

    def _publish_balances(self) -> None:
        self._account_balances.clear()
        self._account_balances.update(self._balances.totals())
        self._account_available_balances.clear()
        self._account_available_balances.update(self._balances.available())
        self.changes.tell_all()

    async def stop_network(self) -> None:
        if self._lent_refresh is not None:
            self._lent_refresh.cancel()
        await super().stop_network()

    # === orders and fees ===

    def _order_options(self, **kwargs: Any) -> dict[str, Any]:
        options = super()._order_options(**kwargs)
        if self.settings.lend_redeem:
            options["autoLendRedeem"] = True
        return options

    def _on_account(self, account: Account) -> None:
        self._fee_rates.set(account.spot_maker, account.spot_taker)

    def fee_of_fill(self, order: InFlightOrder, fill: Fill) -> TradeFeeBase:
        return TradeFeeBase.new_spot_fee(
            fee_schema=self.trade_fee_schema(),
            trade_type=order.trade_type,
            percent_token=fill.fee_asset,
            flat_fees=[TokenAmount(amount=fill.fee, token=fill.fee_asset)],
        )

    def _get_fee(
        self,
        base_currency: str,
        quote_currency: str,
        order_type: OrderType,
        order_side: TradeType,
        amount: Decimal,
        price: Decimal = s_decimal_NaN,
        is_maker: bool | None = None,
    ) -> TradeFeeBase:
        return TradeFeeBase.new_spot_fee(
            fee_schema=self.trade_fee_schema(),
            trade_type=order_side,
            percent=self._fee_rates.rate(order_type, is_maker),
        )


# Hummingbot's factory knows no local Backpack; before September 2026 it knew no Backpack at all.
CandlesFactory._candles_map.setdefault("backpack", BackpackSpotCandles)
CandlesFactory._candles_map.setdefault("backpack_simulator", BackpackSimulatorSpotCandles)
