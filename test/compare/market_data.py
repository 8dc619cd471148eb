"""Cards AU03 and MD: keys, books, trades, subscriptions, markets, candles, rates."""

import asyncio
import copy
import inspect
import math
import os
import re
import time
from decimal import Decimal
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ed25519
from hummingbot.core.data_type.order_book_tracker_data_source import OrderBookTrackerDataSource
from hummingbot.core.event.event_listener import EventListener
from hummingbot.core.event.events import MarketOrderFailureEvent, OrderBookEvent
from nacl.signing import SigningKey

from hummingbot_backpack.simulator.market_rows import MARKETS
from hummingbot_backpack.simulator.rest.calls import as_json
from test.compare.scene import BUNDLED, OURS, PAIR, PERPETUAL, SPOT, Scene, scenario
from test.hummingbot.harness import Running, until

DEPTH = f"depth.{PERPETUAL}"


def _bids(run: Running) -> dict[float, float]:
    return {row.price: row.amount for row in run.connector.get_order_book(PAIR).bid_entries()}


def _touch(run: Running) -> str:
    book = run.connector.get_order_book(PAIR)
    bid, ask = next(iter(book.bid_entries()), None), next(iter(book.ask_entries()), None)
    return " / ".join("none" if row is None else f"{row.price:.2f}" for row in (bid, ask))


@scenario("control", "perpetual: connect, read the book, place and cancel one order",
          right="144.90 / 145.10, rested, cancelled", wrong="144.90 / 145.10, rested, cancelled")  # fmt: skip
async def control_perpetual(scene: Scene) -> str:
    return await _control(scene, PERPETUAL)


@scenario("control", "spot: connect, read the book, place and cancel one order",
          right="144.90 / 145.10, rested, cancelled", wrong="144.90 / 145.10, rested, cancelled")  # fmt: skip
async def control_spot(scene: Scene) -> str:
    return await _control(scene, SPOT)


async def _control(scene: Scene, kind: str) -> str:
    run = await scene.connect(kind)
    touch = _touch(run)
    _, resting = await scene.resting(run, "Bid", "1", "140")
    (result,) = await run.connector.cancel_all(10)
    rested = "rested" if resting.request.post_only else "did not rest"
    return f"{touch}, {rested}, {'cancelled' if result.success and not scene.open_orders else 'not cancelled'}"


@scenario("AU03", "times the key is built anew for ten signed requests", right="0 for 10", wrong="10 for 10")
async def au03_key_object(scene: Scene) -> str:
    connector = scene.build()
    built = 0
    original, initialise = ed25519.Ed25519PrivateKey.from_private_bytes, SigningKey.__init__

    def from_private_bytes(data: bytes) -> Any:
        nonlocal built
        built += 1
        return original(data)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal built
        built += 1
        initialise(self, *args, **kwargs)

    ed25519.Ed25519PrivateKey.from_private_bytes = staticmethod(from_private_bytes)  # type: ignore[assignment]
    SigningKey.__init__ = __init__  # type: ignore[method-assign]
    try:
        for _ in range(10):
            await connector._update_balances()
    finally:
        ed25519.Ed25519PrivateKey.from_private_bytes = original  # type: ignore[method-assign]
        SigningKey.__init__ = initialise  # type: ignore[method-assign]
    signed = [one for one in scene.requests if "X-Signature" in one.headers]
    return f"{built} for {len(signed)}"


@scenario("AU04", "the private stream after the exchange's clock jumped 30 s and the socket closed",
          right="subscribed again", wrong="connected, not subscribed")  # fmt: skip
async def au04_clock_and_private_stream(scene: Scene) -> str:
    run = await scene.connect()
    before = len(scene.subscribed)
    scene.backpack.faults.set("clock_skew", value=30)
    scene.drop_private_stream()
    await until(lambda: "account.orderUpdate" in scene.subscribed[before:])
    return await scene.settles(lambda: _private(scene, run), 5)


def _private(scene: Scene, run: Running) -> str:
    if scene.hears("account.orderUpdate"):
        return "subscribed again"
    source = run.connector._user_stream_tracker.data_source
    return "connected, not subscribed" if source._ws_assistant is not None else "not connected"


@scenario("MD02", "best bid and ask after a reconnect, a bid of 144.93 having come meanwhile",
          right="144.93 / 145.10", wrong="144.90 / 145.10")  # fmt: skip
async def md02_snapshot_on_reconnect(scene: Scene) -> str:
    run = await scene.connect()
    before = len(scene.subscribed)
    scene.backpack.faults.set("disconnect", stream="depth.")
    scene.rest("Bid", "1", "144.93")
    await scene.heard_again(DEPTH, before)
    scene.rest("Bid", "1", "144.50")
    await until(lambda: 144.50 in _bids(run))
    return await scene.settles(lambda: _touch(run))


@scenario("MD03", "best bid and ask after a depth frame (a bid of 144.95) was lost",
          right="144.95 / 145.10", wrong="144.91 / 145.10")  # fmt: skip
async def md03_gap_is_repaired(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("gap", symbol=PERPETUAL)
    scene.rest("Bid", "1", "144.95")
    scene.rest("Bid", "1", "144.91")
    await until(lambda: 144.91 in _bids(run))
    return await scene.settles(lambda: _touch(run))


@scenario("MD03", "`ready` and the mid price after a gap while no snapshot can be fetched",
          right="ready False, mid NaN", wrong="ready True, mid 145.00")  # fmt: skip
async def md03_gap_invalidates(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("error_before", path="/api/v1/depth", times=1000)
    scene.backpack.faults.set("gap", symbol=PERPETUAL)
    scene.rest("Bid", "1", "144.95")
    scene.rest("Bid", "1", "144.89")
    if scene.side == BUNDLED:
        await until(lambda: 144.89 in _bids(run))

    def seen() -> str:
        mid = run.connector.get_mid_price(PAIR)
        return f"ready {run.connector.ready}, mid {'NaN' if mid.is_nan() else f'{mid:.2f}'}"

    return await scene.settles(seen)


@scenario("MD04", "best bid and ask after depth frames stopped while the ticker went on (a bid of 144.95)",
          right="144.95 / 145.10", wrong="144.90 / 145.10")  # fmt: skip
async def md04_overtaken_by_ticker(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("silence", stream=DEPTH)
    scene.rest("Bid", "1", "144.95")
    return await scene.settles(lambda: _touch(run), 5)


@scenario("MD04", "best bid and ask after a frame that crosses the book, though its number fits",
          right="144.90 / 145.10", wrong="145.20 / none")  # fmt: skip
async def md04_crossed(scene: Scene) -> str:
    run = await scene.connect()
    last = scene.backpack.exchange.engine.markets[PERPETUAL].update_id
    now = time.time_ns() // 1000
    frame = {"E": now, "T": now, "U": last + 1, "u": last + 1, "a": [], "b": [["145.20", "1"]], "e": "depth"}
    scene.backpack.hub.publish(DEPTH, {**frame, "s": PERPETUAL})
    await until(lambda: 145.20 in _bids(run))
    return await scene.settles(lambda: _touch(run), 5)


@scenario("MD05", "quantity at 144.95 after a snapshot that says 7, the last change before it having said 32",
          right="7", wrong="32")  # fmt: skip
async def md05_old_diffs_over_a_snapshot(scene: Scene) -> str:
    hourly = OrderBookTrackerDataSource.FULL_ORDER_BOOK_RESET_DELTA_SECONDS
    OrderBookTrackerDataSource.FULL_ORDER_BOOK_RESET_DELTA_SECONDS = 2
    try:
        run = await scene.connect()
        scene.rest("Bid", "32", "144.95")
        await until(lambda: _bids(run).get(144.95) == 32)
        scene.backpack.faults.set("silence", stream=DEPTH)
        scene.take("Ask", "25")
        metrics = run.connector.order_book_tracker.metrics
        before = metrics.total_snapshots_processed
        await until(lambda: metrics.total_snapshots_processed > before)
        return await scene.settles(lambda: f"{_bids(run)[144.95]:.0f}", 3)
    finally:
        OrderBookTrackerDataSource.FULL_ORDER_BOOK_RESET_DELTA_SECONDS = hourly


@scenario("MD05", "quantity at 144.95 after the first snapshot says 7, a change that came before it having said 32",
          right="7", wrong="32")  # fmt: skip
async def md05_saved_diffs_over_the_first_snapshot(scene: Scene) -> str:
    scene.backpack.faults.set("latency", path="/api/v1/depth", value=1.5)
    run = await scene.start()
    await until(lambda: scene.hears(DEPTH))
    scene.rest("Bid", "32", "144.95")
    await asyncio.sleep(0.1)
    scene.backpack.faults.set("silence", stream=DEPTH)
    scene.take("Ask", "25")
    await run.ready()
    return await scene.settles(lambda: f"{_bids(run)[144.95]:.0f}", 3)


@scenario("MD06", "a public trade of the perpetual", right="1 processed, 0 rejected", wrong="0 processed, 1 rejected")
async def md06_perpetual_trades(scene: Scene) -> str:
    run = await scene.connect()
    metrics = run.connector.order_book_tracker.metrics
    scene.take("Bid", "1")
    await until(lambda: metrics.total_trades_processed + metrics.total_trades_rejected)
    return f"{metrics.total_trades_processed} processed, {metrics.total_trades_rejected} rejected"


class _Heard(EventListener):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def __call__(self, event: Any) -> None:
        self.events.append(event)


@scenario("MD06", "time of a public spot trade against the clock", right="×1", wrong="×1000")
async def md06_trade_time(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    heard = _Heard()
    run.connector.get_order_book(PAIR).add_listener(OrderBookEvent.TradeEvent, heard)
    scene.take("Bid", "1", SPOT)
    await until(lambda: heard.events)
    return f"×{heard.events[0].timestamp / time.time():.0f}"


@scenario("MD07", "the private stream after its subscription was refused once",
          right="subscribed again, reason logged", wrong="connected, not subscribed, nothing logged")  # fmt: skip
async def md07_refused_private_subscription(scene: Scene) -> str:
    run = await scene.connect()
    before = len(scene.subscribed)
    fault = scene.backpack.faults.set("refuse_private_stream")
    await until(lambda: "account.orderUpdate" in scene.subscribed[before:])
    scene.backpack.faults.remove(fault)

    def seen() -> str:
        logged = "reason logged" if scene.said("Invalid signature") else "nothing logged"
        return f"{_private(scene, run)}, {logged}"

    return await scene.settles(seen, 5)


@scenario("MD07", "the book's stream after its subscription was refused once",
          right="subscribed again", wrong="not subscribed")  # fmt: skip
async def md07_refused_public_subscription(scene: Scene) -> str:
    malformed = scene.backpack.hub._malformed
    refusals = [{"code": 4005, "message": "Try again"}]

    def refuse(name: str) -> dict[str, Any] | None:
        return refusals.pop() if name.startswith("depth.") and refusals else malformed(name)

    scene.backpack.hub._malformed = refuse  # type: ignore[assignment, method-assign]
    await scene.start()
    await until(lambda: not refusals)
    return await scene.settles(lambda: "subscribed again" if scene.hears(DEPTH) else "not subscribed", 5)


@scenario("MD07", "the book's stream after the subscription could not be sent",
          right="subscribed again", wrong="not subscribed")  # fmt: skip
async def md07_subscription_not_sent(scene: Scene) -> str:
    from hummingbot.core.web_assistant.ws_assistant import WSAssistant

    original, failures = WSAssistant.send, [1]

    async def send(self: Any, request: Any) -> None:
        if failures and "depth." in str(request.payload):
            failures.pop()
            raise OSError("the frame could not be sent")
        await original(self, request)

    WSAssistant.send = send
    try:
        await scene.start()
        await until(lambda: not failures)
        return await scene.settles(lambda: "subscribed again" if scene.hears(DEPTH) else "not subscribed", 5)
    finally:
        WSAssistant.send = original


@scenario("MD08", "streams at the exchange after BTC-USDC was added to a running perpetual connector",
          right="depth.BTC_USDC_PERP markPrice.BTC_USDC_PERP trade.BTC_USDC_PERP",
          wrong="depth.BTC-USDC trade.BTC-USDC")  # fmt: skip
async def md08_pair_added(scene: Scene) -> str:
    run = await scene.connect()
    adding = asyncio.ensure_future(run.connector.add_trading_pair("BTC-USDC"))
    kinds = ("depth.", "markPrice.", "trade.")

    def seen() -> str:
        names = {name for name, _ in scene.backpack.hub.topics if "BTC" in name and name.startswith(kinds)}
        return " ".join(sorted(names))

    try:
        return await scene.settles(seen)
    finally:
        adding.cancel()


@scenario("MD08", "streams at the exchange after SOL-USDC was removed from a running perpetual connector",
          right="none", wrong="depth markPrice trade")  # fmt: skip
async def md08_pair_removed(scene: Scene) -> str:
    run = await scene.connect()
    await run.connector.remove_trading_pair(PAIR)
    kinds = ("depth.", "markPrice.", "trade.")

    def seen() -> str:
        names = {name.split(".")[0] for name, _ in scene.backpack.hub.topics if name.startswith(kinds)}
        return " ".join(sorted(names)) or "none"

    return await scene.settles(seen, 2)


@scenario("MD10", "orders sent to a market that is closed, and the reason given",
          right="0 sent, says why", wrong="1 sent, the exchange refuses")  # fmt: skip
async def md10_closed_market(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("market_state", value="Closed", symbol=PERPETUAL)
    await run.connector._update_trading_rules()
    order_id = scene.trade(run, "Bid", "1", "140")
    await until(lambda: [event for event in run.of(MarketOrderFailureEvent) if event.order_id == order_id])
    sent = len(scene.asked("POST", "/api/v1/order"))
    told = any("closed" in record.getMessage().lower() for record in scene.logs if PAIR in record.getMessage())
    return f"{sent} sent, {'says why' if told and not sent else 'the exchange refuses'}"


def _pepe() -> list[dict[str, Any]]:
    rows = [copy.deepcopy(row) for row in MARKETS.values()]
    rows.append({**copy.deepcopy(MARKETS[PERPETUAL]), "baseSymbol": "kPEPE", "symbol": "kPEPE_USDC_PERP"})
    return rows


@scenario("MD10", "the exchange's symbol of the pair KPEPE-USDC", right="kPEPE_USDC_PERP", wrong="KPEPE_USDC_PERP",
          markets=_pepe(), prices={"kPEPE": "145"})  # fmt: skip
async def md10_symbols_of_markets(scene: Scene) -> str:
    await scene.start(PERPETUAL, ["KPEPE-USDC"])
    name = await until(lambda: next((name for name in scene.subscribed if name.startswith("depth.")), None))
    return str(name).removeprefix("depth.")


def candle_feed(scene: Scene) -> Any:
    from hummingbot.data_feed.candles_feed import backpack_spot_candles as candles

    feed = candles.BackpackSimulatorSpotCandles if scene.side == OURS else candles.BackpackSpotCandles
    return feed(PAIR, "1m", 50)


@scenario("MD11", "candle requests within 2 s for a market where nothing was traded before",
          right="within 30", wrong=re.compile(r"\d{2,} of 30 a minute"), historical_limit=None)  # fmt: skip
async def md11_candles_of_an_empty_market(scene: Scene) -> str:
    feed = candle_feed(scene)
    scene.take("Bid", "1", SPOT)
    await feed.start_network()
    try:
        await until(lambda: scene.asked("GET", "/api/v1/klines"))
        await asyncio.sleep(2)
        count = len(scene.asked("GET", "/api/v1/klines"))
    finally:
        await feed.stop_network()
    return "within 30" if count <= 30 else f"{count} of 30 a minute"


@scenario("MD11", "rates in USDC when one ticker has a three-part symbol", right="SOL-USDC 145.10",
          wrong="ValueError")  # fmt: skip
async def md11_rates_with_an_odd_symbol(scene: Scene) -> str:
    from hummingbot.core.rate_oracle.sources.backpack_rate_source import BackpackRateSource

    scene.take("Bid", "1", SPOT)
    tickers = await scene.backpack._dispatcher.answer("GET", "/api/v1/tickers", {}, b"", {})
    assert tickers is not None and tickers.body is not None
    rows = orjson.loads(tickers.body)
    scene.replace("GET", "/api/v1/tickers", as_json([{**rows[0], "symbol": "YES_ELECTION_USDC"}, *rows]))
    os.environ["BACKPACK_REHEARSAL"] = "1"
    try:
        prices = await BackpackRateSource().get_prices("USDC")
    except ValueError:
        # Of the split of the odd pair, outside any handler.
        return "ValueError"
    finally:
        del os.environ["BACKPACK_REHEARSAL"]
    return " ".join(f"{pair} {price:.2f}" for pair, price in prices.items())


@scenario("MD12", "the perpetual connector after the first request for a book failed (503)",
          right="ready", wrong="not ready: order_books_initialized")  # fmt: skip
async def md12_failed_snapshot_at_start(scene: Scene) -> str:
    scene.backpack.faults.set("error_before", path="/api/v1/depth", times=1)
    run = await scene.start()
    return await scene.settles(lambda: _readiness(run), 8)


@scenario("MD12", "the perpetual connector after the first request for funding information failed (503)",
          right="ready", wrong="not ready: funding_info")  # fmt: skip
async def md12_failed_funding_at_start(scene: Scene) -> str:
    scene.backpack.faults.set("error_before", path="/api/v1/markPrices", times=1)
    run = await scene.start()
    return await scene.settles(lambda: _readiness(run), 8)


def _readiness(run: Running) -> str:
    missing = [name for name, done in run.connector.status_dict.items() if not done]
    return f"not ready: {', '.join(missing)}" if missing else "ready"


@scenario("RE04", "last price of a market without a trade (the exchange answers 204)",
          right="unknown", wrong="ContentTypeError")  # fmt: skip
async def re04_no_content(scene: Scene) -> str:
    import aiohttp

    run = await scene.connect()
    try:
        price = run.connector._get_last_traded_price(PAIR)
        value = float(await price if inspect.isawaitable(price) else price)
    except aiohttp.ContentTypeError:
        return "ContentTypeError"
    return "unknown" if math.isnan(value) else str(Decimal(value))
