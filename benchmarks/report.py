"""How long `hummingbot-backpack report` takes, and how much memory, on a million recorded fills."""

import argparse
import json
import os
import platform
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hummingbot_backpack.records import HORIZONS, Records
from hummingbot_backpack.records.tables import FILLS, SAMPLES, SESSIONS
from hummingbot_backpack.workspace.layout import CONNECTORS

START = 1_790_000_000.0
PERPETUAL = CONNECTORS[1]


def made_up(path: Path, fills: int, seconds_between: float = 0.6, sessions: int = 4) -> None:
    """Write records of sessions with so many fills: a random walk, quoted 3 bps from its mid, inventory held small."""
    random.seed(7)
    records = Records(path)
    records.close()
    connection = sqlite3.connect(path)
    names = [column.name for column in FILLS.columns if column.name != "id"]
    insert = f"INSERT INTO fills ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    mid, position, cash, clock = 14500.0, 0, 100_000_000_000, START
    per = fills // sessions
    for session in range(1, sessions + 1):
        columns = [column.name for column in SESSIONS.columns]
        connection.execute(
            f"INSERT INTO sessions ({', '.join(columns)}) VALUES (?, ?, ?, ?)",
            (session, clock, clock + per * seconds_between, "stopped"),
        )
        opening = (position, round(mid))
        _sample(connection, session, "start", clock, cash, position, round(mid), 0)
        rows = []
        for number in range(per):
            drift = random.gauss(0, 0.9)
            side = -1 if position > 40 or (position > -40 and random.random() < 0.5) else 1
            touch = round(mid)
            price = touch - 4 * side
            lots = random.randint(1, 5)
            fee = price * lots * 2  # 2 bps in millionths of a dollar, of cents times hundredths
            position += side * lots
            cash -= side * price * lots * 100 + fee // 100
            later = [touch - round(random.gauss(1.2, 6)) * side for _ in HORIZONS]
            rows.append(
                (
                    session, PERPETUAL, "SOL-USDC", str(number), f"{session}{number:010}", str(number),
                    "buy" if side > 0 else "sell", f"{price / 100:.2f}", f"{lots / 100:.2f}", f"{fee // 100 / 1e6:.6f}",
                    "USDC", "maker", clock, "quote", f"{(touch - 1) / 100:.2f}", f"{(touch + 1) / 100:.2f}",
                    *(f"{(each + step) / 100:.2f}" for each in later for step in (-1, 1)),
                )
            )  # fmt: skip
            mid = max(1000.0, mid + drift)
            clock += seconds_between
            if len(rows) == 50_000:
                connection.executemany(insert, rows)
                rows = []
            if number % 100 == 99:
                _sample(connection, session, "minute", clock, cash, position, round(mid), number + 1)
        connection.executemany(insert, rows)
        _sample(connection, session, "end", clock, cash, position, round(mid), per)
        connection.execute(
            "INSERT INTO session_markets (session, connector, trading_pair, opening_position, opening_mark,"
            " closing_position, closing_mark, symbol, account, perpetual, closing_bid, closing_ask)"
            " VALUES (?, ?, 'SOL-USDC', ?, ?, ?, ?, 'SOL_USDC_PERP', ?, 1, ?, ?)",
            (
                session, PERPETUAL, f"{opening[0] / 100:.2f}", f"{opening[1] / 100:.2f}", f"{position / 100:.2f}",
                f"{round(mid) / 100:.2f}", PERPETUAL, f"{(round(mid) - 1) / 100:.2f}", f"{(round(mid) + 1) / 100:.2f}",
            ),
        )  # fmt: skip
        seconds = per * seconds_between
        connection.execute(
            "INSERT INTO quoting (session, connector, trading_pair, time, seconds, both_7_5, both_15, bid_size_7_5,"
            " ask_size_7_5, bid_size_15, ask_size_15) VALUES (?, ?, 'SOL-USDC', ?, ?, ?, ?, ?, ?, ?, ?)",
            (session, PERPETUAL, clock, seconds, seconds * 0.87, seconds * 0.95, seconds * 0.4, seconds * 0.38,
             seconds * 1.1, seconds * 1.0),
        )  # fmt: skip
        clock += 3600
    connection.commit()
    connection.close()


def _sample(
    connection: sqlite3.Connection,
    session: int,
    kind: str,
    clock: float,
    cash: int,
    position: int,
    mark: int,
    fills: int,
) -> None:
    columns = [column.name for column in SAMPLES.columns if column.name != "id"]
    equity = (cash + position * mark * 100) / 1e6
    row = {
        "session": session,
        "account": PERPETUAL,
        "kind": kind,
        "time": clock,
        "equity": f"{equity:.6f}",
        "assets": json.dumps({"USDC": [f"{cash / 1e6:.6f}", "1"]}),
        "positions": json.dumps({"SOL_USDC_PERP": [f"{position / 100:.2f}", f"{mark / 100:.2f}", "0"]}),
        "fills": fills,
        "margin_fraction": None,
        "maintenance": None,
    }
    connection.execute(
        f"INSERT INTO samples ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        [row[name] for name in columns],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fills", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the workspace and the report there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        (folder / "conf").mkdir(parents=True, exist_ok=True)
        (folder / "conf" / "backpack.yml").write_text("rehearsal: true\n")
        database = folder / "data" / "maker.records.sqlite"
        if not database.exists():
            # In a process of its own: what a process needed before it starts another counts as the other's memory.
            making = "import sys; from pathlib import Path; from benchmarks.report import made_up"
            call = "made_up(Path(sys.argv[1]), int(sys.argv[2]))"
            arguments_of = [str(database), str(arguments.fills)]
            subprocess.run([sys.executable, "-c", f"{making}; {call}", *arguments_of], check=True)
        print("| fills | what | seconds | of these on a core | memory MiB | database MiB |")
        print("|---|---|---|---|---|---|")
        for what, options in (
            ("terminal", []),
            ("page and CSV", ["--html", str(folder / "report.html")]),
            ("one of four sessions", ["--session", "2"]),
        ):
            before = time.perf_counter()
            done = subprocess.Popen(
                [sys.executable, "-m", "hummingbot_backpack", "report", "-w", str(folder), "--json", *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            out, usage = _finish(done)
            seconds = time.perf_counter() - before
            found = json.loads(out)
            assert abs(float(found["unexplained"])) < 0.005, found["unexplained"]
            size = database.stat().st_size / 2**20
            spent, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
            counted = f"{found['total']['fills']:,}"
            print(f"| {counted} | {what} | {seconds:.1f} | {spent:.1f} | {memory:.0f} | {size:.0f} |")
    print(f"\nPython {platform.python_version()}, load average {os.getloadavg()[0]:.1f}")


def _finish(process: "subprocess.Popen[bytes]") -> tuple[bytes, resource.struct_rusage]:
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"report ended with {process.returncode}")
    return out, usage


if __name__ == "__main__":
    main()
