"""Equity, exposure and margin of an account. Amounts in units of quote currency; fractions in units.

Formulas: the exchange's "futures specs" support page. Collateral value = quantity × mark × weight; position IMF =
max(base, 1/leverage, factor × √notional); net equity = collateral + unrealised PnL − liabilities; locked =
Σ notional × IMF; margin fraction = net equity / exposure; liquidation where that falls below Σ(notional × MMF) over
Σ notional.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.amounts import UNIT, times, units
from hummingbot_backpack.simulator.market_rows import ASSETS
from hummingbot_backpack.simulator.orders import ASK, BID

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.accounts import Account
    from hummingbot_backpack.simulator.markets import Market


def collateral_weight(asset: str, notional: int) -> int:
    """Haircut of an asset, in units.

    The exchange does not publish the closed form of `inverseSqrt`; this is
    weight × min(1, base / (1 + penalty × √notional)).
    """
    row = ASSETS.get(asset)
    if row is None:
        return 0
    weight = units(row["weight"])
    kind = row["kind"]
    if kind["type"] == "identity" or notional <= 0:
        return weight
    curve = float(kind["base"]) / (1 + float(kind["positiveCurvePenalty"]) * math.sqrt(notional / UNIT))
    return weight if curve >= 1 else int(weight * curve)


def borrow_margin(asset: str) -> int:
    """Initial margin fraction of a borrowed asset, in units."""
    return units(ASSETS[asset]["imf"]["base"]) if asset in ASSETS else UNIT


@dataclass(slots=True)
class Exposure:
    """What one perpetual market adds to an account's margin: the position with the open orders that could add to it."""

    steps: int
    notional: int
    imf: int
    mmf: int


@dataclass(slots=True)
class Summary:
    """An account's margin at one moment."""

    assets_value: int = 0
    liabilities: int = 0
    unrealized: int = 0
    locked: int = 0
    exposure: int = 0
    maintenance: int = 0
    collateral: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Asset to (notional, collateral value, weight)."""

    @property
    def equity(self) -> int:
        return self.assets_value + self.unrealized - self.liabilities

    @property
    def available(self) -> int:
        return max(0, self.equity - self.locked)

    @property
    def margin_fraction(self) -> int | None:
        return self.equity * UNIT // self.exposure if self.exposure else None

    @property
    def maintenance_fraction(self) -> int | None:
        return self.maintenance * UNIT // self.exposure if self.exposure else None


class Margin:
    """Evaluates accounts at the current marks and asset prices (both mappings are read live)."""

    def __init__(
        self, markets: Mapping[str, "Market"], marks: Mapping[str, int], asset_prices: Mapping[str, int]
    ) -> None:
        self._markets = markets
        self._marks = marks
        self._asset_prices = asset_prices

    def exposure(
        self, account: "Account", market: "Market", more: int = 0, side: int = BID, with_orders: bool = True
    ) -> Exposure:
        """Exposure in one market, with `more` steps of open orders on `side` added."""
        position = account.positions.get(market.symbol)
        steps = held = position.steps if position else 0
        if with_orders:
            bids = account.resting_steps.get((market.symbol, BID), 0) + (more if side == BID else 0)
            asks = account.resting_steps.get((market.symbol, ASK), 0) + (more if side == ASK else 0)
            steps = max(abs(held), held + bids, asks - held)
        notional = market.value(abs(steps), self._marks[market.symbol])
        assert market.imf is not None and market.mmf is not None
        imf = max(market.imf(notional), UNIT * UNIT // account.settings.leverage)
        return Exposure(abs(steps), notional, imf, market.mmf(notional))

    def _assets(self, account: "Account", summary: Summary) -> None:
        for asset in {*account.available, *account.locked, *account.lent}:
            held = account.available.get(asset, 0) + account.locked.get(asset, 0) + account.lent.get(asset, 0)
            if not held:
                continue
            notional = times(held, self._asset_prices[asset])
            weight = collateral_weight(asset, notional) if notional > 0 else UNIT
            value = times(notional, weight)
            summary.assets_value += value
            summary.collateral[asset] = (notional, value, weight)
        for asset, amount in account.borrowed.items():
            owed = times(amount, self._asset_prices[asset])
            summary.liabilities += owed
            summary.locked += times(owed, borrow_margin(asset))

    def summary(
        self,
        account: "Account",
        market: "Market | None" = None,
        more: int = 0,
        side: int = BID,
        with_orders: bool = True,
    ) -> Summary:
        """The account's margin; as it would be with `more` steps of orders on a market when that is given."""
        summary = Summary()
        self._assets(account, summary)
        symbols = {*account.positions, *(symbol for symbol, _ in account.resting_steps)}
        if market is not None:
            symbols.add(market.symbol)
        for symbol in symbols:
            one = self._markets[symbol]
            added = more if market is one else 0
            exposure = self.exposure(account, one, added, side, with_orders)
            summary.exposure += exposure.notional
            summary.locked += times(exposure.notional, exposure.imf)
            summary.maintenance += times(exposure.notional, exposure.mmf)
            position = account.positions.get(symbol)
            if position and position.steps:
                summary.unrealized += position.unrealized(self._marks[symbol])
        return summary

    def can_carry(self, account: "Account", market: "Market", side: int, steps: int) -> bool:
        """Whether the account may add an order: always when its exposure does not grow, else within its equity."""
        if self.exposure(account, market, steps, side).steps <= self.exposure(account, market).steps:
            return True
        summary = self.summary(account, market, steps, side)
        return summary.equity >= summary.locked

    def plain_equity(self, account: "Account") -> int:
        """Everything the account owns at market prices, without haircuts, unrealised PnL included."""
        assets = {*account.available, *account.locked, *account.lent, *account.borrowed}
        equity = sum(times(account.total(asset), self._asset_prices[asset]) for asset in assets)
        return equity + sum(p.unrealized(self._marks[s]) for s, p in account.positions.items())
