"""What ``hbot start`` is refused for, one sentence each, before anything runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import Workspace, open_workspace
from hummingbot_backpack.workspace.validate import check_start, first_sentence, start_target
from test.hummingbot_backpack.workspace.local import local_backpack

CONTROLLER, SCRIPT = "sol_perp_maker.yml", "perp_maker.yml"


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0, flow=None)) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, backpack: LocalBackpack) -> Workspace:
    made = create(tmp_path / "bot", rehearsal=True, simulator_url=backpack.url).workspace
    for name in made.connector_names:
        made.key_file(name).write_text("never read here")
    return made


def change(workspace: Workspace, kind: str, name: str, **changes: Any) -> None:
    path = workspace.conf / kind / name
    values = yaml.safe_load(path.read_text())
    values.update(changes)
    path.write_text(yaml.safe_dump({key: value for key, value in values.items() if value != "(left out)"}))


def refusal(workspace: Workspace, *arguments: str) -> str:
    with pytest.raises(UserError) as refused:
        check_start(workspace, list(arguments or [SCRIPT]))
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_pr01_the_examples_are_accepted(workspace: Workspace) -> None:
    check_start(workspace, [SCRIPT])
    check_start(workspace, [CONTROLLER, "--foreground"])
    check_start(workspace, ["--timeout", "5", SCRIPT, "--replace"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("connector_name", "backpak_perpetual_simulator"),
        ("connector_name", "backpack_perpetual"),  # not in a workspace for rehearsal
        ("connector_name", "binance_perpetual"),
        ("trading_pair", "SOL-USDT"),
        ("trading_pair", "sol-usdc"),
        ("spread_pct", 0),
        ("spread_pct", 50.1),
        ("spread_pct", "(left out)"),
        ("spread_pct", float("nan")),
        ("spread_pct", float("inf")),
        ("orders_per_side", 0),
        ("orders_per_side", 21),
        ("orders_per_side", 1.5),
        ("level_step_bps", -1),
        ("order_amount", 0),
        ("order_amount", 0.009),  # the market's minimum is 0.01
        ("refresh_interval", 0.4),
        ("refresh_interval", 3601),
        ("refresh_tolerance_bps", -1),
        ("target_position", 5.1),
        ("max_position", 0),
        ("max_position", 0.009),
        ("max_position", "(left out)"),
        ("position_threshold", -1),
        ("inventory_skew", -0.1),
        ("inventory_skew", 1.1),
        ("stop_loss", "a lot"),
        ("take_profit", "a lot"),
        ("exit_cooldown", -1),
        ("slippage_protection", "perhaps"),
        ("max_slippage_bps", 0),
        ("max_slippage_bps", 1001),
        ("max_market_spread_bps", 0),
        ("max_market_spread_bps", 1001),
        ("min_depth_pct", 0),
        ("min_depth_pct", 1001),
        ("leverage", 0),
        ("leverage", 51),  # one over the base of the market's initial margin fraction is 50
        ("paused", "perhaps"),
        ("max_positon", 1),
    ],
)
def test_pr01_each_setting_out_of_its_range_is_one_sentence_that_names_it(
    name: str, value: Any, workspace: Workspace
) -> None:
    change(workspace, "controllers", CONTROLLER, **{name: value})
    for file in (SCRIPT, CONTROLLER):
        said = refusal(workspace, file)
        assert name in said and (str(value) in said or value == "(left out)")


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("trading_pair", "SOL-USD", "SOL-USDC"),
        ("connector_name", "backpack_perpetual_simulatr", "backpack_perpetual_simulator"),
        ("max_positon", 1, "max_position"),
    ],
)
def test_pr01_an_unknown_name_gets_its_nearest_neighbour(
    name: str, value: Any, nearest: str, workspace: Workspace
) -> None:
    change(workspace, "controllers", CONTROLLER, **{name: value})
    assert f"the nearest is {nearest}" in refusal(workspace)


def test_pr01_a_script_out_of_range_is_one_sentence(workspace: Workspace) -> None:
    for name, value in (("duration", -1), ("status_interval", "often"), ("nonsense", 1)):
        change(workspace, "scripts", SCRIPT, **{name: value})
        assert name in refusal(workspace)
        change(workspace, "scripts", SCRIPT, **{name: "(left out)"})


def test_ke02_a_connector_without_keys_says_how_to_store_them(workspace: Workspace) -> None:
    workspace.key_file("backpack_perpetual_simulator").unlink()
    said = refusal(workspace)
    assert "no keys for backpack_perpetual_simulator" in said and "keys new" in said


def test_d04_settings_that_the_connectors_refuse_are_one_sentence(workspace: Workspace) -> None:
    with (workspace.conf / "backpack.yml").open("a") as file:
        file.write("signature_window: 90000\n")
    assert "signature_window (90000) must be" in refusal(workspace)


def test_pr01_files_that_are_named_and_not_there(workspace: Workspace) -> None:
    change(workspace, "scripts", SCRIPT, controllers_config=["absent.yml"])
    assert "controllers_config (absent.yml)" in refusal(workspace)
    change(workspace, "scripts", SCRIPT, script_file_name="absent.py")
    said = refusal(workspace)
    assert "script_file_name (absent.py)" in said and "backpack_market_making.py" in said
    change(workspace, "controllers", CONTROLLER, controller_name="absent")
    assert "controller_name (absent)" in refusal(workspace, CONTROLLER)
    change(workspace, "controllers", CONTROLLER, controller_name="(left out)")
    assert "controller_name must be set" in refusal(workspace, CONTROLLER)


def test_pr01_a_file_that_is_no_yaml_is_named_with_its_line(workspace: Workspace) -> None:
    (workspace.conf / "scripts" / SCRIPT).write_text("a: 1\nb: [\n")
    assert f"{SCRIPT} is not valid YAML (line 3)" in refusal(workspace)


def test_si06_a_local_backpack_that_does_not_answer_is_one_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:9")
    assert "start it with `hummingbot-backpack simulator`" in refusal(open_workspace(workspace.root))


def test_in03_a_proxy_of_the_users_does_not_stand_before_this_machine(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    check_start(workspace, [SCRIPT])


def test_in03_what_hbot_judges_itself_is_left_to_it(workspace: Workspace) -> None:
    for arguments in (["absent.yml"], [], ["--help"], [SCRIPT, "-h"], [CONTROLLER, "--v2-script"]):
        check_start(workspace, arguments)
    (workspace.conf / "strategies" / SCRIPT).write_text("strategy: pure_market_making\n")
    change(workspace, "scripts", SCRIPT, script_file_name="absent.py")
    check_start(workspace, [SCRIPT])  # the name is ambiguous
    check_start(workspace, [SCRIPT, "--v1-strategy"])
    assert "absent.py" in refusal(workspace, SCRIPT, "--v2-script")


def test_in03_without_a_file_the_last_one_is_checked(workspace: Workspace) -> None:
    loaded = workspace.root / "data" / "bot" / "loaded.json"
    loaded.parent.mkdir()
    for kind, folder in {"v2-script": "scripts", "controller": "controllers", "v1-strategy": "strategies"}.items():
        loaded.write_text(json.dumps({"file": "a.yml", "type": kind}))
        assert start_target(workspace, ["--foreground"]) == ("a.yml", folder)
    loaded.write_text("{")
    assert start_target(workspace, []) == (None, None)


def test_pr01_foreign_classes_get_a_sentence_too() -> None:
    class Foreign(BaseModel, extra="forbid"):
        amount: float

    def sentence(**values: Any) -> str:
        with pytest.raises(ValidationError) as refused:
            Foreign(**values)
        return first_sentence(refused.value)

    assert sentence() == "amount must be set."
    assert sentence(amount=1, other=2) == "other is not a setting."
    assert sentence(amount="x").startswith("amount (x) must be right: input should be a valid number")


def test_pr03_both_markets_of_a_hedge_are_looked_up(workspace: Workspace) -> None:
    check_start(workspace, ["hedge.yml"])
    for field, connector, kind in (
        ("hedge_market", "backpack_simulator", "spot"),
        ("maker_market", "backpack_perpetual_simulator", "perpetual"),
    ):
        original = (workspace.conf / "controllers" / "sol_hedge.yml").read_text()
        change(workspace, "controllers", "sol_hedge.yml", **{field: f"{connector}:SOL-EUR"})
        said = refusal(workspace, "hedge.yml")
        assert f"sol_hedge.yml: {field} (SOL-EUR) must be an open {kind} market; the nearest is SOL-USDC" in said
        (workspace.conf / "controllers" / "sol_hedge.yml").write_text(original)
    change(workspace, "controllers", "sol_hedge.yml", hedge_market="binanse:SOL-USDT")
    assert "hedge_market (binanse) must be a known connector; the nearest is binance" in refusal(workspace, "hedge.yml")
    change(workspace, "controllers", "sol_hedge.yml", hedge_market="backpack_simulator:BTC-USDC")
    said = refusal(workspace, "hedge.yml")
    assert "hedge_market (backpack_simulator:BTC-USDC) must have the base asset of maker_market, SOL" in said
