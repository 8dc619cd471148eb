from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.rate_oracle.sources.backpack_rate_source import BackpackRateSource

from test.hummingbot.harness import local_backpack


class FakeExchange:
    PAIRS = {"SOL_USDC": "SOL-USDC", "USDT_USDC": "USDT-USDC", "X_EUR": "X-EUR", "Y_USDC": "Y-USDC"}

    async def trading_pair_symbol_map(self) -> dict[str, str]:
        return self.PAIRS

    def pair_of_symbol(self, symbol: str) -> str | None:
        return self.PAIRS.get(symbol)

    async def get_all_pairs_prices(self) -> list[dict[str, Any]]:
        prices = {"SOL_USDC": "145", "USDT_USDC": "0.9997", "X_EUR": "3", "A_B_C_RFQ": "1", "Y_USDC": "N/A", "": None}
        return [{"symbol": symbol, "lastPrice": price} for symbol, price in prices.items()] + [{}]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> BackpackRateSource:
    source = BackpackRateSource()
    monkeypatch.setattr(source, "_exchange", FakeExchange())
    return source


async def test_md11_one_odd_symbol_or_price_never_breaks_the_others(source: BackpackRateSource) -> None:
    assert await source.get_prices() == {
        "SOL-USDC": Decimal("145"), "USDT-USDC": Decimal("0.9997"), "X-EUR": Decimal("3")
    }  # fmt: skip


@pytest.mark.parametrize(("token", "pairs"), [("USDC", 2), ("USDT", 2), ("EUR", 1), ("JPY", 0)])
async def test_md11_quotes_that_cannot_be_reached_are_left_out(
    source: BackpackRateSource, token: str, pairs: int
) -> None:
    assert len(await source.get_prices(quote_token=token)) == pairs


async def test_md11_a_rehearsal_takes_its_rates_from_the_local_backpack(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_backpack(monkeypatch, flow="calm"):
        monkeypatch.setenv("BACKPACK_REHEARSAL", "true")
        prices = await BackpackRateSource().get_prices()
        assert "SOL-USDC" in prices


async def test_md11_live_source_asks_the_exchange() -> None:
    exchange = BackpackRateSource._build_backpack_connector_without_private_keys()
    assert exchange._rest_base == "https://api.backpack.exchange/"
