"""The klines endpoint and stream, the same for every kind of market."""

from bidict import bidict
from hummingbot.connector.exchange.backpack import backpack_constants as EXCHANGE
from hummingbot.core.api_throttler.data_types import LinkedLimitWeightPair, RateLimit

REST_URL = EXCHANGE.REST_URL.format(EXCHANGE.DEFAULT_DOMAIN).rstrip("/")
WSS_URL = EXCHANGE.WSS_URL.format(EXCHANGE.DEFAULT_DOMAIN).rstrip("/")
HEALTH_CHECK_ENDPOINT = "/api/v1/status"
CANDLES_ENDPOINT = f"/{EXCHANGE.CANDLES_PATH_URL}"
MARKETS_ENDPOINT = f"/{EXCHANGE.EXCHANGE_INFO_PATH_URL}"

# Hummingbot's name of an interval, and the exchange's.
INTERVALS = bidict(
    {
        name: name
        for name in ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w")
    }
    | {"1M": "1month"}
)

MAX_RESULTS_PER_CANDLESTICK_REST_REQUEST = 1000

# Candles count against the 30 requests a minute for historical data, and against everything's 2000.
_GLOBAL = LinkedLimitWeightPair(EXCHANGE.GLOBAL_RATE_LIMIT)
_HISTORICAL = LinkedLimitWeightPair(EXCHANGE.HISTORICAL_RATE_LIMIT)
RATE_LIMITS = [
    *EXCHANGE.RATE_LIMITS,
    RateLimit(
        CANDLES_ENDPOINT,
        limit=EXCHANGE.HISTORICAL_REQUESTS_PER_MINUTE,
        time_interval=EXCHANGE.MINUTE,
        linked_limits=[_GLOBAL, _HISTORICAL],
    ),
    *(
        RateLimit(
            endpoint,
            limit=EXCHANGE.REQUESTS_PER_MINUTE,
            time_interval=EXCHANGE.MINUTE,
            linked_limits=[_GLOBAL],
        )
        for endpoint in (HEALTH_CHECK_ENDPOINT, MARKETS_ENDPOINT)
    ),
]
