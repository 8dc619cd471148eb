"""What happened to a controller's quotes since the start."""

from dataclasses import dataclass

from hummingbot_backpack.market_making.stages import Outcome


@dataclass
class Counters:
    """What happened to quotes since the start."""

    placed: int = 0
    kept: int = 0
    cancelled: int = 0
    closes: int = 0

    def count(self, decision: Outcome, previous: Outcome | None) -> None:
        """A quote is kept when its target has moved and it stays all the same."""
        before = {} if previous is None else {kept.order.order_id: kept.target.price for kept in previous.plan.keep}
        self.placed += len(decision.plan.place)
        self.cancelled += len(decision.plan.cancel)
        self.closes += decision.close is not None
        for kept in decision.plan.keep:
            price = kept.target.price
            if price not in (kept.order.price, before.get(kept.order.order_id)):
                self.kept += 1
