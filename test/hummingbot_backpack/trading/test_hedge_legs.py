"""A spot and a perpetual leg in one process, whose fills carry the same times and ids: over real sockets."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from test.hummingbot.harness import Keys, perpetual, spot
from test.hummingbot_backpack.trading.bot import NAME, SPOT_NAME, SPOT_SYMBOL, SYMBOL, local_backpack, until
from test.hummingbot_backpack.trading.hedge_bot import PERP, SPOT, HedgeBot, HedgeMarket

pytestmark = pytest.mark.slow
D = Decimal


class Frozen:
    """An engine's clock that stands still until it is set: whatever happens meanwhile has the same time."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self.at = clock.now_us()

    def now_us(self) -> int:
        return self.at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)


class SameIds:
    """Order ids of one connector, from a series that the other one takes its own from as well."""

    def __init__(self, space: Any, series: list[str]) -> None:
        self._space, self._series, self._taken = space, series, 0

    def new_id(self) -> str:
        if self._taken == len(self._series):
            self._series.append(self._space.new_id())
        self._taken += 1
        return self._series[self._taken - 1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._space, name)


def with_ids_of(connect: Callable[..., Any], series: list[str]) -> Callable[[Keys, list[str]], Any]:
    def made(keys: Keys, pairs: list[str]) -> Any:
        connector = connect(keys, pairs)
        connector._order_ids = SameIds(connector.order_ids, series)
        return connector

    return made


@pytest_asyncio.fixture
async def market(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HedgeMarket]:
    async with local_backpack(monkeypatch, balances={"USDC": "10000", "SOL": "20"}) as backpack:
        yield HedgeMarket(backpack)


@pytest_asyncio.fixture
async def bot(market: HedgeMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HedgeBot]:
    series: list[str] = []
    connect = {NAME: with_ids_of(perpetual, series), SPOT_NAME: with_ids_of(spot, series)}
    async with HedgeBot(tmp_path, monkeypatch, **connect) as bot:
        yield bot


@pytest.mark.parametrize(
    ("maker", "hedged", "quoted"), [(SPOT, PERP, SPOT_SYMBOL), (PERP, SPOT, SYMBOL)], ids=["spot", "perpetual"]
)
async def test_or01_legs_whose_fills_have_the_same_time_and_ids_never_take_each_others(
    bot: HedgeBot, market: HedgeMarket, maker: str, hedged: str, quoted: str
) -> None:
    bot.configure(maker_market=maker, hedge_market=hedged, order_amount="0.2")
    engine = market.exchange.engine
    clock = engine.clock = Frozen(engine.clock)
    await bot.start()
    await bot.quotes(2)
    hedger = bot.controller.hedger
    before = sum(leg.net() for leg in bot.controller.legs)
    told: list[tuple[str, str, str, float]] = []
    take = bot.controller._take

    def noted(leg: Any, fill: Any) -> None:
        told.append((leg.leg.value, fill.side.value, fill.trade_id, fill.time))
        take(leg, fill)

    bot.controller._take = noted
    for turn in range(8):
        await bot.at_touch()
        # Both legs' trades of this turn: the same microsecond, the same trade id.
        clock.at = clock.true_us()
        for symbol in (SYMBOL, SPOT_SYMBOL):
            engine.markets[symbol].trade_id = 1000 * (turn + 1)
        market.fill(quoted, "Ask" if turn % 2 else "Bid", "0.2")
        await until(lambda turn=turn: len(told) == 2 * turn + 2, what=lambda: bot.strategy.format_status())
        await until(lambda: bot.phase == "balanced", what=lambda: bot.strategy.format_status())
    assert [each[:2] for each in told] == [
        ("maker", "sell"), ("hedge", "buy"), ("maker", "buy"), ("hedge", "sell"),
    ] * 4  # fmt: skip
    times = [(each[2], each[3]) for each in told]
    assert all(one == other for one, other in zip(times[::2], times[1::2], strict=True))
    orders = [set(one.connector._order_tracker.all_fillable_orders) for one in bot.running.values()]
    assert orders[0] & orders[1], "the legs' orders were to have the same ids"
    fills = market.ledger(bot)["fills"]
    assert all(one["isMaker"] == (one["symbol"] == quoted) for one in fills) and len(fills) == 16
    # What the legs hold together by our fills is what they hold at the exchange.
    await until(lambda: sum(leg.net() for leg in bot.controller.legs) == hedger.net)
    traded = sum((1 if one["side"] == "Bid" else -1) * D(one["quantity"]) for one in fills)
    fees = sum((D(one["fee"]) for one in fills if one["feeSymbol"] == "SOL"), D(0))
    assert hedger.net == before + traded - fees
    volume = sum(D(one["price"]) * D(one["quantity"]) for one in fills if one["isMaker"])
    assert bot.controller.memory.cost.maker_volume == volume
    await until(lambda: bot.state["fills"] == 16)
