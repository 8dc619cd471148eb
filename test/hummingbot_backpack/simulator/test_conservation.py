"""Nothing is created or lost: random operations of several accounts, then exact sums (card SI03)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.config import SimulatorConfig
from hummingbot_backpack.simulator.errors import ExchangeError
from hummingbot_backpack.simulator.events import BalanceEvent, OrderEvent, PositionEvent
from hummingbot_backpack.simulator.exchange import Exchange

ACCOUNTS = 5
SYMBOLS = ("SOL_USDC", "SOL_USDC_PERP", "BTC_USDC_PERP")

ORDER = st.fixed_dictionaries(
    {
        "do": st.just("order"),
        "who": st.integers(0, ACCOUNTS - 1),
        "symbol": st.sampled_from(SYMBOLS),
        "side": st.sampled_from(("Bid", "Ask")),
        "size": st.integers(1, 1500),
        "offset": st.integers(-8, 8),
        "kind": st.sampled_from(
            ("limit", "limit", "limit", "post", "ioc", "fok", "market", "quote", "reduce", "trigger")
        ),
        "stp": st.sampled_from(("RejectTaker", "RejectMaker", "RejectBoth", "Allow")),
        "auto": st.booleans(),
        "exit": st.booleans(),
    }
)
OTHER = st.fixed_dictionaries(
    {
        "do": st.sampled_from(
            ("cancel", "cancel_all", "mark", "fund", "realize", "lend", "borrow", "deposit", "interest", "adl")
        ),
        "who": st.integers(0, ACCOUNTS - 1),
        "symbol": st.sampled_from(SYMBOLS),
        "size": st.integers(-300, 300),
    }
)
OPERATIONS = st.lists(st.one_of(ORDER, ORDER, OTHER), min_size=50, max_size=50)


class Session:
    """An exchange with five accounts, the events they saw, and the operations on it."""

    def __init__(self) -> None:
        self.exchange = Exchange(SimulatorConfig(flow=None, virtual_clock=True))
        self.engine = self.exchange.engine
        self.balances: dict[tuple[int, str], tuple[int, int]] = {}
        self.positions: dict[tuple[int, str], int] = {}
        self.open_orders: dict[int, str] = {}
        self.engine.sink = self._see
        self.accounts = [
            self.exchange.trader(f"trader {number}", USDC=str(200 + 800 * number), SOL=str(2 * number))
            for number in range(ACCOUNTS)
        ]
        for number, account in enumerate(self.accounts[1:]):
            for symbol, price in (("SOL_USDC", 145), ("SOL_USDC_PERP", 145)):
                self.exchange.order(account, symbol, "Bid", "1", f"{price - number * 0.05:.2f}")
                self.exchange.order(account, symbol, "Ask", "1.5", f"{price + 0.01 + number * 0.05:.2f}")
            self.exchange.order(account, "BTC_USDC_PERP", "Bid", "0.02", str(86000 - number * 20))
            self.exchange.order(account, "BTC_USDC_PERP", "Ask", "0.03", str(86010 + number * 20))

    def _see(self, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, BalanceEvent):
                self.balances[event.account.id, event.asset] = event.available, event.locked
            elif isinstance(event, PositionEvent):
                self.positions[event.account.id, event.market.symbol] = event.steps
            elif isinstance(event, OrderEvent):
                self.open_orders[event.order.id] = event.status

    def run(self, operation: dict[str, Any]) -> None:
        self.exchange.clock.advance(1.0)  # type: ignore[attr-defined]
        account = self.accounts[operation["who"]]
        try:
            getattr(self, "_" + operation["do"])(account, operation)
        except ExchangeError:
            self.engine.flush()

    def _order(self, account: Any, operation: dict[str, Any]) -> None:
        symbol, kind = operation["symbol"], operation["kind"]
        spec = self.exchange.specs[symbol]
        is_bitcoin = symbol.startswith("BTC")
        price = (86000 if is_bitcoin else 145) * (1 + operation["offset"] / 5000)
        text = spec.price_grid.plain(round(price * UNIT / spec.price_grid.unit))
        quantity = spec.quantity_grid.plain(operation["size"] * (10 if is_bitcoin else 1))
        more: dict[str, Any] = {"selfTradePrevention": operation["stp"]}
        if operation["auto"]:
            more |= {"autoBorrow": True, "autoLendRedeem": True}
        if operation["exit"] and kind == "limit":
            more |= {"takeProfitTriggerPrice": text, "stopLossTriggerPrice": text, "stopLossLimitPrice": text}
        if kind == "post":
            more["postOnly"] = True
        elif kind in ("ioc", "fok"):
            more["timeInForce"] = kind.upper()
        elif kind == "reduce":
            more["reduceOnly"] = True
        if kind == "market":
            self.exchange.order(account, symbol, operation["side"], quantity, None, **more)
        elif kind == "quote":
            self.exchange.order(
                account, symbol, operation["side"], None, None, quoteQuantity=str(operation["size"]), **more
            )
        elif kind == "trigger":
            more |= {"triggerPrice": text, "triggerQuantity": quantity}
            self.exchange.order(account, symbol, operation["side"], None, text, **more)
        else:
            self.exchange.order(account, symbol, operation["side"], quantity, text, **more)

    def _cancel(self, account: Any, operation: dict[str, Any]) -> None:
        if account.open_orders:
            self.engine.cancel(account, next(iter(account.open_orders.values())))

    def _cancel_all(self, account: Any, operation: dict[str, Any]) -> None:
        self.engine.cancel_all(account, operation["symbol"])

    def _mark(self, account: Any, operation: dict[str, Any]) -> None:
        asset = self.exchange.specs[operation["symbol"]].base
        price = self.engine.asset_prices[asset] * (1000 + operation["size"] // 4) // 1000
        self.engine.set_index(asset, max(price, UNIT))
        self.exchange.perpetuals.update_marks()

    def _fund(self, account: Any, operation: dict[str, Any]) -> None:
        self.exchange.perpetuals.pay_funding()

    def _realize(self, account: Any, operation: dict[str, Any]) -> None:
        self.exchange.perpetuals.realize()

    def _interest(self, account: Any, operation: dict[str, Any]) -> None:
        self.exchange.lending.pay_interest()

    def _adl(self, account: Any, operation: dict[str, Any]) -> None:
        self.exchange.perpetuals.deleverage(account, 0.5)

    def _lend(self, account: Any, operation: dict[str, Any]) -> None:
        amount = operation["size"] * UNIT
        if amount <= account.available.get("USDC", 0) and -amount <= account.lent.get("USDC", 0):
            self.engine.settler.lend(account, "USDC", amount, "Manual", 0)
        self.engine.flush()

    def _borrow(self, account: Any, operation: dict[str, Any]) -> None:
        amount = abs(operation["size"]) * UNIT // 100
        self.engine.settler.borrow(account, "SOL", amount, "Manual", 0)
        self.engine.flush()

    def _deposit(self, account: Any, operation: dict[str, Any]) -> None:
        self.engine.deposit(account, "USDC", abs(operation["size"]) * UNIT)


def check_conserved(session: Session) -> None:
    """Every sum that must hold exactly."""
    engine, ledger = session.engine, session.engine.ledger
    accounts = list(engine.accounts.values())
    assert ledger.sums(accounts) == ledger.deposited
    for symbol, spec in session.exchange.specs.items():
        held = [one.positions[symbol] for one in accounts if symbol in one.positions]
        assert sum(one.steps for one in held) == 0
        if spec.is_perpetual:
            assert engine.markets[symbol].open_interest == sum(max(0, one.steps) for one in held)
    costs = sum(position.cost for one in accounts for position in one.positions.values())
    assert ledger.pools["clearing"].get("USDC", 0) == -costs
    unrealized = sum(p.unrealized(engine.marks[s]) for one in accounts for s, p in one.positions.items())
    assert unrealized == -costs
    for asset in engine.asset_prices:
        lent = sum(one.lent.get(asset, 0) for one in accounts) + ledger.house_lent.get(asset, 0)
        borrowed = sum(one.borrowed.get(asset, 0) for one in accounts)
        assert ledger.pools["lending"].get(asset, 0) == lent - borrowed


def check_accounts(session: Session) -> None:
    """Locked funds are what the open orders reserve; streams and REST say the same."""
    engine = session.engine
    for account in session.accounts:
        reserved: dict[str, int] = {}
        for order in account.open_orders.values():
            if not order.market.is_perpetual:
                asset = order.market.quote if order.side == 1 else order.market.base
                reserved[asset] = reserved.get(asset, 0) + order.reserved
            assert session.open_orders[order.id] == order.status
        locked = {asset: amount for asset, amount in account.locked.items() if amount}
        assert locked == {asset: amount for asset, amount in reserved.items() if amount}
        for asset in {*account.available, *account.locked}:
            assert account.available.get(asset, 0) >= 0, (asset, account.available[asset])
            seen = session.balances[account.id, asset]
            assert seen == (account.available.get(asset, 0), account.locked.get(asset, 0))
        shown_positions = {row["symbol"]: row["netQuantity"] for row in _positions(session, account)}
        for symbol in SYMBOLS[1:]:
            grid = session.exchange.specs[symbol].quantity_grid
            assert shown_positions.get(symbol, "0") == grid.plain(session.positions.get((account.id, symbol), 0))
        for (symbol, side), steps in account.resting_steps.items():
            resting = [o for o in account.open_orders.values() if o.market.symbol == symbol and o.side == side]
            assert steps == sum(
                o.remaining for o in resting if o.status != "TriggerPending" and not o.request.reduce_only
            )
    for state in engine.markets.values():
        bid, ask = state.book.best_price(1), state.book.best_price(-1)
        assert bid is None or ask is None or bid < ask


def _positions(session: Session, account: Any) -> list[dict[str, Any]]:
    return [wire.position(session.engine, account, one, "0") for one in account.positions.values()]


def run_and_check(operations: list[dict[str, Any]]) -> None:
    session = Session()
    for operation in operations:
        session.run(operation)
        check_conserved(session)
        check_accounts(session)


UNHURRIED = [HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large]


@settings(max_examples=60, deadline=None, suppress_health_check=UNHURRIED)
@given(OPERATIONS)
def test_si03_nothing_is_created_or_lost_by_any_sequence_of_operations(operations: list[dict[str, Any]]) -> None:
    run_and_check(operations)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=UNHURRIED)
@given(OPERATIONS)
def test_si03_nothing_is_created_or_lost_by_two_thousand_sequences(operations: list[dict[str, Any]]) -> None:
    run_and_check(operations)
