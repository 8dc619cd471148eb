"""Names, paths and limits of Backpack Exchange that the spot and the perpetual connector share."""

from hummingbot.core.api_throttler.data_types import LinkedLimitWeightPair, RateLimit
from hummingbot.core.data_type.in_flight_order import OrderState

DEFAULT_DOMAIN = "exchange"
SIMULATOR_DOMAIN = "simulator"

REST_URL = "https://api.backpack.{}/"
WSS_URL = "wss://ws.backpack.{}/"
SIMULATOR_URL = "http://127.0.0.1:18490"

# The id that Hummingbot sees: the uint32 of the wire in ten digits behind a generation (see backpack_order_ids).
MAX_ORDER_ID_LEN = 32
HBOT_ORDER_ID_PREFIX = ""
MAX_BATCH_SIZE = 20

DEFAULT_SIGNATURE_WINDOW_MS = 5000
MAX_SIGNATURE_WINDOW_MS = 60000

# Seconds. The exchange pings every 60; our own ping, after so long without a frame, shows a dead socket sooner: it ends
# when half of that again brings nothing.
WS_HEARTBEAT_TIME_INTERVAL = 30
REQUEST_TIMEOUT = 10
MAX_BACKOFF = 30

SIDE_BUY = "Bid"
SIDE_SELL = "Ask"
TIME_IN_FORCE_GTC = "GTC"
TIMES_IN_FORCE = ("GTC", "IOC", "FOK")
SELF_TRADE_PREVENTIONS = ("RejectTaker", "RejectMaker", "RejectBoth")
SLIPPAGE_TOLERANCE_TYPES = ("TickSize", "Percent")
TRIGGERS = ("MarkPrice", "LastPrice", "IndexPrice")

ORDER_STATE = {
    "New": OrderState.OPEN,
    "PartiallyFilled": OrderState.PARTIALLY_FILLED,
    "Filled": OrderState.FILLED,
    "Cancelled": OrderState.CANCELED,
    "Expired": OrderState.CANCELED,
    "Triggered": OrderState.OPEN,
    "TriggerPending": OrderState.OPEN,
    "TriggerFailed": OrderState.FAILED,
}

ALL_ORDERS_CHANNEL = "account.orderUpdate"
ALL_BALANCES_CHANNEL = "account.balanceUpdate"
ALL_POSITIONS_CHANNEL = "account.positionUpdate"

DIFF_EVENT_TYPE = "depth"
TRADE_EVENT_TYPE = "trade"
FUNDING_EVENT_TYPE = "markPrice"
BOOK_TICKER_EVENT_TYPE = "bookTicker"

PING_PATH_URL = "api/v1/ping"
STATUS_PATH_URL = "api/v1/status"
SERVER_TIME_PATH_URL = "api/v1/time"
EXCHANGE_INFO_PATH_URL = "api/v1/markets"
MARKET_PATH_URL = "api/v1/market"
SNAPSHOT_PATH_URL = "api/v1/depth"
TICKER_BOOK_PATH_URL = "api/v1/tickers"
TICKER_PRICE_CHANGE_PATH_URL = "api/v1/ticker"
MARK_PRICE_PATH_URL = "api/v1/markPrices"
BALANCE_PATH_URL = "api/v1/capital"
COLLATERAL_PATH_URL = "api/v1/capital/collateral"
BORROW_LEND_POSITIONS_PATH_URL = "api/v1/borrowLend/positions"
ACCOUNT_PATH_URL = "api/v1/account"
ORDER_PATH_URL = "api/v1/order"
ORDERS_PATH_URL = "api/v1/orders"
POSITIONS_PATH_URL = "api/v1/position"
MY_TRADES_PATH_URL = "wapi/v1/history/fills"
ORDER_HISTORY_PATH_URL = "wapi/v1/history/orders"
FUNDING_PAYMENTS_PATH_URL = "wapi/v1/history/funding"
INTEREST_PATH_URL = "wapi/v1/history/interest"
PAST_POSITIONS_PATH_URL = "wapi/v1/history/position"
DEPOSITS_PATH_URL = "wapi/v1/capital/deposits"
WITHDRAWALS_PATH_URL = "wapi/v1/capital/withdrawals"
CANDLES_PATH_URL = "api/v1/klines"

STATUS_MAINTENANCE = "Maintenance"

# The first part of what is signed, by method and path.
INSTRUCTIONS = {
    ("GET", ACCOUNT_PATH_URL): "accountQuery",
    ("PATCH", ACCOUNT_PATH_URL): "accountUpdate",
    ("GET", BALANCE_PATH_URL): "balanceQuery",
    ("GET", COLLATERAL_PATH_URL): "collateralQuery",
    ("GET", BORROW_LEND_POSITIONS_PATH_URL): "borrowLendPositionQuery",
    ("GET", POSITIONS_PATH_URL): "positionQuery",
    ("POST", ORDER_PATH_URL): "orderExecute",
    ("POST", ORDERS_PATH_URL): "orderExecute",
    ("GET", ORDER_PATH_URL): "orderQuery",
    ("GET", ORDERS_PATH_URL): "orderQueryAll",
    ("DELETE", ORDER_PATH_URL): "orderCancel",
    ("DELETE", ORDERS_PATH_URL): "orderCancelAll",
    ("GET", MY_TRADES_PATH_URL): "fillHistoryQueryAll",
    ("GET", ORDER_HISTORY_PATH_URL): "orderHistoryQueryAll",
    ("GET", FUNDING_PAYMENTS_PATH_URL): "fundingHistoryQueryAll",
    ("GET", INTEREST_PATH_URL): "interestHistoryQueryAll",
    ("GET", PAST_POSITIONS_PATH_URL): "positionHistoryQueryAll",
    ("GET", DEPOSITS_PATH_URL): "depositQueryAll",
    ("GET", WITHDRAWALS_PATH_URL): "withdrawalQueryAll",
}
SUBSCRIBE_INSTRUCTION = "subscribe"

# The exchange's FAQ: 2000 requests a minute and sub-account for everything, 30 a minute for historical market data.
GLOBAL_RATE_LIMIT = "GLOBAL"
HISTORICAL_RATE_LIMIT = "HISTORICAL"
# Cancels are counted like everything else, but go first.
CANCEL_LIMIT_ID = "cancel"
ORDER_LIMIT_ID = "order"
REDUCE_LIMIT_ID = "reduce"
# A request whose turn it was already, so that nothing more is taken for it.
PAID_LIMIT_ID = "paid"
REQUESTS_PER_MINUTE = 2000
HISTORICAL_REQUESTS_PER_MINUTE = 30
MINUTE = 60

_GLOBAL_LIMIT_IDS = (
    PING_PATH_URL,
    STATUS_PATH_URL,
    SERVER_TIME_PATH_URL,
    EXCHANGE_INFO_PATH_URL,
    MARKET_PATH_URL,
    SNAPSHOT_PATH_URL,
    TICKER_BOOK_PATH_URL,
    TICKER_PRICE_CHANGE_PATH_URL,
    MARK_PRICE_PATH_URL,
    BALANCE_PATH_URL,
    COLLATERAL_PATH_URL,
    BORROW_LEND_POSITIONS_PATH_URL,
    ACCOUNT_PATH_URL,
    ORDER_PATH_URL,
    ORDERS_PATH_URL,
    POSITIONS_PATH_URL,
    MY_TRADES_PATH_URL,
    ORDER_HISTORY_PATH_URL,
    FUNDING_PAYMENTS_PATH_URL,
    INTEREST_PATH_URL,
    PAST_POSITIONS_PATH_URL,
    DEPOSITS_PATH_URL,
    WITHDRAWALS_PATH_URL,
    CANCEL_LIMIT_ID,
    ORDER_LIMIT_ID,
    REDUCE_LIMIT_ID,
)

RATE_LIMITS = [
    RateLimit(limit_id=GLOBAL_RATE_LIMIT, limit=REQUESTS_PER_MINUTE, time_interval=MINUTE),
    RateLimit(limit_id=HISTORICAL_RATE_LIMIT, limit=HISTORICAL_REQUESTS_PER_MINUTE, time_interval=MINUTE),
    RateLimit(limit_id=PAID_LIMIT_ID, limit=REQUESTS_PER_MINUTE, time_interval=MINUTE),
    *(
        RateLimit(
            limit_id=limit_id,
            limit=REQUESTS_PER_MINUTE,
            time_interval=MINUTE,
            linked_limits=[LinkedLimitWeightPair(GLOBAL_RATE_LIMIT)],
        )
        for limit_id in _GLOBAL_LIMIT_IDS
    ),
    RateLimit(
        limit_id=CANDLES_PATH_URL,
        limit=HISTORICAL_REQUESTS_PER_MINUTE,
        time_interval=MINUTE,
        linked_limits=[LinkedLimitWeightPair(GLOBAL_RATE_LIMIT), LinkedLimitWeightPair(HISTORICAL_RATE_LIMIT)],
    ),
]
