"""One market under a price process."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hummingbot_backpack.simulator.accounts import Settings
from hummingbot_backpack.simulator.amounts import UNIT
from hummingbot_backpack.simulator.flow.prices import STEP

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState

HOUSE_FUNDS = {"USDC": "1000000000000", "SOL": "1000000000", "BTC": "10000000"}


class RegimeFlow:
    """One market under a price process: makers, uninformed and informed takers."""

    def __init__(self, engine: "Engine", state: "MarketState", seed: int, fair: Callable[[], float]) -> None:
        symbol = state.spec.symbol
        free = Settings(futures_maker=0, futures_taker=0, spot_maker=0, spot_taker=0, leverage=50 * UNIT)
        funds = {asset: amount for asset, amount in HOUSE_FUNDS.items() if asset in engine.asset_prices}
        maker = engine.open_account(f"makers of {symbol}", free, funds, is_house=True)
        taker = engine.open_account(f"takers of {symbol}", free, funds, is_house=True)
        self.maker, self.taker = maker, taker
        types = engine.config.flow_types
        self.symbol = symbol
        self.makers = types.makers(engine, state, maker, f"{seed}/{symbol}/makers")
        self._uninformed = types.uninformed(engine, state, taker, f"{seed}/{symbol}/takers")
        self._informed = types.informed(engine, state, taker)
        self._fair = fair

    def quote(self) -> None:
        self.makers.quote(self._fair())

    def trade(self) -> None:
        self._informed.step(self._fair())
        self._uninformed.step(STEP, self._fair())
