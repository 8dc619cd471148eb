"""What those faults do that act on the exchange itself: sockets, clock, market states, books, prices, accounts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.clock import MICROSECONDS
from hummingbot_backpack.simulator.faults import Fault
from hummingbot_backpack.simulator.sessions import Session
from hummingbot_backpack.simulator.streams import Hub

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.exchange import Exchange


class FaultActions:
    """Ties the faults to the exchange and its sockets."""

    def __init__(self, exchange: "Exchange", hub: Hub) -> None:
        self._exchange, self._hub = exchange, hub
        faults = exchange.faults
        faults.begin |= {
            "disconnect": self._disconnect,
            "half_open": self._freeze,
            "refuse_private_stream": self._close_private,
            "clock_skew": self._skew,
            "market_state": self._set_state,
            "empty_book": self._empty,
            "flash_move": self._move,
            "liquidation": self._liquidate,
            "adl": self._deleverage,
        }
        faults.end |= {
            "half_open": self._thaw,
            "clock_skew": self._unskew,
            "market_state": self._reopen,
            "empty_book": self._refill,
        }

    def _sessions(self, fault: Fault) -> Iterator[Session]:
        """Sockets that a fault hits: all, or those that listen to a stream that begins with `stream`."""
        for session in list(self._hub.sessions):
            if fault.stream is None or any(name.startswith(fault.stream) for name, _ in session.topics):
                yield session

    def _accounts(self, fault: Fault) -> list[Account]:
        if fault.key is not None:
            account = self._exchange.known_account(fault.key)
            return [account] if account else []
        return [account for account in self._exchange.engine.accounts.values() if not account.is_house]

    def _symbols(self, fault: Fault) -> list[str]:
        return [fault.symbol] if fault.symbol else list(self._exchange.specs)

    def _disconnect(self, fault: Fault) -> None:
        for session in self._sessions(fault):
            session.close()
        self._exchange.faults.remove(fault)

    def _freeze(self, fault: Fault) -> None:
        for session in self._sessions(fault):
            session.frozen = True

    def _thaw(self, fault: Fault) -> None:
        """The dead sockets do not come back to life: they end without a close frame."""
        for session in list(self._hub.sessions):
            if session.frozen:
                session.abort()

    def _close_private(self, fault: Fault) -> None:
        for session in list(self._hub.sessions):
            if any(name.startswith("account.") for name, _ in session.topics):
                session.close()

    def _skew(self, fault: Fault) -> None:
        self._exchange.clock.skew_us = int(float(fault.value) * MICROSECONDS)

    def _unskew(self, fault: Fault) -> None:
        self._exchange.clock.skew_us = 0

    def _set_state(self, fault: Fault) -> None:
        for symbol in self._symbols(fault):
            self._exchange.engine.set_state(symbol, fault.value)

    def _reopen(self, fault: Fault) -> None:
        for symbol in self._symbols(fault):
            self._exchange.engine.set_state(symbol, "Open")

    def _empty(self, fault: Fault) -> None:
        if self._exchange.flow is not None:
            for symbol in self._symbols(fault):
                self._exchange.flow.set_away(symbol, True)

    def _refill(self, fault: Fault) -> None:
        if self._exchange.flow is not None:
            for symbol in self._symbols(fault):
                self._exchange.flow.set_away(symbol, False)

    def _move(self, fault: Fault) -> None:
        factor = 1 + float(fault.value) / 100
        assets = dict.fromkeys(self._exchange.specs[symbol].base for symbol in self._symbols(fault))
        for asset in assets:
            if self._exchange.flow is not None:
                self._exchange.flow.shift(asset, factor)
            else:
                price = self._exchange.engine.asset_prices[asset] / UNIT * factor
                self._exchange.set_index(asset, f"{price:.8f}")
        self._exchange.faults.remove(fault)

    def _liquidate(self, fault: Fault) -> None:
        for account in self._accounts(fault):
            self._exchange.perpetuals.liquidate_on_book(account, share=1)
        self._exchange.faults.remove(fault)

    def _deleverage(self, fault: Fault) -> None:
        share = 1.0 if fault.value is None else min(1.0, float(fault.value) / 100)
        for account in self._accounts(fault):
            self._exchange.perpetuals.deleverage(account, share)
        self._exchange.faults.remove(fault)
