"""Runs in ccxt's environment: everything a market maker does, through ccxt as it is. Prints what came back as JSON.

Arguments: base URL of the simulator, public key, secret (both base64).
"""

import json
import sys
import time
from typing import Any

import ccxt

url, key, secret = sys.argv[1:4]
exchange = ccxt.backpack({"apiKey": key, "secret": secret, "enableRateLimit": False})
exchange.urls["api"] = {"public": url, "private": url}

SPOT, PERP = "SOL/USDC", "SOL/USDC:USDC"
result: dict[str, Any] = {"version": ccxt.__version__, "url": url}

markets = exchange.load_markets()
result["markets"] = {
    name: [markets[name]["type"], markets[name]["precision"]["price"], markets[name]["limits"]["amount"]["min"]]
    for name in (SPOT, PERP)
}
book = exchange.fetch_order_book(PERP, 5)
result["book"] = {"bids": book["bids"], "asks": book["asks"], "nonce": book["nonce"]}
result["ticker"] = exchange.fetch_ticker(PERP)["last"]
result["trades"] = len(exchange.fetch_trades(PERP, limit=100))
result["candles"] = len(exchange.fetch_ohlcv(PERP, "1m", since=exchange.milliseconds() - 600_000))
result["funding_rate"] = exchange.fetch_funding_rate(PERP)["fundingRate"]
result["status"] = exchange.fetch_status()["status"]
result["balance"] = exchange.fetch_balance()["USDC"]

low = round(book["bids"][0][0] * 0.9, 2)
order = exchange.create_order(PERP, "limit", "buy", 0.5, low, {"postOnly": True, "clientOrderId": 77})
result["placed"] = {name: order[name] for name in ("id", "status", "price", "amount", "side", "postOnly")}
again = exchange.fetch_open_order(order["id"], PERP)
result["queried"] = [again["id"] == order["id"], again["status"], again["clientOrderId"]]
result["open"] = [one["id"] for one in exchange.fetch_open_orders(PERP)] == [order["id"]]
result["cancelled"] = exchange.cancel_order(order["id"], PERP)["status"]
try:
    exchange.fetch_open_order(order["id"], PERP)
except ccxt.BaseError as error:
    result["gone"] = type(error).__name__

batch = exchange.create_orders(
    [
        {"symbol": PERP, "type": "limit", "side": "buy", "amount": 0.1, "price": low, "params": {"postOnly": True}},
        {"symbol": PERP, "type": "limit", "side": "sell", "amount": 0.1, "price": round(low * 1.3, 2), "params": {}},
    ]
)
result["batch"] = [one["status"] for one in batch]
result["all_cancelled"] = sorted(one["status"] for one in exchange.cancel_all_orders(PERP))

result["market"] = {}
for symbol in (SPOT, PERP):
    bought = exchange.create_order(symbol, "market", "buy", 0.2)
    result["market"][symbol] = [bought["status"], bought["filled"]]
deadline = time.time() + 10
while True:
    fills = exchange.fetch_my_trades()
    if len({one["symbol"] for one in fills}) == 2 or time.time() > deadline:
        break
result["fills"] = sorted((one["symbol"], one["side"], one["amount"], one["fee"]["currency"]) for one in fills)
result["positions"] = [[one["symbol"], one["side"], one["contracts"]] for one in exchange.fetch_positions()]
result["history"] = len(exchange.fetch_orders(PERP))
try:
    exchange.create_order(PERP, "limit", "buy", 1_000_000, low)
except ccxt.BaseError as error:
    result["refused"] = type(error).__name__
print(json.dumps(result))
