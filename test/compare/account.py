"""Cards PO, BA, FE, FU and RF: positions, balances, fees, funding, referral."""

import time
from decimal import Decimal

import orjson
from hummingbot.core.data_type.common import OrderType, PositionAction, TradeType
from hummingbot.core.event.events import FundingPaymentCompletedEvent

from hummingbot_backpack.simulator.amounts import units
from hummingbot_backpack.simulator.rest.calls import as_json
from test.compare.scene import PAIR, SPOT, Scene, scenario
from test.hummingbot.harness import Running, until

FUNDING = "/wapi/v1/history/funding"
LENT = "/api/v1/borrowLend/positions"
D = Decimal
LATER = 7300.0


def position(run: Running, pair: str = PAIR) -> str:
    position = run.connector.account_positions.get(pair)
    return "none" if position is None else f"{position.amount.normalize():+f}"


@scenario("PO01", "`Position.amount` of a short position of 0.3", right="-0.3", wrong="+0.3")
async def po01_sign_of_a_short(scene: Scene) -> str:
    run = await scene.connect()
    scene.trade(run, "Ask", "0.3")
    await until(lambda: run.connector.account_positions)
    return position(run)


@scenario("PO02", "a new position of 0.3 while `GET /position` does not work", right="+0.3", wrong="none")
async def po02_from_the_stream(scene: Scene) -> str:
    run = await scene.connect()
    scene.replace("GET", "/api/v1/position", as_json({"code": "INVALID_CLIENT_REQUEST", "message": "No"}, 400))
    scene.trade(run, "Bid", "0.3")
    await until(lambda: scene.account.positions)
    await until(lambda: any(name == "account.positionUpdate" for name, _ in scene.frames))
    return await scene.settles(lambda: position(run), 2)


@scenario("PO02", "a closed position that `GET /position` leaves out, after a poll", right="none", wrong="+0.3")
async def po02_absent_is_closed(scene: Scene) -> str:
    run = await scene.connect()
    scene.trade(run, "Bid", "0.3")
    await until(lambda: run.connector.account_positions)
    scene.backpack.faults.set("silence", stream="account.")
    scene.by_hand("Ask", "0.3")
    await run.connector._update_positions()
    return position(run)


@scenario("PO02", "a position in a market that the bot does not trade (BTC-USDC)", right="none", wrong="+0.01")
async def po02_foreign_symbol(scene: Scene) -> str:
    run = await scene.connect()
    scene.rest("Ask", "1", "86000", "BTC_USDC_PERP")
    scene.backpack.faults.set("silence", stream="account.")
    scene.by_hand("Bid", "0.01", "86000", "BTC_USDC_PERP")
    await run.connector._update_positions()
    return position(run, "BTC-USDC")


def _balance(run: Running, asset: str = "USDC") -> str:
    return f"{run.connector.get_balance(asset).normalize():f}"


@scenario("BA01", "USDC of a spot account of 10000 after 500 were deposited, by the stream alone",
          right="10500", wrong="10000")  # fmt: skip
async def ba01_balance_stream(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    scene.backpack.exchange.engine.deposit(scene.account, "USDC", units("500"))
    return await scene.settles(lambda: _balance(run), 3)


@scenario("BA01", "`autoLendRedeem` of a spot order, lent funds counting as available", right="true", wrong="absent")
async def ba01_lent_funds_are_redeemed(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    scene.backpack.exchange.engine.settler.lend(scene.account, "USDC", units("9990"), "AutoLend", 0)
    await run.connector._update_balances()
    assert run.connector.get_available_balance("USDC") == D(10000)
    scene.trade(run, "Bid", "1", "140")
    (request,) = await until(lambda: scene.asked("POST", "/api/v1/order"))
    return str(orjson.loads(request.body).get("autoLendRedeem", "absent")).lower()


@scenario("BA01", "a spot connector whose account is empty (`GET /capital` answers `{}`)", right="ready",
          wrong="not ready: account_balance", balances={})  # fmt: skip
async def ba01_empty_account(scene: Scene) -> str:
    run = await scene.start(SPOT)

    def seen() -> str:
        missing = [name for name, done in run.connector.status_dict.items() if not done]
        return f"not ready: {', '.join(missing)}" if missing else "ready"

    await until(lambda: scene.asked("GET", "/api/v1/capital") and run.connector.status_dict["order_books_initialized"])
    return await scene.settles(seen, 4)


@scenario("BA01", "USDC of a spot account of 50 and 950 lent, after one failed request for what is lent",
          right="1000", wrong="50", balances={"USDC": "1000"})  # fmt: skip
async def ba01_failed_lending_request(scene: Scene) -> str:
    run = await scene.connect(SPOT)
    scene.backpack.exchange.engine.settler.lend(scene.account, "USDC", units("950"), "AutoLend", 0)
    await run.connector._update_balances()
    assert _balance(run) == "1000"
    scene.replace("GET", LENT, as_json({"code": "INVALID_CLIENT_REQUEST", "message": "No"}, 400))
    await run.connector._update_balances()
    return _balance(run)


def _fee(run: Running, kind: OrderType, is_maker: bool | None) -> str:
    fee = run.connector._get_fee(
        base_currency="SOL",
        quote_currency="USDC",
        order_type=kind,
        order_side=TradeType.BUY,
        position_action=PositionAction.OPEN,
        amount=D(1),
        price=D(145),
        is_maker=is_maker,
    )
    return f"{fee.percent * 10000:f}".rstrip("0").rstrip(".") + " bps"


@scenario("FE01", "maker fee of an account that gets a rebate of 1 bps", right="-1 bps", wrong="2 bps")
async def fe01_rates_of_the_account(scene: Scene) -> str:
    scene.account.settings.futures_maker = -100
    run = await scene.connect()
    await until(lambda: scene.account)
    return await scene.settles(lambda: _fee(run, OrderType.LIMIT_MAKER, True), 3)


@scenario("FE01", "fee of a limit order that is said to take (`is_maker=False`)", right="5 bps", wrong="2 bps")
async def fe01_is_maker(scene: Scene) -> str:
    run = await scene.connect()
    return _fee(run, OrderType.LIMIT, False)


@scenario("FU01", "funding payments announced after two of them", right="2", wrong="1")
async def fu01_every_payment(scene: Scene) -> str:
    run = await scene.connect()
    await until(lambda: scene.asked("GET", FUNDING))
    scene.trade(run, "Bid", "10")
    await until(lambda: run.connector.account_positions)
    await run.connector._update_funding_payment(PAIR, fire_event_on_new=True)
    scene.backpack.exchange.set_mark("SOL_USDC_PERP", "150")
    perpetuals = scene.backpack.exchange.perpetuals
    upcoming = perpetuals.next_funding_us
    for hour in (0, 1):
        perpetuals.next_funding_us = upcoming + hour * 3_600_000_000
        perpetuals.pay_funding()
    assert len(scene.account.funding) == 2
    # Two hours later, and the connector's clock is right.
    scene.backpack.faults.set("clock_skew", value=LATER)
    clock = run.connector._time_synchronizer
    clock.clear_time_offset_ms_samples()
    clock.add_time_offset_ms_sample((time.time() + LATER - clock._current_seconds_counter()) * 1e3)
    await run.connector._update_funding_payment(PAIR, fire_event_on_new=True)
    return str(len(run.of(FundingPaymentCompletedEvent)))


@scenario("FU01", "rows that the first funding request asks for", right="1", wrong="100 (no limit)")
async def fu01_rows_asked_for(scene: Scene) -> str:
    await scene.connect()
    request = (await until(lambda: scene.asked("GET", FUNDING)))[0]
    return request.query.get("limit", ["100 (no limit)"])[0]


@scenario("RF01", "`X-BROKER-ID` of an order, nothing being set", right="absent", wrong="2200")
async def rf01_no_referral(scene: Scene) -> str:
    run = await scene.connect()
    scene.trade(run, "Bid", "1", "140")
    (request,) = await until(lambda: scene.asked("POST", "/api/v1/order"))
    return next((value for name, value in request.headers.items() if name.upper() == "X-BROKER-ID"), "absent")
