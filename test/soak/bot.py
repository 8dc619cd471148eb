"""The bot of the soak: both connectors in one process, quoting on all markets until it is told to stop.

``python -m test.soak.bot SETTINGS`` (JSON): ``url``, ``public``, ``secret``, ``spot`` and ``perpetual`` (pairs),
``journal`` (file that gets each event), ``seed``. On its standard input it takes ``stop``; then it withdraws all, and
writes what it believes, one line of JSON, to its standard output.
"""

import asyncio
import json
import logging
import os
import random
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from hummingbot.core.data_type.common import OrderType, PositionAction, PriceType
from hummingbot.core.event.events import FundingPaymentCompletedEvent, MarketOrderFailureEvent, OrderFilledEvent

from test.compare.side import own_workspace
from test.hummingbot.harness import Keys, Running, perpetual, spot, until

ROUND_SECONDS = 2.0
TAKER_SHARE = 0.05
"""Of the rounds of a market in which it also takes."""
MOST = Decimal("3")
"""Base, away from which a market is only traded back."""
HEALING_SECONDS = 90.0
"""A stream that was refused again and again waits up to half a minute before it tries once more."""


class Journal(list[Any]):
    """Where the connector's events go: to a file, as what the harness keeps would look like the connector's leak."""

    def __init__(self, name: str, file: TextIO) -> None:
        super().__init__()
        self._name, self._file = name, file

    def append(self, event: Any) -> None:
        row: dict[str, Any] = {"connector": self._name, "event": type(event).__name__}
        if isinstance(event, OrderFilledEvent):
            (fee,) = event.trade_fee.flat_fees or (None,)
            row |= {
                "pair": event.trading_pair, "side": event.trade_type.name, "price": str(event.price),
                "amount": str(event.amount), "trade_id": event.exchange_trade_id,
                "fee": str(fee.amount) if fee else "0", "fee_asset": fee.token if fee else None,
            }  # fmt: skip
        elif isinstance(event, FundingPaymentCompletedEvent):
            row |= {"pair": event.trading_pair, "amount": str(event.amount)}
        elif isinstance(event, MarketOrderFailureEvent):
            row |= {"reason": event.error_message}
        print(json.dumps(row), file=self._file, flush=True)


class Quoter:
    """One market of one connector."""

    def __init__(self, connector: Any, pair: str, seed: str) -> None:
        self._connector, self._pair = connector, pair
        self._random = random.Random(seed)
        self._is_perpetual = "perpetual" in connector.name
        self._start: Decimal | None = None

    def _inventory(self) -> Decimal:
        if self._is_perpetual:
            position = self._connector.account_positions.get(self._pair)
            return Decimal(0) if position is None else Decimal(position.amount)
        held = Decimal(self._connector.get_balance(self._pair.split("-")[0]))
        self._start = held if self._start is None else self._start
        return held - self._start

    def round(self) -> None:
        """Cancels what rests, places a bid and an ask, and sometimes takes."""
        connector, pair = self._connector, self._pair
        for order in list(connector._order_tracker.active_orders.values()):
            if order.trading_pair == pair and order.exchange_order_id and not order.is_pending_cancel_confirmation:
                connector.cancel(pair, order.client_order_id)
        mid = connector.get_price_by_type(pair, PriceType.MidPrice)
        if not connector.ready or not mid.is_finite():
            return
        held = self._inventory()
        for is_buy, sign in ((True, 1), (False, -1)):
            if held * sign < MOST:
                half = Decimal(self._random.randint(3, 12)) / 10_000
                self._place(is_buy, mid * (1 - sign * half), held)
        if self._random.random() < TAKER_SHARE:
            self._place(held < 0 if held else self._random.random() < 0.5, None, held)

    def _place(self, is_buy: bool, price: Decimal | None, held: Decimal) -> None:
        connector, pair = self._connector, self._pair
        amount = Decimal(self._random.randint(10, 60)) / 100
        options = {}
        if self._is_perpetual:
            reduces = abs(held) > amount and (held < 0) is is_buy
            options["position_action"] = PositionAction.CLOSE if reduces else PositionAction.OPEN
        kind = OrderType.MARKET if price is None else OrderType.LIMIT_MAKER
        at = Decimal("NaN") if price is None else connector.quantize_order_price(pair, price)
        (connector.buy if is_buy else connector.sell)(pair, amount, kind, at, **options)


async def _quote(quoters: list[Quoter], stop: asyncio.Event) -> None:
    while not stop.is_set():
        for quoter in quoters:
            try:
                quoter.round()
            except Exception:
                logging.getLogger(__name__).exception("a round of quotes ended in an error")
        try:
            await asyncio.wait_for(stop.wait(), ROUND_SECONDS)
        except TimeoutError:
            continue


async def _told(stop: asyncio.Event) -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    stop.set()


async def _withdraw(connectors: list[Any]) -> None:
    """Until both are well again and nothing of theirs rests."""
    for connector in connectors:
        await until(
            lambda one=connector: one.ready and one.is_user_stream_up,
            HEALING_SECONDS,
            lambda one=connector: f"{one.name} is not well again: {one.status_dict}",
        )

    async def rest() -> None:
        while any(one._order_tracker.active_orders or one._order_tracker.lost_orders for one in connectors):
            await asyncio.gather(*(one.cancel_all(10) for one in connectors))
            await asyncio.gather(*(one._poll_all() for one in connectors))
            await asyncio.sleep(0.2)

    await asyncio.wait_for(rest(), HEALING_SECONDS)


def _beliefs(connector: Any, assets: list[str]) -> dict[str, Any]:
    tracker = connector._order_tracker
    positions = getattr(connector, "account_positions", {})
    return {
        "tracked": [*tracker.active_orders, *tracker.lost_orders],
        "unresolved": list(connector._unresolved),
        "positions": {one.trading_pair: str(one.amount) for one in positions.values()},
        "balances": {asset: str(connector.get_balance(asset)) for asset in assets},
        "available": {asset: str(connector.get_available_balance(asset)) for asset in assets},
    }


async def _run(settings: dict[str, Any], journal: TextIO, answers: TextIO) -> None:
    keys = Keys(settings["public"], settings["secret"])
    stop = asyncio.Event()
    connectors = [spot(keys, settings["spot"]), perpetual(keys, settings["perpetual"])]
    runs = [Running(one, Journal(one.name, journal)) for one in connectors]
    for run in runs:
        await run.__aenter__()
        await run.ready(60)
    quoters = [
        Quoter(one, pair, f"{settings['seed']}/{one.name}/{pair}") for one in connectors for pair in one.trading_pairs
    ]
    print("quoting", file=answers, flush=True)
    telling = asyncio.create_task(_told(stop))
    await _quote(quoters, stop)
    await telling
    await _withdraw(connectors)
    await connectors[1].settle_funding()
    # What comes late, or again, would show now.
    await asyncio.gather(*(one._poll_all() for one in connectors))
    assets = ["USDC", *(pair.split("-")[0] for pair in settings["spot"])]
    beliefs = {one.name: _beliefs(one, assets if one is connectors[0] else ["USDC"]) for one in connectors}
    for run in runs:
        await run.__aexit__(None, None, None)
    print(json.dumps(beliefs), file=answers, flush=True)


def main() -> None:
    settings = json.loads(sys.argv[1])
    os.environ["BACKPACK_SIMULATOR_URL"] = settings["url"]
    # Hummingbot logs to the standard output.
    answers, sys.stdout = sys.stdout, sys.stderr
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with tempfile.TemporaryDirectory() as folder, open(settings["journal"], "w", encoding="utf-8") as journal:
        own_workspace(Path(folder))
        asyncio.run(_run(settings, journal, answers))
        answers.flush()
    # Hummingbot leaves threads behind.
    os._exit(0)


if __name__ == "__main__":
    main()
