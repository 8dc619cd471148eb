"""Hummingbot's strategies on our connectors, each for a minute in a process of its own, all at once at one exchange.

Two are Hummingbot's own V1 strategies, run by ``hbot start``. Its scripts and controllers are not in the
package that pip installs: those here are small ones of ours of the same kind, and use Hummingbot's own executors.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from test.exchange_process import ExchangeProcess
from test.strategies.bots import Strategy, StrategyBot

pytestmark = pytest.mark.slow

SECONDS = 60.0
PATIENCE = 60.0
"""For a first fill and a first cancel, after the minute."""
SPOT, PERPETUAL = "backpack_simulator", "backpack_perpetual_simulator"
SPOT_ASSETS, PERPETUAL_ASSETS = ["A0", "ETH", "WETH", "A5"], ["A1", "A2", "A4", "A5"]


def controller(kind: str, name: str, **settings: Any) -> Strategy:
    values = {"id": name, "controller_name": name, "controller_type": kind, **settings}
    return Strategy(f"run_{name}", "controllers", values, (f"controllers/{kind}/{name}.py",))


STRATEGIES = [
    Strategy(
        "run_simple_quotes", "scripts",
        {"script_file_name": "simple_quotes.py", "connector_name": SPOT, "trading_pair": "A0-USDC"},
        ("scripts/simple_quotes.py",),
    ),
    controller(
        "market_making", "simple_maker", connector_name=PERPETUAL, trading_pair="A1-USDC", total_amount_quote=400,
        buy_spreads="0.0005,0.001", sell_spreads="0.0005,0.001", buy_amounts_pct="1,1", sell_amounts_pct="1,1",
        executor_refresh_time=5, cooldown_time=2, leverage=5, position_mode="ONEWAY", stop_loss="0.01",
        take_profit="0.0003", time_limit=15,
    ),
    controller("generic", "position_maker", connector_name=PERPETUAL, trading_pair="A2-USDC"),
    controller("generic", "cross_maker", connector_name=SPOT, maker_pair="ETH-USDC", taker_pair="WETH-USDC"),
    Strategy(
        "run_perpetual_market_making", "strategies",
        {
            "template_version": 1, "strategy": "perpetual_market_making", "derivative": PERPETUAL, "market": "A4-USDC",
            "leverage": 5, "position_mode": "One-way", "bid_spread": 0.05, "ask_spread": 0.05, "order_amount": 0.3,
            "order_refresh_time": 4, "long_profit_taking_spread": 0.02, "short_profit_taking_spread": 0.02,
            "stop_loss_spread": 0.5, "filled_order_delay": 2, "time_between_stop_loss_orders": 10,
        },
    ),
    Strategy(
        "run_spot_perpetual_arbitrage", "strategies",
        {
            "template_version": 1, "strategy": "spot_perpetual_arbitrage", "spot_connector": SPOT,
            "spot_market": "A5-USDC", "perpetual_connector": PERPETUAL, "perpetual_market": "A5-USDC",
            "order_amount": 0.3, "perpetual_leverage": 5, "min_opening_arbitrage_pct": -2,
            "min_closing_arbitrage_pct": -2, "spot_market_slippage_buffer": 0.5,
            "perpetual_market_slippage_buffer": 0.5, "next_arbitrage_opening_delay": 3,
        },
    ),
]  # fmt: skip
NEVER_CANCELS = "run_spot_perpetual_arbitrage"
"""It takes: its orders are filled when they come."""


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, StrategyBot]]:
    """All have run for a minute, and longer where one had not traded by then, and are stopped."""
    folder = tmp_path_factory.mktemp("strategies")
    balances = {"USDC": "100000", **dict.fromkeys(SPOT_ASSETS, "100")}
    with ExchangeProcess(folder, SPOT_ASSETS, PERPETUAL_ASSETS, balances=balances) as exchange:
        bots = [StrategyBot(strategy, folder, exchange) for strategy in STRATEGIES]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(StrategyBot.make, bots))
            try:
                list(threads.map(StrategyBot.start, bots))
                began = time.monotonic()
                while time.monotonic() - began < SECONDS or (
                    time.monotonic() - began < SECONDS + PATIENCE and not all(map(has_done_its_part, bots))
                ):
                    time.sleep(1)
            finally:
                list(threads.map(StrategyBot.stop, bots))
        exchange.pause()
        yield {bot.strategy.name: bot for bot in bots}


def has_done_its_part(bot: StrategyBot) -> bool:
    return bot.has_traded or (bot.strategy.name == NEVER_CANCELS and bot.ledger["fill_count"] > 0)


@pytest.fixture(params=STRATEGIES, ids=lambda one: one.name.removeprefix("run_"))
def bot(request: pytest.FixtureRequest, bots: dict[str, StrategyBot]) -> StrategyBot:
    return bots[request.param.name]


def test_in03_strategy_of_hummingbots_trades_without_an_error(bot: StrategyBot) -> None:
    assert has_done_its_part(bot), bot.log[-5000:]
    assert not bot.errors, "\n".join(bot.errors)
    assert not bot.refusals, "\n".join(bot.refusals)


def test_in03_strategy_of_hummingbots_leaves_nothing_open_after_its_stop(bot: StrategyBot) -> None:
    assert bot.stopped.returncode == 0, bot.stopped.stdout + bot.stopped.stderr
    assert bot.ledger["open_orders"] == []
    assert bot.unfinished() == []


def test_fi01_strategy_of_hummingbots_records_what_the_exchange_charged(bot: StrategyBot) -> None:
    assert bot.recorded() == bot.charged()
