"""Closing a whole position: stop loss, take profit, the end of a session (cards EX01, EX03, SE01)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from hummingbot_backpack.market_making.values import (
    ZERO,
    MarketRule,
    Side,
    require_finite,
    require_not_negative,
    require_positive,
    round_down,
)


class ExitCause(Enum):
    """Why a whole position is closed. The value is the word that users and files see."""

    STOP_LOSS = "stop loss"
    TAKE_PROFIT = "take profit"
    SESSION_END = "end of the session"
    REQUEST = "flatten"


@dataclass(frozen=True)
class ExitState:
    """What is left of an exit from one step to the next.

    :param closing: why the position is being closed, None when it is not
    :param resume_at: no quotes before this time (seconds, the caller's clock)
    """

    closing: ExitCause | None = None
    resume_at: float = 0.0


@dataclass(frozen=True)
class ExitDecision:
    """State for the next step, what to close now (reduce-only) and whether quotes may stand."""

    state: ExitState
    side: Side | None
    size: Decimal
    may_quote: bool
    reason: str


def position_pnl(net: Decimal, entry: Decimal, mark: Decimal) -> Decimal:
    """Unrealised profit of a signed position: quantity × (mark − entry), quote (PO03)."""
    require_finite("net", net)
    require_positive("entry", entry)
    require_positive("mark", mark)
    return net * (mark - entry)


def exit_cause(pnl: Decimal, stop_loss: Decimal | None, take_profit: Decimal | None) -> ExitCause | None:
    """Which exit a profit triggers, bounds included; an amount that is None or 0 is off.

    :param stop_loss, take_profit: magnitudes in quote
    """
    require_finite("pnl", pnl)
    for name, amount in (("stop_loss", stop_loss), ("take_profit", take_profit)):
        if amount is not None:
            require_not_negative(name, amount)
    if stop_loss and pnl <= -stop_loss:
        return ExitCause.STOP_LOSS
    if take_profit and pnl >= take_profit:
        return ExitCause.TAKE_PROFIT
    return None


def decide_exit(
    state: ExitState,
    net: Decimal,
    entry: Decimal | None,
    mark: Decimal | None,
    stop_loss: Decimal | None,
    take_profit: Decimal | None,
    cooldown: Decimal,
    now: float,
    rule: MarketRule,
) -> ExitDecision:
    """Begin, continue or end an exit.

    Once begun it goes on until the exchange says flat, or less than the market's minimum; then quotes wait for the
    cooldown. Without entry or mark an armed exit cannot be judged, and quotes are taken away until it can.

    :param net: the exchange's signed position, base
    :param now: seconds, any clock that `state.resume_at` shares
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_finite("net", net)
    size = round_down(abs(net), rule.step)
    price = mark if mark is not None else entry
    leftover = None if price is None else rule.refusal(size, price)
    side = Side.SELL if net > 0 else Side.BUY
    if state.closing is not None:
        if net == 0 or leftover is not None:
            rest = "flat" if net == 0 else f"{net} is left, too little to close: {leftover}"
            ended = ExitState(None, now + float(cooldown))
            return ExitDecision(ended, None, ZERO, cooldown == 0, f"{state.closing.value} done, {rest}")
        return ExitDecision(state, side, size, False, f"{state.closing.value}: closing {net}")
    if now < state.resume_at:
        return ExitDecision(state, None, ZERO, False, f"pause after an exit, {state.resume_at - now:.0f} s left")
    if not stop_loss and not take_profit:
        return ExitDecision(state, None, ZERO, True, "off")
    if net == 0:
        return ExitDecision(state, None, ZERO, True, "armed, no position")
    if entry is None or mark is None:
        return ExitDecision(state, None, ZERO, False, "armed, but entry or mark is not known")
    pnl = position_pnl(net, entry, mark)
    cause = exit_cause(pnl, stop_loss, take_profit)
    if cause is None or leftover is not None:
        return ExitDecision(state, None, ZERO, True, f"armed, position result {pnl}")
    reason = f"{cause.value} triggered: {net} from {entry} at mark {mark} makes {pnl}"
    return ExitDecision(ExitState(cause), side, size, False, reason)
