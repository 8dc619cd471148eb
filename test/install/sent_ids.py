"""Run in a process of its own: places an order with each of five installed connectors, and prints what would be sent.

Nothing leaves the process: the request is caught where it would go out.
"""

import asyncio
import importlib
import json
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bidict import bidict
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.connector.utils import get_new_client_order_id
from hummingbot.core.data_type.common import OrderType, PositionAction, TradeType
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.connections.rest_connection import RESTConnection

KEYS = {
    "bybit": ("bybit_api_key", "bybit_api_secret"),
    "bybit_perpetual": ("bybit_perpetual_api_key", "bybit_perpetual_secret_key"),
    "okx_perpetual": ("okx_perpetual_api_key", "okx_perpetual_secret_key", "okx_perpetual_passphrase"),
    "bitget": ("bitget_api_key", "bitget_secret_key", "bitget_passphrase"),
    "bitget_perpetual": ("bitget_perpetual_api_key", "bitget_perpetual_secret_key", "bitget_perpetual_passphrase"),
}
PAIR = "BTC-USDT"


class NotSent(Exception):
    pass


def connector_class(name: str) -> Any:
    kind, suffix = ("derivative", "derivative") if name.endswith("_perpetual") else ("exchange", "exchange")
    module = importlib.import_module(f"hummingbot.connector.{kind}.{name}.{name}_{suffix}")
    assert str(Path(str(module.__file__)).parent).endswith(name) and "site-packages" in str(module.__file__)
    return getattr(module, "".join(word.capitalize() for word in f"{name}_{suffix}".split("_")))


async def sent_by(name: str) -> dict[str, Any]:
    connector = connector_class(name)(
        **dict.fromkeys(KEYS[name], "nobodys"), trading_pairs=[PAIR], trading_required=False
    )
    connector._set_trading_pair_symbol_map(bidict({"BTCUSDT": PAIR}))
    if name == "okx_perpetual":
        connector._contract_sizes[PAIR] = Decimal("1")
    caught: list[dict[str, str]] = []

    async def call(self: Any, request: Any) -> Any:
        if request.method is RESTMethod.POST:
            caught.append(dict(request.headers or {}))
        raise NotSent

    async def in_step(self: Any, *_: Any, **__: Any) -> None:
        return None

    RESTConnection.call = call
    TimeSynchronizer.update_server_time_if_not_initialized = in_step
    ids = [
        get_new_client_order_id(
            True, PAIR, connector.client_order_id_prefix, max_id_len=connector.client_order_id_max_length
        )
        for _ in range(1000)
    ]
    more = {"position_action": PositionAction.OPEN} if name.endswith("_perpetual") else {}
    tracked = SimpleNamespace(exchange_order_id="exchange-0", client_order_id=ids[0], trading_pair=PAIR)
    for request in (
        connector._place_order(ids[0], PAIR, Decimal("1"), TradeType.BUY, OrderType.LIMIT, Decimal("20000"), **more),
        connector._place_cancel(ids[0], tracked),
    ):
        try:
            await request
        except NotSent:
            pass
    return {
        "place": caught[0],
        "cancel": caught[1],
        "id": ids[0],
        "unique": len(set(ids)),
        "longest": max(map(len, ids)),
        "limit": connector.client_order_id_max_length,
        "recognised": await recognised(connector, ids[0]) if name == "bybit_perpetual" else None,
    }


async def recognised(connector: Any, order_id: str) -> bool:
    """:return: whether the exchange's word on the order `order_id` finds the order that we track."""
    connector.start_tracking_order(
        order_id=order_id,
        exchange_order_id=None,
        trading_pair=PAIR,
        trade_type=TradeType.BUY,
        price=Decimal("20000"),
        amount=Decimal("1"),
        order_type=OrderType.LIMIT,
    )
    connector._process_order_event_message({"orderLinkId": order_id, "orderId": "exchange-1", "orderStatus": "New"})
    await asyncio.sleep(0.05)
    return connector.in_flight_orders[order_id].exchange_order_id == "exchange-1"


async def main() -> None:
    json.dump({name: await sent_by(name) for name in KEYS}, sys.stdout)


asyncio.run(main())
