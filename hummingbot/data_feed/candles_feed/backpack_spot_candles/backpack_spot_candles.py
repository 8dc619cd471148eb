"""Candles of the exchange's markets, without holes."""

import asyncio
import logging
from typing import Any

from hummingbot.connector.exchange.backpack import backpack_constants as EXCHANGE
from hummingbot.connector.exchange.backpack import backpack_web_utils as web_utils
from hummingbot.connector.exchange.backpack.backpack_backoff import Backoff
from hummingbot.connector.exchange.backpack.backpack_connections import connections_for
from hummingbot.connector.exchange.backpack.backpack_limiter import BackpackThrottler, shared_budget
from hummingbot.connector.exchange.backpack.backpack_markets import Markets
from hummingbot.connector.exchange.backpack.backpack_parsing import iso_time
from hummingbot.connector.exchange.backpack.backpack_streams import connected_stream
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from hummingbot.core.web_assistant.ws_assistant import WSAssistant
from hummingbot.data_feed.candles_feed.backpack_spot_candles import constants as CONSTANTS
from hummingbot.data_feed.candles_feed.candles_base import CandlesBase
from hummingbot.logger import HummingbotLogger

# Seconds between attempts to fill a history that the exchange does not have.
FILL_DELAYS = (2.0, 5.0, 15.0, 60.0)


class BackpackSpotCandles(CandlesBase):
    """A bucket without a trade carries the close before it forward: the exchange sends it empty, or not at all."""

    NAME = "backpack"
    MARKET_KIND = "SPOT"
    SYMBOL_SUFFIX = ""
    DOMAIN = EXCHANGE.DEFAULT_DOMAIN

    _logger: HummingbotLogger | None = None

    def __init__(self, trading_pair: str, interval: str = "1m", max_records: int = 150) -> None:
        self._rest_url = web_utils.rest_base(self.DOMAIN).rstrip("/")
        self._wss_url = web_utils.stream_url(self.DOMAIN)
        super().__init__(trading_pair, interval, max_records)
        budget = shared_budget(f"{self._rest_url}/", "")
        self._api_factory = WebAssistantsFactory(
            throttler=BackpackThrottler(CONSTANTS.RATE_LIMITS, budget=budget),
            connections_factory=connections_for(self._rest_url),
        )

    def attach_connector(self, connector: Any) -> None:
        """Shares the connector's budget, and its way to the exchange."""
        attach = getattr(super(), "attach_connector", None)
        if attach is not None:
            # Hummingbot's releases before September 2026 have none.
            attach(connector)
        self._api_factory = WebAssistantsFactory(
            throttler=self._api_factory.throttler, connections_factory=connections_for(self._rest_url)
        )

    @classmethod
    def logger(cls) -> HummingbotLogger:
        if cls._logger is None:
            cls._logger = logging.getLogger(__name__)
        return cls._logger

    @property
    def name(self) -> str:
        return f"{self.NAME}_{self._trading_pair}"

    @property
    def rest_url(self) -> str:
        return self._rest_url

    @property
    def wss_url(self) -> str:
        return self._wss_url

    @property
    def health_check_url(self) -> str:
        return self.rest_url + CONSTANTS.HEALTH_CHECK_ENDPOINT

    @property
    def candles_url(self) -> str:
        return self.rest_url + CONSTANTS.CANDLES_ENDPOINT

    @property
    def candles_endpoint(self) -> str:
        return CONSTANTS.CANDLES_ENDPOINT

    @property
    def candles_max_result_per_rest_request(self) -> int:
        return CONSTANTS.MAX_RESULTS_PER_CANDLESTICK_REST_REQUEST

    @property
    def rate_limits(self) -> list[Any]:
        return CONSTANTS.RATE_LIMITS

    @property
    def intervals(self) -> Any:
        return CONSTANTS.INTERVALS

    @property
    def _is_last_candle_not_included_in_rest_request(self) -> bool:
        return True

    async def check_network(self) -> NetworkStatus:
        assistant = await self._api_factory.get_rest_assistant()
        await assistant.execute_request(url=self.health_check_url, throttler_limit_id=CONSTANTS.HEALTH_CHECK_ENDPOINT)
        return NetworkStatus.CONNECTED

    def get_exchange_trading_pair(self, trading_pair: str) -> str:
        """The usual form of a symbol; the market list has the last word."""
        return trading_pair.replace("-", "_") + self.SYMBOL_SUFFIX

    async def _initialize_exchange_data(self) -> None:
        if self._connector is not None:
            return
        assistant = await self._api_factory.get_rest_assistant()
        rows = await assistant.execute_request(
            url=self.rest_url + CONSTANTS.MARKETS_ENDPOINT, throttler_limit_id=CONSTANTS.MARKETS_ENDPOINT
        )
        market = Markets(rows, self.MARKET_KIND).get(self._trading_pair)
        if market is not None:
            self._ex_trading_pair = market.symbol

    # === history ===

    def _get_rest_candles_params(
        self, start_time: int | None = None, end_time: int | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        params = {"symbol": self._ex_trading_pair, "interval": self.intervals[self.interval]}
        if start_time:
            params["startTime"] = int(start_time)
        if end_time:
            params["endTime"] = int(end_time)
        return params

    def _parse_rest_candles(self, data: list[dict[str, Any]], end_time: int | None = None) -> list[list[float]]:
        known = next((row["open"] for row in data if row["open"] is not None), None)
        if known is None and self._candles:
            # Nothing was traded in the whole window: the price of after it is all there is.
            known = self._candles[0][1]
        if known is None:
            return []
        close = float(known)
        candles = []
        for row in data:
            start = int(iso_time(row["start"]))
            if row["open"] is None:
                candles.append(_flat(start, close))
                continue
            close = float(row["close"])
            prices = [float(row[name]) for name in ("open", "high", "low")]
            volumes = [float(row[name]) for name in ("volume", "quoteVolume", "trades")]
            candles.append([float(start), *prices, close, *volumes, 0.0, 0.0])
        return candles

    async def fill_historical_candles(self) -> None:
        """Hummingbot's asks again without a pause when nothing came; this one waits longer each time."""
        backoff = Backoff(FILL_DELAYS)
        while not self.ready:
            await self._ws_candle_available.wait()
            try:
                added = await self._fill_once()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self.logger().warning(f"History of {self.name} could not be fetched ({error}); asking again.")
                added = 0
            if added:
                backoff.reset()
            else:
                await self._sleep(backoff.delay())

    async def _fill_once(self) -> int:
        if not self._candles:
            return 0
        end_time = self._round_timestamp_to_interval_multiple(self._candles[0][0])
        missing = self._candles.maxlen - len(self._candles)
        candles = await self.fetch_candles(end_time=end_time, limit=missing)
        candles = candles[candles[:, 0] < end_time][-missing:]
        self._candles.extendleft(candles[::-1])
        return len(candles)

    # === stream ===

    async def _connected_websocket_assistant(self) -> WSAssistant:
        return await connected_stream(self._api_factory, self.wss_url)

    def ws_subscription_payload(self) -> dict[str, Any]:
        return {"method": "SUBSCRIBE", "params": [f"kline.{self.intervals[self.interval]}.{self._ex_trading_pair}"]}

    def _parse_websocket_message(self, data: dict[str, Any] | None) -> dict[str, Any] | None:
        kline = (data or {}).get("data") or {}
        if kline.get("e") != "kline":
            return None
        start = int(iso_time(kline["t"]))
        self._carry_forward(start)
        if kline["o"] is None:
            if not self._candles:
                return None
            candle = _flat(start, float(self._candles[-1][4]))
        else:
            prices = [float(kline[name]) for name in ("o", "h", "l", "c")]
            volume = float(kline["v"])
            # The stream has no quote volume; the close is as near as it gets.
            candle = [float(start), *prices, volume, volume * prices[-1], float(kline["n"]), 0.0, 0.0]
        return dict(zip(self.columns, candle, strict=True))

    def _carry_forward(self, start: int) -> None:
        """Adds the buckets that nothing was sent for."""
        step = self.interval_in_seconds
        while self._candles and self._candles[-1][0] + step < start:
            last = self._candles[-1]
            self._candles.append(_flat(int(last[0]) + step, float(last[4])))


class BackpackSimulatorSpotCandles(BackpackSpotCandles):
    """The local Backpack's."""

    NAME = "backpack_simulator"
    DOMAIN = EXCHANGE.SIMULATOR_DOMAIN


def _flat(start: int, price: float) -> list[float]:
    return [float(start), price, price, price, price, 0.0, 0.0, 0.0, 0.0, 0.0]
