import asyncio
import itertools
from typing import Any

import pytest
from hummingbot.connector.derivative.backpack_perpetual import backpack_perpetual_derivative  # noqa: F401
from hummingbot.connector.exchange.backpack import backpack_exchange  # noqa: F401
from hummingbot.data_feed.candles_feed.backpack_perpetual_candles import (
    BackpackPerpetualCandles,
    BackpackSimulatorPerpetualCandles,
)
from hummingbot.data_feed.candles_feed.backpack_spot_candles import BackpackSpotCandles
from hummingbot.data_feed.candles_feed.candles_base import CandlesBase
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory
from hummingbot.data_feed.candles_feed.data_types import CandlesConfig

from test.hummingbot.harness import Keys, local_backpack, perpetual, until

PAIR = "SOL-USDC"


def kline(minute: int, price: str | None, close: str | None = None) -> dict[str, Any]:
    prices = dict.fromkeys(("open", "high", "low"), price)
    return {
        **prices, "close": close or price, "start": f"2026-09-01 17:{minute:02}:00", "end": "", "trades": "0",
        "volume": "0", "quoteVolume": "0",
    }  # fmt: skip


async def test_md11_empty_buckets_carry_the_previous_close_forward() -> None:
    feed = BackpackSpotCandles(PAIR, "1m", 10)
    candles = feed._parse_rest_candles([kline(1, None), kline(2, "10", "11"), kline(3, None), kline(4, "12")])
    assert [candle[4] for candle in candles] == [10, 11, 11, 12]
    assert [b[0] - a[0] for a, b in itertools.pairwise(candles)] == [60, 60, 60]


async def test_md11_window_without_any_trade_takes_the_price_after_it() -> None:
    feed = BackpackSpotCandles(PAIR, "1m", 10)
    assert feed._parse_rest_candles([kline(1, None), kline(2, None)]) == []
    feed._candles.append([0.0, 7.0, 8.0, 6.0, 7.5, 0, 0, 0, 0, 0])
    assert [candle[4] for candle in feed._parse_rest_candles([kline(1, None), kline(2, None)])] == [7, 7]


async def test_md11_buckets_that_the_stream_never_sent_are_filled() -> None:
    feed = BackpackSpotCandles(PAIR, "1m", 10)
    for minute, price in ((1, "10"), (4, None)):
        data = {
            "e": "kline", "t": f"2026-09-01T17:{minute:02}:00", "o": price, "h": price, "l": price, "c": price,
            "v": "1", "n": 1, "X": False,
        }  # fmt: skip
        parsed = feed._parse_websocket_message({"data": data})
        assert parsed is not None
        feed._candles.append([parsed[name] for name in feed.columns])
    assert [candle[4] for candle in feed._candles] == [10, 10, 10, 10]
    assert feed._candles[-1][0] - feed._candles[0][0] == 180


async def test_md11_empty_window_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = BackpackSpotCandles(PAIR, "1m", 10)
    feed._candles.append([600.0] + [1.0] * 9)
    feed._ws_candle_available.set()
    slept: list[float] = []

    async def fetch(**options: Any) -> Any:
        import numpy

        return numpy.array([]).reshape(0, 10)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            raise asyncio.CancelledError

    monkeypatch.setattr(feed, "fetch_candles", fetch)
    monkeypatch.setattr(feed, "_sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await feed.fill_historical_candles()
    assert slept == sorted(slept)
    assert slept[0] > 1


async def test_md11_klines_stay_within_thirty_a_minute() -> None:
    feed = BackpackSpotCandles(PAIR, "1m", 10)
    rate_limit, related = feed._api_factory.throttler.get_related_limits(feed.candles_endpoint)
    assert rate_limit.limit == 30
    assert {limit.limit_id for limit, _ in related} == {"GLOBAL", "HISTORICAL"}


async def test_md11_all_four_names_have_a_feed_and_the_simulators_read_the_simulator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKPACK_SIMULATOR_URL", "http://127.0.0.1:4321")
    for name in ("backpack", "backpack_perpetual", "backpack_simulator", "backpack_perpetual_simulator"):
        feed = CandlesFactory.get_candle(CandlesConfig(connector=name, trading_pair=PAIR, interval="1m"))
        live = not name.endswith("simulator")
        assert feed.name == f"{name}_{PAIR}"
        assert feed.rest_url == ("https://api.backpack.exchange" if live else "http://127.0.0.1:4321")
        assert feed.wss_url == ("wss://ws.backpack.exchange/" if live else "ws://127.0.0.1:4321/")


async def test_md11_feed_fills_up_from_the_local_backpack(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch, flow="calm") as backpack:
        feed = BackpackSimulatorPerpetualCandles(PAIR, "1s", 5)
        await feed.start_network()
        await until(lambda: feed.ready, 20)
        timestamps = list(feed.candles_df["timestamp"])
        assert [b - a for a, b in itertools.pairwise(timestamps)] == [1.0] * 4
        await feed.stop_network()
        connector = perpetual(Keys.new())
        feed.attach_connector(connector)
        # Releases before September 2026 share no budget between feeds and connectors.
        if hasattr(CandlesBase, "attach_connector"):
            assert feed._api_factory.throttler is connector.throttler
        assert backpack.url in feed.candles_url


async def test_md10_symbol_of_a_candle_feed_is_the_market_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = BackpackPerpetualCandles("KPEPE-USDC", "1m", 5)
    assert feed.get_exchange_trading_pair("SOL-USDC") == "SOL_USDC_PERP"
    async with local_backpack(monkeypatch):
        simulated = BackpackSimulatorPerpetualCandles(PAIR, "1m", 5)
        await simulated.initialize_exchange_data()
        assert simulated._ex_trading_pair == "SOL_USDC_PERP"
