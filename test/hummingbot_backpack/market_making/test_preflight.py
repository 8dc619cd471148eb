from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.preflight import MarketFacts, Report, check, check_account
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER, MakerSettings, parse_settings
from hummingbot_backpack.market_making.values import MarketRule, Touch
from test.hummingbot_backpack.market_making.test_step import at, step

D = Decimal
FACTS = MarketFacts(
    controller_id="maker", connector_name="backpack_perpetual", trading_pair="SOL-USDC", state=MarketState.OPEN,
    rule=MarketRule(D("0.01"), D("0.01"), D("0.01")), touch=Touch(D("144.99"), D("145.01")), mark=D(145),
    max_leverage=50, leverage=D(10), asked_leverage=None, equity=D(1000), maker_fee=D("0.0002"),
    taker_fee=D("0.0005"), fees_are_own=True, net=D(0),
)  # fmt: skip
ALL = MoneyLimits(D(1), D(1), D(1))
CLASSIC = {
    "spread_pct": "0.01", "order_amount": "0.1", "orders_per_side": 2, "target_position": 0, "max_position": 5,
    "position_threshold": 2, "inventory_skew": 0, "stop_loss": 1, "take_profit": 5,
}  # fmt: skip
GOOD = {"spread_pct": "0.2", "order_amount": "0.3", "max_position": 5}


def look(changes: dict[str, Any], limits: MoneyLimits = ALL, **facts: Any) -> Report:
    given = {row.name: row.default for row in PERP_MARKET_MAKER}
    given |= {"connector_name": "backpack_perpetual", "trading_pair": "SOL-USDC", **GOOD, **changes}
    values = {row.name: None for row in PERP_MARKET_MAKER} | parse_settings(PERP_MARKET_MAKER, given)
    settings = MakerSettings.from_values(values)
    quoting = step(at("0"), **{name: getattr(settings, name) for name in MakerSettings.__dataclass_fields__}).quoting
    return check(replace(FACTS, **facts), values, settings, quoting, limits)


def test_se02_good_settings_pass_without_a_word() -> None:
    found = look({})
    assert (found.passes, found.refused, found.warned) == (True, (), ())


@pytest.mark.parametrize(
    ("changes", "facts", "sentence"),
    [
        ({"order_amount": "0.009"}, {}, "order_amount (0.009) must be at least the market's minimum of 0.01"),
        ({"max_position": "0.009"}, {}, "max_position (0.009) must be at least the market's minimum of 0.01"),
        ({"leverage": 51}, {}, "leverage (51) must be at most the market's own of 50"),
        ({"order_amount": None, "max_position": "0.1"}, {"equity": D(10)}, "order_amount (none) must give orders that"),
        ({}, {"state": MarketState.CLOSED}, "trading_pair (SOL-USDC) must be an open market; it is Closed now"),
        ({}, {"state": MarketState.POST_ONLY}, "trading_pair (SOL-USDC) must be an open market; it is PostOnly now"),
        (
            {"max_position": 70},
            {},
            "max_position (70) must be carried by the account: it needs 1015.00 USDC of margin, and the account is "
            "worth 1000.00",
        ),
        (
            {"order_amount": 30},
            {},
            "one full ladder (3 orders of 30.00 a side) must be carried by the account: it needs 1305.00 USDC",
        ),
    ],
)
def test_se02_refused(changes: dict[str, Any], facts: dict[str, Any], sentence: str) -> None:
    found = look(changes, **facts)
    assert not found.passes
    assert len(found.refused) == 1 and found.refused[0].startswith(sentence)


def test_se02_margin_counts_the_leverage_that_is_asked_for_within_the_markets() -> None:
    assert look({"max_position": 70, "leverage": 20}, asked_leverage=20).passes
    assert not look({"max_position": 12}, leverage=D(1)).passes
    assert look({"max_position": 344}, leverage=D(100)).passes
    assert not look({"max_position": 345}, leverage=D(100)).passes


@pytest.mark.parametrize(
    ("changes", "facts", "sentence"),
    [
        ({"spread_pct": "0.0399"}, {}, "spread_pct (0.0399) is 3.9900 bps, less than the 4.0000 bps that buying and"),
        (
            {"inventory_skew": "0.00401"},
            {},
            "inventory_skew (0.00401) moves quotes by 40.10000 bps at full inventory, more than twice the spread",
        ),
        ({"stop_loss": "0.09"}, {}, "stop_loss (0.09) is less than max_position times two ticks (0.10 USDC)"),
        (
            {"leverage": 5},
            {"asked_leverage": 5, "elsewhere": ("BTC_USDC_PERP",)},
            "leverage (5) is the account's, 10 now: positions in BTC_USDC_PERP would feel it",
        ),
        (
            {},
            {"equity": None},
            "the account's value is not known, so it is not checked whether it carries",
        ),
    ],
)
def test_se02_warned_and_it_runs(changes: dict[str, Any], facts: dict[str, Any], sentence: str) -> None:
    found = look(changes, **facts)
    assert found.passes
    assert len(found.warned) == 1 and found.warned[0].startswith(sentence)


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"spread_pct": "0.04"}, {}),
        ({"spread_pct": "0.01"}, {"maker_fee": D("-0.0001")}),
        ({"inventory_skew": "0.004"}, {}),
        ({"stop_loss": "0.10"}, {}),
        ({"leverage": 10}, {"asked_leverage": 10, "elsewhere": ("BTC_USDC_PERP",)}),
        ({"leverage": 5}, {"asked_leverage": 5}),
    ],
)
def test_se02_at_the_bound_nothing_is_warned_of(changes: dict[str, Any], facts: dict[str, Any]) -> None:
    assert look(changes, **facts).warned == ()


def test_se02_the_classic_settings_are_warned_of_and_run() -> None:
    found = look(CLASSIC, MoneyLimits())
    assert found.passes
    assert [line.split(" ")[0] for line in found.warned] == ["spread_pct", "these"]
    skewed = look({**CLASSIC, "inventory_skew": "0.002"}, MoneyLimits())
    assert skewed.passes
    assert any(line.startswith("inventory_skew (0.002) moves quotes by 20") for line in skewed.warned)


def test_br01_the_preflight_lists_which_money_limits_are_off() -> None:
    assert look({}, MoneyLimits(session_loss=D(5))).warned == (
        "these money limits are off: max_drawdown, max_wear_rate",
    )


def test_se02_the_figures_show_market_grid_margin_fees_and_cost() -> None:
    text = "\n".join(look({"orders_per_side": 2}).lines())
    assert "market    backpack_perpetual SOL-USDC, Open; tick 0.01, step 0.01, minimum 0.01" in text
    assert "buys      0.30 at 144.85, 0.30 at 144.78" in text
    assert "sells     0.30 at 145.15, 0.30 at 145.22" in text
    assert "margin    leverage 10, needs at most 72.50 USDC of 1000.00 USDC; position now 0" in text
    assert "fees      maker 2.0000 bps, taker 5.0000 bps (the account's)" in text
    # A round trip earns the spread and pays two fees: half of each per volume. 2 - 10 bps is a gain of 8 per 10,000.
    assert "cost      -8.00 USDC per 10,000 quoted" in text
    assert "cost      1.50 USDC per 10,000 quoted" in "\n".join(look(CLASSIC).lines())


def test_se05_controllers_of_one_account_are_warned_of_what_they_need_together() -> None:
    one, other = look({"max_position": 40}), look({"max_position": 40})
    pair = {"a": (one, FACTS), "b": (other, FACTS)}
    assert check_account(pair) == [
        "the controllers on backpack_perpetual may need 1160.00 USDC of margin together, and the account is "
        "worth 1000.00"
    ]
    assert check_account({"a": (one, FACTS)}) == []
