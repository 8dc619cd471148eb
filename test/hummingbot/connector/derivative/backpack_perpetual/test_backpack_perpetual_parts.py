"""Positions, collateral and funding without an exchange."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_funding import FundingLedger
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_positions import PositionBook
from hummingbot.connector.exchange.backpack.backpack_parsing import FundingPayment, PositionRecord
from hummingbot.connector.perpetual_trading import PerpetualTrading
from hummingbot.core.data_type.common import PositionSide
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
PAIR = "SOL-USDC"


def record(quantity: str, entry: str = "100", mark: str = "110") -> PositionRecord:
    return PositionRecord("SOL_USDC_PERP", D(quantity), D(entry), D(mark), D("0.001"))


def book() -> tuple[PositionBook, PerpetualTrading, SimpleNamespace]:
    trading, clock = PerpetualTrading([PAIR]), SimpleNamespace(now=0.0)
    return PositionBook(trading, lambda: clock.now), trading, clock


@given(quantity=st.decimals("-1000", "1000", places=2).filter(bool), mark=st.decimals("1", "1000", places=2))
def test_po01_po03_amount_is_signed_and_pnl_is_quantity_times_mark_less_entry(quantity: Decimal, mark: Decimal) -> None:
    positions, trading, _ = book()
    positions.on_event(PAIR, record(str(quantity)), D(5))
    positions.on_mark(PAIR, mark)
    position = trading.account_positions[PAIR]
    assert position.amount == quantity
    assert position.position_side is (PositionSide.LONG if quantity > 0 else PositionSide.SHORT)
    assert position.unrealized_pnl == quantity * (mark - 100)
    assert position.unsettled_pnl == D("0.001")


def test_po02_pair_that_is_absent_is_flat() -> None:
    positions, trading, clock = book()
    positions.on_event(PAIR, record("-6"), D(5))
    clock.now = 5
    positions.on_positions([], D(5), asked_at=4)
    assert trading.account_positions == {}


def test_po02_what_the_stream_said_meanwhile_stays() -> None:
    positions, trading, clock = book()
    clock.now = 5
    positions.on_event(PAIR, record("-6"), D(5))
    positions.on_positions([], D(5), asked_at=4)
    assert trading.account_positions[PAIR].amount == -6
    positions.on_positions([(PAIR, record("3"))], D(5), asked_at=4)
    assert trading.account_positions[PAIR].amount == -6


def test_po02_zero_closes_and_a_flip_keeps_the_object() -> None:
    positions, trading, _ = book()
    positions.on_event(PAIR, record("2"), D(5))
    before = trading.account_positions[PAIR]
    positions.on_event(PAIR, record("-1"), D(5))
    assert trading.account_positions[PAIR] is before
    assert before.position_side is PositionSide.SHORT
    positions.on_event(PAIR, record("0"), D(5))
    assert trading.account_positions == {}


HOUR = 3600.0


class Payments:
    def __init__(self) -> None:
        self.rows: list[FundingPayment] = []
        self.asked = 0
        self.held = True
        self.now = 10.0 * HOUR + 60
        self.interval = float(HOUR)
        self.ledger = FundingLedger(
            self.page,
            lambda pair: self.held,
            lambda pair: (self.now // self.interval + 1) * self.interval,
            lambda: self.now,
        )

    def pay(self, hour: int, amount: str = "1") -> None:
        self.rows.insert(0, FundingPayment("SOL_USDC_PERP", float(hour * HOUR), D("0.0001"), D(amount)))

    async def page(self, pair: str, limit: int, offset: int) -> list[Any]:
        self.asked += 1
        return self.rows[offset : offset + limit]


async def test_fu01_every_payment_once_also_over_pages() -> None:
    payments = Payments()
    payments.pay(10)
    assert await payments.ledger.new_payments(PAIR) == []
    for hour in range(11, 56):
        payments.pay(hour, str(hour))
    payments.now = 55 * HOUR + 60
    assert [p.amount for p in await payments.ledger.new_payments(PAIR)] == [D(hour) for hour in range(11, 56)]
    assert await payments.ledger.new_payments(PAIR) == []


async def test_fu01_asked_by_need_not_by_the_clock() -> None:
    payments = Payments()
    payments.pay(10)
    for _ in range(20):
        await payments.ledger.new_payments(PAIR)
    assert payments.asked == 1
    payments.now = 11 * HOUR + 60
    for _ in range(20):
        await payments.ledger.new_payments(PAIR)
    assert payments.asked == 1 + 3, "a position is held, so the payment may only be late"
    payments.held, payments.now = False, 12 * HOUR + 60
    for _ in range(20):
        await payments.ledger.new_payments(PAIR)
    assert payments.asked == 1 + 3 + 1


async def test_fu01_the_streams_own_interval_says_when_a_payment_is_due() -> None:
    payments = Payments()
    payments.interval = HOUR / 8
    payments.pay(10)
    await payments.ledger.new_payments(PAIR)
    payments.rows.insert(0, FundingPayment("SOL_USDC_PERP", 10.125 * HOUR, D("0.0001"), D("7")))
    payments.now = 10.125 * HOUR + 2
    assert await payments.ledger.new_payments(PAIR) == [], "not settled yet"
    payments.now = 10.125 * HOUR + 6
    assert [p.amount for p in await payments.ledger.new_payments(PAIR)] == [D("7")]


async def test_fu01_at_the_end_of_a_session_a_payment_that_has_not_settled_is_asked_for() -> None:
    payments = Payments()
    payments.pay(10)
    await payments.ledger.new_payments(PAIR)
    payments.pay(11, "3")
    payments.now = 11.0 * HOUR + 1
    assert [p.amount for p in await payments.ledger.new_payments(PAIR, at_once=True)] == [D("3")]
    assert await payments.ledger.new_payments(PAIR, at_once=True) == []
