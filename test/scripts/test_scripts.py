import inspect
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from hummingbot.client import settings
from hummingbot.client.config.config_data_types import BaseClientModel
from hummingbot.strategy.strategy_v2_base import StrategyV2Base

from hummingbot_backpack.market_making.errors import SettingError
from scripts import backpack_market_making, v2_with_controllers

CONF = Path(__file__).parents[2] / "conf"
CONTROLLER = {
    "id": "one",
    "controller_name": "perp_market_maker",
    "controller_type": "market_making",
    "connector_name": "backpack_perpetual",
    "trading_pair": "SOL-USDC",
    "spread_pct": 0.2,
    "max_position": 5,
}


@pytest.mark.parametrize("module", [backpack_market_making, v2_with_controllers], ids=lambda module: module.__name__)
def test_in03_the_loader_finds_one_strategy_and_one_configuration(module: ModuleType) -> None:
    members = [member for _, member in inspect.getmembers(module, inspect.isclass)]
    assert len([member for member in members if issubclass(member, StrategyV2Base)]) == 1
    assert len([member for member in members if issubclass(member, BaseClientModel)]) == 1


@pytest.mark.parametrize("path", sorted((CONF / "scripts").glob("*.yml")), ids=lambda path: path.name)
def test_in03_the_examples_name_files_that_exist(path: Path) -> None:
    values = yaml.safe_load(path.read_text())
    config = backpack_market_making.BackpackMarketMakingConfig(**values)
    assert config.script_file_name == "backpack_market_making.py"
    assert all((CONF / "controllers" / name).is_file() for name in config.controllers_config)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"duration": 0}, "duration (0) must be a number greater than 0"),
        ({"duration": "long"}, "duration (long) must be a number greater than 0"),
        ({"on_end": "sell"}, "on_end (sell) must be one of keep, flatten"),
        ({"persist": 3}, "persist (3) must be true or false"),
        ({"status_interval": 0.5}, "status_interval (0.5) must be a number at least 1 and at most 86400"),
        ({"durration": 5}, "durration (5) must be a known setting; the nearest is duration"),
    ],
)
def test_pr03_a_bad_script_setting_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        backpack_market_making.BackpackMarketMakingConfig(**changes)
    assert str(caught.value) == sentence


def test_pr03_defaults() -> None:
    config = backpack_market_making.BackpackMarketMakingConfig()
    assert (config.duration, config.on_end, config.persist, config.status_interval) == (None, "keep", True, Decimal(60))


def test_in03_the_loader_that_hbot_writes_is_accepted() -> None:
    v2_with_controllers.V2WithControllersConfig(
        script_file_name="v2_with_controllers.py",
        controllers_config=["a.yml"],
        max_global_drawdown_quote=None,
        max_controller_drawdown_quote=None,
    )


def loaded(folder: Path, monkeypatch: pytest.MonkeyPatch, *controllers: dict[str, Any]) -> list[Any]:
    names = []
    for index, values in enumerate(controllers):
        names.append(f"{index}.yml")
        (folder / names[-1]).write_text(yaml.safe_dump(values))
    monkeypatch.setattr(settings, "CONTROLLERS_CONF_DIR_PATH", folder)
    return backpack_market_making.BackpackMarketMakingConfig(controllers_config=names).load_controller_configs()


def test_se05_several_controllers_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**CONTROLLER, "id": "two", "trading_pair": "BTC-USDC"}
    assert [config.id for config in loaded(tmp_path, monkeypatch, CONTROLLER, other)] == ["one", "two"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"trading_pair": "BTC-USDC"}, r"^id \(one\) must be different for each controller of a bot$"),
        ({"id": "two"}, r"^trading_pair \(SOL-USDC\) must be traded by one controller only, and one has it already$"),
        (
            {"id": "two", "total_amount_quote": "much"},
            r"^total_amount_quote \(much\) must be acceptable to Hummingbot: ",
        ),
    ],
)
def test_se05_controllers_that_would_disturb_each_other_are_refused(
    change: dict[str, Any], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingError, match=sentence):
        loaded(tmp_path, monkeypatch, CONTROLLER, {**CONTROLLER, **change})


def test_pr01_a_controller_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONTROLLERS_CONF_DIR_PATH", tmp_path)
    config = backpack_market_making.BackpackMarketMakingConfig(controllers_config=["gone.yml"])
    with pytest.raises(SettingError, match=r"^controllers_config \(gone.yml\) must name a file in conf/controllers$"):
        config.load_controller_configs()
