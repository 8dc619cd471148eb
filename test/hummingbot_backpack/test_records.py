import stat
from decimal import Decimal
from pathlib import Path

from hummingbot_backpack.market_making.accounting import Fill
from hummingbot_backpack.market_making.values import Side
from hummingbot_backpack.records import FillRecord, FundingRecord, Records

BONK_PRICE = Decimal("0.000024117")


def record(trade: str = "1", order: str = "a", price: Decimal = BONK_PRICE) -> FillRecord:
    fill = Fill(Side.SELL, price, Decimal("1000.5"), Decimal("-0.0000004"), "USDC", True, 1700000000.5)
    return FillRecord("backpack_perpetual", "BONK-USDC", trade, order, "77", fill)


def test_se04_prices_are_kept_exactly(tmp_path: Path) -> None:
    records = Records(tmp_path / "data" / "bot.records.sqlite")
    session = records.begin_session(1.0)
    assert records.add_fill(session, record())
    records.close()
    assert list(Records(tmp_path / "data" / "bot.records.sqlite").fills()) == [record()]


def test_se04_a_fill_that_is_reported_twice_is_recorded_once(tmp_path: Path) -> None:
    records = Records(tmp_path / "bot.records.sqlite")
    assert records.add_fill(records.begin_session(1.0), record())
    assert not records.add_fill(records.begin_session(2.0), record())
    assert records.add_fill(2, record(trade="2"))
    assert records.add_fill(2, record(order="b"))
    assert len(list(records.fills())) == 3
    assert len(list(records.fills(session=1))) == 1


def test_se04_funding_is_recorded_once_for_each_market_and_time() -> None:
    records = Records(None)
    session = records.begin_session(1.0)
    payment = FundingRecord("backpack_perpetual", "SOL-USDC", 3600.0, Decimal("-0.0123456789"), Decimal("0.0000125"))
    other = FundingRecord("backpack_perpetual", "BTC-USDC", 3600.0, Decimal("1"), Decimal("0.0000125"))
    assert [records.add_funding(session, each) for each in (payment, payment, other)] == [True, False, True]
    assert list(records.funding()) == [payment, other]


def test_se04_records_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "bot.records.sqlite"
    Records(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_se03_earlier_sessions_add_up() -> None:
    records = Records(None)
    for realised in ("1.5", "-0.25"):
        session = records.begin_session(1.0)
        records.open_market(session, "c", "SOL-USDC", Decimal(0), None)
        records.save_market(session, "c", "SOL-USDC", {"realised": Decimal(realised), "fees": Decimal("0.1")})
    found = records.earlier_results(3, "c", "SOL-USDC")
    assert (found["realised"], found["fees"], found["funding"]) == (Decimal("1.25"), Decimal("0.2"), 0)
    assert records.earlier_results(2, "c", "SOL-USDC")["realised"] == Decimal("1.5")
