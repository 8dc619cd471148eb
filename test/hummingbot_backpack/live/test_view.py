"""What `watch` and `run` show, and how they follow a bot."""

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hummingbot_backpack import cli
from hummingbot_backpack.language import LANGUAGES, Words
from hummingbot_backpack.live.follow import follow, state_file, status_of
from hummingbot_backpack.live.view import one_line, render
from hummingbot_backpack.live.words import LIVE
from hummingbot_backpack.workspace.create import create

STATE: dict[str, Any] = {
    "pid": 1,
    "running": True,
    "trading_since": 1.0,
    "duration": None,
    "ended_by": None,
    "open_orders": 4,
    "fills": 3,
    "buys": 2,
    "sells": 1,
    "pnl": "-0.25",
    "breakers": [{"name": "session_loss", "scope": "session", "reason": "lost 5", "since": 1, "until": None}],
    "leftovers": [],
    "controllers": [
        {
            "id": "maker",
            "connector": "backpack_perpetual",
            "trading_pair": "SOL-USDC",
            "market": {"bid": "144.99", "ask": "145.01", "mid": "145", "spread_bps": "1.379", "mark": None},
            "position": "-0.3",
            "target_position": "0",
            "max_position": "5",
            "decision": {"observed": "book and position known", "quotes": "4 quotes of 0.1"},
            "prices": {
                "raw_bid": "144.95",
                "raw_ask": "145.05",
                "ratio": "-0.06",
                "offset": "-0.0174",
                "bids": ["144.96", "144.95"],
                "asks": ["145.07"],
            },
            "open_orders": 4,
            "quotes": {"placed": 9, "kept": 4, "cancelled": 5},
            "result": {
                "fills": 3,
                "buys": 2,
                "sells": 1,
                "volume": "43.5",
                "maker_volume": "43.5",
                "taker_volume": "0",
                "fees": {"USDC": "0.0087"},
                "funding": "0",
                "realised": "-0.2413",
                "unrealised": None,
                "net_pnl": None,
                "wear_rate_per_10000": None,
                "all_time": {
                    "realised": "1",
                    "unrealised": "0.5",
                    "fees": "0.25",
                    "funding": "-0.1",
                    "maker_volume": "1000",
                    "taker_volume": "0",
                    "wear_rate_per_10000": "-11.5",
                },
            },
        }
    ],
}


def shown(state: dict[str, Any], language: str) -> str:
    console = Console(width=150, record=True, file=io.StringIO())
    words = Words(LIVE, language)
    console.print(render(state, status_of(state, True, words), words))
    return console.export_text()


def test_se03_the_four_layers_are_shown_and_what_is_not_known_is_a_dash() -> None:
    text = shown(STATE, "en")
    for part in (
        "bid 144.99  ask 145.01  spread 1.38 bps  mid 145  mark –",
        "position -0.3  target 0  limit 5",
        "quotes: 4 quotes of 0.1",
        "raw 144.9500 / 145.0500  ratio -0.0600  offset -0.017400",
        "quoted 144.95 144.96 | 145.07",
        "3 fills (2 buys, 1 sells), volume 43.50 (maker 43.50, taker 0.00)",
        "net –  realised -0.2413  unrealised –  fees 0.0087 USDC",
        "net 1.1500",
        "session_loss (session): lost 5",
    ):
        assert part in text, part


def test_ru01_the_view_speaks_chinese() -> None:
    text = shown(STATE, "zh")
    for part in ("买一 144.99", "持仓 -0.3", "成交 3 笔（买 2，卖 1）", "熔断 session_loss"):
        assert part in text, part


def test_se03_reasons_breakers_and_the_end_are_shown_in_the_users_language_and_published_in_english() -> None:
    (entry,) = STATE["controllers"]
    decision = {
        "observed": "book and position known",
        "exit": "stop loss triggered: 2 from 145 at mark 140 makes -10",
        "quotes": "4 quotes of 0.1 (order_amount)",
        "stop": "stop at the exchange: sell 2 at mark 139.30",
    }
    breaker = {"name": "drawdown", "scope": "session", "until": "…", "since": 1}
    state = {
        **STATE,
        "running": False,
        "ended_by": "the session's volume of 500 is reached",
        "controllers": [{**entry, "decision": decision}],
        "breakers": [{**breaker, "reason": "6.000000 below the session's high, the limit (max_drawdown) is 5"}],
        "leftovers": ["backpack SOL-USDC buy 0.3 at 144.85, client id 7, exchange id 99"],
    }
    before = json.dumps(state)
    text = shown(state, "zh")
    for part in (
        "观察: 盘口和仓位已知",
        "止损止盈: 止损触发：持仓 2，开仓价 145，标记价 140，盈亏 -10",
        "报价: 4 个报价，每个 0.1（order_amount）",
        "交易所止损: 交易所止损单：标记价 139.30 时卖出 2",
        "熔断 回撤（会话）：比会话最高点低 6.000000，限额（max_drawdown）为 5",
        "未能撤销: backpack SOL-USDC 买入 0.3，价格 144.85，客户端订单号 7，交易所订单号 99",
        "已结束：会话成交额 500 已达成",
    ):
        assert part in text, part
    assert json.dumps(state) == before
    assert "exit: stop loss triggered: 2 from 145" in shown(state, "en")


def test_se03_a_long_chinese_reason_is_broken_over_lines_and_not_cut_off() -> None:
    (entry,) = STATE["controllers"]
    decision = {"exit": "position not known", "quotes": "the book or the balances are not known or about to change"}
    console = Console(width=50, record=True, file=io.StringIO())
    words = Words(LIVE, "zh")
    console.print(render({**STATE, "controllers": [{**entry, "decision": decision}]}, "", words))
    text = console.export_text()
    assert "…" not in text
    assert "盘口或余额未知，或即将变动" in "".join(line.strip("│ ") for line in text.splitlines())


def test_ru01_before_the_first_decision_there_is_a_view_too() -> None:
    (entry,) = STATE["controllers"]
    early = {**entry, "decision": None, "prices": None, "result": None}
    text = shown({**STATE, "trading_since": None, "controllers": [early]}, "en")
    assert "starting" in text and "maker" in text


@pytest.mark.parametrize("name", LIVE)
def test_st01_every_word_is_there_in_both_languages_with_the_same_fields(name: str) -> None:
    texts = LIVE[name]
    assert len(texts) == len(LANGUAGES) and all(texts)
    english, chinese = ({part.split("}")[0] for part in text.split("{")[1:]} for text in texts)
    assert english == chinese


def test_ru01_following_ends_with_the_bot_and_without_a_terminal_prints_lines(tmp_path: Path) -> None:
    file = state_file(tmp_path)
    file.parent.mkdir()
    file.write_text(json.dumps(STATE))
    words = Words(LIVE, "en")
    looks = iter([True, False])
    with (tmp_path / "out").open("w") as out:
        last = follow(tmp_path, lambda: next(looks), words, "", Console(file=out, width=120))
    assert last == STATE
    assert (tmp_path / "out").read_text().startswith(one_line(STATE, words))
    assert status_of(STATE, False, words).startswith("gone without a word")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    root = create(tmp_path / "bot", rehearsal=True).workspace.root

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [cli.PROGRAM, "watch", "-w", str(root), *arguments])
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return command


def test_ru01_watch_without_a_bot_is_one_sentence(run: Run) -> None:
    code, _, err = run()
    assert code == 2 and "No bot has run" in err and err.count("\n") == 1


def test_ru01_watch_shows_the_end_of_a_session_and_json_its_state(run: Run, tmp_path: Path) -> None:
    over = {**STATE, "running": False, "ended_by": "stopped", "trading_since": time.time()}
    state_file(tmp_path / "bot").write_text(json.dumps(over))
    code, out, _ = run()
    assert code == 0 and "over: stopped" in out
    assert json.loads(run("--json")[1]) == over
    state_file(tmp_path / "bot").write_text("{")
    code, _, err = run()
    assert code == 2 and "cannot be read" in err and err.count("\n") == 1
