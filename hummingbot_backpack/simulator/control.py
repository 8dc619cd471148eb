"""The simulator's own endpoints, under /simulator/: ledger, state, flow, faults. Production paths have none of this."""

from typing import TYPE_CHECKING, Any

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.amounts import rounded, shown, units
from hummingbot_backpack.simulator.errors import PlainError
from hummingbot_backpack.simulator.faults import CATALOGUE
from hummingbot_backpack.simulator.orders import ASK, BID
from hummingbot_backpack.simulator.rest.calls import Answer, Call, Route, Routes, as_json

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.exchange import Exchange


def ledger_of(exchange: "Exchange", account: Account) -> dict[str, Any]:
    """Everything the exchange knows of an account, decimals as text."""
    engine = exchange.engine
    equity = exchange.equity(account)
    positions = {}
    for symbol in {*account.positions, *account.peak_steps}:
        spec, position = exchange.specs[symbol], account.positions.get(symbol)
        positions[symbol] = {
            "netQuantity": spec.quantity_grid.plain(position.steps if position else 0),
            "entryPrice": shown(position.entry_price() if position else 0),
            "markPrice": shown(engine.marks[symbol]),
            "peakAbsQuantity": spec.quantity_grid.plain(account.peak_steps.get(symbol, 0)),
        }
    return {
        "account": account.id,
        "deposits": {asset: shown(amount) for asset, amount in account.deposits.items()},
        "balances": {
            asset: {"available": shown(account.available.get(asset, 0)), "locked": shown(account.locked.get(asset, 0))}
            for asset in sorted({*account.available, *account.locked})
        },
        "lent": {asset: shown(amount) for asset, amount in account.lent.items() if amount},
        "borrowed": {asset: shown(amount) for asset, amount in account.borrowed.items() if amount},
        "equity": shown(equity),
        "equity_start": shown(account.equity_start),
        "pnl": shown(equity - exchange.net_deposits(account)),
        "fills": [_fill(one) for one in account.fills],
        "fill_count": account.buys + account.sells,
        "buys": account.buys,
        "sells": account.sells,
        "volume": shown(account.volume),
        "fees": {asset: shown(amount) for asset, amount in account.fees_paid.items()},
        "funding": shown(account.funding_total),
        "positions": positions,
        "open_orders": [str(one) for one in account.open_orders],
        "orders_placed": account.orders_placed,
        "orders_cancelled": account.orders_cancelled,
    }


def _fill(one: Any) -> dict[str, Any]:
    row = wire.fill(one)
    row["timestamp"] = one.time_us // 1000
    row["fillType"] = one.fill_type
    return row


def _account(call: Call) -> Account:
    account = call.exchange.known_account(call.required("key"))
    if account is None:
        raise PlainError("key must be one that has signed a request", 404)
    return account


def ledger(call: Call) -> Answer:
    """Everything the exchange knows of the account of `key`."""
    return as_json(ledger_of(call.exchange, _account(call)))


def state(call: Call) -> Answer:
    """Markets, flow, faults in force; with `detail=true` accounts and their orders too."""
    exchange = call.exchange
    markets = {}
    for symbol, one in exchange.engine.markets.items():
        price = one.spec.price_grid
        bid, ask = one.book.best_price(BID), one.book.best_price(ASK)
        markets[symbol] = {
            "state": one.spec.state,
            "lastPrice": None if one.last_price is None else price.plain(one.last_price),
            "bid": None if bid is None else price.plain(bid),
            "ask": None if ask is None else price.plain(ask),
            "indexPrice": shown(one.index),
            "markPrice": shown(exchange.engine.marks[symbol]) if one.spec.is_perpetual else None,
            "updateId": one.update_id,
            "trades": len(one.tape.trades),
        }
    flow = exchange.flow
    return as_json(
        {
            **(_people(exchange) if call.params.get("detail") == "true" else {}),
            "simulator": True,
            "mirror": list(exchange.config.mirror),
            "time": exchange.clock.now_us() // 1000,
            "speed": exchange.config.speed,
            "seed": exchange.config.seed,
            "markets": markets,
            "flow": {
                "kind": flow.kind if flow else None,
                "finished": flow.finished if flow else False,
                "elapsed": flow.elapsed if flow else 0.0,
                "paused": exchange.paused,
            },
            "accounts": sum(1 for one in exchange.engine.accounts.values() if not one.is_house),
            "faults": exchange.faults.listed(),
        }
    )


def _people(exchange: "Exchange") -> dict[str, Any]:
    """Accounts and their open orders, for the page."""
    accounts, orders = [], []
    for account in exchange.engine.accounts.values():
        if account.is_house:
            continue
        name = account.name[:8] + "…" if len(account.name) > 12 else account.name
        held = {s: p.market.quantity_grid.plain(p.steps) for s, p in account.positions.items()}
        equity = exchange.equity(account)
        accounts.append(
            {
                "key": name,
                "equity": shown(rounded(equity, 4)),
                "pnl": shown(rounded(equity - exchange.net_deposits(account), 4)),
                "fills": account.buys + account.sells,
                "volume": shown(rounded(account.volume, 2)),
                "positions": ", ".join(f"{steps} {symbol}" for symbol, steps in held.items()),
                "balances": ", ".join(f"{shown(rounded(a, 6))} {asset}" for asset, a in account.available.items()),
            }
        )
        for one in account.open_orders.values():
            row = wire.order(one)
            shown_row = {field: row.get(field) for field in ("symbol", "side", "price", "quantity", "status")}
            orders.append({"key": name, "executed": row["executedQuantity"], **shown_row})
    return {"accounts_detail": accounts, "orders": orders}


def set_flow(call: Call) -> Answer:
    """Freeze flow and marks, or let them go on."""
    body = call.body
    if not isinstance(body, dict) or not isinstance(body.get("paused"), bool):
        raise PlainError("paused must be true or false")
    call.exchange.paused = body["paused"]
    return as_json({"paused": call.exchange.paused})


def list_faults(call: Call) -> Answer:
    """The faults in force, and the catalogue."""
    return as_json(
        {
            "faults": call.exchange.faults.listed(),
            "catalogue": {kind: entry.effect for kind, entry in CATALOGUE.items()},
        }
    )


def set_fault(call: Call) -> Answer:
    """Switch one more fault on: kind, and its settings."""
    body = call.body
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str):
        raise PlainError('fault must be an object with a "kind"')
    settings = {name: value for name, value in body.items() if name != "kind"}
    try:
        call.exchange.faults.set(body["kind"], **settings)
    except (ValueError, TypeError) as error:
        raise PlainError(str(error)) from None
    return list_faults(call)


def clear_faults(call: Call) -> Answer:
    """Switch off all faults, or those of `kind`."""
    call.exchange.faults.clear(call.params.get("kind"))
    return list_faults(call)


def deposit(call: Call) -> Answer:
    """Put money into an account (negative: take it out): key, asset, quantity."""
    body = call.body if isinstance(call.body, dict) else {}
    account = call.exchange.known_account(str(body.get("key")))
    if account is None or body.get("asset") not in call.exchange.engine.asset_prices:
        raise PlainError("deposit must name a key that has signed a request and an asset")
    try:
        amount = units(str(body.get("quantity")))
    except ValueError:
        raise PlainError(f"quantity ({body.get('quantity')}) must be a decimal number") from None
    call.exchange.engine.deposit(account, body["asset"], amount)
    return as_json(ledger_of(call.exchange, account)["balances"])


def add_key(call: Call) -> Answer:
    """Give an account one more key, as its owner does on the exchange's page: key, also."""
    body = call.body if isinstance(call.body, dict) else {}
    account, also = call.exchange.known_account(str(body.get("key"))), body.get("also")
    if account is None or not isinstance(also, str):
        raise PlainError("keys must name a key that has signed a request, and the one to add")
    if call.exchange.known_account(also) not in (None, account):
        raise PlainError("also must not be the key of another account")
    call.exchange.add_key(account, also)
    return as_json({"key": also, "account": account.id})


ROUTES: Routes = {
    ("GET", "/simulator/ledger"): Route(ledger),
    ("GET", "/simulator/state"): Route(state),
    ("POST", "/simulator/flow"): Route(set_flow),
    ("POST", "/simulator/deposit"): Route(deposit),
    ("POST", "/simulator/keys"): Route(add_key),
    ("GET", "/simulator/faults"): Route(list_faults),
    ("POST", "/simulator/faults"): Route(set_fault),
    ("DELETE", "/simulator/faults"): Route(clear_faults),
}
