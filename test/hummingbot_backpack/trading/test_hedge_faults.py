"""500 maker fills while everything goes wrong, the bot killed among it, and what is left at the end."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from hummingbot_backpack.simulator.orders import BID
from test.exchange_process import REPOSITORY
from test.hummingbot.harness import Keys, local_backpack, until
from test.hummingbot_backpack.trading.bot import SYMBOL
from test.hummingbot_backpack.trading.hedge_bot import HedgeBot, HedgeMarket

D = Decimal
FILLS = int(os.environ.get("HEDGE_FILLS", "500"))
KILLS = 6
ORDER = ("POST", "/api/v1/order")
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("error_after", {"method": ORDER[0], "path": ORDER[1], "times": 1}),
    ("error_before", {"method": ORDER[0], "path": ORDER[1], "times": 1}),
    ("lost_answer", {"method": ORDER[0], "path": ORDER[1], "times": 1}),
    ("disconnect", {}),
    ("rate_limited", {"method": ORDER[0], "path": ORDER[1], "times": 1}),
    ("duplicate_frames", {"stream": "account.", "seconds": 1.0}),
    ("late_frames", {"stream": "account.orderUpdate", "value": 0.3, "jitter": 0.3, "seconds": 1.0}),
    ("late_frames", {"stream": "account.positionUpdate", "value": 0.5, "jitter": 0.5, "seconds": 1.0}),
    ("drop_frames", {"stream": "account.orderUpdate", "seconds": 0.3}),
    ("refuse_private_stream", {"seconds": 0.5}),
    ("latency", {"value": 0.2, "jitter": 0.2, "seconds": 1.0}),
)


@dataclass
class Run:
    """The market, the account, and the process that trades on it."""

    market: HedgeMarket
    keys: Keys
    folder: Path
    struck: Counter[str] = field(default_factory=Counter)
    process: Process | None = None

    @property
    def account(self) -> Any:
        return self.market.exchange.known_account(self.keys.public)

    @property
    def fills(self) -> Iterable[Any]:
        account = self.account
        if account is None:
            return []
        if account.fills.maxlen is not None:
            account.fills = deque(account.fills)  # the exchange forgets old ones; here all are compared
        return account.fills

    @property
    def maker_fills(self) -> int:
        return sum(one.is_maker for one in self.fills)

    @property
    def ledger(self) -> dict[str, Any]:
        return self.market.backpack.ledger(self.keys.public)

    @property
    def position(self) -> Decimal:
        found = self.ledger["positions"].get(SYMBOL)
        return D(found["netQuantity"]) if found else D(0)

    @property
    def state(self) -> dict[str, Any]:
        try:
            return json.loads((self.folder / "data" / "backpack_state.json").read_text())["controllers"][0]
        except (OSError, IndexError):
            return {}

    @property
    def kept(self) -> dict[str, Any]:
        return json.loads((self.folder / "data" / "backpack_residuals.json").read_text())["maker"]

    def resting(self) -> list[Any]:
        account = self.account
        return [] if account is None else [one for one in account.open_orders.values() if one.request.post_only]

    async def start(self) -> None:
        with (self.folder / "bot.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "test.hummingbot_backpack.trading.hedge_process", str(self.folder),
                cwd=REPOSITORY, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"public": self.keys.public, "secret": self.keys.secret}).encode())
        self.process.stdin.close()

    async def end(self, kill: bool) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            await asyncio.wait_for(self.process.wait(), 60)

    def log(self) -> str:
        return (self.folder / "bot.log").read_text(errors="replace")

    def report(self) -> str:
        return f"{self.maker_fills} maker fills, struck {dict(self.struck)}, {self.state}\n{self.log()[-4000:]}"


def strike(run: Run, dice: random.Random) -> None:
    kind, settings = dice.choice(FAULTS)
    run.struck[kind] += 1
    run.market.backpack.faults.set(kind, **settings)


async def trade(run: Run, dice: random.Random) -> None:
    """One quote of ours is filled, whole or in part."""
    await until(run.resting, 60, run.report)
    quote = dice.choice(run.resting() or [None])
    if quote is None:
        return
    side = "Ask" if quote.side == BID else "Bid"
    run.market.fill(SYMBOL, side, str(D(dice.randint(3, 60)) / 100))


@pytest.mark.slow
async def test_he02_500_fills_under_faults_and_kills_end_hedged_at_the_ledgers_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(11)
    async with local_backpack(monkeypatch, balances={"USDC": "100000"}, rate_limit=None) as backpack:
        (tmp_path / "controllers").mkdir()
        config = {**HedgeBot.CONTROLLER, "order_amount": "0.3", "reference": None}
        (tmp_path / "controllers" / "maker.yml").write_text(yaml.safe_dump(config))
        run = Run(HedgeMarket(backpack), Keys.new(), tmp_path)
        kills = sorted(dice.sample(range(20, FILLS - 20), min(KILLS, FILLS // 20)))
        try:
            await run.start()
            while run.maker_fills < FILLS:
                if kills and run.maker_fills >= kills[0]:
                    kills.pop(0)
                    await trade(run, dice)
                    # In the middle of a hedge: before it leaves, on its way, or as its answer comes.
                    await asyncio.sleep(dice.choice([0.0, 0.02, 0.08, 0.12]))
                    await run.end(kill=True)
                    run.struck["kill"] += 1
                    if run.resting() and dice.random() < 0.7:
                        await trade(run, dice)  # nobody is there to hedge it
                    await run.start()
                if dice.random() < 0.08:
                    strike(run, dice)
                await trade(run, dice)
                await asyncio.sleep(dice.choice([0.0, 0.05, 0.15]))
            backpack.faults.clear()
            await until(lambda: run.position == 0 and run.state.get("residual") is not None, 60, run.report)
            await until(lambda: D(run.state["residual"]) == 0, 60, run.report)
            await asyncio.sleep(0)
        finally:
            with contextlib.suppress(TimeoutError):
                await run.end(kill=False)
        assert run.process is not None and run.process.returncode == 0, run.report()
        assert run.position == 0, run.report()
        assert run.ledger["open_orders"] == []
        assert run.maker_fills >= FILLS and run.struck["kill"] == min(KILLS, FILLS // 20)
        kept, fills = run.kept, run.ledger["fills"]
        assert (D(kept["residual"]), D(kept["reference"]), kept["intents"], kept["unexplained"]) == (0, 0, [], None)
        volume = sum((D(one["price"]) * D(one["quantity"]) for one in fills if one["isMaker"]), D(0))
        received = sum(
            (1 if one["side"] == "Ask" else -1) * D(one["price"]) * D(one["quantity"]) - D(one["fee"]) for one in fills
        )
        assert D(kept["cost"]["maker_volume"]) == volume
        assert D(kept["cost"]["cash"]) == received
        shown = run.state["hedge"]["cost_per_10000"]
        assert D(shown) == -received / volume * 10_000
        # Every hedge took no more than the quotes had brought.
        signed = {True: D(0), False: D(0)}
        for one in fills:
            signed[one["isMaker"]] += (1 if one["side"] == "Bid" else -1) * D(one["quantity"])
        assert signed[True] == -signed[False]
        print(f"\n{run.maker_fills} maker fills, struck {dict(run.struck)}, cost {D(shown):.4f} per 10,000")
