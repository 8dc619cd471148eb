"""Accounts, positions and the double-entry ledger. All amounts in units of 10**-12, position sizes in steps.

Every movement of an asset has two ends: an account's and another's, or one of the house's pools. So the sum of an asset
over all accounts and pools changes by deposits and withdrawals alone. Open perpetual PnL is covered by the house's
`clearing` pool: the positions' costs of a market sum to what the pool has paid out, at every moment.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hummingbot_backpack.simulator.amounts import UNIT

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.markets import Market
    from hummingbot_backpack.simulator.orders import Fill, Order

HISTORY = 20_000
"""Rows of each kind of history an account keeps."""

RATE_UNIT = 1_000_000
"""Fee rates are in millionths of the notional: 2 bps is 200."""


@dataclass(slots=True)
class Position:
    """A perpetual position of one account.

    `cost` is the basis of what is not yet booked: value at mark less cost is the unrealised PnL that the exchange
    shows. `entry_cost` is the basis of the entry price, which realisation does not touch.
    """

    id: int
    market: "Market"
    steps: int = 0
    cost: int = 0
    entry_cost: int = 0
    realized: int = 0
    funding: int = 0
    fees: int = 0
    peak_steps: int = 0
    closed_volume: int = 0
    closing_price: int | None = None
    opened_us: int = 0
    closed_us: int | None = None
    liquidated: int = 0
    liquidation_fees: int = 0

    def unrealized(self, mark: int) -> int:
        return self.market.value(self.steps, mark) - self.cost

    def entry_price(self) -> int:
        """Average entry price in units; 0 when flat."""
        if not self.steps:
            return 0
        return self.entry_cost * UNIT // (self.steps * self.market.quantity_grid.unit)

    def break_even_price(self) -> int:
        if not self.steps:
            return 0
        paid = self.entry_cost + self.fees - self.funding
        return paid * UNIT // (self.steps * self.market.quantity_grid.unit)


class Funding(NamedTuple):
    """One funding payment of an account: positive was received."""

    market: "Market"
    rate: str
    amount: int
    interval_end_us: int


class Settlement(NamedTuple):
    """A movement of quote currency that is no trade: fees, funding, realised PnL."""

    source: str
    amount: int
    position_id: int | None
    sequence: int
    time_us: int


class Deposit(NamedTuple):
    """Money from outside (negative: taken out)."""

    asset: str
    amount: int
    time_us: int


class LendMovement(NamedTuple):
    event: str
    asset: str
    amount: int
    position_amount: int
    source: str
    time_us: int


class Interest(NamedTuple):
    payment: str
    asset: str
    amount: int
    rate: str
    time_us: int


@dataclass(slots=True)
class Settings:
    """What `/account` shows and lets the owner change; fee rates in millionths."""

    auto_borrow_settlements: bool = True
    auto_lend: bool = False
    auto_realize: bool = True
    auto_repay_borrows: bool = True
    leverage: int = 10 * UNIT
    futures_maker: int = 200
    futures_taker: int = 500
    spot_maker: int = 800
    spot_taker: int = 1000


@dataclass(slots=True)
class Account:
    """One (sub-)account. Lent and borrowed amounts are claims on the lending pool, outside `available` and `locked`."""

    id: int
    name: str
    settings: Settings
    is_house: bool = False
    """The simulator's own makers and takers: no margin checks, no history."""
    available: dict[str, int] = field(default_factory=dict)
    locked: dict[str, int] = field(default_factory=dict)
    lent: dict[str, int] = field(default_factory=dict)
    borrowed: dict[str, int] = field(default_factory=dict)
    interest: dict[str, int] = field(default_factory=dict)
    deposits: dict[str, int] = field(default_factory=dict)
    deposit_rows: list[Deposit] = field(default_factory=list)
    later_deposits: dict[str, int] = field(default_factory=dict)
    """Of these, what came after the account was opened."""
    positions: dict[str, Position] = field(default_factory=dict)
    closed_positions: deque[Position] = field(default_factory=lambda: deque(maxlen=HISTORY))
    open_orders: dict[int, "Order"] = field(default_factory=dict)
    pending: dict[int, "Order"] = field(default_factory=dict)
    resting_steps: dict[tuple[str, int], int] = field(default_factory=dict)
    """Open quantity per perpetual and side that could add to a position (reduce-only orders cannot)."""
    by_client_id: dict[tuple[str, int], "Order"] = field(default_factory=dict)
    order_history: deque["Order"] = field(default_factory=lambda: deque(maxlen=HISTORY))
    fills: deque["Fill"] = field(default_factory=lambda: deque(maxlen=HISTORY * 5))
    funding: deque[Funding] = field(default_factory=lambda: deque(maxlen=HISTORY))
    settlements: deque[Settlement] = field(default_factory=lambda: deque(maxlen=HISTORY))
    lend_movements: deque[LendMovement] = field(default_factory=lambda: deque(maxlen=HISTORY))
    interest_payments: deque[Interest] = field(default_factory=lambda: deque(maxlen=HISTORY))
    peak_steps: dict[str, int] = field(default_factory=dict)
    fees_paid: dict[str, int] = field(default_factory=dict)
    funding_total: int = 0
    volume: int = 0
    buys: int = 0
    sells: int = 0
    orders_placed: int = 0
    orders_cancelled: int = 0
    equity_start: int = 0
    liquidating: bool = False

    def total(self, asset: str) -> int:
        """Available, locked and lent, less borrowed."""
        return (
            self.available.get(asset, 0)
            + self.locked.get(asset, 0)
            + self.lent.get(asset, 0)
            - self.borrowed.get(asset, 0)
        )


POOLS = ("fees", "clearing", "funding", "insurance", "lending")


class Ledger:
    """Balances of all accounts and of the house's pools; the only place where either changes."""

    def __init__(self) -> None:
        self.pools: dict[str, dict[str, int]] = {name: {} for name in POOLS}
        self.house_lent: dict[str, int] = {}
        """The house's own claim on the lending pool."""
        self.deposited: dict[str, int] = {}
        self.touched: dict[tuple[int, str], Account] = {}
        """Balances that changed since they were last announced."""

    def deposit(self, account: Account, asset: str, amount: int) -> None:
        """Put money in from outside (negative: take it out)."""
        account.available[asset] = account.available.get(asset, 0) + amount
        account.deposits[asset] = account.deposits.get(asset, 0) + amount
        self.deposited[asset] = self.deposited.get(asset, 0) + amount
        self.touched[account.id, asset] = account

    def lock(self, account: Account, asset: str, amount: int) -> None:
        """Move from available to locked (negative: back)."""
        account.available[asset] = account.available.get(asset, 0) - amount
        account.locked[asset] = account.locked.get(asset, 0) + amount
        self.touched[account.id, asset] = account

    def transfer(self, payer: Account, payee: Account, asset: str, amount: int, from_locked: bool = False) -> None:
        balance = payer.locked if from_locked else payer.available
        balance[asset] = balance.get(asset, 0) - amount
        payee.available[asset] = payee.available.get(asset, 0) + amount
        self.touched[payer.id, asset] = payer
        self.touched[payee.id, asset] = payee

    def to_pool(self, account: Account, pool: str, asset: str, amount: int) -> None:
        """Move from an account's available balance to a house pool (negative: from the pool to the account)."""
        account.available[asset] = account.available.get(asset, 0) - amount
        balance = self.pools[pool]
        balance[asset] = balance.get(asset, 0) + amount
        self.touched[account.id, asset] = account

    def stock_lending(self, asset: str, amount: int) -> None:
        """The house's deposit into the lending pool, so that there is something to borrow."""
        pool = self.pools["lending"]
        pool[asset] = pool.get(asset, 0) + amount
        self.house_lent[asset] = self.house_lent.get(asset, 0) + amount
        self.deposited[asset] = self.deposited.get(asset, 0) + amount

    def sums(self, accounts: Iterable[Account]) -> dict[str, int]:
        """Sum per asset over all accounts (available and locked) and pools."""
        result: dict[str, int] = {}
        for account in accounts:
            for balance in (account.available, account.locked):
                for asset, amount in balance.items():
                    result[asset] = result.get(asset, 0) + amount
        for pool in self.pools.values():
            for asset, amount in pool.items():
                result[asset] = result.get(asset, 0) + amount
        return result
