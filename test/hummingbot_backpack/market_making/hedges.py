"""A hedge market, and a machine that hedges on it, for the tests of the hedge's decisions."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hummingbot_backpack.market_making.hedge_forms import HedgeMarket
from hummingbot_backpack.market_making.hedge_values import HedgeLimits, HedgeOrder, Leg
from hummingbot_backpack.market_making.hedging import Hedger
from hummingbot_backpack.market_making.values import MarketRule, Touch

RULE = MarketRule(tick=Decimal("0.01"), step=Decimal("0.01"), min_quantity=Decimal("0.10"))
TOUCH = Touch(Decimal("144.99"), Decimal("145.01"))
MARK = Decimal(145)
DEEP_BIDS = ((Decimal("144.99"), Decimal(1000)),)
DEEP_ASKS = ((Decimal("145.01"), Decimal(1000)),)
LIMITS = HedgeLimits(max_residual=Decimal(2), explicable=Decimal(2), deadline=5.0)
MINIMUM = RULE.min_quantity
MARKET = HedgeMarket(RULE, MARK, TOUCH)


@dataclass(frozen=True)
class Protection:
    slippage_protection: bool = True
    max_slippage_bps: Decimal = Decimal(50)
    max_market_spread_bps: Decimal = Decimal(100)
    min_depth_pct: Decimal = Decimal(100)


CAREFUL = Protection()


def hedger(reference: str | None = None, one_market: bool = True, kept: Any = None) -> Hedger:
    return Hedger(one_market, LIMITS, None if reference is None else Decimal(reference), kept)


def next_order(
    machine: Hedger, now: float = 0.0, market: HedgeMarket = MARKET, protection: Protection = CAREFUL, cut: bool = False
) -> HedgeOrder | None:
    selling = (machine.residual or 0) + machine.under_way > 0
    if market.touch is not None and not market.levels:
        market = replace(market, levels=DEEP_BIDS if selling else DEEP_ASKS)
    return machine.next_order(market, protection, now, cut)


def send(machine: Hedger, order_id: str = "h", now: float = 0.0, **more: Any) -> HedgeOrder:
    order = next_order(machine, now, **more)
    assert order is not None
    machine.on_sent(order, order_id, now)
    return order


def fill(machine: Hedger, signed: str, order_id: str = "q", trade: str = "1", leg: Leg = Leg.MAKER) -> bool:
    amount = Decimal(signed)
    return machine.on_fill(leg, order_id, trade, amount, abs(amount), 0.0)
