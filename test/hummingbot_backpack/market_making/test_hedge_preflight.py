from decimal import Decimal
from typing import Any

import pytest

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.hedge_cost import ExpectedCost
from hummingbot_backpack.market_making.hedge_preflight import HedgeFacts, check_hedge
from hummingbot_backpack.market_making.hedge_settings import HedgeSettings
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.preflight import MarketFacts, Report
from hummingbot_backpack.market_making.values import MarketRule, Touch

D = Decimal
RULE = MarketRule(tick=D("0.01"), step=D("0.01"), min_quantity=D("0.01"))
VALUES: dict[str, Any] = {
    "order_amount": D("0.5"), "edge_bps": D(0), "refresh_tolerance_bps": D(0), "reference": None, "max_residual": None,
    "residual_deadline": D(5), "slippage_protection": True, "max_slippage_bps": D(50), "max_market_spread_bps": D(100),
    "min_depth_pct": D(100), "paused": False, "on_thin_book": "refuse", "slippage_mode": "fixed",
    "dynamic_multiple": D(4),
}  # fmt: skip


def report(equity: str = "10000", both: dict[str, Any] | None = None, **changes: Any) -> Report:
    facts = MarketFacts(
        controller_id="hedge", connector_name="a", trading_pair="SOL-USDC", state=MarketState.OPEN, rule=RULE,
        touch=Touch(D("144.99"), D("145.01")), mark=D(145), max_leverage=20, leverage=D(10), asked_leverage=None,
        equity=D(equity), maker_fee=D("0.0002"), taker_fee=D("0.0005"), fees_are_own=True, net=D(0),
    )  # fmt: skip
    known = {
        "market": "b:SOL-USDC", "state": MarketState.OPEN, "rule": RULE, "net": D(0),
        "room": Headroom(D(9), D(9)), "expected": ExpectedCost(D(2), D(5), D(0)), **(both or {}),
    }  # fmt: skip
    values = {**VALUES, **changes}
    return check_hedge(facts, HedgeFacts(**known), values, HedgeSettings.from_values(values), MoneyLimits())


def test_he04_the_expected_cost_is_shown_before_the_start() -> None:
    found = report()
    assert found.passes
    assert any("expected cost 7.00 per 10,000 of maker volume" in line for line in found.figures)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"both": {"state": MarketState.CLOSED}}, "hedge_market (b:SOL-USDC) must be an open market"),
        ({"both": {"room": Headroom(D(0), D("0.1"))}}, "order_amount (0.5) must be carried by what both accounts hold"),
        ({"max_residual": D("0.005")}, "max_residual (0.005) must be at least the hedge market's minimum of 0.01"),
        ({"order_amount": D("0.001")}, "order_amount (0.001) must be at least the market's minimum of 0.01"),
        ({"equity": "1"}, "order_amount (0.5) needs"),
    ],
)
def test_se02_what_cannot_work_is_refused_in_one_sentence(arguments: dict[str, Any], words: str) -> None:
    found = report(**arguments)
    assert any(line.startswith(words) for line in found.refused), found


def test_he03_a_reference_that_is_not_what_is_held_is_warned_of() -> None:
    found = report(reference=D(5))
    assert found.passes
    assert "reference (5) is not what is held (0): +5 is traded at the start" in found.warned
