"""The hedge's state machine: the cards' examples, and any interleaving of what can happen."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hummingbot_backpack.market_making.guard import CloseStep
from hummingbot_backpack.market_making.hedge_values import HedgeLimits, HedgeOrder, Leg, Phase
from hummingbot_backpack.market_making.hedging import Hedger
from hummingbot_backpack.market_making.values import MarketRule, Side, Touch

RULE = MarketRule(tick=Decimal("0.01"), step=Decimal("0.01"), min_quantity=Decimal("0.10"))
TOUCH = Touch(Decimal("144.99"), Decimal("145.01"))
MARK = Decimal(145)
DEEP_BIDS = ((Decimal("144.99"), Decimal(1000)),)
DEEP_ASKS = ((Decimal("145.01"), Decimal(1000)),)
LIMITS = HedgeLimits(max_residual=Decimal(2), explicable=Decimal(2), deadline=5.0)
MINIMUM = RULE.min_quantity


@dataclass(frozen=True)
class Protection:
    slippage_protection: bool = True
    max_slippage_bps: Decimal = Decimal(50)
    max_market_spread_bps: Decimal = Decimal(100)
    min_depth_pct: Decimal = Decimal(100)


def hedger(reference: str | None = None, one_market: bool = True, kept: Any = None) -> Hedger:
    return Hedger(one_market, LIMITS, None if reference is None else Decimal(reference), kept)


def next_order(machine: Hedger, now: float = 0.0, touch: Touch | None = TOUCH) -> HedgeOrder | None:
    selling = (machine.residual or 0) + machine.under_way > 0
    levels = (DEEP_BIDS if selling else DEEP_ASKS) if touch else ()
    return machine.next_order(touch, levels, MARK, Protection(), RULE, True, now)


def send(machine: Hedger, order_id: str = "h", now: float = 0.0) -> HedgeOrder:
    order = next_order(machine, now)
    assert order is not None
    machine.on_sent(order, order_id, now)
    return order


def fill(machine: Hedger, signed: str, order_id: str = "q", trade: str = "1", leg: Leg = Leg.MAKER) -> bool:
    amount = Decimal(signed)
    return machine.on_fill(leg, order_id, trade, amount, abs(amount), 0.0)


def test_he01_a_fill_is_undone_at_market_at_once_and_only_once() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    assert fill(machine, "0.5")
    order = send(machine)
    assert (order.side, order.size, order.form.step) == (Side.SELL, Decimal("0.5"), CloseStep.MARKET)
    assert not fill(machine, "0.5")
    assert next_order(machine) is None
    assert fill(machine, "-0.5", "h", "2")
    assert next_order(machine) is None
    assert machine.look(RULE, MARK, 0.0).phase is Phase.BALANCED


@pytest.mark.parametrize(
    ("filled", "side", "reduces"), [("-1", Side.BUY, False), ("1", Side.SELL, True)], ids=["opens", "closes"]
)
def test_he03_a_reference_of_5_is_restored_and_only_what_goes_towards_zero_is_reduce_only(
    filled: str, side: Side, reduces: bool
) -> None:
    machine = hedger("5")
    machine.on_position(Leg.MAKER, Decimal(5), 0.0)
    fill(machine, filled)
    order = send(machine)
    assert (order.side, order.size, order.reduces) == (side, Decimal(1), reduces)
    fill(machine, str(order.side.sign), "h", "2")
    assert machine.net == 5 and machine.residual == 0


def test_he03_what_crosses_zero_closes_first_capped_and_opens_with_the_rest() -> None:
    machine = hedger("0", one_market=False)
    machine.on_position(Leg.MAKER, Decimal(1), 0.0)
    machine.on_position(Leg.HEDGE, Decimal("-1"), 0.0)
    fill(machine, "-1.5")
    first, second = send(machine, "h1"), send(machine, "h2")
    assert (first.side, first.size, first.reduces) == (Side.BUY, Decimal(1), True)
    assert (second.side, second.size, second.reduces) == (Side.BUY, Decimal("0.5"), False)


def test_he03_the_reference_defaults_to_the_position_at_the_first_start_and_is_kept() -> None:
    machine = hedger()
    machine.on_position(Leg.MAKER, Decimal(3), 0.0)
    fill(machine, "-1")
    again = hedger(kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, Decimal(2), 0.0)
    assert (again.reference, again.residual) == (Decimal(3), Decimal(-1))


def test_he03_an_unknown_position_hedges_nothing_and_stops_quoting() -> None:
    machine = hedger("0", one_market=False)
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    assert next_order(machine) is None
    seen = machine.look(RULE, MARK, 0.0)
    assert (seen.phase, seen.stop) == (Phase.BLIND, "position not known")
    assert machine.look(RULE, MARK, 5.0).alert
    machine.on_position(Leg.HEDGE, Decimal(0), 5.0)
    assert send(machine).size == 1


def test_he02_what_is_below_the_minimum_accumulates_until_it_is_not() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "0.06", trade="1")
    assert next_order(machine) is None
    assert machine.look(RULE, MARK, 100.0).stop is None
    fill(machine, "0.06", trade="2")
    assert send(machine).size == Decimal("0.12")


def test_he02_the_residual_survives_a_restart() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "0.06")
    kept = json.loads(json.dumps(machine.to_keep()))
    assert kept["residual"] == "0.06"
    again = hedger("0", kept=kept)
    again.on_position(Leg.MAKER, Decimal("0.06"), 0.0)
    assert again.residual == Decimal("0.06")


def test_he02_quoting_stops_while_the_residual_exceeds_its_maximum() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "2.5")
    send(machine)
    assert machine.look(RULE, MARK, 0.0).stop == "the residual of 2.5 exceeds max_residual 2"
    fill(machine, "-2.5", "h", "2")
    assert machine.look(RULE, MARK, 0.0).stop is None


def test_sl05_a_hedge_that_left_a_rest_goes_on_in_the_next_form_and_the_deadline_ends_at_market_with_an_alert() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    steps = []
    for number in range(3):
        steps.append(send(machine, f"h{number}").form.step)
        machine.on_ended(f"h{number}")
        assert next_order(machine) is None, "what it executed is not certain yet"
        machine.on_executed(f"h{number}", Decimal(0))
    assert steps == [CloseStep.MARKET, CloseStep.IOC, CloseStep.WIDE_IOC]
    seen = machine.look(RULE, MARK, 5.0)
    assert (seen.phase, seen.alert) == (Phase.OVERDUE, "1 is not hedged after 5 s")
    last = send(machine, "h3", now=5.0)
    assert last.form.step is CloseStep.PLAIN_MARKET and last.form.alert


def test_sl05_without_a_book_a_hedge_starts_at_the_third_form() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    order = next_order(machine, touch=None)
    assert order is not None and order.form.step is CloseStep.CAPPED_MARKET


def test_he02_a_hedge_without_an_answer_is_never_sent_again_and_said_after_the_deadline() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    send(machine)
    for now in (1.0, 4.9, 5.0, 60.0):
        # The exchange's figure may already hold what the hedge did.
        machine.on_position(Leg.MAKER, Decimal(0), now)
        assert next_order(machine, now) is None
    assert machine.look(RULE, MARK, 60.0).alert == "1 is not hedged after 5 s, of which 1.00 is under way"
    machine.on_executed("h", Decimal(1))
    fill(machine, "-1", "h", "2")
    assert machine.look(RULE, MARK, 60.0).phase is Phase.BALANCED


def test_he02_after_a_restart_nothing_is_hedged_until_the_old_hedge_is_certain() -> None:
    machine = hedger("0")
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    fill(machine, "1")
    send(machine)
    again = hedger("0", kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, Decimal(1), 1.0)
    assert next_order(again, 1.0) is None
    assert again.look(RULE, MARK, 1.0).phase is Phase.RECOVERING
    again.on_earlier_settled("h")
    again.on_position(Leg.MAKER, Decimal(0), 2.0)
    assert next_order(again, 2.0) is None
    assert again.look(RULE, MARK, 2.0).phase is Phase.BALANCED


def test_he03_a_change_that_our_orders_cannot_explain_stops_everything_until_a_reference_is_set() -> None:
    machine = hedger()
    machine.on_position(Leg.MAKER, Decimal(0), 0.0)
    again = hedger(kept=json.loads(json.dumps(machine.to_keep())))
    again.on_position(Leg.MAKER, Decimal(100), 0.0)
    assert next_order(again) is None
    seen = again.look(RULE, MARK, 0.0)
    assert seen.phase is Phase.UNEXPLAINED and seen.alert and "changed by 100" in seen.alert
    again.set_reference(Decimal(99))
    assert send(again).size == 1


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

    @initialize(one_market=st.booleans(), reference=st.sampled_from([None, "0", "5", "-3"]), start=st.integers(-5, 5))
    def begin(self, one_market: bool, reference: str | None, start: int) -> None:
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
        self.machine = Hedger(self.one_market, LIMITS, self.wanted, kept)
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
        while (order := next_order(self.machine, self.now)) is not None:
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
        assert next_order(self.machine, self.now) is None
        assert self.machine.look(RULE, MARK, self.now).stop

    @rule(seconds=st.sampled_from([0.01, 0.5, 1.0, 4.0]))
    def time_passes(self, seconds: float) -> None:
        """No message is later than ten seconds: a connector that was cut off asks for what it missed."""
        self.now += seconds
        for message in [one for one in self.messages if self.now - one[0] > 10]:
            self.messages.remove(message)
            self.tell(*message[1:])
        self.pump()

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
        seen = self.machine.look(RULE, MARK, self.now)
        if seen.residual is None or abs(seen.residual) >= MINIMUM or self.machine.intents:
            assert seen.phase is not Phase.BALANCED
            late = self.machine.look(RULE, MARK, self.now + LIMITS.deadline)
            assert late.stop and late.alert

    def teardown(self) -> None:
        if not hasattr(self, "machine"):
            return
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
        seen = self.machine.look(RULE, MARK, self.now)
        rest = abs(sum(self.positions.values()) - reference)
        assert rest < MINIMUM or (seen.stop and seen.alert), f"{rest} is left: {seen}"


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
