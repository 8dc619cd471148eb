"""What a hedge shows of itself, published and on a terminal."""

from typing import TYPE_CHECKING, Any

from hummingbot_backpack.market_making.hedge_cost import ExpectedCost
from hummingbot_backpack.trading.status import plain, text

if TYPE_CHECKING:
    from hummingbot_backpack.trading.hedge import HedgeBase


def cost_words(cost: ExpectedCost) -> str:
    return (
        f"expected cost {cost.total:.2f} per 10,000 of maker volume (maker fee {cost.maker_fee:.2f}, taker fee "
        f"{cost.taker_fee:.2f}, spread crossed {cost.crossed:.2f})"
    )


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
