"""What each controller gives to the shared base: what it sees, how it decides, and how it undoes its inventory."""

from typing import Any, ClassVar

from hummingbot.core.event.events import OrderFilledEvent

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.preflight import MarketFacts, Report
from hummingbot_backpack.market_making.settings import QuotingSettings
from hummingbot_backpack.market_making.stages import Outcome, Seen
from hummingbot_backpack.market_making.values import MarketRule
from hummingbot_backpack.trading.hands import Hands


class Given:
    """The parts of a controller that are its own; what has a body here may be left as it is."""

    SETTINGS_TYPE: ClassVar[type[QuotingSettings]]
    CLOSE_WORDS: ClassVar[str] = " reduce-only"
    """What an order that takes is, beside its side and size."""

    def observe(self, hands: Hands, rule: MarketRule) -> Seen:
        """The market and the account as plain values."""
        raise NotImplementedError

    def decide(self, seen: Any, rule: MarketRule) -> Outcome:
        """The step: what `observe` gave in, a decision out."""
        raise NotImplementedError

    def remember(self, decision: Any) -> None:
        """Keep what the next decision needs of this one."""

    def flatten(self) -> None:
        """Withdraw the quotes and undo the inventory, until `flat`: the session is over."""
        raise NotImplementedError

    @property
    def flat(self) -> bool:
        """Whether nothing is being undone any more."""
        raise NotImplementedError

    @property
    def undone(self) -> str:
        """What has become of the inventory once it is `flat`, to follow what is held."""
        return "flat"

    async def prepare_preflight(self) -> None:
        """Ask for what the preflight wants to know and a step does not."""

    def preflight(self, limits: MoneyLimits, elsewhere: tuple[str, ...]) -> tuple[Report, MarketFacts] | None:
        """What would be refused or warned of before the first order; None where nobody checks.

        :param elsewhere: other markets of the account with an open position
        """
        return None

    def on_own_fill(self, event: OrderFilledEvent, now: float) -> None:
        """:param event: a fill of ours on the connector, on whatever market"""

    def waits(self, decision: Any, seen: Any) -> bool:
        """Whether something of the controller's own is only a matter of time."""
        return decision.close is not None

    def state(self) -> dict[str, Any]:
        """The controller's own keys of the published state; values for JSON, decimals as text."""
        return {}

    def inventory_line(self) -> str:
        """What is held, and its target and limits, as one line of the status."""
        raise NotImplementedError
