"""Lending by itself: idle funds of accounts that want it, and hourly interest."""

from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Account, Interest
from hummingbot_backpack.simulator.amounts import UNIT, shown

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine

BORROW_RATE = 5 * UNIT // 100
"""A year's interest on what is borrowed."""
HOUSE_SHARE = 15 * UNIT // 100
"""Share of the interest that the house keeps."""
HOURS = 8760


class Lending:
    """The lending pool's periodic jobs."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def lend_idle(self, account: Account) -> None:
        """Lend what is available, where the account has auto-lending on; repay first where it owes."""
        settler, now = self._engine.settler, self._engine.clock.now_us()
        for asset, amount in list(account.available.items()):
            if amount <= 0:
                continue
            owed = account.borrowed.get(asset, 0)
            if owed and account.settings.auto_repay_borrows:
                repaid = min(owed, amount)
                settler.borrow(account, asset, -repaid, "AutoBorrowRepay", now)
                amount -= repaid
            if amount and account.settings.auto_lend:
                settler.lend(account, asset, amount, "AutoLend", now)

    def sweep(self) -> None:
        """Once a second: idle funds of all accounts."""
        for account in self._engine.accounts.values():
            if not account.is_house and (account.settings.auto_lend or any(account.borrowed.values())):
                self.lend_idle(account)
        self._engine.flush()

    def pay_interest(self) -> None:
        """Once an hour: borrowers owe more, lenders share it by size, the house takes its part and the rounding."""
        engine, now = self._engine, self._engine.clock.now_us()
        accounts = [one for one in engine.accounts.values() if not one.is_house]
        for asset in engine.asset_prices:
            earned = 0
            for account in accounts:
                owed = account.borrowed.get(asset, 0)
                if owed > 0:
                    interest = -(-owed * BORROW_RATE // (HOURS * UNIT))
                    account.borrowed[asset] += interest
                    account.interest[asset] = account.interest.get(asset, 0) - interest
                    earned += interest
                    self._note(account, "Borrow", asset, -interest, now)
            total = sum(account.lent.get(asset, 0) for account in accounts) + engine.ledger.house_lent.get(asset, 0)
            shared = earned * (UNIT - HOUSE_SHARE) // UNIT
            left = earned
            for account in accounts:
                lent = account.lent.get(asset, 0)
                interest = shared * lent // total if total > 0 else 0
                if interest > 0:
                    account.lent[asset] += interest
                    account.interest[asset] = account.interest.get(asset, 0) + interest
                    left -= interest
                    self._note(account, "Lend", asset, interest, now)
            engine.ledger.house_lent[asset] = engine.ledger.house_lent.get(asset, 0) + left
        engine.flush()

    def _note(self, account: Account, payment: str, asset: str, amount: int, now: int) -> None:
        rate = shown(BORROW_RATE if payment == "Borrow" else BORROW_RATE * (UNIT - HOUSE_SHARE) // UNIT)
        account.interest_payments.append(Interest(payment, asset, amount, rate, now))
