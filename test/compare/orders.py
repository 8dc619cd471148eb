"""Cards OR and FI: orders and fills."""

import logging
from decimal import Decimal
from typing import Any

import orjson
from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    MarketOrderFailureEvent,
    OrderCancelledEvent,
    OrderFilledEvent,
)

from hummingbot_backpack.simulator.rest.calls import as_json
from test.compare.scene import PERPETUAL, SPOT, Request, Scene, scenario
from test.hummingbot.harness import Running, until

ORDER = "/api/v1/order"
PAIRS = 20


def _sent(scene: Scene) -> list[dict[str, Any]]:
    """The payloads of all orders that reached the exchange, batches taken apart."""

    def rows(request: Request) -> list[dict[str, Any]]:
        body = orjson.loads(request.body)
        return body if isinstance(body, list) else [body]

    requests = scene.asked("POST", ORDER) + scene.asked("POST", "/api/v1/orders")
    return [row for request in requests for row in rows(request)]


def ending(run: Running) -> str:
    """How the connector says that its one order ended."""
    names = {OrderCancelledEvent: "cancelled", MarketOrderFailureEvent: "failed", BuyOrderCompletedEvent: "filled"}
    return next((name for kind, name in names.items() if run.of(kind)), "open")


def _filled(run: Running) -> str:
    return f"{sum((event.amount for event in run.of(OrderFilledEvent)), Decimal(0)).normalize():f}"


@scenario("OR01", f"pairs of a spot and a perpetual order, {PAIRS} of them, that share a client id",
          right=f"0 of {PAIRS}", wrong=f"{PAIRS} of {PAIRS}")  # fmt: skip
async def or01_ids_of_two_connectors(scene: Scene) -> str:
    spot, perpetual = await scene.connect(SPOT), await scene.connect(PERPETUAL)
    for _ in range(PAIRS):
        scene.trade(spot, "Bid", "0.01", "140")
        scene.trade(perpetual, "Bid", "0.01", "140")
    await until(lambda: len(_sent(scene)) == 2 * PAIRS)
    ids = {symbol: {row["clientId"] for row in _sent(scene) if row["symbol"] == symbol} for symbol in (SPOT, PERPETUAL)}
    return f"{len(ids[SPOT] & ids[PERPETUAL])} of {PAIRS}"


@scenario("OR01", "a spot order after a perpetual order of the account with the same client id was filled",
          right="open", wrong="filled")  # fmt: skip
async def or01_fill_of_another_market(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    _, resting = await scene.resting(run, "Bid", "1", "140")
    scene.by_hand("Bid", "1", clientId=resting.request.client_id)
    marker, _ = await scene.resting(run, "Bid", "1", "139")
    await until(lambda: scene.state(run, marker) == "OPEN")
    return ending(run)


@scenario("OR02", "`reduceOnly` of an order with PositionAction.CLOSE", right="true", wrong="absent")
async def or02_close_is_reduce_only(scene: Scene) -> str:
    run = await scene.connect()
    scene.trade(run, "Bid", "1")
    await until(lambda: scene.account.positions)
    scene.trade(run, "Ask", "1", position_action=PositionAction.CLOSE)
    body = await until(lambda: [row for row in _sent(scene) if row["side"] == "Ask"])
    return str(body[0].get("reduceOnly", "absent")).lower()


@scenario("OR02", "what arrives of `time_in_force=\"IOC\"` and `self_trade_prevention=\"RejectBoth\"`",
          right="IOC, RejectBoth", wrong="GTC, absent")  # fmt: skip
async def or02_options_of_a_limit_order(scene: Scene) -> str:
    run = await scene.connect()
    options: dict[str, Any] = {"time_in_force": "IOC", "self_trade_prevention": "RejectBoth"}
    scene.trade(run, "Bid", "1", "145.20", OrderType.LIMIT, **options)
    (body,) = await until(lambda: _sent(scene))
    return f"{body.get('timeInForce', 'absent')}, {body.get('selfTradePrevention', 'absent')}"


@scenario("OR02", "what arrives of `quote_quantity=100` and `slippage_tolerance=0.5` of a market order",
          right="100, 0.5", wrong="absent, absent")  # fmt: skip
async def or02_options_of_a_market_order(scene: Scene) -> str:
    run = await scene.connect()
    options: dict[str, Any] = {"quote_quantity": Decimal(100), "slippage_tolerance": Decimal("0.5")}
    scene.trade(run, "Bid", "0.5", slippage_tolerance_type="Percent", **options)
    (body,) = await until(lambda: _sent(scene))
    return f"{body.get('quoteQuantity', 'absent')}, {body.get('slippageTolerance', 'absent')}"


@scenario("OR02", "a market order while the book is empty", right="sent", wrong="not sent, PENDING_CREATE", book=False)
async def or02_market_order_without_a_book(scene: Scene) -> str:
    run = await scene.connect()
    order_id = scene.trade(run, "Bid", "1")
    await until(lambda: scene.order(run, order_id))
    return await scene.settles(lambda: "sent" if _sent(scene) else f"not sent, {scene.state(run, order_id)}", 3)


@scenario("OR03", "a limit order whose submit was answered with Filled, no frame having come",
          right="filled", wrong="open")  # fmt: skip
async def or03_answer_says_filled(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("silence", stream="account.")
    order_id = scene.trade(run, "Bid", "1", "145.10", OrderType.LIMIT)
    await until(lambda: (order := scene.order(run, order_id)) and order.exchange_order_id)
    return await scene.settles(lambda: ending(run), 3)


def _id(scene: Scene, run: Running, order_id: str) -> str:
    order = scene.order(run, order_id)
    if order is None or order.exchange_order_id is None:
        return "no id"
    real = [str(one.id) for one in scene.open_orders]
    return "its real id" if order.exchange_order_id in real else f"the id {order.exchange_order_id}"


@scenario("OR04", "an order that was accepted and answered 503", right="rests, OPEN", wrong="rests, FAILED")
async def or04_error_after_acceptance(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("silence", stream="account.")
    scene.backpack.faults.set("error_after", method="POST", path=ORDER)
    order_id = scene.trade(run, "Bid", "1", "140")
    await until(lambda: scene.state(run, order_id) not in ("PENDING_CREATE", "not tracked"))
    return f"{'rests' if len(scene.open_orders) == 1 else 'does not rest once'}, {scene.state(run, order_id)}"


@scenario("OR04", "the exchange id of an order that was accepted and answered 503 `Unknown error, …`",
          right="its real id", wrong="the id UNKNOWN")  # fmt: skip
async def or04_invented_id(scene: Scene) -> str:
    run = await scene.connect()
    scene.backpack.faults.set("silence", stream="account.")
    sentence = "Unknown error, please check your request or try again later."
    scene.replace("POST", ORDER, as_json({"code": "SERVER_ERROR", "message": sentence}, 503), carry_out=True, times=1)
    order_id = scene.trade(run, "Bid", "1", "140")
    return str(await until(lambda: (text := _id(scene, run, order_id)) != "no id" and text))


@scenario("OR05", "an order that was cancelled at the exchange, by polls alone", right="cancelled", wrong="failed")
async def or05_history_decides(scene: Scene) -> str:
    run = await scene.connect()
    _, resting = await scene.resting(run, "Bid", "1", "140")
    scene.backpack.faults.set("silence", stream="account.")
    scene.cancel_at_exchange(resting)
    for _ in range(6):
        await run.connector._update_order_status()
    return await scene.settles(lambda: ending(run), 1)


@scenario("OR05", "an order after a frame with a state nobody knows", right="OPEN, logged", wrong="FAILED, not logged")
async def or05_unknown_state(scene: Scene) -> str:
    run = await scene.connect()
    order_id, _ = await scene.resting(run, "Bid", "1", "140")
    name, frame = next(one for one in scene.frames if one[0] == "account.orderUpdate")
    scene.backpack.hub.publish(name, {**frame, "e": "orderModified", "X": "Suspended"}, scene.account.id)
    await until(lambda: scene.said("Suspended") or run.of(MarketOrderFailureEvent))
    told = "logged" if scene.said("Suspended") else "not logged"
    return f"{scene.order(run, order_id).current_state.name}, {told}"


@scenario("OR06", "a cancel that the exchange answers with 202 and carries out later",
          right="success", wrong="no success")  # fmt: skip
async def or06_cancel_accepted(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "1", "140")
    scene.backpack.faults.set("cancel_accepted", value=0.5)
    (result,) = await run.connector.cancel_all(10)
    return "success" if result.success else "no success"


@scenario("OR06", "an order filled unseen, after its cancel was answered `Order not found`",
          right="filled", wrong="open", cancel_missing="order_not_found")  # fmt: skip
async def or06_order_not_found_on_cancel(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "1", "145.00")
    scene.backpack.faults.set("silence", stream="account.")
    scene.take("Ask", "1")
    await run.connector.cancel_all(10)
    return await scene.settles(lambda: ending(run), 3)


@scenario("OR07", "log records from INFO on, and tracebacks, for a post-only order that would cross",
          right="INFO, 0 tracebacks", wrong="WARNING INFO, 1 tracebacks")  # fmt: skip
async def or07_post_only_that_would_cross(scene: Scene) -> str:
    run = await scene.connect()
    before = len(scene.logs)
    scene.trade(run, "Bid", "1", "145.10")
    await until(lambda: run.of(MarketOrderFailureEvent))
    records = [
        record
        for record in scene.logs[before:]
        if "LIMIT_MAKER" in record.getMessage() or (record.exc_info and "immediately match" in str(record.exc_info[1]))
    ]
    levels = [record.levelname for record in records if record.levelno >= logging.INFO]
    return f"{' '.join(levels)}, {sum(1 for record in records if record.exc_info)} tracebacks"


@scenario("FI01", "filled quantity known, the fill having come after the cancel's acknowledgement",
          right="0.5", wrong="0")  # fmt: skip
async def fi01_fill_after_the_cancel(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "2", "145.00")
    scene.backpack.faults.set("late_frames", stream="account.orderUpdate", value=0.6)
    scene.take("Ask", "0.5")
    await run.connector.cancel_all(10)
    return await scene.settles(lambda: _filled(run), 3)


@scenario("FI01", "filled quantity known, the fill having come while the private stream was down",
          right="2", wrong="0")  # fmt: skip
async def fi01_fill_while_the_stream_was_down(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "2", "145.00")
    before = len(scene.subscribed)
    scene.drop_private_stream()
    scene.take("Ask", "2")
    await scene.heard_again("account.orderUpdate", before)
    return await scene.settles(lambda: _filled(run))


@scenario("FI01", "filled quantity known after a poll, of 150 fills of 0.01 that the stream did not show",
          right="1.5", wrong="1")  # fmt: skip
async def fi01_all_pages_of_fills(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "1.5", "145.00")
    scene.backpack.faults.set("silence", stream="account.")
    for _ in range(150):
        scene.take("Ask", "0.01")
    await run.connector._update_order_status()
    return await scene.settles(lambda: _filled(run), 2)


@scenario("FI02", "filled quantity known after two fills of 0.5, the frame of the first having been lost",
          right="1", wrong="0.5")  # fmt: skip
async def fi02_cumulative_quantity(scene: Scene) -> str:
    run = await scene.connect()
    await scene.resting(run, "Bid", "2", "145.00")
    scene.backpack.faults.set("drop_frames", stream="account.orderUpdate", times=1)
    scene.take("Ask", "0.5")
    scene.take("Ask", "0.5")
    await until(lambda: run.of(OrderFilledEvent))
    return await scene.settles(lambda: _filled(run), 3)


@scenario("FI03", "what the log says from WARNING on of a position that the exchange deleveraged",
          right="ADL_AUTOCLOSE", wrong="nothing")  # fmt: skip
async def fi03_deleveraging_is_logged(scene: Scene) -> str:
    run = await scene.connect()
    scene.trade(run, "Bid", "1")
    await until(lambda: run.connector.account_positions)
    scene.backpack.faults.set("adl", key=scene.keys.public)
    await until(lambda: not run.connector.account_positions)

    def seen() -> str:
        told = [record for record in scene.said("ADL_AUTOCLOSE") if record.levelno >= logging.WARNING]
        return "ADL_AUTOCLOSE" if told else "nothing"

    return await scene.settles(seen, 2)


@scenario("FI04", "the fee class of a perpetual fill", right="AddedToCost", wrong="DeductedFromReturns")
async def fi04_class_of_fee(scene: Scene) -> str:
    run = await scene.connect()
    scene.trade(run, "Bid", "1")
    (fill,) = await until(lambda: run.of(OrderFilledEvent))
    return str(fill.trade_fee.type_descriptor_for_json())
