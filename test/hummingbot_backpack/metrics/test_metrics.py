"""Metrics of a bot that runs against a local Backpack, scraped over a real socket, and the board that shows them."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hummingbot.client import settings as client_settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hummingbot_backpack.metrics import collector
from hummingbot_backpack.metrics.collector import PREFIX, StateCollector
from test.hummingbot_backpack.alerts.test_alerts import Local
from test.hummingbot_backpack.trading.bot import Bot, Market, local_backpack, until

BOARD = Path(collector.__file__).parent / "grafana.json"


def scraped(path: Path) -> dict[str, float]:
    """Samples by name and labels."""
    registry = CollectorRegistry()
    registry.register(StateCollector(path))  # type: ignore[arg-type]
    return {
        sample.name + "".join(f"/{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Market]:
    async with local_backpack(monkeypatch) as backpack:
        yield Market(backpack)


@pytest_asyncio.fixture
async def bot(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setattr(client_settings, "CONF_DIR_PATH", tmp_path)
    async with Bot(tmp_path, monkeypatch) as bot:
        bot.configure()
        yield bot


async def test_mo01_metrics_of_a_running_bot_are_those_of_its_session(bot: Bot, market: Market) -> None:
    await bot.start()
    await bot.quotes(4)
    market.hit("Ask", "0.3")
    await until(lambda: bot.state["fills"] == 1)
    market.quote("146")
    await until(lambda: bot.state["quotes_cancelled"] > 0)
    await bot.quotes(4)
    path = bot.folder / "data" / "backpack_state.json"
    where = "/backpack_perpetual_simulator/maker/SOL-USDC"  # labels come sorted
    await until(lambda: scraped(path).get(f"{PREFIX}cancel_request_seconds_count", 0) > 0)
    found = scraped(path)
    assert found[f"{PREFIX}up"] == 1
    assert found[f"{PREFIX}position_base{where}"] == float(market.position(bot))
    assert found[f"{PREFIX}buys_total{where}"] == market.ledger(bot)["buys"] >= 1
    assert found[f"{PREFIX}requests_total/ok"] > 5
    assert found[f"{PREFIX}orders_total/created"] >= 4
    assert found[f"{PREFIX}private_stream_up/backpack_perpetual_simulator"] == 1
    assert 0 < found[f"{PREFIX}decision_to_wire_seconds_sum"] / found[f"{PREFIX}decision_to_wire_seconds_count"] < 1
    assert found[f"{PREFIX}book_to_cancel_seconds_count"] >= 1
    assert found[f"{PREFIX}data_age_seconds/backpack_perpetual_simulator/SOL-USDC"] >= 0
    assert found[f"{PREFIX}equity/backpack_perpetual_simulator"] > 0
    await bot.stop()
    found = scraped(path)
    assert found[f"{PREFIX}up"] == 0
    assert not any(name.startswith(f"{PREFIX}position") for name in found)


@pytest.mark.slow
async def test_mo02_a_bot_says_a_large_fill_and_a_lost_stream_and_trades_on(
    bot: Bot, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Local() as receiver:
        receiver.answers = [503]
        monkeypatch.setenv("BACKPACK_ALERT_WEBHOOK_URL", receiver.url)
        monkeypatch.setenv("BACKPACK_ALERT_FILL_QUOTE", "40")
        await bot.start()
        await bot.quotes(4)
        market.hit("Ask", "0.3")
        await until(lambda: any("A fill of 43" in text for text in receiver.texts))
        market.exchange.faults.set("refuse_private_stream")
        await until(lambda: any("has lost its private stream" in text for text in receiver.texts), 20)
        market.exchange.faults.clear()
        await until(lambda: any(text.startswith("✓") for text in receiver.texts), 40)
        await bot.quotes(4, 20)


def test_mo01_a_bot_that_is_gone_is_down_and_shows_no_old_figures(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert scraped(path)[f"{PREFIX}state_age_seconds"] == -1
    state = {"running": True, "time": 100.0, "pid": 1, "controllers": [], "alerts": ["x"]}
    path.write_text(json.dumps(state))
    found = scraped(path)
    assert (found[f"{PREFIX}up"], found[f"{PREFIX}alerts"]) == (0, 0)
    path.write_text("half of")
    assert scraped(path)[f"{PREFIX}up"] == 0


def test_mo01_every_panel_of_the_board_shows_a_metric_that_exists(tmp_path: Path) -> None:
    names = set()
    for metric in StateCollector(tmp_path / "none").collect():
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(metric.type, ("",))
        names |= {metric.name + suffix for suffix in suffixes}
    board = json.loads(BOARD.read_text())
    assert len(board["panels"]) > 20
    shown = set()
    for panel in board["panels"]:
        for target in panel["targets"]:
            used = set(re.findall(rf"{PREFIX}\w+", target["expr"]))
            assert used, panel["title"]
            assert used <= names, (panel["title"], used - names)
            shown |= used
    variables = " ".join(str(each.get("query")) for each in board["templating"]["list"])
    assert set(re.findall(rf"{PREFIX}\w+", variables)) <= names
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in names}
    assert families == {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in shown}


def test_mo01_metrics_are_served_on_loopback_over_http(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "backpack.yml").write_text("rehearsal: true\n")
    command = [sys.executable, "-u", "-m", "hummingbot_backpack", "metrics", "-w", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = re.findall(r"http://127\.0\.0\.1:\d+/metrics", line)[0]
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert f"{PREFIX}up 0.0" in answer.read().decode()
        finally:
            process.kill()
