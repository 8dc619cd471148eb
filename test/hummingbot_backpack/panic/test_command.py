"""``panic`` against the exchange: what it cancels, what it leaves, and how it goes flat. (Bots: test_bot.py.)"""

import json
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.backpack import backpack_requests

from hummingbot_backpack.keys.pair import new_pair
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.panic import clearing, sweep
from hummingbot_backpack.workspace.layout import SIMULATOR_CONNECTORS
from test.hummingbot_backpack.panic.conftest import PASSWORD, PERP, SPOT, Account

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(sweep, "AFTER_ORDER_SECONDS", 0.15)


def quotes(account: Account) -> None:
    """Others, deep enough on both markets."""
    others = account.exchange.trader("others")
    for symbol in (PERP, SPOT):
        account.exchange.order(others, symbol, "Bid", "50", "144.95")
        account.exchange.order(others, symbol, "Ask", "50", "145.05")


def test_br02_own_orders_go_on_every_market_and_others_stay(account: Account, run: Run) -> None:
    for symbol in (PERP, SPOT):
        for price in ("140.00", "139.00"):
            account.place(symbol, "Bid", "0.5", price)
    by_hand = account.place(PERP, "Bid", "1", "138.00", instance=None)
    neighbour = account.place(PERP, "Bid", "1", "137.00", instance=8)
    code, out, err = run()
    assert (code, err) == (0, "")
    assert f"{PERP}: 2 orders cancelled, none left" in out and f"{SPOT}: 2 orders cancelled, none left" in out
    assert set(account.account.open_orders) == {by_hand.id, neighbour.id}


def test_br02_all_takes_orders_placed_by_hand_too(account: Account, run: Run) -> None:
    account.place(PERP, "Bid", "1", "138.00", instance=None)
    code, out, _ = run("--all", "--yes")
    assert code == 0 and f"{PERP}: 1 order cancelled" in out and account.resting() == 0


def test_br02_nothing_to_do_is_done(account: Account, run: Run) -> None:
    code, out, _ = run()
    assert code == 0 and "No bot was running" in out and "No orders of this workspace rest" in out


def test_br02_st01_what_was_done_is_said_in_the_users_language(
    account: Account, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    quotes(account)
    account.exchange.order(account.account, PERP, "Bid", "2")
    for price in ("140.00", "139.00"):
        account.place(PERP, "Bid", "0.5", price)
    code, out, _ = run("--flatten", "--market", PERP, "--yes")
    assert code == 0
    assert "没有机器人在运行。" in out and "完成。" in out
    assert f"{PERP}：已撤 2 单，剩余 无；仓位原为 2，现为 0" in out
    assert f"{PERP}：卖出 2.00，市价单（" in out
    assert not re.search("[a-z]{2,} [a-z]{2,}", out), out
    code, out, _ = run()
    assert "此工作区没有挂单。" in out


def test_br02_cancels_go_on_through_errors_until_the_exchange_shows_none(account: Account, run: Run) -> None:
    for price in ("140.00", "139.00", "138.00"):
        account.place(PERP, "Bid", "0.5", price)
    account.backpack.faults.set("error_before", method="DELETE", path="/api/v1/order", times=2)
    code, out, _ = run("--json")
    assert code == 0 and account.resting() == 0
    assert json.loads(out.splitlines()[-1])["markets"][PERP]["cancelled"] == 3


def test_br02_what_cannot_be_cancelled_is_listed_and_the_code_says_so(account: Account, run: Run) -> None:
    order = account.place(PERP, "Bid", "0.5", "140.00")
    account.backpack.faults.set("error_before", method="DELETE", path="/api/v1/order", times=1000)
    code, out, _ = run("--timeout", "1")
    assert code == 1 and "NOT done" in out and f"exchange id {order.id}" in out


def test_br02_flatten_closes_the_position_reduce_only(account: Account, run: Run) -> None:
    quotes(account)
    account.place(PERP, "Bid", "2", "145.05")
    assert account.position() == 2
    account.published(("backpack_perpetual_simulator", "SOL-USDC"))
    code, out, _ = run("--flatten", "--yes")
    assert code == 0 and account.position() == 0
    assert f"{PERP}: sell 2" in out and "position 2, now 0" in out


def test_br02_sl05_flatten_escalates_when_the_market_is_too_wide(account: Account, run: Run) -> None:
    others = account.exchange.trader("others")
    account.exchange.order(others, PERP, "Ask", "5", "145.00")
    account.place(PERP, "Bid", "2", "145.00")
    account.exchange.order(others, PERP, "Bid", "5", "130.00")
    account.published(("backpack_perpetual_simulator", "SOL-USDC"))
    code, out, _ = run("--flatten", "--yes", "--timeout", "20")
    assert code == 0 and account.position() == 0
    for form in ("ioc", "wide_ioc", "capped_market"):
        assert f" {form} (" in out


def test_br02_flatten_sells_what_a_spot_market_holds(account: Account, run: Run) -> None:
    quotes(account)
    account.published(("backpack_simulator", "SOL-USDC"))
    code, out, _ = run("--flatten", "--yes")
    assert code == 0 and f"{SPOT}: 0 orders cancelled, none left; position 10, now 0" in out
    assert Decimal(account.backpack.ledger(account.pair.public)["balances"]["SOL"]["available"]) == 0


def test_br02_flatten_without_a_last_session_asks_which_markets(account: Account, run: Run) -> None:
    (account.workspace.root / "data" / "backpack_state.json").unlink(missing_ok=True)
    account.place(PERP, "Bid", "0.5", "140.00")
    code, out, err = run("--flatten", "--yes")
    assert code == 1 and "--market" in err and err.count("\n") == 1
    assert account.resting() == 0 and f"{PERP}: 1 order cancelled, none left" in out


def test_br02_a_market_that_is_none_is_refused_before_or_as_soon_as_it_can_be_known(
    account: Account, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.place(PERP, "Bid", "0.5", "140.00")
    code, out, err = run("--flatten", "--yes", "--market", "SOL-USDC")
    assert (code, out) == (2, "") and "--market (SOL-USDC) must be" in err and err.count("\n") == 1
    assert account.resting() == 1
    monkeypatch.setattr(clearing, "KNOWN_WITHIN_SECONDS", 0)
    code, out, err = run("--flatten", "--yes", "--market", "SOL-USDC")
    assert code == 1 and "--market (SOL-USDC) must be" in err and err.count("\n") == 1
    assert account.resting() == 0 and f"{PERP}: 1 order cancelled, none left" in out


@pytest.mark.parametrize("elsewhere", ["binance", "backpack", "backpack_perpetual_testnet"])
def test_br02_a_market_of_another_exchange_is_named_and_nothing_is_sold_for_it(
    account: Account, run: Run, elsewhere: str
) -> None:
    quotes(account)
    account.place(PERP, "Bid", "2", "145.05")
    account.published(("backpack_perpetual_simulator", "SOL-USDC"), (elsewhere, "SOL-USDC"))
    code, out, _ = run("--flatten", "--yes")
    assert code == 1 and account.position() == 0
    assert f"{elsewhere}:SOL-USDC is not a market of {account.backpack.url}: close it where it is traded." in out
    assert out.endswith("Done here, not elsewhere.\n")
    assert Decimal(account.backpack.ledger(account.pair.public)["balances"]["SOL"]["available"]) == 10


def second(account: Account) -> Account:
    """Spot trades on another account from now on."""
    pair = new_pair()
    Keystore(account.workspace, PASSWORD).store(SIMULATOR_CONNECTORS[:1], pair, replace=True)
    other = Account(account.backpack, account.workspace, pair)
    other.count = 1000
    return other


def test_br02_every_pair_of_keys_is_looked_at(account: Account, run: Run) -> None:
    other = second(account)
    other.place(SPOT, "Bid", "0.5", "140.00")
    account.place(SPOT, "Bid", "0.5", "139.00")
    account.place(PERP, "Bid", "0.5", "140.00")
    code, out, err = run()
    assert (code, err) == (0, "") and account.resting() == other.resting() == 0
    spot, perpetual = SIMULATOR_CONNECTORS
    for line in (f"{spot}:{SPOT}: 1 order", f"{perpetual}:{SPOT}: 1 order", f"{perpetual}:{PERP}: 1 order"):
        assert line in out


@pytest.mark.parametrize("named", [False, True])
def test_br02_each_account_is_flat_on_the_markets_that_its_keys_trade(account: Account, run: Run, named: bool) -> None:
    quotes(account)
    other = second(account)
    account.place(PERP, "Bid", "2", "145.05")
    other.place(PERP, "Bid", "1", "145.05")
    account.published(*((name, "SOL-USDC") for name in SIMULATOR_CONNECTORS))
    code, _, _ = run("--flatten", "--yes", *(("--market", PERP, "--market", SPOT) if named else ()))
    assert code == 0 and (account.position(), other.position()) == (0, 1)
    held = [
        Decimal(account.backpack.ledger(each.pair.public)["balances"]["SOL"]["available"]) for each in (account, other)
    ]
    assert held == [10, 0]


def test_br02_a_pair_that_cannot_be_read_does_not_keep_the_other_from_being_used(account: Account, run: Run) -> None:
    other = second(account)
    other.place(SPOT, "Bid", "0.5", "140.00")
    account.place(PERP, "Bid", "0.5", "140.00")
    account.workspace.key_file(SIMULATOR_CONNECTORS[0]).write_text("backpack_api_key: none\n")
    code, out, err = run()
    assert code == 1 and account.resting() == 0 and other.resting() == 1
    assert f"{PERP}: 1 order cancelled" in out and err.count("\n") == 1
    assert f"The orders of {SIMULATOR_CONNECTORS[0]} were not looked for: " in err


def test_br02_flatten_asks_and_without_a_terminal_says_so(account: Account, run: Run) -> None:
    code, _, err = run("--flatten")
    assert code == 2 and "--yes" in err


def test_br02_an_exchange_that_does_not_answer_ends_in_one_sentence(
    account: Account, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backpack_requests, "RETRY_DELAYS", (0.01, 0.01, 0.01))
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:9")
    code, _, err = run("--timeout", "1")
    assert code == 2 and "cancel at the exchange's own page" in err and err.count("\n") == 1
