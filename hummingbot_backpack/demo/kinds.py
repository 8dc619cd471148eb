"""The demonstrations: which example runs, how its books are compared, and what it promised to keep."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot_backpack.demo.figures import Figures, perpetual_figures, spot_figures

MINIMUM = Decimal("0.01")
"""SOL; the market's smallest order."""

Ledger = dict[str, Any]
State = dict[str, Any]


@dataclass(frozen=True)
class Promise:
    """What the example was to keep, and whether it did."""

    kept: bool
    sentence: str


@dataclass(frozen=True)
class Kind:
    """One demonstration.

    :param script: the example in ``conf/scripts``
    :param symbol: the market that a recording drives, and that must have a book before the bot starts
    :param doing: what the bot does, to follow "It"
    :param mark: from the exchange's ledger and the bot's last state, what is held at the end is valued at
    :param figures: the exchange's, from its ledger and that mark
    :param promise: what was to be kept, from the ledger and the bot's last state
    """

    script: str
    symbol: str
    doing: str
    mark: Callable[[Ledger, State], Decimal | None]
    figures: Callable[[Ledger, Decimal | None], Figures]
    promise: Callable[[Ledger, State], Promise]


def _perpetual(ledger: Ledger) -> dict[str, Any]:
    row: dict[str, Any] = ledger["positions"].get("SOL_USDC_PERP", {})
    return row


def _perpetual_mark(ledger: Ledger, _state: State) -> Decimal | None:
    row = _perpetual(ledger)
    return Decimal(row["markPrice"]) if row else None


def _limit_kept(ledger: Ledger, state: State) -> Promise:
    maximum = Decimal(state["controllers"][0]["max_position"])
    peak = Decimal(_perpetual(ledger).get("peakAbsQuantity", "0"))
    if peak <= maximum:
        return Promise(
            True,
            f"position: never above {peak.normalize():f} of the {maximum.normalize():f} SOL allowed (max_position)",
        )
    return Promise(False, f"position: reached {peak.normalize():f}, above max_position {maximum.normalize():f}")


def _bots_mark(_ledger: Ledger, state: State) -> Decimal | None:
    return None if state["mark"] is None else Decimal(state["mark"])


def _share_kept(_ledger: Ledger, state: State) -> Promise:
    maker = state["controllers"][0]
    target, threshold = Decimal(maker["base_target_pct"]), Decimal(maker["rebalance_threshold_pct"])
    if maker["base_pct"] is None:
        return Promise(False, "SOL: its share of the account is not known at the end")
    share = Decimal(maker["base_pct"])
    return Promise(
        abs(share - target) <= threshold,
        f"SOL: {share} % of the account at the end, target {target:f} ± {threshold:f} (base_target_pct)",
    )


def _hedged(ledger: Ledger, state: State) -> Promise:
    maker = state["controllers"][0]
    position = Decimal(_perpetual(ledger).get("netQuantity", "0"))
    reference, cost = Decimal(maker["reference"]), maker["hedge"]["cost_per_10000"]
    expected = maker["hedge"]["expected_cost_per_10000"]
    said = "not known" if cost is None or expected is None else f"{Decimal(cost):.2f}, expected {Decimal(expected):.2f}"
    return Promise(
        abs(position - reference) < MINIMUM,
        f"hedge: {maker['hedge']['orders']} orders, position {position.normalize():f}, reference "
        f"{reference.normalize():f}; cost per 10,000 of maker volume {said}",
    )


KINDS: dict[str, Kind] = {
    "perp": Kind(
        script="perp_maker.yml",
        symbol="SOL_USDC_PERP",
        doing="quotes the SOL-USDC perpetual on both sides",
        mark=_perpetual_mark,
        figures=lambda ledger, _mark: perpetual_figures(ledger, "SOL_USDC_PERP"),
        promise=_limit_kept,
    ),
    "spot": Kind(
        script="spot_maker.yml",
        symbol="SOL_USDC",
        doing="buys SOL for its share of the account, then quotes SOL-USDC spot on both sides",
        mark=_bots_mark,
        figures=lambda ledger, mark: spot_figures(ledger, "SOL", "USDC", mark),
        promise=_share_kept,
    ),
    "hedge": Kind(
        script="hedge.yml",
        symbol="SOL_USDC_PERP",
        doing="quotes the SOL-USDC perpetual at the best prices and undoes every fill at once",
        mark=_perpetual_mark,
        figures=lambda ledger, _mark: perpetual_figures(ledger, "SOL_USDC_PERP"),
        promise=_hedged,
    ),
}
