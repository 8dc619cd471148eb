"""Logs that mask order details and are encrypted when they are rotated."""

import json
import logging
import stat
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path

import pytest
from hummingbot.core.data_type.common import OrderType
from hummingbot.logger.struct_logger import EVENT_LOG_LEVEL, StructLogRecord

from hummingbot_backpack import cli
from hummingbot_backpack.logs import archive
from hummingbot_backpack.logs.masking import MaskingFilter, masked
from hummingbot_backpack.trading import log_care
from hummingbot_backpack.workspace.create import create

PASSWORD = "only for this test"


@pytest.mark.parametrize(
    "line,shown",
    [
        ("bought 0.3 SOL at 145.02", "bought • SOL at •"),
        (
            "Created LIMIT_MAKER BUY order 4956710000001 for 0.30 SOL-USDC.",
            "Created LIMIT_MAKER BUY order • for • SOL-USDC.",
        ),
        ("position -1.25, PnL +3.10 of 1,000.50", "position •, PnL • of •"),
        ("3 kept, 1 cancelled, 6 placed", "3 kept, 1 cancelled, 6 placed"),
        ("at 12:30:45 on 2026-01-31, 20 orders", "at 12:30:45 on 2026-01-31, 20 orders"),
        ("SOL-USDC buy 1000 at 145", "SOL-USDC buy • at •"),
        ("BTC moved from 60010 to 60020, worth 12,500", "BTC moved from • to •, worth •"),
        ("0 SOL, 10000 USDC", "• SOL, • USDC"),
        ("  prices    raw 145 / 146  quoted 145 / 146", "  prices    raw • / •  quoted • / •"),
        ("  buys      17 at 145, 17 at 144", "  buys      • at •, • at •"),
        ("  quotes    6 quotes of 17 (order_amount)", "  quotes    6 quotes of • (order_amount)"),
        (
            "The SELL order 4989013300882123 amounting to 17/34 SOL has been filled at 145 USDC.",
            "The SELL order • amounting to •/• SOL has been filled at • USDC.",
        ),
        ("order 4956710000001: refused", "order •: refused"),
        ("amount=Decimal('17'), max_position 500 is now 600", "amount=Decimal('•'), max_position • is now •"),
        ('{"price":"145.02","quantity":17,"code":400}', '{"price":"•","quantity":•,"code":400}'),
        ("[['145', '17']] is the book", "[['•', '•']] is the book"),
        (
            "not flat after 120 s, tried for 10 seconds and 2.5 s",
            "not flat after 120 s, tried for 10 seconds and 2.5 s",
        ),
        ("6 BUY orders, 5 fills (2 buys, 3 sells)", "6 BUY orders, 5 fills (2 buys, 3 sells)"),
        ("HTTP 400 INVALID_ORDER of http://127.0.0.1:18490", "HTTP 400 INVALID_ORDER of http://127.0.0.1:18490"),
    ],
)
def test_lo01_masking_hides_prices_sizes_amounts_and_ids_and_leaves_the_story(line: str, shown: str) -> None:
    assert masked(line) == shown


@pytest.fixture(autouse=True)
def nothing_stays_masked() -> Iterator[None]:
    """Masking is for the life of a process; other tests share this one."""
    yield
    for one in log_care.handlers():
        one.filters = [known for known in one.filters if not isinstance(known, MaskingFilter)]


@pytest.fixture
def handler(tmp_path: Path) -> Iterator[TimedRotatingFileHandler]:
    made = TimedRotatingFileHandler(tmp_path / "logs_maker.log", when="D", encoding="utf8")
    logging.getLogger("hummingbot.of_this_test").addHandler(made)
    yield made
    logging.getLogger("hummingbot.of_this_test").removeHandler(made)
    made.close()


def test_lo01_a_masked_log_shows_no_detail_in_messages_arguments_and_tracebacks(
    handler: TimedRotatingFileHandler,
) -> None:
    log_care.mask()
    logger = logging.getLogger("hummingbot.of_this_test")
    logger.warning("sold %s at %s", "0.77", "145.03")
    try:
        raise ValueError("the price 145.04 is off")
    except ValueError:
        logger.exception("order 4956710000002 failed")
    text = Path(handler.baseFilename).read_text()
    assert "sold • at •" in text and "the price • is off" in text
    assert not any(detail in text for detail in ("0.77", "145.03", "145.04", "4956710000002"))


def test_lo01_an_event_shows_its_kind_and_time_and_no_detail(handler: TimedRotatingFileHandler) -> None:
    event = {
        "timestamp": 1796045777.0,
        "type": OrderType.LIMIT_MAKER,
        "trading_pair": "SOL-USDC",
        "amount": Decimal("17"),
        "price": 145,
        "order_id": "x-4989a",
        "exchange_order_id": "59669287444",
        "trade_fee": {"percent": "0", "flat_fees": [{"token": "USDC", "amount": Decimal("0.12")}]},
        "event_name": "BuyOrderCreatedEvent",
    }
    log_care.mask()
    record = StructLogRecord("hummingbot.of_this_test", EVENT_LOG_LEVEL, "", 1, "", (), None)
    record.__dict__["dict_msg"] = event
    handler.handle(record)
    assert json.loads(Path(handler.baseFilename).read_text()) == {
        "timestamp": 1796045777.0,
        "type": "OrderType.LIMIT_MAKER",
        "trading_pair": "SOL-USDC",
        "amount": "•",
        "price": "•",
        "order_id": "•",
        "exchange_order_id": "•",
        "trade_fee": {"percent": "•", "flat_fees": [{"token": "USDC", "amount": "•"}]},
        "event_name": "BuyOrderCreatedEvent",
    }


def test_lo01_a_line_whose_arguments_do_not_fit_is_masked_and_harms_nobody(handler: TimedRotatingFileHandler) -> None:
    log_care.mask()
    logging.getLogger("hummingbot.of_this_test").warning("sold %d", "0.77 at 145.03")
    text = Path(handler.baseFilename).read_text()
    assert text.startswith("sold %d") and "0.77" not in text and "145.03" not in text


def wait_until_encrypted() -> None:
    for thread in threading.enumerate():
        if thread.name == "log archive":
            thread.join(30)


@pytest.mark.slow
def test_lo01_a_rotated_log_is_encrypted_and_logs_open_reads_it(
    handler: TimedRotatingFileHandler,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    left = tmp_path / "logs_maker.log.2020-01-01"
    left.write_text("rotated before the bot crashed\n")
    log_care.encrypt_rotated(PASSWORD)
    logging.getLogger("hummingbot.of_this_test").warning("a line to keep")
    handler.doRollover()
    wait_until_encrypted()
    assert archive.rotated(tmp_path) == []
    files = sorted(path for path in tmp_path.glob("*.age"))
    assert len(files) == 2 and all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert all(b"a line to keep" not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    workspace = create(tmp_path / "bot", rehearsal=True).workspace
    for password, code in ((PASSWORD, 0), ("a wrong one", 2)):
        monkeypatch.setenv("HBOT_PASSWORD", password)
        monkeypatch.setattr(sys, "argv", [cli.PROGRAM, "logs", "open", str(files[1]), "-w", str(workspace.root)])
        assert cli.main() == code
    streams = capsys.readouterr()
    assert "a line to keep" in streams.out and streams.err == f"{cli.PROGRAM}: The password is wrong.\n"


def test_lo01_encrypted_logs_are_kept_as_many_as_hummingbot_keeps(tmp_path: Path) -> None:
    for day in range(1, 10):
        (tmp_path / f"logs_maker.log.2026-01-0{day}.age").write_text("")
    (tmp_path / "logs_other.log.2020-01-01.age").write_text("")
    archive.prune(tmp_path)
    assert [path.name[-6:-4] for path in sorted(tmp_path.glob("logs_maker*"))] == [
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
        "09",
    ]
    assert (tmp_path / "logs_other.log.2020-01-01.age").exists()


def test_lo01_the_level_is_a_setting(handler: TimedRotatingFileHandler) -> None:
    logger = logging.getLogger("hummingbot.of_this_test")
    before = {one: one.level for one in map(logging.getLogger, ["", *logging.root.manager.loggerDict])}
    try:
        log_care.set_level("WARNING")
        logger.info("not wanted")
        log_care.set_level("DEBUG")
        logger.debug("wanted")
    finally:
        for one, level in before.items():
            one.setLevel(level)
    assert Path(handler.baseFilename).read_text() == "wanted\n"
