import inspect
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hummingbot.core.data_type.common import MarketDict
from hummingbot.strategy_v2.controllers.controller_base import ControllerBase, ControllerConfigBase

from controllers.market_making import spot_market_maker
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.rebalancing import Band
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER
from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER, SpotSettings

EXAMPLES = Path(__file__).parents[2] / "conf" / "controllers"


def values(**changes: Any) -> dict[str, Any]:
    return {"id": "maker", "connector_name": "backpack", "trading_pair": "SOL-USDC", "spread_pct": 0.2, **changes}


def config(**changes: Any) -> spot_market_maker.SpotMarketMakerConfig:
    return spot_market_maker.SpotMarketMakerConfig(**values(**changes))


def classes_under(base: type) -> list[type]:
    members = [member for _, member in inspect.getmembers(spot_market_maker, inspect.isclass)]
    return [member for member in members if issubclass(member, base)]


def test_pr03_the_loader_finds_one_configuration_and_one_controller() -> None:
    assert classes_under(ControllerConfigBase) == [spot_market_maker.SpotMarketMakerConfig]
    assert classes_under(ControllerBase) == [spot_market_maker.SpotMarketMaker]
    assert config().get_controller_class() is spot_market_maker.SpotMarketMaker


def test_pr03_fields_are_the_tables_rows_and_the_shared_ones_keep_their_names() -> None:
    fields = spot_market_maker.SpotMarketMakerConfig.model_fields
    assert set(fields) - set(ControllerConfigBase.model_fields) == {setting.name for setting in SPOT_MARKET_MAKER}
    for setting in SPOT_MARKET_MAKER:
        extra = fields[setting.name].json_schema_extra
        assert extra["is_updatable"] is setting.live
        assert extra["prompt"] and extra["prompt_on_new"] is setting.required
    perpetual = {setting.name: setting for setting in PERP_MARKET_MAKER}
    for setting in SPOT_MARKET_MAKER:
        if setting.name in perpetual:
            other = perpetual[setting.name]
            assert (setting.kind, setting.unit, setting.low, setting.high, setting.default) == (
                other.kind,
                other.unit,
                other.low,
                other.high,
                other.default,
            )


def test_pr03_defaults_are_30_and_15_and_rebalancing_is_on() -> None:
    settings = SpotSettings.from_values(config().model_dump())
    assert (settings.rebalance, settings.band) == (True, Band(Decimal(30), Decimal(15)))
    assert settings.rebalance_cooldown == 10
    assert settings.inventory_skew == 0


def test_rb04_a_preset_is_taken_and_a_number_wins() -> None:
    preset = SpotSettings.from_values(config(rebalance_preset="low_volatility").model_dump())
    assert preset.band == Band(Decimal(35), Decimal(20))
    number = SpotSettings.from_values(config(rebalance_preset="low_volatility", base_target_pct=50).model_dump())
    assert number.band == Band(Decimal(50), Decimal(20))


def test_pr03_the_market_is_announced() -> None:
    assert config().update_markets(MarketDict()) == {"backpack": {"SOL-USDC"}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"base_target_pct": 120}, "base_target_pct (120) must be a number at least 0 and at most 100"),
        ({"base_target_pct": -1}, "base_target_pct (-1) must be a number at least 0 and at most 100"),
        (
            {"rebalance_threshold_pct": 0},
            "rebalance_threshold_pct (0) must be a number greater than 0 and at most 100",
        ),
        (
            {"rebalance_threshold_pct": "nan"},
            "rebalance_threshold_pct (nan) must be a number greater than 0 and at most 100",
        ),
        ({"rebalance_threshold_pct": 100.1}, "rebalance_threshold_pct (100.1) must be a number greater than 0"),
        ({"rebalance_cooldown": 0.5}, "rebalance_cooldown (0.5) must be a number at least 1 and at most 3600"),
        ({"rebalance": "perhaps"}, "rebalance (perhaps) must be true or false"),
        ({"rebalance_preset": "wild"}, "rebalance_preset (wild) must be one of default, high_volatility,"),
        ({"max_position": 5}, "max_position (5) must be a known setting; the nearest is"),
        ({"spread_pct": 0}, "spread_pct (0) must be a number greater than 0 and at most 50"),
        ({"inventory_skew": 1.01}, "inventory_skew (1.01) must be a number at least 0 and at most 1"),
    ],
)
def test_pr03_a_bad_value_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        config(**changes)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"base_target_pct": 0},
        {"base_target_pct": 100},
        {"rebalance_threshold_pct": 100},
        {"rebalance_threshold_pct": "0.01"},
        {"rebalance_cooldown": 1},
        {"rebalance": "off"},
        {"rebalance_preset": "none"},
        {"rebalance_preset": "conservative"},
    ],
)
def test_pr03_the_edges_are_accepted(changes: dict[str, Any]) -> None:
    config(**changes)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*spot*.yml")), ids=lambda path: path.name)
def test_in03_the_examples_are_accepted(path: Path) -> None:
    spot_market_maker.SpotMarketMakerConfig(**yaml.safe_load(path.read_text()))
