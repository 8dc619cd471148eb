"""What the spot market maker's preflight refuses, warns of and shows."""

from decimal import Decimal

import pytest

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.holdings import Holdings
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.preflight import MarketFacts, Report
from hummingbot_backpack.market_making.spot_preflight import check_spot
from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER, SpotSettings
from hummingbot_backpack.market_making.stages import QuoteDecision
from hummingbot_backpack.market_making.values import MarketRule, Touch

D = Decimal
FACTS = MarketFacts(
    controller_id="maker",
    connector_name="backpack",
    trading_pair="SOL-USDC",
    state=MarketState.OPEN,
    rule=MarketRule(tick=D("0.01"), step=D("0.01"), min_quantity=D("0.01")),
    touch=Touch(D("99.9"), D("100.1")),
    mark=None,
    max_leverage=None,
    leverage=None,
    asked_leverage=None,
    equity=None,
    maker_fee=D("0.0008"),
    taker_fee=D("0.001"),
    fees_are_own=True,
    net=None,
)
VALUES = {setting.name: setting.default for setting in SPOT_MARKET_MAKER} | {"spread_pct": D("0.2")}
NO_QUOTES = QuoteDecision((), None, None, "nothing yet")


HELD = Holdings(D(3), D(700))


def report(held: Holdings | None = HELD, volatility: str | None = "3", **changes: object) -> Report:
    values = {**VALUES, **changes}
    moves = None if volatility is None else D(volatility)
    return check_spot(FACTS, held, moves, values, SpotSettings.from_values(values), NO_QUOTES, MoneyLimits())


def test_se02_a_sound_account_passes_and_the_band_is_shown_in_quote() -> None:
    passed = report(order_amount=D("0.3"))
    assert passed.refused == ()
    assert "rebalance  to 300.00 USDC of SOL; sells above 450.00, buys below 150.00" in passed.figures
    assert "holdings  3 SOL, 700 USDC: 1000.00 USDC, 30.00 % in SOL" in passed.figures


@pytest.mark.parametrize(
    ("held", "changes", "sentence"),
    [
        (Holdings(D(0), D(0)), {}, "the account must hold SOL or USDC to trade SOL-USDC; it has neither"),
        (Holdings(D(0), D(1)), {}, "order_amount (none) must give orders that the market takes"),
        (Holdings(D(1), D(50)), {"order_amount": D(1)}, "one full ladder (3 orders of 1.00 a side) must be carried"),
        (None, {"order_amount": D("0.001")}, "order_amount (0.001) must be at least the market's minimum of 0.01"),
    ],
)
def test_se02_what_cannot_work_is_one_sentence(
    held: Holdings | None, changes: dict[str, object], sentence: str
) -> None:
    (refused,) = report(held, **changes).refused
    assert refused.startswith(sentence)


def test_se02_an_account_with_nothing_is_one_sentence_without_rebalancing_too() -> None:
    (refused,) = report(Holdings(D(0), D(0)), rebalance=False).refused
    assert refused == "the account must hold SOL or USDC to trade SOL-USDC; it has neither"


def test_rb04_the_preset_that_fits_is_named_and_unusual_numbers_are_warned_of() -> None:
    found = report(volatility="6")
    assert any("rebalance_preset high_volatility (20/10) fits" in line for line in found.figures)
    assert any("base_target_pct (30) is outside of the usual 20 to 25" in line for line in found.warned)
    assert not any("usual" in line for line in report(volatility="3").warned)
    assert not any("rebalance_preset" in line for line in report(volatility=None).figures)


def test_se02_funds_that_are_not_all_known_are_warned_of() -> None:
    assert any("nothing is rebalanced" in line for line in report(None).warned)


def test_se02_a_ladder_that_one_side_cannot_carry_is_warned_of() -> None:
    assert any("cannot carry them on both sides" in line for line in report(order_amount=D("1.2")).warned)
    assert not any("cannot carry them on both sides" in line for line in report(order_amount=D("0.5")).warned)
