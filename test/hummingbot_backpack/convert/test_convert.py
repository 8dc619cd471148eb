"""Classic command lines as configurations of ours: every flag at its edges, and the whole command."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from hummingbot_backpack import cli
from hummingbot_backpack.convert.classic import FLAGS, read
from hummingbot_backpack.convert.mapping import convert
from hummingbot_backpack.convert.words import CONVERT
from hummingbot_backpack.convert.write import check
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import LANGUAGES, Words, language
from hummingbot_backpack.workspace.create import create
from hummingbot_backpack.workspace.layout import Workspace
from test.hummingbot_backpack.convert import classic_lines

ENGLISH = Words(CONVERT, "en")
PERP = ["--market-type", "perp", "--symbol", "SOL_USDC_PERP", "--spread", "0.1"]
SPOT = ["--symbol", "SOL_USDC", "--spread", "0.1"]


def made(*arguments: str, **environment: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Controller and script of a command line, checked as a bot would."""
    converted = convert(read(arguments, environment, ENGLISH), False, ENGLISH)
    check(converted.controller, converted.script)
    return converted.controller, converted.script


def test_cv01_the_classic_perpetual_line_with_every_number() -> None:
    controller, script = made(*classic_lines.PERP.split())
    assert controller == {
        "id": "sol_usdc_perp",
        "controller_name": "perp_market_maker",
        "controller_type": "market_making",
        "connector_name": "backpack_perpetual",
        "trading_pair": "SOL-USDC",
        "spread_pct": 0.01,
        "orders_per_side": 2,
        "level_step_bps": 0,
        "order_amount": 0.1,
        "refresh_interval": 10,
        "target_position": 0,
        "max_position": 5,
        "position_threshold": 2,
        "inventory_skew": 0,
        "stop_loss": 1,
        "take_profit": 5,
    }
    assert script["duration"] == 999999999 and script["persist"] is False and script["on_end"] == "keep"


def test_cv01_absent_flags_take_the_classic_bots_own_defaults() -> None:
    controller, script = made(*PERP)
    assert (controller["orders_per_side"], controller["refresh_interval"], script["duration"]) == (3, 60, 3600)
    assert (controller["target_position"], controller["max_position"], controller["position_threshold"]) == (1, 1, 0.1)
    assert (controller["inventory_skew"], controller["stop_loss"], controller["take_profit"]) == (0, None, None)
    controller, script = made(*SPOT)
    assert controller["controller_name"] == "spot_market_maker" and controller["connector_name"] == "backpack"
    assert (controller["rebalance"], controller["base_target_pct"], controller["rebalance_threshold_pct"]) == (
        True,
        30,
        15,
    )
    assert controller["order_amount"] is None and script["persist"] is False


@pytest.mark.parametrize("name", classic_lines.TRADING)
def test_cv01_every_documented_line_becomes_settings_that_a_bot_accepts(name: str) -> None:
    made(*classic_lines.TRADING[name].split())


def refusal(*arguments: str) -> str:
    with pytest.raises(UserError) as refused:
        made(*arguments)
    sentence = str(refused.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    "line,words",
    [
        (classic_lines.ASTER, "--exchange (aster) must be backpack"),
        (classic_lines.CLIENT, "hummingbot-backpack setup"),
        ("--web", "hummingbot-backpack watch"),
        ("--strategy grid --symbol SOL_USDC --spread 1", "grid_strike"),
        ("--strategy perp_grid --symbol SOL_USDC --spread 1", "grid_strike"),
        ("--strategy best --symbol SOL_USDC --spread 1", "--strategy (best) must be one of standard, maker_hedge"),
        ("--symbol SOL_USDC --spread 1 --enable-rebalance --disable-rebalance", "must not be given both"),
        ("--symbol SOL_USDC --spread 1 --enable-db --disable-db", "must not be given both"),
        ("--symbol SOL_USDC --spread 1 --frobnicate", "--frobnicate must be a flag of the classic bot"),
        ("--symbol SOL_USDC --spread", "--spread (missing) must have a value"),
        ("--symbol SOL_USDC --spread --cli", "--spread (missing) must have a value"),
        ("--symbol SOL_USDC --spread 1 --enable-db=yes", "--enable-db (yes) must stand alone"),
        ("--spread 1", "--symbol (missing) must be given"),
        ("--symbol SOL_USDC", "--spread (missing) must be given"),
        ("--symbol SOL_USDC_PERP --spread 1", "--symbol (SOL_USDC_PERP) must be a spot market"),
        ("--symbol SOL_USDC --spread 1 --market-type perp", "--symbol (SOL_USDC) must be a perpetual market"),
        ("--symbol SOLUSDC --spread 1", "--symbol (SOLUSDC) must be a spot market"),
        ("--symbol SOL_USDC --spread 1 --market-type future", "--market-type (future) must be one of spot, perp"),
        ("--symbol SOL_USDC --spread 1 --stop-loss -5", "--stop-loss must go with --market-type perp"),
        ("--symbol SOL_USDC --spread 1 --strategy maker_hedge", "--quantity (missing) must be given"),
    ],
)
def test_cv01_what_has_no_counterpart_or_cannot_be_is_one_sentence(line: str, words: str) -> None:
    assert words in refusal(*line.split())


def test_cv01_a_perpetual_is_not_rebalanced() -> None:
    assert "--base-asset-target must go with --market-type spot" in refusal(*PERP, "--base-asset-target", "30")
    assert "--market-type spot" in refusal(*PERP, "--enable-rebalance")


@pytest.mark.parametrize("flag", ["--api-key", "--secret-key"])
@pytest.mark.parametrize("form", ["{} {}", "{}={}"])
def test_cv01_au06_keys_on_the_command_line_are_refused_and_never_echoed(flag: str, form: str) -> None:
    sentence = refusal(*form.format(flag, "hunter2hunter2").split(), *SPOT)
    assert "keys import" in sentence and flag in sentence and "hunter2" not in sentence


NUMBERS = {
    "--spread": ("0", "50.1", "0.001", "50"),
    "--quantity": ("0", "-1", "0.0001", "1000"),
    "--max-orders": ("0", "21", "1", "20"),
    "--interval": ("0.4", "3601", "0.5", "3600"),
    "--inventory-skew": ("-0.1", "1.1", "0", "1"),
    "--position-threshold": ("-1", None, "0", "1000"),
    "--max-position": ("0", "-2", "1", "1000"),
}


@pytest.mark.parametrize("flag", NUMBERS)
def test_cv01_numbers_at_their_edges(flag: str) -> None:
    def line(value: str) -> list[str]:
        words = list(PERP)
        if flag in words:
            del words[words.index(flag) : words.index(flag) + 2]
        return [*words, flag, value]

    low, high, least, most = NUMBERS[flag]
    for value in (low, high):
        if value is not None:
            assert "must" in refusal(*line(value))
    for value in (least, most):
        made(*line(value))
    for value in ("NaN", "inf", "two"):
        assert refusal(*line(value)).startswith(f"{flag} ({value}) must be a number")


@pytest.mark.parametrize(
    "flag,value,setting,expected",
    [
        ("--base-asset-target", "0", "base_target_pct", 0),
        ("--base-asset-target", "100", "base_target_pct", 100),
        ("--rebalance-threshold", "0.5", "rebalance_threshold_pct", 0.5),
        ("--rebalance-threshold", "100", "rebalance_threshold_pct", 100),
    ],
)
def test_cv01_rebalancing_flags(flag: str, value: str, setting: str, expected: float) -> None:
    assert made(*SPOT, flag, value)[0][setting] == expected
    assert "must" in refusal(*SPOT, flag, "101") and "must" in refusal(*SPOT, flag, "-1")


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("flag", ["--stop-loss", "--take-profit", "--target-position"])
def test_cv01_amounts_lose_their_sign(flag: str, sign: str) -> None:
    name = flag.strip("-").replace("-", "_")
    assert made(*PERP, "--max-position", "50", flag, f"{sign}25")[0][name] == 25


def test_cv01_the_database_is_off_unless_asked_for() -> None:
    assert made(*SPOT, "--enable-db")[1]["persist"] is True
    assert made(*SPOT, ENABLE_DATABASE="1")[1]["persist"] is True
    assert made(*SPOT, "--disable-db", ENABLE_DATABASE="1")[1]["persist"] is False


def test_cv01_maker_hedge_hedges_on_the_market_it_quotes() -> None:
    controller, _ = made(*PERP, "--strategy", "maker_hedge", "--quantity", "0.5")
    assert controller["controller_name"] == "maker_taker_hedge" and controller["order_amount"] == 0.5
    assert controller["maker_market"] == controller["hedge_market"] == "backpack_perpetual:SOL-USDC"


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ([*PERP, "--stop-loss", "-25", "--max-position", "5"], {"--stop-loss", "--max-position"}),
        ([*PERP, "--inventory-skew", "0.002", "--max-orders", "4"], {"--inventory-skew", "--max-orders"}),
        ([*SPOT, "--enable-rebalance", "--base-asset-target", "40"],
         {"--enable-rebalance/--disable-rebalance", "--base-asset-target"}),
    ],
)  # fmt: skip
def test_cv01_what_a_hedge_has_no_use_for_is_named(flags: list[str], named: set[str]) -> None:
    classic = read([*flags, "--strategy", "maker_hedge", "--quantity", "0.5"], {}, ENGLISH)
    rows = {row.flag: row.meaning for row in convert(classic, False, ENGLISH).differences}
    assert all("holds no position of its own" in rows[flag] for flag in named)
    assert "best bid and ask" in rows["--spread"]


def test_cv01_a_hedge_refuses_flags_of_the_other_kind_of_market_too() -> None:
    with pytest.raises(UserError, match="--stop-loss must go with --market-type perp"):
        made(*SPOT, "--strategy", "maker_hedge", "--quantity", "1", "--stop-loss", "5")


def test_cv01_a_duration_that_the_script_would_refuse_is_refused_here() -> None:
    with pytest.raises(UserError, match=r"duration \(-5\) must be a number greater than 0"):
        made(*SPOT, "--duration", "-5")


def test_ru01_the_streams_proxy_is_in_the_environment_of_the_bot_and_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    from hummingbot_backpack.live import bot, command
    from hummingbot_backpack.live.words import LIVE

    place = create(tmp_path / "bot", rehearsal=True).workspace
    given: list[dict[str, str]] = []
    monkeypatch.setattr(bot, "follow_bot", lambda *arguments: given.append(arguments[2]) or 0)
    proxy = "http://me:hidden@127.0.0.1:9"
    console = Console(file=(tmp_path / "said").open("w"))
    words = Words(LIVE, "en")
    assert command._run(place, {"HOME": "/"}, [*SPOT, "--ws-proxy", proxy], None, None, words, console) == 0
    assert given == [{"HOME": "/", "BACKPACK_PROXY_WEBSOCKET": proxy}]
    console.file.flush()
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and "hidden" in file.read_text(errors="replace")]


def test_cv01_names_that_are_not_plain_are_mapped() -> None:
    for symbol, pair in (("kPEPE_USDC_PERP", "KPEPE-USDC"), ("AAPL.US_USDC_PERP", "AAPL.US-USDC")):
        controller, _ = made("--market-type", "perp", "--symbol", symbol, "--spread", "1")
        assert controller["trading_pair"] == pair


def test_cv01_every_flag_of_the_table_is_understood() -> None:
    assert {"--exchange", "--symbol", "--spread", "--interval", "--ws-proxy", "--enable-db"} <= set(FLAGS)


def test_cv01_what_means_something_else_is_named() -> None:
    classic = read(
        [*classic_lines.PERP.split()], {"BASE_URL": "x", "BACKPACK_PROXY_WEBSOCKET": "http://u:pw@h:1"}, ENGLISH
    )
    found = {one.flag: one for one in convert(classic, False, ENGLISH).differences}
    assert found["--stop-loss"].ours == "stop_loss: 1" and "cannot be refused" in found["--stop-loss"].meaning
    assert "fraction of the price" in found["--inventory-skew"].meaning
    assert "backstop" in found["--interval"].meaning and found["--max-orders"].ours == "orders_per_side: 2"
    assert "BASE_URL" in found and "pw" not in str(found) and "pw" not in repr(classic)


def test_st01_every_sentence_is_there_in_both_languages_with_the_same_fields() -> None:
    for texts in CONVERT.values():
        assert len(texts) == len(LANGUAGES) and all(texts)
        english, chinese = ({part.split("}")[0] for part in text.split("{")[1:]} for text in texts)
        assert english == chinese, texts


def test_st01_the_language_follows_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_TW.UTF-8")
    assert language(None) == "zh" and language("en") == "en"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert language(None) == "en"
    with pytest.raises(UserError, match=r"--lang \(fr\) must be en or zh"):
        language("fr")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return create(tmp_path / "bot", rehearsal=True).workspace


@pytest.fixture
def run(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("COLUMNS", "160")

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [cli.PROGRAM, "convert", "-w", str(place.root), *arguments])
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return command


@pytest.mark.parametrize("halves", [{"BACKPACK_KEY": "a"}, {"BACKPACK_SECRET": "b"}, {}])
def test_cv01_keys_of_an_env_file_are_said_to_stay_there(halves: dict[str, str], tmp_path: Path, run: Run) -> None:
    file = tmp_path / "old.env"
    lines = {**{name: f"hidden-{value}" for name, value in halves.items()}, "ENABLE_DATABASE": "1 # yes, please"}
    file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    code, out, err = run("--dry-run", "--json", "--env-file", str(file), "--", *SPOT)
    rows = {row["flag"]: row["meaning"] for row in json.loads(out)["differences"]}
    assert (code, err) == (0, "") and "hidden" not in out and "--disable-db" not in rows
    assert ("keys import" in rows.get("BACKPACK_KEY, BACKPACK_SECRET", "")) is bool(halves)


def test_cv01_convert_writes_a_pair_of_files_and_never_over_another(place: Workspace, run: Run) -> None:
    code, out, err = run("--", *classic_lines.PERP.split())
    assert (code, err) == (0, "") and "sol_usdc_perp.yml" in out
    script = yaml.safe_load((place.conf / "scripts" / "sol_usdc_perp.yml").read_text())
    assert script["controllers_config"] == ["sol_usdc_perp_maker.yml"]
    controller = yaml.safe_load((place.conf / "controllers" / "sol_usdc_perp_maker.yml").read_text())
    assert controller["id"] == "sol_usdc_perp_maker" and controller["connector_name"] == "backpack_perpetual_simulator"
    before = (place.conf / "scripts" / "sol_usdc_perp.yml").read_text()
    code, out, _ = run("--", *PERP)
    assert code == 0 and "sol_usdc_perp_2.yml" in out
    assert (place.conf / "scripts" / "sol_usdc_perp.yml").read_text() == before
    code, _, err = run("--name", "sol_usdc_perp", "--", *PERP)
    assert code == 2 and "must be free" in err


def test_cv01_a_dry_run_writes_nothing_and_json_is_for_machines(place: Workspace, run: Run) -> None:
    code, out, _ = run("--dry-run", "--json", "--", *SPOT)
    assert code == 0 and json.loads(out)["controller"]["spread_pct"] == 0.1
    assert not (place.conf / "scripts" / "sol_usdc.yml").exists()


def test_cv01_a_refused_line_writes_nothing(place: Workspace, run: Run) -> None:
    before = sorted(place.conf.rglob("*.yml"))
    for line in (classic_lines.ASTER, classic_lines.CLIENT, "--symbol SOL_USDC --spread 51"):
        code, out, err = run("--", *line.split())
        assert (code, out) == (2, "") and err.count("\n") == 1
    assert sorted(place.conf.rglob("*.yml")) == before


@pytest.mark.parametrize(("flags", "chosen", "words"), [
    ("--spread -1", "en", "--spread: spread_pct (-1) must be a number greater than 0 and at most 50."),
    ("--spread 1 --max-orders 2.5", "zh", "--max-orders: orders_per_side（2.5）必须是不小于 1 且不超过 20 的整数。"),
    ("--spread 1 --base-asset-target 101", "en", "--base-asset-target: base_target_pct (101) must be a number "),
])  # fmt: skip
def test_cv01_a_refused_setting_is_named_by_the_flag_that_was_written(
    run: Run, flags: str, chosen: str, words: str
) -> None:
    code, out, err = run("--lang", chosen, "--", "--symbol", "SOL_USDC", "--enable-rebalance", *flags.split())
    assert (code, out) == (2, "") and err.startswith(f"hummingbot-backpack: {words}")


def test_st01_convert_loses_no_chinese_in_its_table(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    _, out, _ = run("--lang", "zh", "--dry-run", "--", *PERP)
    assert "…" not in out
    told = "".join(line.split("│")[3].strip() for line in out.splitlines() if line.count("│") == 4)
    assert CONVERT["m_interval"][1].replace(" ", "") in told.replace(" ", "")


def test_st01_convert_speaks_chinese(run: Run) -> None:
    code, out, _ = run("--lang", "zh", "--dry-run", "--", *PERP)
    assert code == 0 and "含义有变化的设置" in out
    code, _, err = run("--lang", "zh", "--", *classic_lines.ASTER.split())
    assert code == 2 and "必须是 backpack" in err
