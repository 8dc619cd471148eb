"""The hedge's state machine under any interleaving of what can happen."""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hummingbot_backpack.market_making.hedge_values import HedgeOrder, Leg, Phase
from hummingbot_backpack.market_making.hedging import Hedger
from hummingbot_backpack.market_making.market_states import MarketState
from test.hummingbot_backpack.market_making.hedges import LIMITS, MARKET, MINIMUM, next_order


@dataclass
class Order:
    """A hedge at the model's exchange."""

    order: HedgeOrder
    left: Decimal
    executed: Decimal = Decimal(0)
    over: bool = False


sizes = st.integers(1, 100).map(lambda cents: Decimal(cents) / 100)
picks = st.integers(0, 1000)


class Interleavings(RuleBasedStateMachine):
    """An exchange whose messages come late, twice, in any order, a bot that is killed at any point, and the truth."""

    @initialize(
        one_market=st.booleans(),
        reference=st.sampled_from([None, "0", "5", "-3"]),
        start=st.integers(-5, 5),
        cut=st.booleans(),
    )
    def begin(self, one_market: bool, reference: str | None, start: int, cut: bool) -> None:
        self.market, self.cut, self.cut_at = MARKET, cut, float("-inf")
        self.legs = [Leg.MAKER] if one_market else [Leg.MAKER, Leg.HEDGE]
        self.one_market, self.wanted = one_market, None if reference is None else Decimal(reference)
        self.now = 1000.0
        self.positions = {leg: Decimal(0) for leg in self.legs}
        self.positions[Leg.MAKER] = Decimal(start)
        self.orders: dict[str, Order] = {}
        self.messages: list[tuple[float, Leg, str, str, Decimal]] = []
        self.told: list[tuple[Leg, str, str, Decimal]] = []
        self.serial = 0
        self.kept: Any = None
        self.alive(None)

    def alive(self, kept: Any) -> None:
        self.machine, self.cut_at = Hedger(self.one_market, LIMITS, self.wanted, kept), float("-inf")
        self.recover()

    def recover(self) -> None:
        """As a start does it: old hedges are settled at the exchange, then the positions are asked for."""
        for order_id in list(self.machine.earlier):
            order = self.orders[order_id]
            order.over, order.left = True, Decimal(0)
            self.machine.on_earlier_settled(order_id)
        # The first figures include all that happened before.
        self.messages, self.told = [], []
        self.accounted = sum(self.positions.values())
        for leg in self.legs:
            self.machine.on_position(leg, self.positions[leg], self.now)
        for order in self.orders.values():
            order.over, order.left = True, Decimal(0)
        self.pump()

    @property
    def hedge_leg(self) -> Leg:
        return self.legs[-1]

    def name(self) -> str:
        self.serial += 1
        return str(self.serial)

    def save(self) -> None:
        self.kept = json.loads(json.dumps(self.machine.to_keep()))

    def pump(self) -> None:
        """What the bot does in every turn of its loop."""
        while (order := next_order(self.machine, self.now, self.market, cut=self.cut)) is not None:
            assert self.market.state in (MarketState.OPEN, MarketState.LIMIT_ONLY)
            assert self.market.state is MarketState.OPEN or (order.form.price is not None and not order.form.post_only)
            if order.cut:
                assert self.cut and self.now - self.cut_at >= 1, "a book is cut to once a second"
                self.cut_at = self.now
            reference = self.machine.reference
            assert reference is not None
            # Everything the machine was told of, and all that its hedges did or may still do.
            before = self.accounted - reference
            after = before + order.side.sign * order.size
            assert order.size >= MINIMUM
            assert before * after >= 0 and abs(after) < abs(before), f"hedged twice: {before} became {after}"
            if order.reduces:
                assert order.side.sign * self.machine_position() < 0
            order_id = f"h{self.name()}"
            self.machine.on_sent(order, order_id, self.now)
            self.save()
            self.orders[order_id] = Order(order, order.size)
            self.accounted = after + reference

    def machine_position(self) -> Decimal:
        position = self.machine.position(self.hedge_leg)
        assert position is not None
        return position + self.machine.under_way

    # What happens ---------------------------------------------------------------------------------------------------

    @rule(size=sizes, buy=st.booleans())
    def a_quote_is_filled(self, size: Decimal, buy: bool) -> None:
        signed = size if buy else -size
        self.positions[Leg.MAKER] += signed
        self.messages.append((self.now, Leg.MAKER, f"q{self.name()}", self.name(), signed))

    @precondition(lambda self: self.messages)
    @rule(pick=picks)
    def a_message_arrives(self, pick: int) -> None:
        message = self.messages.pop(pick % len(self.messages))
        self.tell(*message[1:])

    def tell(self, leg: Leg, order_id: str, trade_id: str, signed: Decimal) -> None:
        self.told.append((leg, order_id, trade_id, signed))
        if not order_id.startswith("h"):
            self.accounted += signed
        assert self.machine.on_fill(leg, order_id, trade_id, signed, abs(signed), self.now)
        self.pump()

    @precondition(lambda self: self.told)
    @rule(pick=picks)
    def a_message_arrives_again(self, pick: int) -> None:
        leg, order_id, trade_id, signed = self.told[pick % len(self.told)]
        assert not self.machine.on_fill(leg, order_id, trade_id, signed, abs(signed), self.now)
        self.pump()

    def open_orders(self) -> list[str]:
        return [order_id for order_id, order in self.orders.items() if not order.over]

    @precondition(lambda self: self.open_orders())
    @rule(pick=picks, part=st.sampled_from(["some", "all"]))
    def a_hedge_executes(self, pick: int, part: str) -> None:
        opened = self.open_orders()
        order_id = opened[pick % len(opened)]
        order = self.orders[order_id]
        size = order.left if part == "all" or order.left < Decimal("0.02") else Decimal("0.01")
        order.left -= size
        order.executed += size
        signed = order.order.side.sign * size
        self.positions[self.hedge_leg] += signed
        self.messages.append((self.now, self.hedge_leg, order_id, self.name(), signed))
        if order.left == 0:
            order.over = True

    @precondition(lambda self: self.open_orders())
    @rule(pick=picks, certain=st.booleans())
    def a_hedge_ends_with_a_rest(self, pick: int, certain: bool) -> None:
        """Expired, refused, or cancelled by hand; `certain`: the answer says that it never stood."""
        opened = self.open_orders()
        order_id = opened[pick % len(opened)]
        order = self.orders[order_id]
        order.over = True
        refused = certain and order.executed == 0
        if refused:
            self.accounted -= order.order.side.sign * order.left
        self.machine.on_ended(order_id, refused)
        self.pump()

    @precondition(lambda self: self.machine.to_verify())
    @rule()
    def what_it_executed_becomes_certain(self) -> None:
        one = self.machine.to_verify()[0]
        order = self.orders[one.order_id]
        self.accounted -= order.order.side.sign * order.left
        order.left = Decimal(0)
        self.machine.on_executed(one.order_id, order.executed)
        self.pump()

    @rule(pick=picks)
    def the_position_is_told(self, pick: int) -> None:
        leg = self.legs[pick % len(self.legs)]
        self.machine.on_position(leg, self.positions[leg], self.now)
        self.pump()

    @rule(pick=picks)
    def the_position_is_not_known(self, pick: int) -> None:
        self.machine.on_position(self.legs[pick % len(self.legs)], None, self.now)
        assert next_order(self.machine, self.now, self.market) is None
        assert self.machine.look(self.market, self.now).stop

    @rule(seconds=st.sampled_from([0.01, 0.5, 1.0, 4.0]))
    def time_passes(self, seconds: float) -> None:
        """No message is later than ten seconds: a connector that was cut off asks for what it missed."""
        self.now += seconds
        for message in [one for one in self.messages if self.now - one[0] > 10]:
            self.messages.remove(message)
            self.tell(*message[1:])
        self.pump()

    @rule(state=st.sampled_from(MarketState), thin=st.booleans())
    def the_hedge_market_takes_other_orders(self, state: MarketState, thin: bool) -> None:
        before = self.machine.look(self.market, self.now)
        waited = before.phase is Phase.WAITING and not self.machine.intents
        levels = tuple((price, Decimal("0.30")) for price in (MARKET.touch.bid, MARKET.touch.ask)) if thin else ()
        self.market = replace(MARKET, state=state, levels=levels)
        sent = len(self.orders)
        self.pump()
        if waited and state.takes_takers and self.now - self.cut_at >= 1:
            assert len(self.orders) > sent, "what waited is the first order"

    @rule()
    def it_is_kept(self) -> None:
        self.save()

    @precondition(lambda self: self.kept is not None)
    @rule()
    def the_bot_is_killed_and_starts_again(self) -> None:
        self.alive(self.kept)

    @invariant()
    def nothing_is_naked_unannounced(self) -> None:
        if not hasattr(self, "machine"):
            return
        seen = self.machine.look(self.market, self.now)
        assert self.market.state.takes_takers or seen.stop
        if seen.residual is None or abs(seen.residual) >= MINIMUM or self.machine.intents:
            assert seen.phase is not Phase.BALANCED
            late = self.machine.look(self.market, self.now + LIMITS.deadline)
            assert late.stop and late.alert
            assert self.market.state.takes_takers or late.phase is not Phase.OVERDUE

    def teardown(self) -> None:
        if not hasattr(self, "machine"):
            return
        self.market = MARKET
        for _ in range(40):
            while self.messages:
                self.tell(*self.messages.pop(0)[1:])
            for order_id in self.open_orders():
                self.a_hedge_executes(self.open_orders().index(order_id), "all")
            while self.machine.to_verify():
                self.what_it_executed_becomes_certain()
            for leg in self.legs:
                self.machine.on_position(leg, self.positions[leg], self.now)
            self.now += 1
            self.pump()
        reference = self.machine.reference
        assert reference is not None
        seen = self.machine.look(self.market, self.now)
        rest = abs(sum(self.positions.values()) - reference)
        assert rest < MINIMUM or (seen.stop and seen.alert), f"{rest} is left: {seen}"


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
