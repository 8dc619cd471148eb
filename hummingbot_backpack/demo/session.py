"""One run of the demonstration, from the local Backpack's start to the comparison of the books."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from hummingbot_backpack.demo.figures import Figures, from_records
from hummingbot_backpack.demo.kinds import Kind
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.processes import Child, wait_until

CAPITAL = 10_000  # USDC
SIMULATOR_SECONDS = 15.0
START_SECONDS = 90.0
STOP_SECONDS = 45.0
PROGRESS_SECONDS = 10.0


@dataclass(frozen=True)
class Plan:
    """What to run: for ``seconds`` on simulated flow, or to the end of a recording (``flow``)."""

    kind: Kind
    folder: Path
    seconds: float
    flow: Path | None
    speed: float


class Run:
    """A started demonstration; :meth:`close` ends every process of it whatever state it is in."""

    def __init__(self, plan: Plan, say: Callable[[str], None]):
        self.plan = plan
        self.say = say
        self.workspace = plan.folder / "workspace"
        self.url = ""
        self._children: list[Child] = []
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKPACK_")}
        # Made for this run, kept nowhere but in the environment of its processes: the keys are the simulator's.
        self._environment["HBOT_PASSWORD"] = secrets.token_urlsafe(16)

    # -- setting up ----------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the folder anew. The previous run's is replaced: it holds simulated trades only."""
        shutil.rmtree(self.plan.folder, ignore_errors=True)
        self.plan.folder.mkdir(parents=True, mode=0o700)

    def start_simulator(self) -> None:
        """Start the local Backpack on a free port.

        :raises UserError: when it does not come up"""
        port_file = self.plan.folder / "simulator.port"
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "hummingbot_backpack.simulator",
            "--port",
            "0",
            "--port-file",
            port_file,
        ]
        # Quote currency only: with a coin on the account its price would enter the exchange's figure for the result,
        # and not the bot's.
        command += ["--speed", str(self.plan.speed), "--balance", f"USDC={CAPITAL}"]
        if self.plan.flow is not None:
            command += ["--flow", self.plan.flow.resolve(), "--flow-market", self.plan.kind.symbol]
        child = self._start("the local Backpack", command, "simulator.out")
        if not wait_until(port_file.exists, SIMULATOR_SECONDS, lambda: child.code is not None):
            raise UserError(f"The local Backpack did not start: {child.last_words()}")
        self.url = f"http://127.0.0.1:{int(port_file.read_text())}"
        self._environment["BACKPACK_SIMULATOR_URL"] = self.url
        if self.plan.flow is not None:
            # A recording waits for the bot: all of it is to be traded on.
            if not wait_until(self._has_a_book, SIMULATOR_SECONDS):
                raise UserError(f"The recording makes no market: {child.last_words()}")
            self._ask("/simulator/flow", {"paused": True})

    def make_workspace(self) -> str:
        """Make a workspace for rehearsal and store a new key pair in Hummingbot's encrypted store.

        :return: the pair's public key"""
        self._command("init", str(self.workspace), "--simulator")
        made = json.loads(self._command("keys", "new", "--simulator", "--json", "--workspace", str(self.workspace)))
        conf = self.workspace / "conf" / "scripts"
        settings = yaml.safe_load((conf / self.plan.kind.script).read_text())
        settings["duration"] = self.plan.seconds if self.plan.flow is None else None
        # The run's own copy of the example.
        (conf / "demo.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
        return str(made["public_key"])

    def start_bot(self) -> None:
        """Start the bot as a container would: ``hbot start --foreground``; returns once its first quotes rest.

        :raises UserError: when it ends or stays silent instead"""
        command: list[str | Path] = [self.workspace / "hbot", "start", "--foreground", "demo.yml"]
        self._bot = self._start("the bot", command, "bot.out")
        if not wait_until(
            lambda: self.state().get("quotes_placed", 0) > 0, START_SECONDS, lambda: self._bot.code is not None
        ):
            raise UserError(f"The bot did not begin to quote. Its last words:\n{self.bot_words()}")
        if self.plan.flow is not None:
            self._ask("/simulator/flow", {"paused": False})

    # -- while it runs -------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Tell every ten seconds how it goes, until the bot has ended or the recording is over.

        :raises UserError: when the bot outlives its duration by far"""
        started = said = time.monotonic()
        while self._bot.code is None:
            now = time.monotonic()
            if now - said >= PROGRESS_SECONDS:
                self.say(f"  {now - started:4.0f} s  {describe(self.state())}")
                said = now
            if self.plan.flow is not None and self.flow_finished():
                self.say("The recording is over; stopping the bot (hbot stop).")
                return
            if self.plan.flow is None and now - started > self.plan.seconds + STOP_SECONDS:
                raise UserError(
                    f"The bot did not end {STOP_SECONDS:.0f} s after its time was up. Its last words:\n"
                    f"{self.bot_words()}"
                )
            time.sleep(0.25)

    def stop_bot(self) -> int:
        """Have the bot stopped by ``hbot stop`` if it still runs.

        :return: its exit code"""
        if self._bot.code is None:
            subprocess.run(
                [str(self.workspace / "hbot"), "stop"],
                env=self._environment,
                capture_output=True,
                timeout=STOP_SECONDS + 30,
                check=False,
            )
        return self._bot.end(STOP_SECONDS)

    def state(self) -> dict[str, Any]:
        """:return: what the bot's script last published, empty before it did"""
        try:
            state: dict[str, Any] = json.loads((self.workspace / "data" / "backpack_state.json").read_text())
        except FileNotFoundError:
            return {}
        return state

    def flow_finished(self) -> bool:
        """:return: whether the recorded trades are all played"""
        return bool(self._ask("/simulator/state")["flow"]["finished"])

    def bot_words(self) -> str:
        """:return: the end of the bot's log, and of what it printed outside it"""
        log = self.workspace / "logs" / "logs_demo.log"
        logged = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
        return f"{logged}\n{self._bot.last_words()}".strip()

    # -- the end -------------------------------------------------------------------------------------------------------

    def ledger(self, public_key: str) -> dict[str, Any]:
        """:return: all that the exchange knows of the account, the market frozen first"""
        self._ask("/simulator/flow", {"paused": True})
        ledger: dict[str, Any] = self._ask(f"/simulator/ledger?key={urllib.parse.quote(public_key, safe='')}")
        return ledger

    def bot_figures(self, mark: Decimal | None) -> Figures:
        """:param mark: what is held at the end is valued at it; ``None`` where nothing is
        :return: the bot's figures: fills, volume, fees and orders out of Hummingbot's database, position and PnL out
            of our exact records"""
        data = self.workspace / "data"
        return from_records(data / "demo.sqlite", data / "demo.records.sqlite", mark)

    def close(self) -> None:
        """End every process, the bot before the exchange so that it can still cancel."""
        for child in reversed(self._children):
            child.end(STOP_SECONDS)

    # -- helpers -------------------------------------------------------------------------------------------------------

    def _has_a_book(self) -> bool:
        market = self._ask("/simulator/state")["markets"][self.plan.kind.symbol]
        return market["bid"] is not None and market["ask"] is not None

    def _start(self, name: str, command: list[str | Path], output: str) -> Child:
        child = Child(name, command, self.plan.folder / output, self._environment, self.plan.folder)
        self._children.append(child)
        return child

    def _command(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "hummingbot_backpack", *arguments]
        done = subprocess.run(
            command, env=self._environment, cwd=self.plan.folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise UserError(f"hummingbot-backpack {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        # No proxy of the user's stands between us and 127.0.0.1.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.loads(answer.read())


def describe(state: dict[str, Any]) -> str:
    """:return: one line of progress out of the bot's published state"""
    if "fills" not in state:
        return "waiting for the first result"
    pnl = "not known" if state["pnl"] is None else f"{Decimal(state['pnl']):+.4f} USDC"
    held = "" if state["position"] is None else f"position {Decimal(state['position']):+f} SOL   "
    return (
        f"{state['fills']} fills ({state['buys']} buys, {state['sells']} sells)   "
        f"{held}PnL {pnl}   open orders {state['open_orders']}"
    )
