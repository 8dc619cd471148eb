"""What a fill does to two accounts: balances, positions, fees. Also lending, and covering a shortfall."""

import itertools
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import (
    RATE_UNIT,
    Account,
    Ledger,
    LendMovement,
    Position,
    Settlement,
)
from hummingbot_backpack.simulator.orders import BID, Order

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.markets import Market


def fee_of(amount: int, rate: int) -> int:
    """Fee in units, rounded up in the house's favour (a rebate is negative)."""
    return -(-amount * rate // RATE_UNIT)


class Settler:
    """Books fills and movements on the ledger."""

    def __init__(self, ledger: Ledger, position_id: int = 5_479_295_502) -> None:
        self.ledger = ledger
        self.touched_positions: dict[tuple[int, str], tuple[Account, Position, str]] = {}
        """Positions that changed since they were last announced, with the name of the event."""
        self._position_ids = itertools.count(position_id)
        self._sequence = itertools.count(1)

    def spot_fill(self, market: "Market", buyer: Order, seller: Order, price: int, steps: int) -> tuple[int, int]:
        """Move base and quote out of what the two orders have reserved; returns (base bought, quote paid).

        The buyer's reservation was made at its limit price; what it saves by a better price is released.
        """
        paid, bought = market.notional(price, steps), steps * market.quantity_grid.unit
        ledger = self.ledger
        ledger.transfer(buyer.account, seller.account, market.quote, paid, from_locked=True)
        ledger.transfer(seller.account, buyer.account, market.base, bought, from_locked=True)
        reserved = market.notional(buyer.price, steps) if not buyer.request.is_market else paid
        if reserved != paid:
            ledger.lock(buyer.account, market.quote, paid - reserved)
        buyer.reserved -= reserved
        seller.reserved -= bought
        return bought, paid

    def charge(self, account: Account, asset: str, amount: int, rate: int, time_us: int) -> int:
        """Take a fee of `rate` millionths of `amount`; returns it."""
        fee = fee_of(amount, rate)
        if fee:
            self.ledger.to_pool(account, "fees", asset, fee)
            if not account.is_house:
                account.fees_paid[asset] = account.fees_paid.get(asset, 0) + fee
        return fee

    def settle(
        self, account: Account, asset: str, source: str, amount: int, position: Position | None, time_us: int
    ) -> None:
        """Note a settlement in the account's history (the money has moved already)."""
        if amount and not account.is_house:
            number = position.id if position else None
            account.settlements.append(Settlement(source, amount, number, next(self._sequence), time_us))

    def realize(self, account: Account, position: Position, amount: int, time_us: int) -> None:
        """Book PnL: the clearing pool pays it (or takes it), and the position's cost moves by as much."""
        if not amount:
            return
        self.ledger.to_pool(account, "clearing", position.market.quote, -amount)
        position.cost += amount
        position.realized += amount
        self.settle(account, position.market.quote, "RealizePnl", amount, position, time_us)

    def change_position(
        self, account: Account, market: "Market", side: int, steps: int, price: int, time_us: int
    ) -> Position:
        """Add a fill to a position: close first, and open the rest the other way round."""
        symbol = market.symbol
        position = account.positions.get(symbol)
        opened = position is None
        if position is None:
            position = self._open(account, market, time_us)
        held = abs(position.steps)
        if position.steps and (position.steps > 0) != (side == BID):
            closing = min(held, steps)
            proceeds = market.notional(price, closing)
            cost = position.cost * closing // held
            entry = position.entry_cost * closing // held
            # Selling at `price` takes the proceeds off the cost; booking the gain then puts the difference back.
            position.cost += side * proceeds
            position.steps += side * closing
            position.entry_cost -= entry
            position.closed_volume += proceeds
            self.realize(account, position, -side * proceeds - cost, time_us)
            steps -= closing
            if not position.steps:
                self._close(account, position, price * market.price_grid.unit, time_us)
                if not steps:
                    return position
                position, opened = self._open(account, market, time_us), True
        if steps:
            value = side * market.notional(price, steps)
            position.steps += side * steps
            position.cost += value
            position.entry_cost += value
        size = abs(position.steps)
        position.peak_steps = max(position.peak_steps, size)
        account.peak_steps[symbol] = max(account.peak_steps.get(symbol, 0), size)
        self._touch(account, position, "positionOpened" if opened else "positionAdjusted")
        return position

    def _open(self, account: Account, market: "Market", time_us: int) -> Position:
        position = Position(next(self._position_ids), market, opened_us=time_us)
        account.positions[market.symbol] = position
        return position

    def _close(self, account: Account, position: Position, price: int, time_us: int) -> None:
        position.closed_us = time_us
        position.closing_price = price
        del account.positions[position.market.symbol]
        if not account.is_house:
            account.closed_positions.append(position)
        self._touch(account, position, "positionClosed")

    def _touch(self, account: Account, position: Position, name: str) -> None:
        if account.is_house:
            return
        key = account.id, position.market.symbol
        before = self.touched_positions.get(key)
        if before and before[1] is position and before[2] == "positionOpened" and name == "positionAdjusted":
            name = "positionOpened"
        self.touched_positions[key] = account, position, name

    # Lending

    def lend(self, account: Account, asset: str, amount: int, source: str, time_us: int) -> None:
        """Lend available funds (negative: redeem). The caller has checked that they are there."""
        self.ledger.to_pool(account, "lending", asset, amount)
        account.lent[asset] = account.lent.get(asset, 0) + amount
        self._note(account, "Lend" if amount > 0 else "LendRedeem", asset, amount, account.lent[asset], source, time_us)

    def borrow(self, account: Account, asset: str, amount: int, source: str, time_us: int) -> None:
        """Borrow from the pool (negative: repay)."""
        self.ledger.to_pool(account, "lending", asset, -amount)
        account.borrowed[asset] = account.borrowed.get(asset, 0) + amount
        event = "Borrow" if amount > 0 else "BorrowRepay"
        self._note(account, event, asset, amount, account.borrowed[asset], source, time_us)

    def _note(
        self, account: Account, event: str, asset: str, amount: int, position: int, source: str, time_us: int
    ) -> None:
        account.lend_movements.append(LendMovement(event, asset, abs(amount), position, source, time_us))

    def cover_shortfall(self, account: Account, asset: str, time_us: int) -> None:
        """Bring a negative available balance back to zero: redeem what is lent, then borrow."""
        missing = -account.available.get(asset, 0)
        if missing <= 0:
            return
        redeemable = min(missing, account.lent.get(asset, 0))
        if redeemable:
            self.lend(account, asset, -redeemable, "Reconciliation", time_us)
            missing -= redeemable
        if missing:
            self.borrow(account, asset, missing, "Reconciliation", time_us)
