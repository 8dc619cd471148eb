from decimal import Decimal

import pytest

from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.models.rows import QUOTE_MODELS, ModelSettings, QuoteModel
from hummingbot_backpack.market_making.setting import LARGEST, Kind
from hummingbot_backpack.market_making.settings import (
    PERP_MARKET_MAKER,
    MakerSettings,
    check_against_market,
    neighbour,
    parse_settings,
    require_all,
)
from hummingbot_backpack.market_making.values import MarketRule

RULE = MarketRule(Decimal("0.01"), Decimal("0.01"), Decimal("0.1"))
VALID: dict[str, object] = {
    "connector_name": "backpack_perpetual",
    "trading_pair": "SOL-USDC",
    "spread_pct": "0.2",
    "max_position": 5,
}
ROWS = {setting.name: setting for setting in PERP_MARKET_MAKER}


def parse(**changes: object) -> dict:
    return parse_settings(PERP_MARKET_MAKER, {**VALID, **changes})


EDGES = [
    ("spread_pct", ["0.000001", 50, 0.5], [0, -1, "50.01"]),
    ("orders_per_side", [1, 20, "3"], [0, 21, 2.5]),
    ("level_step_bps", [0, 5], ["-0.1"]),
    ("order_amount", ["0.01", None], [0, -1]),
    ("refresh_interval", [0.5, 3600], [0.49, 3601]),
    ("refresh_tolerance_bps", [0, None], [-1]),
    ("target_position", [0, 5, "-5"], ["5.01", "-5.01"]),
    ("max_position", ["0.1", 1000], [0, -1]),
    ("position_threshold", [0, 100, None], [-1]),
    ("inventory_skew", [0, 1, "0.5"], ["-0.001", "1.001"]),
    ("stop_loss", [0, -25, 25, None], []),
    ("take_profit", [0, -25, 25, None], []),
    ("exit_cooldown", [0, 600], [-1]),
    ("max_slippage_bps", [1, 1000], [0.9, 1001]),
    ("max_market_spread_bps", [1, 1000], [0.9, 1001]),
    ("min_depth_pct", [1, 1000], [0.9, 1001]),
    ("dynamic_multiple", ["0.1", 100], [0, "100.1"]),
    ("leverage", [1, 50, None], [0, 1.5]),
    ("max_spread_pct", ["0.000001", 50], [0, "50.01"]),
    ("model_horizon", [1, 86400], [0.9, 86401]),
    ("volatility_multiple", ["0.000001", 100], [0, 101]),
    ("volatility_window", [30, 3600], [29, 30.5, 3601]),
    ("risk_aversion", ["0.000001", 1000000, None], [0, 1000001]),
    ("order_decay", ["0.000001", 1000000000, None], [0, 1000000001]),
    ("order_rate", ["0.000001", 1000000, None], [0, 1000001]),
    ("funding_skew", [0, 100], ["-0.1", 101]),
]
NUMBERS = [name for name, _, _ in EDGES]
SWITCHES = ["slippage_protection", "stop_at_exchange", "paused"]
CHOICES = [("on_thin_book", "refuse, cut"), ("slippage_mode", "fixed, dynamic")]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, good, _ in EDGES for value in good])
def test_pr01_values_at_the_edge_are_accepted(name: str, value: object) -> None:
    found = parse(**{name: value})[name]
    assert found is None if value is None else abs(found) == abs(Decimal(str(value)))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, _, bad in EDGES for value in bad])
def test_pr01_values_beyond_the_edge_are_one_sentence(name: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        parse(**{name: value})
    sentence = str(caught.value)
    assert sentence.startswith(f"{name} ({str(value).lstrip('-') if ROWS[name].magnitude else value}) must ")
    assert "\n" not in sentence


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity", "much", True, [], float("nan")])
def test_pr01_what_is_no_finite_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        parse(**{name: value})
    assert str(caught.value).startswith(f"{name} ({value}) must be a ")


@pytest.mark.parametrize("name", SWITCHES)
def test_pr01_switches_are_true_or_false(name: str) -> None:
    assert parse(**{name: "yes"})[name] is True
    assert parse(**{name: False})[name] is False
    with pytest.raises(SettingError, match=rf"^{name} \(maybe\) must be true or false$"):
        parse(**{name: "maybe"})


@pytest.mark.parametrize(("name", "choices"), CHOICES)
def test_pr01_choices_are_one_of_theirs(name: str, choices: str) -> None:
    for choice in choices.split(", "):
        assert parse(**{name: choice})[name] == choice
    for wrong in ("", "other", 1, True):
        with pytest.raises(SettingError, match=rf"^{name} \({wrong}\) must be one of {choices}$"):
            parse(**{name: wrong})


def test_pr01_every_row_is_among_the_parametrised() -> None:
    tried = {*NUMBERS, *SWITCHES, *(name for name, _ in CHOICES), "connector_name", "trading_pair", "quote_model"}
    assert tried == set(ROWS)


@pytest.mark.parametrize("name", ["stop_loss", "take_profit", "target_position"])
def test_pr01_a_setting_of_any_sign_does_not_ask_for_one(name: str) -> None:
    with pytest.raises(SettingError, match=rf"^{name} \(much\) must be a number$"):
        parse(**{name: "much"})


@pytest.mark.parametrize("name", ["connector_name", "trading_pair"])
@pytest.mark.parametrize("value", ["", "  ", 7])
def test_pr01_texts_are_not_empty(name: str, value: object) -> None:
    with pytest.raises(SettingError, match=rf"^{name} \({value}\) must be a text that is not empty$"):
        parse(**{name: value})


@pytest.mark.parametrize("name", ["connector_name", "trading_pair", "spread_pct", "max_position"])
def test_pr01_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(SettingError, match=rf"^{name} \(missing\) must be given and "):
        require_all(PERP_MARKET_MAKER, {key: value for key, value in VALID.items() if key != name})


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("spred_pct", "spread_pct"),
        ("order_amout", "order_amount"),
        ("stoploss", "stop_loss"),
        ("level_step", "level_step_bps"),
    ],
)
def test_pr01_an_unknown_name_gets_its_nearest_neighbour(typed: str, nearest: str) -> None:
    with pytest.raises(SettingError, match=rf"^{typed} \(1\) must be a known setting; the nearest is {nearest}$"):
        parse(**{typed: 1})


@pytest.mark.parametrize(
    "name", [row.name for row in PERP_MARKET_MAKER if row.kind is Kind.NUMBER and row.high is None]
)
def test_pr01_a_slip_of_the_keyboard_is_refused_before_arithmetic_is(name: str) -> None:
    with pytest.raises(SettingError, match=rf"{name} \(1e27\) must be at most 1000000000000"):
        ROWS[name].parse("1e27")
    assert ROWS[name].parse("1e12") == LARGEST


def test_pr01_every_name_has_a_neighbour() -> None:
    assert neighbour("", ["b", "a"]) in ("a", "b")


def test_pr02_defaults_are_the_cards() -> None:
    models = {row.name for row in QUOTE_MODELS}
    defaults = {name: setting.default for name, setting in ROWS.items() if name not in models}
    assert defaults == {
        "connector_name": None, "trading_pair": None, "spread_pct": None, "orders_per_side": 3,
        "level_step_bps": 5, "order_amount": None, "refresh_interval": 10, "refresh_tolerance_bps": None,
        "target_position": 0, "max_position": None, "position_threshold": None, "inventory_skew": 0,
        "stop_loss": None, "take_profit": None, "exit_cooldown": 0, "slippage_protection": True,
        "max_slippage_bps": 50, "max_market_spread_bps": 100, "min_depth_pct": 100, "on_thin_book": "refuse",
        "slippage_mode": "fixed", "dynamic_multiple": 4, "stop_at_exchange": False, "leverage": None, "paused": False,
    }  # fmt: skip
    assert {name for name, setting in ROWS.items() if not setting.live} == {
        "connector_name",
        "trading_pair",
        "leverage",
    }
    assert all(setting.sentence.endswith(".") for setting in PERP_MARKET_MAKER)


def test_pr01_a_quote_model_asks_for_what_it_needs() -> None:
    assert parse(quote_model="volatility")["quote_model"] == "volatility"
    assert parse(quote_model="glft", risk_aversion="0.1")["risk_aversion"] == Decimal("0.1")
    for model in ("glft", "avellaneda_stoikov"):
        with pytest.raises(SettingError, match=rf"^risk_aversion \(missing\) must be given with quote_model {model}: "):
            parse(quote_model=model)
    with pytest.raises(SettingError, match=r"^max_spread_pct \(0.1\) must be at least spread_pct \(0.2\)$"):
        parse(quote_model="volatility", max_spread_pct="0.1")
    with pytest.raises(SettingError, match=r"^quote_model \(kelly\) must be one of fixed, volatility, "):
        parse(quote_model="kelly")


def test_pr02_the_quote_model_is_fixed_unless_another_is_set() -> None:
    assert filled().model == ModelSettings()
    found = filled(quote_model="glft", risk_aversion="0.1", order_rate=2).model
    assert (found.quote_model, found.risk_aversion, found.order_rate) == (QuoteModel.GLFT, Decimal("0.1"), 2)


@pytest.mark.parametrize("name", ["order_amount", "max_position"])
def test_pr02_sizes_are_at_least_the_markets_minimum(name: str) -> None:
    values = parse(**{name: "0.09"})
    with pytest.raises(SettingError, match=rf"^{name} \(0.09\) must be at least the market's minimum of 0.1$"):
        check_against_market(values, RULE)
    check_against_market(parse(**{name: "0.1"}), RULE)


def test_pr02_leverage_is_at_most_the_markets_own() -> None:
    with pytest.raises(SettingError, match=r"^leverage \(21\) must be at most the market's own of 20$"):
        check_against_market(parse(leverage=21), RULE, 20)
    check_against_market(parse(leverage=20), RULE, 20)


def filled(**changes: object) -> MakerSettings:
    return MakerSettings.from_values({**{n: s.default for n, s in ROWS.items()}, **parse(**changes)})


def test_pr02_threshold_is_a_tenth_of_the_maximum_unless_set() -> None:
    assert filled().position_threshold == Decimal("0.5")
    assert filled(position_threshold=0).position_threshold == 0


def test_ex01_amounts_of_either_sign_are_magnitudes_and_zero_is_off() -> None:
    found = filled(stop_loss=-25, take_profit="0")
    assert (found.stop_loss, found.take_profit) == (Decimal(25), None)
