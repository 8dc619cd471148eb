"""The parts of a result: pure sums, held against the account's own figures."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.accounting import Account, Fill
from hummingbot_backpack.market_making.values import Side
from hummingbot_backpack.report.parts import MarketSums

D = Decimal


def price(low: int = 9000, high: int = 11000) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda cents: Decimal(cents) / 100)


FILLS = st.lists(
    st.tuples(
        st.builds(
            Fill,
            side=st.sampled_from(Side),
            price=price(),
            quantity=st.integers(1, 500).map(lambda lots: Decimal(lots) / 100),
            fee=st.integers(-50, 50).map(lambda cents: Decimal(cents) / 1000),
            fee_asset=st.sampled_from(["USDC", "SOL"]),
            is_maker=st.booleans(),
        ),
        st.sampled_from(["quote", "reduce", "hedge", None]),
        st.one_of(st.none(), price()),
        st.one_of(st.none(), price()),
        st.booleans(),
    ),
    max_size=30,
)


NONE = Decimal(0)


def sums(opening: Decimal = NONE, at: Decimal | None = None) -> MarketSums:
    return MarketSums(Account.opening("USDC", opening, at, "SOL"), opening, at)


@given(fills=FILLS, opening=st.integers(-300, 300), at=price(), end=price(), mid=st.one_of(st.none(), price()))
def test_rp01_the_parts_sum_to_cash_and_inventory_whatever_is_known_of_the_book(
    fills: list[tuple[Fill, str | None, Decimal | None, Decimal | None, bool]],
    opening: int,
    at: Decimal,
    end: Decimal,
    mid: Decimal | None,
) -> None:
    held = Decimal(opening) / 100
    found = sums(held, at)
    cash, base = D(0), held
    for fill, purpose, touch, later, ends in fills:
        found.add(fill, purpose, touch, {30: later}, ends)
        cash -= fill.side.sign * fill.notional
        base += fill.side.sign * fill.quantity
        if fill.fee_asset == "USDC":
            cash -= fill.fee
        else:
            base -= fill.fee
    parts = found.parts(end, mid)
    assert parts.net == cash + base * end - held * at
    account = found.account
    unrealised = account.unrealised(end)
    assert unrealised is not None
    assert parts.net == account.realised + unrealised - account.fees_quote


def test_rp01_spread_adverse_selection_and_inventory_of_one_buy() -> None:
    found = sums()
    found.add(Fill(Side.BUY, D("99.9"), D(2), D("0.04"), "USDC", True), "quote", D(100), {30: D("99.7")}, False)
    parts = found.parts(D(101), D(101))
    assert (parts.spread, parts.adverse, parts.inventory, parts.fees) == (D("0.2"), D("-0.6"), D("2.6"), D("-0.04"))


def test_rp01_the_end_stands_for_the_half_minute_that_it_cuts_short() -> None:
    found = sums()
    found.add(Fill(Side.SELL, D("100.1"), D(1), D(0), "USDC", True), "quote", D(100), {30: None}, True)
    parts = found.parts(D("100.5"), D("100.4"))
    assert (parts.spread, parts.adverse, parts.inventory) == (D("0.1"), D("-0.4"), D("-0.1"))
    assert found.without_markout == 0


def test_rp01_a_book_that_was_not_known_is_counted_and_nothing_is_made_up() -> None:
    found = sums()
    found.add(Fill(Side.BUY, D(99), D(1), D(0), "USDC", True), "quote", None, {30: D(98)}, False)
    found.add(Fill(Side.BUY, D(99), D(1), D(0), "USDC", True), "quote", D(100), {30: None}, False)
    parts = found.parts(D(101), None)
    assert (parts.spread, parts.adverse, parts.inventory) == (1, 0, 3)
    assert (found.without_touch, found.without_markout) == (1, 1)


def test_rp01_a_hedges_own_fill_is_hedge_cost() -> None:
    found = sums()
    found.add(Fill(Side.SELL, D("99.95"), D(2), D("0.1"), "USDC", False), "hedge", D(100), {30: D(99)}, False)
    parts = found.parts(D(99), D(99))
    assert (parts.hedge, parts.spread, parts.adverse, parts.inventory) == (D("-0.1"), 0, 0, 2)


def test_rp01_a_spot_buys_base_fee_is_valued_where_it_was_charged() -> None:
    found = sums(D(10), D(100))
    found.add(Fill(Side.BUY, D(100), D(1), D("0.001"), "SOL", True), "quote", D(100), {}, True)
    parts = found.parts(D(110), D(110))
    assert parts.fees == D("-0.1")
    assert parts.net == D("10.999") * 110 - 100 - 1000
