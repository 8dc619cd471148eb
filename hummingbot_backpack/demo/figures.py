"""The figures of a run, once from the bot's own records and once from the exchange's ledger, and whether they agree."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot_backpack.market_making.accounting import Account
from hummingbot_backpack.records import Records

BASE, QUOTE = "SOL", "USDC"
# Equal to six decimals. A difference, not two rounded numbers: a value that ends in exactly half a millionth would
# round either way.
HALF_A_MILLIONTH = Decimal("0.0000005")
# The statuses of Hummingbot's after which nothing of an order can rest at the exchange any more.
ENDED = ("BuyOrderCompleted", "SellOrderCompleted", "OrderCancelled", "OrderExpired", "OrderFailure")


@dataclass(frozen=True)
class Figures:
    """What one run came to. Volume, fees and PnL in quote, position in base (signed; on a spot market all that is
    held), the rest are counts."""

    fills: int
    buys: int
    sells: int
    volume: Decimal
    fees: Decimal
    position: Decimal
    pnl: Decimal
    open_orders: int


def perpetual_figures(ledger: dict[str, Any], symbol: str) -> Figures:
    """:param ledger: the local Backpack's answer to ``GET /simulator/ledger``
    :param symbol: the market whose position is meant, such as ``SOL_USDC_PERP``
    :return: the exchange's figures; PnL is the change of the account's equity at mark, less deposits"""
    position = ledger["positions"].get(symbol)
    net = Decimal(position["netQuantity"]) if position else Decimal(0)
    fees = sum((Decimal(fee) for fee in ledger["fees"].values()), Decimal(0))
    return _exchange_figures(ledger, net, Decimal(ledger["pnl"]), fees)


def spot_figures(ledger: dict[str, Any], base: str, quote: str, mark: Decimal | None) -> Figures:
    """:param ledger: the local Backpack's answer to ``GET /simulator/ledger``
    :param mark: what base is valued at, at the end as at the start
    :return: the exchange's figures; PnL is what all of base and quote, locked and lent included, came to"""
    held = {asset: _held(ledger, asset) for asset in (base, quote)}
    gained = {asset: held[asset] - Decimal(ledger["deposits"].get(asset, "0")) for asset in held}
    if mark is None and gained[base] != 0:
        raise ValueError("base needs a mark to be valued at")
    fees = (_in_quote(Decimal(fill["fee"]), fill["feeSymbol"], Decimal(fill["price"])) for fill in ledger["fills"])
    return _exchange_figures(ledger, held[base], gained[quote] + gained[base] * (mark or 0), sum(fees, Decimal(0)))


def _held(ledger: dict[str, Any], asset: str) -> Decimal:
    parts = ledger["balances"].get(asset, {})
    return sum((Decimal(amount) for amount in parts.values()), Decimal(0)) + Decimal(ledger["lent"].get(asset, "0"))


def _exchange_figures(ledger: dict[str, Any], position: Decimal, pnl: Decimal, fees: Decimal) -> Figures:
    return Figures(
        fills=int(ledger["fill_count"]),
        buys=int(ledger["buys"]),
        sells=int(ledger["sells"]),
        volume=Decimal(ledger["volume"]),
        fees=fees,
        position=position,
        pnl=pnl,
        open_orders=len(ledger["open_orders"]),
    )


def _in_quote(fee: Decimal, asset: str, price: Decimal) -> Decimal:
    """A fee in base counts at its fill's price."""
    return fee if asset == QUOTE else fee * price


def from_records(database: Path, records: Path, mark: Decimal | None) -> Figures:
    """:param database: Hummingbot's own, ``data/<name>.sqlite``: fills, volume, fees, orders. It keeps prices and
        amounts as whole
        millionths, and a fee as the exact text beside them
    :param records: ours, ``data/<name>.records.sqlite``: position and PnL
    :param mark: what an open position is valued at
    :return: the bot's figures"""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        trades = connection.execute("SELECT trade_type, price, amount, trade_fee FROM TradeFill").fetchall()
        # Not the last status: a fill may arrive after the cancel was acknowledged, and is then the last thing written.
        ended = ", ".join("?" * len(ENDED))
        (still_open,) = connection.execute(
            'SELECT COUNT(*) FROM "Order" WHERE id NOT IN '
            f"(SELECT order_id FROM OrderStatus WHERE status IN ({ended}))",
            ENDED,
        ).fetchone()
    volume = fees = Decimal(0)
    for _, price, amount, fee in trades:
        volume += Decimal(price) * Decimal(amount) / 10**12
        for flat in json.loads(fee)["flat_fees"]:
            fees += _in_quote(Decimal(flat["amount"]), flat["token"], Decimal(price) / 10**6)
    position, pnl = _result(records, mark)
    return Figures(
        fills=len(trades),
        buys=sum(kind == "BUY" for kind, *_ in trades),
        sells=sum(kind == "SELL" for kind, *_ in trades),
        volume=volume,
        fees=fees,
        position=position,
        pnl=pnl,
        open_orders=still_open,
    )


def _result(file: Path, mark: Decimal | None) -> tuple[Decimal, Decimal]:
    """:return: position and net PnL of all sessions in the file, from exact fills and funding"""
    records = Records(file)
    account = Account.opening(QUOTE, Decimal(0), None, BASE)
    for record in records.fills():
        account.add_fill(record.fill)
    for payment in records.funding():
        account.add_funding(payment.amount)
    records.close()
    pnl = account.net_pnl(mark)
    if pnl is None:
        raise ValueError("an open position needs a mark to be valued at")
    return account.position, pnl


def disagreements(bot: Figures, exchange: Figures) -> list[str]:
    """:return: the names of the figures that are not equal to six decimals"""
    return [
        field.name
        for field in fields(Figures)
        if abs(Decimal(getattr(bot, field.name)) - Decimal(getattr(exchange, field.name))) >= HALF_A_MILLIONTH
    ]
