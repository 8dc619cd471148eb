"""Cards RL and RE: the request budget, polls, reconnection."""

import asyncio
import inspect
import itertools
import math
import re
import sys
from decimal import Decimal
from types import FrameType
from typing import Any

import aiohttp
from aiohttp import web
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS

from hummingbot_backpack.simulator.amounts import units
from hummingbot_backpack.simulator.rest.calls import Answer
from test.compare.account import position
from test.compare.markets import candle_feed
from test.compare.orders import ending
from test.compare.scene import PAIR, PERPETUAL, SPOT, Scene, scenario
from test.hummingbot.harness import Running, until


async def _let_through(scene: Scene, paths: str, calls: list[Any]) -> int:
    """How many of so many requests reach the exchange at once: from the first on, until none came for a second."""
    tasks = [asyncio.ensure_future(call) for call in calls]

    def arrived() -> int:
        return sum(request.path.startswith(paths) for request in scene.requests)

    await until(arrived, 20)
    count = 0
    while (now := arrived()) != count:
        count = now
        await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return count


@scenario("RL01", "requests that both connectors of an account let through with a budget of 20, 2 of it for cancels",
          right="18", wrong="40")  # fmt: skip
async def rl01_one_budget(scene: Scene) -> str:
    connectors = [scene.build(kind, rate_limits_share_pct=Decimal(1)) for kind in (SPOT, PERPETUAL)]
    calls = [one._api_get(path_url=one.check_network_request_path) for one in connectors for _ in range(30)]
    return str(await _let_through(scene, "/", calls))


@scenario("RL01", "candle requests let through within a minute, of 40", right="30", wrong="40", historical_limit=None)
async def rl01_historical_requests(scene: Scene) -> str:
    feed = candle_feed(scene)
    await feed.initialize_exchange_data()
    start = 1_790_000_040
    calls = [feed.fetch_candles(start_time=start + 6000 * i, end_time=start + 6000 * i + 600) for i in range(40)]
    return str(await _let_through(scene, "/api/v1/klines", calls))


async def _lines(throttler: Any) -> int:
    """Lines of Python that one request costs the limiter."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        async with throttler.execute_task(CONSTANTS.SERVER_TIME_PATH_URL):
            pass
    finally:
        sys.settrace(None)
    return count


@scenario("RL01", "work of the limiter for a request at 500 remembered ones, against that at 50",
          right="×1", wrong=re.compile(r"×([5-9]|1\d)"))  # fmt: skip
async def rl01_cost_of_the_limiter(scene: Scene) -> str:
    throttler = scene.build()._throttler
    costs = []
    for remembered in (50, 450):
        for _ in range(remembered):
            async with throttler.execute_task(CONSTANTS.SERVER_TIME_PATH_URL):
                pass
        costs.append(await _lines(throttler))
    return f"×{costs[1] / costs[0]:.0f}"


async def _poll(scene: Scene, run: Running) -> int:
    """Signed requests of one status poll."""
    before = len(scene.requests)
    await run.connector._status_polling_loop_fetch_updates()
    return sum("X-Signature" in request.headers for request in scene.requests[before:])


async def _rest_many(scene: Scene, run: Running, count: int) -> None:
    target = len(scene.open_orders) + count
    for _ in range(count):
        scene.trade(run, "Bid", "0.01", "140")
    await until(lambda: len(scene.open_orders) == target)
    tracked = run.connector._order_tracker
    await until(lambda: sum(bool(one.exchange_order_id) for one in tracked.active_orders.values()) == target)


@scenario("RL02", "signed requests of one status poll with 50 open orders more than with 10",
          right="0", wrong="80")  # fmt: skip
async def rl02_requests_of_a_poll(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    await _rest_many(scene, run, 10)
    few = await _poll(scene, run)
    await _rest_many(scene, run, 40)
    return str(await _poll(scene, run) - few)


@scenario("RL02", "requests about orders and fills that a poll has under way at once, with 5 open orders",
          right="2", wrong="1")  # fmt: skip
async def rl02_parallel_polls(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    await _rest_many(scene, run, 5)
    scene.backpack.faults.set("latency", value=0.1, method="GET")
    scene.watched_paths, scene.most_at_once = ("/api/v1/order", "/wapi/v1/history/fills"), 0
    await _poll(scene, run)
    return str(scene.most_at_once)


@scenario("RE01", "an order that the exchange cancelled while the private stream was down",
          right="cancelled", wrong="open")  # fmt: skip
async def re01_orders_after_a_reconnect(scene: Scene) -> str:
    run = await scene.connect()
    _, resting = await scene.resting(run, "Bid", "1", "140")
    before = len(scene.subscribed)
    scene.drop_private_stream()
    scene.cancel_at_exchange(resting)
    await scene.heard_again("account.orderUpdate", before)
    return await scene.settles(lambda: ending(run))


@scenario("RE01", "USDC of a spot account of 10000 to which 500 came while the private stream was down",
          right="10500", wrong="10000")  # fmt: skip
async def re01_balances_after_a_reconnect(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    before = len(scene.subscribed)
    scene.drop_private_stream()
    scene.backpack.exchange.engine.deposit(scene.account, "USDC", units("500"))
    await scene.heard_again("account.orderUpdate", before)
    return await scene.settles(lambda: f"{run.connector.get_balance('USDC').normalize():f}")


@scenario("RE01", "a position of 0.3 that was closed while the private stream was down", right="none", wrong="+0.3")
async def re01_positions_after_a_reconnect(scene: Scene) -> str:
    run = await scene.connect()
    scene.trade(run, "Bid", "0.3")
    await until(lambda: run.connector.account_positions)
    before = len(scene.subscribed)
    scene.drop_private_stream()
    scene.by_hand("Ask", "0.3")
    await scene.heard_again("account.orderUpdate", before)
    return await scene.settles(lambda: position(run))


@scenario("RE02", "a private stream that stays connected and says nothing of what polls show",
          right="opened again", wrong="left as it was")  # fmt: skip
async def re02_deaf_private_stream(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "1", "145.00")
    scene.backpack.faults.set("silence", stream="account.")
    before = len(scene.subscribed)
    scene.take("Ask", "1")

    async def poll() -> None:
        while True:
            await run.connector._update_order_status()
            await asyncio.sleep(0.5)

    polling = asyncio.ensure_future(poll())
    try:
        again = "account.orderUpdate"
        return await scene.settles(
            lambda: "opened again" if again in scene.subscribed[before:] else "left as it was", 9
        )
    finally:
        polling.cancel()


@scenario("RE02", "delays between attempts to reach a private stream that refuses every connection",
          right="growing", wrong="always 1 s")  # fmt: skip
async def re02_backoff(scene: Scene) -> str:
    run = await scene.connect()
    delays: list[float] = []

    async def sleep(delay: float) -> None:
        delays.append(delay)
        await asyncio.sleep(0.01)

    async def refused(request: web.Request) -> web.Response:
        return web.Response(status=503)

    run.connector._user_stream_tracker.data_source._sleep = sleep
    scene.backpack._stream = refused  # type: ignore[assignment, method-assign]
    scene.drop_private_stream()
    await until(lambda: len(delays) >= 6)
    if all(later > earlier for earlier, later in itertools.pairwise(delays[1:5])):
        return "growing"
    return f"always {delays[0]:.0f} s" if len(set(delays)) == 1 else f"{delays}"


@scenario("RE04", "a cancel answered with 202 and no body", right="success", wrong="ContentTypeError")
async def re04_accepted(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "1", "140")
    scene.replace("DELETE", "/api/v1/order", Answer(None, 202), carry_out=True)
    (result,) = await run.connector.cancel_all(10)
    if result.success:
        return "success"
    told = [record for record in scene.logs if record.exc_info and "ContentTypeError" in repr(record.exc_info[1])]
    return "ContentTypeError" if told else "no success"


@scenario("RE04", "last price of a market without a trade (the exchange answers 204)",
          right="unknown", wrong="ContentTypeError")  # fmt: skip
async def re04_no_content(scene: Scene) -> str:
    run = await scene.connect()
    try:
        price = run.connector._get_last_traded_price(PAIR)
        value = float(await price if inspect.isawaitable(price) else price)
    except aiohttp.ContentTypeError:
        return "ContentTypeError"
    return "unknown" if math.isnan(value) else str(Decimal(value))
