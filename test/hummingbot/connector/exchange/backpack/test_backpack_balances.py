from decimal import Decimal

import pytest
from hummingbot.connector.exchange.backpack import backpack_requests
from hummingbot.connector.exchange.backpack.backpack_balances import SpotBalances
from hummingbot.connector.exchange.backpack.backpack_parsing import BalanceEvent

from test.hummingbot.scene import staged

D = Decimal


def held(asset: str, available: int, locked: int = 0, staked: int = 0) -> BalanceEvent:
    return BalanceEvent(asset, D(available), D(locked), D(staked))


class Balances(SpotBalances):
    def __init__(self, lent_is_available: bool = True) -> None:
        self.time = 0.0
        super().__init__(lent_is_available, lambda: self.time)


def test_ba01_lent_funds_count_as_total_and_as_available_only_when_orders_redeem_them() -> None:
    for redeem, available in ((True, 1050), (False, 50)):
        balances = Balances(redeem)
        balances.on_capital([held("USDC", 50, 10, 5)], 0)
        balances.on_lent({"USDC": D(1000)})
        assert balances.totals() == {"USDC": D(1065)}
        assert balances.available() == {"USDC": D(available)}


def test_ba01_empty_capital_is_an_empty_account_and_known() -> None:
    balances = Balances()
    assert not balances.known
    balances.on_capital([], 0)
    assert balances.known
    assert balances.totals() == {}
    balances.on_lent({"USDC": D(7)})
    assert balances.totals() == {"USDC": D(7)}


def test_ba01_asset_that_capital_leaves_out_is_gone() -> None:
    balances = Balances()
    balances.on_capital([held("USDC", 1), held("SOL", 2)], 0)
    balances.time = 5
    balances.on_capital([held("USDC", 1)], 5)
    assert balances.totals() == {"USDC": D(1)}


def test_ba01_what_the_stream_said_meanwhile_stays() -> None:
    balances = Balances()
    balances.time = 2
    balances.on_event(held("USDC", 10, 20))
    balances.on_capital([held("USDC", 30), held("SOL", 1)], asked_at=1)
    assert balances.available() == {"USDC": D(10), "SOL": D(1)}
    balances.on_capital([held("USDC", 30)], asked_at=3)
    assert balances.available() == {"USDC": D(30)}


def test_ba01_failed_borrow_lend_keeps_the_last_value_and_its_age() -> None:
    balances = Balances()
    assert balances.lent_age is None
    balances.on_lent({"USDC": D(1000)})
    balances.time = 40
    balances.on_capital([held("USDC", 50)], 40)
    assert balances.available()["USDC"] == D(1050)
    assert balances.lent_age == 40


async def test_ba01_lent_funds_that_cannot_be_fetched_are_said_once_though_they_grow_older(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(monkeypatch, is_perpetual=False) as scene:
        monkeypatch.setattr(backpack_requests, "RETRY_DELAYS", (0.01,))
        scene.backpack.faults.set("refuse_rest", path="/api/v1/borrowLend")
        ages = iter([3.0, 8.0, 13.0])
        monkeypatch.setattr(type(scene.connector._balances), "lent_age", property(lambda _: next(ages)))
        for _ in range(3):
            await scene.connector._update_lent()
        assert caplog.text.count("lent funds could not be fetched") == 1
