from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.accounting import Account, Fill, wear_rate
from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.values import Side


def D(text: str) -> Decimal:
    return Decimal(text)


def fill(side: Side, quantity: str, price: str, fee: str = "0", maker: bool = True, asset: str = "USDC") -> Fill:
    return Fill(side, D(price), D(quantity), D(fee), asset, maker)


def account(*fills: Fill) -> Account:
    found = Account("USDC")
    for each in fills:
        found.add_fill(each)
    return found


def test_se03_average_entry_and_unrealised_of_a_long() -> None:
    found = account(fill(Side.BUY, "1", "100"), fill(Side.BUY, "3", "104"))
    assert (found.position, found.average_entry) == (4, 103)
    assert found.unrealised(D("105")) == 8


def test_se03_a_short_has_unrealised_profit_too() -> None:
    found = account(fill(Side.SELL, "2", "100"))
    assert found.unrealised(D("90")) == 20


def test_rp01_trades_are_matched_oldest_first() -> None:
    found = account(fill(Side.BUY, "2", "100"), fill(Side.BUY, "1", "120"), fill(Side.SELL, "0.5", "110"))
    assert (found.realised, found.position, found.average_entry) == (5, D("2.5"), 108)
    matches = found.add_fill(fill(Side.SELL, "2.5", "110"))
    assert [(each.quantity, each.opened_at, each.profit) for each in matches] == [(D("1.5"), 100, 15), (1, 120, -10)]
    assert (found.realised, found.position, found.average_entry) == (10, 0, None)


def test_rp01_a_spot_buys_base_fee_is_valued_and_not_held() -> None:
    found = Account("USDC", "SOL")
    found.add_fill(fill(Side.BUY, "1", "100", "0.001", asset="SOL"))
    assert (found.position, found.fees_quote, found.fees["SOL"]) == (D("0.999"), D("0.1"), D("0.001"))
    assert found.net_pnl(D("110")) == D("0.999") * 110 - 100


def test_rp01_an_opening_position_is_the_oldest_lot() -> None:
    found = Account.opening("USDC", D("-2"), D("100"))
    found.add_fill(fill(Side.SELL, "1", "104"))
    assert found.add_fill(fill(Side.BUY, "2", "99"))[0].profit == 2
    assert (found.realised, found.position, found.unrealised(D("101"))) == (2, -1, 3)


def test_se03_a_fill_across_zero_closes_all_and_opens_the_rest() -> None:
    found = account(fill(Side.BUY, "2", "100"), fill(Side.SELL, "5", "110"))
    assert (found.realised, found.position, found.average_entry) == (20, -3, 110)


def test_se03_flat_has_no_entry_and_needs_no_mark() -> None:
    found = account(fill(Side.BUY, "2", "100"), fill(Side.SELL, "2", "99", "0.01"))
    assert (found.position, found.average_entry, found.unrealised(None)) == (0, None, 0)
    assert found.net_pnl(None) == D("-2.01")


def test_se03_an_open_position_without_a_mark_has_no_known_result() -> None:
    found = account(fill(Side.BUY, "2", "100"))
    assert found.unrealised(None) is found.net_pnl(None) is found.wear_rate(None) is None


def test_se03_volume_is_split_by_maker_and_taker() -> None:
    found = account(fill(Side.BUY, "2", "100"), fill(Side.SELL, "1", "100", maker=False))
    assert (found.maker_volume, found.taker_volume, found.volume) == (200, 100, 300)
    assert (found.buys, found.sells, found.fills) == (1, 1, 2)


def test_se03_fees_in_another_asset_are_listed_not_added() -> None:
    found = account(fill(Side.BUY, "1", "100", "0.02"), fill(Side.BUY, "1", "100", "0.001", asset="SOL"))
    assert found.fees == {"USDC": D("0.02"), "SOL": D("0.001")}
    assert found.fees_quote == D("0.02")


def test_se03_net_is_realised_and_unrealised_less_fees_with_funding() -> None:
    found = account(fill(Side.BUY, "1", "100", "0.02"), fill(Side.SELL, "0.5", "102", "0.01"))
    found.add_funding(D("-0.3"))
    assert found.net_pnl(D("101")) == D("1") + D("0.5") - D("0.03") - D("0.3")


def test_se03_wear_rate_is_a_loss_per_10000_of_volume() -> None:
    found = account(fill(Side.BUY, "50", "100", "2"), fill(Side.SELL, "50", "100", "5"))
    assert found.wear_rate(None) == D("7")
    assert wear_rate(D("3"), D("10000")) == -3


def test_se03_wear_rate_leaves_funding_out() -> None:
    found = account(fill(Side.BUY, "50", "100", "2"), fill(Side.SELL, "50", "100", "5"))
    found.add_funding(D("100"))
    assert found.wear_rate(None) == D("7")


def test_se03_no_volume_has_no_wear_rate() -> None:
    assert Account("USDC").wear_rate(None) is None
    with pytest.raises(DecisionError):
        wear_rate(D("1"), D("0"))


def test_se03_an_opening_position_counts_from_its_mark() -> None:
    found = Account.opening("USDC", D("2"), D("100"))
    assert found.net_pnl(D("103")) == 6
    assert found.volume == 0


def test_se03_what_others_trade_moves_the_books_and_counts_as_nothing_of_ours() -> None:
    found = account(fill(Side.BUY, "0.6", "145", "0.02"))
    found.add_fill(fill(Side.SELL, "0.6", "140", "0.9", maker=False), ours=False)
    assert (found.position, found.realised, found.fees_quote) == (0, D("-3"), D("0.92"))
    assert found.net_pnl(None) == D("-3.92")
    assert (found.fills, found.sells, found.taker_volume, found.volume) == (1, 0, 0, D("87"))
    assert found.foreign_fills == 1


fills = st.lists(
    st.builds(
        Fill,
        side=st.sampled_from(Side),
        price=st.integers(9000, 11000).map(lambda cents: Decimal(cents) / 100),
        quantity=st.integers(1, 500).map(lambda lots: Decimal(lots) / 100),
        fee=st.integers(-50, 50).map(lambda cents: Decimal(cents) / 1000),
        fee_asset=st.just("USDC"),
        is_maker=st.booleans(),
    ),
    max_size=30,
)


@given(fills=fills, mark=st.integers(9000, 11000).map(lambda cents: Decimal(cents) / 100))
def test_se03_net_equals_cash_flow_plus_the_position_at_mark(fills: list[Fill], mark: Decimal) -> None:
    found = account(*fills)
    cash = sum((-each.side.sign * each.notional - each.fee for each in fills), Decimal(0))
    position = sum((each.side.sign * each.quantity for each in fills), Decimal(0))
    net = found.net_pnl(mark)
    assert net is not None
    assert abs(net - (cash + position * mark)) < D("1e-15")
    assert found.position == position
    assert (found.average_entry is None) == (position == 0)
    assert found.volume == sum((each.notional for each in fills), Decimal(0))
