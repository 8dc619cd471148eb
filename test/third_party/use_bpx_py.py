"""Runs in bpx-py's environment: all that a market maker does, through bpx-py as it is. Prints what came back as JSON.

Arguments: base URL of the simulator, public key, secret (both base64). bpx-py itself has no batch of orders, no
streams, and no query of an order but an open one.
"""

import json
import sys
from importlib.metadata import version
from typing import Any

from bpx.account import Account
from bpx.base.base_account import BaseAccount
from bpx.base.base_public import BasePublic
from bpx.public import Public

url, key, secret = sys.argv[1:4]
BasePublic.BASE_URL = BaseAccount.BPX_API_URL = f"{url}/"
public, account = Public(), Account(key, secret, window=5000)

SYMBOL = "SOL_USDC_PERP"
result: dict[str, Any] = {"version": version("bpx-py")}
result["markets"] = sorted(one["symbol"] for one in public.get_markets())
depth = public.get_depth(SYMBOL)
result["book"] = {"bids": depth["bids"][-5:], "asks": depth["asks"][:5]}
result["ticker"] = public.get_ticker(SYMBOL)["symbol"]
result["trades"] = len(public.get_recent_trades(SYMBOL, 100))
result["status"] = public.get_status()["status"]
result["ping"] = public.get_ping()
result["balances"] = account.get_balances()
result["collateral"] = account.get_collateral()["netEquity"]
result["account"] = account.get_account()["leverageLimit"]

low = f"{float(depth['bids'][-1][0]) * 0.9:.2f}"
order = account.execute_order(SYMBOL, "Bid", "Limit", quantity="0.5", price=low, post_only=True, client_id=77)
result["placed"] = {name: order[name] for name in ("status", "price", "quantity", "side", "postOnly", "clientId")}
result["queried"] = account.get_open_order(SYMBOL, order_id=order["id"])["id"] == order["id"]
result["open"] = [one["id"] for one in account.get_open_orders("PERP", SYMBOL)] == [order["id"]]
result["cancelled"] = account.cancel_order(SYMBOL, order_id=order["id"])["status"]
result["gone"] = account.get_open_order(SYMBOL, order_id=order["id"])
for price in (low, f"{float(low) * 1.01:.2f}"):
    account.execute_order(SYMBOL, "Bid", "Limit", quantity="0.1", price=price)
result["all_cancelled"] = sorted(one["status"] for one in account.cancel_all_orders(SYMBOL))
result["market"] = account.execute_order(SYMBOL, "Bid", "Market", quantity="0.2")["status"]
fills = account.get_fill_history()
result["fills"] = [[one["symbol"], one["side"], one["quantity"], one["feeSymbol"]] for one in fills]
result["positions"] = [[one["symbol"], one["netQuantity"]] for one in account.get_open_positions()]
result["history"] = len(account.get_order_history(SYMBOL))
result["refused"] = account.execute_order(SYMBOL, "Bid", "Limit", quantity="1000000", price=low)["code"]
result["batch"] = hasattr(account, "execute_orders") or hasattr(account, "execute_batch")
print(json.dumps(result))
