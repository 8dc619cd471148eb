"""The cards' own numbers, in seconds: other tests shorten them."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import (
    backpack_account_sync,
    backpack_api_order_book_data_source,
    backpack_backoff,
    backpack_constants,
    backpack_order_path,
    backpack_requests,
)
from hummingbot.connector.exchange.backpack.backpack_account_watch import AccountWatch
from hummingbot.connector.exchange.backpack.backpack_backoff import RECONNECT, SNAPSHOT, Backoff
from hummingbot.connector.exchange.backpack.backpack_settings import BackpackSettings
from hummingbot.connector.exchange.backpack.backpack_streams import keep_listening

from hummingbot_backpack.trading.configs import SESSION_SETTINGS
from hummingbot_backpack.trading.controller import WITHDRAW_AFTER_SECONDS
from test.hummingbot.harness import Keys, local_backpack, spot, until
from test.hummingbot.scene import PAIR, staged

TO_RECONNECT = [1, 2, 4, 8, 16, 30, 30]
TO_FETCH_A_BOOK = [0, 0.5, *TO_RECONNECT]


@pytest.fixture
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backpack_backoff.random, "uniform", lambda low, high: (low + high) / 2)


def test_re02_re04_re05_md04_md07_or04_the_cards_own_numbers() -> None:
    assert backpack_requests.RETRY_DELAYS == (1, 2, 4), "RE04: 5xx on a GET"
    assert backpack_account_sync.STREAM_PATIENCE == 5, "RE02: a change that polls show and the stream has not told"
    assert AccountWatch.SHORT_POLL_INTERVAL == 5, "RE05: polls while the private stream is down"
    assert backpack_api_order_book_data_source.STALE_AFTER == 1, "MD04: crossed, or behind its own ticker"
    assert backpack_api_order_book_data_source.SILENCE_CHECK == 30, "MD07: a market without a depth frame"
    assert backpack_order_path.LOOKUP_MARGIN == 1, "OR04: after the window"
    assert BackpackSettings().signature_window == 5000, "AU04: milliseconds"
    withdraw_after = next(row for row in SESSION_SETTINGS if row.name == "withdraw_after")
    assert WITHDRAW_AFTER_SECONDS == withdraw_after.default == 2, "MD03, RE05"


@pytest.mark.parametrize(("delays", "wanted"), [(RECONNECT, TO_RECONNECT), (SNAPSHOT, TO_FETCH_A_BOOK)])
def test_re02_md03_delays_grow_to_30_s_with_a_jitter_of_a_fifth(
    delays: tuple[float, ...], wanted: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    for pick, factor in ((min, 0.8), (max, 1.2)):
        monkeypatch.setattr(backpack_backoff.random, "uniform", lambda low, high, pick=pick: pick(low, high))
        backoff = Backoff(delays)
        for _ in range(2):
            assert [backoff.delay() for _ in wanted] == [pytest.approx(delay * factor) for delay in wanted]
            backoff.reset()


async def test_re04_a_get_is_tried_again_after_1_2_and_4_s(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch) as backpack:
        connector, slept = spot(Keys.new()), []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        await connector.ensure_clock()
        monkeypatch.setattr(connector._requests, "_sleep", sleep)
        backpack.faults.set("error_before", path="/api/v1/account", times=3)
        await connector.refresh_account()
        assert slept == [1, 2, 4]


async def test_re02_a_lost_stream_is_tried_again_after_1_2_4_to_30_s(no_jitter: None) -> None:
    slept: list[float] = []

    class Enough(BaseException):
        pass

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == len(TO_RECONNECT):
            raise Enough

    async def refused(backoff: Backoff) -> None:
        raise ConnectionRefusedError

    with pytest.raises(Enough):
        await keep_listening(SimpleNamespace(logger=logging.getLogger, _sleep=sleep), refused, "private stream")
    assert slept == TO_RECONNECT


async def test_md03_a_book_is_fetched_after_0_05_1_2_4_to_30_s(
    monkeypatch: pytest.MonkeyPatch, no_jitter: None
) -> None:
    async with staged(monkeypatch, is_perpetual=False) as scene:
        source, slept = scene.connector._orderbook_ds, []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        # It sleeps too.
        source._watching.cancel()
        monkeypatch.setattr(source, "_sleep", sleep)
        scene.backpack.faults.set("error_before", path="/api/v1/depth", times=len(TO_FETCH_A_BOOK) - 1)
        source.invalidate(PAIR, "test")
        await until(lambda: source.is_valid(PAIR))
        assert slept == TO_FETCH_A_BOOK


async def test_md07_a_refused_subscription_is_tried_again_after_0_05_1_2_4_to_30_s(
    monkeypatch: pytest.MonkeyPatch, no_jitter: None
) -> None:
    async with staged(monkeypatch, is_perpetual=False) as scene:
        source, slept = scene.connector._orderbook_ds, []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        source._watching.cancel()
        # A market that was heard is not fetched again after the refusal of another.
        source._feeds[PAIR].last_depth = 1.0
        monkeypatch.setattr(source, "_sleep", sleep)
        socket = source._ws_assistant._connection
        for count in range(1, len(TO_FETCH_A_BOOK) + 1):
            await socket._send_json({"method": "SUBSCRIBE", "params": ["x"]})
            await until(lambda count=count: len(slept) == count and source._resubscribe.done())
        assert slept == TO_FETCH_A_BOOK


async def test_re02_a_dead_socket_ends_within_75_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own ping, after 30 s without a frame, ends it after 15 more: sooner than the exchange's pings could."""
    async with staged(monkeypatch, is_perpetual=False) as scene:
        public = scene.connector._orderbook_ds._ws_assistant
        private = scene.connector._user_stream_tracker.data_source._ws_assistant
        assert backpack_constants.WS_HEARTBEAT_TIME_INTERVAL == 30
        for assistant in (public, private):
            socket: Any = assistant._connection._connection
            assert (socket._heartbeat, socket._pong_heartbeat) == (30, 15)
            assert socket._heartbeat + socket._pong_heartbeat <= 75
