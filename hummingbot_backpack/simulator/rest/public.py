"""Public endpoints: status, markets, prices, books, trades, candles."""

from typing import TYPE_CHECKING, Any

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.amounts import shown
from hummingbot_backpack.simulator.errors import invalid_request, not_found, unparsable_parameter
from hummingbot_backpack.simulator.market_rows import ASSETS
from hummingbot_backpack.simulator.rest.calls import Answer, Call, Route, Routes, as_json, as_text, cached
from hummingbot_backpack.simulator.tape import INTERVALS

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import MarketState

MARKET_TYPES = ("SPOT", "PERP", "IPERP", "DATED", "PREDICTION", "RFQ")
DEPTH_LIMITS = ("5", "10", "20", "50", "100", "500", "1000")
DAY = 86400


def market_of(call: Call, message: str = "Invalid market symbol") -> "MarketState":
    market = call.exchange.engine.markets.get(call.required("symbol"))
    if market is None:
        raise invalid_request(message)
    return market


def status(call: Call) -> Answer:
    maintenance = call.exchange.faults.in_force("maintenance")
    return as_json({"message": None, "status": "Maintenance" if maintenance else "Ok"})


def ping(call: Call) -> Answer:
    return as_text("pong")


def time(call: Call) -> Answer:
    return as_text(str(call.exchange.clock.now_us() // 1000))


def markets(call: Call) -> Answer:
    kinds = call.repeated.get("marketType") or ["SPOT", "PERP"]
    for kind in kinds:
        if kind not in MARKET_TYPES:
            raise unparsable_parameter("marketType", "MarketType", "Expect a valid enumeration value.")
    rows = [state.spec.row for state in call.exchange.engine.markets.values() if state.spec.row["marketType"] in kinds]
    return cached(as_json(rows), "public, s-maxage=300, stale-while-revalidate=600")


def market(call: Call) -> Answer:
    return as_json(market_of(call).spec.row)


def depth(call: Call) -> Answer:
    state = market_of(call)
    limit = call.choice("limit", "DepthLimit", DEPTH_LIMITS)
    if state.spec.state == "Closed":
        raise not_found()
    count = int(limit) if limit else call.exchange.config.depth_without_limit
    return as_json(wire.depth(state, count, call.exchange.clock.now_us()))


def _window(call: Call) -> int:
    return 7 * DAY if call.choice("interval", "TickerInterval", ("1d", "1w"), "1d") == "1w" else DAY


def ticker(call: Call) -> Answer:
    state = market_of(call)
    window = state.tape.window(_window(call), call.exchange.clock.now_us())
    if window is None:
        return Answer(None, 204)
    return cached(as_json(wire.ticker(state, window)), "public, s-maxage=20")


def tickers(call: Call) -> Answer:
    seconds, now = _window(call), call.exchange.clock.now_us()
    rows = []
    for state in call.exchange.engine.markets.values():
        window = state.tape.window(seconds, now)
        if window is not None:
            rows.append(wire.ticker(state, window))
    return cached(as_json(rows), "public, s-maxage=20")


def trades(call: Call) -> Answer:
    state = market_of(call)
    limit = call.integer("limit", 100, 1, 1000) or 100
    return as_json(_newest_trades(state, limit, 0))


def trades_history(call: Call) -> Answer:
    state = market_of(call)
    limit, offset = call.integer("limit", 100, 1, 1000) or 100, call.integer("offset", 0, 0, 2**40) or 0
    return as_json(_newest_trades(state, limit, offset))


def _newest_trades(state: "MarketState", limit: int, offset: int) -> list[dict[str, Any]]:
    newest = list(state.tape.trades)[::-1]
    return [wire.trade(trade) for trade in newest[offset : offset + limit]]


def klines(call: Call) -> Answer:
    state = market_of(call)
    interval = call.choice("interval", "KlineInterval", tuple(INTERVALS))
    if interval is None:
        raise unparsable_parameter("interval", "KlineInterval", 'Type "string" expects an input value.')
    call.choice("priceType", "KlinePriceType", ("Last", "Index", "Mark"), "Last")
    seconds, now = INTERVALS[interval], call.exchange.clock.now_us() // 1_000_000
    start = call.integer("startTime", None, -(2**62), 2**62)
    if start is None:
        raise unparsable_parameter("startTime", "integer", 'Type "integer" expects an input value.')
    end = call.integer("endTime", now, -(2**62), 2**62)
    assert end is not None
    if end < start or start < 0:
        raise invalid_request("Invalid time range")
    end = min(end, now + 1)
    if (end - start) // seconds > 10_000:
        raise invalid_request("Time range too large")
    rows = [wire.candle(state, one, seconds) for one in state.tape.candles(seconds, start, end)]
    return as_json(rows)


def mark_prices(call: Call) -> Answer:
    engine, symbol = call.exchange.engine, call.params.get("symbol")
    kind = call.choice("marketType", "MarketType", MARKET_TYPES, "PERP")
    if symbol is not None and (symbol not in engine.markets or not engine.markets[symbol].spec.is_perpetual):
        raise invalid_request("Symbol not found")
    rows = [
        {
            "fundingRate": call.exchange.perpetuals.rate_text(state.spec.symbol),
            "indexPrice": shown(state.index),
            "markPrice": shown(engine.marks[state.spec.symbol]),
            "nextFundingTimestamp": call.exchange.perpetuals.next_funding_us // 1000,
            "symbol": state.spec.symbol,
        }
        for state in engine.markets.values()
        if state.spec.is_perpetual and kind == "PERP" and symbol in (None, state.spec.symbol)
    ]
    return cached(as_json(rows), "public, s-maxage=1, stale-while-revalidate=3, stale-if-error=3600")


def open_interest(call: Call) -> Answer:
    engine, symbol = call.exchange.engine, call.params.get("symbol")
    if symbol is not None and symbol not in engine.markets:
        raise invalid_request("Invalid market symbol")
    now = call.exchange.clock.now_us() // 1000
    rows = [
        {
            "openInterest": state.spec.quantity_grid.plain(state.open_interest),
            "symbol": state.spec.symbol,
            "timestamp": now,
        }
        for state in engine.markets.values()
        if state.spec.is_perpetual and symbol in (None, state.spec.symbol)
    ]
    return cached(as_json(rows), "public, s-maxage=5")


def funding_rates(call: Call) -> Answer:
    state = market_of(call)
    if not state.spec.is_perpetual:
        raise invalid_request("Invalid market symbol")
    limit, offset = call.integer("limit", 100, 1, 10_000) or 100, call.integer("offset", 0, 0, 2**40) or 0
    rows = call.exchange.perpetuals.funding_rows(state.spec.symbol)
    answer = as_json(rows[offset : offset + limit])
    answer.headers.update(page_headers(limit, offset, len(rows)))
    return answer


def page_headers(limit: int, offset: int, total: int) -> dict[str, str]:
    return {
        "X-Page-Count": str(max(1, -(-total // limit))),
        "X-Current-Page": str(offset // limit + 1),
        "X-Page-Size": str(limit),
        "X-Total": str(total),
    }


def assets(call: Call) -> Answer:
    rows = [
        {
            "coingeckoId": row["gecko"],
            "displayName": row["name"],
            "symbol": symbol,
            "tokens": [
                {
                    "blockchain": "Solana",
                    "contractAddress": None,
                    "depositEnabled": True,
                    "displayName": row["name"],
                    "maximumWithdrawal": None,
                    "minimumDeposit": "0",
                    "minimumWithdrawal": "1",
                    "nativeDecimals": row["places"],
                    "withdrawEnabled": True,
                    "withdrawalFee": "0",
                }
            ],
        }
        for symbol, row in ASSETS.items()
    ]
    return cached(as_json(rows), "public, s-maxage=300")


def collateral(call: Call) -> Answer:
    rows = [
        {
            "haircutFunction": {"kind": row["kind"], "weight": row["weight"]},
            "imfFunction": row["imf"],
            "mmfFunction": row["mmf"],
            "symbol": symbol,
        }
        for symbol, row in ASSETS.items()
    ]
    return as_json(rows)


def lend_markets(call: Call) -> Answer:
    engine, now = call.exchange.engine, call.exchange.clock.now_us()
    return as_json([wire.lend_market(engine, asset, now) for asset in ASSETS if asset in engine.asset_prices])


def wallets(call: Call) -> Answer:
    return as_json([])


def securities(call: Call) -> Answer:
    """No tokenised stocks here; ccxt asks for them whenever it loads the markets."""
    return as_json([])


ROUTES: Routes = {
    ("GET", "/api/v1/status"): Route(status),
    ("GET", "/api/v1/ping"): Route(ping),
    ("GET", "/api/v1/time"): Route(time),
    ("GET", "/api/v1/wallets"): Route(wallets),
    ("GET", "/api/v1/markets"): Route(markets),
    ("GET", "/api/v1/market"): Route(market),
    ("GET", "/api/v1/depth"): Route(depth),
    ("GET", "/api/v1/ticker"): Route(ticker),
    ("GET", "/api/v1/tickers"): Route(tickers),
    ("GET", "/api/v1/trades"): Route(trades),
    ("GET", "/api/v1/trades/history"): Route(trades_history, historical=True),
    ("GET", "/api/v1/klines"): Route(klines, historical=True),
    ("GET", "/api/v1/markPrices"): Route(mark_prices),
    ("GET", "/api/v1/openInterest"): Route(open_interest),
    ("GET", "/api/v1/fundingRates"): Route(funding_rates),
    ("GET", "/api/v1/assets"): Route(assets),
    ("GET", "/api/v1/collateral"): Route(collateral),
    ("GET", "/api/v1/borrowLend/markets"): Route(lend_markets),
    ("GET", "/api/v1/securities"): Route(securities),
}
