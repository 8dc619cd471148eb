"""Hummingbot's QA list in its interactive client, on the local Backpack: once for spot, once for perpetuals.

The tests of a kind run in file order in one session of the client, because a QA run is a story. What was seen, and what
was tried beside it, stands in ``docs/hummingbot_qa.md``.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from hummingbot_backpack.simulator import SimulatorConfig
from test.qa.client import ESCAPE, HIDE_LOGS
from test.qa.exchange import Pair, running_exchange
from test.qa.kinds import ARBITRAGE, LIQUIDITY, MARKET, PERPETUAL, SPOT, Kind
from test.qa.session import Session

pytestmark = pytest.mark.slow

BALANCES = {"USDC": "10000", "SOL": "50"}
MINE = "mine.yml"


@pytest.fixture(scope="module", params=[SPOT, PERPETUAL], ids=lambda kind: kind.name)
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    kind: Kind = request.param
    pairs = {name: Pair.new() for name in ("good", "wrong", "expired")}
    known = {pairs[name].public: BALANCES for name in ("good", "expired")}
    # Funding every half minute; nothing else moves by itself.
    config = SimulatorConfig(port=0, flow=None, strict_keys=True, keys=known, speed=120)
    with running_exchange(config) as exchange:
        exchange.fault("expired_key", key=pairs["expired"].public)
        for symbol in ("SOL_USDC", "SOL_USDC_PERP", "BTC_USDC_PERP"):
            exchange.book(symbol, "145" if symbol.startswith("SOL") else "64000")
        made = Session(kind, exchange, tmp_path_factory.mktemp(kind.name), pairs)
        try:
            yield made
        finally:
            made.close()


def test_qa01_bad_keys_get_a_clear_error_and_good_ones_connect(session: Session) -> None:
    connector = session.kind.connector
    for name in ("wrong", "expired"):
        said = session.connect(connector, session.pairs[name], "Error:")
        assert "401" in said and "UNAUTHORIZED" in said
        assert not (session.commands.root / "conf" / "connectors" / f"{connector}.yml").exists()
    session.connect(connector, session.pairs["good"], f"You are now connected to {connector}")


@pytest.mark.parametrize("name", ["wrong", "expired"])
def test_qa01_good_keys_stay_when_bad_ones_are_tried(session: Session, name: str) -> None:
    said = session.connect(session.kind.connector, session.pairs[name], "Error:", replace=True)
    assert "UNAUTHORIZED" in said
    table = session.client.run("connect", lambda said: "xrpl" in said, 40)
    row = next(line for line in table.splitlines() if f"| {session.kind.connector} " in line)
    assert row.count("Yes") == 2, "keys added, and confirmed"


def test_qa02_balance_is_what_the_exchange_shows(session: Session) -> None:
    said = session.client.run("balance", "Exchanges Total")
    rows = [line.split() for line in said.splitlines()]
    shown = {row[0]: Decimal(row[1]) for row in rows if row and row[0] in ("SOL", "USDC")}
    if session.kind is SPOT:
        assert shown == {"USDC": 10000, "SOL": 50}
    else:  # what margin is made of, in quote currency: SOL counts, less a haircut
        equity = Decimal(session.exchange.ledger(session.key)["equity"])
        assert set(shown) == {"USDC"} and 10000 < shown["USDC"] < equity


def test_qa03_create_offers_the_markets_and_makes_a_strategy(session: Session) -> None:
    client, kind = session.client, session.kind
    client.type("create")
    client.answer("Enter the strategy name", kind.strategy)
    client.answer("connector", kind.connector)
    for market in kind.markets:
        assert client.shows_on_screen("trading pair you would like to trade on", 20)
        client.press(market[:2])
        assert client.reads_until(lambda market=market: any(line.strip() == market for line in client.screen), 20)
        client.press("\b\b")
    client.type(MARKET)
    for question, answer in kind.questions:
        client.answer(question, answer)
    session.until(lambda: 'Enter "start" to start' in "\n".join(client.screen))
    assert list((session.commands.root / "conf" / "strategies").glob("*.yml"))


def test_qa06_orders_carry_ids_are_renewed_and_an_order_placed_by_hand_stays(session: Session) -> None:
    session.hand_order = session.exchange.by_hand(session.key, session.kind.symbol, "Bid", "1", "100")
    session.write(MINE, session.kind.settings)
    session.start(MINE)
    first = {order["clientId"] for order in session.bots()}
    assert len(first) == 2
    session.until(lambda: len(session.bots()) == 2 and not first & {order["clientId"] for order in session.bots()})
    assert [str(order["id"]) for order in session.exchange.orders(session.key) if not order["clientId"]] == [
        str(session.hand_order)
    ]
    assert session.errors(MINE) == []


def test_qa05_status_shows_the_touch_and_it_moves_with_the_book(session: Session) -> None:
    client, kind = session.client, session.kind
    said = client.run("status", "Orders:")
    row = next(line.split() for line in said.splitlines() if kind.connector in line)
    bid, ask = session.exchange.touch(kind.symbol)
    assert (Decimal(row[2]), Decimal(row[3])) == (bid, ask) or session.bots()  # renewed at this moment
    client.type("status --live")
    assert client.shows_on_screen("Press escape key", 10)
    for mid in ("145.2", "144.9"):
        session.exchange.book(kind.symbol, mid)

        def follows(mid: str = mid) -> bool:
            rows = [line.split() for line in client.screen if line.strip().startswith(kind.connector)]
            return any(
                abs(Decimal(row[2]) + Decimal(row[3]) - 2 * Decimal(mid)) < Decimal("0.05")
                for row in rows
                if len(row) > 4
            )

        session.until(follows)
        session.until(lambda: len(session.bots()) == 2)
    session.exchange.book(kind.symbol, "145")
    client.press(ESCAPE)
    assert client.shows_on_screen("Stopped live status", 10)


def test_qa02_the_allocation_follows_orders(session: Session) -> None:
    def allocated() -> list[str]:
        said = session.client.run("balance", "Exchanges Total")
        return [line.split()[-1] for line in said.splitlines() if line.strip().startswith("USDC")]

    session.until(lambda: len(session.bots()) == 2)
    shown = allocated()
    # 100 USDC of the order by hand and 145 of the bid, of 10000; for a perpetual their margin.
    assert shown and 0 < int(shown[0].rstrip("%")) <= 4, shown


def test_qa11_order_book_and_ticker_move_with_the_exchange(session: Session) -> None:
    client, kind = session.client, session.kind
    client.type("ticker --live")
    for mid in ("145.2", "144.9"):
        session.exchange.book(kind.symbol, mid)
        session.until(lambda mid=mid: any(_shows(line, mid) for line in client.screen))
    client.press(ESCAPE)
    assert client.shows_on_screen("Stopped live ticker", 10)
    client.press(HIDE_LOGS)  # back with the pane: the book is shown there
    client.type("order_book --live")
    for mid, row in (("145", ["144.5", "20", "145.5", "20"]), ("144.9", ["144.4", "20", "145.4", "20"])):
        session.exchange.book(kind.symbol, mid)
        session.until(lambda row=row: any(line.split()[-4:] == row for line in client.screen))
    client.press(ESCAPE)
    client.read(1)
    client.press(HIDE_LOGS)


def _shows(line: str, mid: str) -> bool:
    cells = [cell.strip() for cell in line.split("|")]
    return len(cells) == 6 and cells[3].startswith("14") and abs(Decimal(cells[3]) - Decimal(mid)) < Decimal("0.03")


def closing(session: Session) -> bool:
    """:return: whether the bot's one bid is there to close its position."""
    return [order["reduceOnly"] for order in session.bots() if order["side"] == "Bid"] == [True]


def test_qa12_partial_and_full_fills_are_recorded_once_as_at_the_exchange(session: Session) -> None:
    session.take("Ask", "0.4")
    session.until(lambda: len(session.exchanges()) == 1 == len(session.recorded(MINE)))
    if session.kind is PERPETUAL:  # with a position it buys to close, and nothing else
        session.until(lambda: closing(session))
    session.take("Ask" if session.kind is SPOT else "Bid")
    session.until(lambda: len(session.exchanges()) == 2 == len(session.recorded(MINE)))
    _, session.held = session.take("Bid" if session.kind is SPOT else "Ask")
    session.until(lambda: len(session.exchanges()) == 3 == len(session.recorded(MINE)))
    assert sorted(session.recorded(MINE)) == sorted(session.exchanges())


def test_qa12_history_and_csv_show_the_same(session: Session) -> None:
    said = session.client.run("history --verbose", "Return %")
    numbers = next(line.split() for line in said.splitlines() if "Number of trades" in line)
    assert numbers[-1] == "3", said
    rows = session.exported()
    shown = sorted((row["Side"].upper(), Decimal(row["Price"]), Decimal(row["Amount"])) for row in rows)
    assert shown == sorted(fill[:3] for fill in session.exchanges())


def test_qa13_the_sum_of_fees_is_the_exchanges(session: Session) -> None:
    ledger = {asset: Decimal(fee) for asset, fee in session.exchange.ledger(session.key)["fees"].items()}
    assert session.fees(MINE) == ledger and sum(ledger.values()) > 0
    said = session.client.run("history", "Fees paid")
    row = next(line.split() for line in said.splitlines() if "Fees paid" in line)
    assert abs(Decimal(row[2]) - ledger[row[3]]) < Decimal("0.001"), "rounded to four digits"


def test_qa14_funding_is_logged_and_recorded_as_paid(session: Session) -> None:
    if session.kind is SPOT:
        pytest.skip("perpetuals only")
    assert session.exchange.ledger(session.key)["positions"][session.kind.symbol]["netQuantity"] == f"-{session.held}"
    session.until(session.paid, 160)  # Hummingbot asks every other minute
    paid = session.exchange.funding(session.key)
    assert set(session.paid()) <= set(paid) and all(amount > 0 for amount in paid), "who is short receives here"
    assert "Funding payment of" in session.log(MINE) and "received on SOL-USDC market" in session.log(MINE)


def test_qa16_stop_leaves_nothing_of_ours_and_what_was_placed_by_hand(session: Session) -> None:
    session.stop()
    assert session.bots() == []
    assert [str(order["id"]) for order in session.exchange.orders(session.key)] == [str(session.hand_order)]
    assert session.errors(MINE) == []


def test_qa15_an_open_position_is_found_and_managed_after_a_restart(session: Session) -> None:
    if session.kind is SPOT:
        pytest.skip("perpetuals only")
    session.leave()
    session.start(MINE, orders=1)
    said = session.client.run("status", "Positions:")
    assert "SHORT" in said and f"-{session.held}" in said
    order = session.bots()[0]
    assert (order["side"], order["reduceOnly"], order["quantity"]) == ("Bid", True, str(session.held))
    session.take("Bid")
    session.until(lambda: len(session.recorded(MINE)) == len(session.exchanges()))
    assert session.exchange.ledger(session.key)["positions"][session.kind.symbol]["netQuantity"] == "0"
    session.stop()


def test_qa09_many_levels_are_placed_and_cancelled_together(session: Session) -> None:
    session.write("many.yml", {**session.kind.settings, "order_levels": 10, "order_amount": 0.5})
    session.start("many.yml", orders=20)
    said = session.client.run("status", "Orders:")
    rows = [line.split() for line in said.splitlines() if line.split()[1:2] in (["buy"], ["sell"])]
    assert len(rows) == 20
    balances = session.exchange.ledger(session.key)["balances"].values()
    assert all(Decimal(one["available"]) >= 0 for one in balances)
    first = {order["id"] for order in session.bots()}
    session.until(lambda: len(session.bots()) == 20 and not first & {order["id"] for order in session.bots()})
    session.stop()
    assert session.bots() == [] and session.errors("many.yml") == []


def test_qa08_orders_and_fills_survive_a_lost_network(session: Session) -> None:
    session.write("slow.yml", {**session.kind.settings, "order_refresh_time": 3600, "filled_order_delay": 3600})
    session.start("slow.yml")
    resting = {order["id"] for order in session.bots()}
    seen = len(session.exchanges())
    for fault in ("refuse_rest", "refuse_private_stream", "disconnect"):
        session.exchange.fault(fault)
    session.client.read(2)
    price, _ = session.take("Ask", "0.4")
    session.client.read(4)
    assert session.recorded("slow.yml") == [], "nothing can have come"
    session.exchange.mend()
    session.exchange.fault("expired_key", key=session.pairs["expired"].public)
    session.until(lambda: session.recorded("slow.yml") == session.exchanges()[seen:], 60)
    assert [fill[:3] for fill in session.recorded("slow.yml")] == [("SELL", price, Decimal("0.4"))]
    if session.kind is SPOT:
        assert {order["id"] for order in session.bots()} == resting, "still there"
        said = session.client.run("status", "Orders:")
        assert "sell" in said and "buy" in said, "and tracked"
        session.take("Ask")
    else:  # it sells no more now, and closes
        session.until(lambda: closing(session), 60)
        session.take("Bid")
    session.until(lambda: session.recorded("slow.yml") == session.exchanges()[seen:])
    session.stop()
    assert session.bots() == []


def test_qa10_two_bots_on_one_account_leave_each_other_alone(session: Session) -> None:
    second = session.second()
    try:
        session.write("first.yml", {**session.kind.settings, "order_refresh_time": 3})
        second.write("second.yml", {**session.kind.settings, "bid_spread": 0.2, "ask_spread": 0.2})
        session.start("first.yml")
        firsts = {order["clientId"] for order in session.bots()}
        second.client.run("import second.yml", 'Enter "start" to start')
        second.client.run("start", "started successfully")
        seen: set[int] = set()

        def both_quoted_on() -> bool:
            seen.update(order["clientId"] for order in session.bots())
            return len(session.bots()) == 4 and len(seen) >= 12

        session.until(both_quoted_on, 40)
        placed = session.exchange.placed(session.key)
        assert len(placed) == len(set(placed)) and firsts < set(placed), "no id twice"
        second.stop()
        session.until(lambda: len(session.bots()) == 2)
        session.stop()
        assert session.bots() == []
        assert session.errors("first.yml") == [] and second.errors("second.yml") == []
    finally:
        session.client.companions.clear()
        second.leave()


def test_qa07_a_very_fast_refresh_is_warned_of_and_waits_rather_than_fails(session: Session) -> None:
    session.client.run("config rate_limits_share_pct 5", "New configuration saved")
    fast = {"order_levels": 5, "order_refresh_time": 1, "filled_order_delay": 0.5}
    session.write("fast.yml", {**session.kind.settings, **fast})
    seen = len(session.exchanges())
    # The last minute's requests count against the small budget too.
    session.start("fast.yml", orders=10, seconds=120)
    session.until(lambda: "The rate limit is almost reached" in session.log("fast.yml"), 60)
    cancelled = session.log("fast.yml").count("Successfully canceled")
    session.until(lambda: session.log("fast.yml").count("Successfully canceled") > cancelled, 90)
    session.stop()
    assert session.bots() == [] and session.errors("fast.yml") == []
    assert session.recorded("fast.yml") == session.exchanges()[seen:]
    assert "failed" not in session.log("fast.yml").lower()
    session.client.run("config rate_limits_share_pct 100", "New configuration saved")
    session.start(MINE, orders=None, seconds=15)  # the small budget went with the connector that had it
    session.stop()


def test_qa04_other_strategies_make_and_take(session: Session) -> None:
    if session.kind is SPOT:
        session.write("other.yml", LIQUIDITY)
        session.start("other.yml")
        session.take("Ask")
        session.until(lambda: len(session.recorded("other.yml")) == 1)
    else:
        session.connect(SPOT.connector, session.pairs["good"], "You are now connected")
        session.exchange.book(SPOT.symbol, "145")
        session.exchange.book(PERPETUAL.symbol, "148")
        session.write("other.yml", ARBITRAGE)
        session.client.run("import other.yml", 'Enter "start" to start')
        session.client.run("start", "started successfully")
        session.until(lambda: len(session.recorded("other.yml")) >= 2, 60)
        sides = {(fill["symbol"], fill["side"]) for fill in session.exchange.fills(session.key)[-2:]}
        assert sides == {(SPOT.symbol, "Bid"), (PERPETUAL.symbol, "Ask")}, "bought here and sold there"
    session.stop()
    assert session.bots() == [] and session.errors("other.yml") == []


def test_qa16_exit_leaves_nothing_of_ours(session: Session) -> None:
    session.exchange.book(session.kind.symbol, "145")
    # With a position left from before the strategy would only wait to take its profit, and have nothing to leave.
    session.exchange.close(session.key, session.kind.symbol)
    session.start(MINE, orders=None)
    session.leave()
    assert [str(order["id"]) for order in session.exchange.orders(session.key)] == [str(session.hand_order)]
