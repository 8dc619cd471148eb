"""The perpetual connector."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_constants as CONSTANTS
from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_web_utils as web_utils
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_api_order_book_data_source import (
    BackpackPerpetualAPIOrderBookDataSource,
)
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_api_user_stream_data_source import (
    BackpackPerpetualAPIUserStreamDataSource,
)
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_collateral import CollateralModel
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_funding import FundingLedger
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_marks import MarkWatch
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_position_watch import PositionWatch
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_positions import PositionBook
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError
from hummingbot.connector.exchange.backpack.backpack_exchange_base import BackpackExchangeBase
from hummingbot.connector.exchange.backpack.backpack_parsing import (
    Account,
    BalanceEvent,
    Fill,
    Frame,
    FundingPayment,
    PositionRecord,
)
from hummingbot.connector.perpetual_derivative_py_base import PerpetualDerivativePyBase
from hummingbot.core.data_type.common import OrderType, PositionAction, PositionMode, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.data_type.trade_fee import TokenAmount, TradeFeeBase
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.data_feed.candles_feed.backpack_perpetual_candles import (
    BackpackPerpetualCandles,
    BackpackSimulatorPerpetualCandles,
)
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory

ONE_WAY_SENTENCE = "Backpack has one net position per market: only the ONEWAY position mode exists."
# After orders, fills and balance events the collateral is asked for once, in seconds.
COLLATERAL_DEBOUNCE = 0.5


class BackpackPerpetualDerivative(PositionWatch, BackpackExchangeBase, PerpetualDerivativePyBase):
    """Backpack Exchange, perpetuals. Collateral and settlement are in USDC; leverage is the account's, not a market's.

    :param backpack_api_key: base64 of the public key; empty, with an empty secret: public data only
    :param backpack_api_secret: base64 of the 32-byte seed
    :param rate_limits_share_pct: per cent of the sub-account's request budget
    :param domain: ``exchange``, or ``simulator`` for the local Backpack
    :raises ValueError: a secret or a setting that cannot be used
    """

    web_utils = web_utils
    NAME = "backpack_perpetual"
    MARKET_KIND = "PERP"

    def _init_account(self) -> None:
        # The collateral is fetched after each change and modelled in between.
        self.real_time_balance_update = False
        self._positions = PositionBook(self._perpetual_trading)
        self._position_checks: set[asyncio.Task[Any]] = set()
        self._collateral = CollateralModel(
            self._margin_fraction, self._positions.nets, self.mark_of_pair, self._positions.now
        )
        self._collateral_refresh: asyncio.Task[None] | None = None
        self._marks = MarkWatch(lambda: list(self.account_positions), self._ask_for_mark)
        self._mark_watch: asyncio.Task[None] | None = None
        self._funding = FundingLedger(
            self._funding_page,
            self._perpetual_trading.account_positions.__contains__,
            self._next_funding_due,
            self._requests.exchange_time,
        )

    @property
    def status_dict(self) -> dict[str, bool]:
        return {**super().status_dict, "positions": not self.is_trading_required or self._positions.known}

    @property
    def funding_fee_poll_interval(self) -> int:
        return CONSTANTS.FUNDING_FEE_POLL_INTERVAL

    def _create_order_book_data_source(self) -> BackpackPerpetualAPIOrderBookDataSource:
        return BackpackPerpetualAPIOrderBookDataSource(
            trading_pairs=self._trading_pairs,
            connector=self,
            api_factory=self._web_assistants_factory,
            domain=self._domain,
        )

    def _create_user_stream_data_source(self) -> BackpackPerpetualAPIUserStreamDataSource:
        return BackpackPerpetualAPIUserStreamDataSource(
            auth=self._backpack_auth,
            trading_pairs=self._trading_pairs,
            connector=self,
            api_factory=self._web_assistants_factory,
            domain=self._domain,
        )

    def get_buy_collateral_token(self, trading_pair: str) -> str:
        return str(CONSTANTS.CURRENCY)

    def get_sell_collateral_token(self, trading_pair: str) -> str:
        return str(CONSTANTS.CURRENCY)

    # === account, leverage, position mode ===

    def _polls(self) -> dict[str, Callable[[], Awaitable[Any]]]:
        return {"account": self.refresh_account, **super()._polls(), "positions": self._update_positions}

    def _on_account(self, account: Account) -> None:
        self._fee_rates.set(account.perpetual_maker, account.perpetual_taker)
        for trading_pair in self._trading_pairs:
            self._perpetual_trading.set_leverage(trading_pair, int(account.leverage))
        if account.liquidating:
            self._complain("liquidation", f"{self.name}: the exchange is liquidating this account.")

    @property
    def is_liquidating(self) -> bool:
        """Whether the exchange says that it is taking this account's positions apart."""
        return self._account is not None and self._account.liquidating

    def supported_position_modes(self) -> list[PositionMode]:
        return [PositionMode.ONEWAY]

    async def _fetch_account_position_mode(self) -> PositionMode:
        return PositionMode.ONEWAY

    def set_position_mode(self, mode: PositionMode) -> None:
        if mode not in self.supported_position_modes():
            self.logger().error(f"Position mode {mode.name} is refused: {ONE_WAY_SENTENCE}")
            self._fire_position_mode_events(mode, success=False, message=ONE_WAY_SENTENCE)
            return
        super().set_position_mode(mode)

    async def _trading_pair_position_mode_set(self, mode: PositionMode, trading_pair: str) -> tuple[bool, str]:
        return (True, "") if mode is PositionMode.ONEWAY else (False, ONE_WAY_SENTENCE)

    async def _set_trading_pair_leverage(self, trading_pair: str, leverage: int) -> tuple[bool, str]:
        """Sets the account's leverage if it differs; what the account then says is what holds."""
        success, reason = await self._apply_leverage(trading_pair, leverage)
        if not success:
            # Hummingbot says it at a level that nobody sees.
            self.logger().warning(f"{self.name}: the leverage was not set to {leverage}: {reason}.")
        return success, reason

    async def _apply_leverage(self, trading_pair: str, leverage: int) -> tuple[bool, str]:
        wanted = Decimal(leverage or 0)
        market = self.market(trading_pair)
        highest = None if market is None or not market.initial_margin else 1 // market.initial_margin
        if wanted < 1 or (highest is not None and wanted > highest):
            limit = "the most its market allows" if highest is None else highest
            return False, f"leverage ({leverage}) must be from 1 to {limit} for {trading_pair}"
        try:
            current = (await self.refresh_account()).leverage
            if current == wanted:
                return True, ""
            if wanted < current:
                rows = await self._requests.get(CONSTANTS.POSITIONS_PATH_URL)
                others = [row["symbol"] for row in rows if self.pair_of_symbol(row["symbol"]) != trading_pair]
                if others:
                    return False, (
                        f"leverage is the account's: lowering it from {current} to {leverage} would raise the margin "
                        f"of open positions elsewhere ({', '.join(others)}), so it stays"
                    )
            await self._requests.request(
                RESTMethod.PATCH, CONSTANTS.ACCOUNT_PATH_URL, body={"leverageLimit": str(leverage)}, signed=True
            )
            effective = (await self.refresh_account()).leverage
        except BackpackError as error:
            return False, error.reason
        if effective != wanted:
            return False, f"the account says {effective}"
        return True, ""

    def _margin_fraction(self, trading_pair: str) -> Decimal | None:
        """Initial margin per notional: by the market's base, or by the account's leverage where that is more."""
        market = self.market(trading_pair)
        if market is None or self._account is None or self._account.leverage <= 0:
            return None
        return max(market.initial_margin or Decimal(0), 1 / self._account.leverage)

    # === positions ===

    def _on_frame(self, frame: Frame) -> None:
        if isinstance(frame, PositionRecord):
            trading_pair = self.pair_of_symbol(frame.symbol)
            if trading_pair is not None and trading_pair in self._trading_pairs:
                self._positions.on_event(trading_pair, frame, self._leverage_of(trading_pair))
                self.changes.tell(trading_pair)
            self._refresh_collateral_soon()
        elif isinstance(frame, BalanceEvent):
            self._refresh_collateral_soon()
        else:
            super()._on_frame(frame)
            if isinstance(frame, parsing.OrderEvent):
                self._refresh_collateral_soon()

    def _leverage_of(self, trading_pair: str) -> Decimal:
        return Decimal(self.get_leverage(trading_pair))

    def on_mark_price(self, trading_pair: str, mark: Decimal, streamed: bool = True) -> None:
        """Values the pair's position anew."""
        self._positions.on_mark(trading_pair, mark)
        # The stream repeats it every second.
        if self._marks.on_mark(trading_pair, mark, streamed):
            self.changes.tell(trading_pair)

    def mark_age(self, trading_pair: str) -> float | None:
        """Seconds since the exchange last said what the mark is, every second as a rule; None: not yet."""
        return self._marks.age(trading_pair)

    async def _ask_for_mark(self, trading_pair: str) -> None:
        """A position's exits need the mark also while its stream is silent."""
        try:
            info = await self._orderbook_ds.fetch_funding_info(trading_pair, attempts=1)
        except (BackpackError, ConnectionError, LookupError, parsing.UnreadablePayload) as error:
            self._complain("marks", f"{self.name}: the mark of {trading_pair} could not be asked for ({error}).", error)
            return
        self._satisfied("marks")
        if self._marks.is_silent(trading_pair):
            self._perpetual_trading.initialize_funding_info(info)
            self.on_mark_price(trading_pair, info.mark_price, streamed=False)

    # === collateral ===

    async def _update_balances(self) -> None:
        asked = self._collateral.asking(self._order_tracker.active_orders.values())
        body = await self._requests.get(CONSTANTS.COLLATERAL_PATH_URL)
        equity, available = Decimal(body["netEquity"]), Decimal(body["netEquityAvailable"])
        self._collateral.on_answer(equity, available, asked)
        self._account_balances[CONSTANTS.CURRENCY] = equity
        self._account_available_balances[CONSTANTS.CURRENCY] = available

    def _refresh_collateral_soon(self) -> None:
        async def refresh() -> None:
            await self._sleep(COLLATERAL_DEBOUNCE)
            try:
                await self._update_balances()
            except BackpackError as error:
                self._complain("balances", f"{self.name}: balances not fetched ({error.reason}); asking again.", error)

        if self._collateral_refresh is None or self._collateral_refresh.done():
            self._collateral_refresh = asyncio.ensure_future(refresh())

    def apply_balance_update_since_snapshot(self, currency: str, available_balance: Decimal) -> Decimal:
        """What the exchange said, less the margin of what was ordered since."""
        free = self._collateral.free()
        return available_balance if free is None or currency != CONSTANTS.CURRENCY else free

    def exposure_left(self, trading_pair: str) -> Decimal | None:
        """Base by which new orders may raise a market's exposure at the effective leverage; None: not known."""
        return self._collateral.left(trading_pair, self.get_available_balance(CONSTANTS.CURRENCY))

    def in_flight_asset_balances(self, in_flight_orders: dict[str, InFlightOrder]) -> dict[str, Decimal]:
        """The margin that open orders lock, not their notional."""
        margin = Decimal(0)
        for order in (in_flight_orders or {}).values():
            fraction = self._margin_fraction(order.trading_pair)
            if order.is_open and order.position is not PositionAction.CLOSE and fraction and order.price.is_finite():
                margin += (order.amount - order.executed_amount_base) * order.price * fraction
        return {CONSTANTS.CURRENCY: margin} if margin else {}

    # === orders and fees ===

    def mark_of_pair(self, trading_pair: str) -> Decimal | None:
        info = self._perpetual_trading.funding_info.get(trading_pair)
        return None if info is None else info.mark_price

    def start_tracking_order(self, order_id: str, *args: Any, **kwargs: Any) -> None:
        super().start_tracking_order(order_id, *args, **kwargs)
        self._collateral.add(self._order_tracker.active_orders[order_id])

    async def _place_order_and_process_update(self, order: InFlightOrder, **kwargs: Any) -> str:
        self._collateral.require(order)
        return await super()._place_order_and_process_update(order, **kwargs)

    def _order_options(self, **kwargs: Any) -> dict[str, Any]:
        options = super()._order_options(**kwargs)
        if kwargs.get("position_action") is PositionAction.CLOSE:
            options["reduceOnly"] = True
        return options

    def fee_of_fill(self, order: InFlightOrder, fill: Fill) -> TradeFeeBase:
        return TradeFeeBase.new_perpetual_fee(
            fee_schema=self.trade_fee_schema(),
            position_action=order.position,
            percent_token=fill.fee_asset,
            flat_fees=[TokenAmount(amount=fill.fee, token=fill.fee_asset)],
        )

    def _get_fee(
        self,
        base_currency: str,
        quote_currency: str,
        order_type: OrderType,
        order_side: TradeType,
        position_action: PositionAction,
        amount: Decimal,
        price: Decimal = s_decimal_NaN,
        is_maker: bool | None = None,
    ) -> TradeFeeBase:
        return TradeFeeBase.new_perpetual_fee(
            fee_schema=self.trade_fee_schema(),
            position_action=position_action,
            percent=self._fee_rates.rate(order_type, is_maker),
        )

    # === funding ===

    async def _init_funding_info(self) -> None:
        await asyncio.gather(*(self._init_funding_info_of(pair) for pair in list(self._trading_pairs)))

    async def _init_funding_info_of(self, trading_pair: str) -> None:
        """Until it works: Hummingbot's own loop gives up for good at the first failure."""
        backoff = Backoff()
        while True:
            try:
                info = await self._orderbook_ds.get_funding_info(trading_pair)
            except (BackpackError, ConnectionError, LookupError, parsing.UnreadablePayload) as error:
                self._complain("funding", f"{self.name}: no funding information of {trading_pair} yet ({error}).")
                await self._sleep(backoff.delay())
            else:
                self._satisfied("funding")
                self._perpetual_trading.initialize_funding_info(info)
                return

    async def _funding_page(self, trading_pair: str, limit: int, offset: int) -> list[FundingPayment]:
        symbol = await self.exchange_symbol_associated_to_pair(trading_pair)
        params = {"symbol": symbol, "limit": limit, "offset": offset}
        rows = await self._requests.get(CONSTANTS.FUNDING_PAYMENTS_PATH_URL, params)
        return [parsing.funding_payment(row) for row in rows]

    async def _fetch_last_fee_payment(self, trading_pair: str) -> tuple[float, Decimal, Decimal]:
        payments = await self._funding_page(trading_pair, 1, 0)
        if not payments:
            return 0, Decimal("-1"), Decimal("-1")
        return payments[0].time, payments[0].rate, payments[0].amount

    def _next_funding_due(self, trading_pair: str) -> float | None:
        info = self._perpetual_trading.funding_info.get(trading_pair)
        return None if info is None else float(info.next_funding_utc_timestamp)

    async def settle_funding(self) -> None:
        """Announces what was paid since the last look, at once: for the end of a session."""
        await asyncio.gather(*(self._announce_funding(pair, at_once=True) for pair in self._trading_pairs))

    async def _update_funding_payment(self, trading_pair: str, fire_event_on_new: bool) -> bool:
        return await self._announce_funding(trading_pair)

    async def _announce_funding(self, trading_pair: str, at_once: bool = False) -> bool:
        """Announces every payment since the last seen, not only the newest."""
        try:
            payments = await self._funding.new_payments(trading_pair, at_once)
        except (BackpackError, ConnectionError, LookupError, parsing.UnreadablePayload) as error:
            self._complain("funding payments", f"{self.name}: funding payments could not be fetched ({error}).", error)
            return False
        self._satisfied("funding payments")
        for payment in payments:
            self._emit_funding_payment_event(trading_pair, payment.time, payment.rate, payment.amount, True)
        return True

    async def start_network(self) -> None:
        await super().start_network()
        self._mark_watch = asyncio.ensure_future(self._marks.watch())

    async def stop_network(self) -> None:
        for task in (self._collateral_refresh, self._mark_watch):
            if task is not None:
                task.cancel()
        await super().stop_network()


# Hummingbot's factory knows no local Backpack; before September 2026 it knew no Backpack at all.
CandlesFactory._candles_map.setdefault("backpack_perpetual", BackpackPerpetualCandles)
CandlesFactory._candles_map.setdefault("backpack_perpetual_simulator", BackpackSimulatorPerpetualCandles)
