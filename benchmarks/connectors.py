"""Our connectors and those that Hummingbot bundles, side by side on the same local Backpack.

    python -m benchmarks connectors [--runs 5] [--seconds 8] [--only NAME]

Each side is a process of its own that loads one implementation (the bundled one with HUMMINGBOT_BACKPACK=off); both run
the same code of benchmarks/_connector_tasks.py. Runs alternate, and begin with the other side each time. Times of one
process are its processor time; "20 quotes" is by the clock, at a local Backpack that answers each request after 50 ms.
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks._connector_tasks import DEPTH_SYMBOL
from test.compare.run import environment_of
from test.compare.scene import BUNDLED, OURS
from test.exchange_process import REPOSITORY, ExchangeProcess

SIDES = (OURS, BUNDLED)
ROUND_TRIP = 0.05
MARKETS, FRAMES_PER_SECOND = 50, 10
ASSETS = [f"A{number}" for number in range(MARKETS)]
PAIR = f"{ASSETS[0]}-USDC"
# A frame that came a little late, or was counted in the next second, is none that was missed.
FRAMES_HEARD = 0.9
RECORDED = "eth_perp_2024-08-08_depth.jsonl.gz"
SHARED = Path(os.environ.get("BACKPACK_SHARED", REPOSITORY.parent / "shared"))


@dataclass(frozen=True)
class Row:
    """One measurement of both sides.

    :param aim: what ours may be at most, as a share of the bundled one's
    """

    what: str
    unit: str
    aim: float
    values: dict[str, list[float]]

    @property
    def ratio(self) -> float:
        return statistics.median(self.values[OURS]) / statistics.median(self.values[BUNDLED])

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.aim

    def markdown(self) -> str:
        spans = [" / ".join(_figure(f(self.values[side])) for f in (min, statistics.median, max)) for side in SIDES]
        verdict = "met" if self.is_met else "**missed**"
        cells = (self.what, self.unit, *spans, _figure(self.ratio), f"≤ {_figure(self.aim)}", verdict)
        return f"| {' | '.join(cells)} |"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


class Side:
    """The process of one side."""

    def __init__(self, name: str, folder: Path) -> None:
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks._side", name],
                cwd=REPOSITORY, env=environment_of(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True,
            )  # fmt: skip

    def __enter__(self) -> "Side":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, task: str, **arguments: Any) -> Any:
        """
        :raises SystemExit: the side could not do it
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps({"task": task, **arguments}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": self._log.read_text(errors="replace")[-2000:]}
        if isinstance(answer, dict) and "error" in answer:
            raise SystemExit(f"{task}: {answer['error']}")
        return answer


class Bench:
    """Both sides, and how often each is measured."""

    def __init__(self, sides: dict[str, Side], folder: Path, runs: int, seconds: float) -> None:
        self.sides, self.folder, self.runs, self.seconds = sides, folder, runs, seconds

    def alternate(self, measure: Callable[[Side], dict[str, float]]) -> dict[str, dict[str, list[float]]]:
        """Runs in pairs, each beginning with the other side. :return: values by name and side"""
        values: dict[str, dict[str, list[float]]] = {}
        for number in range(self.runs):
            for name in SIDES if number % 2 else SIDES[::-1]:
                for key, value in measure(self.sides[name]).items():
                    values.setdefault(key, {side: [] for side in SIDES})[name].append(value)
        return values

    def sign(self) -> list[Row]:
        values = self.alternate(lambda side: {"": side.call("sign", count=2000)})[""]
        return [Row("signing and preparing an order", "µs", 0.4, values)]

    def limiter(self) -> list[Row]:
        values = self.alternate(lambda side: {"": side.call("limiter", remembered=1900, count=40)})[""]
        return [Row("limiter at 1,900 remembered calls", "µs", 0.01, values)]

    def depth(self) -> list[Row]:
        if not (SHARED / "market_data" / RECORDED).exists():
            print(f"depth: not measured, the recording is not here ({SHARED}; set BACKPACK_SHARED)", file=sys.stderr)
            return []
        frames = self.folder / "frames"
        count = _write_frames(SHARED / "market_data" / RECORDED, frames)
        values = self.alternate(lambda side: {"": side.call("depth", frames=str(frames), repeat=1)})[""]
        what = f"depth frame to book, {count} recorded frames, sequence check included"
        return [Row(what, "µs", 1.0, values)]

    def quotes(self) -> list[Row]:
        with ExchangeProcess(self.folder, perpetual=ASSETS[:1], flow=None, **_OPEN) as exchange:
            for side in self.sides.values():
                side.call("connect", url=exchange.url, pairs=[PAIR])
            exchange.fault("latency", value=ROUND_TRIP, path="/api/")

            def measure(side: Side) -> dict[str, float]:
                placed: dict[str, float] = side.call("place", pair=PAIR, count=20)
                if side.call("withdraw"):
                    raise SystemExit("quotes: not all of them could be cancelled")
                return {"seconds": placed["seconds"] * 1000, "requests": placed["requests"]}

            self.alternate(measure)  # connections are open, code is warm
            values = self.alternate(measure)
            for side in self.sides.values():
                side.call("disconnect")
        return [
            Row("20 quotes, decision to resting, 50 ms round trip", "ms", 0.8, values["seconds"]),
            Row("20 quotes, requests", "", 0.05, values["requests"]),
        ]

    def poll(self) -> list[Row]:
        with ExchangeProcess(self.folder, perpetual=ASSETS[:1], flow=None, **_OPEN) as exchange:
            for side in self.sides.values():
                side.call("connect", url=exchange.url, pairs=[PAIR])
                for _ in range(5):
                    side.call("place", pair=PAIR, count=10)
            values = self.alternate(lambda side: side.call("poll"))
            for side in self.sides.values():
                side.call("disconnect")
        return [Row("status poll with 50 open orders, requests", "", 0.1, values["requests"])]

    def cpu(self) -> list[Row]:
        """Both hear the same frames at the same time."""
        pairs = [f"{asset}-USDC" for asset in ASSETS]
        used: dict[str, list[float]] = {side: [] for side in SIDES}
        with ExchangeProcess(self.folder, perpetual=ASSETS, stir=FRAMES_PER_SECOND, flow=None, **_OPEN) as exchange:
            for side in self.sides.values():
                side.call("connect", url=exchange.url, pairs=pairs)
            with ThreadPoolExecutor(len(SIDES)) as threads:
                for number in range(self.runs + 1):
                    heard = list(threads.map(lambda one: one.call("listen", seconds=self.seconds), self.sides.values()))
                    for name, figures in zip(self.sides, heard, strict=True):
                        if figures["frames"] < FRAMES_HEARD * MARKETS * FRAMES_PER_SECOND:
                            raise SystemExit(f"cpu: {name} heard {figures['frames']:.0f} frames a second")
                        if number:  # the first is for warming up
                            used[name].append(figures["cpu"] * 100)
            frames = {name: figures["frames"] for name, figures in zip(self.sides, heard, strict=True)}
            for side in self.sides.values():
                side.call("disconnect")
        what = (
            f"{MARKETS} markets, {FRAMES_PER_SECOND} depth frames a second each (all frames: ours "
            f"{frames[OURS]:.0f}, bundled {frames[BUNDLED]:.0f} a second)"
        )
        return [Row(what, "% of a core", 1.0, used)]


_OPEN: dict[str, Any] = {"rate_limit": None, "max_open_orders": 100_000, "balances": {"USDC": "100000000"}}
"""No limit of the exchange's and enough margin: what is measured is the connector."""
BENCHMARKS = ("sign", "limiter", "depth", "quotes", "poll", "cpu")


def _write_frames(recording: Path, target: Path) -> int:
    """The recording's depth in the exchange's own wire format, numbered one update after the other. :return: frames"""
    with gzip.open(recording, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    start = next(number for number, row in enumerate(rows) if row["type"] == "snapshot")
    first, count = 1000, 0
    with target.open("w") as file:
        body = {
            "asks": rows[start]["asks"], "bids": rows[start]["bids"][::-1], "lastUpdateId": str(first),
            "timestamp": rows[start]["time_us"],
        }  # fmt: skip
        body["bids"].sort(key=lambda level: float(level[0]))
        print(json.dumps(body), file=file)
        for row in rows[start + 1 :]:
            count += 1
            update = first + count
            data = {
                "e": "depth", "E": row["time_us"], "s": DEPTH_SYMBOL, "a": row["asks"], "b": row["bids"], "U": update,
                "u": update, "T": row["time_us"],
            }  # fmt: skip
            print(json.dumps({"stream": f"depth.{DEPTH_SYMBOL}", "data": data}), file=file)
    return count


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs of each measurement")
    parser.add_argument("--seconds", type=float, default=8, help="of listening in each run of the last measurement")
    parser.add_argument("--only", choices=BENCHMARKS)
    options = parser.parse_args(arguments)
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"{options.runs} pairs of runs, least / median / most"
    )
    columns = ("what", "unit", "ours", "bundled", "ratio", "aim", "")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Side(OURS, folder) as ours, Side(BUNDLED, folder) as bundled:
            bench = Bench({OURS: ours, BUNDLED: bundled}, folder, options.runs, options.seconds)
            for one in [options.only] if options.only else BENCHMARKS:
                for row in getattr(bench, one)():
                    print(row.markdown(), flush=True)


if __name__ == "__main__":
    main()
