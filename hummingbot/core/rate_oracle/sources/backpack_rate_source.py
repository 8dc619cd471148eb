"""Rates from the exchange's spot tickers."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from hummingbot.connector.utils import split_hb_trading_pair
from hummingbot.core.rate_oracle.sources.rate_source_base import RateSourceBase
from hummingbot.core.utils import async_ttl_cache

if TYPE_CHECKING:
    from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange


class BackpackRateSource(RateSourceBase):
    """In a workspace for rehearsal the local Backpack is asked instead of the exchange."""

    def __init__(self) -> None:
        super().__init__()
        self._exchange: BackpackExchange | None = None

    @property
    def name(self) -> str:
        return "backpack"

    @async_ttl_cache(ttl=30, maxsize=1)
    async def get_prices(self, quote_token: str | None = None) -> dict[str, Decimal]:
        """Last prices by trading pair; empty when the exchange cannot be asked.

        :param quote_token: leaves out pairs whose quote it cannot be reached from in one step: the exchange quotes in
            USDC, so with USDT as the token the USDC pairs stay if there is a pair of the two
        """
        try:
            exchange = self._ensure_exchange()
            await exchange.trading_pair_symbol_map()
            tickers = await exchange.get_all_pairs_prices()
        except Exception:
            self.logger().exception("Unexpected error while retrieving rates from Backpack.")
            return {}
        prices = {}
        for ticker in tickers:
            # Each for itself: one odd symbol must not cost the others.
            pair = exchange.pair_of_symbol(str(ticker.get("symbol")))
            price = _positive(ticker.get("lastPrice"))
            if pair is not None and price is not None:
                prices[pair] = price
        if quote_token is None:
            return prices
        reachable = _reachable_quotes(prices, quote_token)
        return {pair: price for pair, price in prices.items() if split_hb_trading_pair(pair)[1] in reachable}

    def _ensure_exchange(self) -> "BackpackExchange":
        if self._exchange is None:
            self._exchange = self._build_backpack_connector_without_private_keys()
        return self._exchange

    @staticmethod
    def _build_backpack_connector_without_private_keys() -> "BackpackExchange":
        # Hummingbot's connectors import the rate oracle.
        from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
        from hummingbot.connector.exchange.backpack.backpack_exchange import BackpackExchange
        from hummingbot.connector.exchange.backpack.backpack_settings import load_settings

        return BackpackExchange(
            backpack_api_key="",
            backpack_api_secret="",
            trading_pairs=[],
            trading_required=False,
            domain=CONSTANTS.SIMULATOR_DOMAIN if load_settings().rehearsal else CONSTANTS.DEFAULT_DOMAIN,
        )


def _positive(value: Any) -> Decimal | None:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price > 0 else None


def _reachable_quotes(prices: dict[str, Decimal], token: str) -> set[str]:
    reachable = {token}
    for pair in prices:
        base, quote = split_hb_trading_pair(pair)
        if token in (base, quote):
            reachable |= {base, quote}
    return reachable
