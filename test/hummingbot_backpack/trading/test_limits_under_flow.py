"""The position limit in markets that run away, on real sockets: what the exchange itself saw at the worst moment."""

from decimal import Decimal
from pathlib import Path

import pytest

from test.hummingbot_backpack.trading.bot import SYMBOL, Bot, local_backpack, until


@pytest.mark.parametrize(("flow", "skew"), [("trending", "0"), ("jump", "0.002")])
async def test_li02_the_exchange_never_sees_more_than_the_maximum(
    flow: str, skew: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with local_backpack(monkeypatch, flow=flow, speed=20, seed=3) as backpack, Bot(tmp_path, monkeypatch) as bot:
        bot.configure(
            spread_pct="0.05", orders_per_side=3, max_position=1, position_threshold=1, inventory_skew=skew,
            max_market_spread_bps=1000,
        )  # fmt: skip
        await bot.start()
        await until(lambda: bot.strategy.ready_to_trade and bot.state["fills"] >= 60, 60)
        await bot.stop()
        ledger = backpack.ledger(bot.keys.public)
        assert Decimal(ledger["positions"][SYMBOL]["peakAbsQuantity"]) <= 1
        assert ledger["fill_count"] == bot.state["fills"]
        assert ledger["open_orders"] == []
