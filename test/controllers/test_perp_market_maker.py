import inspect
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.core.data_type.common import MarketDict
from hummingbot.strategy_v2.controllers.controller_base import ControllerBase, ControllerConfigBase

from controllers.market_making import perp_market_maker
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER

EXAMPLES = Path(__file__).parents[2] / "conf" / "controllers"


def values(**changes: Any) -> dict[str, Any]:
    return {
        "id": "maker",
        "connector_name": "backpack_perpetual",
        "trading_pair": "SOL-USDC",
        "spread_pct": 0.2,
        "max_position": 5,
        **changes,
    }


def classes_under(base: type) -> list[type]:
    members = [member for _, member in inspect.getmembers(perp_market_maker, inspect.isclass)]
    return [member for member in members if issubclass(member, base)]


def test_pr02_the_loader_finds_one_configuration_and_one_controller() -> None:
    assert classes_under(ControllerConfigBase) == [perp_market_maker.PerpMarketMakerConfig]
    assert classes_under(ControllerBase) == [perp_market_maker.PerpMarketMaker]
    config = perp_market_maker.PerpMarketMakerConfig(**values())
    assert config.get_controller_class() is perp_market_maker.PerpMarketMaker


def test_pr02_fields_are_the_tables_rows_and_hummingbots_own() -> None:
    fields = perp_market_maker.PerpMarketMakerConfig.model_fields
    own = set(ControllerConfigBase.model_fields)
    assert set(fields) - own == {setting.name for setting in PERP_MARKET_MAKER}
    for setting in PERP_MARKET_MAKER:
        extra = fields[setting.name].json_schema_extra
        assert extra["is_updatable"] is setting.live
        assert extra["prompt"] and extra["prompt_on_new"] is setting.required
        assert fields[setting.name].description == setting.sentence


def test_pr02_defaults_are_filled_in() -> None:
    config = perp_market_maker.PerpMarketMakerConfig(**values())
    assert (config.orders_per_side, config.level_step_bps, config.order_amount) == (3, Decimal(5), None)
    assert (config.controller_name, config.controller_type) == ("perp_market_maker", "market_making")


def test_pr02_the_market_is_announced() -> None:
    config = perp_market_maker.PerpMarketMakerConfig(**values())
    assert config.update_markets(MarketDict()) == {"backpack_perpetual": {"SOL-USDC"}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"spread_pct": 0}, "spread_pct (0) must be a number greater than 0 and at most 50"),
        ({"spred_pct": 1}, "spred_pct (1) must be a known setting; the nearest is spread_pct"),
        ({"spread_pct": None}, "spread_pct (missing) must be given and be a number greater than 0 and at most 50"),
        ({"target_position": 6}, "target_position (6) must be at most max_position (5)"),
        ({"id": ""}, "id (missing) must be given: a text that no other controller of this bot has"),
    ],
)
def test_pr01_a_bad_file_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        perp_market_maker.PerpMarketMakerConfig(**values(**changes))
    assert str(caught.value) == sentence


def test_pr01_a_required_setting_that_is_left_out_is_named() -> None:
    given = values()
    del given["max_position"]
    with pytest.raises(SettingError, match=r"^max_position \(missing\) must be given"):
        perp_market_maker.PerpMarketMakerConfig(**given)


def test_pr01_hummingbots_prompt_gets_the_sentence_and_asks_again() -> None:
    adapter = ClientConfigAdapter(perp_market_maker.PerpMarketMakerConfig(**values()))
    with pytest.raises(Exception, match=r"spread_pct \(99\) must be a number greater than 0 and at most 50"):
        adapter.spread_pct = "99"
    adapter.spread_pct = "3"
    assert adapter.spread_pct == Decimal(3)


def test_pr02_a_target_with_a_sign_is_taken_without_it_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        config = perp_market_maker.PerpMarketMakerConfig(**values(target_position="-1.25"))
        assert config.target_position == Decimal("1.25")
    assert caplog.text.count("target_position (-1.25) is an amount without a sign") == 1


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*perp*.yml")), ids=lambda path: path.name)
def test_in03_the_examples_are_accepted(path: Path) -> None:
    perp_market_maker.PerpMarketMakerConfig(**yaml.safe_load(path.read_text()))
