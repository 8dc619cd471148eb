from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_utils
from hummingbot.connector.exchange.backpack import backpack_utils, backpack_web_utils
from hummingbot.connector.exchange.backpack.backpack_settings import BackpackSettings, load_settings


def test_d4_absent_means_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.yml", {}) == BackpackSettings()


def test_d4_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    path = tmp_path / "backpack.yml"
    path.write_text("instance: 7\nsignature_window: 30000\nlend_redeem: false\nlimit_share: 50\nother: 1\n")
    settings = load_settings(path, {"BACKPACK_INSTANCE": "9"})
    assert (settings.instance, settings.signature_window, settings.lend_redeem) == (9, 30000, False)
    assert settings.limit_share == Decimal(50)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("instance: 1024", "instance (1024) must be a whole number from 0 to 1023"),
        ("instance: true", "instance (True) must"),
        ("signature_window: 0", "signature_window (0) must be a whole number from 1 to 60000"),
        ("lend_redeem: maybe", "lend_redeem (maybe) must be true or false"),
        ("old_orders: keep", "old_orders (keep) must be cancel or adopt"),
        ("limit_share: nan", "limit_share (nan) must"),
        ("limit_share: 0", "limit_share (0) must"),
        ("simulator_url: 127.0.0.1", "simulator_url (127.0.0.1) must"),
        ("broker_id: -1", "broker_id (-1) must"),
        ("[", "must be YAML"),
        ("- a", "must hold settings"),
    ],
)
def test_d4_a_wrong_setting_is_one_sentence(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "backpack.yml"
    path.write_text(line)
    with pytest.raises(ValueError) as error:
        load_settings(path, {})
    assert words in str(error.value)


def test_si06_simulator_is_found_by_environment_then_file_then_default_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backpack_web_utils.rest_base("simulator") == "http://127.0.0.1:18490/"
    (tmp_path / "backpack.yml").write_text("simulator_url: http://127.0.0.1:2000/\n")
    assert backpack_web_utils.rest_base("simulator") == "http://127.0.0.1:2000/"
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:3000")
    assert backpack_web_utils.rest_base("simulator") == "http://127.0.0.1:3000/"
    assert backpack_web_utils.stream_url("simulator") == "ws://127.0.0.1:3000/"
    assert backpack_web_utils.public_rest_url("api/v1/time") == "https://api.backpack.exchange/api/v1/time"


@pytest.mark.parametrize("utils", [backpack_utils, backpack_perpetual_utils])
def test_d4_keys_have_exactly_the_bundled_fields(utils: object) -> None:
    fields = set(type(utils.KEYS).model_fields)  # type: ignore[attr-defined]
    assert fields == {"connector", "backpack_api_key", "backpack_api_secret"}


def test_d4_hummingbot_knows_all_four_names() -> None:
    settings = AllConnectorSettings.create_connector_settings()
    for name in ("backpack", "backpack_perpetual"):
        assert settings[f"{name}_simulator"].parent_name == name
        assert settings[f"{name}_simulator"].domain_parameter == "simulator"
        assert settings[name].example_pair == "SOL-USDC"


async def test_d4_hummingbot_builds_each_connector_by_its_name() -> None:
    for name, setting in AllConnectorSettings.create_connector_settings().items():
        if name.startswith("backpack"):
            connector = setting.non_trading_connector_instance_with_default_configuration(["SOL-USDC"])
            assert connector.name == name
            assert type(connector).__module__.startswith("hummingbot.connector.")
