"""The account at the exchange, without a bot: the connector's own requests, one pair of keys. For one event loop."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack import backpack_parsing as parsing
from hummingbot.connector.exchange.backpack import backpack_web_utils as web_utils
from hummingbot.connector.exchange.backpack.backpack_auth import BackpackAuth
from hummingbot.connector.exchange.backpack.backpack_clock import ExchangeClock
from hummingbot.connector.exchange.backpack.backpack_limiter import BackpackThrottler, RequestBudget
from hummingbot.connector.exchange.backpack.backpack_order_ids import FILE_NAME, instance_of
from hummingbot.connector.exchange.backpack.backpack_parsing import Market, OrderRecord
from hummingbot.connector.exchange.backpack.backpack_requests import BackpackRequests
from hummingbot.connector.exchange.backpack.backpack_settings import load_settings

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair
from hummingbot_backpack.market_making.closing import CloseOrder, Levels
from hummingbot_backpack.market_making.values import ZERO, MarketRule, Side, Touch
from hummingbot_backpack.workspace.layout import Workspace
from hummingbot_backpack.workspace.settings import SETTINGS_FILE


def own_instance(workspace: Workspace) -> int | None:
    """:return: the number in every client order id of the workspace's bot, None if nothing was ever placed here

    :raises UserError: ``conf/backpack.yml`` holds something that the connectors refuse
    """
    try:
        instance = load_settings(workspace.conf / SETTINGS_FILE).instance
    except ValueError as error:
        raise UserError(str(error)) from None
    if instance is not None:
        return instance
    try:
        return int(json.loads((workspace.root / "data" / FILE_NAME).read_text(encoding="utf-8"))["instance"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_of_instance(order: OrderRecord, instance: int | None) -> bool:
    return instance is not None and order.client_id is not None and instance_of(order.client_id) == instance


@dataclass(frozen=True)
class Book:
    """:param touch: None while a side is empty or the book is crossed"""

    bids: Levels
    asks: Levels

    @property
    def touch(self) -> Touch | None:
        if not self.bids or not self.asks or self.bids[0][0] >= self.asks[0][0]:
            return None
        return Touch(self.bids[0][0], self.asks[0][0])


class Account:
    """What panic asks of the exchange. Every method raises the connector's ``BackpackError``."""

    def __init__(self, workspace: Workspace, pair: KeyPair) -> None:
        domain = CONSTANTS.SIMULATOR_DOMAIN if workspace.rehearsal else CONSTANTS.DEFAULT_DOMAIN
        simulator_url = workspace.settings.simulator_url if workspace.rehearsal else None
        clock = ExchangeClock()
        auth = BackpackAuth(api_key=pair.public, secret_key=pair.secret, time_provider=clock)
        budget = RequestBudget()
        throttler = BackpackThrottler(CONSTANTS.RATE_LIMITS, Decimal(100), budget)
        factory = web_utils.build_api_factory(throttler=throttler, time_synchronizer=clock, domain=domain, auth=auth)
        self._factory = factory
        self.requests = BackpackRequests(factory, budget, web_utils.rest_base(domain, simulator_url), clock)
        self._kinds = dict(zip(workspace.connector_names, ("SPOT", "PERP"), strict=True))
        self._markets: dict[str, Market] = {}

    async def open(self) -> None:
        """Learn the exchange's time and its markets."""
        await self.requests.synchronise_clock()
        rows = await self.requests.public_get(CONSTANTS.EXCHANGE_INFO_PATH_URL)
        for row in rows:
            try:
                market = parsing.market(row)
            except parsing.UnreadablePayload:
                continue  # a kind of market that the connectors do not trade either
            self._markets[market.symbol] = market

    async def close(self) -> None:
        await self._factory.close()

    def market(self, symbol: str) -> Market | None:
        return self._markets.get(symbol)

    def symbol(self, connector_name: str, trading_pair: str) -> str | None:
        """:return: the exchange's name of a pair, None if it has no such market or the connector trades elsewhere"""
        kind = self._kinds.get(connector_name)
        for market in self._markets.values():
            if market.kind == kind and market.trading_pair == trading_pair:
                return market.symbol
        return None

    def connector(self, symbol: str) -> str | None:
        """:return: the connector that trades a market, None if there is no such market"""
        market = self._markets.get(symbol)
        return next((name for name, kind in self._kinds.items() if market is not None and market.kind == kind), None)

    async def positions(self) -> dict[str, Decimal]:
        """:return: the signed quantity of every open perpetual position, base"""
        rows = await self.requests.get(CONSTANTS.POSITIONS_PATH_URL)
        found = [parsing.position(row) for row in rows]
        return {record.symbol: record.quantity for record in found if record.quantity}

    async def holding(self, asset: str) -> Decimal:
        """:return: what could be sold of an asset, lent funds included"""
        rows = parsing.capital(await self.requests.get(CONSTANTS.BALANCE_PATH_URL))
        free = sum((row.available for row in rows if row.asset == asset), ZERO)
        lent = parsing.lent(await self.requests.get(CONSTANTS.BORROW_LEND_POSITIONS_PATH_URL))
        return free + lent.get(asset, ZERO)

    async def book(self, symbol: str) -> Book:
        body = await self.requests.public_get(CONSTANTS.SNAPSHOT_PATH_URL, {"symbol": symbol})
        snapshot = parsing.depth_snapshot(body)
        bids = sorted(((Decimal(price), Decimal(size)) for price, size in snapshot.bids), reverse=True)
        asks = sorted((Decimal(price), Decimal(size)) for price, size in snapshot.asks)
        return Book(tuple(bids), tuple(asks))

    async def reduce(self, market: Market, order: CloseOrder) -> None:
        """Send an order that takes: reduce-only on a perpetual market, redeeming lent funds on a spot market."""
        body: dict[str, Any] = {
            "symbol": market.symbol,
            "side": CONSTANTS.SIDE_BUY if order.side is Side.BUY else CONSTANTS.SIDE_SELL,
            "quantity": f"{order.size:f}",
            "selfTradePrevention": "RejectMaker",
        }
        body |= {"reduceOnly": True} if market.kind == "PERP" else {"autoLendRedeem": True}
        if order.form.price is not None:
            body |= {"orderType": "Limit", "price": f"{order.form.price:f}", "timeInForce": "IOC"}
        else:
            body["orderType"] = "Market"
            if order.form.slippage_bps is not None:
                body |= {"slippageTolerance": f"{order.form.slippage_bps / 100:f}", "slippageToleranceType": "Percent"}
        await self.requests.send_order(body)


def rule_of(market: Market) -> MarketRule:
    return MarketRule(market.tick, market.step, market.min_quantity)
