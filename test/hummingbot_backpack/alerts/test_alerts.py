"""Alerts against a receiver on this machine, over real sockets."""

import logging
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from hummingbot_backpack.alerts import sender
from hummingbot_backpack.alerts.conditions import standing
from hummingbot_backpack.alerts.sender import Message, Receiver, receivers_of
from hummingbot_backpack.alerts.settings import AlertSettings, read
from hummingbot_backpack.alerts.watch import OVER_SECONDS, Alerts
from hummingbot_backpack.chinese import in_chinese
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.breakers import UNTIL_REARMED
from test.hummingbot.harness import until

TOKEN = "bearer-" + "x" * 8
MARGIN = {"accounts": [{"account": "backpack_perpetual", "margin_fraction": "0.03", "maintenance": "0.0167"}]}
BREAKER = {"breakers": [{"name": "drawdown", "scope": "session", "reason": "down 12", "until": "re-armed"}]}

DRAWDOWN = "6.000000 below the session's high, the limit (max_drawdown) is 5"


class Local:
    """Takes POSTs; answers with the next of `answers`, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.taken: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.tries = 0

    async def __aenter__(self) -> "Local":
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.tries += 1
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.taken.append((request.path, dict(request.headers), await request.json()))
        return web.Response(status=status)

    @property
    def texts(self) -> list[str]:
        return [body.get("text", "") for _, _, body in self.taken]


class Pauses:
    """Instead of sleeping: notes how long it was asked for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest_asyncio.fixture
async def local() -> AsyncIterator[Local]:
    async with Local() as local:
        yield local


def alerts(settings: AlertSettings, clock: list[float], pauses: Pauses | None = None) -> Alerts:
    return Alerts("maker", receivers_of(settings, pauses or Pauses()), settings.alert_fill_quote, lambda: clock[0])


async def test_mo02_a_breaker_is_said_once_and_once_more_when_it_is_over(local: Local) -> None:
    clock = [100.0]
    watch = alerts(AlertSettings(alert_webhook_url=f"{local.url}/hook", alert_webhook_token=TOKEN), clock)
    for _ in range(5):
        watch.look(BREAKER)
        clock[0] += 1
    await until(lambda: len(local.taken) == 1)
    assert watch.standing == ["Breaker drawdown stops session: down 12, until re-armed."]
    for _ in range(int(OVER_SECONDS) + 5):
        watch.look({})
        clock[0] += 1
    await until(lambda: len(local.taken) == 2)
    path, headers, body = local.taken[0]
    assert (path, headers["Authorization"], body["state"]) == ("/hook", f"Bearer {TOKEN}", "raised")
    assert local.taken[1][2]["state"] == "cleared" and "down 12" in local.texts[1]
    assert watch.standing == []
    await watch.close()
    assert len(local.taken) == 2


async def test_mo02_alerts_speak_the_language_that_is_set_and_their_fields_stay_english(local: Local) -> None:
    clock = [100.0]
    settings = AlertSettings(
        alert_webhook_url=f"{local.url}/hook",
        alert_telegram_token="12:ab",
        alert_telegram_chat="77",
        alert_telegram_url=local.url,
        alert_fill_quote=Decimal(100),
        alert_language="zh",
    )
    watch = Alerts("maker", receivers_of(settings), Decimal(100), lambda: clock[0], settings.alert_language)
    low = {"breakers": [{**BREAKER["breakers"][0], "reason": DRAWDOWN, "until": UNTIL_REARMED}]}
    watch.look(low)
    assert watch.standing == [f"Breaker drawdown stops session: {DRAWDOWN}, until {UNTIL_REARMED}."]
    clock[0] += OVER_SECONDS + 1
    watch.look({})
    watch.fill("SOL-USDC", "sell", Decimal("0.8"), Decimal(150))
    await watch.close()
    stops = (
        "熔断（回撤）停止会话：比会话最高点低 6.000000，限额（max_drawdown）为 5，直到用 `hummingbot-backpack resume"
    )
    stops += " --breakers` 重新启用。"
    lines = [f"⚠ maker: {stops}", f"✓ maker: 已解除：{stops}", "• maker: 成交额 120.00：以 150 卖出 0.8 SOL-USDC。"]
    hooked = [body for path, _, body in local.taken if path == "/hook"]
    assert [body["text"] for body in hooked] == lines
    assert [body["text"] for path, _, body in local.taken if path != "/hook"] == lines
    assert [(body["alert"], body["state"], body["bot"]) for body in hooked] == [
        ("breaker/drawdown/session", "raised", "maker"),
        ("breaker/drawdown/session", "cleared", "maker"),
        ("fill", "noticed", "maker"),
    ]


@pytest.mark.parametrize(("locale", "chosen", "spoken"), [
    ("zh_CN.UTF-8", None, "zh"), ("C", None, "en"), ("C", "zh", "zh"), ("zh_CN.UTF-8", "en", "en"),
])  # fmt: skip
async def test_mo02_without_a_setting_alerts_speak_the_locales_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, locale: str, chosen: str | None, spoken: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    settings = read(tmp_path, {} if chosen is None else {"BACKPACK_ALERT_LANGUAGE": chosen})
    told: list[Message] = []

    class Told(Receiver):
        def put(self, message: Message) -> None:
            told.append(message)

    watch = Alerts("maker", [Told("here", lambda message: {})], speaks=settings.alert_language)
    watch.look({"measures": {"reject_share": 0.5}})
    assert ("被交易所拒绝" in told[0].line) == (spoken == "zh")
    assert told[0].text == "The exchange refused 50% of the last 20 orders within a minute."


@pytest.mark.parametrize("state", [
    {"controllers": [{"id": "h", "residual": "0.3", "hedge": {"phase": "overdue"}}]},
    {"controllers": [{"id": "h", "residual": None, "hedge": {"phase": "blind", "alert": "position not known"}}]},
    {"running": True, "measures": {"connections": [{"connector": "1", "private_stream": False, "ready": True}]}},
    {"running": True, "measures": {"connections": [{"connector": "1", "private_stream": True, "ready": False}]}},
    {"measures": {"reject_share": 0.5}}, {"measures": {"error_share": 0.06}}, MARGIN, BREAKER,
])  # fmt: skip
def test_mo02_no_alert_leaves_english_behind(state: dict[str, Any]) -> None:
    (sentence,) = standing(state).values()
    for said in (sentence, f"It is over: {sentence}"):
        left = in_chinese(said).replace("backpack_perpetual", "").replace("down 12", "").replace("re-armed", "")
        assert not re.search("[a-z]{2}", left), left


async def test_mo02_what_flaps_is_said_once(local: Local) -> None:
    clock = [100.0]
    watch = alerts(AlertSettings(alert_webhook_url=local.url), clock)
    for turn in range(30):
        watch.look(MARGIN if turn % 3 == 0 else {})
        clock[0] += 1
    await watch.close()
    assert len(local.taken) == 1
    assert "less than twice the maintenance" in local.texts[0]


async def test_mo02_telegram_is_told_through_its_own_interface(local: Local) -> None:
    settings = AlertSettings(
        alert_telegram_token="12:ab",
        alert_telegram_chat="77",
        alert_telegram_url=local.url,
        alert_fill_quote=Decimal(100),
    )
    watch = alerts(settings, [0.0])
    watch.fill("SOL-USDC", "buy", Decimal("0.5"), Decimal(150))
    watch.fill("SOL-USDC", "sell", Decimal("0.8"), Decimal(150))
    await until(lambda: local.taken)
    await watch.close()
    ((path, _, body),) = local.taken
    assert path == "/bot12:ab/sendMessage"
    assert body == {"chat_id": "77", "text": "• maker: A fill of 120.00: sell 0.8 SOL-USDC at 150."}


async def test_mo02_a_receiver_that_fails_is_tried_again_with_growing_pauses_and_in_order(
    local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    local.answers = [503, 429, 500]
    pauses = Pauses()
    watch = alerts(AlertSettings(alert_webhook_url=local.url), [0.0], pauses)
    watch.notice("first", "One.")
    watch.notice("second", "Two.")
    await until(lambda: len(local.taken) == 2)
    assert [body["alert"] for _, _, body in local.taken] == ["first", "second"]
    assert pauses.seconds == [1.0, 2.0, 4.0]
    assert caplog.text.count("Alerts do not reach the webhook at 127.0.0.1 (HTTP 503)") == 1
    await watch.close()


async def test_mo02_a_refused_alert_is_not_repeated(local: Local, caplog: pytest.LogCaptureFixture) -> None:
    local.answers = [401]
    watch = alerts(AlertSettings(alert_webhook_url=local.url), [0.0])
    watch.notice("a", "A.")
    watch.notice("b", "B.")
    await until(lambda: len(local.taken) == 1)
    await watch.close()
    assert local.tries == 2
    assert "the webhook at 127.0.0.1 refused an alert (HTTP 401)" in caplog.text


async def test_mo02_no_secret_is_logged_when_nobody_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Local() as gone:
        url = gone.url
    settings = AlertSettings(
        alert_webhook_url=f"{url}/{TOKEN}",
        alert_webhook_token=TOKEN,
        alert_telegram_token=TOKEN,
        alert_telegram_chat="1",
        alert_telegram_url=url,
    )
    pauses = Pauses()
    watch = alerts(settings, [0.0], pauses)
    watch.notice("a", "A.")
    await until(lambda: len(pauses.seconds) > 2)
    for receiver in watch._receivers:
        await receiver.close(0.0)
    assert "Alerts do not reach Telegram" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(settings).replace(f"{url}/{TOKEN}", "")


async def test_mo02_a_full_queue_lets_the_oldest_go_and_never_waits() -> None:
    async with Local() as gone:
        url = gone.url
    (receiver,) = receivers_of(AlertSettings(alert_webhook_url=url))
    for number in range(sender.QUEUE + 50):
        receiver.put(Message(str(number), "noticed", "", 0.0, "maker"))
    assert receiver.dropped == 50
    assert receiver._waiting[0].name == "50"
    await receiver.close(0.0)


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (BREAKER, "breaker/drawdown/session"),
        ({"controllers": [{"id": "h", "residual": "0.3", "hedge": {"phase": "overdue"}}]}, "residual/h"),
        (
            {
                "running": True,
                "measures": {"connections": [{"connector": "c", "private_stream": False, "ready": True}]},
            },
            "disconnect/c",
        ),
        ({"measures": {"reject_share": 0.5}}, "rejects"),
        ({"measures": {"error_share": 0.06}}, "errors"),
        (MARGIN, "margin/backpack_perpetual"),
    ],
)
def test_mo02_what_is_worth_an_alert(state: dict[str, Any], name: str) -> None:
    assert list(standing(state)) == [name]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"controllers": [{"id": "h", "residual": "0.3", "hedge": {"phase": "hedging", "alert": None}}]},
        {"running": False, "measures": {"connections": [{"connector": "c", "private_stream": False, "ready": True}]}},
        {"measures": {"reject_share": None, "error_share": 0.05}},
        {"accounts": [{"account": "a", "margin_fraction": "0.04", "maintenance": "0.02"}]},
        {"accounts": [{"account": "a", "margin_fraction": None, "maintenance": "0.02"}]},
    ],
)
def test_mo02_what_is_not(state: dict[str, Any]) -> None:
    assert standing(state) == {}


def test_mo02_an_old_key_is_worth_an_alert() -> None:
    assert list(standing({}, {"backpack": 90, "backpack_perpetual": 91})) == ["key/backpack_perpetual"]


def test_mo02_settings_come_from_the_file_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "backpack.yml").write_text("alert_webhook_url: https://a.example/x\nalert_fill_quote: 500\n")
    found = read(tmp_path, {"BACKPACK_ALERT_FILL_QUOTE": "250"})
    assert (found.alert_webhook_url, found.alert_fill_quote) == ("https://a.example/x", 250)
    assert read(tmp_path / "nowhere", {}) == AlertSettings()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"BACKPACK_ALERT_FILL_QUOTE": "much"}, r"alert_fill_quote \(much\) must be a number greater than 0"),
        ({"BACKPACK_ALERT_WEBHOOK_URL": "ftp://secret"}, "alert_webhook_url must begin with http"),
        ({"BACKPACK_ALERT_TELEGRAM_TOKEN": "secret"}, "must be given together"),
        ({"BACKPACK_ALERT_LANGUAGE": "fr"}, r"alert_language \(fr\) must be en or zh"),
    ],
)
def test_mo02_a_setting_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence) as raised:
        read(tmp_path, environment)
    assert "secret" not in str(raised.value)
