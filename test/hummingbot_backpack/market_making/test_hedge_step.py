"""One step of the hedge's quotes."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE, HedgeSettings
from hummingbot_backpack.market_making.hedge_step import HedgeSeen, decide
from hummingbot_backpack.market_making.hedge_values import HedgeView, Phase
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.values import MarketRule, RestingOrder, Side, Touch

D = Decimal
RULE = MarketRule(tick=D("0.01"), step=D("0.01"), min_quantity=D("0.01"))
TOUCH = Touch(D("144.99"), D("145.01"))
BALANCED = HedgeView(Phase.BALANCED, D(0), None, None)
RESTING = RestingOrder("q", Side.BUY, D("144.99"), D("0.5"))
SEEN = HedgeSeen(
    touch=TOUCH, hedge_touch=TOUCH, room=Headroom(D(5), D(5)), hedging=BALANCED, resting=(RESTING,), hold=None, now=1.0
)


def settings(**changes: Any) -> HedgeSettings:
    defaults = {setting.name: setting.default for setting in MAKER_TAKER_HEDGE}
    return HedgeSettings.from_values({**defaults, "order_amount": D("0.5"), **changes})


def test_he01_quotes_stand_at_the_best_prices_or_a_set_edge_behind_them() -> None:
    at, behind = decide(SEEN, settings(), RULE), decide(SEEN, settings(edge_bps=D(10)), RULE)
    assert [(quote.side, quote.price) for quote in at.quoting.quotes] == [
        (Side.BUY, D("144.99")), (Side.SELL, D("145.01")),
    ]  # fmt: skip
    assert [kept.order for kept in at.plan.keep] == [RESTING]
    assert [quote.price for quote in behind.quoting.quotes] == [D("144.84"), D("145.16")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"market": MarketState.CANCEL_ONLY}, "the market is CancelOnly"),
        ({"market": MarketState.CLOSED}, "the market is Closed"),
        ({"market": MarketState.MAINTENANCE}, "the exchange is under maintenance"),
        ({"hold": "manual kill switch", "market": MarketState.CLOSED}, "manual kill switch"),
        (
            {"hedging": replace(BALANCED, stop="the hedge market is PostOnly")},
            "the hedge market is PostOnly",
        ),
        ({"hedge_touch": None}, "hedge market's book not known"),
    ],
)
def test_ex05_where_nothing_can_be_quoted_or_undone_quotes_go(changes: dict[str, Any], reason: str) -> None:
    found = decide(replace(SEEN, **changes), settings(), RULE)
    assert (found.quoting.quotes, found.quoting.reason, found.plan.cancel) == ((), reason, (RESTING,))


@pytest.mark.parametrize("state", [MarketState.OPEN, MarketState.POST_ONLY, MarketState.LIMIT_ONLY])
def test_ex05_a_maker_market_that_takes_what_makes_is_quoted(state: MarketState) -> None:
    assert len(decide(replace(SEEN, market=state), settings(), RULE).quoting.quotes) == 2
