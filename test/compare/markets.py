"""Cards MD07 to MD12: subscriptions, pairs, market states, candles, rates, a failed start."""

import asyncio
import copy
import os
import re
from typing import Any

import orjson
from hummingbot.core.event.events import MarketOrderFailureEvent
from hummingbot.core.web_assistant.ws_assistant import WSAssistant

from hummingbot_backpack.simulator.market_rows import MARKETS
from hummingbot_backpack.simulator.rest.calls import as_json
from test.compare.market_data import DEPTH, private_stream
from test.compare.scene import OURS, PAIR, PERPETUAL, SPOT, Scene, scenario
from test.hummingbot.harness import Running, until


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
        return f"{private_stream(scene, run)}, {logged}"

    return await scene.settles(seen, 5)


@scenario("MD07", "the book's stream after its subscription was refused once",
          right="subscribed again", wrong="not subscribed")  # fmt: skip
async def md07_refused_public_subscription(scene: Scene) -> str:
    malformed = scene.backpack.hub._malformed
    refusals = [{"code": 4005, "message": "Try again"}]

    def refuse(name: str) -> dict[str, Any] | None:
        return refusals.pop() if name.startswith("depth.") and refusals else malformed(name)

    scene.backpack.hub._malformed = refuse  # type: ignore[method-assign]
    await scene.start()
    await until(lambda: not refusals)
    return await scene.settles(lambda: "subscribed again" if scene.hears(DEPTH) else "not subscribed", 5)


@scenario("MD07", "the book's stream after the subscription could not be sent",
          right="subscribed again", wrong="not subscribed")  # fmt: skip
async def md07_subscription_not_sent(scene: Scene) -> str:
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


@scenario("MD11", "candle requests (30 a minute are allowed) for a market where nothing was traded before",
          right="at most 30", wrong=re.compile(r"\d{2,} in 2 s"), historical_limit=None)  # fmt: skip
async def md11_candles_of_an_empty_market(scene: Scene) -> str:
    feed = candle_feed(scene)
    await feed.start_network()
    try:
        # The feed asks for history once the stream has shown it a candle with a trade, whatever the minute.
        while not scene.asked("GET", "/api/v1/klines"):
            scene.take("Bid", "0.01", SPOT)
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)
        count = len(scene.asked("GET", "/api/v1/klines"))
    finally:
        await feed.stop_network()
    return "at most 30" if count <= 30 else f"{count} in 2 s"


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
