"""Recorded touch, depth and bars drive a market (card SI04); recorded trades are in test_flow.py."""

import csv
import gzip
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import pytest

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.simulator.command import simulator
from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.exchange import Exchange
from hummingbot_backpack.simulator.flow.market import MarketFlow
from hummingbot_backpack.simulator.flow.replay import Replay
from hummingbot_backpack.simulator.orders import ASK, BID
from test.hummingbot_backpack.simulator.test_flow import advance, small_tape, trades_of

PERP = "SOL_USDC_PERP"
BEGIN = 10**15
TOUCH = "time_us,bid,bid_quantity,ask,ask_quantity\n"
BARS = "timestamp,open,high,low,close,volume\n"
DEPTH = '{"time_us":1,"type":"snapshot","bids":[["99","1"]],"asks":[["101","1"]]}\n'


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def touch_file(path: Path, rows: Sequence[tuple[float, str, str, str, str]]) -> Path:
    """Rows of (seconds, bid, quantity, ask, quantity)."""
    lines = [f"{BEGIN + round(second * 1_000_000)},{','.join(rest)}\n" for second, *rest in rows]
    return written(path, TOUCH + "".join(lines))


def depth_file(path: Path, rows: list[tuple[float, str, list[Any], list[Any]]]) -> Path:
    lines = [
        json.dumps({"time_us": BEGIN + round(second * 1_000_000), "type": kind, "bids": bids, "asks": asks})
        for second, kind, bids, asks in rows
    ]
    return written(path, "\n".join(lines) + "\n")


def opened(*paths: Path, **settings: Any) -> tuple[Exchange, MarketFlow, Replay]:
    """An exchange that is driven by recordings, at their own notional."""
    defaults: dict[str, Any] = {"flow_quantity_scale": 1.0, "virtual_clock": True, "prices": {"SOL": "100"}}
    exchange = Exchange(SimulatorConfig(flow=tuple(paths), **{**defaults, **settings}))
    assert exchange.flow is not None and exchange.flow.replay is not None
    return exchange, exchange.flow, exchange.flow.replay


def shown(exchange: Exchange, side: int, limit: int = 3) -> list[tuple[str, str]]:
    """Best (price, quantity) levels as text."""
    state = exchange.engine.markets[PERP]
    price, quantity = state.spec.price_grid, state.spec.quantity_grid
    return [(price.plain(ticks), quantity.plain(steps)) for ticks, steps in state.book.depth(side, limit)]


def is_conserved(exchange: Exchange) -> bool:
    ledger = exchange.engine.ledger
    return ledger.sums(exchange.engine.accounts.values()) == ledger.deposited


def test_si04_a_recorded_touch_is_the_best_bid_and_ask_while_takers_go_on(tmp_path: Path) -> None:
    rows = [(0.3 * n, f"{99 + n % 7}", f"{n + 1}", f"{101 + n % 7}", f"{n + 2}") for n in range(30)]
    exchange, flow, _ = opened(touch_file(tmp_path / "touch.csv", rows))
    seen = trades_of(exchange)
    for second, bid, bids, ask, asks in rows:
        # Takers trade after the rows of their step: what they took is put back with the next renewal.
        while exchange.market_jobs.now_us < second * 1_000_000:
            advance(exchange, 0.1)
        flow._quote()
        assert (shown(exchange, BID)[0], shown(exchange, ASK)[0]) == ((bid, bids), (ask, asks))
    assert seen and flow.finished and is_conserved(exchange)
    trade_id = exchange.engine.markets[PERP].trade_id
    advance(exchange, 10)
    assert exchange.engine.markets[PERP].trade_id == trade_id


def test_si04_every_row_of_a_recorded_touch_is_the_scaled_best_bid_and_ask(shared: Path) -> None:
    path = shared / "market_data" / "eth_perp_2024-08-08_touch.csv.gz"
    exchange, flow, replay = opened(path, prices={"SOL": "145"}, flow_quantity_scale=0.1)
    state, count = exchange.engine.markets[PERP], 0
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))[:20_000]
    factor = Decimal(145) * 2 / (Decimal(rows[0]["bid"]) + Decimal(rows[0]["ask"]))
    for _, same in itertools.groupby(rows, lambda row: row["time_us"]):
        row = list(same)[-1]
        replay.advance(int(row["time_us"]) - int(rows[0]["time_us"]))
        bid = (Decimal(row["bid"]) * factor).quantize(Decimal("0.01"), ROUND_FLOOR)
        ask = (Decimal(row["ask"]) * factor).quantize(Decimal("0.01"), ROUND_CEILING)
        assert (state.book.best_price(BID), state.book.best_price(ASK)) == (int(bid * 100), int(ask * 100))
        count += 1
    assert count > 10_000 and not flow.finished


def test_si04_the_touch_moves_without_showing_what_lies_behind_it(tmp_path: Path) -> None:
    rows = [(0, "100", "1", "100.01", "1"), (1, "100.04", "1", "100.05", "1"), (2, "99.96", "1", "99.97", "1")]
    exchange, _, replay = opened(touch_file(tmp_path / "touch.csv", rows), prices={"SOL": "100.005"})
    widths: list[int] = []

    def note(_: Any) -> None:
        book = exchange.engine.markets[PERP].book
        bid, ask = book.best_price(BID), book.best_price(ASK)
        assert bid is not None and ask is not None
        widths.append(ask - bid)

    exchange.engine.sink = note
    replay.advance(1_000_000)
    replay.advance(2_000_000)
    assert widths and max(widths) <= 9


def test_si04_own_orders_keep_their_place_in_the_recorded_queue(tmp_path: Path) -> None:
    rows = [(0, "99", "5", "101", "5"), (1, "99", "8", "101", "5"), (2, "99", "2", "101", "5")]
    exchange, _, replay = opened(touch_file(tmp_path / "touch.csv", rows))
    account, seller = exchange.trader("maker"), exchange.trader("seller")
    exchange.order(account, PERP, "Bid", "1", "99", postOnly=True)
    replay.advance(1_000_000)
    assert shown(exchange, BID, 1) == [("99", "9")]
    exchange.order(seller, PERP, "Ask", "5", "99")
    assert account.buys == 0
    exchange.order(seller, PERP, "Ask", "1.5", "99")
    assert account.buys == 1 and account.positions[PERP].steps == 100
    replay.advance(2_000_000)
    assert shown(exchange, BID, 1) == [("99", "2")]


def test_si04_what_a_recorded_level_loses_without_a_trade_goes_from_behind_own_orders(tmp_path: Path) -> None:
    rows = [(0, "99", "5", "101", "5"), (1, "99", "8", "101", "5"), (2, "99", "4", "101", "5")]
    exchange, _, replay = opened(touch_file(tmp_path / "touch.csv", rows))
    account, seller = exchange.trader("maker"), exchange.trader("seller")
    exchange.order(account, PERP, "Bid", "1", "99", postOnly=True)
    replay.advance(1_000_000)
    replay.advance(2_000_000)
    assert shown(exchange, BID, 1) == [("99", "5")]
    exchange.order(seller, PERP, "Ask", "4", "99")
    assert account.buys == 0
    exchange.order(seller, PERP, "Ask", "1", "99")
    assert account.positions[PERP].steps == 100


def test_si04_own_orders_that_the_recorded_market_passes_are_taken(tmp_path: Path) -> None:
    rows = [(0, "99", "5", "101", "5"), (1, "102", "1", "103", "5")]
    exchange, _, replay = opened(touch_file(tmp_path / "touch.csv", rows))
    account = exchange.trader("maker")
    exchange.order(account, PERP, "Ask", "7", "100.5", postOnly=True)
    replay.advance(1_000_000)
    assert account.positions[PERP].steps == -700
    assert (shown(exchange, BID)[0], shown(exchange, ASK)[0]) == (("102", "1"), ("103", "5"))
    assert is_conserved(exchange)


def test_si04_recorded_depth_is_followed_scaled_rounded_and_merged(tmp_path: Path) -> None:
    rows: list[tuple[float, str, list[Any], list[Any]]] = [
        (0, "snapshot", [["999.9", "1"], ["999.85", "2"], ["990", "3"]], [["1000.1", "1"], ["1000.15", "4"]]),
        (1, "diff", [["999.9", "0"]], [["1000.15", "0"], ["1001", "7"]]),
        (2, "diff", [["1000.6", "2"]], []),
        (3, "snapshot", [["980", "1"]], [["1020", "2"]]),
    ]
    exchange, flow, replay = opened(depth_file(tmp_path / "depth.jsonl", rows))
    # 1000 becomes 100: prices are a tenth, quantities ten times as much.
    assert shown(exchange, BID) == [("99.99", "10"), ("99.98", "20"), ("99", "30")]
    assert shown(exchange, ASK) == [("100.01", "10"), ("100.02", "40")]
    replay.advance(1_000_000)
    assert shown(exchange, BID) == [("99.98", "20"), ("99", "30")]
    assert shown(exchange, ASK) == [("100.01", "10"), ("100.1", "70")]
    replay.advance(2_000_000)
    assert (shown(exchange, BID, 1), shown(exchange, ASK)) == ([("100.06", "20")], [("100.1", "70")])
    replay.advance(3_000_000)
    assert (shown(exchange, BID), shown(exchange, ASK)) == ([("98", "10")], [("102", "20")])
    assert flow.finished and is_conserved(exchange)


def test_si04_levels_that_meet_on_a_tick_add_up(tmp_path: Path) -> None:
    rows: list[tuple[float, str, list[Any], list[Any]]] = [
        (0, "snapshot", [["9999", "1"], ["9998", "2"], ["9990", "4"]], [["10001", "1"]]),
        (1, "diff", [["9998", "0"]], []),
    ]
    exchange, _, replay = opened(depth_file(tmp_path / "depth.jsonl", rows), flow_quantity_scale=0.01)
    assert shown(exchange, BID) == [("99.99", "1"), ("99.98", "2"), ("99.9", "4")]
    rows[0] = (0, "snapshot", [["99999", "1"], ["99998", "2"], ["99990", "4"]], [["100001", "1"]])
    rows[1] = (1, "diff", [["99998", "0"]], [])
    exchange, _, replay = opened(depth_file(tmp_path / "fine.jsonl", rows), flow_quantity_scale=0.001)
    assert shown(exchange, BID) == [("99.99", "7")]
    replay.advance(1_000_000)
    assert shown(exchange, BID) == [("99.99", "5")]


def test_si04_recorded_depth_with_its_trades_is_replayed(shared: Path) -> None:
    names = [f"eth_perp_2024-08-08_{name}" for name in ("depth.jsonl.gz", "trades.csv.gz")]
    paths = [shared / "market_data" / name for name in names]
    exchange, flow, replay = opened(*paths, prices={"SOL": "145"}, flow_quantity_scale=0.1)
    account = exchange.trader("maker")
    seen = trades_of(exchange)
    for _ in range(10):
        exchange.engine.cancel_all(account, PERP)
        for side, way in (("Bid", BID), ("Ask", ASK)):
            best = exchange.engine.markets[PERP].book.best_price(way)
            assert best is not None
            exchange.order(account, PERP, side, "0.3", f"{best / 100:.2f}", postOnly=True)
        advance(exchange, 2)
    assert len(seen) > 100 and account.buys + account.sells > 0
    assert 140 < replay.price < 150 and is_conserved(exchange)
    assert not flow.finished


BAR_ROWS = [("100", "101", "99.5", "100.5", "60000"), ("100.5", "100.5", "98", "98.5", "30000")]


def bars_file(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    lines = [f"2022-01-21 12:{n:02d}:00.000000,{','.join(row)}\n" for n, row in enumerate(rows)]
    return written(path, BARS + "".join(lines))


def test_si04_bars_walk_through_open_extremes_and_close_and_trade_their_volume(tmp_path: Path) -> None:
    exchange, flow, replay = opened(bars_file(tmp_path / "bars.csv", BAR_ROWS))
    tape = exchange.engine.markets[PERP].tape
    for row in BAR_ROWS:
        opened_at, high, low, close, volume = (float(value) for value in row)
        before, path = len(tape.trades), []
        for _ in range(600):
            advance(exchange, 0.1)
            path.append(replay.price)
        near, far = (low, high) if opened_at - low <= high - opened_at else (high, low)
        assert (path[0], path[200], path[400], path[599]) == pytest.approx((opened_at, near, far, close))
        trades = list(tape.trades)[before:]
        prices = [trade.price / 100 for trade in trades]
        assert (prices[0], prices[-1]) == pytest.approx((opened_at, close), abs=0.011)
        assert (max(prices), min(prices)) == pytest.approx((high, low), abs=0.011)
        assert sum(price * trade.steps / 100 for price, trade in zip(prices, trades, strict=True)) == pytest.approx(
            volume, rel=0.01
        )
    assert not flow.finished
    advance(exchange, 0.2)
    assert flow.finished and is_conserved(exchange)


def test_si04_bars_take_own_orders_that_their_path_reaches(tmp_path: Path) -> None:
    exchange, _, _ = opened(bars_file(tmp_path / "bars.csv", BAR_ROWS))
    account = exchange.trader("maker")
    for side, price in (("Bid", "99.6"), ("Bid", "99.4"), ("Ask", "100.9"), ("Ask", "101.1")):
        exchange.order(account, PERP, side, "5", price, postOnly=True)
    advance(exchange, 60)
    prices = {fill.price / 100 for fill in account.fills}
    assert prices == {99.6, 100.9}
    advance(exchange, 60)
    assert 99.4 in {fill.price / 100 for fill in account.fills}


def test_si04_the_volume_of_bars_may_be_counted_in_base(tmp_path: Path) -> None:
    rows = [("1000", "1000", "1000", "1000", "50")]
    exchange, _, _ = opened(bars_file(tmp_path / "bars.csv", rows), flow_bar_volume="base")
    advance(exchange, 61)
    steps = sum(trade.steps for trade in exchange.engine.markets[PERP].tape.trades)
    assert steps / 100 == pytest.approx(500, rel=0.01)


def worst(shared: Path, hours: int) -> Iterator[tuple[datetime, float]]:
    """Where each hour begins, and how far the price fell in so many."""
    with gzip.open(shared / "market_data" / "btc_perp_2022-01_1m.csv.gz", "rt") as file:
        bars = list(csv.DictReader(file))
    for begin in range(0, len(bars) - hours * 60, 60):
        fall = float(bars[begin + hours * 60]["open"]) / float(bars[begin]["open"])
        yield datetime.fromisoformat(bars[begin]["timestamp"]), fall


def test_si04_a_window_of_recorded_bars_is_replayed_at_speed(shared: Path) -> None:
    begin, fall = min(worst(shared, 1), key=lambda one: one[1])
    path = shared / "market_data" / "btc_perp_2022-01_1m.csv.gz"
    end = begin + timedelta(hours=1)
    settings: dict[str, Any] = {"flow_from": begin, "flow_to": end, "speed": 60, "flow_quantity_scale": 0.01}
    exchange, flow, replay = opened(path, prices={"SOL": "145"}, **settings)
    low = math.inf
    for _ in range(62):
        advance(exchange, 1)
        low = min(low, replay.price)
    assert flow.finished and low < 145 * 0.985
    assert replay.price == pytest.approx(145 * fall, rel=0.001)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("touch.csv", TOUCH, "must hold at least one row"),
        ("touch.csv", TOUCH + "1,1,1,2,1\nx,1,1,2,1\n", "line 3 must hold its time in whole microseconds"),
        ("touch.csv", TOUCH + "1,1,1,2\n", "line 2 must hold numbers"),
        ("touch.csv", TOUCH + "1,2,1,2,1\n", "line 2 must have its bid under its ask"),
        ("touch.csv", TOUCH + "1,0,1,2,1\n", "line 2 must hold prices (and in a touch quantities) over 0"),
        ("touch.csv", TOUCH + "2,1,1,2,1\n1,1,1,2,1\n", "line 3 must not be earlier than the line before it"),
        ("depth.jsonl", "{}\n", "line 1 must be an object with time_us, type, bids and asks"),
        ("depth.jsonl", DEPTH + "{\n", "line 2 must be an object with time_us, type, bids and asks"),
        ("depth.jsonl", DEPTH.replace("99", "nan"), "line 1 must hold prices over 0"),
        ("depth.jsonl", DEPTH.replace("snapshot", "delta"), "line 1 must have the type snapshot or diff"),
        ("depth.jsonl", DEPTH.replace('["99","1"]', ""), "line 1 must hold bids under asks"),
        ("bars.csv", BARS + "soon,1,1,1,1,1\n", "line 2 must hold a UTC timestamp"),
        ("bars.csv", BARS + "2022-01-21,1,1,2,1,1\n", "line 2 must have 0 < low <= open, close <= high"),
        ("bars.csv", BARS + "2022-01-21,1,1,1,1,-1\n", "line 2 must hold prices over 0 and a volume of at least 0"),
        ("bars.csv", BARS + "2022-01-21,1,1,1,1,1\n" * 2, "line 3 must be a minute or more after"),
        ("trades.csv", "time_us,price,quantity,side\n1,1,1,buy\n1,x,1,buy\n", "line 3 must hold numbers"),
        ("trades.csv.gz", "not gzipped", "must be a readable text file"),
    ],
)
def test_si04_a_bad_recording_is_one_sentence_before_anything_starts(
    tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(ValueError) as refused:
        Exchange(SimulatorConfig(flow=path, virtual_clock=True))
    assert str(refused.value).startswith(f"flow ({path}) {sentence}") and "\n" not in str(refused.value)


def test_si04_recordings_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    bars, depth = bars_file(tmp_path / "bars.csv", BAR_ROWS), written(tmp_path / "depth.jsonl", DEPTH)
    trades = small_tape(tmp_path / "trades.csv.gz")
    for paths, settings, sentence in [
        ((bars, trades), {}, "must be one recording, or a touch or depth together with trades"),
        ((depth, depth), {}, "must not hold depth twice"),
        ((depth, tmp_path / "none.csv"), {}, "or a file of trades, touch, depth or bars"),
        ((depth,), {"flow_from": datetime(2022, 1, 21)}, "must go with a recording of bars, not depth"),
        ((bars,), {"flow_from": datetime(2022, 1, 22)}, "must hold bars from 2022-01-22 00:00:00 to its end"),
        ((bars,), {"flow_from": datetime(2022, 1, 22), "flow_to": datetime(2022, 1, 21)}, "must be before flow_to"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            opened(*paths, **settings)
    with pytest.raises(ValueError, match="must go with a recording of bars, not calm"):
        SimulatorConfig(flow_to=datetime(2022, 1, 21)).checked()
    with pytest.raises(UserError, match=r"flow_from \(soon\) must be a UTC timestamp"):
        simulator(flow=[str(bars)], flow_from="soon")


def test_si04_an_emptied_and_a_post_only_market_get_the_recorded_book_back(tmp_path: Path) -> None:
    exchange, flow, replay = opened(
        touch_file(tmp_path / "t.csv", [(0, "99", "5", "101", "5"), (9, "97", "5", "98", "5")])
    )
    flow.set_away(PERP, True)
    assert not shown(exchange, BID) and not shown(exchange, ASK)
    flow.set_away(PERP, False)
    advance(exchange, 0.5)
    assert (shown(exchange, BID)[0][0], shown(exchange, ASK)[0][0]) == ("99", "101")
    account = exchange.trader("maker")
    exchange.engine.set_state(PERP, "PostOnly")
    order = exchange.order(account, PERP, "Bid", "1", "100", postOnly=True)
    replay.advance(9_000_000)
    assert order.is_open and shown(exchange, BID)[0] == ("100", "1")
    exchange.engine.set_state(PERP, "Open")
    flow._quote()
    assert not order.is_open
    assert (shown(exchange, BID)[0], shown(exchange, ASK)[0]) == (("97", "5"), ("98", "5"))


def test_si04_a_flash_move_goes_on_at_moved_recorded_prices(tmp_path: Path) -> None:
    for path in (
        touch_file(tmp_path / "touch.csv", [(0, "99", "5", "101", "5"), (9, "99", "5", "101", "5")]),
        depth_file(tmp_path / "d.jsonl", [(0, "snapshot", [["99", "5"]], [["101", "5"]]), (9, "diff", [], [])]),
    ):
        exchange, flow, _ = opened(path)
        flow.shift("SOL", 0.9)
        assert (shown(exchange, BID)[0][0], shown(exchange, ASK)[0][0]) == ("89.1", "90.9")
