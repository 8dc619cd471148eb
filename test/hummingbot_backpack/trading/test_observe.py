"""What is read of a book that our own orders stand in."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from hummingbot_backpack.market_making.values import MarketRule, RestingOrder, Side
from hummingbot_backpack.trading import observe

D = Decimal
RULE = MarketRule(D("0.01"), D("0.01"), D("0.01"))


class Book:
    def bid_entries(self) -> Any:
        return iter([SimpleNamespace(price=145.0, amount=0.6), SimpleNamespace(price=144.9, amount=2.0)])

    def ask_entries(self) -> Any:
        return iter([SimpleNamespace(price=145.2, amount=1.0)])


def test_sl03_two_of_our_orders_at_one_price_are_both_taken_off_the_depth() -> None:
    connector: Any = SimpleNamespace(get_order_book=lambda _: Book())
    own = [RestingOrder(name, Side.BUY, D("145.00"), D("0.3"), cancelling=False) for name in "ab"]
    assert observe.depth(connector, "SOL-USDC", Side.BUY, RULE, own) == ((D("144.90"), D("2.0")),)
    touch = observe.touch(connector, "SOL-USDC", RULE, own)
    assert touch is not None and touch.bid == D("144.90")


def test_sl03_our_orders_on_the_other_side_take_nothing_off() -> None:
    connector: Any = SimpleNamespace(get_order_book=lambda _: Book())
    own = [RestingOrder("a", Side.SELL, D("145.00"), D("0.3"), cancelling=False)]
    assert observe.depth(connector, "SOL-USDC", Side.BUY, RULE, own)[0] == (D("145.00"), D("0.6"))
