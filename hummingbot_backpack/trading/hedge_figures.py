"""What a hedge shows of itself, published and on a terminal."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.hedge_preflight import HedgeFacts, check_hedge, cost_words
from hummingbot_backpack.market_making.hedge_values import HedgeOrder
from hummingbot_backpack.market_making.preflight import MarketFacts, Report
from hummingbot_backpack.trading import preflight
from hummingbot_backpack.trading.hedge_leg import room
from hummingbot_backpack.trading.status import plain, text

if TYPE_CHECKING:
    from hummingbot_backpack.trading.hedge import HedgeBase
    from hummingbot_backpack.trading.hedge_leg import HedgeLeg


def published(controller: "HedgeBase") -> dict[str, Any]:
    """The hedge's own keys of the published state; decimals as text, None for what is not known."""
    hedger, leg, cost = controller.hedger, controller.hedge_leg, controller.memory.cost
    view = None if controller.seen is None else controller.seen.hedging
    price = leg.price()
    return {
        "position": plain(controller.legs[0].net()),
        "residual": None if hedger is None else plain(hedger.residual),
        "reference": None if hedger is None else plain(hedger.reference),
        "hedge": {
            "connector": leg.name,
            "trading_pair": leg.trading_pair,
            "position": plain(leg.net()),
            "phase": None if view is None else view.phase.value,
            "stop": None if view is None else view.stop,
            "alert": None if view is None else view.alert,
            "orders": controller.hedges,
            "under_way": None if hedger is None else plain(hedger.under_way),
            "maker_volume": plain(cost.maker_volume),
            "cost": plain(cost.cost(price)),
            "cost_per_10000": plain(cost.per_10000(price)),
            "expected_cost_per_10000": None if controller.expected is None else plain(controller.expected.total),
        },
    }


def hedge_line(leg: "HedgeLeg", order: HedgeOrder, order_id: str) -> str:
    """A hedge that leaves, in the log."""
    how = order.form.step.name.lower().replace("_", " ")
    at = "" if order.form.price is None else f" at {order.form.price}"
    only = " reduce-only" if order.reduces and leg.is_perpetual else ""
    return (
        f"hedge {order_id}: {order.side.value} {order.size}{only} on {leg.name} {leg.trading_pair}, {how}{at} "
        f"({order.form.reason}): {order.reason}"
    )


def line(controller: "HedgeBase") -> str:
    """What is held, what is not hedged, and what it costs, as one line of the status."""
    hedger, price = controller.hedger, controller.hedge_leg.price()
    held = "  ".join(f"{leg.name} {leg.trading_pair} {text(leg.net())}" for leg in controller.legs)
    residual, reference = (None, None) if hedger is None else (hedger.residual, hedger.reference)
    expected = "" if controller.expected is None else f"  {cost_words(controller.expected)}"
    return (
        f"hedge     {held}  reference {text(reference)}  residual {text(residual)}  cost "
        f"{text(controller.memory.cost.per_10000(price), 2)} per 10,000{expected}"
    )


def checked(
    controller: "HedgeBase", limits: MoneyLimits, elsewhere: tuple[str, ...]
) -> tuple[Report, MarketFacts] | None:
    """The preflight of both markets; None while their rules or books are not known."""
    facts, leg = preflight.facts(controller, elsewhere), controller.hedge_leg
    rule = leg.rule()
    if facts is None or rule is None:
        return None
    hedge_touch = leg.touch(rule, ())
    controller.expect(facts.touch, hedge_touch, facts.rule)
    nets = [each.net() for each in controller.legs]
    both = HedgeFacts(
        market=f"{leg.name}:{leg.trading_pair}",
        state=leg.state(),
        rule=rule,
        net=None if None in nets else sum((net for net in nets if net is not None), Decimal(0)),
        room=room(controller.legs, facts.touch, hedge_touch),
        expected=controller.expected,
    )
    return check_hedge(facts, both, controller.config.model_dump(), controller.settings, limits), facts
