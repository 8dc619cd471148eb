import inspect
from typing import Any

import pytest
from hummingbot.core.data_type.common import MarketDict
from hummingbot.strategy_v2.controllers.controller_base import ControllerBase, ControllerConfigBase

from controllers.generic import maker_taker_hedge
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE, HedgeSettings


def values(**changes: Any) -> dict[str, Any]:
    return {
        "id": "hedge",
        "maker_market": "backpack:SOL-USDC",
        "hedge_market": "backpack_perpetual:SOL-USDC",
        "order_amount": "0.5",
        **changes,
    }


def classes_under(base: type) -> list[type]:
    members = [member for _, member in inspect.getmembers(maker_taker_hedge, inspect.isclass)]
    return [member for member in members if issubclass(member, base)]


def test_pr03_the_loader_finds_one_configuration_and_one_controller() -> None:
    assert classes_under(ControllerConfigBase) == [maker_taker_hedge.MakerTakerHedgeConfig]
    assert classes_under(ControllerBase) == [maker_taker_hedge.MakerTakerHedge]


def test_pr03_fields_are_the_tables_rows_and_hummingbots_own() -> None:
    fields = maker_taker_hedge.MakerTakerHedgeConfig.model_fields
    assert set(fields) - set(ControllerConfigBase.model_fields) == {setting.name for setting in MAKER_TAKER_HEDGE}
    for setting in MAKER_TAKER_HEDGE:
        extra = fields[setting.name].json_schema_extra
        assert extra["is_updatable"] is setting.live
        assert extra["prompt"] and extra["prompt_on_new"] is setting.required
        assert fields[setting.name].description == setting.sentence


def test_pr03_both_markets_are_announced_and_capitals_understood() -> None:
    config = maker_taker_hedge.MakerTakerHedgeConfig(**values(hedge_market="BACKPACK_PERPETUAL:SOL-USDC"))
    assert config.update_markets(MarketDict()) == {"backpack": {"SOL-USDC"}, "backpack_perpetual": {"SOL-USDC"}}
    assert (config.connector_name, config.trading_pair) == ("backpack", "SOL-USDC")
    same = maker_taker_hedge.MakerTakerHedgeConfig(**values(hedge_market="backpack:SOL-USDC"))
    assert same.markets == [("backpack", "SOL-USDC")]


def test_he03_defaults_are_two_orders_and_five_seconds() -> None:
    config = maker_taker_hedge.MakerTakerHedgeConfig(**values())
    limits = HedgeSettings.from_values(config.model_dump()).limits
    assert (limits.max_residual, limits.deadline, config.reference, config.edge_bps) == (1, 5, None, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"hedge_market": "backpack:BTC-USDC"},
            "hedge_market (backpack:BTC-USDC) must have the base asset of maker_market, SOL",
        ),
        (
            {"maker_market": "backpack SOL-USDC"},
            "maker_market (backpack SOL-USDC) must name a connector and a market, such as backpack_perpetual:SOL-USDC",
        ),
        (
            {"hedge_market": "backpack:SOLUSDC"},
            "hedge_market (backpack:SOLUSDC) must name a connector and a market, such as backpack_perpetual:SOL-USDC",
        ),
        ({"hedge_market": None}, "hedge_market (missing) must be given and be a text that is not empty"),
        ({"order_amount": 0}, "order_amount (0) must be a number greater than 0"),
        ({"order_amount": None}, "order_amount (missing) must be given and be a number greater than 0"),
        ({"edge_bps": -1}, "edge_bps (-1) must be a number of at least 0"),
        ({"max_residual": 0}, "max_residual (0) must be a number greater than 0"),
        ({"residual_deadline": 0}, "residual_deadline (0) must be a number greater than 0 and at most 3600"),
        ({"residual_deadline": 3601}, "residual_deadline (3601) must be a number greater than 0 and at most 3600"),
        ({"reference": "nan"}, "reference (nan) must be a number"),
        ({"reference": "much"}, "reference (much) must be a number"),
        ({"edge": 1}, "edge (1) must be a known setting; the nearest is edge_bps"),
    ],
)
def test_pr01_a_bad_file_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        maker_taker_hedge.MakerTakerHedgeConfig(**values(**changes))
    assert str(caught.value) == sentence


@pytest.mark.parametrize("reference", ["-5", "0", "5.25"])
def test_pr03_a_reference_has_a_sign(reference: str) -> None:
    assert str(maker_taker_hedge.MakerTakerHedgeConfig(**values(reference=reference)).reference) == reference
