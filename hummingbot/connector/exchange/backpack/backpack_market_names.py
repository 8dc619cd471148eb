"""What the connector knows of its markets: names both ways, rules, and the state of those that are traded."""

import asyncio
from typing import Any

from bidict import bidict
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_changes import ChangeObservers
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.connector.exchange.backpack.backpack_market_watch import FRESH, MarketWatch
from hummingbot.connector.exchange.backpack.backpack_markets import Markets, trading_rule
from hummingbot.connector.exchange.backpack.backpack_parsing import Market
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.utils.async_utils import safe_ensure_future


class MarketNames(ExchangePyBase):
    """The part of the connector that maps names and follows the markets' states."""

    MARKET_KIND = ""

    _trading_pairs: list[str]
    changes: ChangeObservers

    def _init_markets(self) -> None:
        self._markets = Markets([], self.MARKET_KIND)
        self._symbols: bidict[str, str] = bidict()
        self._market_watch = MarketWatch(self._trading_pairs, self._market_row, self._on_market_row)
        self._watching_markets: asyncio.Task[None] | None = None

    async def public_get(self, path: str, params: dict[str, Any] | None = None, attempts: int = 4) -> Any:
        raise NotImplementedError

    def _initialize_trading_pair_symbols_from_exchange_info(self, exchange_info: list[dict[str, Any]]) -> None:
        self._markets = Markets(exchange_info, self.MARKET_KIND)
        self._set_trading_pair_symbol_map(self._markets.symbol_map())

    def _set_trading_pair_symbol_map(self, trading_pair_and_symbol_map: bidict[str, str] | None) -> None:
        # Hummingbot's own map can only be awaited; frames and payloads need theirs at once.
        self._symbols = trading_pair_and_symbol_map if trading_pair_and_symbol_map is not None else bidict()
        super()._set_trading_pair_symbol_map(trading_pair_and_symbol_map)

    async def _format_trading_rules(self, exchange_info_dict: list[dict[str, Any]]) -> list[TradingRule]:
        markets = Markets(exchange_info_dict, self.MARKET_KIND)
        for sentence in markets.unreadable:
            self.logger().error(f"Error parsing the trading pair rule of {sentence}. Skipping.")
        return markets.trading_rules()

    async def exchange_symbol_associated_to_pair(self, trading_pair: str) -> str:
        """:raises ConnectionError: the markets are not known yet. :raises KeyError: there is no such market."""
        symbols = await self.trading_pair_symbol_map()
        if not symbols:
            raise ConnectionError(f"the markets of {self.name} are not known yet")
        return str(symbols.inverse[trading_pair])

    async def _make_trading_rules_request(self) -> list[Any]:
        if self.trading_pair_symbol_map_ready():
            await asyncio.gather(*(self._market_watch.refresh(pair) for pair in list(self._trading_pairs)))
        return self._market_watch.overlay(await super()._make_trading_rules_request())

    async def _make_trading_pairs_request(self) -> list[Any]:
        return self._market_watch.overlay(await super()._make_trading_pairs_request())

    async def _market_row(self, trading_pair: str) -> Any:
        try:
            symbol = await self.exchange_symbol_associated_to_pair(trading_pair)
        except (ConnectionError, KeyError) as error:
            raise BackpackError(ErrorKind.NOT_SENT, None, "", f"{trading_pair} is not known: {error}") from error
        return await self.public_get(CONSTANTS.MARKET_PATH_URL, {"symbol": symbol}, attempts=1)

    def _on_market_row(self, row: Any) -> None:
        found = self._markets.replace(row)
        if found is None:
            return
        old, new = found
        # The first rules come all together, and make the connector ready; without trading nobody else fetches any.
        if new.trading_pair in self._trading_rules or not self.is_trading_required:
            self._trading_rules[new.trading_pair] = trading_rule(new)
        if new.state != old.state:
            self.logger().warning(f"{self.name}: the market of {new.trading_pair} is {new.state} now, was {old.state}.")
            # Whoever waits to close there goes in this turn of the event loop.
            self.changes.tell(new.trading_pair)

    async def refresh_market(self, trading_pair: str) -> None:
        """Asks for the market's state, unless that was done within a second."""
        await self._market_watch.refresh(trading_pair, FRESH)

    def suspect_market(self, trading_pair: str) -> None:
        """The exchange refused an order for the market's state: asks for it now, and every second for a while."""
        self._market_watch.suspect(trading_pair)
        safe_ensure_future(self.refresh_market(trading_pair))

    async def start_network(self) -> None:
        await super().start_network()
        self._watching_markets = asyncio.ensure_future(self._market_watch.watch())

    async def stop_network(self) -> None:
        if self._watching_markets is not None:
            self._watching_markets.cancel()
            self._watching_markets = None
        await super().stop_network()

    def market(self, trading_pair: str) -> Market | None:
        """The exchange's row of a market: state, limits, price bands; None when it is not known."""
        return self._markets.get(trading_pair)

    def pair_of_symbol(self, symbol: str) -> str | None:
        """The trading pair, as a plain string and at once; None: no market of this connector."""
        return self._symbols.get(symbol)

    def symbol_of_pair(self, trading_pair: str) -> str:
        """The exchange's symbol, as a plain string and at once.

        :raises ValueError: no market of this connector, as far as is known
        """
        symbol = self._symbols.inverse.get(trading_pair)
        if symbol is None:
            raise ValueError(f"{trading_pair} is no market of {self.name}")
        return str(symbol)
