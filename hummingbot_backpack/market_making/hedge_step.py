"""One step of the maker-taker hedge's quotes: where they stand, and when they do not (card HE01). What is filled is
undone by `hedging`, which waits for no step."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.hedge_settings import HedgeSettings
from hummingbot_backpack.market_making.hedge_values import HedgeView
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.quoting import Prices, Skew, ladder, order_size
from hummingbot_backpack.market_making.stages import Outcome, QuoteDecision, Seen, guard_ladder
from hummingbot_backpack.market_making.values import (
    BPS,
    ZERO,
    MarketRule,
    Touch,
    require_not_negative,
    round_down,
    round_up,
)


@dataclass(frozen=True, kw_only=True)
class HedgeSeen(Seen):
    """What is known at the moment of a decision.

    :param hedge_touch: best prices of the hedge market, our own orders taken off
    :param room: base that both accounts can buy, and sell, on the maker market and undo; None: not known
    :param hedging: what the machine says
    :param market: what the exchange says the maker market takes
    """

    hedge_touch: Touch | None
    room: Headroom | None
    hedging: HedgeView
    market: MarketState = MarketState.OPEN


@dataclass(frozen=True, kw_only=True)
class HedgeDecision(Outcome):
    """What the quotes' stages decided."""

    hedging: HedgeView

    def stages(self) -> dict[str, str]:
        """What each stage decided and why, in order: observed, hedge, breaker, quotes, guard."""
        shared = super().stages()
        shared.pop("action")
        hedge = self.hedging.phase.value
        return {"observed": shared.pop("observed"), "hedge": self.hedging.alert or self.hedging.stop or hedge, **shared}


def prices_behind(touch: Touch, edge_bps: Decimal, tick: Decimal) -> Prices:
    """A bid and an ask `edge_bps` behind the best ones, on the tick, rounded outward.

    :raises DecisionError: if a value is not in its range
    """
    require_not_negative("edge_bps", edge_bps)
    raw_bid, raw_ask = touch.bid * (1 - edge_bps / BPS), touch.ask * (1 + edge_bps / BPS)
    bid, ask = round_down(raw_bid, tick), round_up(raw_ask, tick)
    return Prices(raw_bid, raw_ask, Skew(ZERO, ZERO), (bid,) if bid > 0 else (), (ask,))


def decide(seen: HedgeSeen, settings: HedgeSettings, rule: MarketRule) -> HedgeDecision:
    """Everything one step decides about the quotes.

    :raises DecisionError: if a value is not finite or not in its range
    """
    missing = [
        name
        for name, value in (
            ("book", seen.touch),
            ("hedge market's book", seen.hedge_touch),
            ("position", seen.hedging.residual),
            ("balance", seen.room),
        )
        if value is None
    ]
    observed = f"{' and '.join(missing)} not known" if missing else "books and positions known"
    breaker = seen.hold or ("paused" if settings.paused else None)
    if breaker is None and not seen.market.takes_orders:
        breaker = seen.market.sentence
    if breaker is None and seen.hedging.residual is not None:
        breaker = seen.hedging.stop
    if missing or breaker is not None or seen.touch is None or seen.room is None:
        quoting = QuoteDecision((), None, None, breaker or observed)
    else:
        prices = prices_behind(seen.touch, settings.edge_bps, rule.tick)
        size = order_size(settings.order_amount, None, seen.touch.mid, 1, rule)
        quotes = tuple(ladder(prices, size.size, seen.room.buy, seen.room.sell, rule)) if size.size else ()
        reason = f"{len(quotes)} quotes of {size.size}" if size.size else size.reason
        quoting = QuoteDecision(quotes, prices, seen.room, reason)
    return HedgeDecision(
        observed=observed,
        breaker=breaker or "none",
        quoting=quoting,
        plan=guard_ladder(seen, not missing, settings, rule, breaker is not None, quoting),
        close=None,
        hedging=seen.hedging,
    )
