"""What a market flow is made of. Each part can be another type with the same methods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.flow.makers import ThinLadderMakers
from hummingbot_backpack.simulator.flow.prices import PROCESSES, PriceProcess
from hummingbot_backpack.simulator.flow.takers import FairPriceTakers, PoissonTakers

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState


class Makers(Protocol):
    """Who stands in the book."""

    away: bool
    """True while they stay out."""

    def quote(self, fair: float) -> None:
        """Renew the quotes around a fair price (quote currency)."""
        ...

    def withdraw(self) -> None:
        """Take every quote off the book."""
        ...


class UninformedTakers(Protocol):
    """Who trades without knowing the fair price's next move."""

    def step(self, seconds: float, fair: float) -> None:
        """Trade what arrives in so many seconds."""
        ...


class InformedTakers(Protocol):
    """Who trades against quotes on the wrong side of the fair price."""

    def step(self, fair: float) -> None: ...


@dataclass(frozen=True, slots=True)
class FlowTypes:
    """Constructors of the parts: price processes by name, then makers and takers of each market."""

    processes: dict[str, Callable[[float, str], PriceProcess]]
    makers: Callable[["Engine", "MarketState", Account, str], Makers] = ThinLadderMakers
    uninformed: Callable[["Engine", "MarketState", Account, str], UninformedTakers] = PoissonTakers
    informed: Callable[["Engine", "MarketState", Account], InformedTakers] = FairPriceTakers


STANDARD = FlowTypes(dict(PROCESSES))
