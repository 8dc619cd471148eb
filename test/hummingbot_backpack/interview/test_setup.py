"""``setup``: every question in both languages, answers checked at once, and the file that comes of it."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from hummingbot_backpack.convert.write import TABLES, check
from hummingbot_backpack.interview.advice import effect, suggest
from hummingbot_backpack.interview.facts import Facts
from hummingbot_backpack.interview.interview import NOT_ASKED
from hummingbot_backpack.interview.words import SENTENCES, SETUP, refusal, unit
from hummingbot_backpack.language import LANGUAGES, Words
from hummingbot_backpack.market_making.session_settings import SESSION_SETTINGS
from hummingbot_backpack.market_making.values import MarketRule, Touch
from hummingbot_backpack.simulator import LocalBackpack, SimulatorConfig
from hummingbot_backpack.workspace.create import create
from test.hummingbot_backpack.workspace.local import local_backpack

ASKED = [row for table in (*TABLES.values(), SESSION_SETTINGS) for row in table if row.name not in NOT_ASKED]
ENGLISH = Words(SETUP, "en")
FACTS = Facts(
    pair="SOL-USDC",
    kind="PERP",
    rule=MarketRule(Decimal("0.01"), Decimal("0.01"), Decimal("0.01")),
    touch=Touch(Decimal("144.99"), Decimal("145.01")),
    volatility_pct=Decimal("3.8"),
    maker_bps=Decimal(2),
    taker_bps=Decimal(5),
    equity=Decimal(1000),
)


@pytest.mark.parametrize("setting", ASKED, ids=lambda setting: setting.name)
def test_st01_every_setting_is_explained_in_chinese_too(setting: Any) -> None:
    assert SENTENCES[setting.sentence]
    chinese = refusal(setting, "x", Words(SETUP, "zh"))
    assert chinese.startswith(f"{setting.name}（x）必须") and refusal(setting, "x", ENGLISH).endswith(".")
    assert not re.search("[a-z]{2,} [a-z]{2,}|[0-9][且，]", chinese.removeprefix(setting.name)), chinese
    assert (unit(setting, Words(SETUP, "zh")) == "") == (setting.unit == "")


@pytest.mark.parametrize("name", SETUP)
def test_st01_every_word_is_there_in_both_languages_with_the_same_fields(name: str) -> None:
    texts = SETUP[name]
    assert len(texts) == len(LANGUAGES) and all(texts)
    english, chinese = ({part.split("}")[0] for part in text.split("{")[1:]} for text in texts)
    assert english == chinese


@pytest.mark.parametrize(
    "name,value,told",
    [
        ("spread_pct", Decimal("0.2"), "a bid at 144.85 and an ask at 145.15"),
        ("order_amount", None, "orders of 0.34 SOL, worth 49.3 USDC each"),
        ("max_position", Decimal(5), "a position of at most 725 USDC"),
        ("inventory_skew", Decimal("0.002"), "0.29 USDC at full position"),
        ("stop_loss", Decimal(25), "at a full position when the price has moved by 5 USDC"),
        ("base_target_pct", Decimal(30), "300 USDC of SOL in an account of 1000 USDC"),
        ("rebalance_threshold_pct", Decimal(15), "rebalanced when SOL is worth less than 150 or more than 450 USDC"),
        ("max_slippage_bps", Decimal(50), "between 144.28 and 145.72"),
        ("duration", Decimal(3600), "1 hours"),
    ],
)
def test_st01_what_a_value_does_at_the_current_price(name: str, value: Any, told: str) -> None:
    answers = {"orders_per_side": 3, "max_position": Decimal(5), "base_target_pct": Decimal(30)}
    assert effect(name, value, FACTS, answers, ENGLISH) == told


def test_st01_suggestions_come_from_fees_volatility_and_balance() -> None:
    def suggested(name: str, **answers: Any) -> str | None:
        found = suggest(name, FACTS, answers, ENGLISH)
        return None if found is None else found.value

    assert suggested("spread_pct") == "0.16"
    assert suggested("order_amount", orders_per_side=3) == "0.34"
    assert suggested("max_position") == "3.44"
    assert suggested("rebalance_preset") == "medium_volatility"
    assert suggested("max_session_loss") == "50"
    assert suggested("refresh_interval") is None


@pytest.fixture(scope="module")
def backpack() -> Iterator[LocalBackpack]:
    with local_backpack(SimulatorConfig(port=0, flow="calm")) as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return create(tmp_path / "bot", rehearsal=True).workspace.root


def ask(root: Path, backpack: LocalBackpack, answers: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hummingbot_backpack", "setup", "-w", str(root), "--answers", *options],
        env={**os.environ, "BACKPACK_SIMULATOR_URL": backpack.url, "LC_ALL": "C.UTF-8"},
        input=answers,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "kind,answers,written",
    [
        ("perp", "perp\n\n0.2\n!\n5\n", {"spread_pct": 0.2, "max_position": 5}),
        ("spot", "spot\nsol-usdc\n51\n0.3\n!\n", {"spread_pct": 0.3}),
        (
            "hedge",
            "hedge\n\n0\n0.5\n!\n",
            {"order_amount": 0.5, "maker_market": "backpack_perpetual_simulator:SOL-USDC"},
        ),
    ],
)
def test_st01_the_answers_become_a_configuration_that_a_bot_accepts(
    kind: str, answers: str, written: dict[str, Any], language: str, root: Path, backpack: LocalBackpack
) -> None:
    done = ask(root, backpack, answers, "--lang", language)
    assert done.returncode == 0, done.stdout + done.stderr
    suffix = "hedge" if kind == "hedge" else "maker"
    controller = yaml.safe_load((root / "conf" / "controllers" / f"sol_usdc_{kind}_{suffix}.yml").read_text())
    assert written.items() <= controller.items()
    check(controller)
    script = yaml.safe_load((root / "conf" / "scripts" / f"sol_usdc_{kind}.yml").read_text())
    assert script["controllers_config"] == [f"sol_usdc_{kind}_{suffix}.yml"]
    wrong = {"perp": None, "spot": "51", "hedge": "0"}[kind]
    told = f"（{wrong}）必须" if language == "zh" else f"({wrong}) must"
    assert wrong is None or told in done.stdout, "wrong answers are told of at once"


@pytest.mark.slow
def test_st01_nothing_is_written_before_the_last_answer(root: Path, backpack: LocalBackpack) -> None:
    before = sorted((root / "conf").rglob("*.yml"))
    done = ask(root, backpack, "perp\nXYZ-USDC\n\n0.2\n")
    assert done.returncode == 2 and "ended before" in done.stderr and done.stderr.count("\n") == 1
    assert "must be an open one of the exchange" in done.stdout
    assert sorted((root / "conf").rglob("*.yml")) == before


def test_st01_without_a_terminal_it_says_so(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hummingbot_backpack", "setup", "-w", str(root)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "--answers" in done.stderr


@pytest.mark.slow
def test_st01_in_a_terminal_questions_are_asked_and_ctrl_c_writes_nothing(root: Path, backpack: LocalBackpack) -> None:
    before = sorted((root / "conf").rglob("*.yml"))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hummingbot_backpack", "setup", "-w", str(root), "--lang", "zh"],
        env={**os.environ, "BACKPACK_SIMULATOR_URL": backpack.url},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(theirs)
    said = b""
    for expected, answer in (
        ("机器人要做什么", b"spot\n"),
        ("哪个市场", b"\n"),
        ("spread_pct [", b"?\n"),
        ("spread_pct [", b"\x03"),
    ):
        while expected.encode() not in said:
            said += os.read(ours, 4096)
        said = b""
        os.write(ours, answer)
    assert process.wait(30) != 0
    os.close(ours)
    assert sorted((root / "conf").rglob("*.yml")) == before


def _own_terminal() -> None:
    """The child's terminal is the one on its standard input, so that Ctrl-C typed there reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
