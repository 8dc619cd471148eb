"""The spot market maker in a moving market, on an account that lends what is idle and on one that does not."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.core.event.events import MarketOrderFailureEvent

from test.hummingbot_backpack.trading.bot import SpotBot, balances_of, local_backpack, until

SECONDS = 12
D = Decimal


@pytest.mark.slow
@pytest.mark.parametrize("lends", [True, False])
async def test_rb01_base_is_kept_at_its_share_and_every_unit_is_accounted_for(
    lends: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"balances": {"USDC": "1000", "SOL": "2"}, "flow": "trending", "auto_lend": lends, "speed": 3}
    async with local_backpack(monkeypatch, **options) as backpack, SpotBot(tmp_path, monkeypatch) as bot:
        bot.configure(
            spread_pct="0.05",
            order_amount=None,
            orders_per_side=3,
            inventory_skew="0.001",
            rebalance_threshold_pct=4,
            rebalance_cooldown=3,
        )
        await bot.start()
        await until(lambda: bot.controller.decision, 30)
        settled = 0
        for _ in range(SECONDS * 20):
            await asyncio.sleep(0.05)
            settled += bot.controller.seen.settled is not None
        await bot.stop()
        ledger = backpack.ledger(bot.keys.public)
        held = balances_of(ledger)
    assert ledger["fill_count"] > 20
    assert any(not fill["isMaker"] for fill in ledger["fills"]), "nothing was rebalanced"
    account = bot.controller.account
    assert account.position == held["SOL"]
    spent = D(0)
    for fill in ledger["fills"]:
        spent += D(fill["price"]) * D(fill["quantity"]) * (1 if fill["side"] == "Bid" else -1)
    fees = account.fees.get("USDC", D(0))
    assert D(1000) - spent - fees == held["USDC"]
    # Nothing was promised that the account does not have.
    refused = [event.error_message for event in bot._running.of(MarketOrderFailureEvent)]
    assert not [reason for reason in refused if "INSUFFICIENT" in str(reason)]
    # Lending moves the balances with every order; what is held was known nearly always all the same.
    assert settled > SECONDS * 20 * 0.8
