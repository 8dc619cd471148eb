from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.keeping import plan, price_tolerance, slack, withdrawal
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.values import MarketRule, Quote, RestingOrder, Side, Touch

TICK = Decimal("0.01")
RULE = MarketRule(TICK, TICK, TICK)
TOUCH = Touch(Decimal("144.99"), Decimal("145.01"))
WIDE = Headroom(Decimal(100), Decimal(100))


def D(text: str) -> Decimal:
    return Decimal(text)


def bid(price: str, size: str = "0.3", level: int = 0) -> Quote:
    return Quote(Side.BUY, level, D(price), D(size))


def order(
    name: str, price: str, remaining: str = "0.3", side: Side = Side.BUY, cancelling: bool = False
) -> RestingOrder:
    return RestingOrder(name, side, D(price), D(remaining), cancelling)


def run(targets, resting, room=WIDE, tolerance="0.03"):
    found = plan(targets, resting, room, TOUCH, D(tolerance), RULE)
    return [kept.order.order_id for kept in found.keep], [gone.order_id for gone in found.cancel], list(found.place)


def test_qu03_default_tolerance_is_a_quarter_of_the_half_spread() -> None:
    assert price_tolerance(D(145), D("0.2"), None, TICK) == D("0.03625")


def test_qu03_default_tolerance_is_at_least_one_tick() -> None:
    assert price_tolerance(D(145), D("0.01"), None, TICK) == TICK


def test_qu03_tolerance_in_bps_of_mid() -> None:
    assert price_tolerance(D(145), D("0.2"), D(10), TICK) == D("0.145")


def test_qu03_a_quote_within_the_tolerance_stays() -> None:
    assert run([bid("144.85")], [order("a", "144.82")]) == (["a"], [], [])


def test_qu03_a_quote_beyond_the_tolerance_is_replaced() -> None:
    assert run([bid("144.85")], [order("a", "144.81")]) == ([], ["a"], [bid("144.85")])


def test_qu03_a_quote_with_half_its_size_left_stays() -> None:
    assert run([bid("144.85")], [order("a", "144.85", "0.15")]) == (["a"], [], [])


def test_qu03_a_quote_with_less_than_half_its_size_is_replaced() -> None:
    assert run([bid("144.85")], [order("a", "144.85", "0.14")]) == ([], ["a"], [bid("144.85")])


def test_qu03_a_quote_that_reaches_across_the_market_is_replaced() -> None:
    found = run([bid("145.00")], [order("a", "145.01")])
    assert found == ([], ["a"], [bid("145.00")])


def test_qu03_each_order_stands_for_one_level() -> None:
    targets = [bid("144.85"), bid("144.83", level=1)]
    assert run(targets, [order("a", "144.83")]) == (["a"], [], [bid("144.85")])


def test_li02_a_quote_that_no_longer_fits_goes() -> None:
    room = Headroom(D("0.4"), D(100))
    kept, cancelled, placed = run(
        [bid("144.85"), bid("144.80", "0.1", 1)], [order("a", "144.85"), order("b", "144.80")], room
    )
    assert (kept, cancelled, placed) == (["a"], ["b"], [])


def test_li02_what_is_being_cancelled_still_takes_room() -> None:
    room = Headroom(D("0.5"), D(100))
    kept, cancelled, placed = run([bid("144.85")], [order("a", "144.70", cancelling=True)], room)
    assert (kept, cancelled, placed) == ([], [], [bid("144.85", "0.2")])
    room = Headroom(D("0.4"), D(100))
    found = plan([bid("144.85")], [order("a", "144.70", cancelling=True)], room, TOUCH, D("0.03"), RULE)
    assert (found.place, found.deferred) == ((), 1)


def test_qu01_a_quote_waits_until_our_own_on_the_other_side_is_gone() -> None:
    asks = [order("a", "144.85", side=Side.SELL, cancelling=True)]
    found = plan([bid("144.85"), bid("144.80", level=1)], asks, WIDE, TOUCH, D("0.01"), RULE)
    assert ([quote.price for quote in found.place], found.deferred) == ([D("144.80")], 1)


def test_ex01_a_withdrawal_takes_all_but_what_is_going_already() -> None:
    found = withdrawal([order("a", "144.85"), order("b", "145.15", side=Side.SELL), order("c", "1", cancelling=True)])
    assert [gone.order_id for gone in found.cancel] == ["a", "b"]
    assert not found.place


cents = st.integers(14000, 15000).map(lambda cent: cent * TICK)
sizes = st.integers(1, 60).map(lambda size: size * TICK)


@given(
    prices=st.lists(cents, max_size=6, unique=True),
    size=sizes,
    resting=st.lists(st.tuples(cents, sizes, st.booleans(), st.sampled_from(Side)), max_size=12),
    buy_room=st.integers(0, 300).map(lambda size: size * TICK),
)
def test_li02_everything_that_can_fill_fits_the_headroom(prices, size, resting, buy_room) -> None:
    targets = [Quote(Side.BUY, level, price, size) for level, price in enumerate(sorted(prices, reverse=True))]
    orders = [RestingOrder(str(index), *rest[3:], rest[0], rest[1], rest[2]) for index, rest in enumerate(resting)]
    room = Headroom(buy_room, Decimal(0))
    found = plan(targets, orders, room, TOUCH, D("0.05"), RULE)
    bids = [each for each in orders if each.side is Side.BUY]
    kept = sum((each.order.remaining for each in found.keep), Decimal(0))
    placed = sum((quote.size for quote in found.place), Decimal(0))
    assert kept <= buy_room
    if placed:
        assert placed + sum(each.remaining for each in bids) <= buy_room
    assert all(quote.side is Side.BUY and quote.size % TICK == 0 for quote in found.place)
    assert not {each.order_id for each in found.cancel} & {each.order.order_id for each in found.keep}
    stays = {each.order.order_id for each in found.keep} | {each.order_id for each in found.cancel}
    assert stays | {each.order_id for each in orders if each.cancelling} == {each.order_id for each in orders}
    after = [each.order.price for each in found.keep] + [quote.price for quote in found.place]
    assert len([quote.price for quote in found.place]) == len({quote.price for quote in found.place})
    assert not {quote.price for quote in found.place} & {each.order.price for each in found.keep}, after


def test_rl01_when_requests_are_scarce_quotes_further_out_stay_and_nearer_ones_go() -> None:
    assert [slack(Decimal(used)) for used in ("0", "0.6", "0.725", "0.85", "1")] == [1, 1, Decimal("5.5"), 10, 10]
    targets = [bid("144.85"), Quote(Side.SELL, 0, D("145.15"), D("0.3"))]
    tolerance = D("0.04")
    out = [order("out", "144.70"), order("far", "145.30", side=Side.SELL)]
    near = [order("near", "144.90"), order("close", "145.10", side=Side.SELL)]

    def kept(resting: list[RestingOrder], used: str) -> list[str]:
        found = plan(targets, resting, WIDE, TOUCH, tolerance, RULE, Decimal(used))
        return [kept.order.order_id for kept in found.keep]

    assert kept(out, "0.5") == []
    assert kept(out, "0.725") == ["out", "far"]
    assert kept(near, "0.99") == []
    calm, strained = (plan(targets, near, WIDE, TOUCH, tolerance, RULE, Decimal(used)) for used in ("0.84", "0.85"))
    assert (len(calm.cancel), len(calm.place)) == (2, 2)
    assert (len(strained.cancel), len(strained.place), strained.deferred) == (2, 0, 2)
