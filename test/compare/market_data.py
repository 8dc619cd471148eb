"""Cards AU03 and MD: keys, books, trades, subscriptions, markets, candles, rates."""

import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from hummingbot.core.data_type.order_book_tracker_data_source import OrderBookTrackerDataSource
from hummingbot.core.event.event_listener import EventListener
from hummingbot.core.event.events import OrderBookEvent
from nacl import bindings as sodium

from test.compare.scene import BUNDLED, PAIR, PERPETUAL, SPOT, Scene, scenario
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
    original, from_seed = ed25519.Ed25519PrivateKey.from_private_bytes, sodium.crypto_sign_seed_keypair

    def from_private_bytes(data: bytes) -> Any:
        nonlocal built
        built += 1
        return original(data)

    def seed_keypair(seed: bytes) -> Any:  # under PyNaCl's own key object too
        nonlocal built
        built += 1
        return from_seed(seed)

    ed25519.Ed25519PrivateKey.from_private_bytes = staticmethod(from_private_bytes)  # type: ignore[assignment]
    sodium.crypto_sign_seed_keypair = seed_keypair
    try:
        for _ in range(10):
            await connector._update_balances()
    finally:
        ed25519.Ed25519PrivateKey.from_private_bytes = original  # type: ignore[method-assign]
        sodium.crypto_sign_seed_keypair = from_seed
    signed = [one for one in scene.requests if "X-Signature" in one.headers]
    return f"{built} for {len(signed)}"


@scenario(
    "AU04", "a signed request after the exchange's clock jumped 30 s", right="answered", wrong="Request has expired"
)
async def au04_clock_and_request(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("clock_skew", value=30)
    try:
        await run.connector._update_balances()
    except OSError as error:
        if "Request has expired" in str(error):
            return "Request has expired"
        raise
    return "answered"


@scenario("AU04", "the private stream after the exchange's clock jumped 30 s and the socket closed",
          right="subscribed again", wrong="connected, not subscribed")  # fmt: skip
async def au04_clock_and_private_stream(scene: Scene) -> str:
    run = await scene.connect()
    before = len(scene.subscribed)
    scene.backpack.faults.set("clock_skew", value=30)
    scene.drop_private_stream()
    await until(lambda: "account.orderUpdate" in scene.subscribed[before:])
    return await scene.settles(lambda: private_stream(scene, run), 5)


def private_stream(scene: Scene, run: Running) -> str:
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
        return await scene.settles(lambda: f"{_bids(run).get(144.95, 0):.0f}", 3)
    finally:
        OrderBookTrackerDataSource.FULL_ORDER_BOOK_RESET_DELTA_SECONDS = hourly


@scenario("MD05", "quantity at 144.95 after the first snapshot says 7, a change that came before it having said 32",
          right="7", wrong="32")  # fmt: skip
async def md05_saved_diffs_over_the_first_snapshot(scene: Scene) -> str:
    scene.backpack.faults.set("latency", path="/api/v1/depth", value=1.5)
    run = await scene.start()
    await until(lambda: scene.hears(DEPTH))
    scene.rest("Bid", "32", "144.95")
    scene.backpack.faults.set("silence", stream=DEPTH)
    scene.take("Ask", "25")
    await run.ready()
    return await scene.settles(lambda: f"{_bids(run).get(144.95, 0):.0f}", 3)


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
