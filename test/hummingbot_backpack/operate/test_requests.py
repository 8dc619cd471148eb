"""Pause, resume and flatten of a running bot by request files, from the command line and from code."""

import asyncio
import json
import stat
import sys
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hummingbot_backpack import cli, language
from hummingbot_backpack.chinese import in_chinese
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.operate import requests
from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, Market, local_backpack, until

D = Decimal


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure(inventory_skew=0)
        await bot.start()
        await bot.quotes(4)
        yield bot


async def ask(bot: Bot, kind: str, **arguments: Any) -> dict[str, Any]:
    request = requests.send(bot.folder, kind, **arguments)
    return await asyncio.to_thread(requests.wait_for, bot.folder, request, 20.0)


def test_br03_without_a_bot_it_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"^No bot runs in {tmp_path}: there is nothing to pause\.$"):
        requests.send(tmp_path, "pause")
    requests.folder_of(tmp_path / "data")
    with pytest.raises(UserError, match="No bot runs"):
        requests.send(tmp_path, "pause")


FLAT = "position  0  target 0 ± 4  limit 5; flat and paused until `hummingbot-backpack resume`."


OTHER = "controller (x) must be one of maker"
CLOSED = "maker: not flat yet (waits: the market is Closed: flatten: closing 0.6); it goes on, and stays paused."


@pytest.mark.parametrize(
    ("line", "code", "chosen", "words"),
    [
        (OTHER, 2, "en", OTHER),
        (OTHER, 2, "zh", "controller（x）必须是以下之一：maker"),
        ("maker: still held by manual: paused by request, until `hummingbot-backpack resume`.", 1, "zh",
         "maker: 仍被阻止：人工：按请求暂停，直到执行 `hummingbot-backpack resume`。"),
        (CLOSED, 1, "en", CLOSED),
        (CLOSED, 1, "zh",
         "maker: 尚未平仓（等待：市场状态为 Closed：平仓请求：正在平仓 0.6）；继续执行，并保持暂停。"),
        ("maker: resumed, but not quoting yet: book not known.", 1, "zh", "maker: 已恢复，但尚未报价：盘口未知。"),
        ("maker: paused, but 2 quotes are not confirmed gone: 144.9, 145.1.", 1, "zh",
         "maker: 已暂停，但有 2 个报价尚未确认撤销：144.9, 145.1。"),
        ("maker: paused, no quote rests; limits and exits stay armed.", 0, "zh",
         "maker: 已暂停，没有挂单；限额和止损止盈仍然有效。"),
        ("maker: quoting again, 6 quotes rest.", 0, "zh", "maker: 已恢复报价，挂单 6 个。"),
        (f"maker: {FLAT}", 0, "en", f"maker: {FLAT}"),
    ],
)  # fmt: skip
def test_br03_answers_are_said_in_the_users_language_and_what_was_not_done_on_stderr(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    code: int,
    chosen: str,
    words: str,
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "backpack.yml").write_text("{}\n")
    answer = {"ok": code == 0, "lines": [line], **({} if code == 2 else {"controllers": []})}
    monkeypatch.setattr(requests, "send", lambda *_, **__: "1")
    monkeypatch.setattr(requests, "wait_for", lambda *_: answer)
    monkeypatch.setattr(sys, "argv", [cli.PROGRAM, "--lang", chosen, "flatten", "-w", str(tmp_path)])
    try:
        assert cli.main() == code
    finally:
        language.choose(None)
    streams = capsys.readouterr()
    said, silent = (streams.out, streams.err) if answer["ok"] else (streams.err, streams.out)
    assert said.removeprefix("hummingbot-backpack: ") == f"{words}\n" and silent == ""


def test_br03_what_a_flatten_left_is_said_in_chinese_with_its_figures() -> None:
    said = in_chinese(FLAT)
    assert said.startswith("仓位  0  目标 0 ± 4  上限 5；")
    assert said.endswith("并暂停，直到执行 `hummingbot-backpack resume`。") and "flat" not in said


def test_br03_a_request_that_nobody_takes_is_taken_back(tmp_path: Path) -> None:
    folder = requests.folder_of(tmp_path / "data")
    lock = requests.attend(folder)
    assert lock is not None and requests.attend(folder) is None
    request = requests.send(tmp_path, "pause")
    path = folder / f"{request}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(UserError, match="did not take the request within 0 s, so it was taken back"):
        requests.wait_for(tmp_path, request, 0.0)
    assert not path.exists()


@pytest.mark.slow
async def test_br03_pause_and_resume_wait_for_their_effect(bot: Bot, market: Market) -> None:
    began = time.monotonic()
    answer = await ask(bot, "pause")
    assert (answer["ok"], answer["controllers"][0]["quotes"]) == (True, 0)
    assert answer["lines"] == ["maker: paused, no quote rests; limits and exits stay armed."]
    assert time.monotonic() - began < requests.LOOK_SECONDS + 10
    assert market.ledger(bot)["open_orders"] == []
    await until(lambda: [row["name"] for row in bot.state["breakers"]] == ["manual"])
    answer = await ask(bot, "resume")
    assert answer["ok"] and answer["lines"][0].startswith("maker: quoting again, ")
    await bot.quotes(4)
    assert sorted(path.name for path in (bot.folder / "data" / "requests").iterdir()) == [requests.LOCK]


@pytest.mark.slow
async def test_br03_flatten_closes_and_stays_paused_until_resume(bot: Bot, market: Market) -> None:
    market.hit("Ask", "0.6")
    await until(lambda: market.position(bot) == D("0.6"))
    answer = await ask(bot, "flatten", seconds=10)
    assert answer["ok"], answer
    assert market.position(bot) == 0
    assert "flat and paused until `hummingbot-backpack resume`" in answer["lines"][0]
    assert market.ledger(bot)["open_orders"] == []
    assert (await ask(bot, "resume"))["ok"]
    await bot.quotes(4)


@pytest.mark.slow
async def test_br03_what_cannot_be_done_is_said(bot: Bot, market: Market) -> None:
    answer = await ask(bot, "pause", controllers=["other"])
    assert answer == {"ok": False, "lines": ["controller (other) must be one of maker"]}
    answer = await ask(bot, "dance")
    assert not answer["ok"] and answer["lines"][0].startswith("request (dance) must be one of pause, resume, flatten")
    await bot.quotes(4)
    market.hit("Ask", "0.6")
    await until(lambda: bot.controller.view.exchange == D("0.6"))
    market.backpack.faults.set("market_state", value="Closed")
    await bot.connector._update_trading_rules()
    bot.connector._markets = bot.connector._markets
    await until(lambda: bot.connector.market("SOL-USDC").state == "Closed", 15)
    answer = await ask(bot, "flatten", seconds=0.5)
    assert not answer["ok"]
    assert "not flat yet (waits: the market is Closed: flatten: closing 0.6" in answer["lines"][0]


@pytest.mark.slow
async def test_br03_a_restart_never_repeats_a_request_but_a_pause_holds(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ask(bot, "pause"))["ok"]
    market.exchange.order(market.exchange.known_account(bot.keys.public), SYMBOL, "Bid", "0.4")
    await until(lambda: market.position(bot) == D("0.4"))
    await bot.stop()
    # Left by somebody who asked while nobody attended, or by a crash.
    folder = requests.folder_of(bot.folder / "data")
    requests.write(folder / "1-late.json", {"kind": "flatten"})
    async with bot.again() as later:
        await later.start()
        await until(lambda: later.strategy.ready_to_trade and later.controller.decision is not None)
        assert later.controller.decision.breaker.startswith("manual: paused by request")
        assert not (folder / "1-late.json").exists()
        assert market.position(later) == D("0.4")
        assert (await ask(later, "resume"))["ok"]
        await later.quotes(4)


@pytest.mark.slow
async def test_br03_the_command_line_pauses_and_resumes(bot: Bot, market: Market) -> None:
    (bot.folder / "conf").mkdir(exist_ok=True)
    (bot.folder / "conf" / "backpack.yml").write_text("{}\n")

    async def run(*arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hummingbot_backpack", *arguments, "-w", str(bot.folder),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, error = await process.communicate()
        return process.returncode or 0, out.decode(), error.decode()

    code, out, error = await run("pause", "--json")
    assert (code, error) == (0, ""), error
    assert json.loads(out)["controllers"][0]["quotes"] == 0
    code, out, _ = await run("resume")
    assert code == 0 and "quoting again" in out
    code, out, error = await run("--lang", "zh", "pause", "--controller", "other")
    assert (code, out) == (2, "") and error == "hummingbot-backpack: controller（other）必须是以下之一：maker\n"
    code, out, error = await run("flatten", "--timeout", "10")
    assert (code, "flat and paused" in out) == (0, True), out + error
    await bot.stop()
    code, _, error = await run("flatten")
    assert (code, "No bot runs in" in error) == (2, True), error
