"""The soak from outside: a local Backpack, the bot, one fault after the other, and at the end both sides' books."""

import asyncio
import base64
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from nacl.signing import SigningKey

from hummingbot_backpack.simulator.faults import CATALOGUE
from test.exchange_process import REPOSITORY, ExchangeProcess
from test.hummingbot_backpack.simulator.client import Client
from test.soak.schedule import strikes

SPOT, PERPETUAL = "backpack_simulator", "backpack_perpetual_simulator"
SPOT_ASSETS, PERPETUAL_ASSETS = ["A0", "A1", "A2", "A3", "A4"], ["B0", "B1", "B2", "B3", "B4"]
CENT = Decimal("0.01")
MOST_GROWTH = 10 * 1024
"""KiB."""
FUNDING_SECONDS = 30.0
START_SECONDS = 90.0
STOP_SECONDS = 240.0


@dataclass(frozen=True)
class Outcome:
    """What came of a soak.

    :param differences: between the books of the bot and the exchange's, one sentence each
    :param growth: of the resident memory in KiB, from the first window to the last
    :param said: what the bot logged
    """

    differences: list[str]
    growth: int
    windows: tuple[tuple[float, float], tuple[float, float]]
    faults: Counter[str]
    orders: int
    fills: int
    funding: int
    markets_filled: int
    said: str

    def __str__(self) -> str:
        (first, until), (last, end) = self.windows
        return (
            f"{self.orders} orders, {self.fills} fills in {self.markets_filled} markets, {self.funding} funding "
            f"payments, {sum(self.faults.values())} faults of {len(self.faults)} kinds; resident memory {self.growth} "
            f"KiB more (median of seconds {last:.0f} to {end:.0f} against {first:.0f} to {until:.0f})"
        )


def windows_of(seconds: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where memory is compared: the second and the last minute, or of less than four minutes the second and the last
    quarter. Before that, the process is still taking what it needs once."""
    width = min(60.0, seconds / 4)
    return (width, 2 * width), (seconds - width, seconds)


class Soak:
    """
    :param folder: for ports, journals and logs
    :param seed: of faults and quotes
    :param say: gets a line for each fault
    """

    def __init__(self, folder: Path, seconds: float, seed: int, say: Callable[[str], None]) -> None:
        self._folder, self._seconds, self._seed, self._say = folder, seconds, seed, say
        self._key = SigningKey.generate()
        self._public = base64.b64encode(bytes(self._key.verify_key)).decode()
        self._journal, self._log = folder / "journal.jsonl", folder / "bot.log"
        self._resident: list[tuple[float, int]] = []
        self._faults: Counter[str] = Counter()

    def run(self) -> Outcome:
        """
        :raises RuntimeError: the bot ended, or did not come to its end
        """
        balances = {"USDC": "1000000", **dict.fromkeys(SPOT_ASSETS, "1000")}
        with ExchangeProcess(
            self._folder, SPOT_ASSETS, PERPETUAL_ASSETS, funding_seconds=FUNDING_SECONDS, seed=self._seed,
            keys={self._public: balances},
        ) as exchange:  # fmt: skip
            bot = self._start(exchange)
            try:
                self._line(bot, START_SECONDS)
                self._strike(bot, exchange)
                exchange.clear_faults()
                exchange.pause()
                assert bot.stdin is not None
                print("stop", file=bot.stdin, flush=True)
                beliefs = json.loads(self._line(bot, STOP_SECONDS))
                bot.wait(30)
                return self._outcome(exchange, beliefs)
            finally:
                if bot.poll() is None:
                    bot.kill()
                    bot.wait()

    def _start(self, exchange: ExchangeProcess) -> subprocess.Popen[str]:
        settings = {
            "url": exchange.url, "public": self._public, "secret": base64.b64encode(bytes(self._key)).decode(),
            "spot": [f"{asset}-USDC" for asset in SPOT_ASSETS],
            "perpetual": [f"{asset}-USDC" for asset in PERPETUAL_ASSETS],
            "journal": str(self._journal), "seed": self._seed,
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKPACK_", "HUMMINGBOT_"))}
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "test.soak.bot", json.dumps(settings)],
                cwd=REPOSITORY, env={**kept, "NO_PROXY": "127.0.0.1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, text=True,
            )  # fmt: skip

    def _line(self, bot: subprocess.Popen[str], within: float) -> str:
        """What the bot says next; it is ended if it does not say it in time."""
        assert bot.stdout is not None
        timer = threading.Timer(within, bot.kill)
        timer.start()
        try:
            line = bot.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise RuntimeError(f"the bot said nothing ({bot.poll()}):\n{self._said()[-3000:]}")
        return line

    def _said(self) -> str:
        return self._log.read_text(errors="replace")

    def _strike(self, bot: subprocess.Popen[str], exchange: ExchangeProcess) -> None:
        symbols = list(exchange.ask("/simulator/state")["markets"])
        schedule = strikes(self._seed, self._public, symbols)
        strike = next(schedule)
        began = time.monotonic()
        due = began + strike.wait
        while (now := time.monotonic()) < began + self._seconds:
            if bot.poll() is not None:
                raise RuntimeError(f"the bot ended ({bot.returncode}):\n{self._said()[-3000:]}")
            self._resident.append((now - began, resident_kib(bot.pid)))
            if now >= due:
                exchange.fault(strike.kind, **strike.settings)
                self._faults[strike.kind] += 1
                self._say(f"{now - began:5.0f} s  {self._resident[-1][1] / 1024:5.1f} MiB  {strike}")
                strike = next(schedule)
                due = now + strike.wait
            time.sleep(min(0.5, max(0.0, due - now)))

    def _outcome(self, exchange: ExchangeProcess, beliefs: dict[str, Any]) -> Outcome:
        ledger, equity = exchange.ledger(self._public), asyncio.run(self._collateral_equity(exchange))
        events = [json.loads(line) for line in self._journal.read_text().splitlines()]
        fills = [event for event in events if event["event"] == "OrderFilledEvent"]
        payments = [event for event in events if event["event"] == "FundingPaymentCompletedEvent"]
        windows = windows_of(self._seconds)
        first, last = (statistics.median(kib for at, kib in self._resident if a <= at <= b) for a, b in windows)
        return Outcome(
            differences=[
                *_orders(ledger, beliefs),
                *_fills(ledger, fills),
                *_positions(ledger, beliefs),
                *_balances(ledger, beliefs, equity),
                *_funding(ledger, payments),
            ],
            growth=int(last - first),
            windows=windows,
            faults=self._faults,
            orders=ledger["orders_placed"],
            fills=len(fills),
            funding=len(payments),
            markets_filled=len({(fill["connector"], fill["pair"]) for fill in fills}),
            said=self._said(),
        )

    async def _collateral_equity(self, exchange: ExchangeProcess) -> Decimal:
        async with aiohttp.ClientSession() as session:
            reply = await Client(exchange.url, session, self._key).call("GET", "/api/v1/capital/collateral")
        return Decimal(reply.json["netEquity"])


def resident_kib(process: int) -> int:
    """Resident memory of a process (Linux)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {process} has no resident memory")


# === the books ===


def _orders(ledger: dict[str, Any], beliefs: dict[str, Any]) -> list[str]:
    found = [f"order {one} rests at the exchange" for one in ledger["open_orders"]]
    for name, one in beliefs.items():
        found += [f"{name} still tracks order {order}" for order in one["tracked"]]
        found += [f"{name} does not know what became of order {order}" for order in one["unresolved"]]
    return found


def _fills(ledger: dict[str, Any], fills: list[dict[str, Any]]) -> list[str]:
    """Those of the bot's orders: what the exchange itself traded (a liquidation) has no client id."""
    ours = Counter(
        (fill["pair"], "perpetual" in fill["connector"], fill["trade_id"], fill["side"], Decimal(fill["price"]),
         Decimal(fill["amount"]), Decimal(fill["fee"]), fill["fee_asset"])
        for fill in fills
    )  # fmt: skip
    theirs = Counter(
        (pair_of(fill["symbol"]), fill["symbol"].endswith("_PERP"), str(fill["tradeId"]),
         "BUY" if fill["side"] == "Bid" else "SELL", Decimal(fill["price"]), Decimal(fill["quantity"]),
         Decimal(fill["fee"]), fill["feeSymbol"])
        for fill in ledger["fills"]
        if fill["clientId"] is not None
    )  # fmt: skip
    lost, doubled = theirs - ours, ours - theirs
    return [f"fill {one} was lost" for one in lost] + [
        f"fill {one} is not the exchange's, or doubled" for one in doubled
    ]


def _positions(ledger: dict[str, Any], beliefs: dict[str, Any]) -> list[str]:
    theirs = {pair_of(symbol): Decimal(row["netQuantity"]) for symbol, row in ledger["positions"].items()}
    ours = {pair: Decimal(amount) for pair, amount in beliefs[PERPETUAL]["positions"].items()}
    return [
        f"position in {pair}: the bot believes {ours.get(pair, 0)}, the exchange has {theirs.get(pair, 0)}"
        for pair in sorted({*ours, *theirs})
        if ours.get(pair, 0) != theirs.get(pair, 0)
    ]


def _balances(ledger: dict[str, Any], beliefs: dict[str, Any], equity: Decimal) -> list[str]:
    found = []
    for what, part in (("balances", ("available", "locked")), ("available", ("available",))):
        for asset, ours in beliefs[SPOT][what].items():
            row = ledger["balances"].get(asset, {})
            theirs = sum((Decimal(row.get(name, "0")) for name in part), Decimal(0))
            if abs(Decimal(ours) - theirs) >= CENT:
                found.append(f"{asset} ({what}): the bot believes {ours}, the exchange has {theirs}")
    ours = beliefs[PERPETUAL]["balances"]["USDC"]
    if abs(Decimal(ours) - equity) >= CENT:
        found.append(f"collateral: the bot believes {ours}, the exchange has {equity}")
    return found


def _funding(ledger: dict[str, Any], payments: list[dict[str, Any]]) -> list[str]:
    ours = sum((Decimal(payment["amount"]) for payment in payments), Decimal(0))
    theirs = Decimal(ledger["funding"])
    return [] if ours == theirs else [f"funding: the bot recorded {ours}, the exchange paid {theirs}"]


def pair_of(symbol: str) -> str:
    """The pair of one of the soak's symbols."""
    base, quote, *_ = symbol.split("_")
    return f"{base}-{quote}"


def problems(outcome: Outcome) -> list[str]:
    """What must not be, one sentence each; none: the soak was passed."""
    found = list(outcome.differences)
    if outcome.growth >= MOST_GROWTH:
        found.append(f"resident memory grew by {outcome.growth} KiB, {MOST_GROWTH} are too much")
    if outcome.markets_filled < len(SPOT_ASSETS) + len(PERPETUAL_ASSETS):
        found.append(f"only {outcome.markets_filled} markets were filled")
    if not outcome.funding:
        found.append("no funding was paid")
    missing = CATALOGUE.keys() - outcome.faults.keys()
    if missing:
        found.append(f"these faults never struck: {', '.join(sorted(missing))}")
    tracebacks = outcome.said.count("Traceback (most recent call last)")
    if tracebacks:
        found.append(f"{tracebacks} tracebacks in the log")
    return found
