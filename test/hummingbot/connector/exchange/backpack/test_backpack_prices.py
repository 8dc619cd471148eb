"""Last traded prices, which Hummingbot's tracker asks for again and again where a market trades seldom."""

import math

import pytest
from hummingbot.core.web_assistant.connections.rest_connection import RESTConnection

from test.hummingbot.harness import Keys, local_backpack, perpetual


async def test_md12_last_prices_of_many_markets_are_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    call = RESTConnection.call

    async def counted(connection: RESTConnection, request: object) -> object:
        asked.append(request.url.rpartition("/")[2])  # type: ignore[attr-defined]
        return await call(connection, request)

    monkeypatch.setattr(RESTConnection, "call", counted)
    async with local_backpack(monkeypatch) as backpack:
        maker, taker = (backpack.exchange.trader(name) for name in ("maker", "taker"))
        backpack.exchange.order(maker, "SOL_USDC_PERP", "Ask", "1", "145.10")
        backpack.exchange.order(taker, "SOL_USDC_PERP", "Bid", "1")
        connector = perpetual(Keys.new(), ["SOL-USDC", "BTC-USDC"])
        await connector.trading_pair_symbol_map()
        asked.clear()
        prices = await connector.get_last_traded_prices(["SOL-USDC", "BTC-USDC"])
    assert asked == ["tickers"]
    assert prices["SOL-USDC"] == 145.10
    assert math.isnan(prices["BTC-USDC"]), "nothing was traded there"
