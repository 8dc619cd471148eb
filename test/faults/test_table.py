"""The table of faults: each at the moment when it hurts most, and afterwards both sides agree and quoting goes on."""

from typing import Any

import pytest

from test.faults.moments import (
    Fault,
    Moment,
    at_start,
    at_stop,
    during_reconnect,
    mid_cancel,
    mid_fill,
    mid_place,
    mid_position,
    mid_quote,
    mid_single_place,
    mid_take,
    position_at_stop,
    position_while_away,
)
from test.faults.stage import OWN_KEY, assert_reconciled, staged

pytestmark = pytest.mark.slow

ORDER = "/api/v1/order"
"""A prefix of the path of batches, too."""
HISTORY = "/wapi/v1/history"
ORDERS_STREAM = "account.orderUpdate"


def row(moment: Moment, kind: str, *, note: str = "", **settings: Any) -> Any:
    """One line of the table.

    :param note: tells rows of one fault at one moment apart
    """
    name = " ".join(filter(None, (moment.__name__.replace("_", " "), kind, note)))
    return pytest.param(moment, Fault(kind, **settings), id=name)


PERPETUAL = [
    # An order without a proper answer.
    row(mid_place, "error_before", method="POST", path=ORDER),
    row(mid_place, "error_after", method="POST", path=ORDER),
    row(mid_place, "lost_answer", method="POST", path=ORDER),
    row(mid_place, "refuse_rest", seconds=0.8),
    row(mid_place, "latency", note="longer than a request may take", method="POST", path=ORDER, value=1.3, times=1),
    row(mid_place, "latency", note="longer than the signature", method="POST", path=ORDER, value=2.5, times=1),
    row(mid_place, "rate_limited", method="POST", path=ORDER, times=1),
    row(mid_place, "maintenance", seconds=1.0),
    row(mid_place, "expired_key", key=OWN_KEY, seconds=0.8),
    row(mid_place, "read_only_key", key=OWN_KEY, times=1),
    row(mid_place, "clock_skew", note="ahead", value=30, seconds=1.5),
    row(mid_place, "clock_skew", note="behind", value=-30, seconds=1.5),
    row(mid_place, "disconnect"),
    row(mid_place, "silence", stream=ORDERS_STREAM, seconds=1.0),
    row(mid_place, "late_frames", stream=ORDERS_STREAM, value=0.7, jitter=0.3, seconds=1.0),
    row(mid_place, "market_state", note="PostOnly", value="PostOnly", seconds=0.8),
    row(mid_place, "market_state", note="CancelOnly", value="CancelOnly", seconds=0.8),
    row(mid_place, "market_state", note="Closed", value="Closed", seconds=0.8),
    row(mid_single_place, "error_after", method="POST", path=ORDER),
    row(mid_single_place, "lost_answer", method="POST", path=ORDER),
    row(mid_single_place, "late_frames", stream=ORDERS_STREAM, value=0.7, seconds=1.0),
    row(mid_single_place, "refuse_private_stream", seconds=1.0),
    row(mid_take, "error_after", method="POST", path=ORDER),
    row(mid_take, "lost_answer", method="POST", path=ORDER),
    row(mid_take, "drop_frames", stream="account.", seconds=1.0),
    row(mid_take, "duplicate_frames", stream="account.", seconds=1.0),
    row(mid_take, "disconnect"),
    row(mid_place, "half_open", seconds=1.5),
    row(mid_place, "latency", note="with jitter", value=0.2, jitter=0.4, seconds=1.5),
    # A cancel without a proper answer, crossed by a fill.
    row(mid_cancel, "error_before", method="DELETE", path=ORDER, times=2),
    row(mid_cancel, "error_after", method="DELETE", path=ORDER, times=2),
    row(mid_cancel, "lost_answer", method="DELETE", path=ORDER, times=2),
    row(mid_cancel, "cancel_accepted", value=0.8, times=2),
    row(mid_cancel, "latency", note="longer than a request may take", method="DELETE", path=ORDER, value=1.3, times=2),
    row(mid_cancel, "rate_limited", method="DELETE", path=ORDER, times=2),
    row(mid_cancel, "refuse_rest", seconds=0.8),
    row(mid_cancel, "maintenance", seconds=1.0),
    row(mid_cancel, "read_only_key", key=OWN_KEY, times=2),
    row(mid_cancel, "expired_key", key=OWN_KEY, seconds=0.8),
    row(mid_cancel, "drop_frames", stream=ORDERS_STREAM, seconds=1.0),
    row(mid_cancel, "disconnect"),
    row(mid_cancel, "half_open", seconds=1.5),
    row(mid_cancel, "silence", stream=ORDERS_STREAM, seconds=1.5),
    row(mid_cancel, "clock_skew", value=30, seconds=1.5),
    row(mid_cancel, "latency", note="with jitter", value=0.2, jitter=0.4, seconds=1.5),
    row(mid_cancel, "market_state", note="Closed", value="Closed", seconds=0.8),
    # Fills that are told late, twice, or not at all.
    row(mid_fill, "drop_frames", stream="account.", seconds=1.0),
    row(mid_fill, "duplicate_frames", stream="account.", seconds=1.0),
    row(mid_fill, "late_frames", stream="account.", value=0.4, jitter=0.8, seconds=1.0),
    row(mid_fill, "silence", stream=ORDERS_STREAM, seconds=1.5),
    row(mid_fill, "gap", stream="depth."),
    row(mid_fill, "disconnect"),
    row(mid_fill, "half_open", seconds=2.0),
    row(mid_fill, "refuse_private_stream", seconds=1.0),
    row(mid_fill, "error_before", note="of history", method="GET", path=HISTORY, times=3),
    row(mid_fill, "lost_answer", note="of the position", method="GET", path="/api/v1/position"),
    row(mid_fill, "maintenance", seconds=1.0),
    row(mid_fill, "refuse_rest", seconds=1.0),
    row(mid_fill, "expired_key", key=OWN_KEY, seconds=1.5),
    row(mid_fill, "clock_skew", value=-30, seconds=1.5),
    row(mid_fill, "rate_limited", times=3),
    row(mid_fill, "latency", value=0.3, jitter=0.6, seconds=1.5),
    # The exchange acts on the account itself.
    row(mid_position, "liquidation", key=OWN_KEY),
    row(mid_position, "adl", key=OWN_KEY, value=50),
    row(mid_position, "adl", note="of everything", key=OWN_KEY),
    row(mid_position, "flash_move", value=-3, symbol="SOL_USDC_PERP"),
    row(position_while_away, "liquidation", key=OWN_KEY),
    row(position_while_away, "adl", key=OWN_KEY, value=50),
    row(position_at_stop, "liquidation", key=OWN_KEY),
    row(position_at_stop, "adl", key=OWN_KEY, value=50),
    # Starting into trouble.
    row(at_start, "error_before", times=6),
    row(at_start, "lost_answer", method="GET", times=6),
    row(at_start, "refuse_rest", seconds=1.5),
    row(at_start, "maintenance", seconds=1.5),
    row(at_start, "rate_limited", times=2),
    row(at_start, "expired_key", key=OWN_KEY, seconds=1.5),
    row(at_start, "refuse_private_stream", seconds=1.5),
    row(at_start, "latency", value=0.3, jitter=0.3, seconds=1.5),
    row(at_start, "clock_skew", value=30, seconds=2.0),
    row(at_start, "market_state", note="Closed", value="Closed", seconds=1.0),
    row(at_start, "half_open", seconds=1.5),
    row(at_start, "disconnect"),
    # Stopping in trouble, and starting again.
    row(at_stop, "refuse_rest", seconds=3.0),
    row(at_stop, "error_before", method="DELETE", path=ORDER, times=2),
    row(at_stop, "error_after", method="DELETE", path=ORDER, times=2),
    row(at_stop, "lost_answer", method="DELETE", path=ORDER, times=2),
    row(at_stop, "cancel_accepted", value=2.5, times=2),
    row(at_stop, "maintenance", seconds=3.0),
    row(at_stop, "drop_frames", stream="account.", seconds=3.0),
    row(at_stop, "disconnect"),
    row(at_stop, "expired_key", key=OWN_KEY, seconds=3.0),
    row(at_stop, "read_only_key", key=OWN_KEY, times=2),
    row(at_stop, "rate_limited", method="DELETE", path=ORDER, times=2),
    row(at_stop, "latency", value=0.3, jitter=0.6, seconds=3.0),
    row(at_stop, "clock_skew", value=30, seconds=3.0),
    row(at_stop, "silence", stream="account.", seconds=2.0),
    row(position_at_stop, "market_state", note="Closed", value="Closed", seconds=1.0),
    # One trouble after the other.
    row(during_reconnect, "refuse_rest", seconds=1.5),
    row(during_reconnect, "error_before", method="GET", times=8),
    row(during_reconnect, "lost_answer", method="POST", path=ORDER),
    row(during_reconnect, "error_after", method="DELETE", path=ORDER),
    row(during_reconnect, "rate_limited", times=2),
    row(during_reconnect, "maintenance", seconds=2.0),
    row(during_reconnect, "refuse_private_stream", seconds=1.5),
    row(during_reconnect, "expired_key", key=OWN_KEY, seconds=1.5),
    row(during_reconnect, "clock_skew", value=30, seconds=2.0),
    row(during_reconnect, "latency", value=0.4, jitter=0.4, seconds=1.5),
    row(during_reconnect, "drop_frames", stream="account.", times=2),
    row(during_reconnect, "read_only_key", key=OWN_KEY, seconds=1.5),
    row(during_reconnect, "market_state", note="Closed", value="Closed", seconds=1.0),
    row(during_reconnect, "half_open", seconds=1.5),
    row(during_reconnect, "cancel_accepted", value=0.8, times=1),
    row(during_reconnect, "late_frames", stream="account.", value=0.5, jitter=0.5, times=3),
    row(during_reconnect, "duplicate_frames", stream="account.", times=3),
]


@pytest.mark.parametrize(("moment", "fault"), PERPETUAL)
async def test_si05_re01_perpetual_agrees_with_the_exchange_after(
    moment: Moment, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(monkeypatch, "perpetual") as stage:
        await moment(stage, fault)
        await assert_reconciled(stage)


MOVING = [
    row(mid_quote, "empty_book", symbol="SOL_USDC_PERP", seconds=1.5),
    row(mid_quote, "flash_move", note="through the bid", symbol="SOL_USDC_PERP", value=-3),
    row(mid_quote, "flash_move", note="through the ask", symbol="SOL_USDC_PERP", value=3),
    row(mid_quote, "gap", stream="depth.", times=3),
    row(mid_quote, "drop_frames", stream="depth.", times=5),
    row(mid_quote, "late_frames", stream="depth.", value=0.2, jitter=0.5, seconds=1.5),
    row(mid_quote, "silence", stream="depth.", seconds=2.0),
    row(mid_quote, "disconnect"),
]


@pytest.mark.parametrize(("moment", "fault"), MOVING)
async def test_si05_re01_perpetual_agrees_in_a_moving_market_after(
    moment: Moment, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(monkeypatch, "perpetual", flow="calm") as stage:
        await moment(stage, fault)
        await assert_reconciled(stage)


SPOT = [
    row(mid_place, "error_before", method="POST", path=ORDER),
    row(mid_place, "error_after", method="POST", path=ORDER),
    row(mid_place, "maintenance", seconds=1.0),
    row(mid_take, "lost_answer", method="POST", path=ORDER),
    row(mid_cancel, "lost_answer", method="DELETE", path=ORDER, times=2),
    row(mid_cancel, "cancel_accepted", value=0.8, times=2),
    row(mid_fill, "drop_frames", stream="account.", seconds=1.0),
    row(mid_fill, "duplicate_frames", stream="account.", seconds=1.0),
    row(mid_fill, "late_frames", stream="account.", value=0.4, jitter=0.8, seconds=1.0),
    row(mid_fill, "disconnect"),
    row(mid_place, "read_only_key", key=OWN_KEY, times=1),
    row(mid_place, "clock_skew", value=30, seconds=1.5),
    row(mid_cancel, "market_state", note="Closed", value="Closed", seconds=0.8),
    row(mid_fill, "maintenance", seconds=1.0),
    row(at_start, "refuse_rest", seconds=1.5),
    row(at_start, "market_state", note="Closed", value="Closed", seconds=1.0),
    row(at_stop, "refuse_rest", seconds=3.0),
    row(at_stop, "drop_frames", stream="account.", seconds=3.0),
    row(during_reconnect, "error_before", method="GET", times=8),
    row(during_reconnect, "refuse_private_stream", seconds=1.5),
]


@pytest.mark.parametrize(("moment", "fault"), SPOT)
async def test_si05_re01_spot_agrees_with_the_exchange_after(
    moment: Moment, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(monkeypatch, "spot") as stage:
        await moment(stage, fault)
        await assert_reconciled(stage)
