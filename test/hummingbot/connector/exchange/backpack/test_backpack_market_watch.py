"""The state of a market is known soon, also where the exchange's list of markets is old."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_market_watch
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_market_watch import INTERVAL, LEAST_PAUSE, MarketWatch
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import OrderState

from test.hummingbot.harness import until
from test.hummingbot.scene import PAIR, Scene, staged
from test.hummingbot.scene import SPOT_SYMBOL as SYMBOL


@pytest.fixture(params=[False, True], ids=["spot", "perpetual"])
async def scene(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    monkeypatch.setattr(backpack_market_watch, "INTERVAL", 0.2)
    monkeypatch.setattr(backpack_market_watch, "LEAST_PAUSE", 0.2)
    async with staged(monkeypatch, is_perpetual=request.param) as scene:
        yield scene


async def test_md10_every_change_of_a_markets_state_is_noticed_and_heeded(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    takes = {
        "Open": (OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET),
        "LimitOnly": (OrderType.LIMIT, OrderType.LIMIT_MAKER),
        "PostOnly": (OrderType.LIMIT_MAKER,),
        "CancelOnly": (),
        "Closed": (),
    }
    for state in ("PostOnly", "CancelOnly", "Closed", "LimitOnly", "Open"):
        scene.backpack.faults.clear()
        if state != "Open":
            scene.backpack.faults.set("market_state", symbol=scene.symbol, value=state)
        await until(lambda state=state: scene.connector.market(PAIR).state == state)
        rule = scene.connector.trading_rules[PAIR]
        assert rule.supports_limit_orders is (OrderType.LIMIT in takes[state])
        assert rule.supports_market_orders is (OrderType.MARKET in takes[state])
        assert f"the market of {PAIR} is {state} now" in caplog.text
        if not takes[state]:
            assert state in await scene.failed(scene.buy("1", "140"))
    order = await scene.placed(scene.buy("1", "140"))
    assert order.current_state is OrderState.OPEN


async def test_md10_an_order_is_never_refused_on_old_knowledge(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = scene.backpack.faults.set("market_state", symbol=scene.symbol, value="Closed")
    await until(lambda: scene.connector.market(PAIR).state == "Closed")
    # From here on nobody asks by the clock.
    scene.connector._watching_markets.cancel()
    scene.backpack.faults.remove(fault)
    monkeypatch.setattr("hummingbot.connector.exchange.backpack.backpack_market_names.FRESH", 0.0)
    assert (await scene.placed(scene.buy("1", "140"))).current_state is OrderState.OPEN


async def test_md10_a_refused_order_makes_us_look_at_the_market(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.connector._watching_markets.cancel()
    monkeypatch.setattr("hummingbot.connector.exchange.backpack.backpack_market_names.FRESH", 0.0)
    scene.backpack.faults.set("market_state", symbol=scene.symbol, value="CancelOnly")
    assert "TRADING_PAUSED" in await scene.failed(scene.buy("1", "140"))
    await until(lambda: scene.connector.market(PAIR).state == "CancelOnly")


async def test_md10_an_order_refused_for_the_markets_state_is_followed_by_the_state_though_it_is_told_late(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backpack_market_watch, "INTERVAL", 3600.0)
    await until(lambda: scene.connector._market_watch._next()[0] > 60)
    row = await scene.connector._market_row(PAIR)
    ask = scene.connector._market_watch._ask
    asked = []

    async def late(trading_pair: str) -> Any:
        asked.append(trading_pair)
        return row if len(asked) == 1 else await ask(trading_pair)

    monkeypatch.setattr(scene.connector._market_watch, "_ask", late)
    monkeypatch.setattr("hummingbot.connector.exchange.backpack.backpack_market_names.FRESH", 0.0)
    scene.backpack.faults.set("market_state", symbol=scene.symbol, value="CancelOnly")
    assert "TRADING_PAUSED" in await scene.failed(scene.buy("1", "140"))
    await until(lambda: scene.connector.market(PAIR).state == "CancelOnly", 5)


async def test_md10_a_post_only_order_in_a_market_of_limits_makes_us_look(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backpack_market_watch, "INTERVAL", 3600.0)
    await until(lambda: scene.connector._market_watch._next()[0] > 60)
    scene.backpack.faults.set("market_state", symbol=scene.symbol, value="PostOnly")
    scene.buy("1")
    await until(lambda: scene.connector.market(PAIR).state == "PostOnly", 5)


async def test_md10_a_cached_list_of_markets_does_not_undo_what_is_known(scene: Scene) -> None:
    scene.backpack.faults.set("market_state", symbol=scene.symbol, value="PostOnly")
    await until(lambda: scene.connector.market(PAIR).state == "PostOnly")
    stale = [{**row, "orderBookState": "Open"} for row in await scene.connector.public_get("api/v1/markets")]

    async def public_get(*arguments: Any, **options: Any) -> Any:
        return stale

    scene.connector._api_get = public_get
    await scene.connector._update_trading_rules()
    assert scene.connector.market(PAIR).state == "PostOnly"
    assert not scene.connector.trading_rules[PAIR].supports_market_orders


class _Clock:
    """Virtual time: a sleep moves it."""

    def __init__(self, until: float) -> None:
        self.time, self._until = 0.0, until

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        if self.time > self._until:
            raise asyncio.CancelledError

    def now(self) -> float:
        return self.time


@pytest.mark.parametrize("markets", [1, 4, 10, 50])
async def test_rl01_md10_market_states_cost_at_most_a_request_a_second(markets: int) -> None:
    clock, asked = _Clock(until=600), []

    async def ask(trading_pair: str) -> dict[str, str]:
        asked.append((clock.time, trading_pair))
        return {"symbol": trading_pair}

    pairs = [f"A{number}-USDC" for number in range(markets)]
    watch = MarketWatch(pairs, ask, lambda row: None, clock.sleep, clock.now)
    with pytest.raises(asyncio.CancelledError):
        await watch.watch()
    assert {pair for time, pair in asked if time == 0} == set(pairs), "each is asked for at the start"
    later = [entry for entry in asked if entry[0] > 0]
    assert len(later) <= 600 / LEAST_PAUSE
    for pair in pairs:
        times = [time for time, one in asked if one == pair]
        gaps = [after - before for before, after in itertools.pairwise(times)]
        assert max(gaps) <= max(INTERVAL, markets * LEAST_PAUSE) + 1


class _Exchange:
    """Answers for any market, and notes when it was asked."""

    def __init__(self, clock: _Clock, **states: str) -> None:
        self.clock, self.states, self.asked = clock, states, list[tuple[float, str]]()

    async def ask(self, trading_pair: str) -> dict[str, str]:
        self.asked.append((self.clock.time, trading_pair))
        return {"symbol": trading_pair, "orderBookState": self.states.get(trading_pair, "Open")}

    def gaps(self, trading_pair: str, since: float, until: float) -> list[float]:
        times = [time for time, one in self.asked if one == trading_pair and since <= time <= until]
        return [round(after - before, 3) for before, after in itertools.pairwise(times)]

    async def watched(self, pairs: list[str]) -> MarketWatch:
        watch = MarketWatch(pairs, self.ask, lambda row: None, self.clock.sleep, self.clock.now)
        with pytest.raises(asyncio.CancelledError):
            await watch.watch()
        return watch


@pytest.mark.parametrize("state", ["PostOnly", "LimitOnly", "CancelOnly", "Closed"])
async def test_ex05_md10_a_market_that_is_not_open_is_asked_for_every_second_until_it_is(state: str) -> None:
    clock = _Clock(until=100)
    exchange = _Exchange(clock, A=state)
    step = clock.sleep

    async def sleep(seconds: float) -> None:
        await step(seconds)
        if clock.time >= 50:
            exchange.states["A"] = "Open"

    clock.sleep = sleep  # type: ignore[method-assign]
    await exchange.watched(["A", "B"])
    assert set(exchange.gaps("A", 0, 51)) == {1.0}
    assert set(exchange.gaps("A", 51, 100)) == {10.0}
    assert max(exchange.gaps("B", 0, 100)) <= 10.5, "the others keep their turn"


@pytest.mark.parametrize(("markets", "closed"), [(1, 1), (4, 2), (10, 10), (50, 1), (50, 50)])
async def test_rl01_md10_many_markets_that_are_not_open_cost_at_most_two_requests_a_second(
    markets: int, closed: int
) -> None:
    pairs = [f"A{number}" for number in range(markets)]
    exchange = _Exchange(_Clock(until=600), **dict.fromkeys(pairs[:closed], "Closed"))
    await exchange.watched(pairs)
    assert len([time for time, _ in exchange.asked if time > 0]) <= 600 * min(2, closed + max(markets, 10) / 10)
    for pair in pairs[:closed]:
        assert max(exchange.gaps(pair, 0, 600)) <= max(1.5, markets * backpack_market_watch.HURRY_PAUSE + 0.5)
    for pair in pairs[closed:]:
        assert max(exchange.gaps(pair, 0, 600)) <= max(INTERVAL, markets * LEAST_PAUSE) + 1


async def test_md10_a_market_that_refused_an_order_is_asked_for_every_second_though_it_says_open() -> None:
    clock = _Clock(until=60)
    exchange, step = _Exchange(clock), clock.sleep

    async def sleep(seconds: float) -> None:
        before = clock.time
        await step(seconds)
        if before < 20 <= clock.time:
            watch.suspect("A")

    watch = MarketWatch(["A"], exchange.ask, lambda row: None, sleep, clock.now)
    with pytest.raises(asyncio.CancelledError):
        await watch.watch()
    assert set(exchange.gaps("A", 20, 29)) == {1.0}
    assert set(exchange.gaps("A", 31, 60)) == {10.0}


async def test_md10_a_failed_question_keeps_what_is_known_and_is_asked_again() -> None:
    clock, answers = _Clock(until=35), iter([{"symbol": SYMBOL}, None, "nonsense", {"symbol": SYMBOL, "new": True}])
    rows: list[Any] = []

    async def ask(trading_pair: str) -> Any:
        answer = next(answers)
        if answer is None:
            raise BackpackError(ErrorKind.AMBIGUOUS, None, "", "no answer in time")
        return answer

    watch = MarketWatch([PAIR], ask, rows.append, clock.sleep, clock.now)
    with pytest.raises(asyncio.CancelledError):
        await watch.watch()
    assert rows == [{"symbol": SYMBOL}, {"symbol": SYMBOL, "new": True}]
    assert watch.overlay([{"symbol": SYMBOL}, {"symbol": "X"}]) == [{"symbol": SYMBOL, "new": True}, {"symbol": "X"}]


async def test_md10_many_who_ask_at_once_cost_one_request() -> None:
    release, asked = asyncio.Event(), []

    async def ask(trading_pair: str) -> dict[str, str]:
        asked.append(trading_pair)
        await release.wait()
        return {"symbol": trading_pair}

    watch = MarketWatch([PAIR], ask, lambda row: None)
    waiting = [asyncio.ensure_future(watch.refresh(PAIR)) for _ in range(5)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*waiting)
    await watch.refresh(PAIR, at_most_every=60)
    assert asked == [PAIR]
