"""The market's own flow: reproducible, and one in which a two-sided maker trades."""

import csv
import gzip
import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.clock import VirtualClock
from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.events import TradeEvent
from hummingbot_backpack.simulator.exchange import Exchange
from hummingbot_backpack.simulator.flow.types import STANDARD

PERP = "SOL_USDC_PERP"


def advance(exchange: Exchange, seconds: float, step: float = 0.1) -> None:
    clock = exchange.clock
    assert isinstance(clock, VirtualClock)
    for _ in range(round(seconds / step)):
        clock.advance(step)
        exchange.turn()


def trades_of(exchange: Exchange) -> list[bytes]:
    """Collects every public trade as it goes over the wire."""
    seen: list[bytes] = []

    def note(events: list[Any]) -> None:
        seen.extend(orjson.dumps(wire.trade(event.trade)) for event in events if isinstance(event, TradeEvent))

    exchange.engine.sink = note
    return seen


def traded(flow: str, seed: int, minutes: int) -> tuple[str, int, Exchange]:
    """Digest and number of all trades of a stretch of market in which somebody trades once a minute."""
    exchange = Exchange(SimulatorConfig(flow=flow, seed=seed, virtual_clock=True))
    seen = trades_of(exchange)
    account = exchange.trader("bystander", USDC=100_000)
    for minute in range(minutes):
        exchange.order(account, PERP, "Bid" if minute % 2 else "Ask", "0.5", None)
        advance(exchange, 60)
    return hashlib.sha256(b"".join(seen)).hexdigest(), len(seen), exchange


@pytest.mark.parametrize(("flow", "minutes"), [("calm", 60), ("trending", 5), ("jump", 5)])
def test_si04_the_same_seed_and_commands_give_the_same_trades_for_an_hour(flow: str, minutes: int) -> None:
    first, count, exchange = traded(flow, 3, minutes)
    assert count > 100 * minutes
    assert traded(flow, 3, minutes)[0] == first
    assert traded(flow, 4, 1)[0] != traded(flow, 3, 1)[0]
    ledger = exchange.engine.ledger
    assert ledger.sums(exchange.engine.accounts.values()) == ledger.deposited


def test_si04_the_price_path_does_not_depend_on_how_promptly_it_is_stepped() -> None:
    paths = []
    for step in (0.02, 0.5):
        exchange = Exchange(SimulatorConfig(flow="trending", virtual_clock=True))
        advance(exchange, 60, step)
        paths.append(exchange.engine.asset_prices["SOL"])
    assert paths[0] == paths[1]


def test_si04_speed_runs_the_market_faster_and_leaves_the_wires_clock_alone() -> None:
    exchange = Exchange(SimulatorConfig(flow="calm", speed=60, virtual_clock=True))
    account = exchange.trader("long", USDC=10_000)
    exchange.order(account, PERP, "Bid", "1", None)
    begin = exchange.clock.now_us()
    advance(exchange, 61, 0.02)
    assert exchange.clock.now_us() - begin == pytest.approx(61_000_000, abs=1000)
    assert exchange.market_jobs.now_us / 1_000_000 == pytest.approx(3660, abs=5)
    assert len(account.funding) in (1, 2)


def quote_both_sides(exchange: Exchange, account: Account, seconds: int, width: Decimal, size: str) -> None:
    """A plain two-sided maker: every second new post-only quotes around mid."""
    for _ in range(seconds):
        exchange.engine.cancel_all(account, PERP)
        mid = exchange.engine.markets[PERP].mid()
        assert mid is not None
        for side, way in (("Bid", -1), ("Ask", 1)):
            price = Decimal(mid) / UNIT * (1 + way * width / 2)
            exchange.order(account, PERP, side, size, f"{price:.2f}", postOnly=True)
        advance(exchange, 1)


@pytest.mark.parametrize("width", ["0.001", "0.0015", "0.002"])
@pytest.mark.parametrize("size", ["0.1", "1"])
def test_si04_a_two_sided_maker_trades_on_both_sides_every_few_seconds(width: str, size: str) -> None:
    exchange = Exchange(SimulatorConfig(flow="calm", virtual_clock=True))
    account = exchange.trader("maker", USDC=10_000)
    quote_both_sides(exchange, account, 120, Decimal(width), size)
    assert account.buys >= 20 and account.sells >= 20


def small_tape(path: Path, rows: int = 200) -> Path:
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time_us", "price", "quantity", "side", "trade_id"])
        for number in range(rows):
            price = 2900 * (1 + 0.00001 * number)
            writer.writerow([10**15 + number * 50_000, f"{price:.2f}", "0.5", "buy" if number % 2 else "sell", number])
    return path


def test_si04_a_tape_drives_its_market_at_its_scaled_prices_and_ends(tmp_path: Path) -> None:
    exchange = Exchange(
        SimulatorConfig(flow=small_tape(tmp_path / "tape.csv.gz"), flow_quantity_scale=1.0, virtual_clock=True)
    )
    assert exchange.flow is not None and not exchange.flow.finished
    seen = trades_of(exchange)
    account = exchange.trader("maker", USDC=10_000)
    quote_both_sides(exchange, account, 9, Decimal("0.0015"), "1")
    assert account.buys > 0 and account.sells > 0
    advance(exchange, 2)
    assert exchange.flow.finished
    assert 145 < exchange.engine.markets[PERP].index / UNIT < 145.4
    assert seen


def test_si04_a_recorded_market_is_replayed(shared: Path) -> None:
    tape = shared / "market_data" / "eth_perp_2024-08-08_trades.csv.gz"
    exchange = Exchange(SimulatorConfig(flow=tape, speed=10, virtual_clock=True))
    account = exchange.trader("maker", USDC=10_000)
    quote_both_sides(exchange, account, 20, Decimal("0.0015"), "0.3")
    assert account.buys + account.sells > 40
    advance(exchange, 20)
    assert exchange.flow is not None and exchange.flow.finished


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b\n1,2\n", "must have the columns time_us, price, quantity, side; it lacks time_us, price, quantity, side"),
        ("time_us,price,quantity,side\nx,1,1,buy\n", "line 2 must hold numbers"),
        ("time_us,price,quantity,side\n1,-1,1,buy\n", "line 2 must hold a positive price and quantity"),
        ("time_us,price,quantity,side\n1,1,1,up\n", "line 2 must say buy or sell"),
        ("time_us,price,quantity,side\n", "must hold at least one trade"),
    ],
)
def test_si04_a_bad_tape_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "tape.csv"
    path.write_text(content)
    with pytest.raises(ValueError) as refused:
        Exchange(SimulatorConfig(flow=path, virtual_clock=True))
    assert sentence in str(refused.value)


class NoMakers:
    """Assumes that nobody else quotes."""

    away = False

    def __init__(self, *_: Any) -> None:
        self.asked: list[float] = []

    def quote(self, fair: float) -> None:
        self.asked.append(fair)

    def withdraw(self) -> None:
        raise AssertionError("nobody asked them to leave")


def test_si04_the_parts_of_a_flow_can_be_swapped_for_other_assumptions() -> None:
    types = replace(STANDARD, makers=NoMakers)
    exchange = Exchange(SimulatorConfig(flow="calm", flow_types=types, virtual_clock=True))
    advance(exchange, 2)
    assert exchange.engine.markets[PERP].mid() is None


def test_md10_in_a_post_only_market_the_flow_trades_with_nobody() -> None:
    exchange = Exchange(SimulatorConfig(flow="jump", virtual_clock=True))
    account = exchange.trader("maker", USDC=10_000)
    exchange.engine.set_state(PERP, "PostOnly")
    seen = exchange.engine.markets[PERP].trade_id
    quote_both_sides(exchange, account, 20, Decimal("0.0005"), "0.1")
    assert exchange.engine.markets[PERP].trade_id == seen


def test_si04_pausing_freezes_flow_and_marks() -> None:
    exchange = Exchange(SimulatorConfig(flow="calm", virtual_clock=True))
    advance(exchange, 5)
    exchange.paused = True
    before = dict(exchange.engine.marks), dict(exchange.engine.asset_prices)
    advance(exchange, 30)
    assert (exchange.engine.marks, exchange.engine.asset_prices) == before
    exchange.paused = False
    advance(exchange, 5)
    assert exchange.market_jobs.now_us / 1_000_000 == pytest.approx(10, abs=0.2)


def test_md11_there_is_a_past_to_ask_for() -> None:
    exchange = Exchange(SimulatorConfig(flow="calm", virtual_clock=True))
    state = exchange.engine.markets["SOL_USDC"]
    now = exchange.clock.now_us() // 1_000_000
    days = state.tape.candles(86400, now - 30 * 86400, now)
    assert len(days) >= 30 and not any(isinstance(one, int) for one in days)
    assert state.tape.window(86400, exchange.clock.now_us()) is not None
