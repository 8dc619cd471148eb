"""The command: what it prints and writes, and what it says when there is nothing to report."""

import csv
import json
import re
import sqlite3
import time
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.report import made_up
from hummingbot_backpack import cli
from hummingbot_backpack.records import Records, Sample
from hummingbot_backpack.report import page
from hummingbot_backpack.report.collect import Collector
from hummingbot_backpack.report.windows import window_of
from hummingbot_backpack.report.words import Words

D = Decimal


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BACKPACK_WORKSPACE", raising=False)
    (tmp_path / "conf").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "conf" / "backpack.yml").write_text("rehearsal: true\n")
    return tmp_path


@pytest.fixture
def traded(workspace: Path) -> Path:
    made_up(workspace / "data" / "maker.records.sqlite", 400)
    return workspace


def run(monkeypatch: pytest.MonkeyPatch, workspace: Path, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["hummingbot-backpack", "report", "-w", str(workspace), *words])
    return cli.main()


def test_rp01_the_parts_of_all_sessions_sum_to_the_accounts_change(
    traded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, traded, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sessions"] == [1, 2, 3, 4] and found["total"]["fills"] == 400
    assert abs(D(found["unexplained"])) < D("0.005")
    assert abs(sum(map(D, found["parts"].values())) - D(found["account_change"])) < D("0.005")
    assert D(found["account_change"]) == D(found["equity_end"]) - D(found["equity_start"])
    wear = -(D(found["total"]["realised"]) + D(found["total"]["unrealised"]) + D(found["parts"]["fees"]))
    assert D(found["total"]["wear_rate_per_10000"]) == wear / D(found["total"]["volume"]) * 10000
    assert found["total"]["quoting_share_7_5_bps"] == pytest.approx(0.87)
    assert found["notes"] == []


def test_rp01_one_session_and_the_last(
    traded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, number in (("2", 2), ("0", 4), ("-1", 3)):
        assert run(monkeypatch, traded, "--session", words, "--json") == 0
        found = json.loads(capsys.readouterr().out)
        assert found["sessions"] == [number] and abs(D(found["unexplained"])) < D("0.005")
    assert run(monkeypatch, traded, "--session", "9") == 2
    assert "session (9) must be one that maker has on record" in capsys.readouterr().err
    assert run(monkeypatch, traded, "--sessions", "--json") == 0
    assert [row["fills"] for row in json.loads(capsys.readouterr().out)] == [100, 100, 100, 100]


def test_rp01_a_part_of_a_session_is_cut_at_a_sample(traded: Path) -> None:
    with sqlite3.connect(traded / "data" / "maker.records.sqlite") as connection:
        connection.execute("UPDATE samples SET fills = 60 WHERE session = 4 AND kind = 'minute'")
    made_up(traded / "cut.sqlite", 1000, sessions=1)
    records = Records(traded / "cut.sqlite")
    samples = list(records.samples(1))
    middle = samples[4]
    found = Collector(records, "maker").collect("today", since=middle.time - 1)
    assert found.total.volume.fills == 1000 - (middle.fills or 0) == 600
    assert found.change == samples[-1].equity - middle.equity
    assert found.unexplained is not None and abs(found.unexplained) < D("0.005")


def test_rp01_the_page_needs_nothing_else_and_the_files_stand_beside_it(
    traded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, traded, "--html", str(traded / "report.html"), "--lang", "zh") == 0
    assert "逆向选择" in capsys.readouterr().out
    page = (traded / "report.html").read_text()
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not re.search(r"(src|href)=|@import|url\(", own)
    assert page.count("plotly-graph-div") >= 6 and "<title>maker 报告" in page
    assert (traded / "report.html").stat().st_mode & 0o777 == 0o600
    with (traded / "report-fills.csv").open() as file:
        fills = list(csv.DictReader(file))
    assert len(fills) == 400 and D(fills[0]["price"]) > 0 and fills[0]["time"].startswith("2026-")
    with (traded / "report-parts.csv").open() as file:
        parts = {(row["connector"], row["part"]): D(row["USDC"]) for row in csv.DictReader(file)}
    with (traded / "report-trades.csv").open() as file:
        profit = sum((D(row["profit"]) for row in csv.DictReader(file)), D(0))
    records = Records(traded / "data" / "maker.records.sqlite")
    assert profit == Collector(records, "maker").collect("all").total.realised
    summed = sum(
        (value for (whose, part), value in parts.items() if whose == "total" and part != "account_change"), D(0)
    )
    assert summed == parts["total", "account_change"]


@pytest.mark.parametrize("options", [("--html", "taken"), ("--csv", "file/x"), ("--csv", "x", "--html", "taken")])
@pytest.mark.parametrize(("chosen", "words"), [("en", "cannot be written: "), ("zh", "无法写入：")])
def test_rp01_a_file_that_cannot_be_written_is_one_sentence_that_names_it(
    traded: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    chosen: str,
    words: str,
) -> None:
    (traded / "taken").mkdir()
    (traded / "file").touch()
    monkeypatch.chdir(traded)
    assert run(monkeypatch, traded, *options, "--lang", chosen) == 2
    streams = capsys.readouterr()
    assert streams.out == "" and streams.err.count("\n") == 1
    assert streams.err.startswith(f"hummingbot-backpack: {options[-2]} ({options[-1]}) ") and words in streams.err


def test_rp01_wide_figures_stay_on_one_line_and_labels_below_bars_are_broken(traded: Path) -> None:
    wide = ("5,307.76", "-98,765,432.10", "1,234,567,890.12")
    assert [page._size(figure) for figure in wide] == ["", " long", " longer"]
    records = Records(traded / "data" / "maker.records.sqlite")
    made = Collector(records, "maker").collect("all")
    records.close()
    labels = page._waterfall(made, Words("en")).data[0].x
    assert "the account's<br>change, at mark" in labels
    assert max(len(part) for label in labels for part in label.split("<br>")) <= page.LABEL


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda data: None, "holds no records: no bot has run here yet"),
        (lambda data: (data / "backpack_state.json").write_text('{"persist": false}'), "ran with persist: false"),
        (lambda data: _hummingbots(data / "pmm.sqlite"), "pmm ran under another script than backpack_market_making"),
        (
            lambda data: (data / "x.records.sqlite").write_bytes(b"no database" * 500),
            "must be a readable SQLite database",
        ),
        (lambda data: (data / "x.records.sqlite").touch(), "records of x hold no session"),
        (lambda data: _newer(data / "x.records.sqlite"), "has layout 99, and this release knows layouts up to 2"),
    ],
)
def test_rp01_what_is_missing_is_one_sentence(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    prepare: object,
    sentence: str,
) -> None:
    prepare(workspace / "data")  # type: ignore[operator]
    before = {file.name: file.read_bytes() for file in (workspace / "data").iterdir()}
    assert run(monkeypatch, workspace) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1
    assert {file.name: file.read_bytes() for file in (workspace / "data").iterdir()} == before, (
        "a reader alters nothing"
    )


def test_rp01_a_file_that_is_damaged_in_its_middle_is_one_sentence(
    traded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = traded / "data" / "maker.records.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[20_000 : len(content) - 8_000] = b"\xff" * (len(content) - 28_000)
    path.write_bytes(content)
    assert run(monkeypatch, traded) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and ("damaged" in said or "readable SQLite" in said)


def test_rp01_other_bots_without_records_are_named(
    traded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _hummingbots(traded / "data" / "pmm.sqlite")
    assert run(monkeypatch, traded, "--json") == 0
    assert "pmm ran under another script" in json.loads(capsys.readouterr().out)["notes"][0]
    assert run(monkeypatch, traded, "--bot", "nobody") == 2
    assert "--bot (nobody) must be one that has records here: maker." in capsys.readouterr().err


def test_rp01_a_running_session_is_reported_up_to_its_last_sample(traded: Path) -> None:
    path = traded / "data" / "maker.records.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE sessions SET ended = NULL WHERE id = 4")
        connection.execute("DELETE FROM samples WHERE session = 4 AND kind = 'end'")
        connection.execute("UPDATE samples SET fills = 100 WHERE session = 4 AND kind = 'minute'")
    found = Collector(Records(path), "maker").collect("all")
    assert found.running and "running" in [note.name for note in found.notes]
    assert found.unexplained is not None and abs(found.unexplained) < D("0.005")


def test_rp01_records_of_the_first_layout_are_read_with_what_they_have(tmp_path: Path) -> None:
    path = tmp_path / "old.records.sqlite"
    _first_layout(path)
    records = Records(path)
    found = Collector(records, "old").collect("all")
    assert found.total.parts.net == D("0.2") - D("0.02") - D("0.01")
    assert found.change is None and found.unexplained is None
    assert {note.name for note in found.notes} == {"no_account", "without_touch"}


def test_rp01_a_window_needs_a_sample_that_says_where_to_cut() -> None:
    def sample(kind: str, at: float, fills: int | None) -> Sample:
        return Sample("a", kind, at, D(1), {}, {}, fills)

    samples = [sample("start", 0, 0), sample("minute", 60, None), sample("minute", 120, 5), sample("end", 150, 9)]
    whole = window_of("a", samples)
    assert whole is not None and (whole.first_fill, whole.last_fill) == (0, 9)
    cut = window_of("a", samples, 50.0)
    assert cut is not None and (cut.opening, cut.first_fill) == (samples[2], 5)
    assert window_of("a", samples, 140.0) is None


def _hummingbots(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE TradeFill (price INTEGER)")
        connection.execute("INSERT INTO TradeFill VALUES (1)")


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("CREATE TABLE x (y)")


def _first_layout(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            CREATE TABLE sessions (id INTEGER PRIMARY KEY, started FLOAT, ended FLOAT, end_reason VARCHAR);
            CREATE TABLE session_markets (session INTEGER, connector VARCHAR, trading_pair VARCHAR,
                opening_position VARCHAR, opening_mark VARCHAR, closing_position VARCHAR, closing_mark VARCHAR,
                realised VARCHAR, unrealised VARCHAR, fees VARCHAR, funding VARCHAR, maker_volume VARCHAR,
                taker_volume VARCHAR);
            CREATE TABLE funding (id INTEGER PRIMARY KEY, session INTEGER, connector VARCHAR, trading_pair VARCHAR,
                time FLOAT, amount VARCHAR, rate VARCHAR);
            CREATE TABLE fills (id INTEGER PRIMARY KEY, session INTEGER, connector VARCHAR, trading_pair VARCHAR,
                trade_id VARCHAR, order_id VARCHAR, exchange_order_id VARCHAR, side VARCHAR, price VARCHAR,
                quantity VARCHAR, fee VARCHAR, fee_asset VARCHAR, liquidity VARCHAR, time FLOAT,
                UNIQUE (connector, trading_pair, order_id, trade_id));
            """
        )
        connection.execute("INSERT INTO sessions VALUES (1, 100, 200, 'stopped')")
        connection.execute(
            "INSERT INTO session_markets (session, connector, trading_pair, opening_position, closing_mark)"
            " VALUES (1, 'backpack_perpetual', 'SOL-USDC', '0', '100.1')"
        )
        connection.execute(
            "INSERT INTO fills VALUES (1, 1, 'backpack_perpetual', 'SOL-USDC', '1', 'a', 'x', 'buy', '99.9', '1',"
            " '0.02', 'USDC', 'maker', 150)"
        )
        connection.execute(
            "INSERT INTO funding VALUES (1, 1, 'backpack_perpetual', 'SOL-USDC', ?, '-0.01', '0')", (time.time(),)
        )
