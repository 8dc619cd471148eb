"""The preflight of the maker-taker hedge: card SE02 with HE04's cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.hedge_cost import ExpectedCost
from hummingbot_backpack.market_making.hedge_settings import HedgeSettings
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.preflight import MarketFacts, Report, refused_by_market
from hummingbot_backpack.market_making.values import MarketRule


@dataclass(frozen=True)
class HedgeFacts:
    """What is known of both legs together; None is "not known".

    :param market: the hedge market's name
    :param state, rule: of the hedge market
    :param net: base on both legs together, signed
    :param room: base that both accounts can trade and undo
    :param expected: cost per 10,000 of maker volume
    """

    market: str
    state: MarketState
    rule: MarketRule | None
    net: Decimal | None
    room: Headroom | None
    expected: ExpectedCost | None


def cost_words(cost: ExpectedCost) -> str:
    """The expected cost in words, quote per 10,000 of maker volume."""
    return (
        f"expected cost {cost.total:.2f} per 10,000 of maker volume (maker fee {cost.maker_fee:.2f}, taker fee "
        f"{cost.taker_fee:.2f}, spread crossed {cost.crossed:.2f})"
    )


def check_hedge(
    facts: MarketFacts, both: HedgeFacts, values: Mapping[str, object], settings: HedgeSettings, limits: MoneyLimits
) -> Report:
    """Everything that can be said before the first order."""
    size = settings.order_amount or Decimal(0)
    refused, _ = refused_by_market(facts, values)
    if both.state is not MarketState.OPEN:
        refused.append(f"hedge_market ({both.market}) must be an open market; it is {both.state.value} now")
    if both.rule is not None and settings.limits.max_residual < both.rule.min_quantity:
        refused.append(
            f"max_residual ({settings.limits.max_residual}) must be at least the hedge market's minimum of "
            f"{both.rule.min_quantity}"
        )
    if both.room is not None and max(both.room.buy, both.room.sell) < size:
        refused.append(
            f"order_amount ({size}) must be carried by what both accounts hold: {both.room.buy} can be bought and "
            f"undone, {both.room.sell} sold and undone"
        )
    margin = facts.margin(size)
    if margin is not None and facts.equity is not None and margin > facts.equity:
        refused.append(
            f"order_amount ({size}) needs {margin:.2f} {facts.quote} of margin, and the account is worth "
            f"{facts.equity:.2f}"
        )
    warned = []
    if both.room is not None and min(both.room.buy, both.room.sell) < size <= max(both.room.buy, both.room.sell):
        side = "buys" if both.room.buy < size else "sells"
        warned.append(f"what is held carries less than one order of {side}: that side is quoted smaller or not at all")
    if settings.reference is not None and both.net is not None and settings.reference != both.net:
        warned.append(
            f"reference ({settings.reference}) is not what is held ({both.net}): "
            f"{settings.reference - both.net:+} is traded at the start"
        )
    if limits.off:
        warned.append(f"these money limits are off: {', '.join(limits.off)}")
    figures = [f"markets   {facts.connector_name} {facts.trading_pair}, {facts.state.value}; undone on {both.market}"]
    if both.expected is not None:
        figures.append(f"cost      {cost_words(both.expected)}")
    return Report(facts.controller_id, tuple(refused), tuple(warned), tuple(figures), margin)
