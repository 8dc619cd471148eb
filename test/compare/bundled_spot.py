"""Run by `test_spot_other_connectors` in a process where Hummingbot's own connector is the one that is loaded."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import hummingbot
import pytest
from hummingbot.connector.exchange.backpack import backpack_exchange

from test.compare.scene import BUNDLED, point_at
from test.compare.side import which_side
from test.hummingbot_backpack.trading.bot import SPOT_CONTROLLER, SpotBot, SpotMarket, local_backpack, until

D = Decimal


class BundledBot(SpotBot):
    NAME = "backpack"
    CONTROLLER = {**SPOT_CONTROLLER, "connector_name": "backpack"}

    def _connect(self, pairs: list[str]) -> Any:
        return backpack_exchange.BackpackExchange(
            backpack_api_key=self.keys.public, backpack_api_secret=self.keys.secret, trading_pairs=pairs
        )


async def test_rb01_a_connector_that_is_not_ours_is_quoted_on_and_rebalanced_at_market(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert which_side() == BUNDLED
    monkeypatch.setattr(hummingbot, "_data_path", str(tmp_path))
    async with local_backpack(monkeypatch, balances={"USDC": "500", "SOL": "5"}, prices={"SOL": "100"}) as backpack:
        point_at(backpack.url, BUNDLED)
        market = SpotMarket(backpack, "100")
        market.quote("100", half="0.20")
        async with BundledBot(tmp_path, monkeypatch) as bot:
            bot.configure()
            await bot.start()
            await until(lambda: bot.controller.decision, 30, lambda: str(bot.connector.status_dict))
            assert not bot.controller.seen.any_form
            await until(lambda: market.balances(bot)["SOL"] == 3, 20, lambda: bot.strategy.format_status())
            await bot.quotes(4, 20)
            assert bot.resting("BUY") == [D("99.85"), D("99.90")]
