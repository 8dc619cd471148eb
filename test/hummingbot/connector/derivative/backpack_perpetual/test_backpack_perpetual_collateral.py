"""BA02: what new orders may lock between two answers of the exchange."""

from decimal import Decimal

import pytest
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_collateral import (
    COLLATERAL_MAX_AGE,
    CollateralModel,
    InsufficientCollateral,
    exposure,
)
from hummingbot.core.data_type.common import OrderType, PositionAction, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
PAIR = "SOL-USDC"
BUY, SELL = TradeType.BUY, TradeType.SELL


def order(
    number: int,
    side: TradeType = BUY,
    action: PositionAction = PositionAction.OPEN,
    amount: str | Decimal = "1",
    price: str = "15",
) -> InFlightOrder:
    return InFlightOrder(
        client_order_id=str(number), trading_pair=PAIR, order_type=OrderType.LIMIT, trade_type=side, amount=D(amount),
        creation_timestamp=0.0, price=D(price), exchange_order_id=str(number), initial_state=OrderState.OPEN,
        position=action,
    )  # fmt: skip


class World:
    """An account at an exchange that locks a fifth of the notional at the mark, and the model of it."""

    def __init__(self, equity: str = "20", net: str = "0", mark: str | None = "15", fraction: str = "0.2") -> None:
        self.equity, self.fraction, self.now = D(equity), D(fraction), 0.0
        self.mark = None if mark is None else D(mark)
        self.net: Decimal | None = D(net)
        self.orders: list[InFlightOrder] = []
        self.model = CollateralModel(
            lambda pair: self.fraction,
            lambda: None if self.net is None else {PAIR: self.net} if self.net else {},
            lambda pair: self.mark,
            lambda: self.now,
        )
        self.answer()

    @property
    def free(self) -> Decimal:
        """As the exchange has it."""
        bids, asks = (
            sum((o.amount - o.executed_amount_base for o in self.orders if o.is_open and o.trade_type is side), D(0))
            for side in (BUY, SELL)
        )
        return self.equity - exposure(self.net or D(0), bids, asks) * (self.mark or D(15)) * self.fraction

    def answer(self) -> None:
        self.model.on_answer(self.equity, self.free, self.model.asking(self.orders))

    def place(self, made: InFlightOrder) -> None:
        self.model.add(made)
        self.model.require(made)
        self.orders.append(made)

    def fill(self, made: InFlightOrder) -> None:
        self.net += made.amount if made.trade_type is BUY else -made.amount
        made.executed_amount_base, made.current_state = made.amount, OrderState.FILLED


@pytest.mark.parametrize("mark", ["15", None])
def test_ba02_margin_of_orders_since_the_answer_is_counted_once(mark: str | None) -> None:
    world = World(mark=mark)
    for number in range(6):
        world.place(order(number))
    assert world.model.free() == D("20") - 6 * 3
    with pytest.raises(InsufficientCollateral, match=r"falls 1\.000000 USDC short"):
        world.place(order(7))
    assert world.model.free() == D("2"), "what was not sent locks nothing"
    on_its_way = order(8)
    asked = world.model.asking(world.orders[:6])
    world.model.add(on_its_way)
    world.model.on_answer(D("20"), D("2"), asked)
    assert world.model.free() == D("2") - 3


def test_ba02_cancelled_orders_free_their_margin_at_once() -> None:
    world, resting = World(), order(1)
    world.place(resting)
    world.answer()
    assert world.model.free() == D("17")
    resting.current_state = OrderState.CANCELED
    assert world.model.free() == D("20")


def test_ba02_filled_orders_keep_their_margin_and_closing_ones_need_none() -> None:
    world, filled = World(), order(1)
    world.place(filled)
    world.fill(filled)
    assert world.model.free() == D("17")
    world.place(order(2, action=PositionAction.CLOSE))
    assert world.model.free() == D("17")


def test_ba02_bids_and_asks_of_a_market_do_not_add_up() -> None:
    world = World()
    for number in range(3):
        world.place(order(number))
        world.place(order(10 + number, SELL))
    assert world.model.free() == D("20") - 9


@pytest.mark.parametrize(("net", "reducing"), [("6", SELL), ("-6", BUY)])
def test_d7_beside_a_position_only_what_goes_beyond_it_is_refused(net: str, reducing: TradeType) -> None:
    adding = BUY if reducing is SELL else SELL
    world = World(equity="19", net=net)
    assert world.model.free() == D("1")
    for number in range(12):
        world.place(order(number, reducing))
    assert world.model.free() == D("1"), "twelve turn six into six the other way"
    with pytest.raises(InsufficientCollateral):
        world.place(order(20, reducing))
    with pytest.raises(InsufficientCollateral):
        world.place(order(21, adding))
    world.equity = D("10")
    world.answer()
    for made in world.orders[6:]:
        made.current_state = OrderState.CANCELED
    for number in range(30, 36):
        world.place(order(number, reducing))


def test_d7_a_reduction_that_only_one_message_has_told_of_refuses_no_new_order() -> None:
    for stream_first in (True, False):
        world = World(equity="18", net="6")
        asks = [order(number, SELL) for number in range(3)]
        for made in asks:
            world.place(made)
        world.answer()
        assert world.model.free() == 0
        if stream_first:
            world.net = D(3)
        else:
            for made in asks:
                made.executed_amount_base, made.current_state = made.amount, OrderState.FILLED
        for number in range(10, 13):
            world.place(order(number))


def test_d7_an_answer_that_crosses_a_reduction_refuses_no_new_order() -> None:
    world = World(equity="18", net="6")
    ask = order(1, SELL, amount="3")
    world.place(ask)
    asked, before = world.model.asking(world.orders), world.free
    world.fill(ask)
    world.model.on_answer(world.equity, before, asked)
    world.place(order(2, amount="3"))


def test_ba02_orders_of_an_earlier_run_are_in_the_answer() -> None:
    world = World()
    world.orders = [order(1, SELL, amount="4"), order(2, amount="2")]
    world.answer()
    assert world.model.free() == D("20") - 12
    world.place(order(3, amount="2"))
    assert world.model.free() == D("20") - 12
    world.orders[0].current_state = OrderState.CANCELED
    assert world.model.free() == D("20") - 12
    world.orders[1].current_state = OrderState.CANCELED
    assert world.model.free() == D("20") - 6


def test_d5_what_is_not_known_refuses_nothing() -> None:
    fresh = CollateralModel(lambda pair: None, dict, lambda pair: None, lambda: 0.0)
    made = order(1, amount="1000")
    fresh.add(made)
    fresh.require(made)
    assert fresh.free() is None
    assert fresh.left(PAIR, D(1)) is None
    started = World()
    started.net = None
    started.model.on_answer(D("20"), D("11"), started.model.asking([]))
    started.place(order(1, amount="1000"))
    started.orders.pop().current_state = OrderState.CANCELED
    started.net = D(3)
    assert started.model.free() == D("11"), "the answer had the position that was told of after it"
    old = World()
    old.now = COLLATERAL_MAX_AGE
    old.place(order(1, amount="1000"))
    assert old.model.left(PAIR, D(1)) is None


def test_ba02_an_order_without_a_price_is_the_exchanges_to_refuse() -> None:
    world = World()
    world.place(order(1, amount="1000", price="NaN"))
    assert world.model.free() == D("20")


def test_qu02_what_is_left_is_counted_in_base_at_the_effective_leverage() -> None:
    world = World()
    assert world.model.left(PAIR, D("18")) == D("6")
    assert world.model.left(PAIR, D("-18")) == 0


amounts = st.integers(0, 40).map(lambda n: D(n) / 4)
nets = st.integers(-40, 40).map(lambda n: D(n) / 4)


@given(net=nets, bids=amounts, asks=amounts, more=amounts)
def test_ba02_exposure_is_the_largest_position_that_any_order_of_fills_can_make(net, bids, asks, more) -> None:
    found = exposure(net, bids, asks)
    ends = [net + bought - sold for bought in (D(0), bids) for sold in (D(0), asks)]
    assert found == max(abs(net), *(abs(end) for end in ends))
    assert found == exposure(-net, asks, bids)
    assert exposure(net, bids + more, asks) >= found
    if net < 0:
        assert exposure(net, min(bids, -net), D(0)) == abs(net)
        assert exposure(net, min(bids, -2 * net), D(0)) == abs(net)


@given(
    net=nets,
    equity=st.integers(0, 100).map(D),
    steps=st.lists(
        st.tuples(st.sampled_from(["place", "fill", "cancel", "answer"]), st.sampled_from([BUY, SELL]), amounts),
        max_size=20,
    ),
)
def test_ba02_the_model_refuses_what_the_exchange_would_and_nothing_else(net, equity, steps) -> None:
    world = World(str(equity), str(net))
    for number, (what, side, amount) in enumerate(steps):
        resting = [one for one in world.orders if one.is_open]
        if what == "answer":
            world.answer()
        elif what == "fill" and resting:
            world.fill(resting[number % len(resting)])
        elif what == "cancel" and resting:
            resting[number % len(resting)].current_state = OrderState.CANCELED
        elif what == "place" and amount:
            made, before = order(number, side, amount=amount), world.free
            world.orders.append(made)
            carried = world.free >= 0 or world.free == before
            world.orders.pop()
            try:
                world.place(made)
            except InsufficientCollateral:
                assert not carried
            else:
                assert carried
        assert world.model.free() == world.free
