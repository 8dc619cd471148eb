"""One simulated exchange, put together: clock, engine, jobs, market flow, accounts by key, faults. No sockets here."""

import copy
import time
from decimal import Decimal
from typing import Any

from hummingbot_backpack.simulator.accounts import Account, Settings
from hummingbot_backpack.simulator.amounts import UNIT, units
from hummingbot_backpack.simulator.auth import Verifier
from hummingbot_backpack.simulator.clock import Clock, Jobs, VirtualClock, WallClock
from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.engine import Engine
from hummingbot_backpack.simulator.errors import ExchangeError
from hummingbot_backpack.simulator.faults import Faults
from hummingbot_backpack.simulator.flow.market import MarketFlow
from hummingbot_backpack.simulator.lending import Lending
from hummingbot_backpack.simulator.market_rows import MARKETS, START_PRICES
from hummingbot_backpack.simulator.markets import Market
from hummingbot_backpack.simulator.orders import Order, OrderRequest
from hummingbot_backpack.simulator.payloads import order_request
from hummingbot_backpack.simulator.perpetuals import Perpetuals

MARK_EVERY = 1.0
REALIZE_EVERY = 10.0
LENDING_STOCK = 1_000_000_000
STEP_BUDGET = 0.05
"""Seconds of real time that one turn of the market may take before others get theirs."""

Amount = str | int | Decimal


class Exchange:
    """Everything but the network. Tests and the control endpoints drive it directly."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config.checked()
        self.clock: Clock = VirtualClock() if config.virtual_clock else WallClock()
        rows = config.markets or [copy.deepcopy(row) for row in MARKETS.values()]
        prices = {**START_PRICES, **config.prices}
        missing = [row["baseSymbol"] for row in rows if row["baseSymbol"] not in prices]
        if missing:
            raise ValueError(f"prices must have a starting price of {missing[0]}")
        markets = [Market(row, units(prices[row["baseSymbol"]])) for row in rows]
        self.specs = {market.symbol: market for market in markets}
        self.engine = Engine(self.clock, markets, config)
        self.perpetuals = Perpetuals(self.engine, config.speed)
        self.lending = Lending(self.engine)
        for asset in self.engine.asset_prices:
            self.engine.ledger.stock_lending(asset, LENDING_STOCK * UNIT)
        self.verifier = Verifier(self.clock.now_us)
        self.faults = Faults(self.clock, config.seed)
        self.market_jobs = Jobs()
        self.paused = False
        self._last_us = self.clock.true_us()
        self._owed_us = 0.0
        self._by_key: dict[str, Account] = {}
        for key, balances in config.keys.items():
            self._open(key, balances or config.balances)
        self.flow: MarketFlow | None = None
        if config.flow is not None:
            self.flow = MarketFlow(
                self.engine, self.market_jobs, config.flow, config.seed, config.flow_market, config.flow_quantity_scale
            )
        self.market_jobs.every(MARK_EVERY, self.perpetuals.update_marks)
        self.market_jobs.every(REALIZE_EVERY, self.perpetuals.realize)
        self.market_jobs.every(1.0, self.lending.sweep)

    # Accounts

    def _open(self, key: str, balances: dict[str, str]) -> Account:
        settings = Settings(auto_lend=self.config.auto_lend, auto_realize=self.config.auto_realize)
        account = self.engine.open_account(key, settings, balances)
        self.lending.lend_idle(account)
        self.engine.flush()
        self._by_key[key] = account
        return account

    def known_account(self, key: str) -> Account | None:
        """The account of a key (base64) that has signed something, or None."""
        return self._by_key.get(key)

    def account_of(self, key: str) -> Account:
        """The account of a key whose signature was right; made now if it is new. Refused where keys are strict."""
        account = self._by_key.get(key)
        if account is None:
            if self.config.strict_keys:
                raise ExchangeError(401, "UNAUTHORIZED", "Unauthorized")
            account = self._open(key, self.config.balances)
        return account

    def add_key(self, account: Account, key: str) -> None:
        """From now on `key` signs for the account too."""
        self._by_key[key] = account

    # Commands

    def place(self, account: Account, request: OrderRequest) -> Order:
        """Match or rest one order at once, without the delay that takers have on the wire.

        Raises ExchangeError with the answer that the exchange gives when it refuses.
        """
        return self.engine.place(account, request)

    def cancel_later(self, account: Account, order: Order, seconds: float) -> None:
        """Carry a cancel out after its 202 was answered."""

        def carry_out() -> None:
            if order.is_open:
                self.engine.cancel(account, order)

        self.clock.call_later(seconds, carry_out)

    def order(
        self,
        account: Account,
        symbol: str,
        side: str,
        quantity: Amount | None,
        price: Amount | None = None,
        **more: Any,
    ) -> Order:
        """Place an order directly, past REST and the speed bump; `more` are further fields of the payload."""
        body: dict[str, Any] = {"symbol": symbol, "side": side, **more}
        if quantity is not None:
            body["quantity"] = str(quantity)
        body["orderType"] = "Market" if price is None else "Limit"
        if price is not None:
            body["price"] = str(price)
        return self.place(account, order_request(body, self.specs))

    def trader(self, name: str, **balances: Amount) -> Account:
        """Another participant for tests: an account without a key."""
        funds = {asset: str(amount) for asset, amount in balances.items()} or {"USDC": "1000000", "SOL": "10000"}
        return self.engine.open_account(name, Settings(), funds)

    def set_mark(self, symbol: str, price: Amount) -> None:
        """Pin a mark: it stays there, the index notwithstanding, and accounts are checked for liquidation."""
        self.perpetuals.pinned.add(symbol)
        self.engine.set_mark(symbol, units(price))
        self.perpetuals.liquidate()

    def set_index(self, asset: str, price: Amount) -> None:
        """Set an asset's index, and its marks where they follow nothing else."""
        self.engine.set_index(asset, units(price))
        if not self.perpetuals.follow_book:
            self.perpetuals.update_marks()

    # Time

    def turn(self) -> None:
        """Let the market catch up with the clock (as far as one turn's budget goes). Called every few milliseconds."""
        now = self.clock.true_us()
        passed, self._last_us = now - self._last_us, now
        if self.paused:
            return
        self._owed_us += max(0, passed) * self.config.speed
        target = self.market_jobs.now_us + int(self._owed_us)
        begin = self.market_jobs.now_us
        virtual = isinstance(self.clock, VirtualClock)
        deadline = time.monotonic() + STEP_BUDGET
        self.market_jobs.advance_to(target, lambda: not virtual and time.monotonic() > deadline)
        self._owed_us -= self.market_jobs.now_us - begin
        if self.perpetuals.funding_is_due():
            self.perpetuals.pay_funding()
            self.lending.pay_interest()

    def equity(self, account: Account) -> int:
        """Everything the account owns at market prices, in units of quote currency."""
        return self.engine.margin.plain_equity(account)

    def net_deposits(self, account: Account) -> int:
        """Deposits after the start, valued now, with what the account started with valued then."""
        later = sum(
            amount * self.engine.asset_prices[asset] // UNIT for asset, amount in account.later_deposits.items()
        )
        return account.equity_start + later
