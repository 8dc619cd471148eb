"""Every sentence of ours has its Chinese, and only who reads Chinese loads it."""

import ast
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from rich.console import Console

from hummingbot_backpack import cli, language
from hummingbot_backpack.chinese.catalogue import CATALOGUE, in_chinese
from hummingbot_backpack.language import Words
from hummingbot_backpack.live import bot
from hummingbot_backpack.live.words import LIVE
from hummingbot_backpack.workspace import launch
from test.hummingbot_backpack.chinese.collect import LEFT_OVER, SOURCE, is_layout, sentences

ERRORS = ("UserError", "SettingError", "DecisionError")
FINDINGS = ("ok", "warn", "fail", "skip")
PREFLIGHTS = ("preflight.py", "spot_preflight.py", "hedge_preflight.py")
LOGGED = "Preflight of "
"""Begins what a bot writes to its log only; logs are English."""
Place = tuple[str, ast.expr]


def raised() -> Iterator[Place]:
    """Errors to the user; in the local Backpack a ValueError becomes one."""
    for file in sorted(SOURCE.rglob("*.py")):
        names = (*ERRORS, "ValueError") if "simulator" in file.parts else ERRORS
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield from ((f"{file.relative_to(SOURCE)}:{node.lineno}", text) for text in node.args[:1])


def found() -> Iterator[Place]:
    """Findings of doctor and of the preflights."""
    for file in sorted((SOURCE / "doctor").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FINDINGS:
                yield f"doctor/{file.name}:{node.lineno}", node.args[1]
    for name in PREFLIGHTS:
        tree = ast.parse((SOURCE / "market_making" / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            texts: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                texts = node.args
            elif isinstance(node, ast.List):
                texts = node.elts
            yield from ((f"{name}:{node.lineno}", text) for text in texts)


def every() -> Iterator[tuple[str, str]]:
    for place, text in [*raised(), *found()]:
        for sentence in sentences(text, iter(range(1000))):
            if any(letter.isalpha() for letter in sentence) and not sentence.startswith(LOGGED):
                yield place, sentence


def test_st01_every_sentence_of_ours_has_its_chinese_with_all_it_names() -> None:
    known = list(every())
    assert len(known) > 250
    missing, dropped = [], []
    for place, sentence in known:
        chinese = in_chinese(sentence)
        if (sentence == chinese and not is_layout(sentence)) or LEFT_OVER.search(re.sub("`.*?`", "", chinese)):
            missing.append(f"{place} {sentence}")
        marks = {part.split("›")[0] for part in sentence.split("‹")[1:]}
        dropped += [f"{place} ‹{mark}› {chinese}" for mark in marks if f"‹{mark}›" not in chinese]
    assert not missing
    assert not dropped


def test_st01_both_languages_of_a_sentence_name_the_same_fields() -> None:
    def fields(template: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(template) if name is not None}

    assert not [english for english, chinese in CATALOGUE if fields(english) != fields(chinese)]
    assert not [english for english, chinese in CATALOGUE if english.endswith(".") or chinese.endswith("。")]
    assert len({english for english, _ in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize(
    "english,chinese",
    [
        ("spread_pct (-1) must be a number greater than 0 and at most 50.", "是大于 0 且不超过 50 的数。"),
        ("/w/a.yml: order_amount (0.001) must be at least the market's minimum of 0.01.", "最小数量 0.01。"),
        ("fault (x) must be one of a, b", "fault（x）必须是以下之一：a, b"),
        ("http://h answers in 3 ms, this machine's clock is 4100 ms off: set it (NTP)", "偏差 4100 毫秒：请校准"),
        ("order_amount (0.001) must give orders that the market takes: order size from order_amount: the size rounds"
         " down to nothing", "数量向下取整后为零"),
        ("nobody's sentence", "nobody's sentence"),
    ],
)  # fmt: skip
def test_st01_what_a_sentence_names_stands_in_its_chinese(english: str, chinese: str) -> None:
    assert chinese in in_chinese(english)


def complain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], locale: str, *arguments: str
) -> tuple[int, str]:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setattr(sys, "argv", [cli.PROGRAM, *arguments])
    code = cli.main()
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    "locale,arguments,words",
    [
        ("zh_CN.UTF-8", ("simulator", "--port", "70000"), "必须在 0 到 65535 之间"),
        ("zh_CN.UTF-8", ("--lang", "en", "simulator", "--port", "70000"), "must be between"),
        ("C", ("--lang", "zh", "simulator", "--port", "70000"), "必须在 0 到 65535 之间"),
        ("C", ("--lang=zh", "simulator", "--port", "x"), "不是有效的整数"),
        ("C", ("--lang", "zh", "simulatr"), "没有命令"),
        ("C", ("--lang", "zh", "simulator", "--prot", "1"), "没有选项 --prot"),
        ("C", ("--lang", "fr", "doctor"), "--lang (fr) must be en or zh."),
        ("C", ("watch", "-w", "/nowhere", "--lang", "zh"), "不是工作区"),
        ("C", ("--lang", "zh", "watch", "-w", "/nowhere", "--lang", "en"), "is not a workspace"),
        ("C", ("simulator", "--port", "70000"), "must be between"),
    ],
)
def test_st01_errors_are_said_in_the_language_that_was_asked_for_or_the_locales(
    locale: str,
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = complain(monkeypatch, capsys, locale, *arguments)
    language.choose(None)
    assert code == 2
    assert words in said


def test_st01_doctor_speaks_chinese_to_people_and_english_to_machines() -> None:
    def doctor(*more: str) -> str:
        command = [sys.executable, "-m", "hummingbot_backpack", "--lang", "zh", "doctor", "--offline", *more]
        return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, encoding="utf-8").stdout

    assert "当前目录不是工作区" in doctor()
    assert "this folder is none" in doctor("--json")


def test_st01_who_reads_english_loads_no_chinese() -> None:
    code = (
        "import sys; from hummingbot_backpack.cli import main\n"
        "sys.argv[1:] = ['simulator', '--port', '70000']\n"
        "main(); print([name for name in sys.modules if 'chinese' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"LC_ALL": "C", "PATH": ""}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_st01_hbot_complains_in_the_locales_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert launch.main(str(tmp_path), ["status"]) == 2
    assert "不是工作区" in capsys.readouterr().err


@pytest.mark.parametrize(
    "chosen,words", [("zh", "以下资金限制未启用：max_loss"), ("en", "these money limits are off: max_loss")]
)
def test_st01_run_shows_the_preflight_in_the_language_that_was_asked_for(chosen: str, words: str) -> None:
    told = io.StringIO()
    report = {
        "controller_id": "one",
        "refused": [],
        "warned": ["these money limits are off: max_loss"],
        "figures": ["holdings  not all known"],
    }
    bot._show_preflight({"preflight": [report]}, Words(LIVE, chosen), Console(file=told, width=120))
    assert words in told.getvalue()
    assert ("尚未全部知晓" in told.getvalue()) == (chosen == "zh")
