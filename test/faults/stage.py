"""What a row of the table of faults happens on: a local Backpack, our connector, another trader, and the comparison of
what we believe with what the exchange knows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.backpack import backpack_constants, backpack_market_watch, backpack_requests
from hummingbot.core.data_type.common import OrderType, PositionAction
from hummingbot.core.event.events import MarketOrderFailureEvent, OrderFilledEvent
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from test.hummingbot.harness import Keys, Running, local_backpack, perpetual, spot, until

PAIR = "SOL-USDC"
SYMBOLS = {"perpetual": "SOL_USDC_PERP", "spot": "SOL_USDC"}
CENT = Decimal("0.01")
PATIENCE = 10.0
"""Seconds in which all must be well again once the fault is over."""
# What takes half a minute at the exchange takes a second here: the rows wait for conditions, not for these.
POLL_INTERVAL = 1.0
MARKET_INTERVAL = 0.5
REQUEST_TIMEOUT = 1.0
HEARTBEAT = 0.6
SIGNATURE_WINDOW_MS = 2000
# These act when they begin, or are looked at without being counted.
NOT_COUNTED = {
    "disconnect", "half_open", "clock_skew", "maintenance", "refuse_private_stream", "market_state", "empty_book",
    "flash_move", "liquidation", "adl",
}  # fmt: skip


@dataclass
class Stage:
    """One account at one local Backpack, and the connectors that run for it, one after the other."""

    backpack: Any
    kind: str
    keys: Keys
    other: Any
    runs: list[Running] = field(default_factory=list)
    struck: set[str] = field(default_factory=set)

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.kind]

    @property
    def run(self) -> Running:
        return self.runs[-1]

    @property
    def connector(self) -> Any:
        return self.run.connector

    @property
    def exchange(self) -> Any:
        return self.backpack.exchange

    @property
    def account(self) -> Any:
        return self.exchange.known_account(self.keys.public)

    @property
    def ledger(self) -> dict[str, Any]:
        return self.backpack.ledger(self.keys.public)

    # === the bot ===

    def start(self, earlier_orders: dict[str, Any] | None = None) -> Running:
        """A connector that is not started yet; `earlier_orders` is what Hummingbot keeps over a restart."""
        connector = (perpetual if self.kind == "perpetual" else spot)(self.keys)
        connector.LONG_POLL_INTERVAL = connector.SHORT_POLL_INTERVAL = POLL_INTERVAL
        connector.restore_tracking_states(earlier_orders or {})
        self.runs.append(Running(connector))
        return self.run

    def _place(self, side: str, amount: str, price: str | None) -> str:
        kind = OrderType.MARKET if price is None else OrderType.LIMIT_MAKER
        more = {"position_action": PositionAction.OPEN} if self.kind == "perpetual" else {}
        return str(getattr(self.connector, side)(PAIR, Decimal(amount), kind, Decimal(price or "NaN"), **more))

    def buy(self, amount: str, price: str | None = None) -> str:
        """Post-only at a price, else at market."""
        return self._place("buy", amount, price)

    def sell(self, amount: str, price: str | None = None) -> str:
        """Post-only at a price, else at market."""
        return self._place("sell", amount, price)

    def is_decided(self, order_id: str) -> bool:
        """Whether the order stands at the exchange, is over, or was given up with its failure announced."""
        order = self.run.order(order_id)
        failed = any(event.order_id == order_id for event in self.run.of(MarketOrderFailureEvent))
        return failed or bool(order and (order.exchange_order_id or order.is_done))

    async def decided(self, *order_ids: str) -> None:
        for order_id in order_ids:
            await until(
                lambda one=order_id: self.is_decided(one), PATIENCE, lambda one=order_id: f"order {one} is undecided"
            )

    async def quotes(self) -> tuple[str, str]:
        """A bid of 2 at the touch and an ask of 1 away from it, both resting."""
        bid, ask = self.buy("2", "145.00"), self.sell("1", "150")
        await self.decided(bid, ask)
        assert len(self.account.open_orders) == 2
        return bid, ask

    # === the others ===

    def take(self, quantity: str) -> None:
        """Another trader sells into the best bid."""
        self.exchange.order(self.other, self.symbol, "Ask", quantity)

    def others_quote(self) -> None:
        """Another trader's quotes, where no makers are at work and none rest (closing a market cancels them)."""
        if self.exchange.flow is None and not self.other.open_orders:
            self.exchange.order(self.other, self.symbol, "Bid", "100", "144.90")
            self.exchange.order(self.other, self.symbol, "Ask", "100", "145.10")

    # === the fault ===

    def strike(self, kind: str, **settings: Any) -> None:
        names = {name: self.keys.public for name, value in settings.items() if value is OWN_KEY}
        self.backpack.faults.set(kind, **{**settings, **names})

    async def healed(self, kind: str) -> None:
        """The fault struck, and is over: used up, or its seconds are."""
        await until(
            lambda: not self.backpack.faults.listed(),
            10,
            lambda: f"the fault never struck: {self.backpack.faults.listed()}",
        )
        assert kind in self.struck | NOT_COUNTED, f"the fault ({kind}) never struck"
        self.others_quote()


OWN_KEY = object()
"""Stands for the account's public key in the settings of a fault."""


@contextlib.asynccontextmanager
async def staged(monkeypatch: pytest.MonkeyPatch, kind: str, flow: str | None = None) -> AsyncIterator[Stage]:
    """A stage without a bot; whatever runs at its end is stopped."""
    monkeypatch.setattr(backpack_constants, "WS_HEARTBEAT_TIME_INTERVAL", HEARTBEAT)
    monkeypatch.setattr(backpack_constants, "REQUEST_TIMEOUT", REQUEST_TIMEOUT)
    for name in ("INTERVAL", "LEAST_PAUSE"):
        monkeypatch.setattr(backpack_market_watch, name, MARKET_INTERVAL)
    monkeypatch.setattr(backpack_requests, "RETRY_DELAYS", (0.2, 0.4, 0.8))
    monkeypatch.setenv("BACKPACK_SIGNATURE_WINDOW", str(SIGNATURE_WINDOW_MS))
    keys = Keys.new()
    options = {"flow": flow, "keys": {keys.public: {"USDC": "10000", "SOL": "50"}}}
    async with local_backpack(monkeypatch, **options) as backpack:
        other = backpack.exchange.trader("other")
        stage = Stage(backpack, kind, keys, other)
        stage.others_quote()
        fires = backpack.faults.fires

        def counted(fault: str, **context: Any) -> Any:
            found = fires(fault, **context)
            if found is not None:
                stage.struck.add(fault)
            return found

        monkeypatch.setattr(backpack.faults, "fires", counted)
        try:
            yield stage
        finally:
            backpack.faults.clear()
            if stage.runs and stage.run._ticker is not None and not stage.run._ticker.done():
                await stage.run.__aexit__(None, None, None)
            # Also where a row failed: the session belongs to this row's event loop.
            await ConnectionsFactory().close()


# === the comparison ===


def differences(stage: Stage) -> list[str]:
    """What differs between the bot and the exchange, one sentence each."""
    return [
        *_readiness(stage),
        *_market_state(stage),
        *_orders(stage),
        *_fills(stage),
        *(_position_and_equity(stage) if stage.kind == "perpetual" else _spot_balances(stage)),
    ]


def _readiness(stage: Stage) -> list[str]:
    missing = [name for name, is_ready in stage.connector.status_dict.items() if not is_ready]
    return [f"the connector is not ready: {missing}"] if missing else []


def _market_state(stage: Stage) -> list[str]:
    market, theirs = stage.connector.market(PAIR), stage.exchange.engine.markets[stage.symbol].spec.state
    ours = None if market is None else market.state
    return [] if ours == theirs else [f"market: we believe it is {ours}, at the exchange it is {theirs}"]


def _orders(stage: Stage) -> list[str]:
    resting = {str(one.id): one for one in stage.account.open_orders.values()}
    tracked = {order.exchange_order_id: order for order in stage.connector._order_tracker.active_orders.values()}
    tracked |= {order.exchange_order_id: order for order in stage.connector._order_tracker.lost_orders.values()}
    found = [f"order {one} rests and we do not know it" for one in resting.keys() - tracked.keys()]
    found += [f"order {one} is tracked and the exchange lacks it" for one in tracked.keys() - resting.keys()]
    for one in resting.keys() & tracked.keys():
        executed = Decimal(resting[one].market.quantity_grid.plain(resting[one].executed))
        if executed != tracked[one].executed_amount_base:
            found.append(f"order {one} executed {executed}, we believe {tracked[one].executed_amount_base}")
    if stage.connector._unresolved:
        found.append(f"orders are unresolved: {list(stage.connector._unresolved)}")
    return found


def _fills(stage: Stage) -> list[str]:
    """Fills of orders that the bot placed (the exchange's own, and those by hand, have no client id)."""
    ours = sorted(
        (str(event.exchange_trade_id), event.price, event.amount)
        for run in stage.runs
        for event in run.of(OrderFilledEvent)
    )
    theirs = sorted(
        (str(fill["tradeId"]), Decimal(fill["price"]), Decimal(fill["quantity"]))
        for fill in stage.ledger["fills"]
        if fill["clientId"] is not None
    )
    return [] if ours == theirs else [f"fills differ: we recorded {ours}, the exchange {theirs}"]


def _position_and_equity(stage: Stage) -> list[str]:
    found = []
    position = stage.connector.account_positions.get(PAIR)
    ours = position.amount if position is not None else Decimal(0)
    theirs = Decimal(stage.ledger["positions"].get(stage.symbol, {}).get("netQuantity", "0"))
    if ours != theirs:
        found.append(f"position: we believe {ours}, the exchange has {theirs}")
    balance, equity = stage.connector.get_balance("USDC"), _collateral_equity(stage)
    if abs(balance - equity) >= CENT:
        found.append(f"balance: we believe {balance}, the exchange has {equity}")
    return found


def _collateral_equity(stage: Stage) -> Decimal:
    """What `/capital/collateral` counts: with the weights of collateral, not plain equity."""
    return Decimal(stage.exchange.engine.margin.summary(stage.account).equity) / 10**12


def _spot_balances(stage: Stage) -> list[str]:
    found = []
    for asset, row in stage.ledger["balances"].items():
        available, total = Decimal(row["available"]), Decimal(row["available"]) + Decimal(row["locked"])
        if (ours := stage.connector.get_balance(asset)) != total:
            found.append(f"{asset}: we believe {ours}, the exchange has {total}")
        if (ours := stage.connector.get_available_balance(asset)) != available:
            found.append(f"{asset}: we believe {ours} is available, the exchange has {available}")
    return found


async def assert_reconciled(stage: Stage) -> None:
    """All is well again by itself: the same orders, fills, position and balance on both sides, and quoting goes on."""
    # Flow and mark stand still, or the figures could not be compared.
    stage.exchange.paused = True
    connector = stage.connector
    await until(lambda: not differences(stage), PATIENCE, lambda: "; ".join(differences(stage)))
    await until(lambda: connector.get_price(PAIR, False).is_finite(), PATIENCE, lambda: "the book stays empty")
    quote = connector.quantize_order_price(PAIR, connector.get_price(PAIR, False) * Decimal("0.95"))
    order_id = stage.buy("1", str(quote))
    await stage.decided(order_id)
    order = stage.run.order(order_id)
    failures = [event for event in stage.run.of(MarketOrderFailureEvent) if event.order_id == order_id]
    assert not failures, f"quoting did not resume: {failures}"
    assert order.exchange_order_id in {str(one.id) for one in stage.account.open_orders.values()}
    # A permission that was missing is known to be back once something worked that needs it.
    assert connector.fatal_error is None
    results = await connector.cancel_all(10)
    assert all(result.success for result in results), results
    await until(lambda: not stage.account.open_orders, 5, lambda: "orders rest after everything was cancelled")
    # What comes late must not be counted again.
    await asyncio.gather(connector._poll_all(), connector._poll_all())
    await until(lambda: not differences(stage), PATIENCE, lambda: "; ".join(differences(stage)))
